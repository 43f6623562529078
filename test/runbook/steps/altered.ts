import type {Disk} from '../../../src/host/disk.ts'
import type {SimHost} from '../../sim/host.ts'

/** The same world on a disk that does some things in another way. */
export function altered(host: SimHost, otherwise: Partial<Disk>): SimHost {
  const disk = new Proxy(host.disk, {
    get(target, key) {
      if (Object.hasOwn(otherwise, key)) return Reflect.get(otherwise, key) as unknown
      const member: unknown = Reflect.get(target, key, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    }
  })
  return {...host, disk}
}

import type {Disk, OpenFile} from '../../src/host/disk.ts'
import type {SimDisk} from '../sim/disk.ts'

/** `fail`: one operation gives an error. `kill`: the process ends before it. `crash`: the power goes before it. */
export type End = 'fail' | 'kill' | 'crash'

export interface EndingDisk {
  readonly disk: Disk
  /** What the next process finds; undefined as long as the operation was not reached. */
  readonly left: SimDisk | undefined
}

/** The disk as a process sees it that ends right before its operation of this number, counted from 1. */
export function endingAt(sim: SimDisk, operation: number, how: Exclude<End, 'fail'>): EndingDisk {
  let count = 0
  let left: SimDisk | undefined
  const counted = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_, key) {
        const member: unknown = Reflect.get(target, key, target)
        if (typeof member !== 'function') return member
        return async (...given: unknown[]): Promise<unknown> => {
          count += 1
          if (count === operation) {
            const found = how === 'crash' ? sim.crash() : undefined
            const next = sim.kill()
            left = found ?? next
          }
          const result: unknown = await Reflect.apply(member, target, given)
          return key === 'open' ? counted(result as OpenFile) : result
        }
      }
    })
  return {
    disk: counted<Disk>(sim),
    get left() {
      return left
    }
  }
}

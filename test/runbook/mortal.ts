import type {Disk, OpenFile, OpenHow} from '../../src/host/disk.ts'
import type {SimDisk} from '../sim/disk.ts'
import type {Stage} from './stage.ts'

/** `kill`: the process ends before an operation. `crash`: the power goes before it. */
export type End = 'kill' | 'crash'

/** Between two operations that change something, it makes no difference where a process ends. */
const changing: readonly PropertyKey[] = [
  ...(['makeDirectory', 'link', 'rename', 'remove', 'syncDirectory'] as const),
  ...(['write', 'sync', 'setAttributes'] as const),
  ...(['run', 'change'] as const)
]

const never = new Promise<never>(() => undefined)

/** Counts the operations of a process, and ends it at one of them: from then on nothing comes back to it. */
export class Mortal {
  left: SimDisk | undefined
  readonly #stage: Stage
  readonly #end: {readonly operation: number; readonly how: End}
  #operations = 0

  constructor(stage: Stage, operation: number, how: End) {
    this.#stage = stage
    this.#end = {operation, how}
    const {disk, processes, services} = stage.host
    stage.seen = {
      disk: this.#counted<Disk>(disk),
      processes: this.#counted(processes),
      services: this.#counted(services)
    }
  }

  #counted<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_, key) => {
        const member: unknown = Reflect.get(target, key, target)
        if (typeof member !== 'function') return member
        return (...given: unknown[]): unknown => {
          if (changing.includes(key) || (key === 'open' && (given[1] as OpenHow) === 'create')) this.#count()
          if (this.left !== undefined) return never
          const result: unknown = Reflect.apply(member, target, given)
          return key === 'open' ? (result as Promise<OpenFile>).then((file) => this.#counted(file)) : result
        }
      }
    })
  }

  #count(): void {
    this.#operations += 1
    if (this.#operations !== this.#end.operation) return
    const {disk, death} = this.#stage
    const found = this.#end.how === 'crash' ? disk.crash() : undefined
    const next = disk.kill()
    this.left = found ?? next
    death.abort()
  }
}

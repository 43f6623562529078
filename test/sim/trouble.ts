import {systemError} from './error.ts'
import type {Seeded} from './random.ts'

export interface TroubleOptions {
  /** The operation with this number fails, counted from 1; those after it work again. */
  readonly failAt?: number
  /** From this operation on, all that change the disk fail: a disk that is full, or was remounted read-only. */
  readonly failAfter?: number
  /**
   * EIO unless given. In `failAfter`, a disk that is full (ENOSPC, EDQUOT) still removes and changes owners, and one that
   * is read-only (EROFS) says so when it is asked.
   */
  readonly error?: string
  /** An operation takes effect at most so many turns after the call: with more of them, more happens meanwhile. */
  readonly turnsMax?: number
}

export type Operation =
  | 'open'
  | 'create'
  | 'read'
  | 'write'
  | 'sync'
  | 'syncData'
  | 'stat'
  | 'lstat'
  | 'mayWrite'
  | 'realPath'
  | 'list'
  | 'makeDirectory'
  | 'setAttributes'
  | 'link'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'space'
  | 'close'

export interface Effect<Result> {
  apply(): Result
  /** What a failure does all the same, where that is not nothing. */
  fail?(): void
}

/** Counts what is done to a disk, and lets fail what the options say. */
export class Trouble {
  operations = 0
  failedOperation: string | undefined
  isDead = false
  readonly #options: TroubleOptions
  readonly #random: Seeded

  constructor(options: TroubleOptions, random: Seeded) {
    this.#options = options
    this.#random = random
  }

  /** The effect comes some turns after the call, as on a real disk, so that a missing `await` shows. */
  async run<Result>(operation: Operation, path: string, effect: Effect<Result>): Promise<Result> {
    this.operations += 1
    const {turnsMax = 3} = this.#options
    const fails = this.operations === this.#options.failAt || this.#isRefused(operation)
    if (fails) this.failedOperation ??= `${operation} ${path}`
    for (let turns = this.#random.below(1 + turnsMax); turns > 0; turns -= 1) await Promise.resolve()
    if (this.isDead) throw new Error(`the process that wanted to ${operation} ${path} is dead`)
    if (!fails) return effect.apply()
    effect.fail?.()
    throw systemError(this.#options.error ?? 'EIO', operation, path)
  }

  /** How much of it a failing write leaves. */
  tear(length: number): number {
    return this.#random.below(length + 1)
  }

  #isRefused(operation: Operation): boolean {
    const {failAfter = Number.POSITIVE_INFINITY, error = 'EIO'} = this.#options
    if (this.operations < failAfter) return false
    if (operation === 'mayWrite') return error === 'EROFS'
    if (operation === 'remove' || operation === 'setAttributes') return error !== 'ENOSPC' && error !== 'EDQUOT'
    const changing = ['create', 'write', 'sync', 'syncData', 'makeDirectory', 'link', 'rename', 'syncDirectory']
    return changing.includes(operation)
  }
}

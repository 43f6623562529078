import {reasonOf} from '../base/fault.ts'
import {sleep, type Clock} from '../host/clock.ts'
import {isSpaceGone} from './shelf.ts'
import type {WalTrouble} from './wal.ts'

const pauseMsMin = 100
const pauseMsMax = 5000

/**
 * Failures in a row. The first one may be of one file, and another is tried at once; from the second on there is trouble,
 * and the pause before the next attempt doubles.
 */
export class Setbacks {
  readonly #clock: Clock
  readonly #hurry = new AbortController()
  #count = 0
  #isPauseDue = false
  #trouble: WalTrouble | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get count(): number {
    return this.#count
  }

  get trouble(): WalTrouble | undefined {
    return this.#trouble
  }

  meet(cause: unknown): void {
    this.#count += 1
    this.#isPauseDue = this.#count > 1
    if (this.#count > 1) this.#trouble = troubleOf(cause)
  }

  forget(): void {
    this.#count = 0
    this.#isPauseDue = false
    this.#trouble = undefined
  }

  /** Once after each failure: what then works is gone on with at once. */
  async pause(): Promise<void> {
    if (!this.#isPauseDue) return
    this.#isPauseDue = false
    const pauseMs = Math.min(pauseMsMax, pauseMsMin * 2 ** (this.#count - 2))
    await sleep(this.#clock, pauseMs, this.#hurry.signal)
  }

  /** Somebody waits for the end: no pauses any more, and the attempts are counted anew. */
  hurry(): void {
    this.#count = 0
    this.#isPauseDue = false
    this.#hurry.abort()
  }
}

/** A claim of ours that does not hold (see assert.ts): to try again would hide it. */
export function isBug(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('bug: ')
}

function troubleOf(cause: unknown): WalTrouble {
  const reason = reasonOf(cause)
  if (isSpaceGone(cause)) return {code: 'full', reason}
  return {code: reason === 'EROFS' ? 'read-only' : 'error', reason}
}

import type {Clock} from '../host/clock.ts'

// A disk that is only slow, or busy with what others write, is back by then.
const stallMs = 10_000

/** Notices a disk that neither takes what waits for it nor fails. */
export class Stall {
  readonly #clock: Clock
  readonly #onStall: () => void
  /** When the disk last got on, or something began to wait; undefined while nothing does. */
  #sinceMs: number | undefined
  #cancel: (() => void) | undefined

  constructor(clock: Clock, onStall: () => void) {
    this.#clock = clock
    this.#onStall = onStall
  }

  get isStalled(): boolean {
    return this.#sinceMs !== undefined && this.#clock.elapsed() - this.#sinceMs >= stallMs
  }

  /** Something waits from now on, if nothing did. */
  wait(): void {
    if (this.#sinceMs !== undefined) return
    this.#sinceMs = this.#clock.elapsed()
    this.#look()
  }

  moved({isWaiting}: {readonly isWaiting: boolean}): void {
    this.#sinceMs = isWaiting ? this.#clock.elapsed() : undefined
    if (isWaiting) this.#look()
  }

  close(): void {
    this.#sinceMs = undefined
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** One timer is enough: what moved meanwhile is looked at when it is over. */
  #look(): void {
    if (this.#cancel !== undefined || this.#sinceMs === undefined) return
    this.#cancel = this.#clock.after(this.#sinceMs + stallMs - this.#clock.elapsed(), () => {
      this.#cancel = undefined
      if (this.isStalled) this.#onStall()
      else this.#look()
    })
  }
}

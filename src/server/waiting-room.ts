import type {Clock} from '../host/clock.ts'

/** Those who have to do something within a fixed time: one timer for all, since each newcomer is due after those before. */
export class WaitingRoom<Guest> {
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>
  readonly #waitMs: number
  readonly #onLate: (guest: Guest) => void
  /** In the order in which they are due. */
  readonly #dueMs = new Map<Guest, number>()
  #cancel: (() => void) | undefined

  constructor(clock: Pick<Clock, 'elapsed' | 'after'>, waitMs: number, onLate: (guest: Guest) => void) {
    this.#clock = clock
    this.#waitMs = waitMs
    this.#onLate = onLate
  }

  get size(): number {
    return this.#dueMs.size
  }

  /** Those who wait, the first due first. */
  [Symbol.iterator](): IterableIterator<Guest> {
    return this.#dueMs.keys()
  }

  /** From now on; anew for who is already there. */
  enter(guest: Guest): void {
    this.#dueMs.delete(guest)
    this.#dueMs.set(guest, this.#clock.elapsed() + this.#waitMs)
    this.#cancel ??= this.#clock.after(this.#waitMs, this.#call)
  }

  leave(guest: Guest): void {
    this.#dueMs.delete(guest)
    if (this.#dueMs.size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
  }

  readonly #call = (): void => {
    this.#cancel = undefined
    const nowMs = this.#clock.elapsed()
    for (const [guest, dueMs] of this.#dueMs) {
      if (dueMs > nowMs) {
        this.#cancel ??= this.#clock.after(dueMs - nowMs, this.#call)
        return
      }
      this.#dueMs.delete(guest)
      this.#onLate(guest)
    }
  }
}

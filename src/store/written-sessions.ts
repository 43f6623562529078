import type {Clock} from '../host/clock.ts'
import {sessionBytesOf} from './pending.ts'
import {noteMsMax, sessionsMax} from './sessions.ts'

/**
 * How far each session has got with what may be acknowledged: a new segment begins with it, so that no older one need be
 * read for it. It is behind what was handed over: a table that was ahead of the records in front of it would, after power
 * loss, tell a sender to go on behind records that are gone.
 */
export class WrittenSessions {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #bytesMax: number
  /** The one that was heard of longest ago first. */
  readonly #sessions = new Map<string, {readonly number: number; readonly heardMs: number}>()
  #bytes = 0

  constructor(clock: Pick<Clock, 'elapsed'>, bytesMax: number) {
    this.#clock = clock
    this.#bytesMax = bytesMax
  }

  note(id: string, number: number): void {
    this.#forget(id)
    this.#sessions.set(id, {number, heardMs: this.#clock.elapsed()})
    this.#bytes += sessionBytesOf(id)
    for (const [oldest, {heardMs}] of this.#sessions) {
      const isFew = this.#sessions.size <= sessionsMax && this.#bytes <= this.#bytesMax
      if (isFew && heardMs > this.#clock.elapsed() - noteMsMax) break
      this.#forget(oldest)
    }
  }

  *[Symbol.iterator](): IterableIterator<{readonly id: string; readonly number: number}> {
    for (const [id, {number}] of this.#sessions) yield {id, number}
  }

  #forget(id: string): void {
    if (this.#sessions.delete(id)) this.#bytes -= sessionBytesOf(id)
  }
}

import type {Clock} from '../host/clock.ts'

/**
 * How far each session of acknowledged records has got. Kept for a day and ten thousand sessions: see `noteMsMax`. The
 * day is one of this process: a step of the wall clock must not make senders begin anew.
 */
export class SessionTable {
  readonly #clock: Pick<Clock, 'elapsed'>
  /** The session that was heard of longest ago first. */
  readonly #sessions = new Map<string, Heard>()

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock
  }

  /** In the order in which they were heard of. */
  restore(sessions: ReadonlyMap<string, number>): void {
    for (const [id, number] of sessions) this.note(id, number)
  }

  note(id: string, number: number): void {
    this.#sessions.delete(id)
    this.#sessions.set(id, {number, heardMs: this.#clock.elapsed()})
    for (const [oldest, {heardMs}] of this.#sessions) {
      if (this.#sessions.size <= sessionsMax && heardMs > this.#clock.elapsed() - noteMsMax) break
      this.#sessions.delete(oldest)
    }
  }

  lastOf(id: string): number {
    return this.#sessions.get(id)?.number ?? 0
  }
}

interface Heard {
  readonly number: number
  readonly heardMs: number
}

// A sender that comes back later than that has to begin anew; without a bound, names drawn at random would pile up.
export const sessionsMax = 10_000
export const noteMsMax = 86_400_000

/** Everything up to record `number` is stored as soon as the store has acknowledged everything below `seq`. */
export interface Passed {
  readonly number: number
  readonly seq: number
}

/**
 * Which records of a session wait for which sequence of the store. Each read adds one checkpoint. When a slow disk lets
 * many wait, they get coarser, evenly: an ACK then comes a little later, never too early.
 */
export class Checkpoints {
  readonly #waiting: Passed[] = []
  /** Records between two checkpoints; while they are closer, the newest gives way to the next. */
  #apart = 0

  add(checkpoint: Passed): void {
    const waiting = this.#waiting
    const [before, last] = waiting.slice(-2)
    if (before !== undefined && last !== undefined && last.number - before.number < this.#apart) waiting.pop()
    waiting.push(checkpoint)
    if (waiting.length > checkpointsMax) this.#thin(checkpoint.number)
  }

  /** The last record that is stored once everything below `seq` is; nothing when no further one is. */
  passed(seq: number): number | undefined {
    const later = this.#waiting.findIndex((checkpoint) => checkpoint.seq > seq)
    const passed = this.#waiting.splice(0, later === -1 ? this.#waiting.length : later)
    if (this.#waiting.length === 0) this.#apart = 0
    return passed.at(-1)?.number
  }

  #thin(newest: number): void {
    const waiting = this.#waiting
    const records = newest - (waiting[0]?.number ?? newest)
    this.#apart = Math.ceil((2 * records) / checkpointsMax)
    const kept = waiting.filter((_, index) => index % 2 === 0)
    waiting.splice(0, waiting.length, ...kept)
  }
}

// An even number: thinning then keeps the newest.
const checkpointsMax = 64

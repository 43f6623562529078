import type {Random} from '../base/random.ts'
import type {Clock} from '../host/clock.ts'
import {randomSuffix} from '../host/files.ts'

/** Whoever copies segments holds a lease on them: while it lasts, none that holds records below its `seq` goes away. */
export interface Lease {
  readonly id: string
  /** By the wall clock. */
  readonly expiresMs: number
}

interface Held {
  readonly seq: number
  /** A clock that is set must neither end a lease nor make it last. */
  readonly untilElapsedMs: number
}

export class Leases {
  readonly #clock: Clock
  readonly #random: Random
  readonly #held = new Map<string, Held>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  get size(): number {
    this.#expire()
    return this.#held.size
  }

  take(seq: number, ttlMs: number): Lease {
    const id = `${randomSuffix(this.#random)}${randomSuffix(this.#random)}`
    this.#held.set(id, {seq, untilElapsedMs: this.#clock.elapsed() + ttlMs})
    return {id, expiresMs: this.#clock.now() + ttlMs}
  }

  /** False when there is no such lease, or none any more. */
  release(id: string): boolean {
    this.#expire()
    return this.#held.delete(id)
  }

  /** Whether the segment that begins with this record must stay. */
  pins(firstSeq: number): boolean {
    this.#expire()
    return [...this.#held.values()].some(({seq}) => firstSeq < seq)
  }

  /** Their ids. */
  dropAllThatPin(firstSeq: number): readonly string[] {
    const pinning = [...this.#held].filter(([, {seq}]) => firstSeq < seq).map(([id]) => id)
    for (const id of pinning) this.#held.delete(id)
    return pinning
  }

  #expire(): void {
    for (const [id, {untilElapsedMs}] of this.#held) if (untilElapsedMs <= this.#clock.elapsed()) this.#held.delete(id)
  }
}

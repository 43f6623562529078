import {cells, controlAt, entryBytes, type Layout} from './layout.ts'

/** What the index knows of one record. */
export interface RingEntry {
  /** Offset of its first byte in the arena. */
  readonly at: number
  readonly bytes: number
  /** 0 unknown, 1 trace, 2 debug, 3 info, 4 warn, 5 error, 6 fatal. */
  readonly level: number
  readonly flags: number
  readonly arrivalMs: number
  readonly source: number
}

/**
 * Reads the records in the shared memory, also from another thread than the one that writes them. The writer raises
 * `first` before it overwrites anything and `end` after a record is complete; so whatever was copied out is good when
 * `first` has not passed it afterwards, and is thrown away otherwise.
 *
 * Counters are u32 and wrap: compare them by their distance, `(end - counter) | 0`.
 */
export class RingReader {
  readonly #arena: Uint8Array
  readonly #control: Int32Array
  readonly #index: Uint32Array
  readonly #indexMask: number
  readonly #fence = new Int32Array(1)

  constructor(memory: WebAssembly.Memory, layout: Layout) {
    this.#arena = new Uint8Array(memory.buffer, layout.arenaAt, layout.arenaBytes)
    this.#control = new Int32Array(memory.buffer, controlAt)
    this.#index = new Uint32Array(memory.buffer, layout.indexAt, layout.indexEntries * (entryBytes / 4))
    this.#indexMask = layout.indexEntries - 1
  }

  /** Counter of the oldest record. Read it before `end`: the other way round it may be past the `end` just read. */
  get first(): number {
    return Atomics.load(this.#control, cells.first) >>> 0
  }

  /** Counter behind the newest record. */
  get end(): number {
    return Atomics.load(this.#control, cells.end) >>> 0
  }

  /** Undefined when the record is not there, or not any more. */
  entry(counter: number): RingEntry | undefined {
    if (((this.end - counter) | 0) <= 0 || !this.#isThere(counter)) return undefined
    const at = (counter & this.#indexMask) * (entryBytes / 4)
    const packed = this.#index[at + 1]!
    const origin = this.#index[at + 3]!
    const entry = {
      at: this.#index[at]!,
      bytes: packed & 0x1fffff,
      level: (packed >>> 21) & 7,
      flags: packed >>> 24,
      arrivalMs: (origin & 0xffff) * 2 ** 32 + this.#index[at + 2]!,
      source: origin >>> 16
    }
    return this.#isThere(counter) ? entry : undefined
  }

  /** A copy of the record's bytes. Undefined when the record is not there, or was overwritten meanwhile. */
  bytes(counter: number): Uint8Array | undefined {
    const entry = this.entry(counter)
    if (entry === undefined) return undefined
    const copy = this.#arena.slice(entry.at, entry.at + entry.bytes)
    return this.#isThere(counter) ? copy : undefined
  }

  #isThere(counter: number): boolean {
    // An atomic load alone may overtake the plain reads before it on some processors; a read with a write does not.
    Atomics.add(this.#fence, 0, 0)
    return ((counter - this.first) | 0) >= 0
  }
}

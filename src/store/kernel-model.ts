/* eslint-disable max-params -- the signatures of the kernel: numbers, since an object for each call would cost more than its work. */
import {type Level, levelOf} from '../base/level.ts'
import {checksumOf} from './checksum.ts'
import {assertPiece, assertRecord, type Kernel} from './kernel.ts'
import {cells, controlAt, entryBytes, type Layout} from './layout.ts'

/** What the kernel does, said plainly: tests compare the two byte for byte, over the whole memory. */
export function createModel(memory: WebAssembly.Memory, layout: Layout): Kernel {
  return new Model(memory, layout)
}

export const levelsByNumber: readonly Level[] = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal']

const lineFeed = 10
const carriageReturn = 13
const levelBytesMax = 256

interface Origin {
  readonly arrivalMs: number
  readonly source: number
  readonly flags: number
}

class Model implements Kernel {
  readonly #layout: Layout
  readonly #bytes: Uint8Array
  readonly #arena: Uint8Array
  readonly #control: Int32Array
  readonly #index: DataView

  constructor(memory: WebAssembly.Memory, layout: Layout) {
    this.#layout = layout
    this.#bytes = new Uint8Array(memory.buffer)
    this.#arena = this.#bytes.subarray(layout.arenaAt, layout.arenaAt + layout.arenaBytes)
    this.#control = new Int32Array(memory.buffer, controlAt)
    this.#index = new DataView(memory.buffer, layout.indexAt, layout.indexEntries * entryBytes)
  }

  takeLines(from: number, to: number, arrivalMs: number, source: number): number {
    assertPiece(to - from, this.#layout)
    const run = this.#bytes.subarray(from, this.#wholeLinesEnd(from, to))
    const start = this.#place(run.length)
    this.#arena.set(run, start)
    for (let at = 0; at < run.length;) {
      const end = run.indexOf(lineFeed, at)
      const bytes = run.subarray(at, withoutReturn(run, at, end))
      // A blank line stays in the bytes, but it is no record.
      if (bytes.length > 0) this.#append(start + at, bytes, {arrivalMs, source, flags: 0})
      at = end + 1
    }
    return run.length
  }

  takeRecord(from: number, bytes: number, arrivalMs: number, source: number, flags: number): void {
    assertRecord(bytes, this.#layout)
    const record = this.#bytes.subarray(from, from + bytes)
    const start = this.#place(bytes + 1)
    this.#arena.set(record, start)
    this.#arena[start + bytes] = lineFeed
    this.#append(start, record, {arrivalMs, source, flags})
  }

  checksum(at: number, bytes: number, seedLow: number, seedHigh: number): void {
    const {low, high} = checksumOf(this.#bytes.subarray(at, at + bytes), seedLow, seedHigh)
    this.#control[cells.sumLow] = low
    this.#control[cells.sumHigh] = high
  }

  #wholeLinesEnd(from: number, to: number): number {
    const input = this.#bytes.subarray(from, to)
    let at = 0
    for (let end = input.indexOf(lineFeed); end !== -1; end = input.indexOf(lineFeed, at)) {
      if (withoutReturn(input, at, end) - at > this.#layout.lineBytesMax) break
      at = end + 1
    }
    return from + at
  }

  /** Makes room for a piece of the arena and begins the account of a call. Returns where the piece begins. */
  #place(bytes: number): number {
    const {arenaBytes} = this.#layout
    this.#control[cells.takenRecords] = 0
    this.#control[cells.takenLevels] = 0
    this.#control[cells.takenEvicted] = 0
    let head = this.#control[cells.head]!
    if (head + bytes > arenaBytes) {
      this.#evictWhile((at) => at >= head)
      head = 0
    }
    this.#evictWhile((at) => at >= head && at < head + bytes)
    this.#control[cells.takenAt] = head
    this.#control[cells.head] = head + bytes
    return head
  }

  /** The oldest records lie right behind the head: dropping from the oldest on stops at the first that may stay. */
  #evictWhile(isInTheWay: (at: number) => boolean): void {
    while (this.#control[cells.first] !== this.#control[cells.end]) {
      const oldest = this.#control[cells.first]!
      if (!isInTheWay(this.#index.getUint32(this.#entryAt(oldest), true))) return
      this.#evict()
    }
  }

  #evict(): void {
    Atomics.add(this.#control, cells.first, 1)
    this.#control[cells.takenEvicted]! += 1
  }

  #append(at: number, record: Uint8Array, origin: Origin): void {
    const control = this.#control
    if (((control[cells.end]! - control[cells.first]!) | 0) >= this.#layout.ringLines) this.#evict()
    const level = levelsByNumber.indexOf(levelOf(String.fromCharCode(...record.subarray(0, levelBytesMax))))
    const entryAt = this.#entryAt(control[cells.end]!)
    const arrivalHigh = Math.floor(origin.arrivalMs / 2 ** 32)
    this.#index.setUint32(entryAt, at, true)
    this.#index.setUint32(entryAt + 4, record.length | (level << 21) | (origin.flags << 24), true)
    this.#index.setUint32(entryAt + 8, origin.arrivalMs, true)
    this.#index.setUint32(entryAt + 12, arrivalHigh | (origin.source << 16), true)
    Atomics.add(control, cells.end, 1)
    control[cells.takenRecords]! += 1
    control[cells.takenLevels]! |= 1 << level
    control[cells.levels + level]! += 1
  }

  #entryAt(counter: number): number {
    return (counter & (this.#layout.indexEntries - 1)) * entryBytes
  }
}

/** Where a line ends for whoever reads it: before its LF, and before one CR in front of that. */
function withoutReturn(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === carriageReturn ? end - 1 : end
}

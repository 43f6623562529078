/* eslint-disable max-params -- numbers, as WebAssembly takes them: an object for each call would cost more than its work. */
import {assert} from '../base/assert.ts'
import {kernelCode} from './kernel-code.ts'
import type {Layout} from './layout.ts'

/** The inner loops of the store, over its one memory. After each call `cells` of the control block say what came of it. */
export interface Kernel {
  /**
   * Takes the whole lines of memory[from, to): copies them to the arena as they are and in one piece, drops the records
   * that this overwrites and those beyond `ringLines`, indexes and classifies every line that is not blank. Stops behind
   * the last LF, or before a line of more than `lineBytesMax` bytes, not counting its LF and one CR before it. Returns the
   * bytes consumed: 0 when there is no whole line, or the first one is too long.
   */
  takeLines(from: number, to: number, arrivalMs: number, source: number): number

  /** Takes memory[from, from + bytes) as one record, whatever it holds, and puts an LF behind it. At least one byte. */
  takeRecord(from: number, bytes: number, arrivalMs: number, source: number, flags: number): void

  /** `checksumOf` memory[at, at + bytes), left in the cells `sumLow` and `sumHigh`. */
  checksum(at: number, bytes: number, seedLow: number, seedHigh: number): void
}

export function createMemory(layout: Layout): WebAssembly.Memory {
  return new WebAssembly.Memory({initial: layout.pages, maximum: layout.pages, shared: true})
}

/** The kernel in WebAssembly, kernel/*.as. One for a memory: what it keeps for itself lies there, too. */
export function createKernel(memory: WebAssembly.Memory, layout: Layout): Kernel {
  const {arenaAt, arenaBytes, indexAt, indexEntries, ringLines, lineBytesMax} = layout
  assert(lineBytesMax < recordBytesEnd, 'the index has room for the length of every line')
  assert(ringLines > 0 && ringLines < indexEntries, 'the index has room for every record of the ring')
  const module = new WebAssembly.Module(Buffer.from(kernelCode, 'base64'))
  const exports = new WebAssembly.Instance(module, {env: {memory}}).exports as Exports
  exports.setArena(arenaAt, arenaBytes)
  exports.setIndex(indexAt, indexEntries)
  exports.setLimits(ringLines, lineBytesMax)
  return {
    takeLines(from, to, arrivalMs, source) {
      assertPiece(to - from, layout)
      return exports.takeLines(from, to, arrivalMs, originOf(arrivalMs, source))
    },
    takeRecord(from, bytes, arrivalMs, source, flags) {
      assertRecord(bytes, layout)
      exports.takeRecord(from, bytes, arrivalMs, originOf(arrivalMs, source), flags)
    },
    checksum: exports.checksum
  }
}

/** The index has 21 bits for the length of a record. */
const recordBytesEnd = 1 << 21

/** A piece that overwrote a part of itself would be indexed wrongly; half of the arena is far from that. */
export function assertPiece(bytes: number, {arenaBytes}: Layout): void {
  assert(bytes >= 0 && bytes <= arenaBytes / 2, 'a piece is at most half of the arena')
}

export function assertRecord(bytes: number, layout: Layout): void {
  assert(bytes > 0 && bytes < recordBytesEnd, 'a record has a length that the index has room for')
  assertPiece(bytes + 1, layout)
}

/** What the kernel exports. Numbers become u32 on their way in: of the arrival it gets the low half. */
interface Exports {
  readonly setArena: (at: number, bytes: number) => void
  readonly setIndex: (at: number, entries: number) => void
  readonly setLimits: (ringLines: number, lineBytesMax: number) => void
  readonly takeLines: (from: number, to: number, arrivalLow: number, origin: number) => number
  readonly takeRecord: (from: number, bytes: number, arrivalLow: number, origin: number, flags: number) => void
  readonly checksum: Kernel['checksum']
}

/** The last word of an entry: the high part of the arrival, and the source. */
function originOf(arrivalMs: number, source: number): number {
  return Math.floor(arrivalMs / 2 ** 32) | (source << 16)
}

import {assert} from '../base/assert.ts'
import type {Checksum} from './checksum.ts'
import {
  aligned,
  frameAlignBytes,
  frameMagic,
  frameRunBytes,
  headBytesMin,
  nameBytesMax,
  sumFrom,
  sumOf
} from './frame.ts'
import type {FramePlace, FrameRun, FrameSession} from './frame.ts'

/** What a head says beside its runs. */
export interface HeadContent {
  readonly place: FramePlace
  readonly firstSeq: number
  readonly durableSeq: number
  readonly epoch: number
  readonly flags: number
  readonly bodySum: Checksum
  readonly sessions: Iterable<FrameSession>
}

/**
 * Puts heads of frames, one at a time, into memory that is used again and again: `begin`, a `run` for each of the runs,
 * `end`. Nothing is allocated for a run.
 */
export class HeadWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #encoder = new TextEncoder()
  readonly #sources = new Map<string, number>()
  #from = 0
  #at = 0
  #runs = 0
  #records = 0
  #bodyBytes = 0
  #levels = 0
  #sourceBytesMax = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  begin(from: number): void {
    this.#from = from
    this.#at = from + headBytesMin
    this.#sources.clear()
    this.#runs = 0
    this.#records = 0
    this.#bodyBytes = 0
    this.#levels = 0
    this.#sourceBytesMax = 0
  }

  /** At least as many bytes as the head would have with this run, and as it has so far; sessions are not counted. */
  bytesMaxWith(source: string): number {
    return this.#at - this.#from + this.#sourceBytesMax + frameRunBytes + sourceBytesMax(source) + frameAlignBytes
  }

  run(run: FrameRun, levels: number): void {
    const view = this.#view
    const at = this.#at
    view.setUint32(at, run.bytes, true)
    view.setUint32(at + 4, run.records, true)
    view.setUint32(at + 8, run.arrivalMs % 2 ** 32, true)
    view.setUint16(at + 12, run.arrivalMs / 2 ** 32, true)
    view.setUint16(at + 14, this.#source(run.source), true)
    view.setUint16(at + 16, run.flags, true)
    view.setUint16(at + 18, 0, true)
    this.#at += frameRunBytes
    this.#runs += 1
    this.#records += run.records
    this.#bodyBytes += run.bytes
    this.#levels |= levels
  }

  /** The bytes of the head; the body belongs right behind it. */
  end(content: HeadContent): number {
    for (const name of this.#sources.keys()) this.#name(name)
    let sessions = 0
    for (const {id, number} of content.sessions) {
      const from = this.#at
      const read = this.#name(id)
      const isAscii = this.#at - from === 1 + id.length
      assert(read === id.length && isAscii, 'a session has an id that is too long, or not ASCII')
      this.#number(this.#at, number)
      this.#at += 8
      sessions += 1
    }
    const headBytes = aligned(this.#at - this.#from)
    this.#bytes.fill(0, this.#at, this.#from + headBytes)
    this.#fixedPart(content, {headBytes, sessions})
    this.#sum(8, sumOf(this.#bytes.subarray(this.#from + sumFrom, this.#from + headBytes), content.place))
    return headBytes
  }

  #fixedPart(content: HeadContent, {headBytes, sessions}: {headBytes: number; sessions: number}): void {
    const view = this.#view
    const from = this.#from
    view.setUint32(from, frameMagic, true)
    view.setUint32(from + 4, aligned(headBytes + this.#bodyBytes), true)
    this.#sum(16, content.bodySum)
    this.#number(from + 24, content.firstSeq)
    this.#number(from + 32, content.durableSeq)
    view.setUint32(from + 40, this.#records, true)
    view.setUint32(from + 44, this.#bodyBytes, true)
    view.setUint32(from + 48, content.epoch, true)
    view.setUint16(from + 52, content.flags, true)
    view.setUint16(from + 54, this.#runs, true)
    view.setUint16(from + 56, this.#sources.size, true)
    view.setUint16(from + 58, sessions, true)
    view.setUint32(from + 60, headBytes, true)
    this.#number(from + 64, this.#levels)
  }

  #source(name: string): number {
    const known = this.#sources.get(name)
    if (known !== undefined) return known
    const index = this.#sources.size
    this.#sources.set(name, index)
    this.#sourceBytesMax += sourceBytesMax(name)
    return index
  }

  /** How much of the name there was room for; it is never cut within a character. */
  #name(name: string): number {
    const {read, written} = this.#encoder.encodeInto(
      name,
      this.#bytes.subarray(this.#at + 1, this.#at + 1 + nameBytesMax)
    )
    this.#view.setUint8(this.#at, written)
    this.#at += 1 + written
    return read
  }

  #number(at: number, value: number): void {
    this.#view.setUint32(at, value % 2 ** 32, true)
    this.#view.setUint32(at + 4, value / 2 ** 32, true)
  }

  #sum(at: number, {low, high}: Checksum): void {
    this.#view.setUint32(this.#from + at, low, true)
    this.#view.setUint32(this.#from + at + 4, high, true)
  }
}

function sourceBytesMax(name: string): number {
  return 1 + Math.min(nameBytesMax, 3 * name.length)
}

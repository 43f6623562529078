import {reasonOf} from '../base/fault.ts'
import type {OpenFile} from '../host/disk.ts'
import type {Desk} from './desk.ts'
import {aligned, frameAlignBytes, frameMagic, headBytesMin, seedOf, sumFrom, type FrameHead} from './frame.ts'
import {HeadView} from './head-view.ts'
import {headerBytes, segmentBytesMax} from './segment.ts'

/** What stands in the file of a segment, in its order. */
export type Piece = FramePiece | GapPiece

export interface FramePiece {
  readonly kind: 'frame'
  readonly at: number
  /** Both are views of the desk: good until the next reading. */
  readonly head: FrameHead
  readonly body: Uint8Array
}

/** Bytes that are no frame, with a frame behind them. */
export interface GapPiece {
  readonly kind: 'gap'
  readonly from: number
  readonly to: number
}

export interface SegmentId {
  readonly idLow: number
  readonly idHigh: number
}

/**
 * Reads the frames of one segment, and finds its way again behind bytes that are none. Works while somebody writes the
 * file: a frame that is not whole yet is where it ends. The bytes may be anything: they decide what is found, and no more.
 */
export class SegmentReader {
  readonly #file: Pick<OpenFile, 'read'>
  readonly #id: SegmentId
  readonly #desk: Desk
  readonly #to: number
  readonly #view: DataView
  readonly #words: Int32Array
  /** Where the next frame is to be. */
  #at: number
  /** The desk holds the bytes of the file from `#base` up to `#end`. */
  #base: number
  #end: number
  /** Nothing of the file comes behind `#end`. */
  #isLast = false
  #isOver = false
  readonly #unreadable = new Set<number>()
  #searchedBytes = 0

  constructor(file: Pick<OpenFile, 'read'>, {id, desk, from = headerBytes, to = Infinity}: ReadOptions) {
    this.#file = file
    this.#id = id
    this.#desk = desk
    this.#to = to
    this.#view = new DataView(desk.area.buffer, desk.area.byteOffset, desk.area.length)
    this.#words = new Int32Array(desk.area.buffer, desk.area.byteOffset, desk.area.length >>> 2)
    this.#at = this.#base = this.#end = from
  }

  /** Behind the last frame so far: at the end, where the next one would stand. */
  get at(): number {
    return this.#at
  }

  /** Where blocks begin that the disk could not give; they read as zeros. */
  get unreadable(): ReadonlySet<number> {
    return this.#unreadable
  }

  /** The next pieces, as many as were read at once; none at the end. */
  async next(): Promise<readonly Piece[]> {
    while (!this.#isOver) {
      const frames = this.#frames()
      if (frames.length > 0) return frames
      // A frame may have become whole since it was read, and may reach beyond the desk as it lies now.
      await this.#lay(this.#at)
      if (typeof this.#look(this.#at, 'expected') === 'object') continue
      const gap = await this.#search()
      if (gap !== undefined) return [gap]
    }
    return []
  }

  /** What stands at this place, for those who want to make out what it was. */
  async bytesAt(at: number): Promise<Uint8Array> {
    await this.#lay(at)
    return this.#desk.area.subarray(0, this.#end - at)
  }

  #frames(): FramePiece[] {
    const frames: FramePiece[] = []
    for (;;) {
      const frame = this.#look(this.#at, 'expected')
      if (typeof frame !== 'object') return frames
      frames.push(frame)
      this.#at += frame.head.bytes
    }
  }

  /** `more`: more of the file has to be read to tell. */
  #look(at: number, why: 'expected' | 'searched'): FramePiece | 'more' | 'none' {
    const from = at - this.#base
    const length = this.#end - at
    const beyond = this.#isLast ? 'none' : 'more'
    if (length < headBytesMin) return beyond
    const head = new HeadView(this.#view, from)
    const {headBytes, bodyBytes, bytes} = head
    if (!head.isPlausible || bytes > this.#desk.area.length) return 'none'
    if (headBytes > length) return beyond
    if (why === 'searched' && !this.#isWorthSumming(headBytes)) return 'none'
    const seed = seedOf({idLow: this.#id.idLow, idHigh: this.#id.idHigh, offset: at})
    if (!head.isHeadSum(this.#desk.sum(from + sumFrom, headBytes - sumFrom, seed))) return 'none'
    if (bytes > length) return beyond
    if (!head.isBodySum(this.#desk.sum(from + headBytes, bodyBytes, seed))) return 'none'
    return {kind: 'frame', at, head, body: this.#desk.area.subarray(from + headBytes, from + headBytes + bodyBytes)}
  }

  #isWorthSumming(headBytes: number): boolean {
    this.#searchedBytes += headBytes
    return this.#searchedBytes <= searchedBytesMax || headBytes <= smallHeadBytes
  }

  /** Goes on behind what is no frame, to the next one; nothing more comes where there is none. */
  async #search(): Promise<GapPiece | undefined> {
    for (let at = this.#at + frameAlignBytes; ; at += frameAlignBytes) {
      at = this.#nextMagic(at)
      const found = this.#look(at, 'searched')
      if (typeof found === 'object') return await this.#gapTo(at)
      if (found === 'none' && at < this.#end) continue
      if (this.#isLast) break
      await this.#lay(at)
      at -= frameAlignBytes
    }
    this.#isOver = true
    return undefined
  }

  /** Whoever writes the file may have finished the frame that was not whole while we were searching: then there is no gap. */
  async #gapTo(to: number): Promise<GapPiece | undefined> {
    const from = this.#at
    await this.#lay(from)
    if (typeof this.#look(from, 'expected') === 'object') return undefined
    await this.#lay(to)
    this.#at = to
    return {kind: 'gap', from, to}
  }

  /** The next place at which a frame might begin, or the end of what is on the desk. */
  #nextMagic(at: number): number {
    const words = this.#words
    const end = (this.#end - this.#base) >>> 2
    for (let word = (at - this.#base) >>> 2; word < end; word += frameAlignBytes / 4) {
      if (words[word] === frameMagic) return this.#base + word * 4
    }
    return Math.max(at, this.#base + aligned(this.#end - this.#base))
  }

  /** What the file holds from this place on, as it is now and as much as there is room for. */
  async #lay(at: number): Promise<void> {
    const {area} = this.#desk
    const bytesMax = area.length - (area.length % frameAlignBytes)
    this.#base = this.#end = at
    this.#isLast = false
    while (this.#end - at < bytesMax && !this.#isLast) {
      const bytes = Math.max(0, Math.min(bytesMax, this.#to - at))
      const count = await this.#read(area.subarray(this.#end - at, bytes), this.#end)
      this.#isLast = count === 0
      this.#end += count
    }
  }

  async #read(into: Uint8Array, position: number): Promise<number> {
    try {
      return await this.#file.read(into, position)
    } catch (cause) {
      if (reasonOf(cause) !== 'EIO') throw cause
      return await this.#readBlock(into.subarray(0, blockBytes - (position % blockBytes)), position)
    }
  }

  /** One block of a disk that has bad ones: the others are not lost for it. */
  async #readBlock(into: Uint8Array, position: number): Promise<number> {
    try {
      return await this.#file.read(into, position)
    } catch (cause) {
      if (reasonOf(cause) !== 'EIO' || this.#unreadable.size >= unreadableMax) throw cause
      this.#unreadable.add(position - (position % blockBytes))
      into.fill(0)
      return into.length
    }
  }
}

export interface ReadOptions {
  readonly id: SegmentId
  readonly desk: Desk
  /** Where a frame begins, or where one is looked for. */
  readonly from?: number
  /** What lies behind it is not read. */
  readonly to?: number
}

// Lines that look like heads of frames, made to be found where a frame was damaged, cost no more than this.
const searchedBytesMax = 16 * segmentBytesMax
const smallHeadBytes = 512

/** What a disk gives or does not give as a whole. */
export const blockBytes = 4096
// A disk with more bad blocks than this in one file gives nothing any more, and says so.
const unreadableMax = 64

import type {Checksum} from './checksum.ts'
import {aligned, frameFlags, sumOf, type FramePlace, type FrameSession} from './frame.ts'
import {HeadWriter} from './head-writer.ts'
import {bodyBytesMax, sessionBytesOf, type Pending, type PendingRun} from './pending.ts'

/** Where in which segment the frames are to stand, and what all of them say. */
export interface BatchPlace extends FramePlace {
  /** Up to the end of the segment. */
  readonly roomBytes: number
  readonly epoch: number
  readonly durableSeq: number
}

/** The checksum of bytes of the arena, as `sumOf` would find it. */
export type SumArena = (at: number, bytes: number, place: FramePlace) => Checksum

// One write: so much is on its way to the disk before anything that came later can follow.
const batchBytesMax = 8 << 20
// Past this a frame takes no further run; what the last one adds stays below as much again.
const headBytesMax = 64 * 1024
const scratchBytes = 2 << 20

/** Frames for one write: their heads in memory of its own, used again for the next batch, their bodies in the arena. */
export class Batch {
  readonly #arena: Uint8Array
  readonly #sumArena: SumArena
  readonly #scratch = new Uint8Array(scratchBytes)
  readonly #head = new HeadWriter(this.#scratch)
  /** This and what begins with `body` is of the frame that is being made. */
  readonly #sessions = new Map<string, number>()
  #place: BatchPlace = {idLow: 0, idHigh: 0, offset: 0, roomBytes: 0, epoch: 0, durableSeq: 0}
  #parts: Uint8Array[] = []
  #bytes = 0
  #partFrom = 0
  #at = 0
  #bodyAt = 0
  #bodyBytes = 0
  #sessionBytesMax = 0

  constructor(arena: Uint8Array, sumArena: SumArena) {
    this.#arena = arena
    this.#sumArena = sumArena
  }

  begin(place: BatchPlace): void {
    this.#place = place
    this.#parts = []
    this.#bytes = 0
    this.#partFrom = 0
    this.#at = 0
  }

  get bytes(): number {
    return this.#bytes
  }

  /** To be written one behind the other; good until the next `begin`. */
  parts(): readonly Uint8Array[] {
    const last = this.#scratch.subarray(this.#partFrom, this.#at)
    return last.length === 0 ? this.#parts : [...this.#parts, last]
  }

  /** The sessions as they are at the beginning of a segment. */
  addTable(sessions: Iterable<FrameSession>, seq: number): void {
    let some: FrameSession[] = []
    let bytes = 0
    for (const session of sessions) {
      some.push(session)
      bytes += sessionBytesOf(session.id)
      if (bytes < headBytesMax) continue
      this.#addMark(some, {seq, flags: frameFlags.sessionTable})
      some = []
      bytes = 0
    }
    if (some.length > 0) this.#addMark(some, {seq, flags: frameFlags.sessionTable})
  }

  addCleanClose(seq: number): void {
    this.#addMark([], {seq, flags: frameFlags.cleanClose})
  }

  /** Takes as many runs as there is room for in this batch and in the segment. */
  addRuns(pending: Pending): void {
    while (this.#bytes < batchBytesMax && this.#at < scratchBytes - 2 * headBytesMax) {
      this.#beginFrame()
      const first = pending.next()
      if (first === undefined || !this.#fits(first)) return
      const {seq} = first
      this.#take(first, pending)
      for (let run = pending.next(); run !== undefined && this.#belongs(run); run = pending.next()) {
        this.#take(run, pending)
      }
      this.#endFrame(sessionsIn(this.#sessions), {seq, flags: 0})
    }
  }

  #addMark(sessions: readonly FrameSession[], said: FrameEnd): void {
    this.#beginFrame()
    this.#endFrame(sessions, said)
  }

  #beginFrame(): void {
    this.#head.begin(this.#at)
    this.#sessions.clear()
    this.#sessionBytesMax = 0
    this.#bodyBytes = 0
  }

  #take(run: PendingRun, pending: Pending): void {
    if (this.#bodyBytes === 0) this.#bodyAt = run.at
    if (run.bytes > 0) this.#head.run(run, run.levels)
    this.#bodyBytes += run.bytes
    this.#sessionBytesMax += run.sessionBytesMax
    for (const [id, number] of run.sessions ?? []) this.#sessions.set(id, number)
    pending.take()
  }

  /** Whether the run may be one more in the frame. */
  #belongs(run: PendingRun): boolean {
    const isNext = run.bytes === 0 || this.#bodyBytes === 0 || run.at === this.#bodyAt + this.#bodyBytes
    const isSmall = this.#headBytesWith(run) <= headBytesMax && this.#bodyBytes + run.bytes <= bodyBytesMax
    return isNext && isSmall && this.#fits(run)
  }

  /** In what is left of the segment. */
  #fits(run: PendingRun): boolean {
    const frameBytes = aligned(this.#headBytesWith(run) + this.#bodyBytes + run.bytes)
    return this.#bytes + frameBytes <= this.#place.roomBytes
  }

  #headBytesWith(run: PendingRun): number {
    return this.#head.bytesMaxWith(run.source) + this.#sessionBytesMax + run.sessionBytesMax
  }

  #endFrame(sessions: Iterable<FrameSession>, {seq, flags}: FrameEnd): void {
    const place = {...this.#place, offset: this.#place.offset + this.#bytes}
    const {epoch, durableSeq} = place
    const bodySum = this.#sumBody(place)
    const headBytes = this.#head.end({place, firstSeq: seq, durableSeq, epoch, flags, bodySum, sessions})
    this.#at += headBytes
    if (this.#bodyBytes > 0) this.#addBody(aligned(headBytes + this.#bodyBytes) - headBytes)
    this.#bytes += aligned(headBytes + this.#bodyBytes)
  }

  #sumBody(place: FramePlace): Checksum {
    return this.#bodyBytes === 0 ? sumOf(noBytes, place) : this.#sumArena(this.#bodyAt, this.#bodyBytes, place)
  }

  #addBody(alignedBytes: number): void {
    const body = this.#arena.subarray(this.#bodyAt, this.#bodyAt + this.#bodyBytes)
    this.#parts.push(this.#scratch.subarray(this.#partFrom, this.#at), body)
    // The zeros behind the body are one part with the head of the next frame.
    this.#partFrom = this.#at
    this.#at += alignedBytes - this.#bodyBytes
    this.#scratch.fill(0, this.#partFrom, this.#at)
  }
}

const noBytes = new Uint8Array(0)

interface FrameEnd {
  readonly seq: number
  readonly flags: number
}

function* sessionsIn(sessions: ReadonlyMap<string, number>): IterableIterator<FrameSession> {
  for (const [id, number] of sessions) yield {id, number}
}

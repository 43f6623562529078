import {assert} from '../base/assert.ts'
import type {FrameRun} from './frame.ts'

/** Records that were taken together, and where they lie in the arena. */
export interface Run extends FrameRun {
  /** Offset in the arena. */
  readonly at: number
  /** A bit for each level that occurs. */
  readonly levels: number
  /** Of the first record. */
  readonly seq: number
}

/** What waits for the disk, in its order, and how far each session has got with it. */
export interface PendingRun extends Run {
  /** Undefined, or empty, where no session is to be noted. */
  readonly sessions: ReadonlyMap<string, number> | undefined
  /** At most so many bytes do the sessions take in the head of a frame. */
  readonly sessionBytesMax: number
}

/** As far as something has come: how many runs lie below, and the first sequence above. */
export interface PendingMark {
  readonly runs: number
  readonly seq: number
}

// What a frame holds at most, but for a single run that is larger.
export const bodyBytesMax = 512 * 1024
// Counted for each run, so that a flood of tiny ones from many senders does not wait in more memory than large ones.
const runCostBytes = 128
// Of the sessions of one run, so that a head stays small. That many come only from thousands of senders at one moment.
const sessionBytesMax = 32 * 1024

const nothing = {at: 0, bytes: 0, records: 0, levels: 0, arrivalMs: 0, source: '', flags: 0}

/** What it takes in the head of a frame; ids are ASCII. */
export function sessionBytesOf(id: string): number {
  return 1 + id.length + 8
}

/**
 * The runs between the arena and the disk. They are `taken` for writing one after the other, `released` once they may be
 * acknowledged, and taken again after `rewind` when the file they went to is given up.
 */
export class Pending {
  readonly #arenaBytes: number
  readonly #mergedBytesMax: number
  #slots: Slot[] = Array.from({length: 64}, newSlot)
  #released = 0
  #taken = 0
  #end = 0
  #takenBytes = 0
  #bytes = 0
  #headAt = 0
  #lapBytes = 0
  #endSeq: number

  /** A run that became longer than `runBytesMax` would fit nowhere. */
  constructor(arenaBytes: number, {nextSeq, runBytesMax}: {readonly nextSeq: number; readonly runBytesMax: number}) {
    this.#arenaBytes = arenaBytes
    this.#mergedBytesMax = Math.min(bodyBytesMax, runBytesMax)
    this.#endSeq = nextSeq
  }

  /** What is not released yet costs so much memory. */
  get bytes(): number {
    return this.#bytes
  }

  get waitingBytes(): number {
    return this.#bytes - this.#takenBytes
  }

  get isWaiting(): boolean {
    return this.#taken < this.#end
  }

  get endSeq(): number {
    return this.#endSeq
  }

  add(run: Run): void {
    assert(run.seq === this.#endSeq, 'records are missing between two runs')
    const last = this.#slot(this.#end - 1)
    const fits = last.bytes + run.bytes <= this.#mergedBytesMax
    if (this.isWaiting && fits && isContinued(last, run)) extend(last, run)
    else this.#push(run)
    this.#occupy(run)
    this.#bytes += run.bytes
    this.#endSeq += run.records
  }

  /** The session has handed over everything up to the number with the last run: both get into the same frame. */
  note(id: string, number: number): void {
    // Behind runs that are on their way already, what is noted travels alone.
    const isFull = this.isWaiting && this.#slot(this.#end - 1).sessionBytesMax > sessionBytesMax
    if (!this.isWaiting || isFull) this.#push({...nothing, seq: this.#endSeq})
    const slot = this.#slot(this.#end - 1)
    slot.sessions ??= new Map()
    if (!slot.sessions.has(id)) slot.sessionBytesMax += sessionBytesOf(id)
    slot.sessions.set(id, number)
  }

  /** The one to be taken next. Its content is good until it is released. */
  next(): PendingRun | undefined {
    return this.isWaiting ? this.#slot(this.#taken) : undefined
  }

  take(): void {
    this.#takenBytes += this.#slot(this.#taken).bytes + runCostBytes
    this.#taken += 1
  }

  /** Up to here everything is taken. */
  mark(): PendingMark {
    return {runs: this.#taken, seq: this.isWaiting ? this.#slot(this.#taken).seq : this.#endSeq}
  }

  /** What lies below the mark needs its bytes in the arena no longer. */
  release({runs}: PendingMark, onSession: (id: string, number: number) => void): void {
    assert(runs <= this.#taken, 'a run was released before it was taken')
    for (; this.#released < runs; this.#released += 1) {
      const slot = this.#slot(this.#released)
      for (const [id, number] of slot.sessions ?? []) onSession(id, number)
      this.#takenBytes -= slot.bytes + runCostBytes
      this.#bytes -= slot.bytes + runCostBytes
      this.#lapBytes -= slot.spanBytes
    }
  }

  /** Everything that is not released is to be taken again. */
  rewind(): void {
    this.#taken = this.#released
    this.#takenBytes = 0
  }

  #push(run: Run): void {
    if (this.#end - this.#released === this.#slots.length) this.#grow()
    refill(this.#slot(this.#end), run)
    this.#end += 1
    this.#bytes += runCostBytes
  }

  /** The arena is a ring: seen from the oldest run that still needs its bytes, the newest must not begin a second lap. */
  #occupy(run: Run): void {
    const isFirst = this.#lapBytes === 0
    const gap = (run.at - this.#headAt + this.#arenaBytes) % this.#arenaBytes
    const span = run.bytes + (isFirst ? 0 : gap)
    this.#slot(this.#end - 1).spanBytes += span
    this.#lapBytes += span
    this.#headAt = run.at + run.bytes
    assert(this.#lapBytes <= this.#arenaBytes, 'records were overwritten that are not on the disk yet')
  }

  #slot(index: number): Slot {
    return this.#slots[index & (this.#slots.length - 1)] as Slot
  }

  #grow(): void {
    const order = Array.from(this.#slots, (_, index) => this.#slot(this.#released + index))
    const larger = Array.from({length: order.length * 2}, newSlot)
    for (const [index, slot] of order.entries()) larger[(this.#released + index) & (larger.length - 1)] = slot
    this.#slots = larger
  }
}

/** Used again and again: at full speed there would be one to throw away for each read of each connection. */
interface Slot extends PendingRun {
  at: number
  bytes: number
  records: number
  levels: number
  arrivalMs: number
  source: string
  flags: number
  seq: number
  sessions: Map<string, number> | undefined
  sessionBytesMax: number
  /** From the end of the run before it to its own, around the arena. */
  spanBytes: number
}

function newSlot(): Slot {
  const run = {at: 0, bytes: 0, records: 0, levels: 0, arrivalMs: 0, source: '', flags: 0, seq: 0}
  return {...run, sessions: undefined, sessionBytesMax: 0, spanBytes: 0}
}

function refill(slot: Slot, run: Run): void {
  slot.at = run.at
  slot.bytes = run.bytes
  slot.records = run.records
  slot.levels = run.levels
  slot.arrivalMs = run.arrivalMs
  slot.source = run.source
  slot.flags = run.flags
  slot.seq = run.seq
  slot.sessions?.clear()
  slot.sessionBytesMax = 0
  slot.spanBytes = 0
}

function extend(slot: Slot, run: Run): void {
  slot.bytes += run.bytes
  slot.records += run.records
  slot.levels |= run.levels
}

/** Whether a reader could not tell the two from one run. A whole record is one by being alone in its run. */
function isContinued(last: Slot, run: Run): boolean {
  return (
    last.at + last.bytes === run.at &&
    last.source === run.source &&
    last.arrivalMs === run.arrivalMs &&
    (last.flags | run.flags) === 0 &&
    last.sessionBytesMax <= sessionBytesMax
  )
}

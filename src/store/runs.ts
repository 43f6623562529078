import type {FrameHead} from './frame.ts'
import {flags} from './layout.ts'

/** Records that came together, as they are stored. */
export interface StoredRun {
  readonly firstSeq: number
  readonly records: number
  readonly arrivalMs: number
  readonly source: string
  /** Of `flags` in layout.ts. */
  readonly flags: number
  /** Every record with its LF; blank lines, which are no records, may stand between them. */
  readonly bytes: Uint8Array
}

/** The runs of a frame. A frame that says of itself what is not so ends where that begins. */
export function* runsOf({runs, firstSeq}: FrameHead, body: Uint8Array): Generator<StoredRun> {
  let at = 0
  let seq = firstSeq
  for (const {bytes, records, arrivalMs, source, flags: runFlags} of runs) {
    if (at + bytes > body.length) return
    yield {firstSeq: seq, records, arrivalMs, source, flags: runFlags, bytes: body.subarray(at, at + bytes)}
    at += bytes
    seq += records
  }
}

/** One record in the bytes of its run; `to` is before its LF, and before one CR in front of that. */
export interface RecordPlace {
  readonly seq: number
  readonly from: number
  readonly to: number
}

/** Where the records of a run are: those of it that are to be seen, from `seqFrom` up to, not including, `seqTo`. */
export function* recordsOf(run: StoredRun, seqFrom = 0, seqTo = Infinity): Generator<RecordPlace> {
  const {bytes, firstSeq} = run
  if ((run.flags & flags.whole) !== 0) {
    if (firstSeq >= seqFrom && firstSeq < seqTo) yield {seq: firstSeq, from: 0, to: Math.max(0, bytes.length - 1)}
    return
  }
  let seq = firstSeq
  for (let from = 0; from < bytes.length && seq < seqTo;) {
    const found = bytes.indexOf(lineFeed, from)
    const end = found < 0 ? bytes.length : found
    const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end
    if (to > from) {
      if (seq >= seqFrom) yield {seq, from, to}
      seq += 1
    }
    from = end + 1
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Of a run, what lies from `seqFrom` up to, not including, `seqTo`; undefined where that is nothing. */
export function clipped(run: StoredRun, seqFrom: number, seqTo: number): StoredRun | undefined {
  const {firstSeq, records, bytes} = run
  if (firstSeq >= seqFrom && firstSeq + records <= seqTo) return run
  const places = [...recordsOf(run, seqFrom, seqTo)]
  const [first, last] = [places[0], places.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const isWhole = (run.flags & flags.whole) !== 0
  const end = isWhole ? bytes.length : bytes.indexOf(lineFeed, last.to) + 1
  return {...run, firstSeq: first.seq, records: places.length, bytes: bytes.subarray(first.from, end)}
}

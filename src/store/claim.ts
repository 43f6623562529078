import type {Desk} from './desk.ts'
import {aligned, frameMagic, frameRunBytes, headBytesMin, seedOf, type FramePlace} from './frame.ts'
import {recordsOf} from './runs.ts'

/**
 * What a frame that is broken says of itself. Nothing vouches for it, so it serves for one thing: to tell how much was
 * lost. What an earlier life of the file has left makes no claim: it is of other records, under another seed.
 */
export interface Claim {
  readonly bytes: number
  readonly records: number
}

export interface Expected {
  readonly place: FramePlace
  readonly firstSeq: number
  /** Undefined where none is known. */
  readonly epoch: number | undefined
}

/** Of what is on the desk from `from` up to `to`. */
export interface Window {
  readonly desk: Desk
  readonly from: number
  readonly to: number
}

export function claimIn(window: Window, expected: Expected): Claim | undefined {
  const {desk, from, to} = window
  if (to - from < headBytesMin) return undefined
  const view = new DataView(desk.area.buffer, desk.area.byteOffset + from, to - from)
  const said = {bytes: view.getUint32(4, true), head: view.getUint32(60, true), body: view.getUint32(44, true)}
  const isConsistent = said.bytes === aligned(said.head + said.body)
  const others = [view.getUint32(0, true) === frameMagic, view.getUint32(48, true) === expected.epoch, isConsistent]
  const isExpected = numberAt(view, 24) === expected.firstSeq && others.filter(Boolean).length >= 2
  const isBody = said.head >= headBytesMin && isSummed(window, expected.place, view)
  if (!isExpected && !isBody) return undefined
  // Of two that contradict each other, the sizes of the parts are right when the checksums that they lead to are.
  const bytes = isConsistent || isBody ? aligned(said.head + said.body) : said.bytes
  return bytes >= headBytesMin ? {bytes, records: recordsIn(view, said)} : undefined
}

function isSummed({desk, from, to}: Window, place: FramePlace, view: DataView): boolean {
  const [headBytes, bodyBytes] = [view.getUint32(60, true), view.getUint32(44, true)]
  if (headBytes + bodyBytes > to - from) return false
  const sum = desk.sum(from + headBytes, bodyBytes, seedOf(place))
  return sum.low === view.getUint32(16, true) && sum.high === view.getUint32(20, true)
}

/** Told three times: in the head, by its runs, and by the lines. Two of them decide. */
function recordsIn(view: DataView, said: {readonly head: number; readonly body: number}): number {
  const records = view.getUint32(40, true)
  const runs = runsIn(view)
  if (runs === undefined) return records
  const byRuns = runs.reduce((sum, run) => sum + run.records, 0)
  if (records === byRuns) return records
  const body = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(said.head, said.head + said.body)
  return byRuns === linesIn(body, runs) ? byRuns : records
}

interface ClaimedRun {
  readonly bytes: number
  readonly records: number
  readonly flags: number
}

function runsIn(view: DataView): readonly ClaimedRun[] | undefined {
  const runs: ClaimedRun[] = []
  const end = headBytesMin + view.getUint16(54, true) * frameRunBytes
  if (end > view.byteLength) return undefined
  for (let at = headBytesMin; at < end; at += frameRunBytes) {
    runs.push({
      bytes: view.getUint32(at, true),
      records: view.getUint32(at + 4, true),
      flags: view.getUint16(at + 16, true)
    })
  }
  return runs
}

function linesIn(body: Uint8Array, runs: readonly ClaimedRun[]): number {
  let lines = 0
  let at = 0
  for (const run of runs) {
    const bytes = body.subarray(at, at + run.bytes)
    lines += [...recordsOf({...run, bytes, firstSeq: 0, arrivalMs: 0, source: ''})].length
    at += run.bytes
  }
  return lines
}

function numberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

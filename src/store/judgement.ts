import {blockBytes} from './reader.ts'
import {headerBytes} from './segment.ts'
import type {SegmentScan, Stretch} from './stretches.ts'

/** Where something is missing. Ends are exclusive; `seqFrom` and `seqTo` are the same where no record is. */
export interface Hole {
  readonly file: string
  readonly from: number
  readonly to: number
  readonly seqFrom: number
  readonly seqTo: number
}

export interface Judgement {
  /** What was durable and is not there, or not as it was. */
  readonly damaged: readonly Hole[]
  /** What was not yet known to be durable: forgotten, with all behind it. Undefined where the log ends well. */
  readonly torn: Hole | undefined
  /** Bytes of what is forgotten, whole frames behind the hole with them. */
  readonly tornBytes: number
  /** The sequence behind the last record that counts. */
  readonly endSeq: number
  readonly durableSeq: number
  /** That count, in their order. */
  readonly stretches: readonly Stretch[]
  /** Some frames are whole and do not count. */
  readonly hasForgotten: boolean
}

/**
 * After a loss of power, what was not synced may have survived in any order; so a good frame behind a hole proves
 * nothing by itself. Each frame tells what was known to be durable when it was written: a hole below the highest of
 * these is damage, and what is behind it counts; a hole above it is where the log ends.
 *
 * `scans` are segments behind each other, up to the last one. Those without a header are where their names put them, and
 * count for nothing but for what is missing there.
 */
export function judge(scans: readonly SegmentScan[]): Judgement {
  const steps = stepsOf(scans)
  const durableSeq = steps.reduce((highest, {stretch}) => Math.max(highest, stretch?.durableSeq ?? 0), 0)
  const cut = steps.findIndex((step) => isTorn(step, durableSeq))
  const kept = cut < 0 ? steps : steps.slice(0, cut)
  const forgotten = cut < 0 ? [] : steps.slice(cut)
  const [torn] = forgotten
  return {
    damaged: kept.flatMap(({hole}) => hole ?? []),
    torn: torn?.hole === undefined ? undefined : {...torn.hole, seqTo: highestSeq(forgotten, torn.hole.seqTo)},
    tornBytes: forgotten.reduce((bytes, step) => bytes + step.bytes, 0),
    endSeq: highestSeq(kept, scans[0]?.segment.firstSeq ?? 1),
    durableSeq,
    stretches: kept.flatMap(({stretch}) => stretch ?? []),
    hasForgotten: forgotten.some(({stretch}) => stretch !== undefined)
  }
}

interface Step {
  readonly seqTo: number
  readonly bytes: number
  readonly stretch?: Stretch
  readonly hole?: Hole
  /** Of a hole: it was not left by a loss of power, or everything around it is there. */
  readonly isDamage?: boolean
}

function isTorn({hole, isDamage}: Step, durableSeq: number): boolean {
  return hole !== undefined && isDamage !== true && hole.seqFrom >= durableSeq
}

function highestSeq(steps: readonly Step[], least: number): number {
  return steps.reduce((highest, {seqTo}) => Math.max(highest, seqTo), least)
}

function stepsOf(scans: readonly SegmentScan[]): readonly Step[] {
  const good = scans.filter(({isHeadless}) => !isHeadless)
  const headless = scans.filter(({isHeadless, claim}) => isHeadless && claim.records > 0)
  const [first] = good
  const leading = headless.filter(({segment}) => first === undefined || segment.firstSeq < first.segment.firstSeq)
  const steps: Step[] = leading.map((scan) => lostWith(scan, scan.segment.firstSeq, first?.segment.firstSeq))
  for (const [index, scan] of good.entries()) {
    const nextSeq = good[index + 1]?.segment.firstSeq
    steps.push(...stretchesOf(scan))
    const seq = highestSeq(steps, scan.segment.firstSeq)
    const instead = headless.findLast(
      ({segment}) => segment.firstSeq >= seq && segment.firstSeq < (nextSeq ?? Infinity)
    )
    if (scan.isRetired) continue
    if (instead !== undefined) steps.push(lostWith(instead, seq, nextSeq))
    else steps.push(...endOf(scan, seq, nextSeq))
  }
  return steps.filter(({hole, bytes}) => hole === undefined || hole.seqTo > hole.seqFrom || bytes > 0)
}

/** A file whose header was synced before anything else was written to it: no loss of power explains it. */
function lostWith({segment, claim}: SegmentScan, seqFrom: number, nextSeq: number | undefined): Step {
  const seqTo = nextSeq ?? segment.firstSeq + claim.records
  const hole = {file: segment.name, from: 0, to: segment.bytes, seqFrom, seqTo}
  return {hole, seqTo, bytes: segment.bytes, isDamage: true}
}

function stretchesOf(scan: SegmentScan): readonly Step[] {
  const {segment, stretches, isRetired} = scan
  if (isRetired) return []
  const steps: Step[] = []
  let at = headerBytes
  let seq = segment.firstSeq
  for (const stretch of stretches) {
    const seqFrom = Math.max(seq, stretch.seqFrom)
    if (stretch.from > at || seqFrom > seq) {
      const hole = {file: segment.name, from: at, to: stretch.from, seqFrom: seq, seqTo: seqFrom}
      const isDamage = seqFrom === seq || isUnreadable(scan, hole)
      steps.push({hole, seqTo: seqFrom, bytes: stretch.from - at, isDamage})
    }
    steps.push({stretch, seqTo: stretch.seqTo, bytes: stretch.to - stretch.from})
    at = stretch.to
    seq = Math.max(seq, stretch.seqTo)
  }
  return steps
}

/** What is missing behind the last stretch of a segment. */
function endOf(scan: SegmentScan, seqFrom: number, nextSeq: number | undefined): readonly Step[] {
  const {segment, stretches, claim} = scan
  const from = stretches.at(-1)?.to ?? headerBytes
  // What the last frames of a segment say that are those of the next one as well, is nothing that is missing.
  if (nextSeq !== undefined && nextSeq <= seqFrom) return []
  const hole = {file: segment.name, from, to: from + claim.bytes, seqFrom, seqTo: nextSeq ?? seqFrom + claim.records}
  return [{hole, seqTo: hole.seqTo, bytes: claim.bytes, isDamage: isUnreadable(scan, hole)}]
}

/** A loss of power leaves old bytes, but none that cannot be read. */
function isUnreadable({unreadable}: SegmentScan, {from, to}: Hole): boolean {
  return [...unreadable].some((at) => at >= from - (from % blockBytes) && at < to)
}

import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import type {Disk} from '../host/disk.ts'
import {openDesk} from './desk.ts'
import {isHeld, type LockHost} from './directory-lock.ts'
import {judge, type Hole, type Judgement} from './judgement.ts'
import {quietly} from './quietly.ts'
import {SegmentReader, type Piece} from './reader.ts'
import {allDamage, filesOf, scanFile, type WalPlace} from './recovery.ts'
import {headerBytes} from './segment.ts'
import {isFolder, lookInto, openIfThere, type SegmentFile, type SegmentFolder} from './segment-files.ts'
import {isBeyond, type SegmentScan} from './stretches.ts'

/** Looks at a log from outside: nothing is changed, and a server may run and write it meanwhile. */

export interface VerifiedWal {
  /** `torn`: the last write did not get to the disk as a whole, and was not known to be durable. */
  readonly status: 'whole' | 'torn' | 'damaged'
  readonly segments: number
  /** Of all files. */
  readonly bytes: number
  /** Those that are there. */
  readonly records: number
  readonly firstSeq: number
  readonly nextSeq: number
  readonly torn: (Hole & {readonly bytes: number}) | undefined
  readonly damaged: readonly Hole[]
}

/** Reads every byte. A Fault `wal-absent` where there is no log. */
export async function verifyWal(host: LockHost, directory: string): Promise<VerifiedWal> {
  const {place, found} = await openLog(host.disk, directory)
  const files = filesOf(found)
  const scans: SegmentScan[] = []
  for (const index of files.keys()) scans.push(await scanFile(place, files, index))
  const judged = judge(scans)
  // What is being written just now is not whole yet.
  const isWritten = judged.torn !== undefined && !judged.hasForgotten && (await isHeld(host, directory))
  const torn = judged.torn === undefined || isWritten ? undefined : {...judged.torn, bytes: judged.tornBytes}
  const damaged = allDamage(found, judged.damaged)
  const firstSeq = scans.find(({isRetired}) => !isRetired)?.segment.firstSeq ?? judged.endSeq
  return {
    status: damaged.length > 0 ? 'damaged' : torn === undefined ? 'whole' : 'torn',
    segments: found.segments.length,
    bytes: found.segments.reduce((sum, {bytes}) => sum + bytes, 0),
    records: recordsIn(judged),
    firstSeq,
    nextSeq: judged.endSeq,
    torn,
    damaged
  }
}

function recordsIn({stretches}: Judgement): number {
  let records = 0
  let seq = 0
  for (const {seqFrom, seqTo} of stretches) {
    records += Math.max(0, seqTo - Math.max(seqFrom, seq))
    seq = Math.max(seq, seqTo)
  }
  return records
}

export interface ListedSegment {
  readonly name: string
  readonly firstSeq: number
  /** Exclusive. */
  readonly endSeq: number
  readonly bytes: number
  /** When its first and its last record arrived; undefined where it has none. */
  readonly firstMs: number | undefined
  readonly lastMs: number | undefined
  /** `newest`: records go into it. `short`: it ends before the next one begins. `headless`: nothing in it can be read. */
  readonly state: 'newest' | 'sealed' | 'short' | 'headless'
}

/** Of each segment no more than its two ends. */
export async function listSegments(disk: Disk, directory: string): Promise<readonly ListedSegment[]> {
  const {place, found} = await openLog(disk, directory)
  const listed: ListedSegment[] = []
  for (const [index, segment] of found.segments.entries()) {
    const nextSeq = found.segments[index + 1]?.firstSeq
    const {name, firstSeq, bytes} = segment
    const ends = await endsOf(place, segment, nextSeq ?? Infinity)
    const state = nextSeq === undefined ? 'newest' : ends.endSeq < nextSeq ? 'short' : 'sealed'
    listed.push({name, firstSeq, bytes, ...ends, state})
  }
  const headless = found.strange.map(({name, firstSeq, bytes}) => {
    return {name, firstSeq, endSeq: firstSeq, bytes, firstMs: undefined, lastMs: undefined, state: 'headless' as const}
  })
  return [...listed, ...headless].sort((one, other) => one.firstSeq - other.firstSeq)
}

/**
 * Where one segment does not reach the next. A start reads the newest segments alone; this tells of older ones that are
 * gone, or have lost their ends, at the price of reading those.
 */
export async function missingSegments(
  {disk, folder, desk}: WalPlace,
  segments: readonly SegmentFile[]
): Promise<readonly Hole[]> {
  const holes: Hole[] = []
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const seqTo = segments[index + 1]?.firstSeq ?? segment.firstSeq
    const {endSeq: seqFrom, endAt} = await endsOf({disk, folder, desk}, segment, seqTo)
    if (seqFrom < seqTo) holes.push({file: segment.name, from: endAt, to: endAt, seqFrom, seqTo})
  }
  return holes
}

export interface OpenLog {
  readonly place: WalPlace
  readonly found: SegmentFolder
}

export async function openLog(disk: Disk, directory: string): Promise<OpenLog> {
  const folder = join(directory, 'wal')
  if (!(await isFolder(disk, folder))) throw new Fault('wal-absent', {path: folder})
  const desk = openDesk()
  const found = await lookInto(disk, folder, desk)
  if (filesOf(found).length === 0) throw new Fault('wal-absent', {path: folder})
  return {place: {disk, folder, desk}, found}
}

interface Ends {
  readonly endSeq: number
  readonly endAt: number
  readonly firstMs: number | undefined
  readonly lastMs: number | undefined
}

// Longer than a frame, so that one that begins in a piece ends in the next one.
const pieceBytes = 2 << 20

async function endsOf({disk, folder, desk}: WalPlace, segment: SegmentFile, seqLimit: number): Promise<Ends> {
  const file = await openIfThere(disk, join(folder, segment.name))
  const none = {endSeq: segment.firstSeq, endAt: headerBytes, firstMs: undefined, lastMs: undefined}
  if (file === undefined) return none
  try {
    const first = new SegmentReader(file, {id: segment, desk})
    const frames = framesIn(await first.next(), seqLimit)
    const firstMs = frames.find(({head}) => head.records > 0)?.head.runs[0]?.arrivalMs
    if (frames.length === 0) return none
    for (let at = segment.bytes - (segment.bytes % 16); ;) {
      at = Math.max(headerBytes, at - pieceBytes)
      const piece = new SegmentReader(file, {id: segment, desk, from: at, to: at + 2 * pieceBytes})
      const last = await lastFrom(piece, seqLimit)
      if (last !== undefined) return {...last, firstMs}
      if (at === headerBytes) return none
    }
  } finally {
    await quietly(file.close())
  }
}

type FramePiece = Extract<Piece, {kind: 'frame'}>

function framesIn(pieces: readonly Piece[], seqLimit: number): readonly FramePiece[] {
  return pieces.filter((piece) => piece.kind === 'frame' && !isBeyond(piece, seqLimit)) as FramePiece[]
}

type End = Omit<Ends, 'firstMs'>

async function lastFrom(reader: SegmentReader, seqLimit: number): Promise<End | undefined> {
  let last: End | undefined
  for (;;) {
    const pieces = await reader.next()
    if (pieces.length === 0) return last
    const frames = framesIn(pieces, seqLimit)
    // A frame without records, such as the mark of a clean close, has no time.
    const newest = frames.findLast(({head}) => head.records > 0) ?? (last === undefined ? frames.at(-1) : undefined)
    if (newest !== undefined) last = endOf(newest, seqLimit)
  }
}

function endOf({at, head}: FramePiece, seqLimit: number): End {
  const endSeq = Math.min(head.firstSeq + head.records, seqLimit)
  return {endSeq, endAt: at + head.bytes, lastMs: head.runs.at(-1)?.arrivalMs}
}

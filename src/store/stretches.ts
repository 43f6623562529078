import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import type {Disk, OpenFile} from '../host/disk.ts'
import {claimIn, type Claim} from './claim.ts'
import type {Desk} from './desk.ts'
import {frameFlags, headBytesMin, type FrameHead} from './frame.ts'
import {quietly} from './quietly.ts'
import {SegmentReader, type Piece} from './reader.ts'
import {headerBytes, type SegmentHeader} from './segment.ts'
import {headerOf, openIfThere, type SegmentFile, type StrangeFile} from './segment-files.ts'

/** Frames behind each other, without a gap in their bytes or in their records. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly seqFrom: number
  readonly seqTo: number
  /** The highest that a frame of it has told to be durable. */
  readonly durableSeq: number
  readonly epoch: number
  /** The log was closed behind it. */
  readonly isClosed: boolean
  /** As the last frame that names them has left them, the one heard of longest ago first. */
  readonly sessions: ReadonlyMap<string, number>
}

/** All that is in one segment. */
export interface SegmentScan {
  readonly segment: SegmentFile
  /** Exclusive: records from here on are those of the next segment, whatever this one says. */
  readonly seqLimit: number
  readonly stretches: readonly Stretch[]
  /** Of a frame behind the last stretch that is not whole. */
  readonly claim: Claim
  /** Blocks that the disk could not give. */
  readonly unreadable: ReadonlySet<number>
  /** The file was given to a later segment, or removed, while it was read: what is missing in it is no damage. */
  readonly isRetired: boolean
  /** Without a good header nothing in it counts; the claim is then that of all its frames. */
  readonly isHeadless: boolean
}

export interface ScanOptions {
  readonly folder: string
  readonly seqLimit: number
  readonly desk: Desk
}

export async function scanSegment(disk: Disk, segment: SegmentFile, options: ScanOptions): Promise<SegmentScan> {
  const {folder, seqLimit, desk} = options
  const path = join(folder, segment.name)
  const scan = {segment, seqLimit, stretches: [], claim: nothing, unreadable: new Set<number>(), ...absent}
  const file = await openIfThere(disk, path)
  if (file === undefined) return scan
  try {
    const reader = new SegmentReader(file, {id: segment, desk})
    const stretches = await stretchesIn(reader, seqLimit)
    const claim = await claimBehind(reader, {segment, desk, last: stretches.at(-1)})
    const isRetired = !(await isStill(file, segment))
    return {...scan, stretches, claim, unreadable: reader.unreadable, isRetired}
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  } finally {
    await quietly(file.close())
  }
}

/** Whether the file still is this segment. */
async function isStill(file: OpenFile, segment: SegmentFile): Promise<boolean> {
  if (segment.isSalvaged) return true
  const now: SegmentHeader | undefined = await headerOf(file)
  return now === undefined || (now.idLow === segment.idLow && now.idHigh === segment.idHigh)
}

const absent = {isRetired: true, isHeadless: false}
const nothing: Claim = {bytes: 0, records: 0}

async function stretchesIn(reader: SegmentReader, seqLimit: number): Promise<readonly Stretch[]> {
  const stretches: GrowingStretch[] = []
  for (;;) {
    const pieces = await reader.next()
    if (pieces.length === 0) return stretches
    for (const piece of pieces) {
      if (isBeyond(piece, seqLimit)) return stretches
      grow(stretches, piece, seqLimit)
    }
  }
}

/** Written before the segment was given up, and once more in the next one. */
export function isBeyond(piece: Piece, seqLimit: number): boolean {
  if (piece.kind === 'gap') return false
  const {firstSeq, records} = piece.head
  return records === 0 ? firstSeq > seqLimit : firstSeq >= seqLimit
}

type Mutable<Type> = {-readonly [Key in keyof Type]: Type[Key]}
type GrowingStretch = Mutable<Omit<Stretch, 'sessions'>> & {readonly sessions: Map<string, number>}

function grow(stretches: GrowingStretch[], piece: Piece, seqLimit: number): void {
  if (piece.kind === 'gap') return
  const {at, head} = piece
  let stretch = stretches.at(-1)
  if (stretch === undefined || stretch.to !== at || stretch.seqTo < head.firstSeq) {
    stretch = begun(at, head)
    stretches.push(stretch)
  }
  stretch.to = at + head.bytes
  stretch.seqTo = Math.max(stretch.seqTo, Math.min(head.firstSeq + head.records, seqLimit))
  stretch.durableSeq = Math.max(stretch.durableSeq, head.durableSeq)
  stretch.epoch = head.epoch
  stretch.isClosed = (head.flags & frameFlags.cleanClose) !== 0
  for (const {id, number} of head.sessions) {
    // Behind all others: it is the one that was heard of last.
    stretch.sessions.delete(id)
    stretch.sessions.set(id, number)
  }
}

function begun(at: number, {firstSeq, epoch}: FrameHead): GrowingStretch {
  const seqs = {seqFrom: firstSeq, seqTo: firstSeq, durableSeq: 0}
  return {from: at, to: at, ...seqs, epoch, isClosed: false, sessions: new Map()}
}

interface Behind {
  readonly segment: SegmentFile
  readonly desk: Desk
  readonly last: Stretch | undefined
}

/** What was being written where the last stretch ends. */
async function claimBehind(reader: SegmentReader, {segment, desk, last}: Behind): Promise<Claim> {
  const offset = last?.to ?? headerBytes
  const {length} = await reader.bytesAt(offset)
  const {idLow, idHigh} = segment
  const expected = {place: {idLow, idHigh, offset}, firstSeq: last?.seqTo ?? segment.firstSeq, epoch: last?.epoch}
  const claim = claimIn({desk, from: 0, to: length}, expected)
  if (claim !== undefined) return {...claim, bytes: Math.min(claim.bytes, segment.bytes - offset)}
  // Of a file that was cut, what is left of a head; so little comes behind a frame in a full segment, too.
  const isFull = length >= headBytesMin || Number.isInteger(Math.log2(segment.bytes))
  const isPiece = !isFull && desk.area.subarray(0, length).some((byte) => byte !== 0)
  return isPiece ? {bytes: length, records: 0} : nothing
}

/** Of a segment without a header: what its frames say, and nothing vouches for. */
export async function scanHeadless(
  disk: Disk,
  strange: StrangeFile,
  {folder, desk}: Omit<ScanOptions, 'seqLimit'>
): Promise<SegmentScan> {
  const {name, bytes, firstSeq} = strange
  const unknown = {nodeId: new Uint8Array(16), idLow: 0, idHigh: 0, epoch: 0, createdMs: 0, isSalvaged: false}
  const scan = {
    segment: {...unknown, name, bytes, firstSeq},
    seqLimit: Infinity,
    stretches: [],
    unreadable: new Set<number>()
  }
  const file = await openIfThere(disk, join(folder, name))
  if (file === undefined) return {...scan, claim: nothing, ...absent}
  try {
    const records = await claimedRecords(new SegmentReader(file, {id: unknown, desk}), firstSeq, desk)
    return {...scan, claim: {bytes, records}, isRetired: false, isHeadless: true}
  } finally {
    await quietly(file.close())
  }
}

async function claimedRecords(reader: SegmentReader, firstSeq: number, desk: Desk): Promise<number> {
  let seq = firstSeq
  for (let at = headerBytes; ;) {
    const {length} = await reader.bytesAt(at)
    let used = 0
    for (;;) {
      const expected = {place: {idLow: 0, idHigh: 0, offset: at + used}, firstSeq: seq, epoch: undefined}
      const claim = claimIn({desk, from: used, to: length}, expected)
      if (claim === undefined || used + claim.bytes > length) break
      used += claim.bytes
      seq += claim.records
    }
    if (used === 0) return seq - firstSeq
    at += used
  }
}

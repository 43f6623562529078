import {join} from 'node:path'
import {assert} from '../base/assert.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import {makeFolder} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Desk} from './desk.ts'
import {judge, type Hole, type Judgement} from './judgement.ts'
import {copyRange, moveWhole} from './quarantine.ts'
import {quietly} from './quietly.ts'
import {headerBytes, spareName} from './segment.ts'
import {lookInto, type SegmentFile, type SegmentFolder, type StrangeFile} from './segment-files.ts'
import {scanHeadless, scanSegment, type SegmentScan, type Stretch} from './stretches.ts'

/**
 * What is found when a write-ahead log is opened. Only the newest segment is read (and those before it, where it holds
 * nothing or where what it holds was not yet known to be durable in them); of all others, the header alone.
 */
export interface Recovered {
  /** Where the segments lie. */
  readonly folder: string
  /** Of the log, since its first segment was made; drawn anew where there is none. 16 bytes. */
  readonly nodeId: Uint8Array
  /** The number of the next record. */
  readonly nextSeq: number
  /**
   * Drawn anew each time the log is opened: power loss may take all that was written since, up to the mark of a clean
   * close, and a number that was given before would then name another record.
   */
  readonly epoch: number
  readonly isClean: boolean
  /** Exclusive: what is below was known to be synced when the newest frames were written. */
  readonly durableSeq: number
  /** The last number of each session, the one that was heard of longest ago first. */
  readonly sessions: ReadonlyMap<string, number>
  /** Oldest first. */
  readonly segments: readonly FoundSegment[]
  /**
   * Where the last of `segments` goes on; undefined where a new segment is to be begun with `nextSeq`, because there is
   * none or because what stands behind the last good frame must never be taken for something newer.
   */
  readonly goesOnAt: number | undefined
  /** What was not yet known to be durable and did not get to the disk as a whole; forgotten. */
  readonly torn: Torn | undefined
  /** What was durable once and is not there any more. */
  readonly damaged: readonly Damage[]
}

export interface FoundSegment extends SegmentFile {
  /** Exclusive. Where it was not read: as the next one begins, so that records missing in between are not known yet. */
  readonly endSeq: number
}

/** Bytes that no longer say what they said, and the records that are lost with them. */
export interface Damage extends Hole {
  /** Where a copy of the bytes is, below the folder of the segments; undefined where there are none, or no room. */
  readonly copy: string | undefined
}

/** Where the log ends before its last frames; `bytes` counts what is forgotten of them, over all files. */
export interface Torn extends Hole {
  readonly bytes: number
}

export type RecoveryHost = Pick<Host, 'disk' | 'random'>

/**
 * Opens what is in a folder of segments, which is made where it is missing. What the files hold never makes it fail:
 * damage is put aside and told. A Fault is thrown where the disk or its permissions keep us from reading, or from
 * removing what must not come back; and for segments of a newer version of this program.
 */
export async function recover(host: RecoveryHost, folder: string, desk: Desk): Promise<Recovered> {
  await makeFolder(host.disk, folder, 0o700)
  const place = {disk: host.disk, folder, desk}
  const found = await lookInto(host.disk, folder, desk)
  const {scans, older} = await scanBack(place, found)
  const judged = judge(scans)
  const goesOnAt = placeToGoOn(
    scans.findLast(({isHeadless}) => !isHeadless),
    judged
  )
  const kept = keptOf(found.segments, judged.endSeq, goesOnAt !== undefined)
  await forget(place, found, kept)
  const {stretches, torn, tornBytes, endSeq: nextSeq, durableSeq} = judged
  const isClean = torn === undefined && (scans.length === 0 || stretches.at(-1)?.isClosed === true)
  return {
    folder,
    nodeId: nodeIdOf(found) ?? Uint8Array.from({length: 16}, () => host.random.below(256)),
    nextSeq,
    epoch: host.random.below(2 ** 32),
    isClean,
    durableSeq,
    sessions: sessionsIn(stretches),
    segments: kept.map((segment, index) => ({...segment, endSeq: kept[index + 1]?.firstSeq ?? nextSeq})),
    goesOnAt,
    torn: torn === undefined ? undefined : {...torn, bytes: tornBytes},
    damaged: await putAside(host, folder, {found, holes: [...older, ...judged.damaged]})
  }
}

export interface WalPlace {
  readonly disk: Host['disk']
  readonly folder: string
  readonly desk: Desk
}

// Where nothing was ever synced, no frame tells what is durable; what is older than these the system has written by now.
export const scansMax = 4

/**
 * Reads the newest segment, and those before it for as long as its frames do not vouch for them: that is until one
 * begins as it should, and all before it was durable.
 */
async function scanBack(
  place: WalPlace,
  found: SegmentFolder
): Promise<{readonly scans: readonly SegmentScan[]; readonly older: readonly Hole[]}> {
  const files = filesOf(found)
  const scans: SegmentScan[] = []
  let left = files.length
  let durableSeq = 0
  while (left > 0 && scans.length < scansMax) {
    left -= 1
    const scan = await scanFile(place, files, left)
    scans.unshift(scan)
    durableSeq = scan.stretches.reduce((highest, stretch) => Math.max(highest, stretch.durableSeq), durableSeq)
    if (isEnough(scan, durableSeq)) break
  }
  return {scans, older: await lostBefore(place, files, left)}
}

/** It holds records from its beginning on, its own table of sessions with them, and all before it was durable. */
function isEnough({segment, stretches}: SegmentScan, durableSeq: number): boolean {
  const {firstSeq} = segment
  const [first] = stretches
  const beginsWell = first?.from === headerBytes && first.seqFrom === firstSeq && first.seqTo > firstSeq
  return beginsWell && durableSeq >= firstSeq
}

export interface LogEnd {
  /** Exclusive. */
  readonly endSeq: number
  readonly sessions: ReadonlyMap<string, number>
}

/** What a start would go on from; nothing is changed. */
export async function endOfLog(place: WalPlace, found: SegmentFolder): Promise<LogEnd> {
  const {endSeq, stretches} = judge((await scanBack(place, found)).scans)
  return {endSeq, sessions: sessionsIn(stretches)}
}

export type WalFile = SegmentFile | StrangeFile

/** Everything that has, or had, a place in the sequence. */
export function filesOf({segments, strange}: SegmentFolder): readonly WalFile[] {
  const headless = strange.filter(({why}) => why === 'headless')
  return [...segments, ...headless].sort((one, other) => one.firstSeq - other.firstSeq)
}

export function scanFile(
  {disk, folder, desk}: WalPlace,
  files: readonly WalFile[],
  index: number
): Promise<SegmentScan> {
  const file = files[index]
  assert(file !== undefined, 'one of the files')
  const seqLimit = files.slice(index + 1).find((other) => !('why' in other))?.firstSeq ?? Infinity
  return 'why' in file ? scanHeadless(disk, file, {folder, desk}) : scanSegment(disk, file, {folder, seqLimit, desk})
}

/** With files that have lost their header among the older ones, which are not read. */
async function lostBefore(place: WalPlace, files: readonly WalFile[], count: number): Promise<readonly Hole[]> {
  const holes: Hole[] = []
  for (const [index, file] of files.slice(0, count).entries()) {
    if (!('why' in file)) continue
    const {claim} = await scanFile(place, files, index)
    const {name, bytes, firstSeq} = file
    const seqTo = files.slice(index).find((other) => !('why' in other))?.firstSeq ?? firstSeq
    if (claim.records > 0) holes.push({file: name, from: 0, to: bytes, seqFrom: firstSeq, seqTo})
  }
  return holes
}

/** Behind the last good frame, if nothing that must stay forgotten is there. */
function placeToGoOn(last: SegmentScan | undefined, {damaged, endSeq}: Judgement): number | undefined {
  if (last === undefined || last.segment.isSalvaged) return undefined
  const end = last.stretches.at(-1)
  const at = end?.to ?? headerBytes
  const isBroken = damaged.some(({file, to}) => file === last.segment.name && to > at)
  // Not the same where frames behind a hole are forgotten: what is written over the hole must not bring them back.
  return isBroken || (end?.seqTo ?? last.segment.firstSeq) !== endSeq ? undefined : at
}

/** All but those that would hide, or be taken for, what is written from now on. */
function keptOf(segments: readonly SegmentFile[], nextSeq: number, goesOn: boolean): readonly SegmentFile[] {
  return segments.filter(({firstSeq}, index) => firstSeq < nextSeq || (goesOn && index === segments.length - 1))
}

/** Newest first, so that after another crash in between the log still ends at the same place. */
async function forget({disk, folder}: WalPlace, found: SegmentFolder, kept: readonly SegmentFile[]): Promise<void> {
  const unnamed = found.strange.filter(({why}) => why === 'unnamed')
  const empty = found.strange.filter(({bytes}) => bytes === 0)
  const gone = [...found.segments.filter((segment) => !kept.includes(segment)), ...unnamed, ...empty]
  try {
    for (const {name} of gone.toReversed()) await disk.remove(join(folder, name))
    if (gone.length > 0) await disk.syncDirectory(folder)
  } catch (cause) {
    throw new Fault('file-unwritable', {path: folder, reason: reasonOf(cause)}, {cause})
  }
  for (const name of found.leftovers) if (name !== spareName) await quietly(disk.remove(join(folder, name)))
}

interface Broken {
  readonly found: SegmentFolder
  readonly holes: readonly Hole[]
}

/** Files that are no segments are moved, damaged parts of segments copied: what is good in them is still needed. */
async function putAside(host: RecoveryHost, folder: string, {found, holes}: Broken): Promise<readonly Damage[]> {
  const moved = new Map<string, string | undefined>()
  for (const {name, why, bytes} of found.strange) {
    if (why !== 'unnamed' && bytes > 0) moved.set(name, await moveWhole(host, folder, name))
  }
  const damaged: Damage[] = []
  for (const hole of allDamage(found, holes)) {
    const segment = found.segments.find(({name}) => name === hole.file)
    const isCopied = segment !== undefined && hole.to > hole.from
    const copy = isCopied ? await copyRange(host.disk, folder, {...hole, segment}) : moved.get(hole.file)
    damaged.push({...hole, copy})
  }
  return damaged
}

/** With damage that has cost no record: headers that were not needed, and files that are no part of the log. */
export function allDamage({segments, strange}: SegmentFolder, holes: readonly Hole[]): readonly Hole[] {
  const headers = segments.filter(({isSalvaged}) => isSalvaged).map((file) => ({...file, bytes: headerBytes}))
  const strays = strange.filter(({why, bytes}) => why !== 'unnamed' && bytes > 0)
  const others = strays.filter(({name}) => holes.every(({file}) => file !== name))
  const harmless = [...headers, ...others].map(({name, bytes, firstSeq}) => ({
    file: name,
    from: 0,
    to: bytes,
    seqFrom: firstSeq,
    seqTo: firstSeq
  }))
  return [...holes, ...harmless]
}

/** Of one that was salvaged, this may be what is damaged. */
function nodeIdOf({segments}: SegmentFolder): Uint8Array | undefined {
  return segments.findLast(({isSalvaged}) => !isSalvaged)?.nodeId
}

function sessionsIn(stretches: readonly Stretch[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>()
  for (const {sessions} of stretches) {
    for (const [id, number] of sessions) {
      all.delete(id)
      all.set(id, number)
    }
  }
  return all
}

import {Fault} from '../base/fault.ts'
import type {Disk} from '../host/disk.ts'
import {writeAtomic} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {follow, lineAfter, origin, type Line, type Link} from './chain.ts'
import {headPath, readHead, writeHead, type First, type Head} from './head.ts'
import {headerOf, journalFolder, listSegments, readSegment} from './segments.ts'
import {segmentBytesMax, segmentFormat, segmentPath, segmentsMax} from './segments.ts'

/**
 * The end of the journal, where lines are added. Whoever calls holds the journal's lock.
 *
 * Nothing is ever cut off or written over. Bytes behind the last good line, left by a process or a machine that stopped in
 * the middle, stay where they are: a new segment continues from that line and says how many they were. When a sync
 * fails, what it was to save may be lost though later syncs succeed, so the new segment then continues from the head.
 */
export interface End extends Link {
  readonly segment: number
  /** Where the next line goes: what is behind it in the file is no line of the chain. */
  readonly bytes: number
}

/** The head as it is on disk, and where the chain ends. */
interface Ends {
  readonly head: Head
  readonly end: End
}

/** What a new segment must say of the one before. */
interface Break extends Ends {
  /** Behind the end. */
  readonly tornBytes: number
  readonly isHeadMissing: boolean
}

interface Situation extends Break {
  /** Nothing may be added to the one that is there. */
  readonly needsSegment: boolean
}

export type TailHost = Pick<Host, 'clock' | 'disk' | 'random'>

export class Tail {
  readonly #host: TailHost
  readonly #folder: string
  readonly #headPath: string
  /** As we left it; undefined when that is not sure. */
  #last: Ends | undefined

  constructor(host: TailHost, stateFolder: string) {
    this.#host = host
    this.#folder = journalFolder(stateFolder)
    this.#headPath = headPath(stateFolder)
  }

  /** When it throws, the line may be there or not. */
  async append(type: string, fields: object, isSynced: boolean): Promise<void> {
    const {head, end} = await this.#catchUp()
    this.#last = undefined
    const line = lineAfter(end, type, fields)
    if (end.bytes + line.bytes.length <= segmentBytesMax) {
      this.#last = await this.#add(line, {head, end}, isSynced)
      return
    }
    const begun = await this.#begin({head, end, tornBytes: 0, isHeadMissing: false})
    this.#last = await this.#add(lineAfter(begun.end, type, fields), begun, isSynced)
  }

  /** Where the chain ends now: where we left it, unless somebody has added to it since. */
  async #catchUp(): Promise<Ends> {
    if (this.#last !== undefined && (await this.#isStill(this.#last.end))) return this.#last
    const found = await survey(this.#host.disk, this.#folder, this.#headPath)
    if (!found.needsSegment) return found
    // A head that says "nothing yet" comes first: from then on, a journal without a head is one that has lost it.
    if (found.head.segment === 0 && !found.isHeadMissing) await writeHead(this.#host, this.#headPath, found.head)
    return this.#begin(found)
  }

  async #isStill({segment, bytes}: End): Promise<boolean> {
    const {disk} = this.#host
    const file = await disk.lstat(segmentPath(this.#folder, segment))
    return file?.size === bytes && (await disk.lstat(segmentPath(this.#folder, segment + 1))) === undefined
  }

  async #add(line: Line, {head, end}: Ends, isSynced: boolean): Promise<Ends> {
    const bytes = end.bytes + line.bytes.length
    const after: End = {segment: end.segment, bytes, ...line.link}
    const file = await this.#host.disk.open(segmentPath(this.#folder, end.segment), 'write')
    try {
      await file.write(line.bytes, end.bytes)
      if (isSynced) await this.#sync(file, {head, end: after})
    } finally {
      await file.close()
    }
    if (!isSynced) return {head, end: after}
    const moved = {...after, first: head.first}
    // Begun by somebody who could not finish: the name of the segment may not be durable yet.
    if (head.segment !== end.segment) await this.#host.disk.syncDirectory(this.#folder)
    await writeHead(this.#host, this.#headPath, moved)
    return {head: moved, end: after}
  }

  async #sync(file: {sync(): Promise<void>}, {head, end}: Ends): Promise<void> {
    try {
      await file.sync()
    } catch (cause) {
      if (head.segment === end.segment) await this.#abandon(head, end.bytes)
      throw cause
    }
  }

  /** Nobody may ever sync these bytes and believe it: others do not get to know that it failed for us. */
  async #abandon(head: Head, sizeBytes: number): Promise<void> {
    try {
      await this.#write({head, end: head, tornBytes: sizeBytes - head.bytes, isHeadMissing: false})
    } catch {
      // The disk fails altogether; that of the first failure is told.
    }
  }

  /** A new segment, once all that it continues from is durable. */
  async #begin(from: Break): Promise<Ends> {
    const {head, end} = from
    try {
      await syncFile(this.#host.disk, segmentPath(this.#folder, end.segment))
    } catch (cause) {
      // Then only what was durable before can be continued from.
      if (end.segment !== head.segment) throw cause
      return this.#write({...from, end: head, tornBytes: end.bytes + from.tornBytes - head.bytes})
    }
    return this.#write(from)
  }

  async #write({head, end, tornBytes, isHeadMissing}: Break): Promise<Ends> {
    const {disk, clock, random} = this.#host
    const fields = {
      at: new Date(clock.now()).toISOString(),
      format: segmentFormat,
      after_bytes: end.bytes,
      torn_bytes: tornBytes,
      ...(isHeadMissing ? {head_missing: true} : {})
    }
    const line = lineAfter(end, 'segment', fields)
    const segment = end.segment + 1
    await writeAtomic(disk, segmentPath(this.#folder, segment), {bytes: line.bytes, mode: 0o640, random})
    const begun: End = {segment, bytes: line.bytes.length, ...line.link}
    const first = await this.#firstKept(head.first, segment)
    const moved = {...begun, first}
    await writeHead(this.#host, this.#headPath, moved)
    await this.#removeBefore(first.segment)
    return {head: moved, end: begun}
  }

  /** The head learns of it before the oldest is removed: else its absence would look like somebody's work. */
  async #firstKept(first: First, newest: number): Promise<First> {
    for (let segment = newest - segmentsMax + 1; segment > first.segment && segment <= newest; segment += 1) {
      const bytes = await readSegment(this.#host.disk, this.#folder, segment)
      const header = bytes === undefined ? undefined : headerOf(bytes)
      if (header !== undefined) return {segment, seq: header.seq, prev: header.prev}
    }
    return first
  }

  async #removeBefore(first: number): Promise<void> {
    try {
      for (const segment of await listSegments(this.#host.disk, this.#folder)) {
        if (segment < first) await this.#host.disk.remove(segmentPath(this.#folder, segment))
      }
    } catch {
      // What stays behind belongs to nothing, and goes with the next rotation.
    }
  }
}

/** Reads from the head on: what was added since the last sync, by whomever. */
async function survey(disk: Disk, folder: string, path: string): Promise<Situation> {
  const found = await readHead(disk, path)
  if (found.state === 'newer') throw new Fault('journal-newer', {path, format: found.format, known: segmentFormat})
  const newest = (await listSegments(disk, folder)).at(-1) ?? 0
  const isHeadMissing = found.state === 'damaged' || (found.state === 'absent' && newest > 0)
  const head = found.state === 'good' ? found.head : await headWithout(disk, folder)
  const bytes = newest >= head.segment ? await readSegment(disk, folder, newest) : undefined
  const common = {head, isHeadMissing}
  const isCut = bytes === undefined || (newest === head.segment && bytes.length < head.bytes)
  // The chain goes on from the head, over what is missing: `verify` finds the gap for ever after.
  if (isCut)
    return {...common, end: {...head, segment: Math.max(newest, head.segment)}, tornBytes: 0, needsSegment: true}
  const start = newest === head.segment ? head : startOf(bytes, head, folder)
  const good = follow(bytes.subarray(start.bytes), start)
  const end = {segment: newest, bytes: start.bytes + good.bytes, ...good.link}
  const tornBytes = bytes.length - end.bytes
  return {...common, end, tornBytes, needsSegment: tornBytes > 0 || isHeadMissing}
}

/** Of a segment that was begun and did not get into the head, or whose head was lost. */
function startOf(bytes: Uint8Array, head: Head, folder: string): Link & {readonly bytes: number} {
  const header = headerOf(bytes)
  if (header === undefined) return {seq: head.seq, hash: head.hash, bytes: 0}
  const {format, seq, prev} = header
  if (format > segmentFormat) throw new Fault('journal-newer', {path: folder, format, known: segmentFormat})
  return {seq: seq - 1, hash: prev, bytes: 0}
}

/** Where there is no head: it can say no more than what is found. */
async function headWithout(disk: Disk, folder: string): Promise<Head> {
  const [oldest] = await listSegments(disk, folder)
  const bytes = oldest === undefined ? undefined : await readSegment(disk, folder, oldest)
  const header = bytes === undefined ? undefined : headerOf(bytes)
  const {seq, prev} = header ?? {seq: origin.seq + 1, prev: origin.hash}
  return {segment: 0, bytes: 0, ...origin, first: {segment: oldest ?? 1, seq, prev}}
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, 'write')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

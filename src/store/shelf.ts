import {join} from 'node:path'
import {reasonOf} from '../base/fault.ts'
import {isAbsent, type OpenFile} from '../host/disk.ts'
import type {Host} from '../host/host.ts'
import {Leases} from './leases.ts'
import {rewrite} from './open-segment.ts'
import {quietly} from './quietly.ts'
import type {Recovered} from './recovery.ts'
import {encodeHeader, segmentName, type SegmentHeader} from './segment.ts'
import {Spare} from './spare.ts'

export interface ShelfOptions {
  readonly folder: string
  readonly segmentBytes: number
  /** Of all files together, with the one that is made ready. */
  readonly retainBytes: number
  /** Segments whose records are all older go away; 0 keeps them. */
  readonly retainAgeMs: number
  /** Of the file system: with less, the oldest segments go away first. */
  readonly minFreeBytes: number
  readonly isSyncing: boolean
  readonly onLeaseDropped?: ((lease: string) => void) | undefined
}

export interface LiveSegment {
  readonly name: string
  readonly firstSeq: number
  readonly createdMs: number
  /** What it takes on the disk. */
  readonly bytes: number
  /** There are no frames behind it. */
  usedBytes: number
  /** Whether all of it is known to survive power loss. */
  isSynced: boolean
  /** Its writing or syncing failed: a sync that works now says nothing of what was written before. */
  isSuspect: boolean
  /** It holds what is known of the sessions, so that nothing older is needed for that. */
  isFounded: boolean
}

/**
 * The segments on the disk, the oldest first: new ones are begun at the end, and the oldest are used again or removed
 * once they are too many, too old, or the disk is too full. The last one always stays, and so does what a lease pins or
 * what alone knows of the sessions.
 *
 * A file becomes a segment by its name, after its header is durable, and before any frame is written to it. So one that
 * is used again has, whatever power loss leaves of its names, either all it had or nothing under the old one.
 */
export class Shelf {
  readonly leases: Leases
  readonly #host: Pick<Host, 'disk' | 'clock'>
  readonly #options: ShelfOptions
  readonly #spare: Spare
  readonly #segments: LiveSegment[]
  #retired = 0
  /** Somebody waits for the next segment: the background gives way. */
  #isWanted = false
  /** The disk said so, whatever it says of its space. */
  #isFull = false
  #tending: Promise<void> | undefined

  constructor(
    host: Pick<Host, 'disk' | 'clock' | 'random'>,
    options: ShelfOptions,
    {segments, isClean, durableSeq}: Pick<Recovered, 'segments' | 'isClean' | 'durableSeq'>
  ) {
    this.leases = new Leases(host.clock, host.random)
    this.#host = host
    this.#options = options
    this.#spare = new Spare(host.disk, options)
    this.#segments = segments.map(({name, firstSeq, endSeq, createdMs, bytes}) => ({
      ...{name, firstSeq, createdMs, bytes},
      usedBytes: bytes,
      isSynced: isClean || endSeq <= durableSeq,
      isSuspect: false,
      isFounded: true
    }))
  }

  get segments(): readonly LiveSegment[] {
    return this.#segments
  }

  get bytes(): number {
    return this.#segmentBytes() + this.#spare.bytes
  }

  get retired(): number {
    return this.#retired
  }

  path(segment: LiveSegment): string {
    return join(this.#options.folder, segment.name)
  }

  /** A new segment, durable before this returns. It replaces the last one where that has no record of its own. */
  async begin(header: SegmentHeader): Promise<{segment: LiveSegment; file: OpenFile}> {
    this.#isWanted = true
    try {
      await this.#tending
      await this.#provideSpare()
      const begun = await this.#nameSpare(header)
      this.#isFull = false
      return begun
    } catch (cause) {
      this.#noteFull(cause)
      throw cause
    } finally {
      this.#isWanted = false
    }
  }

  /** The last segment, in which nothing was acknowledged, is given up. */
  async discard(segment: LiveSegment): Promise<void> {
    if (this.#segments.at(-1) === segment) this.#segments.pop()
    // Where that fails, the segment that is begun next takes its name.
    await quietly(this.#host.disk.remove(this.path(segment)))
  }

  /** Whether all but the one that is being written are synced; tries it where they are not. */
  async areOthersSynced(current: LiveSegment): Promise<boolean> {
    if (this.#segments.every((segment) => segment === current || segment.isSynced)) return true
    try {
      await this.syncOthers(current)
      return true
    } catch {
      return false
    }
  }

  /** Makes durable what was not when it was written; of the one that is being written, only the name. */
  async syncOthers(current: LiveSegment | undefined): Promise<void> {
    const unsynced = this.#segments.filter((segment) => segment !== current && !segment.isSynced)
    for (const segment of unsynced) await this.#syncOne(segment)
    await this.#host.disk.syncDirectory(this.#options.folder)
  }

  /** In the background: lets go what need not stay, and makes the next segment ready. */
  tend(): void {
    if (this.#isWanted) return
    this.#tending ??= this.#tend()
      .catch((cause: unknown) => {
        // Whoever begins a segment meets it again, and tells of it.
        this.#noteFull(cause)
      })
      .finally(() => {
        this.#tending = undefined
      })
  }

  async close(): Promise<void> {
    this.#isWanted = true
    await this.#tending
    await this.#spare.close()
  }

  async #tend(): Promise<void> {
    await this.#retire()
    if (this.#isWanted) return
    await this.#provideSpare()
    await this.#spare.fill(() => this.#isWanted)
  }

  async #retire(): Promise<void> {
    let count = 0
    while (this.#mayRetire() && (this.#isTooMuch(0) || this.#isOldestAged() || (await this.#isShort(0)))) {
      await this.#letGo((path) => this.#host.disk.remove(path))
      count += 1
    }
    if (count > 0) await this.#syncFolder()
  }

  async #provideSpare(): Promise<void> {
    if (this.#spare.isReady || (await this.#spare.find()) || (await this.#recycle())) return
    const isShort = await this.#isShort(this.#options.segmentBytes)
    if (this.#isWanted && (isShort || this.#isFull) && this.#dropLeases() && (await this.#recycle())) return
    if (!isShort && (!this.#isFull || this.#isWanted)) await this.#spare.create()
    else if (this.#isWanted) throw outOfSpace()
  }

  /** Whoever copies segments must not keep all others from writing: leases on the oldest segment go. */
  #dropLeases(): boolean {
    const [oldest] = this.#segments
    if (oldest === undefined || !this.#hasSuccessor()) return false
    const dropped = this.leases.dropAllThatPin(oldest.firstSeq)
    for (const id of dropped) this.#options.onLeaseDropped?.(id)
    return dropped.length > 0
  }

  /** Whether the oldest segment has become the spare. Without need it does so only where it would have to go anyway. */
  async #recycle(): Promise<boolean> {
    const {segmentBytes} = this.#options
    if (!this.#mayRetire()) return false
    const isNeeded = this.#isWanted && (this.#isFull || (await this.#isShort(segmentBytes)))
    if (!isNeeded && !this.#isTooMuch(segmentBytes)) return false
    await this.#letGo((path) => this.#host.disk.rename(path, this.#spare.path))
    return this.#spare.find()
  }

  /** At once, so that nobody takes a lease on what is just going; when that fails, it is still there. */
  async #letGo(act: (path: string) => Promise<void>): Promise<void> {
    const oldest = this.#segments.shift()
    if (oldest === undefined) return
    try {
      await act(this.path(oldest))
    } catch (cause) {
      // Somebody else may have removed it.
      if (!isAbsent(cause)) {
        this.#segments.unshift(oldest)
        throw cause
      }
    }
    this.#retired += 1
  }

  async #nameSpare(header: SegmentHeader): Promise<{segment: LiveSegment; file: OpenFile}> {
    const {segmentBytes, isSyncing} = this.#options
    const {firstSeq, createdMs} = header
    const states = {usedBytes: 0, isSynced: false, isSuspect: false, isFounded: false}
    const segment = {name: segmentName(firstSeq), firstSeq, createdMs, bytes: segmentBytes, ...states}
    const file = this.#spare.take()
    if (file === undefined) throw new Error('bug: there is no spare')
    try {
      await file.write(encodeHeader(header), 0)
      if (isSyncing) await file.sync()
      await this.#host.disk.rename(this.#spare.path, this.path(segment))
      await this.#syncFolder()
    } catch (cause) {
      await quietly(file.close())
      await quietly(this.#host.disk.remove(this.#spare.path))
      throw cause
    }
    if (this.#segments.at(-1)?.firstSeq === firstSeq) this.#segments.pop()
    this.#segments.push(segment)
    return {segment, file}
  }

  async #syncOne(segment: LiveSegment): Promise<void> {
    const path = this.path(segment)
    try {
      if (segment.isSuspect) await rewrite(this.#host.disk, path, segment.usedBytes)
      else await this.#syncFile(path)
    } catch (cause) {
      // It may have been let go meanwhile.
      if (!isAbsent(cause)) {
        segment.isSuspect = true
        throw cause
      }
    }
    segment.isSynced = true
  }

  async #syncFile(path: string): Promise<void> {
    const file = await this.#host.disk.open(path, 'write')
    try {
      await file.sync()
    } finally {
      await quietly(file.close())
    }
  }

  #segmentBytes(): number {
    return this.#segments.reduce((sum, {bytes}) => sum + bytes, 0)
  }

  /** With so many bytes more. */
  #isTooMuch(bytes: number): boolean {
    return this.bytes + bytes > this.#options.retainBytes
  }

  /** The newest record of a segment is as old as the next segment at least. */
  #isOldestAged(): boolean {
    const {retainAgeMs} = this.#options
    const next = this.#segments[1]
    return retainAgeMs > 0 && next !== undefined && next.createdMs <= this.#host.clock.now() - retainAgeMs
  }

  async #isShort(bytes: number): Promise<boolean> {
    const {folder, minFreeBytes} = this.#options
    if (minFreeBytes === 0) return false
    return (await this.#host.disk.space(folder)).freeBytes - bytes < minFreeBytes
  }

  #mayRetire(): boolean {
    const [oldest] = this.#segments
    return oldest !== undefined && this.#hasSuccessor() && !this.leases.pins(oldest.firstSeq)
  }

  /** The oldest is not needed for what is known of the sessions. */
  #hasSuccessor(): boolean {
    return this.#segments.slice(1).some(({isFounded}) => isFounded)
  }

  async #syncFolder(): Promise<void> {
    if (this.#options.isSyncing) await this.#host.disk.syncDirectory(this.#options.folder)
  }

  #noteFull(cause: unknown): void {
    if (isSpaceGone(cause)) this.#isFull = true
  }
}

export function isSpaceGone(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', reserveCode].includes(reasonOf(cause))
}

// Not a word of the system: there is space, which is left to others.
const reserveCode = 'min_free'

function outOfSpace(): Error {
  return Object.assign(new Error('less space is free than is to be kept free'), {code: reserveCode})
}

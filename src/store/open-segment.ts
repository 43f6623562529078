import {assert} from '../base/assert.ts'
import {reasonOf} from '../base/fault.ts'
import type {Disk, OpenFile} from '../host/disk.ts'
import type {FramePlace} from './frame.ts'
import {quietly} from './quietly.ts'
import {blockBytes} from './reader.ts'
import {headerBytes} from './segment.ts'
import type {LiveSegment} from './shelf.ts'

/** The segment that is being written, up to the first failure: what failed once is never trusted again. */
export class OpenSegment {
  readonly segment: LiveSegment
  readonly #file: OpenFile
  readonly #id: Pick<FramePlace, 'idLow' | 'idHigh'>
  #offset: number
  #hasTable: boolean
  #isBroken = false
  /** Counted when they are over: what is under way beside a sync may be covered by it or not. */
  #writes = 0
  #syncedWrites = 0

  constructor(segment: LiveSegment, file: OpenFile, at: FramePlace & {readonly hasTable: boolean}) {
    this.segment = segment
    this.#file = file
    this.#id = at
    this.#offset = at.offset
    this.#hasTable = at.hasTable
    segment.usedBytes = at.offset
  }

  /** Where the next frame stands. */
  get place(): FramePlace {
    return {idLow: this.#id.idLow, idHigh: this.#id.idHigh, offset: this.#offset}
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** What is known of the sessions is in it: that comes with the first write. */
  get hasTable(): boolean {
    return this.#hasTable
  }

  /** Nothing but the header. */
  get isEmpty(): boolean {
    return this.#offset === headerBytes
  }

  /** Nothing was written to it by this process. */
  get isUntouched(): boolean {
    return this.#writes === 0
  }

  /** What was found in it when the log was opened does not count. */
  get isSynced(): boolean {
    return this.#syncedWrites === this.#writes
  }

  async write(parts: readonly Uint8Array[], bytes: number): Promise<void> {
    assert(!this.#isBroken, 'a segment is written after a failure')
    try {
      await this.#file.writeAll(parts, this.#offset)
    } catch (cause) {
      this.#isBroken = true
      throw cause
    }
    this.#writes += 1
    this.#hasTable = true
    this.#offset += bytes
    this.segment.usedBytes = this.#offset
  }

  /** Everything whose writing was over before. */
  async sync(): Promise<void> {
    assert(!this.#isBroken, 'a segment is synced after a failure')
    const writes = this.#writes
    try {
      await this.#file.syncData()
    } catch (cause) {
      this.#isBroken = true
      throw cause
    }
    this.#syncedWrites = writes
  }

  close(): Promise<void> {
    return quietly(this.#file.close())
  }
}

const sliceBytes = 1 << 20

/**
 * Writes again what is there, and syncs it. What was found after a process ended may be known to the system alone, and
 * a sync that failed in that process said so only there: from then on the system takes the bytes for written.
 */
export async function rewrite(disk: Disk, path: string, bytes: number): Promise<void> {
  const source = await disk.open(path, 'read')
  try {
    const target = await disk.open(path, 'write')
    try {
      await copy(source, target, bytes)
      await target.sync()
    } finally {
      await quietly(target.close())
    }
  } finally {
    await quietly(source.close())
  }
}

async function copy(source: OpenFile, target: OpenFile, bytes: number): Promise<void> {
  const slice = new Uint8Array(Math.min(sliceBytes, bytes))
  for (let at = 0; at < bytes;) {
    const count = await readFrom(source, slice.subarray(0, bytes - at), at)
    if (count === 0) return
    if (count !== undefined) await target.write(slice.subarray(0, count), at)
    at += count ?? blockBytes - (at % blockBytes)
  }
}

/** Undefined for a block that the disk cannot give: it is told of as damage, and must not keep the rest from being safe. */
async function readFrom(source: OpenFile, into: Uint8Array, at: number): Promise<number | undefined> {
  try {
    return await source.read(into, at)
  } catch (cause) {
    if (reasonOf(cause) !== 'EIO') throw cause
  }
  try {
    return await source.read(into.subarray(0, blockBytes - (at % blockBytes)), at)
  } catch (cause) {
    if (reasonOf(cause) !== 'EIO') throw cause
    return undefined
  }
}

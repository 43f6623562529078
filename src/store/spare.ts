import {join} from 'node:path'
import type {Disk, OpenFile} from '../host/disk.ts'
import {quietly} from './quietly.ts'
import {spareName} from './segment.ts'

export interface SpareOptions {
  readonly folder: string
  readonly segmentBytes: number
  /** Whether what is written must survive power loss. */
  readonly isSyncing: boolean
}

/**
 * The file that is going to be the next segment. It is filled in the background, so that the segment is then overwritten
 * in place, which takes neither blocks nor fresh memory from the system; it may be taken before it is full.
 */
export class Spare {
  readonly path: string
  readonly #disk: Disk
  readonly #options: SpareOptions
  #file: OpenFile | undefined
  #filledBytes = 0

  constructor(disk: Disk, options: SpareOptions) {
    this.path = join(options.folder, spareName)
    this.#disk = disk
    this.#options = options
  }

  get isReady(): boolean {
    return this.#file !== undefined
  }

  get bytes(): number {
    return this.#file === undefined ? 0 : this.#filledBytes
  }

  /** Takes up the file with that name, whatever is in it. False where there is none that can be used. */
  async find(): Promise<boolean> {
    const found = await this.#disk.lstat(this.path)
    if (found === undefined) return false
    // Where power loss cut a renaming in half, the file has the name of a segment, too, and belongs to that one.
    if (found.kind !== 'file' || found.links > 1 || found.size > this.#options.segmentBytes) {
      await this.#disk.remove(this.path)
      return false
    }
    this.#file = await this.#disk.open(this.path, 'write')
    this.#filledBytes = found.size
    return true
  }

  async create(): Promise<void> {
    this.#file = await this.#disk.open(this.path, 'create')
    this.#filledBytes = 0
  }

  /** Goes on until it is full, or wanted. When it fails, there is no spare any more. */
  async fill(isWanted: () => boolean): Promise<void> {
    const {segmentBytes, isSyncing} = this.#options
    const file = this.#file
    if (file === undefined || this.#filledBytes === segmentBytes) return
    const zeros = new Uint8Array(Math.min(sliceBytes, segmentBytes - this.#filledBytes))
    try {
      while (this.#filledBytes < segmentBytes && !isWanted()) {
        const slice = zeros.subarray(0, segmentBytes - this.#filledBytes)
        await file.write(slice, this.#filledBytes)
        // At once, since what waits for the disk in between would have to wait for all of it.
        if (isSyncing) await file.syncData()
        this.#filledBytes += slice.length
      }
    } catch (cause) {
      await this.drop()
      throw cause
    }
  }

  /** From now on it is somebody else's. */
  take(): OpenFile | undefined {
    const file = this.#file
    this.#file = undefined
    return file
  }

  /** Closes the file and removes it: another one may be better off. */
  async drop(): Promise<void> {
    await this.close()
    await quietly(this.#disk.remove(this.path))
  }

  async close(): Promise<void> {
    const file = this.take()
    if (file !== undefined) await quietly(file.close())
  }
}

// Records that are to be written meanwhile wait for one such slice at most.
const sliceBytes = 1 << 20

import assert from 'node:assert/strict'
import {decodeFrame, type Frame} from '../../src/store/frame.ts'
import {deskIn, type Desk} from '../../src/store/desk.ts'
import {createKernel, createMemory, type Kernel} from '../../src/store/kernel.ts'
import {cells, controlAt, layoutOf, type Layout} from '../../src/store/layout.ts'
import {recover, type Recovered} from '../../src/store/recovery.ts'
import {decodeHeader, firstSeqOf, headerBytes} from '../../src/store/segment.ts'
import {openWal, type Wal, type WalOptions} from '../../src/store/wal.ts'
import type {SimDisk} from '../sim/disk.ts'
import type {SimHost} from '../sim/host.ts'

export const folder = '/wal'

/** So small that a few lines fill a segment, and a few segments the disk. */
export const tiny: WalOptions = {
  durability: 'commit',
  segmentBytes: 16 * 1024,
  retainBytes: 1 << 20,
  retainAgeMs: 0,
  minFreeBytes: 0
}

/** The memory of a store without the store. Used again for each life, since it is not given back at once. */
export class Ground {
  readonly layout: Layout
  readonly memory: Uint8Array<SharedArrayBuffer>
  readonly kernel: Kernel
  readonly desk: Desk
  readonly #control: Int32Array

  constructor(ringBytes = 1 << 20) {
    this.layout = layoutOf({ringLines: 100_000, ringBytes, lineBytesMax: 4096})
    const shared = createMemory(this.layout)
    this.memory = new Uint8Array(shared.buffer)
    this.kernel = createKernel(shared, this.layout)
    this.desk = deskIn(this.memory, this.kernel, {at: this.layout.scratchAt, bytes: this.layout.scratchBytes})
    this.#control = new Int32Array(shared.buffer, controlAt)
  }

  get arena(): Uint8Array<SharedArrayBuffer> {
    return this.memory.subarray(this.layout.arenaAt, this.layout.arenaAt + this.layout.arenaBytes)
  }

  /** Puts the text where sockets would, and takes its lines. */
  take(text: string): {readonly at: number; readonly bytes: number; readonly records: number; readonly levels: number} {
    const {inputAt} = this.layout
    const input = new TextEncoder().encode(text)
    this.memory.set(input, inputAt)
    const bytes = this.kernel.takeLines(inputAt, inputAt + input.length, 0, 0)
    assert.equal(bytes, input.length)
    return {
      at: this.#cell(cells.takenAt),
      bytes,
      records: this.#cell(cells.takenRecords),
      levels: this.#cell(cells.takenLevels)
    }
  }

  #cell(index: number): number {
    return (this.#control[index] ?? 0) >>> 0
  }
}

/** A log that is written, and the plain array of lines that it has to be like. */
export class Writing {
  readonly found: Recovered
  /** Line `seq` is at `seq - 1`. */
  readonly lines: string[]
  progress = 0
  readonly leasesDropped: string[] = []
  wal!: Wal
  readonly #host: SimHost
  readonly #ground: Ground

  private constructor(host: SimHost, ground: Ground, {found, lines}: {found: Recovered; lines: readonly string[]}) {
    this.#host = host
    this.#ground = ground
    this.found = found
    this.lines = lines.slice(0, found.nextSeq - 1)
  }

  /** Of the lines that were written before, those stay that were found. */
  static async open(
    host: SimHost,
    ground: Ground,
    {options = tiny, lines = []}: {options?: WalOptions; lines?: readonly string[]} = {}
  ): Promise<Writing> {
    const found = await recover(host, folder, ground.desk)
    const writing = new Writing(host, ground, {found, lines})
    const {arena, kernel} = ground
    writing.wal = await openWal(host, options, {
      ...{found, arena, kernel},
      onProgress: () => (writing.progress += 1),
      onLeaseDropped: (lease) => writing.leasesDropped.push(lease)
    })
    return writing
  }

  get nextSeq(): number {
    return this.lines.length + 1
  }

  /** As one read of one connection would bring them. */
  add(lines: readonly string[], source = 'web', session = 'web1'): void {
    const {nextSeq: seq} = this
    const taken = this.#ground.take(lines.map((line) => `${line}\n`).join(''))
    this.lines.push(...lines)
    this.wal.add({...taken, seq, source, arrivalMs: this.#host.clock.now(), flags: 0})
    this.wal.note(session, this.lines.length)
  }

  /** Until everything that was added is acknowledged, or the time is up. */
  async settle(msMax = 0): Promise<boolean> {
    for (let ms = 0; ; ms += 50) {
      for (let turns = 0; turns < 40 && this.wal.acknowledgedSeq < this.nextSeq; turns += 1)
        await this.#host.clock.advance(0)
      if (this.wal.acknowledgedSeq === this.nextSeq) return true
      if (ms >= msMax) return false
      await this.#host.clock.advance(50)
    }
  }
}

export interface Stored {
  readonly name: string
  readonly firstSeq: number
  readonly frames: readonly Frame[]
}

/** What is in the files, read as plainly as can be; without asking the disk, since that would be operations. */
export function storedIn(disk: SimDisk): readonly Stored[] {
  const names = [...disk.files().keys()].filter((path) => path.startsWith(`${folder}/`))
  const segments = names.sort().flatMap((path) => {
    const name = path.slice(folder.length + 1)
    const firstSeq = firstSeqOf(name)
    const bytes = disk.files().get(path) ?? new Uint8Array(0)
    const header = decodeHeader(bytes)
    if (firstSeq === undefined || header?.firstSeq !== firstSeq) return []
    const frames: Frame[] = []
    for (let offset = headerBytes; ;) {
      const frame = decodeFrame(bytes.subarray(offset), {...header, offset})
      if (typeof frame === 'string') break
      frames.push(frame)
      offset += frame.bytes
    }
    return [{name, firstSeq, frames}]
  })
  return segments
}

/** The lines with their sequence: of each segment only those that come before the next one begins. */
export function linesIn(disk: SimDisk): Map<number, string> {
  const lines = new Map<number, string>()
  const segments = storedIn(disk)
  for (const [index, {frames}] of segments.entries()) {
    const end = segments[index + 1]?.firstSeq ?? Infinity
    for (const {firstSeq, records, body} of frames) {
      const texts = new TextDecoder().decode(body.slice()).split('\n').slice(0, -1)
      assert.equal(texts.filter((text) => text !== '').length, records)
      const kept = texts.filter((text) => text !== '').slice(0, Math.max(0, end - firstSeq))
      kept.forEach((text, at) => lines.set(firstSeq + at, text))
    }
  }
  return lines
}

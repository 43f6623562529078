import assert from 'node:assert/strict'
import {openDesk, type Desk} from '../../src/store/desk.ts'
import {frameFlags, sumOf} from '../../src/store/frame.ts'
import {HeadWriter} from '../../src/store/head-writer.ts'
import {flags} from '../../src/store/layout.ts'
import {encodeHeader, headerBytes, segmentName, type SegmentHeader} from '../../src/store/segment.ts'
import type {OpenFile} from '../../src/host/disk.ts'
import {SimDisk} from '../sim/disk.ts'
import {seeded, type Seeded} from '../sim/random.ts'

export const folder = '/data/wal'
export const segmentBytes = 1 << 16
const nodeId = Uint8Array.from({length: 16}, (_, index) => index + 1)

const encoder = new TextEncoder()

export interface FrameWish {
  /** Each is one record. */
  readonly lines?: readonly string[]
  /** Bytes of a run of its own, as they are; with the records that are in them. */
  readonly raw?: {readonly bytes: string; readonly records: number; readonly flags?: number}
  /** One record of these bytes. */
  readonly bytes?: Uint8Array
  /** As known when it was written; 0 where nothing was synced. */
  readonly durableSeq?: number
  readonly sessions?: Readonly<Record<string, number>>
  readonly flags?: number
  readonly firstSeq?: number
  readonly arrivalMs?: number
  readonly source?: string
}

export interface PlacedFrame {
  readonly from: number
  readonly to: number
  readonly seqFrom: number
  readonly seqTo: number
}

/** One segment in the making, byte for byte as the log writes it. */
export class LogFile {
  readonly header: SegmentHeader
  readonly frames: PlacedFrame[] = []
  readonly bytes: Uint8Array<ArrayBuffer>
  at = headerBytes
  seq: number

  constructor(given: Partial<SegmentHeader> = {}, before?: Uint8Array) {
    const firstSeq = given.firstSeq ?? 1
    this.header = {nodeId, idLow: firstSeq * 7919, idHigh: 77, firstSeq, epoch: 5, createdMs: 1_000_000, ...given}
    this.bytes = new Uint8Array(segmentBytes)
    if (before !== undefined) this.bytes.set(before)
    this.bytes.set(encodeHeader(this.header))
    this.seq = firstSeq
  }

  get name(): string {
    return segmentName(this.header.firstSeq)
  }

  get path(): string {
    return `${folder}/${this.name}`
  }

  frame(wish: FrameWish): this {
    const {durableSeq = 0, sessions = {}, arrivalMs = 1_700_000_000_000, source = 'raw'} = wish
    const seqFrom = wish.firstSeq ?? this.seq
    const runs: {bytes: Uint8Array; records: number; flags: number}[] = []
    const {lines = [], raw} = wish
    if (lines.length > 0) runs.push({bytes: encoder.encode(`${lines.join('\n')}\n`), records: lines.length, flags: 0})
    if (raw !== undefined) runs.push({...raw, bytes: encoder.encode(raw.bytes), flags: raw.flags ?? 0})
    if (wish.bytes !== undefined)
      runs.push({bytes: Buffer.concat([wish.bytes, encoder.encode('\n')]), records: 1, flags: 0})
    const body = Buffer.concat(runs.map(({bytes}) => bytes))
    const head = new Uint8Array(1 << 16)
    const writer = new HeadWriter(head)
    writer.begin(0)
    for (const {bytes, records, flags: runFlags} of runs) {
      writer.run({bytes: bytes.length, records, arrivalMs, source, flags: runFlags}, 1)
    }
    const place = {idLow: this.header.idLow, idHigh: this.header.idHigh, offset: this.at}
    const headBytes = writer.end({
      ...{place, firstSeq: seqFrom, durableSeq, epoch: this.header.epoch, flags: wish.flags ?? 0},
      bodySum: sumOf(body, place),
      sessions: Object.entries(sessions).map(([id, number]) => ({id, number}))
    })
    this.bytes.set(head.subarray(0, headBytes), this.at)
    this.bytes.set(body, this.at + headBytes)
    const to = this.at + Math.ceil((headBytes + body.length) / 16) * 16
    this.seq = seqFrom + runs.reduce((sum, {records}) => sum + records, 0)
    this.frames.push({from: this.at, to, seqFrom, seqTo: this.seq})
    this.at = to
    return this
  }

  frameAt(index: number): PlacedFrame {
    return nth(this.frames, index)
  }

  close(): this {
    return this.frame({flags: frameFlags.cleanClose, durableSeq: this.seq})
  }
}

export const whole = flags.whole

/** A segment with so many frames of three lines each, where each frame knows that all before it is durable. */
export function filled(count: number, given: Partial<SegmentHeader> = {}): LogFile {
  const log = new LogFile(given)
  for (let index = 0; index < count; index += 1) {
    const lines = [0, 1, 2].map((offset) => `line ${log.seq + offset}`)
    log.frame({lines, durableSeq: log.seq})
  }
  return log
}

export interface Machine {
  readonly disk: SimDisk
  readonly random: Seeded
}

export function machineWith(...logs: readonly {readonly path: string; readonly bytes: Uint8Array}[]): Machine {
  const disk = new SimDisk({seed: 1})
  disk.putFolder(folder)
  for (const {path, bytes} of logs) disk.put(path, bytes)
  return {disk, random: seeded(1)}
}

const onlyDesk = openDesk()

/** One for all tests of a file: no two of them read at one time. */
export function desk(): Desk {
  return onlyDesk
}

/** A disk on which one kind of operation is refused: always, or where it is asked of this path. */
export function refusing(disk: SimDisk, operation: keyof SimDisk, {reason = 'EIO', path = ''} = {}): SimDisk {
  return new Proxy(disk, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...given: readonly unknown[]): unknown => {
        const isRefused = key === operation && String(given[0]).includes(path)
        if (isRefused) return Promise.reject(Object.assign(new Error(reason), {code: reason}))
        return Reflect.apply(value, target, given)
      }
    }
  })
}

/** A disk of which some blocks of one file cannot be read. */
export function withBadBlocks(disk: SimDisk, path: string, blocks: readonly number[]): SimDisk {
  return new Proxy(disk, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      if (key !== 'open') return value.bind(target) as unknown
      return async (...given: Parameters<SimDisk['open']>): Promise<OpenFile> => {
        const file = await target.open(...given)
        return given[0] === path ? badFile(file, blocks) : file
      }
    }
  })
}

function badFile(file: OpenFile, blocks: readonly number[]): OpenFile {
  return {
    read(into, position) {
      const isBad = blocks.some((at) => at < position + into.length && at + 4096 > position)
      return isBad ? Promise.reject(Object.assign(new Error('EIO'), {code: 'EIO'})) : file.read(into, position)
    },
    write: (bytes, position) => file.write(bytes, position),
    writeAll: (parts, position) => file.writeAll(parts, position),
    sync: () => file.sync(),
    syncData: () => file.syncData(),
    stat: () => file.stat(),
    setAttributes: (attributes) => file.setAttributes(attributes),
    close: () => file.close()
  }
}

export function nth<Item>(items: readonly Item[], index: number): Item {
  const item = items.at(index)
  assert.ok(item !== undefined, `there is no item ${index}`)
  return item
}

import {assert} from '../base/assert.ts'
import type {Tell} from '../base/notice.ts'
import type {Host} from '../host/host.ts'
import {createKernel, createMemory, type Kernel} from './kernel.ts'
import {cells, controlAt, flags, layoutOf, type Layout} from './layout.ts'
import type {Damage} from './recovery.ts'
import {RingReader} from './ring.ts'
import type {StoredRun} from './runs.ts'
import {SessionTable} from './sessions.ts'
import {SourceTable} from './sources.ts'
import {openPersistence, type Persistence, type PersistenceOptions} from './persistence.ts'
import type {Durability, Wal, WalStats, WalTrouble} from './wal.ts'

export type {Durability} from './wal.ts'

/**
 * Keeps records: the newest in memory, and with a directory all of them on disk, up to what is to be retained. The order
 * in which records are taken here is their order everywhere. A record below `acknowledgedSeq` survives what the
 * durability promises: `os` and `interval` the end of the process, `commit` the loss of power, too.
 */
export interface Store {
  /** All of the shared memory: sockets read into the input area of the layout. */
  readonly memory: Uint8Array<SharedArrayBuffer>
  readonly shared: WebAssembly.Memory
  readonly layout: Layout
  /** Of the name under which records of one sender are kept. Of more names than can be kept, the rest are `other`. */
  sourceId(name: string): number
  sourceName(id: number): string
  /** Takes whole lines out of `memory[from, to)`. Returns the bytes it took: it stops before a line that is too long. */
  takeLines(from: number, to: number, source: number): number
  /** Takes `memory[from, to)` as one record, whatever is in it. */
  takeRecord(from: number, to: number, origin: Origin): void
  /** The session has handed over its records up to this number. */
  note(session: string, number: number): void
  /** The last record that was taken of the session; 0 when it is not known. */
  lastOf(session: string): number
  readonly durability: Durability
  /** The sequence of the next record. */
  readonly endSeq: number
  /** Records below it may be acknowledged. */
  readonly acknowledgedSeq: number
  /** Bytes taken and not acknowledged yet: what a sender that is faster than the disk makes grow. */
  readonly pendingBytes: number
  readonly trouble: WalTrouble | undefined
  /** Called after `acknowledgedSeq`, `pendingBytes` or `trouble` changed by themselves. */
  onProgress(listener: () => void): void
  stats(): StoreStats
  /** Undefined where nothing is kept on disk. */
  readonly persistence: Pick<Wal, 'checkpoint' | 'release' | 'reopen'> | undefined
  /** What was damaged when the log was opened. */
  readonly damaged: readonly Damage[]
  /** Of writes that were under way when the last server ended: never acknowledged, and cut off. */
  readonly tornBytes: number
  close(): Promise<void>
}

export interface Origin {
  readonly source: number
  /** Of `flags` in layout.ts; that the record is whole need not be said. */
  readonly flags: number
}

export interface StoreOptions {
  readonly ringLines: number
  readonly ringBytes: number
  readonly lineBytesMax: number
  /** Bytes that may wait for the disk; the arena holds twice as much, since they must not be overwritten. */
  readonly queueBytes: number
  /** Without it nothing is written to disk. */
  readonly persistence?: PersistenceOptions
}

export interface StoreStats {
  readonly ring: {
    readonly lines: number
    readonly bytes: number
    readonly capacityLines: number
    readonly capacityBytes: number
  }
  /** Taken since the start, with those that were loaded from disk. */
  readonly taken: number
  readonly evicted: number
  /** By level, in the order of `levels` in layout.ts. */
  readonly byLevel: readonly number[]
  readonly pendingBytes: number
  readonly wal: WalStats | undefined
}

export type StoreHost = Pick<Host, 'disk' | 'clock' | 'random' | 'machine' | 'processes'>

export async function openStore(host: StoreHost, options: StoreOptions, tell: Tell): Promise<Store> {
  const {queueBytes, ringBytes} = options
  const layout = layoutOf({...options, ringBytes: Math.max(ringBytes, 2 * queueBytes + slackBytes)})
  const shared = createMemory(layout)
  const store = new LiveStore(host, {layout, shared, kernel: createKernel(shared, layout)})
  if (options.persistence !== undefined) await store.persist(host, options.persistence, tell)
  return store
}

// Beyond the queue the arena holds what the wrap leaves unused, which is less than a read and an unfinished line in front
// of it, and as much again for the read that was under way when the queue was found full.
const wrapBytesMax = 2 << 20
const slackBytes = 4 * wrapBytesMax

interface Parts {
  readonly layout: Layout
  readonly shared: WebAssembly.Memory
  readonly kernel: Kernel
}

class LiveStore implements Store {
  readonly shared: WebAssembly.Memory
  readonly memory: Uint8Array<SharedArrayBuffer>
  readonly layout: Layout
  readonly #kernel: Kernel
  readonly #ring: RingReader
  readonly #clock: StoreHost['clock']
  readonly #control: Int32Array
  readonly #sources = new SourceTable()
  readonly #sessions: SessionTable
  readonly #listeners: (() => void)[] = []
  #persistence: Persistence | undefined
  #endSeq = 1
  #taken = 0
  #evicted = 0

  constructor(host: StoreHost, {layout, shared, kernel}: Parts) {
    this.layout = layout
    this.shared = shared
    this.memory = new Uint8Array(shared.buffer)
    this.#kernel = kernel
    this.#ring = new RingReader(shared, layout)
    this.#clock = host.clock
    this.#control = new Int32Array(shared.buffer, controlAt)
    this.#sessions = new SessionTable(host.clock)
  }

  /** Takes up what is on disk, and from now on writes there. */
  async persist(host: StoreHost, options: PersistenceOptions, tell: Tell): Promise<void> {
    const persistence = await openPersistence(host, options, {
      tell,
      kernel: this.#kernel,
      memory: this.memory,
      layout: this.layout,
      load: (run) => {
        this.#load(run)
      },
      onProgress: () => {
        for (const listener of this.#listeners) listener()
      }
    })
    this.#countLoaded()
    this.#endSeq = persistence.found.nextSeq
    this.#sessions.restore(persistence.found.sessions)
    this.#persistence = persistence
  }

  sourceId(name: string): number {
    return this.#sources.idOf(name)
  }

  sourceName(id: number): string {
    return this.#sources.nameOf(id)
  }

  takeLines(from: number, to: number, source: number): number {
    this.#requireRoom(to - from)
    const arrivalMs = this.#clock.now()
    const bytes = this.#kernel.takeLines(from, to, arrivalMs, source)
    if (bytes > 0) this.#took(bytes, {arrivalMs, source, flags: 0})
    return bytes
  }

  takeRecord(from: number, to: number, origin: Origin): void {
    this.#requireRoom(to - from)
    const arrivalMs = this.#clock.now()
    const recordFlags = origin.flags | flags.whole
    this.#kernel.takeRecord(from, to - from, arrivalMs, origin.source, recordFlags)
    this.#took(to - from + 1, {arrivalMs, source: origin.source, flags: recordFlags})
  }

  note(session: string, number: number): void {
    this.#sessions.note(session, number)
    this.#persistence?.wal.note(session, number)
  }

  lastOf(session: string): number {
    return this.#sessions.lastOf(session)
  }

  get durability(): Durability {
    return this.#persistence?.durability ?? 'none'
  }

  get endSeq(): number {
    return this.#endSeq
  }

  get acknowledgedSeq(): number {
    return this.durability === 'none' ? this.#endSeq : (this.#persistence?.wal.acknowledgedSeq ?? this.#endSeq)
  }

  get pendingBytes(): number {
    return this.#persistence?.wal.pendingBytes ?? 0
  }

  get trouble(): WalTrouble | undefined {
    return this.#persistence?.wal.trouble
  }

  get persistence(): Wal | undefined {
    return this.#persistence?.wal
  }

  get damaged(): readonly Damage[] {
    return this.#persistence?.found.damaged ?? []
  }

  get tornBytes(): number {
    return this.#persistence?.found.torn?.bytes ?? 0
  }

  onProgress(listener: () => void): void {
    this.#listeners.push(listener)
  }

  stats(): StoreStats {
    const {ringLines, arenaBytes} = this.layout
    return {
      ring: {...this.#held(), capacityLines: ringLines, capacityBytes: arenaBytes},
      taken: this.#taken,
      evicted: this.#evicted,
      byLevel: Array.from(this.#control.subarray(cells.levels, cells.levels + levelCount), (count) => count >>> 0),
      pendingBytes: this.pendingBytes,
      wal: this.#persistence?.wal.stats()
    }
  }

  async close(): Promise<void> {
    await this.#persistence?.close()
  }

  /** Lines may be longer than they may be now, and reads may have been larger. */
  #load({bytes, arrivalMs, source, flags: runFlags}: StoredRun): void {
    const id = this.#sources.idOf(source)
    if ((runFlags & flags.whole) !== 0) {
      this.#loadRecord(bytes.subarray(0, -1), {arrivalMs, source: id, flags: runFlags})
      return
    }
    const {headroomAt, inputAt, inputBytes} = this.layout
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + inputAt + inputBytes - headroomAt)
      this.memory.set(part, headroomAt)
      const taken = this.#kernel.takeLines(headroomAt, headroomAt + part.length, arrivalMs, id)
      this.#count()
      at += taken
      if (taken > 0) continue
      const end = bytes.indexOf(lineFeed, at)
      const lineEnd = end < 0 ? bytes.length : end
      this.#loadRecord(bytes.subarray(at, lineEnd), {arrivalMs, source: id, flags: flags.whole})
      at = lineEnd + 1
    }
  }

  #loadRecord(
    record: Uint8Array,
    {arrivalMs, source, flags: recordFlags}: Origin & {readonly arrivalMs: number}
  ): void {
    const {headroomAt, lineBytesMax} = this.layout
    const kept = record.subarray(0, lineBytesMax)
    const cut = kept.length < record.length ? flags.truncated : 0
    this.memory.set(kept, headroomAt)
    this.#kernel.takeRecord(headroomAt, kept.length, arrivalMs, source, recordFlags | cut)
    this.#count()
  }

  /** What is no longer in the ring was not dropped now: it left the ring in an earlier life. */
  #countLoaded(): void {
    this.#taken -= this.#evicted
    this.#evicted = 0
    const counts = this.#control.subarray(cells.levels, cells.levels + levelCount).fill(0)
    for (let {first: counter, end} = this.#ring; counter !== end; counter = (counter + 1) >>> 0) {
      counts[this.#ring.entry(counter)?.level ?? 0]! += 1
    }
  }

  #took(bytes: number, {arrivalMs, source, flags: runFlags}: Origin & {readonly arrivalMs: number}): void {
    const records = this.#count()
    this.#persistence?.wal.add({
      at: this.#cell(cells.takenAt),
      bytes,
      records,
      levels: this.#cell(cells.takenLevels),
      arrivalMs,
      source: this.#sources.nameOf(source),
      flags: runFlags,
      seq: this.#endSeq
    })
    this.#endSeq += records
  }

  /** What the ring holds now. Bytes that the wrap leaves unused count as held. */
  #held(): {readonly lines: number; readonly bytes: number} {
    const {first, end} = this.#ring
    const oldest = this.#ring.entry(first)
    if (oldest === undefined) return {lines: 0, bytes: 0}
    const bytes = this.#cell(cells.head) - oldest.at
    return {lines: (end - first) >>> 0, bytes: bytes > 0 ? bytes : bytes + this.layout.arenaBytes}
  }

  #count(): number {
    const records = this.#cell(cells.takenRecords)
    this.#taken += records
    this.#evicted += this.#cell(cells.takenEvicted)
    return records
  }

  #cell(index: number): number {
    return (this.#control[index] ?? 0) >>> 0
  }

  /** Whoever hands over records stops before this: what waits for the disk must not be overwritten. */
  #requireRoom(bytes: number): void {
    assert(this.pendingBytes + bytes <= this.layout.arenaBytes - wrapBytesMax, 'records taken beyond the queue')
  }
}

// Trace to fatal, and unknown.
const levelCount = 7
const lineFeed = 0x0a

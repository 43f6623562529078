import {assert} from '../base/assert.ts'
import {Batch} from './batch.ts'
import {aligned, headBytesMin, seedOf} from './frame.ts'
import {cells, controlAt} from './layout.ts'
import type {OpenSegment} from './open-segment.ts'
import {Pending, type PendingMark, type Run} from './pending.ts'
import {Requests} from './requests.ts'
import {runBytesMaxIn} from './segment.ts'
import {isBug, Setbacks} from './setbacks.ts'
import {Stall} from './stall.ts'
import {SyncLane} from './sync-lane.ts'
import {Succession} from './succession.ts'
import type {Checkpoint, Wal, WalHost, WalOptions, WalParts, WalStats, WalTrouble} from './wal.ts'
import {WalMeter} from './wal-meter.ts'
import {WrittenSessions} from './written-sessions.ts'

// While a sync is under way, what is written can only be acknowledged by the next one: few bytes may as well wait.
const worthWritingBytes = 256 * 1024
// Then whoever waits for the end is not kept any longer.
const closeFailuresMax = 2
// Of the table of sessions, in segments so small that there is not room for all of them.
const tableShare = 8
// The mark of a clean close has its place in every segment.
const markBytes = aligned(headBytesMin)

/**
 * One write at a time, and at most one sync beside it. Everything that a segment did not take, or may have lost, is
 * written again into the next one, whose name says from which record on; what stands in the old one from there counts
 * no longer. So the arena keeps what is not acknowledged, and a new segment begins exactly with that.
 */
export class WalWriter implements Wal {
  readonly #host: WalHost
  readonly #options: WalOptions
  readonly #parts: WalParts
  readonly #pending: Pending
  readonly #batch: Batch
  readonly #succession: Succession
  readonly #sessions: WrittenSessions
  readonly #requests: Requests<OpenSegment>
  readonly #setbacks: Setbacks
  readonly #stall: Stall
  readonly #lane: SyncLane
  readonly #meter = new WalMeter()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #written: PendingMark
  #synced: PendingMark
  #released: PendingMark
  /** The first run that the current segment holds. */
  #beganAt = 0
  #draining: Promise<void> | undefined
  /** What was found is durable where it has to be. */
  #isVouched: boolean
  #isTelling = false

  constructor(host: WalHost, options: WalOptions, parts: WalParts) {
    const {found, arena} = parts
    this.#host = host
    this.#options = options
    this.#parts = parts
    const runBytesMax = runBytesMaxIn(options.segmentBytes)
    this.#pending = new Pending(arena.length, {nextSeq: found.nextSeq, runBytesMax})
    this.#batch = new Batch(arena, sumOver(parts))
    this.#succession = new Succession(host, options, parts)
    this.#sessions = new WrittenSessions(host.clock, Math.floor(options.segmentBytes / tableShare))
    for (const [id, number] of found.sessions) this.#sessions.note(id, number)
    this.#requests = new Requests(found.folder)
    this.#setbacks = new Setbacks(host.clock)
    this.#stall = new Stall(host.clock, parts.onProgress)
    this.#lane = new SyncLane(host.clock, options.durability, {
      start: () => this.#syncBeside(),
      ended: () => {
        this.#wake()
        if (this.#draining === undefined) this.#lane.wrote({isLast: true})
      }
    })
    this.#written = this.#released = {runs: 0, seq: found.nextSeq}
    this.#synced = {runs: 0, seq: found.isClean ? found.nextSeq : found.durableSeq}
    this.#isVouched = !this.#succession.mustVouch
  }

  async start(): Promise<void> {
    try {
      if (!this.#isVouched) await this.#vouch()
      await this.#succession.goOn()
      if (this.#succession.current === undefined) await this.#renew()
    } catch (cause) {
      this.#meetFailure(cause)
    }
    this.#succession.tendAgainAndAgain()
    this.#wake()
  }

  add(run: Run): void {
    assert(this.#state === 'open', 'a record came after the log was closed')
    assert(run.bytes <= runBytesMaxIn(this.#options.segmentBytes), 'what came at once is larger than a segment')
    this.#pending.add(run)
    this.#stall.wait()
    this.#wake()
  }

  note(session: string, number: number): void {
    this.#pending.note(session, number)
    this.#stall.wait()
    this.#wake()
  }

  get pendingBytes(): number {
    return this.#pending.bytes
  }

  get writtenSeq(): number {
    return this.#written.seq
  }

  get syncedSeq(): number {
    return this.#synced.seq
  }

  get acknowledgedSeq(): number {
    const isPromised = this.#isVouched || this.#options.durability !== 'commit'
    return isPromised ? this.#released.seq : Math.min(this.#released.seq, this.#parts.found.durableSeq)
  }

  get trouble(): WalTrouble | undefined {
    return this.#setbacks.trouble ?? (this.#stall.isStalled ? stalled : undefined)
  }

  stats(): WalStats {
    const {segments, bytes, retired, leases} = this.#succession.shelf
    const [oldest] = segments
    return {
      ...this.#meter.read(),
      segments: segments.length,
      bytes,
      oldestSeq: oldest?.firstSeq ?? this.#released.seq,
      oldestMs: oldest?.createdMs,
      writtenSeq: this.#written.seq,
      syncedSeq: this.#synced.seq,
      pendingBytes: this.#pending.bytes,
      retired,
      leases: leases.size
    }
  }

  checkpoint(ttlMs: number): Promise<Checkpoint> {
    return this.#whenWritten(async (current) => {
      await this.#syncAll(current)
      const {seq} = this.#synced
      const {leases, segments} = this.#succession.shelf
      const {id, expiresMs} = leases.take(seq, ttlMs)
      const {epoch, folder} = this.#parts.found
      const held = segments.filter(({firstSeq}) => firstSeq < seq)
      const files = held.map(({name, firstSeq, usedBytes}) => ({name, firstSeq, bytes: usedBytes}))
      return {seq, epoch, folder, segments: files, lease: id, expiresMs}
    })
  }

  release(lease: string): boolean {
    return this.#succession.shelf.leases.release(lease)
  }

  reopen(): Promise<number> {
    return this.#whenWritten(async (current) => {
      // One without a record is new as it is.
      if (current.segment.firstSeq < this.#written.seq) await this.#renew()
      return this.#released.seq
    })
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    this.#lane.close()
    this.#stall.close()
    this.#setbacks.hurry()
    this.#wake()
    await this.#draining
    await this.#succession.close()
  }

  #whenWritten<Result>(act: (current: OpenSegment) => Promise<Result>): Promise<Result> {
    const done = this.#requests.add(this.#pending.endSeq, act)
    if (this.#state === 'open') this.#wake()
    else this.#requests.refuse(new Error('closed'))
    return done
  }

  #wake(): void {
    if (this.#draining !== undefined || !this.#hasWork()) return
    // What is thrown out of there is a bug: nobody catches it, and nothing is written any more.
    this.#draining = this.#drain().then(() => {
      this.#draining = undefined
      this.#wake()
    })
  }

  #hasWork(): boolean {
    if (this.#state !== 'open') return this.#state === 'closing'
    const {current} = this.#succession
    if (!this.#isVouched || current === undefined || current.isBroken || !this.#requests.isEmpty) return true
    const {isWaiting, waitingBytes} = this.#pending
    return isWaiting && (!this.#lane.isRunning || waitingBytes >= worthWritingBytes)
  }

  async #drain(): Promise<void> {
    // What comes in the same turn goes into the same write, and a session is noted right behind its records.
    await Promise.resolve()
    while (this.#hasWork()) {
      try {
        await this.#setbacks.pause()
        await this.#step()
      } catch (cause) {
        this.#meetFailure(cause)
      }
      if (this.#state === 'closing' && this.#setbacks.count >= closeFailuresMax) await this.#end()
    }
  }

  async #step(): Promise<void> {
    const {current} = this.#succession
    if (!this.#isVouched) {
      await this.#vouch()
    } else if (current === undefined || current.isBroken) {
      await this.#renew()
    } else if (this.#requests.isDue(this.#written.seq)) {
      await this.#lane.settle()
      // The sync that was under way may have failed.
      if (this.#succession.current?.isBroken === false) await this.#requests.serve(current)
    } else if (this.#pending.isWaiting) {
      await this.#write(current)
    } else {
      await this.#finish(current)
    }
  }

  /** Until then, power loss may take what was found. */
  async #vouch(): Promise<void> {
    await this.#succession.vouch()
    this.#isVouched = true
    this.#synced = this.#written
    this.#tellProgress()
  }

  /** As much as is waiting and fits; where nothing does, the next segment is begun. */
  async #write(current: OpenSegment): Promise<void> {
    this.#beginBatch(current, markBytes)
    if (!current.hasTable) this.#batch.addTable(this.#sessions, this.#written.seq)
    this.#batch.addRuns(this.#pending)
    const mark = this.#pending.mark()
    if (mark.runs === this.#written.runs) {
      assert(!current.isEmpty, 'a segment has no room for what came at once')
      await this.#renew()
      return
    }
    const sinceMs = this.#host.clock.elapsed()
    this.#lane.writing(this.#batch.bytes)
    await this.#meter.watch('write', current.write(this.#batch.parts(), this.#batch.bytes))
    this.#written = mark
    const {durability} = this.#options
    if (durability === 'os') this.#succession.found(current, mark.seq)
    if (durability !== 'commit') this.#release(mark, sinceMs)
    this.#lane.wrote({isLast: !this.#pending.isWaiting})
  }

  #beginBatch({place}: OpenSegment, keptBytes: number): void {
    const roomBytes = this.#options.segmentBytes - place.offset - keptBytes
    this.#batch.begin({...place, roomBytes, epoch: this.#parts.found.epoch, durableSeq: this.#synced.seq})
  }

  /** Beside what is written meanwhile. */
  #syncBeside(): Promise<void> | undefined {
    const {current} = this.#succession
    if (current === undefined || current.isBroken || current.isSynced) return undefined
    return this.#sync(current).catch((cause: unknown) => {
      this.#meetFailure(cause)
    })
  }

  async #sync(current: OpenSegment): Promise<void> {
    const mark = this.#written
    const {shelf} = this.#succession
    const sinceMs = this.#lane.cover()
    await this.#meter.watch('sync', current.sync())
    if (this.#options.durability === 'interval' && !(await shelf.areOthersSynced(current.segment))) return
    this.#synced = mark
    this.#succession.found(current, mark.seq)
    if (this.#options.durability === 'commit') this.#release(mark, sinceMs)
  }

  /** Of all segments; the current one last, since that tells how far everything is durable. */
  async #syncAll(current: OpenSegment): Promise<void> {
    await this.#succession.shelf.syncOthers(current.segment)
    await this.#sync(current)
  }

  #release(mark: PendingMark, sinceMs: number): void {
    if (mark.runs === this.#released.runs) return
    this.#meter.commit(this.#host.clock.elapsed() - sinceMs, mark.seq - this.#released.seq)
    this.#pending.release(mark, (id, number) => {
      this.#sessions.note(id, number)
    })
    this.#released = mark
    this.#stall.moved({isWaiting: this.#pending.bytes > 0})
    this.#setbacks.forget()
    this.#tellProgress()
  }

  /** Goes on in a new segment, which begins with the first record that is not acknowledged. */
  async #renew(): Promise<void> {
    await this.#lane.settle()
    const {current} = this.#succession
    if (current !== undefined) await this.#seal(current)
    this.#beganAt = this.#released.runs
    await this.#succession.begin(this.#released.seq)
    if (this.#pending.bytes === 0) this.#endTrouble()
  }

  async #seal(old: OpenSegment): Promise<void> {
    if (!old.isBroken && this.#options.durability !== 'os') await this.#sync(old)
    await this.#succession.leave()
    if (!old.isBroken) return
    this.#pending.rewind()
    this.#written = this.#released
    const isNothingIn = this.#released.runs === this.#beganAt && this.#released.seq === old.segment.firstSeq
    if (isNothingIn) await this.#succession.shelf.discard(old.segment)
  }

  #meetFailure(cause: unknown): void {
    if (isBug(cause)) throw cause
    this.#setbacks.meet(cause)
    this.#requests.refuse(cause)
    if (this.#setbacks.trouble !== undefined) this.#tellProgress()
  }

  /** Once this turn is over, and beyond what is caught here: whatever a listener throws is no setback of the disk. */
  #tellProgress(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      this.#parts.onProgress()
    })
  }

  #endTrouble(): void {
    const {trouble} = this.#setbacks
    this.#setbacks.forget()
    if (trouble !== undefined) this.#tellProgress()
  }

  /** Everything is written; the log ends with a frame that says so, once all else is durable. */
  async #finish(current: OpenSegment): Promise<void> {
    await this.#lane.settle()
    if (current.isBroken) return
    const isAsFound = this.#parts.found.isClean && current.isUntouched && !current.isEmpty
    if (!isAsFound) {
      if (current.place.offset + markBytes > this.#options.segmentBytes) {
        await this.#renew()
        return
      }
      await this.#syncAll(current)
      this.#beginBatch(current, 0)
      if (!current.hasTable) this.#batch.addTable(this.#sessions, this.#written.seq)
      this.#batch.addCleanClose(this.#written.seq)
      await this.#meter.watch('write', current.write(this.#batch.parts(), this.#batch.bytes))
      await this.#sync(current)
    }
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#state = 'closed'
    await this.#lane.settle()
    this.#requests.refuse(new Error('closed'))
  }
}

const stalled: WalTrouble = {code: 'stalled', reason: 'ETIMEDOUT'}

function sumOver({arena, kernel}: WalParts): ConstructorParameters<typeof Batch>[1] {
  const control = new Uint32Array(arena.buffer, controlAt)
  return (at, bytes, place) => {
    const {low, high} = seedOf(place)
    kernel.checksum(arena.byteOffset + at, bytes, low, high)
    return {low: control[cells.sumLow]!, high: control[cells.sumHigh]!}
  }
}

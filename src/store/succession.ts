import {join} from 'node:path'
import {OpenSegment, rewrite} from './open-segment.ts'
import {scansMax} from './recovery.ts'
import {headerBytes} from './segment.ts'
import {Shelf} from './shelf.ts'
import type {WalHost, WalOptions, WalParts} from './wal.ts'

// As often as the age of the oldest records and the free space are looked at, besides whenever a segment is begun.
const tendMs = 10_000

/** The segment that is written now, and how one follows the other. */
export class Succession {
  readonly shelf: Shelf
  readonly #host: WalHost
  readonly #parts: WalParts
  readonly #durability: WalOptions['durability']
  readonly #isSyncing: boolean
  #current: OpenSegment | undefined
  #cancelTending: (() => void) | undefined

  constructor(host: WalHost, options: WalOptions, parts: WalParts) {
    const {found, onLeaseDropped} = parts
    const {folder} = found
    this.#host = host
    this.#parts = parts
    this.#durability = options.durability
    this.#isSyncing = options.durability !== 'os'
    this.shelf = new Shelf(host, {...options, folder, isSyncing: this.#isSyncing, onLeaseDropped}, found)
  }

  get current(): OpenSegment | undefined {
    return this.#current
  }

  /** Whether what was found has to be made durable, whoever wrote it. */
  get mustVouch(): boolean {
    const {segments, isClean} = this.#parts.found
    return segments.length > 0 && !isClean && this.#isSyncing
  }

  /**
   * Makes it durable. A sync would not do, since one that failed in an earlier process said so only there. But older
   * segments than were read are only synced: there may be very many, and the system has long written them.
   */
  async vouch(): Promise<void> {
    const {folder, segments, goesOnAt, durableSeq} = this.#parts.found
    const last = segments.at(-1)
    const unsynced = segments.filter((segment) => segment === last || segment.endSeq > durableSeq)
    for (const segment of unsynced.slice(-scansMax)) {
      const bytes = segment === last ? (goesOnAt ?? segment.bytes) : segment.bytes
      await rewrite(this.#host.disk, join(folder, segment.name), bytes)
    }
    await this.shelf.syncOthers(undefined)
    await this.#host.disk.syncDirectory(folder)
  }

  /** In the last segment that was found, where that may be written on. */
  async goOn(): Promise<void> {
    const {folder, segments, goesOnAt, nextSeq} = this.#parts.found
    const last = segments.at(-1)
    const live = this.shelf.segments.at(-1)
    if (last === undefined || live === undefined || goesOnAt === undefined) return
    // The table of sessions comes before the first record, and whole: of one without a record that is not known.
    const hasTable = nextSeq > last.firstSeq
    live.isFounded = hasTable
    if (!hasTable && goesOnAt > last.bytes / 2) return
    const file = await this.#host.disk.open(join(folder, last.name), 'write')
    const {idLow, idHigh} = last
    this.#current = new OpenSegment(live, file, {idLow, idHigh, offset: goesOnAt, hasTable})
  }

  /** The one before has to be left. */
  async begin(firstSeq: number): Promise<void> {
    const {random, clock} = this.#host
    const {nodeId, epoch} = this.#parts.found
    const id = {idLow: random.below(2 ** 32), idHigh: random.below(2 ** 32)}
    const {segment, file} = await this.shelf.begin({nodeId, ...id, firstSeq, epoch, createdMs: clock.now()})
    this.#current = new OpenSegment(segment, file, {...id, offset: headerBytes, hasTable: false})
  }

  /** It is written no longer. */
  async leave(): Promise<void> {
    const old = this.#current
    if (old === undefined) return
    this.#current = undefined
    await old.close()
    // At `commit`, what counts of one that failed was synced before; at `interval` it need not be.
    old.segment.isSynced = this.#durability === 'commit' || (this.#isSyncing && !old.isBroken)
    old.segment.isSuspect = old.isBroken
  }

  /** With its table of sessions, and records up to `seq`, the segment stands for itself: older ones may go. */
  found({segment}: OpenSegment, seq: number): void {
    if (segment.isFounded || seq === segment.firstSeq) return
    segment.isFounded = true
    this.shelf.tend()
  }

  tendAgainAndAgain(): void {
    this.shelf.tend()
    this.#cancelTending = this.#host.clock.after(tendMs, () => {
      this.tendAgainAndAgain()
    })
  }

  async close(): Promise<void> {
    this.#cancelTending?.()
    await this.leave()
    await this.shelf.close()
  }
}

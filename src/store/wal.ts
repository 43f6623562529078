import type {Host} from '../host/host.ts'
import type {HistogramCounts} from '../base/histogram.ts'
import type {Kernel} from './kernel.ts'
import type {Run} from './pending.ts'
import type {Recovered} from './recovery.ts'
import {WalWriter} from './wal-writer.ts'

/** What an acknowledged record survives: see `acknowledgedSeq`. */
export type Durability = 'none' | 'os' | 'interval' | 'commit'

/**
 * The write-ahead log: records get to the disk in the order in which they were added, and those that came while one
 * write was under way go together into the next.
 */
export interface Wal {
  /** The bytes stay as they are in the arena until `acknowledgedSeq` has passed them. */
  add(run: Run): void
  /** To be called right behind `add`: the session has handed over everything up to this number. */
  note(session: string, number: number): void
  /** Memory taken by what was added and may not be acknowledged yet. */
  readonly pendingBytes: number
  /** Exclusive, as the next two are. */
  readonly writtenSeq: number
  readonly syncedSeq: number
  /** What is below survives the end of the process (`os`, `interval`), and loss of power (`commit`). */
  readonly acknowledgedSeq: number
  /** Why nothing gets to the disk at present; it goes on by itself. */
  readonly trouble: WalTrouble | undefined
  stats(): WalStats
  /** Makes durable what was added, and keeps the segments that hold it until the lease is over. */
  checkpoint(ttlMs: number): Promise<Checkpoint>
  /** False when there is no such lease any more. */
  release(lease: string): boolean
  /** Begins a new segment, and says with which record. */
  reopen(): Promise<number>
  /** Returns in any case: what is not acknowledged then is not on the disk. */
  close(): Promise<void>
}

export interface WalTrouble {
  /** `stalled`: for ten seconds, the disk neither took anything of what waits nor failed. */
  readonly code: 'full' | 'read-only' | 'error' | 'stalled'
  /** As the system calls it. */
  readonly reason: string
}

export interface Checkpoint {
  /** Exclusive: the records below are durable, and in these files. */
  readonly seq: number
  readonly epoch: number
  readonly folder: string
  readonly segments: readonly CheckpointSegment[]
  readonly lease: string
  readonly expiresMs: number
}

export interface CheckpointSegment {
  readonly name: string
  readonly firstSeq: number
  /** What is behind is not part of the checkpoint. */
  readonly bytes: number
}

export interface WalStats {
  readonly segments: number
  /** On the disk, with the segment that is made ready. */
  readonly bytes: number
  readonly oldestSeq: number
  /** When its segment was begun. */
  readonly oldestMs: number | undefined
  readonly writtenSeq: number
  readonly syncedSeq: number
  readonly pendingBytes: number
  /** From the first record waiting to all that came with it being acknowledged. */
  readonly commitSeconds: HistogramCounts
  readonly commitRecords: HistogramCounts
  readonly writeErrors: number
  readonly syncErrors: number
  /** Segments that were removed or used again. */
  readonly retired: number
  readonly leases: number
}

export interface WalOptions {
  readonly durability: Exclude<Durability, 'none'>
  readonly segmentBytes: number
  readonly retainBytes: number
  /** 0: records do not go because of their age. */
  readonly retainAgeMs: number
  readonly minFreeBytes: number
}

/** What the log works with. */
export interface WalParts {
  readonly found: Recovered
  /** A view of the shared memory: runs say where they lie in it. */
  readonly arena: Uint8Array<SharedArrayBuffer>
  readonly kernel: Pick<Kernel, 'checksum'>
  /** Called after `acknowledgedSeq` or `trouble` has changed. */
  readonly onProgress: () => void
  /** A checkpoint is no longer kept, since nothing could be written any more but over its segments. */
  readonly onLeaseDropped?: (lease: string) => void
}

export type WalHost = Pick<Host, 'disk' | 'clock' | 'random'>

/** Goes on behind what was found. A disk that cannot be written is no error here: see `trouble`. */
export async function openWal(host: WalHost, options: WalOptions, parts: WalParts): Promise<Wal> {
  const writer = new WalWriter(host, options, parts)
  await writer.start()
  return writer
}

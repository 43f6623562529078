import {join} from 'node:path'
import {finding} from '../base/findings.ts'
import type {Tell} from '../base/notice.ts'
import {deskIn, type Desk} from './desk.ts'
import {lockDirectory, type LockHost} from './directory-lock.ts'
import type {Kernel} from './kernel.ts'
import type {Layout} from './layout.ts'
import {readRuns} from './log-reader.ts'
import {quietly} from './quietly.ts'
import {recover, type FoundSegment, type Recovered} from './recovery.ts'
import type {StoredRun} from './runs.ts'
import {segmentBytesFor} from './segment.ts'
import {openWal, type Durability, type Wal, type WalHost, type WalOptions, type WalTrouble} from './wal.ts'

export interface PersistenceOptions {
  /** The segments lie in its folder `wal`. */
  readonly directory: string
  readonly durability: Durability
  readonly retainBytes: number
  /** 0: records do not go because of their age. */
  readonly retainAgeMs: number
  readonly minFreeBytes: number
}

/** What a store that keeps records on disk has beside its memory: for itself the directory, and the log in it. */
export interface Persistence {
  readonly wal: Wal
  readonly durability: Durability
  /** As the log was found. */
  readonly found: Recovered
  close(): Promise<void>
}

export interface PersistenceParts {
  readonly tell: Tell
  readonly kernel: Kernel
  readonly memory: Uint8Array<SharedArrayBuffer>
  readonly layout: Layout
  /** Takes records that were on the disk into memory: the newest that fit there, in their order. */
  readonly load: (run: StoredRun) => void
  readonly onProgress: () => void
}

export type PersistenceHost = WalHost & LockHost

export async function openPersistence(
  host: PersistenceHost,
  options: PersistenceOptions,
  parts: PersistenceParts
): Promise<Persistence> {
  const lock = await lockDirectory(host, options.directory, () => {
    parts.tell('error', finding('wal-taken', {path: options.directory}))
    // Nothing may be written any more, not even what waits: whoever starts us again is told who has it.
    throw new Error('another server has taken the data directory')
  })
  try {
    const {memory, kernel, layout} = parts
    const desk = deskIn(memory, kernel, {at: layout.scratchAt, bytes: layout.scratchBytes})
    const found = await recover(host, join(options.directory, 'wal'), desk)
    for (const said of tellings(found)) parts.tell('warn', said)
    await loadNewest(host, {found, desk, parts})
    const arena = memory.subarray(layout.arenaAt, layout.arenaAt + layout.arenaBytes)
    const trouble = new TroubleTold(host.clock, parts.tell, found.folder)
    const opened: {wal?: Wal} = {}
    const wal = await openWal(host, walOptionsOf(options, layout), {
      found,
      arena,
      kernel,
      onLeaseDropped(lease) {
        parts.tell('warn', finding('wal-lease-dropped', {path: found.folder, lease}))
      },
      onProgress() {
        trouble.look(opened.wal?.trouble)
        parts.onProgress()
      }
    })
    opened.wal = wal
    trouble.look(wal.trouble)
    return {
      wal,
      durability: options.durability,
      found,
      async close() {
        await wal.close()
        await lock.release()
      }
    }
  } catch (cause) {
    await quietly(lock.release())
    throw cause
  }
}

/** At `none` nothing is promised, and what is written is written as at `os`. */
function walOptionsOf({durability, ...options}: PersistenceOptions, {lineBytesMax}: Layout): WalOptions {
  const written = durability === 'none' ? 'os' : durability
  return {...options, durability: written, segmentBytes: segmentBytesFor(options.retainBytes, lineBytesMax)}
}

/** Says once that the disk takes no writes, and once that it does again. */
class TroubleTold {
  readonly #clock: PersistenceHost['clock']
  readonly #tell: Tell
  readonly #path: string
  #sinceMs: number | undefined

  constructor(clock: PersistenceHost['clock'], tell: Tell, path: string) {
    this.#clock = clock
    this.#tell = tell
    this.#path = path
  }

  look(trouble: WalTrouble | undefined): void {
    const path = this.#path
    if (trouble !== undefined && this.#sinceMs === undefined) {
      this.#sinceMs = this.#clock.elapsed()
      this.#tell('error', finding('wal-stuck', {path, why: trouble.code, reason: trouble.reason}))
    }
    if (trouble === undefined && this.#sinceMs !== undefined) {
      this.#tell('info', finding('wal-goes-on', {path, afterMs: this.#clock.elapsed() - this.#sinceMs}))
      this.#sinceMs = undefined
    }
  }
}

function tellings({torn, damaged}: Recovered): ReturnType<typeof finding>[] {
  const cut = torn === undefined ? [] : [finding('wal-torn', {file: torn.file, from: torn.from, bytes: torn.bytes})]
  return [
    ...cut,
    ...damaged.map(({file, from, to, seqFrom, seqTo, copy}) => {
      return finding('wal-damaged', {file, from, to, seqFrom, seqTo, copy: copy ?? null})
    })
  ]
}

interface Loading {
  readonly found: Recovered
  readonly desk: Desk
  readonly parts: PersistenceParts
}

async function loadNewest({disk}: PersistenceHost, {found, desk, parts}: Loading): Promise<void> {
  const {folder, nextSeq} = found
  const segments = newestOf(found.segments, parts.layout)
  for await (const runs of readRuns(disk, {folder, segments, seqFrom: 1, seqTo: nextSeq}, desk)) {
    for (const run of runs) parts.load(run)
  }
}

/** Oldest first, and no more than memory has room for: a start must not take longer the more there is on the disk. */
function newestOf(segments: readonly FoundSegment[], {ringLines, arenaBytes}: Layout): readonly FoundSegment[] {
  let from = segments.length
  for (let lines = 0, bytes = 0; from > 0 && lines < ringLines && bytes < arenaBytes; from -= 1) {
    const segment = segments[from - 1]
    lines += segment === undefined ? 0 : segment.endSeq - segment.firstSeq
    bytes += segment?.bytes ?? 0
  }
  return segments.slice(from)
}

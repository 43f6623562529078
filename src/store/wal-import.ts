import {createHash} from 'node:crypto'
import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import {levelOf} from '../base/level.ts'
import {isAbsent, type Disk} from '../host/disk.ts'
import {openBench, openDesk} from './desk.ts'
import {lockDirectory, type LockHost} from './directory-lock.ts'
import {levelsByNumber} from './kernel-model.ts'
import {flags} from './layout.ts'
import {LegacyLines, type LegacyLine} from './legacy-lines.ts'
import type {Run} from './pending.ts'
import {quietly} from './quietly.ts'
import {endOfLog, filesOf, recover, type Recovered} from './recovery.ts'
import {segmentBytesFor} from './segment.ts'
import {isFolder, lookInto} from './segment-files.ts'
import {openWal, type Wal, type WalOptions} from './wal.ts'

/** A file that the original server has written, and how much of it is in the log already. */
export interface LegacyFile {
  readonly path: string
  readonly bytes: number
  readonly records: number
  /** Of these, so many were stored by an earlier import. */
  readonly stored: number
  /** Names the content: what is stored of it is kept with the records, and so survives whatever happens meanwhile. */
  readonly session: string
  readonly firstMs: number | undefined
}

/** What an import would do; nothing is changed. The oldest file first. */
export async function planImport(
  disk: Disk,
  directory: string,
  {paths, retainBytes}: {readonly paths: readonly string[]; readonly retainBytes: number}
): Promise<readonly LegacyFile[]> {
  const sessions = await sessionsIn(disk, join(directory, 'wal'))
  const files: LegacyFile[] = []
  for (const path of paths) {
    const counted = await countIn(disk, path)
    files.push({...counted, stored: Math.min(counted.records, sessions.get(counted.session) ?? 0)})
  }
  const bytes = files.reduce((sum, file) => sum + (file.stored < file.records ? file.bytes : 0), 0)
  if (bytes > retainBytes * largestShare) throw new Fault('import-too-large', {bytes, retainBytes})
  return files.toSorted((one, other) => (one.firstMs ?? 0) - (other.firstMs ?? 0))
}

// The log lets go of its oldest segment, an eighth of it, before it is full.
const largestShare = 3 / 4

async function sessionsIn(disk: Disk, folder: string): Promise<ReadonlyMap<string, number>> {
  if (!(await isFolder(disk, folder))) return new Map()
  const place = {disk, folder, desk: openDesk()}
  const found = await lookInto(disk, folder, place.desk)
  return filesOf(found).length === 0 ? new Map() : (await endOfLog(place, found)).sessions
}

async function countIn(disk: Disk, path: string): Promise<Omit<LegacyFile, 'stored'>> {
  const hash = createHash('sha256')
  let [bytes, records] = [0, 0]
  let firstMs: number | undefined
  const see = (piece: Uint8Array): void => {
    hash.update(piece)
    bytes += piece.length
  }
  for await (const line of linesOf(disk, path, see)) {
    records += 1
    firstMs ??= line.arrivalMs
  }
  if (records === 0) throw new Fault('import-nothing', {path})
  return {path, bytes, records, firstMs, session: `import-${hash.digest('hex').slice(0, 40)}`}
}

const readBytes = 1 << 20

async function* linesOf(disk: Disk, path: string, see: (piece: Uint8Array) => void): AsyncGenerator<LegacyLine> {
  const file = await openLegacy(disk, path)
  const lines = new LegacyLines()
  const buffer = new Uint8Array(readBytes)
  try {
    for (let at = 0; ;) {
      const count = await file.read(buffer, at)
      if (count === 0) break
      see(buffer.subarray(0, count))
      yield* lines.take(buffer.subarray(0, count))
      at += count
    }
    yield* lines.end()
  } catch (cause) {
    throw cause instanceof Fault ? cause : new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  } finally {
    await quietly(file.close())
  }
}

async function openLegacy(disk: Disk, path: string): ReturnType<Disk['open']> {
  try {
    if ((await disk.stat(path))?.kind !== 'file') throw new Fault('import-nothing', {path})
    return await disk.open(path, 'read')
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    if (isAbsent(cause)) throw new Fault('import-nothing', {path}, {cause})
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  }
}

export interface ImportOptions extends Pick<WalOptions, 'retainBytes' | 'minFreeBytes'> {
  readonly lineBytesMax: number
}

export interface ImportRequest {
  readonly directory: string
  readonly files: readonly LegacyFile[]
  readonly options: ImportOptions
  /** Ends it early; what is stored by then stays. */
  readonly stop: AbortSignal
}

/**
 * Stores what is not stored yet of the files, each line with the time it says, and says how many. All of it is durable
 * when this returns; after a failure or a crash the same call goes on where it ended. A Fault `data-locked` while a
 * server runs.
 */
export async function importFiles(host: LockHost, request: ImportRequest): Promise<number> {
  const {directory, files, options, stop} = request
  const lock = await lockDirectory(host, directory)
  try {
    const bench = openBench(arenaBytes)
    const found = await recover(host, join(directory, 'wal'), bench.desk)
    const progress = new Progress()
    const parts = {...bench, found, onProgress: progress.tell}
    const segmentBytes = segmentBytesFor(options.retainBytes, options.lineBytesMax)
    const wal = await openWal(host, {...options, segmentBytes, retainAgeMs: 0, durability: 'commit'}, parts)
    try {
      const importer = new Importer(wal, {found, arena: bench.arena, lineBytesMax: options.lineBytesMax, progress})
      for (const file of files) {
        const passed = found.sessions.get(file.session) ?? 0
        const lines = linesOf(host.disk, file.path, () => undefined)
        await importer.take(lines, {session: file.session, passed, nowMs: host.clock.now(), stop})
      }
      return await importer.settle()
    } finally {
      await wal.close()
    }
  } finally {
    await lock.release()
  }
}

// Lines are read faster than a disk syncs them: so many bytes wait for it.
const arenaBytes = 16 << 20

class Progress {
  #wake: (() => void) | undefined
  readonly tell = (): void => {
    this.#wake?.()
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

interface ImporterParts {
  readonly found: Recovered
  readonly arena: Uint8Array
  readonly lineBytesMax: number
  readonly progress: Progress
}

interface Source {
  readonly session: string
  /** Lines at its beginning that are stored. */
  readonly passed: number
  readonly nowMs: number
  readonly stop: AbortSignal
}

/** Puts lines into the arena in turn, and waits where the log still needs what would be overwritten. */
class Importer {
  readonly #wal: Wal
  readonly #parts: ImporterParts
  #at = 0
  #seq: number

  constructor(wal: Wal, parts: ImporterParts) {
    this.#wal = wal
    this.#parts = parts
    this.#seq = parts.found.nextSeq
  }

  async take(lines: AsyncIterable<LegacyLine>, {session, passed, nowMs, stop}: Source): Promise<void> {
    let number = 0
    for await (const {message, arrivalMs = nowMs} of lines) {
      number += 1
      if (number <= passed) continue
      if (stop.aborted) return
      const isCut = message.length > this.#parts.lineBytesMax
      const content = isCut ? message.subarray(0, wholeCharacters(message, this.#parts.lineBytesMax)) : message
      await this.#makeRoom(content.length + 1)
      this.#put(content, {arrivalMs, flags: isCut ? flags.truncated | flags.whole : 0})
      this.#wal.note(session, number)
    }
  }

  /** Waits until all is durable. */
  async settle(): Promise<number> {
    const {nextSeq, folder} = this.#parts.found
    while (this.#wal.acknowledgedSeq < this.#seq) await this.#wait()
    const gone = this.#wal.stats().oldestSeq - nextSeq
    if (gone > 0) throw new Fault('import-cut', {path: folder, records: gone})
    return this.#seq - nextSeq
  }

  #put(content: Uint8Array, {arrivalMs, flags: runFlags}: Pick<Run, 'arrivalMs' | 'flags'>): void {
    const {arena} = this.#parts
    const bytes = content.length + 1
    if (this.#at + bytes > arena.length) this.#at = 0
    arena.set(content, this.#at)
    arena[this.#at + content.length] = lineFeed
    const head = Buffer.from(content.subarray(0, levelBytesMax)).toString('latin1')
    const levels = 1 << levelsByNumber.indexOf(levelOf(head))
    const run = {at: this.#at, bytes, records: 1, levels, arrivalMs, source: 'import', flags: runFlags, seq: this.#seq}
    this.#wal.add(run)
    this.#at += bytes
    this.#seq += 1
  }

  async #makeRoom(bytes: number): Promise<void> {
    while (this.#wal.pendingBytes + bytes > this.#parts.arena.length / 2) await this.#wait()
  }

  /** A server would wait for a better disk; a command says what is wrong with this one. */
  async #wait(): Promise<void> {
    const {found, progress} = this.#parts
    const {trouble} = this.#wal
    if (trouble !== undefined) throw new Fault('file-unwritable', {path: found.folder, reason: trouble.reason})
    await progress.next()
  }
}

const lineFeed = 0x0a
const levelBytesMax = 256

/** At most so many bytes, and none of a character that does not fit as a whole. */
function wholeCharacters(bytes: Uint8Array, bytesMax: number): number {
  let end = bytesMax
  while (end > bytesMax - 4 && (bytes[end]! & 0xc0) === 0x80) end -= 1
  return end
}

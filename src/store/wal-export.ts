import {isUtf8} from 'node:buffer'
import {levelOf} from '../base/level.ts'
import type {Disk} from '../host/disk.ts'
import {flags} from './layout.ts'
import {readRuns} from './log-reader.ts'
import {endOfLog} from './recovery.ts'
import {recordsOf, type StoredRun} from './runs.ts'
import {openLog} from './wal-tools.ts'

export interface ExportOptions {
  readonly format: 'text' | 'json'
  readonly seqFrom: number
  /** Exclusive. */
  readonly seqTo: number
  /** Records that arrived before it are left out. */
  readonly sinceMs: number
  /** Takes a line of JSON, so that it does nothing to a terminal. */
  readonly inert: (json: string) => string
}

/** False: nobody takes any more. The bytes are used again once it has answered. */
export type TakeBytes = (bytes: Uint8Array) => Promise<boolean>

export interface Exported {
  readonly records: number
  readonly bytes: number
  readonly firstSeq: number | undefined
  readonly nextSeq: number
  /** Of what was asked for, records that the log does not have any more, and in how many places. */
  readonly missing: number
  readonly holes: number
}

/**
 * Hands over every record, oldest first, as text: its bytes as they are with one LF; or as JSON, one object a line.
 * What a start would forget is left out. Needs no more memory for a long log than for a short one.
 */
export async function exportWal(
  disk: Disk,
  directory: string,
  {options, take}: {readonly options: ExportOptions; readonly take: TakeBytes}
): Promise<Exported> {
  const {place, found} = await openLog(disk, directory)
  const {endSeq} = await endOfLog(place, found)
  const seqTo = Math.min(options.seqTo, endSeq)
  const paper = new Paper(take)
  const tally = new Tally(Math.max(options.seqFrom, found.segments[0]?.firstSeq ?? seqTo))
  const range = {folder: place.folder, segments: found.segments, seqFrom: options.seqFrom, seqTo}
  for await (const runs of readRuns(disk, range, place.desk)) {
    for (const run of runs) {
      tally.pass(run)
      if (run.arrivalMs < options.sinceMs) continue
      tally.take(run)
      await paper.put(options.format === 'text' ? textOf(run) : jsonOf(run, options.inert))
    }
    if (paper.isOver) break
  }
  await paper.flush()
  if (!paper.isOver) tally.reach(seqTo)
  return {...tally.counts(), bytes: paper.bytes, nextSeq: seqTo}
}

/** What was asked for, against what is there. */
class Tally {
  #next: number
  #records = 0
  #first: number | undefined
  #missing = 0
  #holes = 0

  constructor(firstSeq: number) {
    this.#next = firstSeq
  }

  pass({firstSeq, records}: StoredRun): void {
    this.reach(firstSeq)
    this.#next = firstSeq + records
  }

  take({firstSeq, records}: StoredRun): void {
    this.#first ??= firstSeq
    this.#records += records
  }

  reach(seq: number): void {
    if (seq <= this.#next) return
    this.#missing += seq - this.#next
    this.#holes += 1
    this.#next = seq
  }

  counts(): Pick<Exported, 'records' | 'firstSeq' | 'missing' | 'holes'> {
    return {records: this.#records, firstSeq: this.#first, missing: this.#missing, holes: this.#holes}
  }
}

// As much as a pipe takes at once, and then some.
const paperBytes = 256 << 10

/** Collects what is small, so that it is handed over in pieces of a good size. */
class Paper {
  bytes = 0
  isOver = false
  readonly #take: TakeBytes
  readonly #buffer = new Uint8Array(paperBytes)
  #used = 0

  constructor(take: TakeBytes) {
    this.#take = take
  }

  async put(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length && !this.isOver;) {
      if (this.#used === paperBytes) await this.flush()
      const piece = bytes.subarray(from, from + paperBytes - this.#used)
      this.#buffer.set(piece, this.#used)
      this.#used += piece.length
      from += piece.length
    }
  }

  async flush(): Promise<void> {
    if (this.#used === 0 || this.isOver) return
    this.isOver = !(await this.#take(this.#buffer.subarray(0, this.#used)))
    this.bytes += this.#used
    this.#used = 0
  }
}

function textOf(run: StoredRun): Uint8Array {
  if (isPlain(run)) return run.bytes
  const lines = [...recordsOf(run)].flatMap(({from, to}) => [run.bytes.subarray(from, to), lineFeed])
  return Buffer.concat(lines)
}

const lineFeed = Uint8Array.of(0x0a)

/** Nothing in it but records with one LF each. */
function isPlain({bytes, flags: runFlags}: StoredRun): boolean {
  if ((runFlags & flags.whole) !== 0) return true
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return buffer[0] !== 0x0a && !buffer.includes('\r') && !buffer.includes('\n\n')
}

function jsonOf(run: StoredRun, inert: ExportOptions['inert']): Uint8Array {
  const {arrivalMs, source: src, bytes} = run
  const recv = new Date(arrivalMs).toISOString()
  const lines = Array.from(recordsOf(run), ({seq, from, to}) => {
    // A copy: nothing decodes shared memory.
    const content = Buffer.from(bytes.subarray(from, to))
    const level = levelOf(content.toString('latin1', 0, levelBytesMax))
    const line = {seq, recv, recv_ms: arrivalMs, level, src, msg: content.toString(), flags: flagsOf(run, content)}
    return `${inert(JSON.stringify(line))}\n`
  })
  return Buffer.from(lines.join(''))
}

const levelBytesMax = 256

function flagsOf({flags: runFlags}: StoredRun, content: Uint8Array): readonly string[] {
  return [
    ...((runFlags & flags.truncated) === 0 ? [] : ['truncated']),
    ...((runFlags & flags.partial) === 0 ? [] : ['partial']),
    ...(isUtf8(content) ? [] : ['invalid_utf8'])
  ]
}

import {join} from 'node:path'
import {readWhole} from '../host/files.ts'
import {isAbsent, type Disk} from '../host/disk.ts'
import {linesIn, linkOf} from './chain.ts'
import {numberIn, parseRecord} from '../base/raw.ts'

/**
 * The journal's files, `journal/00000001.jsonl`, …. Each opens with a line that says how it continues the one before:
 *
 *     {"type":"segment","seq":…,"prev":…,"at":…,"format":1,"after_bytes":8388000,"torn_bytes":117}
 *
 * up to which byte the one before is part of the chain, and how many bytes behind that a crash has left half written.
 */
export const segmentFormat = 1

// Read as a whole, by readers and by whoever continues a chain; rotation is rare, and removing the oldest loses little.
export const segmentBytesMax = 8 << 20

// 128 MiB: some seven thousand runs of twenty steps, which is most of a year of one run an hour.
export const segmentsMax = 16

// Nobody writes longer ones; what a stranger has put there is not read into memory.
const readBytesMax = segmentBytesMax * 2

export function journalFolder(stateFolder: string): string {
  return join(stateFolder, 'journal')
}

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(8, '0')}.jsonl`)
}

/** Ascending; none where there is no journal. */
export async function listSegments(disk: Disk, folder: string): Promise<readonly number[]> {
  const numbers = (await namesIn(disk, folder)).flatMap((name) => {
    const match = /^(\d{8,})\.jsonl$/.exec(name)
    return match === null ? [] : [Number(match[1])]
  })
  return numbers.toSorted((one, other) => one - other)
}

async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder)
  } catch (cause) {
    if (isAbsent(cause)) return []
    throw cause
  }
}

/** Undefined when it is not there. */
export function readSegment(disk: Disk, folder: string, segment: number): Promise<Uint8Array | undefined> {
  return readWhole(disk, segmentPath(folder, segment), readBytesMax)
}

/** The first line of a segment. */
export interface SegmentHeader {
  readonly format: number
  readonly seq: number
  readonly prev: string
  readonly afterBytes: number
  readonly tornBytes: number
  /** The head was gone when this segment was begun: what was cut off before it, nobody can tell. */
  readonly isHeadMissing: boolean
}

/** Undefined for what does not begin like a segment. */
export function headerOf(bytes: Uint8Array): SegmentHeader | undefined {
  const [line] = linesIn(bytes)
  if (line?.isWhole !== true) return undefined
  const [reference, raw] = [linkOf(line.bytes), parseRecord(new TextDecoder().decode(line.bytes))]
  if (reference?.type !== 'segment' || raw === undefined) return undefined
  const [format, afterBytes, tornBytes] = ['format', 'after_bytes', 'torn_bytes'].map((key) => numberIn(raw, key))
  if (format === undefined || afterBytes === undefined || tornBytes === undefined) return undefined
  const {seq, prev} = reference
  return {format, seq, prev, afterBytes, tornBytes, isHeadMissing: raw['head_missing'] === true}
}

/** A crash can leave a segment under the name that it has until it is whole. */
export async function removeHalfWritten(disk: Disk, folder: string, olderThanMs: number): Promise<void> {
  for (const name of await namesIn(disk, folder)) {
    if (!/^\.\d+\.jsonl\..*\.tmp$/.test(name)) continue
    const found = await disk.lstat(join(folder, name))
    if (found !== undefined && found.modifiedMs < olderThanMs) await disk.remove(join(folder, name))
  }
}

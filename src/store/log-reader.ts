import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import type {Disk} from '../host/disk.ts'
import type {Desk} from './desk.ts'
import {quietly} from './quietly.ts'
import {SegmentReader, type Piece} from './reader.ts'
import {clipped, runsOf, type StoredRun} from './runs.ts'
import {openIfThere, type SegmentFile} from './segment-files.ts'
import {isBeyond} from './stretches.ts'

export interface LogRange {
  readonly folder: string
  /** Behind each other. */
  readonly segments: readonly SegmentFile[]
  readonly seqFrom: number
  /** Exclusive. */
  readonly seqTo: number
}

/**
 * The records of a log in their order, with no record twice, as they were read together. Views of the desk: good until
 * the next are asked for. Runs without records are left out. Somebody may write the log meanwhile, and take the oldest
 * segments away: what is not there is passed over, here as where the log has a hole.
 */
export async function* readRuns(disk: Disk, range: LogRange, desk: Desk): AsyncGenerator<readonly StoredRun[]> {
  const {segments, seqTo} = range
  let {seqFrom} = range
  for (const [index, segment] of segments.entries()) {
    const limit = Math.min(seqTo, segments[index + 1]?.firstSeq ?? Infinity)
    if (limit <= seqFrom || segment.firstSeq >= seqTo) continue
    for await (const pieces of piecesOf(disk, {folder: range.folder, segment, limit}, desk)) {
      const runs = pieces.flatMap((piece) => {
        const found = piece.kind === 'gap' ? [] : clippedRuns(piece, seqFrom, limit)
        const last = found.at(-1)
        if (last !== undefined) seqFrom = last.firstSeq + last.records
        return found
      })
      if (runs.length > 0) yield runs
    }
  }
}

interface Part {
  readonly folder: string
  readonly segment: SegmentFile
  readonly limit: number
}

async function* piecesOf(disk: Disk, {folder, segment, limit}: Part, desk: Desk): AsyncGenerator<readonly Piece[]> {
  const path = join(folder, segment.name)
  const file = await openIfThere(disk, path)
  if (file === undefined) return
  try {
    const reader = new SegmentReader(file, {id: segment, desk})
    for (let pieces = await reader.next(); pieces.length > 0; pieces = await reader.next()) {
      const end = pieces.findIndex((piece) => isBeyond(piece, limit))
      yield end < 0 ? pieces : pieces.slice(0, end)
      if (end >= 0) return
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  } finally {
    await quietly(file.close())
  }
}

function clippedRuns(piece: Extract<Piece, {kind: 'frame'}>, seqFrom: number, seqTo: number): readonly StoredRun[] {
  const {head, body} = piece
  const isInside = head.firstSeq >= seqFrom && head.firstSeq + head.records <= seqTo
  const runs = [...runsOf(head, body)].filter(({records}) => records > 0)
  return isInside ? runs : runs.flatMap((run) => clipped(run, seqFrom, seqTo) ?? [])
}

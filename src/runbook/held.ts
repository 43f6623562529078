import {basename, dirname, join} from 'node:path'
import type {Disk, FileStat} from '../host/disk.ts'
import type {Machine} from '../host/machine.ts'
import type {HeldEntry, HeldFact, HeldRun, HeldSubject} from './facts.ts'
import {areaOf, isPrivate, partOf, untilOf} from './holding.ts'

export interface HeldHost {
  readonly disk: Disk
  readonly machine: Pick<Machine, 'uid'>
  /** Whether some process has it open; null where nobody can say. */
  readonly useOf: (stat: FileStat) => boolean | null
}

/** What is kept in the holding area of a folder. */
export async function lookAtHeld({folder, isListed}: HeldSubject, host: HeldHost): Promise<HeldFact> {
  const {disk, machine} = host
  const area = areaOf(folder)
  try {
    const stat = await disk.lstat(area)
    if (stat === undefined) return {type: 'held', state: 'absent', runs: []}
    if (!isPrivate(stat, machine.uid)) return {type: 'held', state: 'foreign', runs: []}
    return {type: 'held', state: 'ours', runs: isListed === true ? await runsIn(area, host) : []}
  } catch {
    // Whatever the reason is: what cannot be looked at is neither used nor emptied.
    return {type: 'held', state: 'unreadable', runs: []}
  }
}

// A run has a few hundred steps at most, and its folder goes with its files.
const runsMax = 1000

async function runsIn(area: string, host: HeldHost): Promise<readonly HeldRun[]> {
  const runs: HeldRun[] = []
  for (const name of (await host.disk.list(area)).toSorted()) {
    const untilMs = untilOf(name)
    const path = join(area, name)
    if (untilMs === undefined || runs.length === runsMax) continue
    const stat = await host.disk.lstat(path)
    if (stat !== undefined && isPrivate(stat, host.machine.uid)) {
      runs.push({path, untilMs, entries: await entriesIn(path, host)})
    }
  }
  return runs
}

async function entriesIn(folder: string, {disk, useOf}: HeldHost): Promise<readonly HeldEntry[]> {
  const found: {readonly path: string; readonly stat: FileStat}[] = []
  for (const name of (await disk.list(folder)).toSorted()) {
    const path = join(folder, name)
    const stat = await disk.lstat(path)
    if (stat !== undefined) found.push({path, stat})
  }
  const notes = new Map(found.map(({path, stat}) => [path, stat.modifiedMs]))
  return found.map(({path, stat}) => {
    const part = partOf(basename(path))
    const {size, uid, inode, modifiedMs} = stat
    return {
      path,
      kind: stat.kind === 'file' && part !== undefined ? part.kind : 'other',
      size,
      uid,
      inode,
      modifiedMs,
      putMs: notes.get(join(dirname(path), `${part?.number ?? ''}.held`)) ?? null,
      isOpen: useOf(stat)
    }
  })
}

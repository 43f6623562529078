import {dirname} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import {nullable, record} from '../../config/shape.ts'
import type {Disk} from '../../host/disk.ts'
import type {HeldEntry, HeldFact} from '../facts.ts'
import {plainPath} from '../fields.ts'
import {areaOf} from '../holding.ts'
import {look} from '../look.ts'
import {applied} from '../mishap.ts'
import type {Applied, Json, Outlook, StepKind, StepPlace, Work} from '../step.ts'
import {lockedFolder, outside, topOf, wrongArea, wrongFolder} from '../target.ts'

/**
 * Frees what the holding area of a folder has kept for long enough. It cannot be brought back. What somebody still has
 * open, or has written to after it was put there, is more than was known of it then: it stays, and is told.
 */
export const filePurge: StepKind<Inputs> = {
  name: 'file.purge',
  about: {
    en: 'Removes for good what the holding area of a folder has kept for long enough',
    ko: '폴더 보관 영역에서 기한이 지난 파일을 완전히 삭제'
  },
  fields: record({folder: plainPath(), within: nullable(plainPath())}),
  subjects: ({folder, within}, at) => [
    {type: 'file', path: areaOf(folder)},
    {type: 'file', path: topOf(within, at).name},
    {type: 'held', folder, isListed: true}
  ],
  plan({folder, within}, facts, at) {
    const fact = facts.file(areaOf(folder))
    const target = {path: folder, fact, at}
    const held = facts.held(folder)
    const wrong = wrongFolder(folder, fact.folder)
    const reasons =
      wrong.length > 0
        ? wrong
        : [...outside(target, facts.file(topOf(within, at).name), within), ...wrongArea(folder, held)]
    if (reasons.length > 0) return {action: 'refuse', target: folder, reasons}
    const sorted = sort(held, at)
    if (isNothing(sorted)) {
      const staying = sorted.staying.length
      return {action: 'nothing', target: folder, said: finding('step-purge-nothing', {folder, staying})}
    }
    const locked = lockedFolder(target)
    return locked.length > 0 ? {action: 'refuse', target: folder, reasons: locked} : changeOf(folder, sorted)
  },
  apply,
  undo: () => Promise.resolve({status: 'failed', fault: new Fault('step-not-reversible', {})})
}

interface Inputs {
  readonly folder: string
  /** Null: the folder of the logs. */
  readonly within: string | null
}

/** What has been kept for long enough. */
interface Sorted {
  readonly due: readonly HeldEntry[]
  /** Folders of runs of which nothing stays. */
  readonly runs: readonly string[]
  /** What else is in those folders: notes. */
  readonly notes: readonly HeldEntry[]
  readonly staying: readonly Staying[]
}

interface Staying {
  readonly path: string
  readonly reason: 'open' | 'use-unknown' | 'written-since' | 'not-ours'
}

function sort(held: HeldFact, at: StepPlace): Sorted {
  const expired = held.runs.filter(({untilMs}) => untilMs <= at.run.startedMs)
  const judged = expired.map((run) => ({run, staying: run.entries.flatMap((entry) => whyStays(entry, at))}))
  const staying = judged.flatMap((one) => one.staying)
  const kept = new Set(staying.map(({path}) => path))
  const done = judged.filter((one) => one.staying.length === 0).map(({run}) => run)
  return {
    due: expired.flatMap(({entries}) => entries.filter(({kind, path}) => kind === 'held' && !kept.has(path))),
    runs: done.map(({path}) => path),
    notes: done.flatMap(({entries}) => entries.filter(({kind}) => kind === 'note')),
    staying
  }
}

function whyStays({path, kind, uid, putMs, modifiedMs, isOpen}: HeldEntry, at: StepPlace): readonly Staying[] {
  if (kind === 'note') return []
  if (kind === 'other') return [{path, reason: 'not-ours'}]
  if (isOpen === true) return [{path, reason: 'open'}]
  // Who is not root sees only their own processes: that says nothing of a file of somebody else.
  if (isOpen === null && at.uid !== 0 && uid !== at.uid) return [{path, reason: 'use-unknown'}]
  return putMs === null || modifiedMs > putMs ? [{path, reason: 'written-since'}] : []
}

function isNothing({due, runs}: Sorted): boolean {
  return due.length === 0 && runs.length === 0
}

function changeOf(folder: string, {due, runs, staying}: Sorted): Outlook {
  const bytes = due.reduce((sum, {size}) => sum + size, 0)
  return {
    action: 'change',
    target: folder,
    said: finding('step-purge', {folder, files: due.length, bytes, staying: staying.length}),
    before: {due: due.map(identityOf), runs: [...runs], staying: stayingAs(staying)},
    after: {due: [], runs: [], staying: stayingAs(staying)},
    isReversible: false,
    isObservable: true,
    risk: 'high',
    effects: [],
    needs: {root: false, programs: [], spaceBytes: 0}
  }
}

function identityOf({path, size, inode, modifiedMs}: HeldEntry): Json {
  return {path, size, inode, modified_ms: modifiedMs}
}

function stayingAs(staying: readonly Staying[]): Json {
  return staying.map(({path, reason}) => ({path, reason}))
}

async function apply(work: Work<Inputs>): Promise<Applied> {
  const {inputs, at, host, signal} = work
  const {folder} = inputs
  return applied(folder, async () => {
    const facts = await look(filePurge.subjects(inputs, at), host, signal)
    const sorted = sort(facts.held(folder), at)
    for (const entry of sorted.due) await removeEntry(host.disk, entry)
    for (const entry of sorted.notes) await removeEntry(host.disk, entry)
    for (const run of new Set(sorted.due.map(({path}) => dirname(path)))) await host.disk.syncDirectory(run)
    for (const run of sorted.runs) await host.disk.remove(run)
    await host.disk.syncDirectory(areaOf(folder))
    const bytes = sorted.due.reduce((sum, {size}) => sum + size, 0)
    return {values: {folder, files: sorted.due.length, bytes, staying: stayingAs(sorted.staying)}}
  })
}

/** Only what was judged: a file that has taken the name since, or was written to, is another one. */
async function removeEntry(disk: Disk, {path, inode, modifiedMs}: HeldEntry): Promise<void> {
  const found = await disk.lstat(path)
  const isSame = found?.kind === 'file' && found.inode === inode && found.modifiedMs === modifiedMs
  if (!isSame) throw new Fault('target-changed', {path})
  await disk.remove(path)
}

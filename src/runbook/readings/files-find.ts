import {join} from 'node:path'
import {Fault, reasonOf} from '../../base/fault.ts'
import {formatDuration, formatSize} from '../../base/units.ts'
import {duration, list, nullable, record, size, text, whole} from '../../config/shape.ts'
import type {Disk, FileStat} from '../../host/disk.ts'
import {isOpen} from '../../host/open-files.ts'
import {plainPath, withDefault} from '../fields.ts'
import type {Read, ReadingKind, ReadingWork} from '../reading.ts'
import type {Json} from '../step.ts'
import {quietMs} from '../target.ts'

// Deeper than logs are ever kept; with the bound below, a folder that is none is told soon.
const depthMax = 8

// Looking at each takes a moment, and nobody reads a longer plan.
const namesMax = 10_000

// No plan has more steps.
const limitMax = 5000

/**
 * Files that could go: regular ones on the file system of the folder, that nobody has open or has written to just now.
 * A quiet log may still be open, and its age says nothing about that. Hidden names, links, and names that no step could
 * take are passed over.
 */
export const filesFind: ReadingKind<Inputs> = {
  name: 'files.find',
  about: {en: 'Files by age, size and name, oldest first', ko: '나이, 크기, 이름으로 찾은 파일 (오래된 순)'},
  fields: record({
    folder: plainPath(),
    older_than: nullable(duration()),
    larger_than: nullable(size()),
    names: nullable(list(text())),
    keep_newest: withDefault(whole({min: 0, max: 1_000_000}), 0),
    depth: withDefault(whole({min: 1, max: depthMax}), depthMax),
    limit: withDefault(whole({min: 1, max: limitMax}), limitMax)
  }),
  async read(work) {
    try {
      return await find(work)
    } catch (cause) {
      if (cause instanceof Fault) return {fault: cause as Fault}
      if (work.signal.aborted) return {fault: new Fault('step-stopped', {target: work.inputs.folder})}
      return {fault: new Fault('file-unreadable', {path: work.inputs.folder, reason: reasonOf(cause)}, {cause})}
    }
  }
}

interface Inputs {
  readonly folder: string
  readonly older_than: number | null
  readonly larger_than: number | null
  /** A star stands for any characters; null: every name. */
  readonly names: readonly string[] | null
  /** So many of the newest that have such a name are never among them. */
  readonly keep_newest: number
  /** 1: only what is in the folder itself. */
  readonly depth: number
  /** No more than so many, the oldest. */
  readonly limit: number
}

interface Found {
  readonly path: string
  readonly name: string
  readonly stat: FileStat
}

async function find({inputs, at, host, signal}: ReadingWork<Inputs>): Promise<Read> {
  const {folder, depth} = inputs
  const top = await host.disk.stat(folder)
  if (top?.kind !== 'directory') {
    const reason = top === undefined ? 'ENOENT' : 'ENOTDIR'
    return {fault: new Fault('file-unreadable', {path: folder, reason})}
  }
  const search: Search = {disk: host.disk, signal, device: top.device, depth, names: 0, odd: 0, found: []}
  await searchFolder(search, folder, 1)
  const named = search.found.filter(
    ({name}) => inputs.names === null || inputs.names.some((like) => isLike(name, like))
  )
  const oldestFirst = named.toSorted(byAge)
  const spare = oldestFirst.slice(0, Math.max(0, oldestFirst.length - inputs.keep_newest))
  const open = await host.openFiles.look(signal)
  const nowMs = at.run.startedMs
  const wanted = spare.filter(({stat}) => isWanted(stat, inputs, nowMs))
  const free = wanted.filter(({stat}) => !isOpen(open, stat))
  const value = free.slice(0, inputs.limit).map((one) => itemOf(one, nowMs))
  const [inUse, odd] = [wanted.length - free.length, search.odd]
  // Who looks for space must hear of what holds it and cannot go.
  return {value, warnings: inUse + odd === 0 ? [] : [new Fault('files-left-out', {path: folder, inUse, odd})]}
}

interface Search {
  readonly disk: Disk
  readonly signal: AbortSignal
  readonly device: number
  readonly depth: number
  names: number
  /** Names that no step takes: with control characters, or no text at all. */
  odd: number
  readonly found: Found[]
}

async function searchFolder(search: Search, folder: string, level: number): Promise<void> {
  for (const name of await search.disk.list(folder)) {
    search.signal.throwIfAborted()
    search.names += 1
    if (search.names > namesMax) throw new Fault('find-too-many', {folder, namesMax})
    const path = join(folder, name)
    if (name.startsWith('.')) continue
    if (plainPath().parse(path) === undefined) {
      search.odd += 1
      continue
    }
    const stat = await search.disk.lstat(path)
    // Gone since it was listed, or on another file system, where nothing of ours would free space.
    if (stat?.device !== search.device) continue
    if (stat.kind === 'file') search.found.push({path, name, stat})
    if (stat.kind === 'directory' && level < search.depth) await searchFolder(search, path, level + 1)
  }
}

function isLike(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return name === pattern
  const last = rest.pop() ?? ''
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  let from = first.length
  for (const part of rest) {
    const at = name.indexOf(part, from)
    if (at < 0 || at + part.length > name.length - last.length) return false
    from = at + part.length
  }
  return true
}

function byAge(one: Found, other: Found): number {
  return one.stat.modifiedMs - other.stat.modifiedMs || (one.path < other.path ? -1 : 1)
}

function isWanted(
  stat: FileStat,
  {older_than: olderThanMs, larger_than: largerThanBytes}: Inputs,
  nowMs: number
): boolean {
  const isOld = nowMs - stat.modifiedMs > Math.max(quietMs, olderThanMs ?? 0)
  return isOld && stat.size > (largerThanBytes ?? -1)
}

/** The reason has no words of any language: it goes into plans, and from there into the journal. */
function itemOf({path, name, stat}: Found, nowMs: number): Json {
  const ageMs = Math.round(nowMs - stat.modifiedMs)
  const reason = `${formatDuration(ageMs)}, ${formatSize(stat.size)}`
  return {path, name, size: stat.size, age_ms: ageMs, reason}
}

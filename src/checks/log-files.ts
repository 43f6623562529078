import {reasonOf} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import type {Disk, FileStat} from '../host/disk.ts'
import {type CheckContext, skipped, unknown, type Verdict} from './check.ts'
import {parseMounts} from './mounts.ts'
import {fileSystemProbeMs} from './file-systems.ts'
import {readProc} from './proc.ts'

export interface LogFile {
  readonly path: string
  readonly form: LogForm
  readonly size: number
  readonly modifiedMs: number
}

/** How the lines are stored. `foreign` is compressed in a way that we cannot read. */
export type LogForm = 'plain' | 'gzip' | 'zstd' | 'foreign'

export interface LogFolder {
  /** Newest first. */
  readonly files: readonly LogFile[]
  /** What could not be looked at, so that nothing can be said about the lines in it. */
  readonly problems: readonly LogProblem[]
}

export interface LogProblem {
  readonly path: string
  readonly reason: string
}

/** The log files of `paths.logs`, or what a check says instead when there is nothing to look at. */
export async function logFilesOf(context: CheckContext): Promise<{folder: LogFolder} | {instead: Verdict}> {
  const {host, fileSystems, signal} = context
  const path = context.config.paths.logs
  const mount = await fileSystems.of(path)
  if (mount.status === 'silent') return {instead: unknown(finding('mount-silent', {path, afterMs: fileSystemProbeMs}))}
  // Where the probe could not be run, the folder itself tells.
  const top = mount.status === 'missing' ? undefined : await realFolder(host.disk, path)
  if (top === undefined) return {instead: missing(context)}
  if (typeof top !== 'string') return {instead: unknown(finding('not-readable', top))}
  const silent = await silentMounts(context, top)
  const folder = await findLogFiles(top, {
    disk: host.disk,
    signal,
    silent,
    nowMs: context.window.toMs,
    ...waysOf(context)
  })
  if (folder.files.length > 0) return {folder}
  const problem = folder.problems.find((one) => one.path === top)
  if (problem !== undefined) return {instead: unknown(finding('not-readable', {...problem}))}
  return folder.problems.length > 0 ? {folder} : {instead: unknown(finding('log-none', {path}))}
}

async function realFolder(disk: Disk, path: string): Promise<string | LogProblem | undefined> {
  try {
    return await disk.realPath(path)
  } catch (cause) {
    return {path, reason: reasonOf(cause)}
  }
}

/** Mounts below the folder that do not answer: even asking what such a name is would hang. */
async function silentMounts({host, fileSystems}: CheckContext, top: string): Promise<ReadonlySet<string>> {
  const mounts = parseMounts((await readProc(host, '/proc/self/mounts')) ?? '')
  const below = mounts.map(({point}) => point).filter((point) => point.startsWith(`${top.replace(/\/$/, '')}/`))
  const reached = [...new Set(below)].filter((point) => levelOf(point, top) < levelsMax)
  const found = await Promise.all(reached.map((point) => fileSystems.of(point)))
  return new Set(found.filter(({status}) => status === 'silent').map(({path}) => path))
}

/** 1 for what is in the folder itself. */
function levelOf(path: string, top: string): number {
  return path
    .slice(top.length)
    .split('/')
    .filter((name) => name !== '').length
}

/**
 * Who can write to a log folder can put links into it. Root would read for them what they may not read themselves, so
 * it follows none; others may only read what they may read anyway.
 */
export function waysOf({host}: CheckContext): Ways {
  const followsLinks = host.machine.uid !== 0
  return {followsLinks, open: followsLinks ? 'read' : 'read-unlinked'}
}

interface Ways {
  readonly followsLinks: boolean
  readonly open: 'read' | 'read-unlinked'
}

/** A default that does not exist is a machine without such logs; what was written down should be there. */
function missing(context: CheckContext): Verdict {
  const setting = 'paths.logs'
  const path = context.config.paths.logs
  if (!context.isSet(setting)) return skipped(finding('not-on-this-machine', {what: path}))
  return unknown(finding('path-missing', {path, setting}))
}

/** The folder, its sub-folders and theirs: `logs/<pod>/<container>/0.log` is the deepest arrangement in use. */
const levelsMax = 3
/** A folder with more names than this is no log folder, and looking at each would take longer than a check may. */
const namesMax = 10_000

export interface Searching {
  readonly disk: Disk
  readonly signal: AbortSignal
  readonly followsLinks: boolean
  readonly nowMs: number
  /** Folders that must not be touched. */
  readonly silent: ReadonlySet<string>
}

/**
 * The log files of a folder: `x.log`, `x.log.1`, `x.log-20261010`, `x-20261010.log`, compressed ones too. A file with
 * several names counts once. An archive that is being made from the file beside it is that file once more. The path of the folder
 * is a real one. A link that is not followed is a problem, unless it leads to what is found without it.
 */
export async function findLogFiles(folder: string, searching: Searching): Promise<LogFolder> {
  const search: Search = {...searching, files: new Map(), problems: [], links: [], looked: new Set(), names: 0}
  if (!search.signal.aborted) await searchFolder(search, folder, 1)
  const paths = new Set([...search.files.values()].map((file) => file.path))
  const files = [...search.files.values()].filter((file) => !isBeingMade(file, paths, search.nowMs))
  const links = search.links.filter(({target}) => !search.looked.has(target)).map(({path}) => ({path, reason: 'link'}))
  return {
    files: files.sort((left, right) => right.modifiedMs - left.modifiedMs),
    problems: [...search.problems, ...links]
  }
}

/** Long after the last write to an archive, whoever makes it has removed its original; what stands beside it is another. */
const makingMs = 60_000

function isBeingMade(file: LogFile, paths: ReadonlySet<string>, nowMs: number): boolean {
  const isBesides = file.form !== 'plain' && paths.has(file.path.replace(archiveEnding, ''))
  return isBesides && nowMs - file.modifiedMs < makingMs
}

interface Search extends Searching {
  readonly files: Map<string, LogFile>
  readonly problems: LogProblem[]
  readonly links: {readonly path: string; readonly target: string}[]
  /** Paths of log files and of folders. */
  readonly looked: Set<string>
  names: number
}

async function searchFolder(search: Search, folder: string, level: number): Promise<void> {
  let names: readonly string[]
  try {
    names = await search.disk.list(folder)
  } catch (cause) {
    search.problems.push({path: folder, reason: reasonOf(cause)})
    return
  }
  search.looked.add(folder)
  for (const name of names.toSorted()) {
    if (search.signal.aborted) return
    search.names += 1
    if (search.names > namesMax) {
      search.problems.push({path: folder, reason: 'too-many-names'})
      return
    }
    await searchName(search, {path: `${folder.replace(/\/$/, '')}/${name}`, name, level})
  }
}

interface Place {
  readonly path: string
  readonly name: string
  readonly level: number
}

async function searchName(search: Search, place: Place): Promise<void> {
  const {path, name, level} = place
  if (search.silent.has(path)) {
    search.problems.push({path, reason: 'mount-silent'})
    return
  }
  try {
    const found = await search.disk.stat(path)
    // A name that is not UTF-8 does not survive as text, and what it names cannot be found by it.
    if (found === undefined && name.includes('\uFFFD')) search.problems.push({path, reason: 'name-not-utf8'})
    const isFolder = found?.kind === 'directory' && level < levelsMax
    const isLog = found?.kind === 'file' && isLogName(name)
    if (!isFolder && !isLog) return
    const real = search.followsLinks ? path : await search.disk.realPath(path)
    if (real === undefined) return
    if (real !== path) search.links.push({path, target: real})
    else if (isFolder) await searchFolder(search, path, level + 1)
    else take(search, place, found)
  } catch (cause) {
    search.problems.push({path, reason: reasonOf(cause)})
  }
}

function take(search: Search, {path, name}: Place, {device, inode, size, modifiedMs}: FileStat): void {
  search.looked.add(path)
  // Inode numbers beyond 2^53 lose their last digits as numbers, and then neighbours look alike: never trust them alone.
  const identity = [device, inode, size, modifiedMs].join(':')
  if (!search.files.has(identity)) search.files.set(identity, {path, form: formOf(name), size, modifiedMs})
}

/** Hidden files are half-written copies and editors' leftovers. */
export function isLogName(name: string): boolean {
  return /^[^.].*\.log(?:$|[.-])/s.test(name)
}

const archiveEnding = /\.(?:gz|zst|xz|bz2|lz4|lzma|lzo|br|zip|Z)$/

export function formOf(name: string): LogForm {
  if (name.endsWith('.gz')) return 'gzip'
  if (name.endsWith('.zst')) return 'zstd'
  return archiveEnding.test(name) ? 'foreign' : 'plain'
}

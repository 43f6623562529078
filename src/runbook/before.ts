import type {Disk, FileStat} from '../host/disk.ts'
import {readContent, sha256Of} from './content.ts'
import type {Json} from './step.ts'

/** What a plan says of a file, as `stateOf` wrote it: for an undo, which may come long after. Null was unknown. */
type State = Readonly<Record<string, Json | undefined>>

export interface Planned {
  readonly disk: Disk
  readonly path: string
  /** Of what is at the path. */
  readonly planned: Json
}

/** One part of what was planned on, where that has parts. */
export function partIn(planned: Json, key: string): Json {
  return stateIn(planned)?.[key] ?? null
}

/** Whether the path holds what it held before; of what nobody knows, it does not. */
export async function isAsBefore({disk, path, planned}: Planned): Promise<boolean> {
  const before = stateIn(planned)
  if (before === undefined) return false
  const now = await disk.lstat(path)
  if (now === undefined) return before.state === 'absent'
  if (before.state !== 'file' || now.kind !== 'file') return false
  const {size, uid, gid} = now
  const mode = now.mode.toString(8).padStart(4, '0')
  if (!fits(before, {size, uid, gid, mode})) return false
  // A copy that was brought back is as good as the file itself.
  if (typeof before.sha256 === 'string') return hasContent(disk, path, before.sha256)
  return fits(before, {inode: now.inode, modified_ms: now.modifiedMs})
}

/** Whether this is the very file that was planned on, however it has grown since; of one that nobody knew, any may be. */
export async function isFileOf(now: FileStat, {disk, path, planned}: Planned): Promise<boolean> {
  const before = stateIn(planned)
  if (before === undefined) return true
  if (typeof before.inode === 'number') return before.inode === now.inode
  if (!fits(before, {size: now.size})) return false
  return typeof before.sha256 === 'string' ? hasContent(disk, path, before.sha256) : true
}

function stateIn(planned: Json): State | undefined {
  return typeof planned === 'object' && planned !== null && !Array.isArray(planned) ? (planned as State) : undefined
}

function fits(before: State, now: Readonly<Record<string, Json>>): boolean {
  return Object.entries(now).every(([key, value]) => (before[key] ?? null) === null || before[key] === value)
}

async function hasContent(disk: Disk, path: string, sha256: string): Promise<boolean> {
  const found = await readContent(disk, path)
  return found !== null && sha256Of(found) === sha256
}

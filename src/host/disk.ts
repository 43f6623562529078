import {constants, type Stats} from 'node:fs'
import {access, link, lstat, mkdir, open, readdir, readlink} from 'node:fs/promises'
import {realpath, rename, rmdir, stat, statfs, unlink, type FileHandle} from 'node:fs/promises'
import {assert} from '../base/assert.ts'
import {reasonOf} from '../base/fault.ts'

/**
 * The disk as a list of operations small enough that each can fail on its own: a simulated disk refuses the Nth of
 * them, and everything that must survive a crash (see `files.ts`) is written in these words alone.
 */
export interface Disk {
  open(path: string, how: OpenHow, mode?: number): Promise<OpenFile>
  /** Follows links, as `open` does. Undefined when there is nothing at the path. */
  stat(path: string): Promise<FileStat | undefined>
  /** Of the name itself: a link is told as one, wherever it leads. Undefined when there is no such name. */
  lstat(path: string): Promise<FileStat | undefined>
  /** The path without links. Undefined when there is nothing at the path. */
  realPath(path: string): Promise<string | undefined>
  /** Names in a folder, unsorted, without `.` and `..`. */
  list(path: string): Promise<string[]>
  makeDirectory(path: string, mode: number): Promise<void>
  /** Whether we may write the file, or make and remove names in the folder. What is not there may not be written. */
  mayWrite(path: string): Promise<boolean>
  /** A second name for the same file, of a link for the link itself. Never replaces: EEXIST when the name is taken. */
  link(from: string, to: string): Promise<void>
  /** Replaces what has the new name, as one change. */
  rename(from: string, to: string): Promise<void>
  /** A file, a link itself, or an empty folder. */
  remove(path: string): Promise<void>
  /** Makes the names in a folder durable: a rename is not safe before it. */
  syncDirectory(path: string): Promise<void>
  /** Of the file system that holds the path. */
  space(path: string): Promise<Space>
}

export interface Space {
  /** What we may still take: less than what is free where some of it is kept for root. */
  readonly freeBytes: number
  readonly totalBytes: number
}

/**
 * `read` what exists, folders and devices too, without ever waiting for the other end of a FIFO: look at `stat().kind`
 * before reading. `read-unlinked` the same of a real path, and ELOOP where a link has taken the place of any part of it.
 * `create` a new file for writing: EEXIST when the name is taken, even by a link that leads nowhere.
 * `write` a regular file that exists, as it is: ELOOP where the last name is a link, ENXIO for a device or a FIFO.
 * A new file is for its owner alone unless a mode says otherwise; the umask narrows that mode.
 */
export type OpenHow = 'read' | 'read-unlinked' | 'create' | 'write'

export interface OpenFile {
  /** Bytes read, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of it; when it fails, some of it may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** As `write`, of all parts one behind the other; they are read while it lasts, and may lie in shared memory. */
  writeAll(parts: readonly Uint8Array[], position: number): Promise<void>
  /** When it fails, what was written may never become durable: a later success says nothing about it. */
  sync(): Promise<void>
  /** As `sync`, of the bytes and what is needed to find them again: not of owner, mode and times. */
  syncData(): Promise<void>
  stat(): Promise<FileStat>
  /**
   * Of a folder too, however it is open; the umask does not narrow the mode. An owner that stays is not asked for, so
   * that whoever owns the file needs no privilege. Durable once synced.
   */
  setAttributes(attributes: Attributes): Promise<void>
  /** The file is closed even when this fails. */
  close(): Promise<void>
}

/** Whose it is, and what others may do with it. */
export interface Attributes {
  readonly uid: number
  readonly gid: number
  /** The permission bits, with those for setuid, setgid and sticky. */
  readonly mode: number
}

export interface FileStat extends Attributes {
  /** `link` is only ever said by `lstat`. */
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly size: number
  readonly modifiedMs: number
  /** Which file it is: stays when the file is renamed. */
  readonly inode: number
  readonly device: number
  /** How many names the file has. Says nothing about a folder: each file system counts those in its own way. */
  readonly links: number
}

export function realDisk(): Disk {
  return {
    async open(path, how, mode = 0o600) {
      const handle = await open(path, openFlags[how], mode)
      if (how === 'read-unlinked') await closeUnless(handle, () => refuseLinked(handle, path))
      if (how === 'write') await closeUnless(handle, () => refuseSpecial(handle))
      return openFile(handle)
    },
    stat: (path) => unlessAbsent(async () => fileStat(await stat(path))),
    lstat: (path) => unlessAbsent(async () => fileStat(await lstat(path))),
    realPath: (path) => unlessAbsent(() => realpath(path)),
    list: (path) => readdir(path),
    async makeDirectory(path, mode) {
      await mkdir(path, {mode})
    },
    mayWrite,
    link,
    rename,
    remove,
    syncDirectory,
    async space(path) {
      const {bsize, bavail, blocks} = await statfs(path)
      return {freeBytes: bavail * bsize, totalBytes: blocks * bsize}
    }
  }
}

/** Whether an error says that there is nothing at the path. ESRCH: a file in /proc whose process ended after the open. */
export function isAbsent(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ESRCH'].includes(reasonOf(cause))
}

async function unlessAbsent<Found>(look: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await look()
  } catch (cause) {
    if (isAbsent(cause)) return undefined
    throw cause
  }
}

const openFlags = {
  // Without O_NOCTTY, a terminal opened by mistake could become ours and end us when it hangs up.
  read: constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
  'read-unlinked': constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
  // Without O_NONBLOCK, a FIFO would be waited for until somebody reads it.
  write: constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW
} as const

async function closeUnless(handle: FileHandle, isFit: () => Promise<void>): Promise<void> {
  try {
    await isFit()
  } catch (cause) {
    await handle.close()
    throw cause
  }
}

/** O_NOFOLLOW keeps us from touching what the last name links to; a link before it shows in where the opened file is. */
async function refuseLinked(handle: FileHandle, path: string): Promise<void> {
  if ((await readlink(`/proc/self/fd/${handle.fd}`)) === path) return
  throw Object.assign(new Error('a link leads elsewhere'), {code: 'ELOOP'})
}

/** The kernel itself says ENXIO for a socket, and for a FIFO that nobody reads. */
async function refuseSpecial(handle: FileHandle): Promise<void> {
  if ((await handle.stat()).isFile()) return
  throw Object.assign(new Error('not a regular file'), {code: 'ENXIO'})
}

function openFile(handle: FileHandle): OpenFile {
  return {
    async read(into, position) {
      const {bytesRead} = await handle.read(into, 0, into.length, position)
      return bytesRead
    },
    write: (bytes, position) => writeAll(handle, [bytes], position),
    writeAll: (parts, position) => writeAll(handle, parts, position),
    sync: () => handle.sync(),
    syncData: () => handle.datasync(),
    stat: async () => fileStat(await handle.stat()),
    async setAttributes({uid, gid, mode}) {
      const found = await handle.stat()
      if (found.uid !== uid || found.gid !== gid) await handle.chown(uid, gid)
      // After the owner: a change of that one takes the bits for setuid and setgid away.
      await handle.chmod(mode)
    },
    close: () => handle.close()
  }
}

async function writeAll(handle: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  let left = parts.filter(({length}) => length > 0)
  let at = position
  while (left.length > 0) {
    const {bytesWritten} = await handle.writev(left, at)
    assert(bytesWritten > 0, 'the system took none of the bytes and reported no error')
    left = behind(left, bytesWritten)
    at += bytesWritten
  }
}

/** What is left of the parts behind so many bytes of them. */
function behind(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let passed = bytes
  const left: Uint8Array[] = []
  for (const part of parts) {
    const skipped = Math.min(passed, part.length)
    passed -= skipped
    if (skipped < part.length) left.push(part.subarray(skipped))
  }
  return left
}

function fileStat(stats: Stats): FileStat {
  return {
    kind: kindOf(stats),
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    modifiedMs: stats.mtimeMs,
    inode: stats.ino,
    device: stats.dev,
    links: stats.nlink
  }
}

function kindOf(stats: Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    const isFolder = (await stat(path)).isDirectory()
    await access(path, isFolder ? constants.W_OK | constants.X_OK : constants.W_OK)
    return true
  } catch (cause) {
    if (isAbsent(cause) || isForbidden(cause)) return false
    throw cause
  }
}

/** Whether an error says that we may not. EPERM: the file or folder was made immutable. */
function isForbidden(cause: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(reasonOf(cause))
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (cause) {
    if (reasonOf(cause) !== 'EISDIR') throw cause
    await rmdir(path)
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } catch (cause) {
    // Some network and user-space file systems cannot sync a folder and say so; there is nothing better to do on them.
    if (reasonOf(cause) !== 'EINVAL') throw cause
  } finally {
    await handle.close()
  }
}

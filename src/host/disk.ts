import {constants, type Stats} from 'node:fs'
import {type FileHandle, mkdir, open, readdir, readlink, realpath, rename, rmdir, stat, unlink} from 'node:fs/promises'
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
  /** The path without links. Undefined when there is nothing at the path. */
  realPath(path: string): Promise<string | undefined>
  /** Names in a folder, unsorted, without `.` and `..`. */
  list(path: string): Promise<string[]>
  makeDirectory(path: string, mode: number): Promise<void>
  /** Replaces what has the new name, as one change. */
  rename(from: string, to: string): Promise<void>
  /** A file, a link itself, or an empty folder. */
  remove(path: string): Promise<void>
  /** Makes the names in a folder durable: a rename is not safe before it. */
  syncDirectory(path: string): Promise<void>
}

/**
 * `read` what exists, folders and devices too, without ever waiting for the other end of a FIFO: look at `stat().kind`
 * before reading. `read-unlinked` the same of a real path, and ELOOP where a link has taken the place of any part of it.
 * `create` a new file for writing: EEXIST when the name is taken, even by a link that leads nowhere.
 * A new file is for its owner alone unless a mode says otherwise; the umask narrows that mode.
 */
export type OpenHow = 'read' | 'read-unlinked' | 'create'

export interface OpenFile {
  /** Bytes read, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of it; when it fails, some of it may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** When it fails, what was written may never become durable: a later success says nothing about it. */
  sync(): Promise<void>
  stat(): Promise<FileStat>
  /** The file is closed even when this fails. */
  close(): Promise<void>
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modifiedMs: number
  /** Which file it is: stays when the file is renamed. */
  readonly inode: number
  readonly device: number
}

export function realDisk(): Disk {
  return {
    async open(path, how, mode = 0o600) {
      const handle = await open(path, openFlags[how], mode)
      if (how === 'read-unlinked') await refuseLinked(handle, path)
      return openFile(handle)
    },
    stat: (path) => unlessAbsent(async () => fileStat(await stat(path))),
    realPath: (path) => unlessAbsent(() => realpath(path)),
    list: (path) => readdir(path),
    async makeDirectory(path, mode) {
      await mkdir(path, {mode})
    },
    rename,
    remove,
    syncDirectory
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
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
} as const

/** O_NOFOLLOW keeps us from touching what the last name links to; a link before it shows in where the opened file is. */
async function refuseLinked(handle: FileHandle, path: string): Promise<void> {
  try {
    if ((await readlink(`/proc/self/fd/${handle.fd}`)) === path) return
    throw Object.assign(new Error('a link leads elsewhere'), {code: 'ELOOP'})
  } catch (cause) {
    await handle.close()
    throw cause
  }
}

function openFile(handle: FileHandle): OpenFile {
  return {
    async read(into, position) {
      const {bytesRead} = await handle.read(into, 0, into.length, position)
      return bytesRead
    },
    async write(bytes, position) {
      let written = 0
      while (written < bytes.length) {
        const {bytesWritten} = await handle.write(bytes, written, bytes.length - written, position + written)
        assert(bytesWritten > 0, 'the system took none of the bytes and reported no error')
        written += bytesWritten
      }
    },
    sync: () => handle.sync(),
    stat: async () => fileStat(await handle.stat()),
    close: () => handle.close()
  }
}

function fileStat(stats: Stats): FileStat {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    modifiedMs: stats.mtimeMs,
    inode: stats.ino,
    device: stats.dev
  }
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

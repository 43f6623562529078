import {basename, dirname, join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import type {Random} from '../base/random.ts'
import {isAbsent, type Disk, type OpenFile} from './disk.ts'

/**
 * Whole files, kept whole. When `writeAtomic`, `makeFolder` or `moveAside` returns, what it did survives power loss;
 * when it throws, or the machine stops in the middle, a file holds all of the old content or all of the new.
 * A crash (not a failure) may leave a temporary file behind: `.NAME.RANDOM.tmp`, beside the file; see `removeLeftovers`.
 */

/**
 * Undefined when there is no such file. A file over the bound is refused (`too big`), and so is what is no file at all
 * (`not a file`). Files in /proc say that their size is 0, so the end of the reading decides, not the size.
 */
export async function readWhole(disk: Disk, path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  try {
    const file = await disk.open(path, 'read')
    try {
      return await readToEnd(file, path, bytesMax)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    if (isAbsent(cause)) return undefined
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  }
}

/** As `readWhole`, as UTF-8 without its byte order mark; bytes that are no UTF-8 become U+FFFD. */
export async function readText(disk: Disk, path: string, bytesMax: number): Promise<string | undefined> {
  const bytes = await readWhole(disk, path, bytesMax)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

export interface Content {
  readonly bytes: Uint8Array
  /** Of the new file, narrowed by the umask; mode and owner of a file that is replaced are not taken over. */
  readonly mode: number
  readonly random: Random
}

/**
 * Puts the new content in place of the old. When it throws, the old content is there, with one exception: when the
 * very last sync, of the folder, fails, the new content is there and power loss may bring the old one back.
 */
export async function writeAtomic(disk: Disk, path: string, content: Content): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomSuffix(content.random)}.tmp`)
  try {
    const file = await disk.open(temporary, 'create', content.mode)
    try {
      await writeAndClose(file, content.bytes)
      await disk.rename(temporary, path)
    } catch (cause) {
      await removeIfPossible(disk, temporary)
      throw cause
    }
    await disk.syncDirectory(dirname(path))
  } catch (cause) {
    refuse(path, cause)
  }
}

/** Takes away what crashes have left beside a file that is written this way, once nobody can still be at it. */
export async function removeLeftovers(disk: Disk, path: string, olderThanMs: number): Promise<void> {
  const folder = dirname(path)
  for (const name of await disk.list(folder)) {
    if (!name.startsWith(`.${basename(path)}.`) || !name.endsWith('.tmp')) continue
    const found = await disk.stat(join(folder, name))
    if (found !== undefined && found.modifiedMs < olderThanMs) await removeIfPossible(disk, join(folder, name))
  }
}

/** Makes a folder and those above it that are missing; one that exists is left as it is. */
export async function makeFolder(disk: Disk, path: string, mode: number): Promise<void> {
  try {
    await makeMissing(disk, path, mode)
  } catch (cause) {
    refuse(path, cause)
  }
}

/** Renames a damaged file to `PATH.SUFFIX`, or `PATH.SUFFIX.2` and so on where that is taken, and says to which. */
export async function moveAside(disk: Disk, path: string, suffix: string): Promise<string> {
  try {
    const aside = await reserveName(disk, `${path}.${suffix}`)
    try {
      await aside.file.close()
      await disk.rename(path, aside.path)
    } catch (cause) {
      await removeIfPossible(disk, aside.path)
      throw cause
    }
    await disk.syncDirectory(dirname(path))
    return aside.path
  } catch (cause) {
    refuse(path, cause)
  }
}

/** Takes away the oldest of what `moveAside` has put beside a file, but for so many. */
export async function removeAside(disk: Disk, path: string, {suffix, keep}: Aside): Promise<void> {
  const folder = dirname(path)
  const stem = `${basename(path)}.${suffix}`
  const copies: {readonly path: string; readonly modifiedMs: number}[] = []
  for (const name of await disk.list(folder)) {
    if (!name.startsWith(stem) || !/^(?:\.\d+)?$/.test(name.slice(stem.length))) continue
    const found = await disk.stat(join(folder, name))
    if (found?.kind === 'file') copies.push({path: join(folder, name), modifiedMs: found.modifiedMs})
  }
  copies.sort((left, right) => right.modifiedMs - left.modifiedMs)
  for (const copy of copies.slice(keep)) await removeIfPossible(disk, copy.path)
}

export interface Aside {
  readonly suffix: string
  readonly keep: number
}

// One read then holds all of a usual file in /proc: a second one could already see another state of the system.
const firstReadBytes = 1 << 16

async function readToEnd(file: OpenFile, path: string, bytesMax: number): Promise<Uint8Array> {
  const {kind, size} = await file.stat()
  if (kind !== 'file') throw new Fault('file-unreadable', {path, reason: 'not a file'})
  // One byte more than allowed, and more than the file says it has, shows that it is too big, or that it grew.
  let buffer = new Uint8Array(Math.min(Math.max(size + 1, firstReadBytes), bytesMax + 1))
  let length = 0
  while (length <= bytesMax) {
    if (length === buffer.length) buffer = grown(buffer, bytesMax + 1)
    const count = await file.read(buffer.subarray(length), length)
    if (count === 0) return buffer.slice(0, length)
    length += count
  }
  throw new Fault('file-unreadable', {path, reason: 'too big'})
}

function grown(buffer: Uint8Array, bytesMax: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(buffer.length * 2, bytesMax))
  larger.set(buffer)
  return larger
}

/** Eight letters or digits: another process cannot guess the name, and two of ours do not meet. */
export function randomSuffix(random: Random): string {
  return Array.from({length: 8}, () => random.below(36).toString(36)).join('')
}

function refuse(path: string, cause: unknown): never {
  if (cause instanceof Fault) throw cause
  throw new Fault('file-unwritable', {path, reason: reasonOf(cause)}, {cause})
}

async function writeAndClose(file: OpenFile, bytes: Uint8Array): Promise<void> {
  try {
    await file.write(bytes, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function removeIfPossible(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path)
  } catch {
    // The first failure is the one to report; on a disk that refuses removal too, the leftover does no harm.
  }
}

async function makeMissing(disk: Disk, path: string, mode: number): Promise<void> {
  const found = await disk.stat(path)
  if (found?.kind === 'directory') return
  if (found !== undefined) throw new Fault('file-unwritable', {path, reason: 'ENOTDIR'})
  const parent = dirname(path)
  if (parent !== path) await makeMissing(disk, parent, mode)
  try {
    await disk.makeDirectory(path, mode)
  } catch (cause) {
    if (reasonOf(cause) === 'EEXIST') return
    throw cause
  }
  try {
    await disk.syncDirectory(parent)
  } catch (cause) {
    // Left in place, it would look finished to the next attempt, which then would not sync its name.
    await removeIfPossible(disk, path)
    throw cause
  }
}

// So many damaged copies of one file mean that nobody looks at them; another one would not help.
const asideMax = 100

/** Takes a free name with an empty file, which the rename then replaces: nobody else can take it in between. */
async function reserveName(disk: Disk, wanted: string): Promise<{path: string; file: OpenFile}> {
  for (let count = 1; ; count += 1) {
    const path = count === 1 ? wanted : `${wanted}.${count}`
    try {
      return {path, file: await disk.open(path, 'create')}
    } catch (cause) {
      if (reasonOf(cause) !== 'EEXIST' || count === asideMax) throw cause
    }
  }
}

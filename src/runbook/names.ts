import {dirname} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import {isAbsent, type Disk, type FileStat} from '../host/disk.ts'

/** Changing what names a file has, so that at no moment it has none, and nothing else is ever replaced. */

export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path)
  } catch (cause) {
    if (!isAbsent(cause)) throw cause
  }
}

/** Moves a file to a name that nothing has. In between it has both, or, where no file can have two, the old one. */
export async function moveToFree(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to)
  } catch (cause) {
    if (reasonOf(cause) === 'EEXIST') throw new Fault('target-taken', {path: to}, {cause})
    if (!isLinkless(cause)) throw cause
    if ((await disk.lstat(to)) !== undefined) throw new Fault('target-taken', {path: to}, {cause})
    await disk.rename(from, to)
    await disk.syncDirectory(dirname(to))
    await disk.syncDirectory(dirname(from))
    return
  }
  await dropName(disk, from, to)
}

/** Takes one of its two names from a file, once the other one is safe. */
export async function dropName(disk: Disk, name: string, other: string): Promise<void> {
  await disk.syncDirectory(dirname(other))
  const found = await disk.lstat(name)
  // Two paths can be one name: by a mount of the same folder, or where large and small letters are the same.
  if (found === undefined || found.links < 2) throw new Fault('target-changed', {path: name})
  await disk.remove(name)
  await disk.syncDirectory(dirname(name))
}

/** Inode numbers beyond 2^53 lose their last digits as numbers, and then neighbours look alike: never trust them alone. */
export function isSameFile(one: FileStat, other: FileStat): boolean {
  const {device, inode, size, modifiedMs} = one
  return other.device === device && other.inode === inode && other.size === size && other.modifiedMs === modifiedMs
}

/** The file system knows no second names, or the kernel allows none for a file of somebody else. */
export function isLinkless(cause: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(reasonOf(cause))
}

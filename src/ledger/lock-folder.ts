import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import type {Attributes, OpenFile} from '../host/disk.ts'
import {randomSuffix, removeLeftovers} from '../host/files.ts'
import type {Host} from '../host/host.ts'

const locksName = '.logcaster-locks'

export function lockFolderOf(resourceFolder: string): string {
  return join(resourceFolder, locksName)
}

/**
 * The folder for the locks of what lies in this folder, made when it is not there. Whoever may write into the one may
 * write into the other: else root, who came first, would shut out the user whose resource it is.
 */
export async function makeLockFolder(
  {disk, random}: Pick<Host, 'disk' | 'random'>,
  resourceFolder: string
): Promise<string> {
  const path = lockFolderOf(resourceFolder)
  if (await isThere(disk, path)) return path
  const above = await disk.stat(resourceFolder)
  if (above === undefined) throw new Fault('lock-unwritable', {path, reason: 'ENOENT'})
  // Under another name until it is fit for use: a user who comes in between must not find a folder of root's alone.
  const temporary = join(resourceFolder, `.${locksName}.${randomSuffix(random)}.tmp`)
  await disk.makeDirectory(temporary, 0o700)
  try {
    await giveAttributes(disk, temporary, above)
    await disk.rename(temporary, path)
  } catch (cause) {
    await disk.remove(temporary)
    // Somebody else was faster, and already has a lock in there: an empty one would have been replaced.
    if (!['EEXIST', 'ENOTEMPTY'].includes(reasonOf(cause)) || !(await isThere(disk, path))) throw cause
  }
  return path
}

// Between making it and renaming it lie a few system calls; whoever began an hour ago was killed in between.
const leftoverAgeMs = 3_600_000

/** Takes away the folders that were half made when somebody was killed. */
export async function removeHalfMade(
  {clock, disk}: Pick<Host, 'clock' | 'disk'>,
  resourceFolder: string
): Promise<void> {
  try {
    await removeLeftovers(disk, lockFolderOf(resourceFolder), clock.now() - leftoverAgeMs)
  } catch {
    // A folder that may be written to but not listed; an empty folder in it does no harm.
  }
}

/** A link could lead our files, written as root, to wherever its owner wants them. */
async function isThere(disk: Host['disk'], path: string): Promise<boolean> {
  const found = await disk.lstat(path)
  if (found !== undefined && found.kind !== 'directory') throw new Fault('lock-unwritable', {path, reason: 'ENOTDIR'})
  return found !== undefined
}

async function giveAttributes(disk: Host['disk'], path: string, above: Attributes): Promise<void> {
  const folder = await disk.open(path, 'read')
  try {
    await setAsAbove(folder, above)
  } finally {
    await folder.close()
  }
}

async function setAsAbove(folder: OpenFile, above: Attributes): Promise<void> {
  const {uid, gid} = await folder.stat()
  // Not sticky, even where the folder is, as /tmp would be: everybody must be able to remove the lock of another user who
  // is gone. Who may write there can then remove the locks of those who live, too; he could do as he likes without any.
  const mode = above.mode & 0o777
  try {
    // Only root can give it away; somebody who shares the folder by its group keeps what he made, and shares it alike.
    await folder.setAttributes({uid: uid === 0 ? above.uid : uid, gid: above.gid, mode})
  } catch (cause) {
    if (reasonOf(cause) !== 'EPERM' || gid === above.gid) throw cause
    // He may not give it to that group, and his own group is not the one that the mode means.
    await folder.setAttributes({uid, gid, mode: mode & 0o707})
  }
}

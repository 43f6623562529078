import {Fault} from '../base/fault.ts'
import {foldersAbove, isUnsafe, isUnsafeFolder, told, type Ownership} from '../base/safety.ts'
import type {Host} from '../host/host.ts'

/**
 * Refuses a state folder in which somebody else could write or replace the journal. Folders above it may belong to root;
 * who can write to one of those could put another folder in the place of ours.
 */
export async function refuseUnsafe({disk}: Pick<Host, 'disk'>, stateFolder: string, uid: number): Promise<void> {
  const real = (await disk.realPath(stateFolder)) ?? stateFolder
  const own = await disk.stat(real)
  // Even one of root's is not ours: what we write into it, root's own runs would take for theirs.
  if (own !== undefined) refuse(real, own, own.uid === uid ? isUnsafe(own, uid) : 'owner')
  for (const folder of new Set([...foldersAbove(real), ...foldersAbove(stateFolder)])) {
    const above = await disk.stat(folder)
    if (above !== undefined) refuse(folder, above, isUnsafeFolder(above, uid))
  }
}

function refuse(path: string, found: Ownership, reason: 'owner' | 'mode' | undefined): void {
  const [unsafe] = told(path, found, reason)
  if (unsafe !== undefined) throw new Fault('journal-unsafe', {...unsafe})
}

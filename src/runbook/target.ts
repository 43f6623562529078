import {Fault} from '../base/fault.ts'
import type {FileFact, FolderFact, HeldFact} from './facts.ts'
import {areaOf, isOurs} from './holding.ts'
import type {Json, StepPlace} from './step.ts'

/** What speaks for and against changing what a path names. All of it is known before the first step acts. */
export interface Target {
  readonly path: string
  readonly fact: FileFact
  readonly at: StepPlace
}

/** What must be so whatever is wanted of the name: it can only ever be a regular file, or nothing. */
export function wrongTarget({path, fact}: Target): readonly Fault[] {
  const wrong = wrongFolder(path, fact.folder)
  return wrong.length > 0 ? wrong : wrongName(path, fact)
}

export function wrongFolder(path: string, folder: FolderFact): readonly Fault[] {
  if (isOurs(path) || (folder.realPath !== null && isOurs(folder.realPath))) return [refused(path, 'ours')]
  switch (folder.state) {
    case 'absent':
      return [refused(path, 'folder-absent')]
    case 'other':
      return [refused(path, 'folder-other')]
    case 'unreadable':
      return [refused(path, 'folder-unreadable')]
    case 'directory':
      return []
  }
}

function wrongName(path: string, fact: FileFact): readonly Fault[] {
  switch (fact.state) {
    case 'unreadable':
      return [new Fault('target-unreadable', {path, reason: fact.reason})]
    case 'link':
    case 'directory':
    case 'other':
      return [refused(path, fact.state)]
    case 'absent':
    case 'file':
      return []
  }
}

/** For root: nobody else could do it either. */
export function lockedFolder({path, fact, at}: Target): readonly Fault[] {
  return at.uid === 0 && !fact.folder.isWritable ? [refused(path, 'read-only')] : []
}

/** Others may need root for what the folder does not allow them. */
export function isLocked({fact, at}: Target): boolean {
  return at.uid !== 0 && !fact.folder.isWritable
}

export function isForeign({fact, at}: Target): boolean {
  return fact.state === 'file' && fact.uid !== null && fact.uid !== at.uid
}

/** Where what is removed or replaced from the folder is kept. */
export function wrongArea(folder: string, held: HeldFact): readonly Fault[] {
  const isGood = held.state === 'absent' || held.state === 'ours'
  return isGood ? [] : [new Fault('held-foreign', {path: areaOf(folder)})]
}

/** The folder in which steps of this kind may act, and some name in it: of that, it is known where the folder really is. */
export function topOf(within: string | null, at: StepPlace): {readonly path: string; readonly name: string} {
  const path = within ?? at.config.paths.logs
  return {path, name: areaOf(path)}
}

/** Links and mounts are no way out: what counts is where both folders really are. */
export function outside(target: Target, top: FileFact, within: string | null): readonly Fault[] {
  const {path, fact, at} = target
  const [folder, real] = [fact.folder.realPath, top.folder.realPath]
  const isInside = folder !== null && real !== null && isWithin(folder, real)
  return isInside ? [] : [new Fault('target-outside', {path, within: topOf(within, at).path})]
}

/** What was written to more recently may be written to again, by somebody who opens it for each line. */
export const quietMs = 60_000

/** Both without links. */
function isWithin(folder: string, top: string): boolean {
  return folder === top || folder.startsWith(top === '/' ? top : `${top}/`)
}

export function refused(path: string, reason: RefusalReason): Fault {
  return new Fault('target-refused', {path, reason})
}

type RefusalReason = Fault<'target-refused'>['values']['reason']

/** For `before` and `after` of a plan. What is unknown is null, and the real folder tells of a link that was turned. */
export function stateOf(fact: FileFact): Json {
  const {state, folder} = fact
  if (state !== 'file') return {state, folder: folder.realPath}
  const {size, uid, gid, inode, sha256} = fact
  const mode = fact.mode.toString(8).padStart(4, '0')
  return {state, folder: folder.realPath, size, mode, uid, gid, inode, modified_ms: fact.modifiedMs, sha256}
}

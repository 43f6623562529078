import {basename, dirname} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import {record} from '../../config/shape.ts'
import {isFileOf, partIn} from '../before.ts'
import type {FileFact} from '../facts.ts'
import {plainPath} from '../fields.ts'
import {applied, undone} from '../mishap.ts'
import {dropName, isSameFile, moveToFree} from '../names.ts'
import {noOutputs, type Applied, type Outlook, type StepKind, type Undoing, type Undone, type Work} from '../step.ts'
import {isLocked, lockedFolder, refused, stateOf, wrongTarget, type Target} from '../target.ts'

/**
 * One regular file gets a name that is free, on the same file system. Nothing is ever replaced. Who has the file open
 * goes on with it under its new name, as after a rotation.
 */
export const fileMove: StepKind<Inputs> = {
  name: 'file.move',
  about: {en: 'Gives a file a new name that nothing has', ko: '파일을 비어 있는 새 이름으로 옮김'},
  fields: record({from: plainPath(), to: plainPath()}),
  subjects: ({from, to}) => [
    {type: 'file', path: from},
    {type: 'file', path: to}
  ],
  plan({from, to}, facts, at) {
    const source = {path: from, fact: facts.file(from), at}
    const target = {path: to, fact: facts.file(to), at}
    const wrong = [...wrongTarget(source), ...wrongTarget(target)]
    if (wrong.length > 0) return {action: 'refuse', target: from, reasons: wrong}
    // That it is the same file cannot be told any more: it is where it should be.
    if (source.fact.state === 'absent' && target.fact.state === 'file') {
      return {action: 'nothing', target: from, said: finding('step-file-moved', {from, to})}
    }
    const reasons = [...lockedFolder(source), ...lockedFolder(target), ...wrongPair(source, target)]
    if (reasons.length > 0) return {action: 'refuse', target: from, reasons}
    return changeOf(source, target)
  },
  apply,
  secure,
  undo
}

interface Inputs {
  readonly from: string
  readonly to: string
}

function wrongPair(source: Target, target: Target): readonly Fault[] {
  const [from, to] = [source.fact, target.fact]
  if (from.state !== 'file') return [refused(source.path, 'absent')]
  if (isOneName(source, target)) return [refused(target.path, 'same-name')]
  if (from.folder.device !== to.folder.device) return [refused(target.path, 'other-file-system')]
  return to.state === 'absent' || isHalfDone(from, to) ? [] : [refused(target.path, 'taken')]
}

function isOneName(source: Target, target: Target): boolean {
  const [one, other] = [source.fact.folder, target.fact.folder]
  const isOneFolder = one.realPath === other.realPath || (one.device === other.device && one.inode === other.inode)
  return isOneFolder && basename(source.path) === basename(target.path)
}

/** Both names of one file: a move that was broken off in the middle. */
function isHalfDone(from: FileFact, to: FileFact): boolean {
  if (from.state !== 'file' || to.state !== 'file' || from.inode === null || from.links === 1) return false
  return from.device === to.device && from.inode === to.inode && from.size === to.size
}

function changeOf(source: Target, target: Target): Outlook {
  const [{path: from, fact: here}, {path: to, fact: there}] = [source, target]
  const gone: FileFact = {type: 'file', folder: here.folder, state: 'absent'}
  const arrived: FileFact = {...here, folder: there.folder}
  return {
    action: 'change',
    target: from,
    said: finding('step-file-move', {from, to}),
    before: {from: stateOf(here), to: stateOf(there)},
    after: {from: stateOf(gone), to: stateOf(arrived)},
    isReversible: true,
    isObservable: true,
    isHalfDone: isHalfDone(here, there),
    risk: 'low',
    effects: [
      {subject: {type: 'file', path: from}, fact: gone},
      {subject: {type: 'file', path: to}, fact: arrived}
    ],
    needs: {root: isLocked(source) || isLocked(target), programs: [], spaceBytes: 0}
  }
}

async function apply({inputs: {from, to}, host: {disk}}: Work<Inputs>): Promise<Applied> {
  return applied(from, async () => {
    const [here, there] = [await disk.lstat(from), await disk.lstat(to)]
    if (here?.kind !== 'file') throw new Fault('target-changed', {path: from})
    if (there === undefined) await moveToFree(disk, from, to)
    else if (isSameFile(here, there)) await dropName(disk, from, to)
    else throw new Fault('target-taken', {path: to})
    return {values: {from, to}}
  })
}

async function secure({inputs: {from, to}, host: {disk}}: Work<Inputs>): Promise<Applied> {
  return applied(from, async () => {
    for (const path of [to, from]) await disk.syncDirectory(dirname(path))
    return noOutputs
  })
}

async function undo({inputs: {from, to}, host: {disk}, before, isShaken}: Undoing<Inputs>): Promise<Undone> {
  const planned = isShaken ? null : partIn(before, 'from')
  return undone(to, async () => {
    const [here, there] = [await disk.lstat(from), await disk.lstat(to)]
    if (there === undefined) {
      if (here === undefined) throw new Fault('target-changed', {path: to})
    } else if (here === undefined) {
      // Somebody may have put another file in its place.
      const isOurs = there.kind === 'file' && (await isFileOf(there, {disk, path: to, planned}))
      if (!isOurs) throw new Fault('target-changed', {path: to})
      await moveToFree(disk, to, from)
    } else if (isSameFile(here, there)) {
      await dropName(disk, to, from)
    } else {
      throw new Fault('target-taken', {path: from})
    }
    // Also where an earlier undo was killed right before it did this.
    for (const path of [from, to]) await disk.syncDirectory(dirname(path))
  })
}

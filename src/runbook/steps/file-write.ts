import {dirname, join} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import {nullable, record} from '../../config/shape.ts'
import type {Disk, FileStat} from '../../host/disk.ts'
import {isAsBefore} from '../before.ts'
import {contentBytesMax, haveSameContent, readContent, sha256Of} from '../content.ts'
import type {FileFact} from '../facts.ts'
import {fileMode, plainPath, withDefault, word} from '../fields.ts'
import {
  closeSlot,
  heldIn,
  holdMsUsual,
  holdTime,
  holdToo,
  noteAbsence,
  openSlot,
  slotOf,
  wasAbsent
} from '../holding.ts'
import type {Keeping} from '../holding.ts'
import {applied, undone} from '../mishap.ts'
import {dropName, isSameFile, moveToFree, removeIfThere} from '../names.ts'
import {noOutputs, type Applied, type Change, type Outlook} from '../step.ts'
import type {StepKind, Undoing, Undone, Work} from '../step.ts'
import {isForeign, isLocked, lockedFolder, refused, stateOf, wrongArea, wrongTarget, type Target} from '../target.ts'

/**
 * A file with exactly these bytes. At no moment is there no file at the path, or half a one: the new file is complete
 * beside it before it takes the name, and what had the name is kept.
 */
export const fileWrite: StepKind<Inputs> = {
  name: 'file.write',
  about: {
    en: 'Gives a file this content; what it replaces is kept for a while',
    ko: '파일을 이 내용으로 바꾸고, 이전 파일은 한동안 보관'
  },
  fields: record({
    path: plainPath(),
    content: word(),
    mode: nullable(fileMode()),
    hold: withDefault(holdTime(), holdMsUsual)
  }),
  subjects: ({path}) => [
    {type: 'file', path, content: true},
    {type: 'held', folder: dirname(path)}
  ],
  plan(inputs, facts, at) {
    const {path} = inputs
    const target = {path, fact: facts.file(path), at}
    const wrong = wrongTarget(target)
    if (wrong.length > 0) return {action: 'refuse', target: path, reasons: wrong}
    if (isAsWanted(inputs, target.fact)) {
      return {action: 'nothing', target: path, said: finding('step-file-same', {path})}
    }
    const reasons = [...lockedFolder(target), ...wrongArea(dirname(path), facts.held(dirname(path))), ...tooBig(inputs)]
    return reasons.length > 0 ? {action: 'refuse', target: path, reasons} : changeOf(inputs, target)
  },
  apply,
  secure,
  undo
}

interface Inputs {
  readonly path: string
  readonly content: string
  /** Null: that of the file that is there, or the usual one. */
  readonly mode: number | null
  readonly hold: number
}

// Configurations are read by a service's own group, and by nobody else.
const usualMode = 0o640

function bytesOf({content}: Inputs): Uint8Array {
  return new TextEncoder().encode(content)
}

function isAsWanted(inputs: Inputs, fact: FileFact): boolean {
  if (fact.state !== 'file' || fact.sha256 !== sha256Of(bytesOf(inputs))) return false
  return inputs.mode === null || fact.mode === inputs.mode
}

function tooBig(inputs: Inputs): readonly Fault[] {
  return bytesOf(inputs).length > contentBytesMax ? [refused(inputs.path, 'too-big')] : []
}

function changeOf(inputs: Inputs, target: Target): Outlook {
  const {path, fact, at} = {...inputs, ...target}
  const bytes = bytesOf(inputs)
  const after: FileFact = {
    type: 'file',
    folder: fact.folder,
    state: 'file',
    size: bytes.length,
    mode: inputs.mode ?? (fact.state === 'file' ? fact.mode : usualMode),
    uid: fact.state === 'file' ? fact.uid : at.uid,
    gid: fact.state === 'file' ? fact.gid : null,
    device: fact.folder.device,
    inode: null,
    links: null,
    modifiedMs: null,
    sha256: sha256Of(bytes),
    text: inputs.content,
    isOpen: null
  }
  return {
    action: 'change',
    target: path,
    said: saidOf(inputs, target),
    before: stateOf(fact),
    after: stateOf(after),
    isReversible: true,
    isObservable: true,
    risk: 'low',
    effects: [{subject: {type: 'file', path}, fact: after}],
    needs: {root: isLocked(target) || (at.uid !== 0 && isForeign(target)), programs: [], spaceBytes: bytes.length},
    ...textsOf(inputs, fact)
  }
}

function saidOf(inputs: Inputs, {path, fact, at}: Target): Change['said'] {
  const bytes = bytesOf(inputs).length
  if (fact.state !== 'file') return finding('step-file-new', {path, bytes})
  const {untilMs} = slotOf(path, at, inputs.hold)
  return finding('step-file-replace', {path, bytes, untilMs})
}

/** What is no text, or too long to be looked at, is not shown. */
function textsOf({content}: Inputs, fact: FileFact): Pick<Change, 'texts'> {
  const before = fact.state === 'file' ? fact.text : ''
  return before === null ? {} : {texts: {before, after: content}}
}

function keepingOf({inputs, at, host}: Work<Inputs>): Keeping {
  return {disk: host.disk, slot: slotOf(inputs.path, at, inputs.hold), uid: host.machine.uid}
}

/** The same for the same step of the same run, so that what a kill leaves is found again. */
function temporaryOf({inputs: {path}, at: {run, number}}: Work<Inputs>): string {
  return join(dirname(path), `.logcaster-${run.id}.${number}.tmp`)
}

async function apply(work: Work<Inputs>): Promise<Applied> {
  const {path} = work.inputs
  const keeping = keepingOf(work)
  return applied(path, async () => {
    const old = await keeping.disk.lstat(path)
    if (old !== undefined && old.kind !== 'file') throw new Fault('target-changed', {path})
    await openSlot(keeping)
    await write(work, keeping, old)
    const bytes = bytesOf(work.inputs)
    return {values: {path, bytes: bytes.length, sha256: sha256Of(bytes)}}
  })
}

async function write(work: Work<Inputs>, keeping: Keeping, old: FileStat | undefined): Promise<void> {
  const {path} = work.inputs
  const {disk} = keeping
  const temporary = temporaryOf(work)
  try {
    await writeNew(work, temporary, old)
    if (old === undefined) {
      await noteAbsence(keeping)
      await moveToFree(disk, temporary, path)
    } else {
      await holdToo(keeping, old)
      await disk.rename(temporary, path)
      await disk.syncDirectory(dirname(path))
    }
  } catch (cause) {
    await removeIfPossible(disk, temporary)
    throw cause
  }
}

async function writeNew({inputs, host}: Work<Inputs>, path: string, old: FileStat | undefined): Promise<void> {
  await removeIfThere(host.disk, path)
  const file = await host.disk.open(path, 'create')
  try {
    await file.write(bytesOf(inputs), 0)
    const {uid, gid} = old ?? (await file.stat())
    await file.setAttributes({uid, gid, mode: inputs.mode ?? old?.mode ?? usualMode})
    await file.sync()
  } finally {
    await file.close()
  }
}

async function removeIfPossible(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path)
  } catch {
    // The first failure is the one to report; the undo, or the next attempt, takes away what is left.
  }
}

async function secure({inputs: {path}, host: {disk}}: Work<Inputs>): Promise<Applied> {
  return applied(path, async () => {
    const file = await disk.open(path, 'read')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await disk.syncDirectory(dirname(path))
    return noOutputs
  })
}

async function undo(work: Undoing<Inputs>): Promise<Undone> {
  const {path} = work.inputs
  const keeping = keepingOf(work)
  return undone(path, async () => {
    await removeIfThere(keeping.disk, temporaryOf(work))
    const held = await heldIn(keeping)
    const now = await keeping.disk.lstat(path)
    if (held !== undefined) await bringBack(work, held, now)
    else if (await wasAbsent(keeping)) await takeAway(work, now)
    else await seeThatNothingIsLost(work, now)
    await closeSlot(keeping)
  })
}

async function bringBack(work: Work<Inputs>, held: FileStat, now: FileStat | undefined): Promise<void> {
  const {disk, slot} = keepingOf(work)
  if (now === undefined) {
    await moveToFree(disk, slot.held, slot.path)
  } else if (isSameFile(now, held)) {
    await dropName(disk, slot.held, slot.path)
  } else if (await isOurs(work, now)) {
    await disk.rename(slot.held, slot.path)
    await disk.syncDirectory(dirname(slot.path))
    await disk.syncDirectory(slot.folder)
  } else if (now.kind === 'file' && (await haveSameContent(disk, slot.held, slot.path))) {
    // It was copied, and not replaced any more: the file itself is still there.
    await disk.remove(slot.held)
  } else {
    throw new Fault('target-changed', {path: slot.path})
  }
}

async function takeAway(work: Work<Inputs>, now: FileStat | undefined): Promise<void> {
  const {disk} = work.host
  const {path} = work.inputs
  if (now === undefined) return
  if (!(await isOurs(work, now))) throw new Fault('target-changed', {path})
  await disk.remove(path)
}

/** With no trace of what was there before, and something else in its place, somebody has taken that away. */
async function seeThatNothingIsLost(work: Undoing<Inputs>, now: FileStat | undefined): Promise<void> {
  const {inputs, host, before} = work
  const {path, mode} = inputs
  if (await isAsBefore({disk: host.disk, path, planned: before})) return
  const isOurMode = now !== undefined && (mode === null || mode === now.mode)
  if (work.isDone || (isOurMode && (await isOurs(work, now))))
    throw new Fault('held-missing', {path, held: keepingOf(work).slot.held})
}

/** Whether nobody has changed what was written. */
async function isOurs({inputs, host}: Work<Inputs>, now: FileStat): Promise<boolean> {
  const bytes = bytesOf(inputs)
  if (now.kind !== 'file' || now.size !== bytes.length) return false
  const found = await readContent(host.disk, inputs.path)
  return found !== null && sha256Of(found) === sha256Of(bytes)
}

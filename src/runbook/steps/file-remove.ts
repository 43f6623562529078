import {dirname} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {finding, type Finding} from '../../base/findings.ts'
import {nullable, record, text} from '../../config/shape.ts'
import {isAsBefore} from '../before.ts'
import type {FileFact} from '../facts.ts'
import {plainPath, withDefault} from '../fields.ts'
import {closeSlot, heldIn, holdInstead, holdMsUsual, holdTime, openSlot, secureSlot, slotOf} from '../holding.ts'
import type {Keeping} from '../holding.ts'
import {applied, undone} from '../mishap.ts'
import {dropName, isSameFile, moveToFree} from '../names.ts'
import {noOutputs, type Applied, type Outlook, type StepKind, type Undoing, type Undone, type Work} from '../step.ts'
import {isForeign, isLocked, lockedFolder, outside, quietMs, refused, stateOf, topOf} from '../target.ts'
import {wrongArea, wrongTarget, type Target} from '../target.ts'

/**
 * Takes a file away without losing it: it waits in the holding area beside it until its time is over, and only
 * `file.purge` frees its space. What a process has open, or has just written, is never taken: whoever writes there
 * would go on unseen. A file with further names elsewhere may be taken, since those stay as they are.
 */
export const fileRemove: StepKind<Inputs> = {
  name: 'file.remove',
  about: {
    en: 'Takes a file away, into the holding area beside it',
    ko: '파일을 옆의 보관 영역으로 옮겨 치움'
  },
  fields: record({
    path: plainPath(),
    reason: text(),
    hold: withDefault(holdTime(), holdMsUsual),
    within: nullable(plainPath())
  }),
  subjects: ({path, within}, at) => [
    {type: 'file', path, use: true},
    {type: 'file', path: topOf(within, at).name},
    {type: 'held', folder: dirname(path)}
  ],
  plan(inputs, facts, at) {
    const {path} = inputs
    const target = {path, fact: facts.file(path), at}
    const wrong = wrongTarget(target)
    if (wrong.length > 0) return {action: 'refuse', target: path, reasons: wrong}
    if (target.fact.state !== 'file') {
      return {action: 'nothing', target: path, said: finding('step-file-absent', {path})}
    }
    const reasons = [
      ...outside(target, facts.file(topOf(inputs.within, at).name), inputs.within),
      ...lockedFolder(target),
      ...wrongArea(dirname(path), facts.held(dirname(path))),
      ...inUse(target)
    ]
    return reasons.length > 0 ? {action: 'refuse', target: path, reasons} : changeOf(inputs, target)
  },
  apply,
  secure,
  undo
}

interface Inputs {
  readonly path: string
  /** Why it may go: for whoever reads the plan. */
  readonly reason: string
  readonly hold: number
  /** Null: the folder of the logs. */
  readonly within: string | null
}

function inUse({path, fact, at}: Target): readonly Fault[] {
  if (fact.state !== 'file') return []
  if (fact.isOpen === true) return [refused(path, 'open')]
  // A time that is unknown is that of a file which an earlier step writes.
  const isQuiet = fact.modifiedMs !== null && fact.modifiedMs <= at.run.startedMs - quietMs
  return isQuiet ? [] : [refused(path, 'just-written')]
}

function changeOf(inputs: Inputs, target: Target): Outlook {
  const {path, fact, at} = target
  const gone: FileFact = {type: 'file', folder: fact.folder, state: 'absent'}
  // Even root cannot look into every process of a container. Others see only their own, which says something of a file
  // of their own, but nothing of one of somebody else.
  const isUseUnknown = fact.state === 'file' && fact.isOpen === null
  return {
    action: 'change',
    target: path,
    said: saidOf(inputs, target, isUseUnknown),
    before: stateOf(fact),
    after: stateOf(gone),
    isReversible: true,
    isObservable: true,
    risk: 'low',
    effects: [{subject: {type: 'file', path}, fact: gone}],
    needs: {root: isLocked(target) || (isUseUnknown && at.uid !== 0 && isForeign(target)), programs: [], spaceBytes: 0}
  }
}

function saidOf({path, reason, hold}: Inputs, {fact, at}: Target, isUseUnknown: boolean): Finding {
  const bytes = fact.state === 'file' ? fact.size : 0
  const {untilMs} = slotOf(path, at, hold)
  return finding('step-file-remove', {path, bytes, reason, untilMs, isUseUnknown})
}

function keepingOf({inputs, at, host}: Work<Inputs>): Keeping {
  return {disk: host.disk, slot: slotOf(inputs.path, at, inputs.hold), uid: host.machine.uid}
}

async function apply(work: Work<Inputs>): Promise<Applied> {
  const {path} = work.inputs
  const keeping = keepingOf(work)
  return applied(path, async () => {
    const file = await keeping.disk.lstat(path)
    if (file?.kind !== 'file') throw new Fault('target-changed', {path})
    await openSlot(keeping)
    await holdInstead(keeping, file)
    return {values: {path, bytes: file.size, held: keeping.slot.held}}
  })
}

async function secure(work: Work<Inputs>): Promise<Applied> {
  return applied(work.inputs.path, async () => {
    await secureSlot(keepingOf(work))
    return noOutputs
  })
}

async function undo(work: Undoing<Inputs>): Promise<Undone> {
  const {path} = work.inputs
  const keeping = keepingOf(work)
  const {disk, slot} = keeping
  return undone(path, async () => {
    const held = await heldIn(keeping)
    const now = await disk.lstat(path)
    if (held === undefined) {
      // A new file that somebody has made there since is not what was taken away.
      const isLost = work.isDone && !(await isAsBefore({disk, path, planned: work.before}))
      if (now === undefined || isLost) throw new Fault('held-missing', {path, held: slot.held})
    } else if (now === undefined) {
      await moveToFree(disk, slot.held, path)
    } else if (isSameFile(now, held)) {
      await dropName(disk, slot.held, path)
    } else {
      throw new Fault('target-taken', {path})
    }
    await closeSlot(keeping)
  })
}

import {Fault, Faults} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {mask} from '../config/excerpt.ts'
import {ownIdentity} from '../host/identity.ts'
import {readRuns, verify, type RunRecord, type StepRecord} from '../ledger/journal.ts'
import type {LockRecord, LockWish} from '../ledger/locks.ts'
import type {StepResult} from './perform.ts'
import {isFoundAgain, type Plan} from './plan.ts'
import type {Workplace} from './run.ts'
import {noOutputs, type Json, type Outputs} from './step.ts'

/** A run of the past, if that can still be done to it. */
export async function findRun({host, stateFolder}: Workplace, id: string, how: 'resume' | 'undo'): Promise<RunRecord> {
  const [run] = await readRuns(host, stateFolder, {id})
  if (run === undefined) {
    const known = (await readRuns(host, stateFolder, {limit: 100})).map(({runId}) => runId)
    throw new Fault('run-unknown', {id, nearest: nearest(id, known)})
  }
  // Going forward again would take away what the undo has just brought back.
  const goesBack = run.continuedAs === 'undo'
  if (how === 'resume' && goesBack && run.status === 'crashed') throw new Fault('run-half-undone', {run: id})
  if (!open[how].includes(run.status) || (how === 'resume' && goesBack))
    throw new Fault('run-not-open', {run: id, how, status: run.status})
  return run
}

/** What is running is left to who runs it; what ended well has nothing to be resumed, and nothing undone twice. */
const open: Readonly<Record<'resume' | 'undo', readonly RunRecord['status'][]>> = {
  resume: ['crashed', 'partial', 'failed', 'interrupted', 'deadline'],
  undo: ['crashed', 'partial', 'failed', 'interrupted', 'deadline', 'done', 'stuck']
}

// Further back than anybody resumes anything; the daily check tells of those before.
const lookBackMax = 100

export interface Holding {
  readonly locks: readonly LockWish[]
  readonly takenOver: readonly LockRecord[]
  readonly run: string
}

/** How long each step took when this runbook was last done: what somebody who watches may expect. */
export async function lastDurations(
  {host, stateFolder}: Pick<Workplace, 'host' | 'stateFolder'>,
  runbook: string
): Promise<ReadonlyMap<string, number>> {
  const recent = await readRuns(host, stateFolder, {limit: lookBackMax})
  const last = recent.find((run) => run.runbook === runbook && run.status === 'done')
  const [run] = last === undefined ? [] : await readRuns(host, stateFolder, {id: last.runId})
  return new Map((run?.steps ?? []).map(({step, durationMs}) => [step, durationMs ?? 0]))
}

/** Other runs that were broken off while they held what we hold now, and that nobody has resumed or undone since. */
export async function brokenOffRuns(
  {host, stateFolder}: Pick<Workplace, 'host' | 'stateFolder'>,
  {locks, takenOver, run}: Holding
): Promise<readonly Fault[]> {
  const runs = await readRuns(host, stateFolder, {limit: lookBackMax})
  const held = new Set(locks.map(placeOf))
  const ours = runs.filter(({status, runId, locks: had}) => {
    return status === 'crashed' && runId !== run && had.some((lock) => held.has(placeOf(lock)))
  })
  // Of those that our journal does not know, as they were another user's, only the lock tells.
  const unknown = takenOver.filter(({runId}) => runId !== run && runs.every((known) => known.runId !== runId))
  const theirs = new Map(unknown.map((lock) => [lock.runId, lock]))
  return [
    ...ours.map(({runId, command, user, startedMs}) => crashFault({run: runId, command, user, sinceMs: startedMs})),
    ...[...theirs.values()].map(({runId, command, identity: {user}, sinceMs}) => {
      return crashFault({run: runId, command, user, sinceMs})
    })
  ]
}

function placeOf({resource, folder}: Pick<LockWish, 'resource' | 'folder'>): string {
  return `${resource} ${folder}`
}

function crashFault(values: Fault<'run-crashed'>['values']): Fault {
  return new Fault('run-crashed', values)
}

export interface Said {
  readonly done: readonly string[]
  readonly again: readonly string[]
}

/** By step: what the journal knows of it, and what the operator says about those of which it knows nothing. */
export function earlierResults(
  run: RunRecord,
  plan: Plan,
  {done, again, mayLack}: Said & {readonly mayLack: boolean}
): ReadonlyMap<string, StepResult> {
  refuseIdleWords(run, plan, {done, again})
  const results = plan.steps.flatMap((step): [string, StepResult][] => {
    const {id} = step.draft
    const record = run.steps.find((one) => one.step === id)
    if (done.includes(id)) return [[id, {...resultOf(record), status: 'done', isTouched: true}]]
    // It may have been done: then this run has to be able to put it back, whatever it finds now.
    if (again.includes(id)) return [[id, {...resultOf(record), status: 'failed', isTouched: true}]]
    return record === undefined && !(mayLack && isFoundAgain(step.outlook)) ? [] : [[id, resultOf(record)]]
  })
  return new Map(results)
}

/** A slip of the hand, or a step of which it is known how far it came: then a word about it would do it twice. */
function refuseIdleWords(run: RunRecord, plan: Plan, {done, again}: Said): void {
  const ids = plan.steps.map(({draft}) => draft.id)
  const faults = [...done, ...again].flatMap((step): Fault[] => {
    if (!ids.includes(step)) return [new Fault('step-unknown-id', {step, nearest: nearest(step, ids)})]
    const isOpen = run.steps.some((one) => one.step === step && wasCutShort(one))
    if (isOpen && !(done.includes(step) && again.includes(step))) return []
    return [new Fault('step-not-open', {step, run: run.runId})]
  })
  if (faults.length > 0) throw new Faults(faults)
}

/** Begun, and nobody knows how far it came: killed in it, or ended before its time. */
function wasCutShort({status, changed, fault}: StepRecord): boolean {
  return status === 'begun' || (status === 'failed' && changed && cutCodes.includes(fault?.code ?? ''))
}

const cutCodes: readonly string[] = ['step-program-late', 'step-program-stopped', 'step-hangs']

/**
 * Whether lines of the run may be lost: those of steps that can be looked up and put back, as all others have written
 * theirs down durably before they acted. Such a step then counts as begun, and its undo finds out. Where only the
 * process was killed nothing is lost, but by a power loss, and by a sync that failed; of a run that was continued,
 * nobody can say any more what there was before.
 */
export async function mayLackLines({host, stateFolder}: Workplace, run: RunRecord): Promise<boolean> {
  const {bootId} = await ownIdentity(host)
  const hasLostPower = run.status === 'crashed' && (bootId === '' || run.identity.bootId !== bootId)
  return hasLostPower || run.continuedAs !== null || (await verify(host, stateFolder)).state !== 'ok'
}

function resultOf(record: StepRecord | undefined): StepResult {
  const common = {
    said: null,
    faults: [],
    outputs: outputsIn(record),
    durationMs: record?.durationMs ?? 0,
    target: record?.target ?? null,
    before: beforeIn(record)
  }
  switch (record?.status) {
    case undefined:
      return {...common, status: 'not-reached', isTouched: true}
    case 'begun':
      // One that had ended was begun to be undone.
      return {...common, status: record.durationMs === null ? 'failed' : 'undone', isTouched: true}
    case 'undo_failed':
      return {...common, status: 'stuck', isTouched: true}
    case 'failed':
    case 'done':
    case 'nothing':
    case 'skipped':
      return {...common, status: record.status, isTouched: record.changed}
    case 'undone':
      return {...common, status: record.status, isTouched: false}
  }
}

function beforeIn(record: StepRecord | undefined): Json {
  const before = (record?.before ?? null) as Json
  return JSON.stringify(before).includes(mask) ? null : before
}

/** A value that was masked in the journal is not the value any more: who waits for it is told that it is missing. */
function outputsIn(record: StepRecord | undefined): Outputs {
  const values = Object.entries((record?.outputs ?? {}) as Readonly<Record<string, Json>>)
  return {...noOutputs, values: Object.fromEntries(values.filter(([, value]) => !JSON.stringify(value).includes(mask)))}
}

/** Steps that may have been done, must not be done twice, and of which neither the world nor the journal can tell. */
export function uncertainSteps(run: RunRecord, plan: Plan, {done, again}: Said): readonly Fault[] {
  const unsaid = run.steps.filter((one) => wasCutShort(one) && !done.includes(one.step) && !again.includes(one.step))
  return unsaid.flatMap(({step}) => {
    const outlook = plan.steps.find(({draft}) => draft.id === step)?.outlook
    const canTell = outlook?.action === 'change' && (outlook.isObservable || outlook.isRepeatable === true)
    return canTell ? [] : [new Fault('step-uncertain', {step, run: run.runId})]
  })
}

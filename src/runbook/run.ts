import {Fault} from '../base/fault.ts'
import {runId} from '../base/random.ts'
import type {Report} from '../base/report.ts'
import type {Scene} from '../checks/daily.ts'
import type {RunRecord} from '../ledger/journal.ts'
import {deskFor, type Desk} from './desk.ts'
import {kinds} from './kinds.ts'
import {estateOf, wishesFor} from './locking.ts'
import {look} from './look.ts'
import {perform, type Performed, type Script, type StepResult} from './perform.ts'
import {isEmpty, plan, subjectsOf, type Plan, type PlanPlace} from './plan.ts'
import {prepare} from './prepare.ts'
import {loadPlan, pruneRuns, runFolder, savePlan} from './record.ts'
import {nothingOf, previewOf, refusalOf, reportOf, retreatPreviewOf, type Told} from './report.ts'
import {retreat} from './retreat.ts'
import {brokenOffRuns, earlierResults, findRun, lastDurations, mayLackLines, uncertainSteps} from './past.ts'
import type {Runbook} from './runbook.ts'
import type {Shelf} from './shelf.ts'
import {checkNow} from './verdict.ts'

/** Where runs take place, and who is there. */
export interface Workplace extends Scene {
  readonly shelf: Shelf
  readonly version: string
  /** What may never be written down. */
  readonly secrets: readonly string[]
  /** Shows whoever is at the terminal what would be done, and asks whether it is to be. */
  readonly agree: (preview: Report, steps: string) => Promise<'yes' | 'no' | 'nobody'>
}

export interface Consent {
  readonly yes: boolean
  readonly waitMs: number
}

export interface RunRequest extends Consent {
  readonly runbook: string
  /** `k=v`, as typed. */
  readonly inputs: readonly string[]
  readonly dryRun: boolean
  readonly diff: boolean
  readonly isDetailed: boolean
}

/** Plans the runbook, and unless only the plan was asked for, carries it out: locked, journalled, step by step. */
export async function runRunbook(place: Workplace, request: RunRequest): Promise<Report> {
  const {host} = place
  const startedMs = host.clock.now()
  const at = placeAt(place, {id: runId(startedMs, host.random), startedMs})
  const {runbook, told} = await unlessStopped(place, request.runbook, intend(place, request, at))
  if (request.dryRun || told.plan.refusals.length > 0 || isEmpty(told.plan)) {
    const warned = {...told, warnings: [...told.warnings, ...(await brokenOff(place, told.plan, at))]}
    if (request.dryRun) return previewOf(warned, {...request, secrets: place.secrets})
    return told.plan.refusals.length > 0 ? refusalOf(warned, told.plan.refusals) : nothingOf(warned)
  }
  await agreed(place, previewOf(told), request)
  const desk = await deskFor(place, {told, at, waitMs: request.waitMs})
  return atDesk(desk, async () => {
    await savePlan(host, runFolder(place.stateFolder, at.run.id), {startedMs, plan: told.plan})
    await desk.noteStart(runbook)
    const expectedMs = await lastDurations(place, runbook.name)
    const report = await carryOut(place, {desk, at, told, earlier: new Map(), expectedMs})
    await pruneRuns(host.disk, place.stateFolder)
    return report
  })
}

/** Also who changes nothing hears of what was left half done: that may be why there is nothing to do. */
async function brokenOff(place: Workplace, plan: Plan, at: PlanPlace): Promise<readonly Fault[]> {
  try {
    const locks = await wishesFor(plan, estateOf(place))
    return await brokenOffRuns(place, {locks, takenOver: [], run: at.run.id})
  } catch (cause) {
    if (cause instanceof Fault) return [cause as Fault]
    throw cause
  }
}

/** What is intended, in the world as it is: nothing is changed yet, and nothing written. */
async function intend(
  place: Workplace,
  request: RunRequest,
  at: PlanPlace
): Promise<{readonly runbook: Runbook; readonly told: Told}> {
  const {host, loaded, shelf, stop} = place
  const runbook = await shelf.read(request.runbook)
  const intent = await prepare(runbook, request.inputs, {place, at, check: checkIn(place)})
  const facts = await look(subjectsOf(intent.drafts, at), host, stop)
  const warnings = [...loaded.warnings, ...shelf.warnings(), ...intent.warnings]
  return {runbook, told: {command: 'runbook run', plan: plan(intent, facts, at), warnings}}
}

async function unlessStopped<Result>({stop}: Workplace, target: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (cause) {
    // What was looked at when the signal came throws its name.
    throw cause === stop.reason ? new Fault('step-stopped', {target}) : cause
  }
}

/** Whatever comes of it, the locks are given back; that one could not be is no reason to tell nothing of the run. */
async function atDesk(desk: Desk, work: () => Promise<Report>): Promise<Report> {
  try {
    const report = await work()
    const unreleased = await desk.close()
    return unreleased === undefined ? report : {...report, warnings: [...report.warnings, unreleased]}
  } catch (cause) {
    await desk.close()
    throw cause
  }
}

export interface ResumeRequest extends Consent {
  readonly run: string
  /** Steps that were begun and of which nobody but the operator can know: these were done … */
  readonly done: readonly string[]
  /** … and these are to be done again. */
  readonly again: readonly string[]
}

/** Finishes a run that was broken off: what is done stays done, what is not is done now, by the plan of that run. */
export async function resumeRun(place: Workplace, request: ResumeRequest): Promise<Report> {
  const {at, told, past, mayLack} = await recall(place, request.run, 'resume')
  const earlier = earlierResults(past, told.plan, {...request, mayLack})
  const uncertain = uncertainSteps(past, told.plan, request)
  if (uncertain.length > 0) return refusalOf(told, uncertain)
  const rest = told.plan.steps.filter(({draft}) => !['done', 'nothing'].includes(earlier.get(draft.id)?.status ?? ''))
  await agreed(place, previewOf({...told, plan: {...told.plan, steps: rest}}), request)
  const desk = await deskFor(place, {told, at, waitMs: request.waitMs})
  return atDesk(desk, async () => {
    await seeUnchanged(place, past, 'resume')
    await desk.noteContinue('resume')
    await noteSaid(desk, told.plan, {earlier, done: request.done})
    return carryOut(place, {desk, at, told, earlier})
  })
}

interface OperatorsWord {
  readonly earlier: ReadonlyMap<string, StepResult>
  readonly done: readonly string[]
}

/** What only the operator could know is written down as he said it. */
async function noteSaid(desk: Desk, {steps}: Plan, {earlier, done}: OperatorsWord): Promise<void> {
  for (const step of steps) {
    const result = earlier.get(step.draft.id)
    if (result !== undefined && done.includes(step.draft.id)) await desk.scribe.end(step, result)
  }
}

export interface UndoRequest extends Consent {
  readonly run: string
  readonly dryRun: boolean
}

/** Puts back what a run did, finished or not, as far as it can be put back. */
export async function undoRun(place: Workplace, request: UndoRequest): Promise<Report> {
  const {at, told, past, mayLack} = await recall(place, request.run, 'undo')
  const results = new Map(earlierResults(past, told.plan, {done: [], again: [], mayLack}))
  const preview = retreatPreviewOf(told, results)
  if (request.dryRun) return preview
  await agreed(place, preview, request)
  const desk = await deskFor(place, {told, at, waitMs: request.waitMs})
  return atDesk(desk, async () => {
    await seeUnchanged(place, past, 'undo')
    await desk.noteContinue('undo')
    const {left, causes, unwritten} = await retreat(scriptFor(place, {desk, at, told, earlier: results}), results)
    await place.progress.close()
    const isStuck = causes.length > 0
    const code = isStuck ? 'run-stuck' : 'run-not-reversible'
    const faults = left.length === 0 ? [] : [new Fault(code, {steps: left.join(', ')}), ...causes]
    const end = isStuck ? 'stuck' : 'reverted'
    const warned = {...told, warnings: [...told.warnings, ...unwritten]}
    return finish(desk, {at, told: warned, performed: {results, end, faults}})
  })
}

/** Between our first look at it and our getting the locks, somebody else may have finished the run, or undone it. */
async function seeUnchanged(place: Workplace, past: RunRecord, how: 'resume' | 'undo'): Promise<void> {
  const now = await findRun(place, past.runId, how)
  if (JSON.stringify(now) === JSON.stringify(past)) return
  throw new Fault('run-not-open', {run: past.runId, how, status: now.status})
}

/** What interrupts the service or cannot be put back needs a word from a person, given now or with `--yes`. */
async function agreed(place: Workplace, preview: Report, {yes}: Consent): Promise<void> {
  const risky = (preview.plan ?? []).filter(({action, risk}) => action === 'change' && risk === 'high')
  if (yes || risky.length === 0) return
  const steps = risky.map(({id}) => id).join(', ')
  const answer = await place.agree(preview, steps)
  if (answer !== 'yes') throw new Fault('run-not-confirmed', {steps, wasAsked: answer === 'no'})
}

interface Work {
  readonly desk: Desk
  readonly at: PlanPlace
  readonly told: Told
  readonly earlier: ReadonlyMap<string, StepResult>
  readonly expectedMs?: ReadonlyMap<string, number>
}

async function carryOut(place: Workplace, work: Work): Promise<Report> {
  const performed = await perform(scriptFor(place, work))
  await place.progress.close()
  return finish(work.desk, {at: work.at, told: work.told, performed})
}

async function finish(
  desk: Desk,
  {at, told, performed}: {at: PlanPlace; told: Told; performed: Performed}
): Promise<Report> {
  const report = reportOf({...told, warnings: [...told.warnings, ...desk.warnings]}, at.run.id, performed)
  const unwritten = await desk.noteEnd(report, performed)
  if (unwritten === undefined) return report
  // All was done but this: the journal takes the run for one that was broken off.
  const status = report.status === 'done' ? 'partial' : report.status
  return {...report, status, errors: [...report.errors, unwritten]}
}

function scriptFor(place: Workplace, {desk, at, told, earlier, expectedMs = new Map()}: Work): Script {
  const {host, progress, stop} = place
  return {
    plan: told.plan,
    crew: {host, place: at, check: checkIn(place)},
    scribe: desk.scribe,
    progress,
    stop,
    earlier,
    expectedMs
  }
}

function checkIn(place: Workplace): Script['crew']['check'] {
  return (id, signal) => checkNow(place, id, signal)
}

function placeAt({host, loaded}: Workplace, run: PlanPlace['run']): PlanPlace {
  return {run, config: loaded.config, uid: host.machine.uid}
}

interface Recalled {
  readonly past: RunRecord
  readonly told: Told
  readonly at: PlanPlace
  /** Steps may have acted of which the journal knows nothing. */
  readonly mayLack: boolean
}

/** A run as the journal and its own folder have it. */
async function recall(place: Workplace, id: string, how: 'resume' | 'undo'): Promise<Recalled> {
  const past = await findRun(place, id, how)
  const intended = await loadPlan(place.host.disk, runFolder(place.stateFolder, id), {hash: past.planHash, kinds})
  const told = {command: `runs ${how}`, plan: intended.plan, warnings: place.loaded.warnings}
  return {past, told, at: placeAt(place, {id, startedMs: intended.startedMs}), mayLack: await mayLackLines(place, past)}
}

import {Fault, reasonOf} from '../base/fault.ts'
import {deadlineAfter, within} from '../host/clock.ts'
import type {Crew} from './attempt.ts'
import {fillLate, parseInputs} from './filling.ts'
import type {StepResult, Script} from './perform.ts'
import {isOpaque, placeOf, type Plan, type PlannedStep} from './plan.ts'
import type {Outputs, Undoing, Undone} from './step.ts'

/** What it takes to go back: no signal to stop, since half undone is worse than done. */
export type Retreat = Pick<Script, 'plan' | 'crew' | 'scribe' | 'progress'>

/** Nothing left: all is as before. */
export interface Retreated {
  readonly left: readonly string[]
  /** Why an undo failed; none where what is left just has no undo. */
  readonly causes: readonly Fault[]
  /** What was put back all the same, though it could not be written down: half undone is worse. */
  readonly unwritten: readonly Fault[]
}

/**
 * Puts back what the steps did, the last one first. What has no undo is passed over. Where an undo fails, the steps
 * before it are left alone, since what it did may stand on them; but items of one list know nothing of each other.
 */
export async function retreat(script: Retreat, results: Map<string, StepResult>): Promise<Retreated> {
  const left: string[] = []
  const causes: Fault[] = []
  const unwritten: Fault[] = []
  let stuck: string | undefined
  const touched = script.plan.steps.filter(({draft}) => results.get(draft.id)?.isTouched === true)
  for (const step of touched.toReversed()) {
    const result = results.get(step.draft.id)
    const isCutOff = stuck !== undefined && stuck !== listOf(step)
    if (result === undefined || isCutOff || !isReversible(step)) {
      left.push(step.draft.id)
      continue
    }
    unwritten.push(...(await faultsOf(script.scribe.beginUndo(step, result.target))))
    const undone = await undoOne(script, step, {result, results})
    const isUndone = undone.status === 'undone'
    if (!isUndone) {
      left.push(step.draft.id)
      causes.push(undone.fault)
      stuck = listOf(step)
    }
    const after = {...result, status: isUndone ? 'undone' : 'stuck', isTouched: !isUndone} as const
    results.set(step.draft.id, after)
    unwritten.push(...(await faultsOf(script.scribe.end(step, after))))
  }
  // One that tells why is enough: the next ones have the same reason.
  return {left, causes, unwritten: unwritten.slice(0, 1)}
}

/** Of `hold[3]`: `hold`. */
function listOf({draft}: PlannedStep): string {
  return draft.id.replace(/\[\d+\]$/, '')
}

async function faultsOf(writing: Promise<void>): Promise<readonly Fault[]> {
  try {
    await writing
    return []
  } catch (cause) {
    if (cause instanceof Fault) return [cause as Fault]
    throw cause
  }
}

/** What could not be planned says itself whether it can be undone, when it is asked to. */
function isReversible({outlook}: PlannedStep): boolean {
  return outlook.action !== 'change' || outlook.isReversible
}

// A step that was quick to do may be slow to undo, and here nobody is served by giving up early.
const undoMsMin = 60_000

async function undoOne(
  {plan, crew, progress}: Retreat,
  step: PlannedStep,
  {result, results}: {readonly result: StepResult; readonly results: ReadonlyMap<string, StepResult>}
): Promise<Undone> {
  const {draft} = step
  const deadlineMs = Math.max(undoMsMin, draft.timeoutMs)
  const limit = deadlineAfter(crew.host.clock, deadlineMs)
  const task = `undo ${draft.id}`
  progress.begin(task)
  // An undo that has failed once is asked the same again: only what it finds can have changed.
  const isDone = result.status === 'done' || result.status === 'stuck'
  const before = step.outlook.action === 'change' ? step.outlook.before : result.before
  const known = {isDone, before, isShaken: isShaken(step, plan, results)}
  const moment = {given: outputsOf(results), ...known, signal: limit.signal, deadlineMs}
  const undone = await within(limit, undo(crew, step, moment))
  progress.finish(task, undone === 'late' ? 'failed' : undone.status)
  if (undone !== 'late') return undone
  return {status: 'failed', fault: new Fault('step-hangs', {step: draft.id, afterMs: deadlineMs})}
}

/** Behind a program that has acted, a step goes by what it finds, and that is written down nowhere. */
function isShaken(step: PlannedStep, {steps}: Plan, results: ReadonlyMap<string, StepResult>): boolean {
  const earlier = steps.slice(0, steps.indexOf(step))
  return earlier.some(({draft, outlook}) => isOpaque(outlook) && results.get(draft.id)?.isTouched === true)
}

/** Of the steps that gave anything: what was skipped has nothing to name, which is no mistake of whoever asks for it. */
export function outputsOf(results: ReadonlyMap<string, StepResult>): ReadonlyMap<string, Outputs['values']> {
  const given = [...results].map(([id, {outputs}]) => [id, outputs.values] as const)
  return new Map(given.filter(([, values]) => Object.keys(values).length > 0))
}

interface Moment extends Pick<Undoing<unknown>, 'isDone' | 'before' | 'isShaken'> {
  readonly given: ReadonlyMap<string, Outputs['values']>
  readonly signal: AbortSignal
  readonly deadlineMs: number
}

async function undo(crew: Crew, {draft}: PlannedStep, moment: Moment): Promise<Undone> {
  const {given, ...limits} = moment
  const parsed = parseInputs({...draft, inputs: fillLate(draft, given).inputs})
  if (parsed.state !== 'ready') {
    return {status: 'failed', fault: new Fault('step-value-missing', {step: draft.id, value: 'steps'})}
  }
  const {host, check} = crew
  const at = placeOf(draft, crew.place)
  try {
    return await draft.kind.undo({inputs: parsed.inputs, at, host, check, ...limits})
  } catch (cause) {
    if (cause instanceof Fault) return {status: 'failed', fault: cause as Fault}
    return {status: 'failed', fault: new Fault('step-broke', {step: draft.id, reason: reasonOf(cause)}, {cause})}
  }
}

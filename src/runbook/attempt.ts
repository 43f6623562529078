import {Fault, Faults, reasonOf} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {CheckResult} from '../base/report.ts'
import {deadlineAfter, sleep, within, type Deadline} from '../host/clock.ts'
import type {Draft} from './draft.ts'
import {fillLate, parseInputs} from './filling.ts'
import {look} from './look.ts'
import {placeOf, stillHolds, type PlannedStep, type PlanPlace} from './plan.ts'
import {noOutputs, type Change, type Json, type Outlook, type Outputs, type StepHost, type Work} from './step.ts'
import {cutShort} from './verdict.ts'

/** What a run acts with. */
export interface Crew {
  readonly host: StepHost
  readonly check: (id: string, signal: AbortSignal) => Promise<CheckResult>
  readonly place: PlanPlace
}

/** What came of one step. */
export type Came =
  | {readonly status: 'done'; readonly outputs: Outputs; readonly acted: Acted | null}
  | {readonly status: 'nothing' | 'skipped'; readonly said: Finding}
  | {
      readonly status: 'failed'
      readonly faults: readonly Fault[]
      readonly outputs: Outputs
      readonly acted: Acted | null
    }

/** What a step did, or may have done. Null: nothing was begun, so the world is as it was. */
export type Acted = Pick<Change, 'said' | 'target' | 'before'>

export interface Attempt {
  readonly step: PlannedStep
  /** What earlier steps gave, by id. */
  readonly given: ReadonlyMap<string, Outputs['values']>
  /** A program of this run has acted: what was planned on may be so no more, and the step goes by what it finds. */
  readonly isShaken: boolean
  /** An earlier process of this run was at this very step when it was killed. */
  readonly wasBegun: boolean
  /** When the whole run is over, as `elapsed` of the clock. */
  readonly endMs: number
  readonly stop: AbortSignal
  /** Called before each act of the step; what it throws keeps the step from acting. */
  readonly begin: (change: Change) => Promise<void>
}

/** One step, as often as its retries allow, each time looking first whether the world is still what was planned on. */
export async function attempt(crew: Crew, one: Attempt): Promise<Came> {
  const {retry} = one.step.draft
  const {clock} = crew.host
  const own: {acted: Acted | null} = {acted: null}
  const begin = async (change: Change): Promise<void> => {
    await one.begin(change)
    // What was there before its first attempt is what an undo brings back.
    own.acted ??= change
  }
  for (let round = 0; ; round += 1) {
    // What its own attempts have changed is nobody else's work.
    const hasActed = own.acted !== null
    const again = {isShaken: one.isShaken || hasActed, wasBegun: one.wasBegun || hasActed}
    const came = await attemptOnce(crew, {...one, ...again, begin})
    if (came.status === 'done') return {...came, acted: own.acted ?? came.acted}
    if (came.status !== 'failed') return came
    const failure: Came = {status: 'failed', faults: came.faults, outputs: came.outputs, acted: own.acted}
    const pauseMs = Math.min(retry.backoffMs * 2 ** round, backoffMsMax)
    if (!came.mayPass || round >= retry.times || clock.elapsed() + pauseMs >= one.endMs) return failure
    await sleep(clock, pauseMs, one.stop)
    if (one.stop.aborted) return failure
  }
}

/** Longer waits belong into a timer, not into a run that holds locks. */
const backoffMsMax = 60_000

type Round = Exclude<Came, {readonly status: 'failed'}> | Failure

interface Failure {
  readonly status: 'failed'
  readonly faults: readonly Fault[]
  readonly outputs: Outputs
  /** Another attempt may do better. What refuses to act does not, and what hangs may still be at it. */
  readonly mayPass: boolean
}

async function attemptOnce(crew: Crew, one: Attempt): Promise<Round> {
  const {draft} = one.step
  const filled = fillLate(draft, one.given)
  if (filled.faults.length > 0) return refused(filled.faults)
  if (filled.when === 'no') return {status: 'skipped', said: finding('step-skipped-when', {})}
  const parsed = parseInputs({...draft, inputs: filled.inputs})
  if (parsed.state === 'bad') return refused(parsed.faults)
  if (parsed.state === 'waiting') {
    return refused([new Fault('step-value-missing', {step: draft.id, value: parsed.reference})])
  }
  return actInTime(crew, one, parsed.inputs)
}

async function actInTime({host, check, place}: Crew, one: Attempt, inputs: unknown): Promise<Round> {
  const {draft} = one.step
  const beganMs = host.clock.elapsed()
  const deadlineMs = Math.max(0, Math.min(draft.timeoutMs, one.endMs - beganMs))
  const limit = deadlineAfter(host.clock, deadlineMs, one.stop)
  const {signal} = limit
  try {
    return await act(one, {inputs, at: placeOf(draft, place), host, check, signal, deadlineMs})
  } catch (cause) {
    if (cause instanceof Faults) return refused(cause.all)
    if (cause instanceof Fault) return refused([cause])
    if (signal.aborted) return refused([cutShort(draft.id, signal, host.clock.elapsed() - beganMs)])
    return refused([new Fault('step-broke', {step: draft.id, reason: reasonOf(cause)}, {cause})])
  } finally {
    limit.cancel()
  }
}

async function act(one: Attempt, work: Work<unknown>): Promise<Round> {
  const {draft} = one.step
  const found = await inPatience(one, work, lookAgain(draft, work))
  const moved = one.isShaken ? undefined : whatMoved(one, found)
  if (moved !== undefined) return refused([moved])
  switch (found.action) {
    case 'refuse':
      return refused(found.reasons)
    case 'nothing':
      return one.wasBegun ? finishedBefore(one, work, found) : {status: 'nothing', said: found.said}
    case 'look':
      return apply(one, work, null)
    case 'change':
      work.signal.throwIfAborted()
      await one.begin(found)
      return apply(one, work, found)
  }
}

async function lookAgain({kind}: Draft, work: Work<unknown>): Promise<Outlook> {
  const facts = await look(kind.subjects(work.inputs, work.at), work.host, work.signal)
  return kind.plan(work.inputs, facts, work.at)
}

/** Who has it open matters before the step alone, and to find that out takes a look at every process there is. */
async function lookAfter({kind}: Draft, {inputs, at, host}: Work<unknown>): Promise<Outlook> {
  const subjects = kind
    .subjects(inputs, at)
    .map((subject) => (subject.type === 'file' ? {...subject, use: false} : subject))
  // It is done, whoever wants to stop now: what it came to is looked at all the same.
  return kind.plan(inputs, await look(subjects, host, new AbortController().signal), at)
}

/**
 * What was begun before, by a killed process or by an attempt that failed, is done, and by this run: it is told, and
 * can be undone, as such. What broke it off may have come right before it was durable.
 */
async function finishedBefore(
  one: Attempt,
  work: Work<unknown>,
  found: Extract<Outlook, {readonly action: 'nothing'}>
): Promise<Round> {
  const {draft, outlook} = one.step
  const secured = draft.kind.secure === undefined ? undefined : await inPatience(one, work, draft.kind.secure(work))
  if (secured?.status === 'failed') {
    return {status: 'failed', faults: [secured.fault], outputs: noOutputs, mayPass: true}
  }
  return {status: 'done', outputs: noOutputs, acted: outlook.action === 'change' ? outlook : {...found, before: null}}
}

/** Between planning and acting somebody else was at it: then nothing that we planned is what was agreed to. */
function whatMoved({step: {draft, outlook}, wasBegun}: Attempt, found: Outlook): Fault | undefined {
  if (found.action !== 'change' || (wasBegun && found.isHalfDone === true)) return undefined
  if (outlook.action === 'change' && stillHolds(outlook.before, found.before, wasBegun)) return undefined
  if (outlook.action === 'unknown') return undefined
  const planned: Json = outlook.action === 'change' ? outlook.before : null
  return new Fault('step-world-moved', {
    step: draft.id,
    target: found.target,
    planned: JSON.stringify(planned),
    found: JSON.stringify(found.before)
  })
}

async function apply(one: Attempt, work: Work<unknown>, change: Change | null): Promise<Round> {
  const {draft} = one.step
  const applied = await inPatience(one, work, draft.kind.apply(work))
  if (applied.status === 'failed') {
    return {status: 'failed', faults: [applied.fault], outputs: applied.outputs, mayPass: true}
  }
  const done: Round = {status: 'done', outputs: applied.outputs, acted: change}
  if (change?.isObservable !== true) return done
  const after = await inPatience(one, work, lookAfter(draft, work))
  if (after.action === 'nothing') return done
  const fault = new Fault('step-not-verified', {step: draft.id, target: change.target})
  return {status: 'failed', faults: [fault], outputs: applied.outputs, mayPass: true}
}

// A program gets its grace, and its strays are looked for; what is then still not over waits for a dead disk.
const settleMs = 10_000

/** What does not come back after its signal has fired is left alone. */
async function inPatience<Result>(
  {step}: Attempt,
  {host: {clock}, signal}: Work<unknown>,
  work: Promise<Result>
): Promise<Result> {
  const beganMs = clock.elapsed()
  const came = await within(patienceAfter(signal, clock), work)
  if (came !== 'late') return came
  throw new Fault('step-hangs', {step: step.draft.id, afterMs: Math.round(clock.elapsed() - beganMs)})
}

function patienceAfter(signal: AbortSignal, clock: StepHost['clock']): Deadline {
  const controller = new AbortController()
  const timers: (() => void)[] = []
  const wait = (): void => {
    timers.push(
      clock.after(settleMs, () => {
        controller.abort('deadline')
      })
    )
  }
  if (signal.aborted) wait()
  else signal.addEventListener('abort', wait, {once: true})
  return {
    signal: controller.signal,
    cancel() {
      signal.removeEventListener('abort', wait)
      for (const cancel of timers) cancel()
    }
  }
}

function refused(faults: readonly Fault[]): Failure {
  return {status: 'failed', faults, outputs: noOutputs, mayPass: false}
}

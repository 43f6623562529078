import {Fault} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {StepOutcome} from '../base/report.ts'
import {deadlineAfter, sleep} from '../host/clock.ts'
import type {Progress} from '../host/progress.ts'
import {attempt, type Acted, type Came, type Crew} from './attempt.ts'
import {isOpaque, type Plan, type PlannedStep} from './plan.ts'
import {outputsOf, retreat} from './retreat.ts'
import type {Goal, OnFailure} from './runbook.ts'
import {noOutputs, type Change, type Json, type Outputs} from './step.ts'

/** Writes down what a run does, before and after it does it. When it cannot, the step does not act. */
export interface Scribe {
  begin(step: PlannedStep, change: Change): Promise<void>
  beginUndo(step: PlannedStep, target: string | null): Promise<void>
  end(step: PlannedStep, result: StepResult): Promise<void>
}

/** What is known of one step, now or from the journal of a run that was broken off. */
export interface StepResult {
  readonly status: StepOutcome['status']
  readonly said: Finding | null
  readonly faults: readonly Fault[]
  readonly outputs: Outputs
  readonly durationMs: number
  /** It has acted, or may have. */
  readonly isTouched: boolean
  /** What it acted on, where it did: of a step that could not be planned, this is known only now. */
  readonly target: string | null
  /** What it found before it acted; null where that is not known. */
  readonly before: Json
}

export interface Script {
  readonly plan: Plan
  readonly crew: Crew
  readonly scribe: Scribe
  readonly progress: Progress
  readonly stop: AbortSignal
  /** By step: what an earlier process of the same run came to. */
  readonly earlier: ReadonlyMap<string, StepResult>
  /** By step: how long it took the last time, where that is known. */
  readonly expectedMs: ReadonlyMap<string, number>
}

export interface Performed {
  readonly results: ReadonlyMap<string, StepResult>
  readonly end: 'finished' | 'failed' | 'undone' | 'stuck' | 'interrupted' | 'late' | 'reverted'
  readonly faults: readonly Fault[]
}

/** The steps of a plan, one after another, until they are done, one fails, the time is up, or somebody stops us. */
export async function perform(script: Script): Promise<Performed> {
  const performance = new Performance(script)
  await performance.run()
  return performance.conclude()
}

type Halt = 'interrupted' | 'late' | 'stop' | 'undo'

class Performance {
  readonly #script: Script
  readonly #results: Map<string, StepResult>
  readonly #endMs: number
  readonly #faults: Fault[] = []
  #halt: Halt | undefined
  #current: PlannedStep | undefined
  /** A program of ours has acted: what was planned on before that may not be so any more. */
  #isShaken: boolean
  #isRecorded = true

  constructor(script: Script) {
    this.#script = script
    this.#results = new Map(script.earlier)
    this.#endMs = script.crew.host.clock.elapsed() + script.plan.timeoutMs
    this.#isShaken = script.plan.steps.some((step) => isShaking(step, script.earlier.get(step.draft.id)))
  }

  async run(): Promise<void> {
    const {plan} = this.#script
    let isReached = plan.until !== null && (await this.#passes(plan.until))
    for (const step of plan.steps) {
      if (isOver(this.#results.get(step.draft.id))) continue
      this.#current = step
      this.#halt = this.#haltBefore()
      if (this.#halt !== undefined) return
      const result = await this.#step(step, isReached)
      this.#faults.push(...result.faults)
      if (result.status === 'failed') this.#halt = this.#haltAfter(step.draft.onFailure)
      if (this.#halt !== undefined) return
      if (plan.until !== null && result.isTouched) isReached = await this.#passes(plan.until)
    }
    if (plan.until === null) return
    this.#halt = isReached ? undefined : this.#haltBefore()
    if (this.#halt !== undefined) return
    // The goal is what counts: which rungs failed on the way there is told beside each of them.
    if (isReached) this.#faults.length = 0
    else this.#faults.push(new Fault('run-goal-missed', {check: plan.until.check}))
  }

  async conclude(): Promise<Performed> {
    const {plan} = this.#script
    const [halt, results] = [this.#halt, this.#results]
    if (halt === 'late') this.#faults.unshift(new Fault('run-deadline', {afterMs: plan.timeoutMs}))
    let end: Performed['end'] = halt === undefined && this.#faults.length === 0 ? 'finished' : 'failed'
    if (halt === 'interrupted' || halt === 'late') end = halt
    // Broken off, the step at hand decides: what it would have had undone on a failure is undone now.
    if (halt === 'undo' || (halt !== 'stop' && halt !== undefined && this.#current?.draft.onFailure === 'undo')) {
      const {left, causes, unwritten} = await retreat(this.#script, results)
      this.#faults.push(...unwritten)
      this.#tellStuck(left, causes)
      if (left.length > 0) end = 'stuck'
      else if (halt === 'undo') end = 'undone'
    } else if (halt === 'late') {
      const steps = plan.steps.map(({draft}) => draft.id).filter((id) => isLeft(results.get(id)))
      if (steps.length > 0) this.#faults.unshift(new Fault('run-out-of-time', {steps: steps.join(', ')}))
    }
    return {results, end, faults: this.#faults}
  }

  #tellStuck(left: readonly string[], causes: readonly Fault[]): void {
    if (left.length > 0) this.#faults.unshift(new Fault('run-stuck', {steps: left.join(', ')}), ...causes)
  }

  async #step(step: PlannedStep, isReached: boolean): Promise<StepResult> {
    const {draft} = step
    const needed = draft.needs.find((id) => !isOver(this.#results.get(id)))
    if (isReached) return this.#note(step, skipped(finding('step-goal-reached', {})))
    if (needed !== undefined) return this.#note(step, skipped(finding('step-needs-unmet', {needed})))
    const {clock} = this.#script.crew.host
    const {progress, expectedMs, plan} = this.#script
    const begunMs = clock.elapsed()
    const expected = expectedMs.get(draft.id)
    progress.begin(draft.id, {
      position: `${draft.number}/${plan.steps.length}`,
      ...(expected === undefined ? {} : {expectedMs: expected})
    })
    const came = resultOf(await this.#attempt(step), clock.elapsed() - begunMs)
    const result = stillTouched(came, this.#script.earlier.get(draft.id))
    progress.finish(draft.id, result.status)
    this.#isShaken ||= isShaking(step, result)
    return this.#note(step, result)
  }

  #attempt(step: PlannedStep): Promise<Came> {
    const {crew, stop, scribe, earlier} = this.#script
    return attempt(crew, {
      step,
      given: outputsOf(this.#results),
      // What this run has put back itself is as it left it, and not as it was planned on.
      isShaken: this.#isShaken || earlier.get(step.draft.id)?.status === 'undone',
      wasBegun: earlier.get(step.draft.id)?.isTouched === true,
      endMs: this.#endMs,
      stop,
      begin: (change) => scribe.begin(step, change)
    })
  }

  /** What cannot be written down is not gone on with, though it has been done. */
  async #note(step: PlannedStep, result: StepResult): Promise<StepResult> {
    this.#results.set(step.draft.id, result)
    try {
      await this.#script.scribe.end(step, result)
      return result
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause
      this.#isRecorded = false
      const unwritten = {...result, status: 'failed', faults: [...result.faults, cause]} as const
      this.#results.set(step.draft.id, unwritten)
      return unwritten
    }
  }

  #haltBefore(): Halt | undefined {
    if (this.#script.stop.aborted) return 'interrupted'
    return this.#script.crew.host.clock.elapsed() >= this.#endMs ? 'late' : undefined
  }

  #haltAfter(onFailure: OnFailure): Halt | undefined {
    if (onFailure === 'continue') return this.#haltBefore() ?? (this.#isRecorded ? undefined : 'stop')
    return this.#haltBefore() ?? onFailure
  }

  async #passes({check, times, everyMs}: Goal): Promise<boolean> {
    const {crew, stop} = this.#script
    const {clock} = crew.host
    const limit = deadlineAfter(clock, Math.max(0, this.#endMs - clock.elapsed()), stop)
    try {
      for (let passed = 0; passed < times; passed += 1) {
        if (passed > 0) await sleep(clock, everyMs, limit.signal)
        if (limit.signal.aborted || (await crew.check(check, limit.signal)).status !== 'ok') return false
      }
      return true
    } finally {
      limit.cancel()
    }
  }
}

/** What it planned on may be gone: after a program, and after a step that could not be planned at all. */
function isShaking({outlook}: PlannedStep, result: StepResult | undefined): boolean {
  return result?.isTouched === true && isOpaque(outlook)
}

function isLeft(result: StepResult | undefined): boolean {
  return result?.isTouched === true && result.status !== 'not-reached'
}

function isOver(result: StepResult | undefined): boolean {
  return result?.status === 'done' || result?.status === 'nothing'
}

function skipped(said: Finding): StepResult {
  return {status: 'skipped', said, faults: [], outputs: noOutputs, durationMs: 0, ...untouched}
}

function resultOf(came: Came, durationMs: number): StepResult {
  switch (came.status) {
    case 'done':
      return {
        status: 'done',
        said: came.acted?.said ?? null,
        faults: [],
        outputs: came.outputs,
        durationMs,
        ...touchOf(came.acted)
      }
    case 'nothing':
    case 'skipped':
      return {status: came.status, said: came.said, faults: [], outputs: noOutputs, durationMs, ...untouched}
    case 'failed':
      return {
        status: 'failed',
        said: null,
        faults: came.faults,
        outputs: came.outputs,
        durationMs,
        ...touchOf(came.acted)
      }
  }
}

const untouched = {isTouched: false, target: null, before: null} as const

function touchOf(acted: Acted | null): Pick<StepResult, 'isTouched' | 'target' | 'before'> {
  return acted === null ? untouched : {isTouched: true, target: acted.target, before: acted.before}
}

/** What an earlier process of this run has begun stays begun, whatever keeps this one from going on with it. */
function stillTouched(result: StepResult, earlier: StepResult | undefined): StepResult {
  if (result.isTouched || earlier?.isTouched !== true) return result
  return {...result, isTouched: true, target: earlier.target, before: earlier.before}
}

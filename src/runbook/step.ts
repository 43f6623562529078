import type {Fault} from '../base/fault.ts'
import type {Finding} from '../base/findings.ts'
import type {CheckResult, Needs, Risk} from '../base/report.ts'
import type {Config} from '../config/schema.ts'
import type {Kind, Meaning} from '../config/shape.ts'
import type {Host} from '../host/host.ts'
import type {Effect, Facts, Subject} from './facts.ts'

/**
 * One kind of step. `subjects` and `plan` are pure; `apply` and `undo` are the only ones that act. What holds for every
 * kind is in `test/runbook/kinds.test.ts`: planning after applying finds nothing to do; undo after apply restores; and
 * whichever operation fails, or is the last before a kill, the world is as before, as after, or is brought to either by
 * `undo` or by applying again.
 */
export interface StepKind<Inputs = unknown> {
  /** `file.write` */
  readonly name: string
  readonly about: Meaning
  /** A record: the keys of `with:`. */
  readonly fields: Kind<Inputs>
  /** What of the world decides: read before planning, and again right before acting. */
  subjects(inputs: Inputs, at: StepPlace): readonly Subject[]
  plan(inputs: Inputs, facts: Facts, at: StepPlace): Outlook
  /** Brings about what `plan` said. Applied again after a kill, it finishes what it began. */
  apply(work: Work<Inputs>): Promise<Applied>
  /** Makes durable what an earlier attempt, broken off right after it had acted, may have left to a power loss. */
  secure?(work: Work<Inputs>): Promise<Applied>
  /** Restores what was before, wherever `apply` came to; doing it twice is doing it once. */
  undo(work: Undoing<Inputs>): Promise<Undone>
}

/** Where a step stands: the same at planning, applying, resuming and undoing. */
export interface StepPlace {
  readonly run: {readonly id: string; readonly startedMs: number}
  /** In the plan, from 1. */
  readonly number: number
  /** Of the runbook: relative programs and scripts are meant from here. */
  readonly folder: string
  readonly config: Config
  readonly uid: number
}

/** What a step will do, as far as that can be known without doing it. */
export type Outlook =
  /** The world is already as the step wants it. */
  | {readonly action: 'nothing'; readonly target: string; readonly said: Finding}
  /** Reads only: a check, a wait, a program that changes nothing. */
  | ({readonly action: 'look'; readonly target: string; readonly said: Finding} & Demands)
  | ({readonly action: 'change'} & Change & Demands)
  | {readonly action: 'refuse'; readonly target: string; readonly reasons: readonly Fault[]}

export interface Change {
  /** The one thing it acts on: a path, a unit, the words of a program. */
  readonly target: string
  readonly said: Finding
  /** What must still be so when the step acts; a null in it is unknown until an earlier step has been applied. */
  readonly before: Json
  /** Null: unknown until applied. */
  readonly after: Json
  readonly isReversible: boolean
  /** Whether looking at the world tells if it was applied. If not, a run that was killed in it cannot know. */
  readonly isObservable: boolean
  /** Doing it twice does no harm: a run that was killed in it does it again, even where nothing shows whether it did. */
  readonly isRepeatable?: boolean
  /** More may change than it says, as with any program: what was planned on before it may then not be so any more. */
  readonly isOpaque?: boolean
  /** The world shows this very step, begun and not finished: applying it again finishes it. */
  readonly isHalfDone?: boolean
  readonly risk: Risk
  /** What later steps of the same plan will find. */
  readonly effects: readonly Effect[]
  /** For `--diff`: the whole text before and after. */
  readonly texts?: {readonly before: string; readonly after: string}
}

export interface Demands {
  readonly needs: Needs
}

export const needsNothing: Needs = {root: false, programs: [], spaceBytes: 0}

export interface Work<Inputs> {
  readonly inputs: Inputs
  readonly at: StepPlace
  readonly host: StepHost
  /** Runs one check now. */
  readonly check: (id: string, signal: AbortSignal) => Promise<CheckResult>
  readonly signal: AbortSignal
  /** The signal fires then; programs get it as their own deadline. */
  readonly deadlineMs: number
}

export interface Undoing<Inputs> extends Work<Inputs> {
  /** The step is known to have come to its end, so that something has to be put back. */
  readonly isDone: boolean
  /** What the step was planned on; null where that could not be known. */
  readonly before: Json
  /** A program had acted since then, so that the step may have gone by what it found instead. */
  readonly isShaken: boolean
}

export type StepHost = Pick<Host, 'clock' | 'disk' | 'machine' | 'openFiles' | 'processes' | 'random' | 'services'>

export type Applied =
  | {readonly status: 'done'; readonly outputs: Outputs}
  | {readonly status: 'failed'; readonly fault: Fault; readonly outputs: Outputs}

/** What later steps can name as `${steps.ID.KEY}`, and what the journal keeps of it. */
export interface Outputs {
  readonly values: Readonly<Record<string, Json>>
  /** What a program printed, for the run's own folder; the journal keeps its end. */
  readonly printed?: string
}

export const noOutputs: Outputs = {values: {}}

export type Undone = {readonly status: 'undone'} | {readonly status: 'failed'; readonly fault: Fault}

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json}

import type {Fault} from '../base/fault.ts'
import type {FaultCode, FaultValues} from '../base/faults.ts'
import type {ReportStatus, StepOutcome, PlanItem} from '../base/report.ts'
import type {Finding, FindingCode, FindingValues} from '../base/findings.ts'
import {plain} from './columns.ts'

/** What is wrong, or what is so; and what to do about it. */
export interface Sentence {
  readonly text: string
  readonly hint?: string
}

/** How amounts are written inside sentences; the zone of times is the reader's choice. */
export interface Writing {
  time(ms: number): string
  duration(ms: number): string
  size(bytes: number): string
  number(value: number): string
  /** A value as one word of a shell command: whoever pastes a hint must not run what a name has in it. */
  word(text: string): string
}

/** All that is said in one language. A missing sentence does not compile. */
export interface Catalogue {
  /** An operator can mend a fault, so none goes without a hint. */
  readonly faults: {readonly [Code in FaultCode]: (values: FaultValues<Code>, write: Writing) => Required<Sentence>}
  readonly findings: {readonly [Code in FindingCode]: (values: FindingValues<Code>, write: Writing) => Sentence}
  readonly words: Words
  /** By command; those of `*` belong to every command. */
  readonly commands: Readonly<Record<string, CommandWords | undefined>>
}

/** What a command says of itself in this language; where it is missing, the command's own English counts. */
export interface CommandWords {
  readonly summary: string
  readonly description?: string
  /** In the order of the command's own. */
  readonly examples: readonly string[]
  readonly args?: Readonly<Record<string, string>>
  readonly flags: Readonly<Record<string, string>>
}

/** As the journal has them; a room below this one cannot name its types. */
type RunStatus =
  | 'running'
  | 'crashed'
  | 'done'
  | 'nothing'
  | 'partial'
  | 'failed'
  | 'stuck'
  | 'refused'
  | 'interrupted'
  | 'undone'
  | 'deadline'
  | 'closed'
type StepStatus = 'begun' | 'done' | 'nothing' | 'failed' | 'skipped' | 'undone' | 'undo_failed'

export interface Words {
  readonly about: string
  readonly status: Readonly<Record<'ok' | 'warning' | 'critical' | 'unknown' | 'skipped', string>>
  readonly warning: string
  readonly error: string
  readonly usage: string
  readonly commands: string
  readonly arguments: string
  readonly flags: string
  readonly examples: string
  configGood(path: string | undefined): string
  /** What a step of a plan will do, or did. */
  readonly steps: Readonly<Record<PlanItem['action'] | StepOutcome['status'], string>>
  /** How an action ended. */
  readonly outcomes: Readonly<Record<ReportStatus, string>>
  /** How a run ended, or did not. */
  readonly runStatus: Readonly<Record<RunStatus, string>>
  readonly stepStatus: Readonly<Record<StepStatus, string>>
  readonly lives: Readonly<Record<'alive' | 'late' | 'gone' | 'unknowable', string>>
  agree(steps: string): string
  readonly notReversible: string
  readonly needsRoot: string
  timeout(limit: string): string
  stepSummary(counts: Readonly<Record<string, number>>, took: string): string
  runKept(run: string): string
  moreHelp(command: string): string
  summary(counts: Readonly<Record<string, number>>, took: string): string
}

export function sayFault(fault: Fault, catalogue: Catalogue, write: Writing): Required<Sentence> {
  return say(catalogue.faults[fault.code] as Sayer<Required<Sentence>>, fault.values, write)
}

export function sayFinding(finding: Finding, catalogue: Catalogue, write: Writing): Sentence {
  return say(catalogue.findings[finding.code] as Sayer<Sentence>, finding.values, write)
}

type Sayer<Said> = (values: object, write: Writing) => Said

function say<Said>(sayer: Sayer<Said>, values: object, write: Writing): Said {
  return sayer(harmless(values) as object, write)
}

function harmless(value: unknown): unknown {
  if (typeof value === 'string') return plain(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, harmless(inner)]))
}

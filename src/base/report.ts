import type {Fault} from './fault.ts'
import type {Finding} from './findings.ts'

export type CheckStatus = 'ok' | 'warning' | 'critical' | 'unknown'

export interface Threshold {
  readonly warning: string | null
  readonly critical: string | null
}

/** What one check found, ready to be printed in any format and language. */
export interface CheckResult {
  readonly id: string
  readonly status: CheckStatus | 'skipped'
  readonly value: number | string | null
  readonly unit: string | null
  readonly threshold: Threshold | null
  readonly finding: Finding
  readonly evidence: readonly Finding[]
  readonly durationMs: number
}

export type ReportStatus = CheckStatus | 'done' | 'nothing' | 'planned' | 'partial' | 'failed' | 'refused'

/** What came of a command. `cli.ts` prints it and chooses the exit code; nothing else does either. */
export interface Report {
  /** `daily-check`, `config show`: becomes the schema's name. */
  readonly command: string
  /** For people, where the command alone does not say enough: `runbook run free-space`. */
  readonly title?: string
  readonly status: ReportStatus
  readonly changed: readonly string[]
  readonly checks: readonly CheckResult[]
  readonly warnings: readonly Fault[]
  readonly errors: readonly Fault[]
  /** `--warn-as-ok`: the status stays a warning, the exit code becomes 0. */
  readonly warningsPass?: boolean
  /** The plan of a changing command: what it does, or with `--dry-run` would do. */
  readonly plan?: readonly PlanItem[]
  /** Nothing was changed, and nothing but the plan is told. */
  readonly isDryRun?: boolean
  /** `--detailed-exitcode`: a plan that would change something ends with 2. */
  readonly isPendingTold?: boolean
  /** Of the run in the journal, where there is one. */
  readonly runId?: string
  /** Results that are a document of their own: lines for people, fields for programs. */
  readonly body?: ReportBody
}

/** `low` can be put back; `high` interrupts the service or cannot be put back: a person is asked first. */
export type Risk = 'none' | 'low' | 'high'

export interface Needs {
  readonly root: boolean
  readonly programs: readonly string[]
  readonly spaceBytes: number
}

/** One step of a plan, and once it has run, what came of it. */
export interface PlanItem {
  readonly id: string
  readonly kind: string
  readonly target: string
  readonly action: 'nothing' | 'look' | 'change' | 'unknown' | 'skip'
  readonly said: Finding
  readonly before: unknown
  /** Null: unknown until applied. */
  readonly after: unknown
  readonly reversible: boolean
  readonly needs: Needs
  readonly risk: Risk
  readonly timeoutMs: number
  /** Changed lines, with `--diff`. */
  readonly diff?: readonly string[]
  readonly outcome?: StepOutcome
}

export interface StepOutcome {
  readonly status: 'done' | 'nothing' | 'failed' | 'skipped' | 'undone' | 'stuck' | 'not-reached'
  readonly said: Finding | Fault | null
  readonly durationMs: number
}

export interface ReportBody {
  readonly lines: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
}

const worstFirst = ['critical', 'warning', 'unknown', 'ok'] as const

/** Worst of all that was judged. `skipped` does not count, and where nothing was judged nothing is known. */
export function worst(results: readonly Pick<CheckResult, 'status'>[]): CheckStatus {
  return worstFirst.find((status) => results.some((result) => result.status === status)) ?? 'unknown'
}

/** A report that is nothing but its errors. */
export function failure(command: string, status: 'unknown' | 'failed' | 'refused', errors: readonly Fault[]): Report {
  return {command, status, changed: [], checks: [], warnings: [], errors}
}

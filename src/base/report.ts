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
  readonly status: ReportStatus
  readonly changed: readonly string[]
  readonly checks: readonly CheckResult[]
  readonly warnings: readonly Fault[]
  readonly errors: readonly Fault[]
  /** `--warn-as-ok`: the status stays a warning, the exit code becomes 0. */
  readonly warningsPass?: boolean
  /** Results that are a document of their own: lines for people, fields for programs. */
  readonly body?: ReportBody
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

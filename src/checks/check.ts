import type {CheckResult, CheckStatus, Threshold} from '../base/report.ts'
import type {Finding} from '../base/findings.ts'
import type {Range} from '../base/range.ts'
import {alerts} from '../base/range.ts'
import type {Config} from '../config/schema.ts'
import type {Host} from '../host/host.ts'
import type {FileSystems} from './file-systems.ts'

/** One check: reads, judges, changes nothing. Its id is stable: configuration, alerts and dashboards name it. */
export interface Check {
  readonly id: string
  /** When one of these fails, this one has nothing of its own to say and is skipped because of it. */
  readonly parents?: readonly string[]
  read(context: CheckContext): Promise<Verdict>
}

export interface CheckContext {
  readonly host: Host
  readonly config: Config
  /** Whether the operator set it (file, environment or flag); a default that is absent here is no fault. */
  readonly isSet: (setting: string) => boolean
  /** Asked before a path of the configuration is touched: the mount behind it may be dead. */
  readonly fileSystems: FileSystems
  /** Where runs, and these checks, are remembered. */
  readonly stateFolder: string
  readonly window: {readonly fromMs: number; readonly toMs: number}
  /** What this check remembered at its last run. */
  readonly remembered: Remembered | undefined
  /** Fires at the deadline of this check, or when the whole run is stopped. */
  readonly signal: AbortSignal
}

/** Kept between runs, as JSON, per check. */
export interface Remembered {
  readonly atMs: number
  readonly values: Readonly<Record<string, unknown>>
}

export interface Verdict {
  readonly status: CheckStatus | 'skipped'
  readonly finding: Finding
  readonly value?: number | string
  readonly unit?: string
  readonly threshold?: Threshold
  readonly evidence?: readonly Finding[]
  /** To be remembered for the next run. */
  readonly remember?: Readonly<Record<string, unknown>>
}

export interface Limits {
  readonly warning: Range | null
  readonly critical: Range | null
}

/** The status of a reading under its thresholds. */
export function judge(value: number, limits: Limits): CheckStatus {
  if (limits.critical !== null && alerts(limits.critical, value)) return 'critical'
  if (limits.warning !== null && alerts(limits.warning, value)) return 'warning'
  return 'ok'
}

export function thresholdOf(limits: Limits): Threshold {
  return {warning: limits.warning?.text ?? null, critical: limits.critical?.text ?? null}
}

export function skipped(finding: Finding): Verdict {
  return {status: 'skipped', finding}
}

export function unknown(finding: Finding): Verdict {
  return {status: 'unknown', finding}
}

export function resultOf(id: string, verdict: Verdict, durationMs: number): CheckResult {
  return {
    id,
    status: verdict.status,
    value: verdict.value ?? null,
    unit: verdict.unit ?? null,
    threshold: verdict.threshold ?? null,
    finding: verdict.finding,
    evidence: verdict.evidence ?? [],
    durationMs
  }
}

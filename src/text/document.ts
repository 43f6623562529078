import {Fault} from '../base/fault.ts'
import type {Finding} from '../base/findings.ts'
import type {CheckResult, PlanItem, Report} from '../base/report.ts'
import {en} from './en.ts'
import {sayFault, sayFinding} from './say.ts'
import {formatTime, writing} from './writing.ts'

/** What is known about a run besides its report. */
export interface RunFacts {
  readonly runId: string
  readonly startedMs: number
  readonly durationMs: number
  readonly host: string
  readonly user: string
  readonly exitCode: number
}

// Programs read it: always English, always UTC, whatever the operator's language and zone are.
const write = writing('utc')

/** The one JSON document of a command. Fields are only ever added. */
export function documentOf(report: Report, run: RunFacts): Record<string, unknown> {
  return {
    schema: `logcaster.${report.command.replaceAll(' ', '.')}/1`,
    run_id: report.runId ?? run.runId,
    ok: run.exitCode === 0,
    exit_code: run.exitCode,
    status: report.status,
    dry_run: report.isDryRun === true,
    changed: report.changed,
    started_at: formatTime(run.startedMs, 'utc'),
    ended_at: formatTime(run.startedMs + run.durationMs, 'utc'),
    duration_ms: Math.round(run.durationMs),
    host: run.host,
    user: run.user,
    ...(report.plan === undefined ? {} : {plan: report.plan.map(planFields)}),
    checks: report.checks.map(checkFields),
    warnings: report.warnings.map(faultFields),
    errors: report.errors.map(faultFields),
    next: [...new Set([...report.errors.map(hintOf), ...report.checks.map(checkHint)])].filter((hint) => hint !== null),
    ...report.body?.fields
  }
}

function planFields(item: PlanItem): Record<string, unknown> {
  const {needs, outcome} = item
  return {
    id: item.id,
    kind: item.kind,
    target: item.target,
    action: item.action,
    ...findingFields(item.said),
    before: item.before,
    after: item.after,
    reversible: item.reversible,
    risk: item.risk,
    needs: {root: needs.root, programs: needs.programs, space_bytes: needs.spaceBytes},
    timeout_ms: item.timeoutMs,
    ...(item.diff === undefined ? {} : {diff: item.diff}),
    ...(outcome === undefined ? {} : {outcome: outcomeFields(outcome)})
  }
}

function outcomeFields({status, said, durationMs}: NonNullable<PlanItem['outcome']>): Record<string, unknown> {
  const told = said === null ? {} : said instanceof Fault ? faultFields(said) : findingFields(said)
  return {status, ...told, duration_ms: Math.round(durationMs)}
}

function checkFields(check: CheckResult): Record<string, unknown> {
  return {
    id: check.id,
    status: check.status,
    value: check.value,
    unit: check.unit,
    threshold: check.threshold,
    ...findingFields(check.finding),
    evidence: check.evidence.map(findingFields),
    hint: checkHint(check),
    skipped_because: check.status === 'skipped' ? sayFinding(check.finding, en, write).text : null,
    duration_ms: Math.round(check.durationMs)
  }
}

function findingFields(finding: Finding): Record<string, unknown> {
  return {code: finding.code, message: sayFinding(finding, en, write).text, values: finding.values}
}

function faultFields(fault: Fault): Record<string, unknown> {
  const {text, hint} = sayFault(fault, en, write)
  return {code: fault.code, message: text, target: targetOf(fault), hint, values: fault.values}
}

/** What a fault is about, if it names a thing. */
function targetOf(fault: Fault): string | null {
  const values: Readonly<Record<string, unknown>> = {...fault.values}
  const named = values['path'] ?? values['file'] ?? values['flag'] ?? values['id'] ?? values['program']
  return typeof named === 'string' ? named : null
}

function hintOf(fault: Fault): string {
  return sayFault(fault, en, write).hint
}

/** Good and skipped checks need no advice. */
function checkHint(check: CheckResult): string | null {
  if (check.status === 'ok' || check.status === 'skipped') return null
  return sayFinding(check.finding, en, write).hint ?? null
}

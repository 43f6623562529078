import {reasonOf} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import type {CheckResult, CheckStatus} from '../base/report.ts'
import {deadlineAfter, type Clock} from '../host/clock.ts'
import {certExpiry} from './cert-expiry.ts'
import {journalIntegrity} from './journal-integrity.ts'
import {resultOf, skipped, unknown, type Check, type CheckContext, type Verdict} from './check.ts'
import {clockSync} from './clock-sync.ts'
import {diskForecast} from './disk-forecast.ts'
import {diskInodes} from './disk-inodes.ts'
import {diskSpace} from './disk-space.ts'
import {fdUsage} from './fd-usage.ts'
import {k8sPods} from './k8s-pods.ts'
import {loadPressure} from './load-pressure.ts'
import {logErrors} from './log-errors.ts'
import {logFreshness} from './log-freshness.ts'
import {memAvailable} from './mem-available.ts'
import {memOom} from './mem-oom.ts'
import {portHealth} from './port-health.ts'
import {portIngest} from './port-ingest.ts'
import {portQuery} from './port-query.ts'
import {runsCrashed} from './runs-crashed.ts'
import {serviceRestarts} from './service-restarts.ts'
import {serviceState} from './service-state.ts'

/** All checks, in the order in which they are shown. Ids are stable. */
export const checks: readonly Check[] = [
  serviceState,
  serviceRestarts,
  portIngest,
  portQuery,
  portHealth,
  diskSpace,
  diskInodes,
  diskForecast,
  memAvailable,
  memOom,
  loadPressure,
  fdUsage,
  logErrors,
  logFreshness,
  certExpiry,
  clockSync,
  k8sPods,
  runsCrashed,
  journalIntegrity
]

/** Asked for each check: undefined runs it, a verdict stands in its place. */
export type Excused = (id: string) => Verdict | undefined

export interface Watch {
  begin(id: string): void
  finish(id: string, status: string): void
}

export interface Run {
  readonly clock: Clock
  readonly checks: readonly Check[]
  readonly excused: Excused
  /** Everything a check needs but what is its own: its memory and its deadline. */
  contextOf(id: string, signal: AbortSignal): CheckContext
  readonly deadlineMs: number
  readonly stop: AbortSignal
  readonly watch: Watch
}

export interface Checked {
  readonly result: CheckResult
  readonly remember: Verdict['remember']
}

/**
 * All checks side by side, each with its own deadline that it need not obey to be held to it: what hangs in one never
 * delays another. Then children whose parent explains their failure are skipped because of it.
 */
export async function runChecks(run: Run): Promise<readonly Checked[]> {
  const found = await Promise.all(run.checks.map((check) => runOne(check, run)))
  const statuses = new Map(found.map(({result}) => [result.id, result.status]))
  return found.map((one, at) => {
    const parents = run.checks[at]?.parents ?? []
    const parent = parents.find((id) => explains(statuses.get(id), one.result.status))
    if (parent === undefined) return one
    const because = skipped(finding('skipped-because', {parent}))
    return {...one, result: resultOf(one.result.id, because, one.result.durationMs)}
  })
}

const rank: Readonly<Record<CheckStatus | 'skipped', number>> = {skipped: 0, ok: 0, unknown: 1, warning: 2, critical: 3}

/** A failure is only put down to one that is at least as bad: an unknown parent must not hide a critical child. */
function explains(parent: CheckStatus | 'skipped' | undefined, child: CheckStatus | 'skipped'): boolean {
  return parent !== undefined && rank[child] > 0 && rank[parent] >= rank[child]
}

async function runOne(check: Check, run: Run): Promise<Checked> {
  const excuse = run.excused(check.id)
  if (excuse !== undefined) return {result: resultOf(check.id, excuse, 0), remember: undefined}
  const deadline = deadlineAfter(run.clock, run.deadlineMs, run.stop)
  const context = run.contextOf(check.id, deadline.signal)
  const begunMs = run.clock.elapsed()
  run.watch.begin(check.id)
  const verdict = await Promise.race([attempt(check, context), whenCut(deadline.signal, run)])
  deadline.cancel()
  run.watch.finish(check.id, verdict.status)
  return {result: resultOf(check.id, verdict, run.clock.elapsed() - begunMs), remember: verdict.remember}
}

async function attempt(check: Check, context: CheckContext): Promise<Verdict> {
  try {
    return await check.read(context)
  } catch (cause) {
    // One broken check must not take the others' answers with it.
    return unknown(finding('check-broke', {detail: reasonOf(cause)}))
  }
}

function whenCut(signal: AbortSignal, run: Run): Promise<Verdict> {
  return new Promise((resolve) => {
    const cut = (): void => {
      const said =
        signal.reason === 'deadline'
          ? finding('check-timed-out', {deadlineMs: run.deadlineMs})
          : finding('check-interrupted', {})
      resolve(unknown(said))
    }
    if (signal.aborted) cut()
    else signal.addEventListener('abort', cut, {once: true})
  })
}

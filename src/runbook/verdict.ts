import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import type {CheckResult} from '../base/report.ts'
import {checks} from '../checks/checks.ts'
import {checkAlone, type Scene} from '../checks/daily.ts'
import {sleep} from '../host/clock.ts'
import type {Json, Work} from './step.ts'

/** Runbooks that decide by a check: whether it passed, and what to say when it did not. */

/** Runs one check now. Nothing is remembered of it, so that the next daily run compares with the last one. */
export async function checkNow(
  scene: Pick<Scene, 'host' | 'loaded' | 'stateFolder'>,
  id: string,
  signal: AbortSignal
): Promise<CheckResult> {
  const check = checks.find((one) => one.id === id)
  if (check === undefined) throw unknownId(id)
  return checkAlone({...scene, stop: signal}, check)
}

/** The worst that still passes. */
export type Allowed = 'ok' | 'warning'

/** What was skipped or is unknown has verified nothing. */
export function passes({status}: CheckResult, allow: Allowed): boolean {
  return status === 'ok' || (status === 'warning' && allow === 'warning')
}

/** What later steps, and conditions, can name of it. */
export function valuesOf({status, value, unit, finding}: CheckResult): Readonly<Record<string, Json>> {
  return {status, value, unit, finding: finding.code}
}

export function checkFailed({id, status, finding}: CheckResult): Fault {
  return new Fault('step-check-failed', {check: id, status, finding: finding.code})
}

/** A runbook is read where ids are known; one that comes from an input is only known when it is planned. */
export function unknownCheck(id: string): Fault | undefined {
  return checks.some((check) => check.id === id) ? undefined : unknownId(id)
}

function unknownId(id: string): Fault {
  const ids = checks.map((check) => check.id)
  return new Fault('check-unknown-id', {id, nearest: nearest(id, ids)})
}

/** Between two looks; a shorter pause would keep the machine busy with nothing but looking. */
const everyMsMin = 100

/** Waits as long as was asked for, unless the step is over before. */
export function pause({host, signal}: Pick<Work<unknown>, 'host' | 'signal'>, everyMs: number): Promise<void> {
  return sleep(host.clock, Math.max(everyMsMin, everyMs), signal)
}

/** What is told of a step whose time is up, or that somebody broke off. */
export function cutShort(target: string, signal: AbortSignal, afterMs: number): Fault {
  return signal.reason === 'deadline'
    ? new Fault('step-late', {target, afterMs: Math.round(afterMs)})
    : new Fault('step-stopped', {target})
}

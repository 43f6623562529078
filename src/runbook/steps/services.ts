import {Fault} from '../../base/fault.ts'
import type {Finding} from '../../base/findings.ts'
import {record, type Kind} from '../../config/shape.ts'
import {sleep} from '../../host/clock.ts'
import type {ServiceFacts, ServiceState, ServiceVerb} from '../../host/services.ts'
import {fullUnitName} from '../../host/systemd.ts'
import type {Effect, UnitSubject} from '../facts.ts'
import {unitName} from '../fields.ts'
import {needsNothing, noOutputs} from '../step.ts'
import type {Applied, Json, Outlook, Outputs, Undone, Work} from '../step.ts'

/**
 * What the kinds that start, stop and restart a service have in common. A step is done when the manager says that the
 * service is as it was wanted, not when it took the order.
 */

export interface UnitInputs {
  readonly unit: string
}

export const unitFields: Kind<UnitInputs> = record({unit: unitName()})

/** With its type: `app` and `app.service` in one runbook are one service. */
export function unitOf({unit}: UnitInputs): string {
  return fullUnitName(unit) ?? unit
}

export function unitSubject(inputs: UnitInputs): UnitSubject {
  return {type: 'unit', unit: unitOf(inputs)}
}

export function refuse(unit: string, reason: Fault): Outlook {
  return {action: 'refuse', target: unit, reasons: [reason]}
}

/** Why a service in this state is not worked on; undefined when it is up or down. */
export function obstacle(unit: string, state: ServiceState): Fault | undefined {
  if (!('active' in state)) return unmanageable(unit, state)
  const {answer, active, sub} = state
  return answer === 'changing' ? new Fault('unit-changing', {unit, active, sub}) : undefined
}

/** What the manager has nothing to say about. */
function unmanageable(unit: string, state: Exclude<ServiceState, ServiceFacts>): Fault {
  switch (state.answer) {
    case 'no-manager':
      return new Fault('unit-no-manager', {unit})
    case 'unknown-unit':
      return new Fault('unit-absent', {unit})
    case 'masked':
      return new Fault('unit-masked', {unit})
    case 'unanswered':
      return new Fault('unit-unanswered', {unit, reason: state.reason})
  }
}

export interface Turn {
  readonly said: Finding
  readonly to: 'up' | 'down'
  readonly isReversible: boolean
}

/** To work on a service interrupts it, so a person is asked first. */
export function change(unit: string, state: ServiceState, {said, to, isReversible}: Turn): Outlook {
  return {
    action: 'change',
    target: unit,
    said,
    before: beforeOf(state),
    after: {answer: to, since_ms: null, main_pid: null},
    isReversible,
    isObservable: true,
    risk: 'high',
    effects: [effect(unit, to)],
    needs: {...needsNothing, root: !('active' in state && state.isOurs === true)}
  }
}

/** Which run of the service it was that somebody agreed to end. Since when one is down makes no difference to anybody. */
function beforeOf(state: ServiceState): Json {
  if (state.answer !== 'up') return {answer: state.answer, since_ms: null, main_pid: null}
  return {answer: 'up', since_ms: state.sinceMs, main_pid: state.mainPid === 0 ? null : state.mainPid}
}

function effect(unit: string, to: 'up' | 'down'): Effect {
  const words = to === 'up' ? {active: 'active', sub: 'running'} : {active: 'inactive', sub: 'dead'}
  const unknown = {result: 'success', mainPid: 0, restarts: 0, sinceMs: null, isFrozen: false, isStartLimited: false}
  return {subject: {type: 'unit', unit}, fact: {type: 'unit', state: {answer: to, ...words, ...unknown}}}
}

type Wanted = 'up' | 'down'

/** Gives the order, and waits until the service is as it was wanted. */
export async function bring(work: Work<UnitInputs>, verb: ServiceVerb): Promise<Applied> {
  const unit = unitOf(work.inputs)
  const {host, signal, deadlineMs} = work
  const wanted: Wanted = verb === 'stop' ? 'down' : 'up'
  const beganMs = host.clock.elapsed()
  const order = await host.services.change(unit, verb, {deadlineMs, signal})
  if (order.status === 'refused') {
    return failed(new Fault('unit-order-refused', {unit, verb, reason: order.reason}))
  }
  const settled = order.status === 'done' ? await settle(work, unit, wanted) : undefined
  if (settled === undefined) {
    const isLate = order.status === 'deadline' || signal.reason === 'deadline'
    const afterMs = Math.round(host.clock.elapsed() - beganMs)
    return failed(isLate ? new Fault('unit-late', {unit, verb, afterMs}) : new Fault('step-stopped', {target: unit}))
  }
  const outputs: Outputs = {values: {state: 'active' in settled.state ? settled.state.active : settled.state.answer}}
  if (settled.isAsWanted) return {status: 'done', outputs}
  return {status: 'failed', fault: missed(unit, settled.state, wanted), outputs}
}

/** Puts a service back to how it was before the step; one that is so already is left alone. */
export async function putBack(work: Work<UnitInputs>, verb: 'start' | 'stop'): Promise<Undone> {
  const {host, inputs, signal} = work
  const state = await host.services.state(unitOf(inputs), signal)
  if (standing(state, verb === 'stop' ? 'down' : 'up') === 'there') return {status: 'undone'}
  const applied = await bring(work, verb)
  return applied.status === 'done' ? {status: 'undone'} : {status: 'failed', fault: applied.fault}
}

function failed(fault: Fault): Applied {
  return {status: 'failed', fault, outputs: noOutputs}
}

interface Settled {
  readonly isAsWanted: boolean
  readonly state: ServiceState
}

const lookEveryMs = 200

// To systemd most services are up once their process exists. What is wrong with a configuration, or a port that is
// taken, shows in their first moments; whether they then do their work is for a `check` step to say.
const stayUpMs = 1000

/** Undefined: the step was over before the service was one thing or the other. */
async function settle({host, signal}: Work<UnitInputs>, unit: string, wanted: Wanted): Promise<Settled | undefined> {
  let firstUp: {readonly state: ServiceState; readonly atMs: number} | undefined
  for (;;) {
    const state = await host.services.state(unit, signal)
    if (signal.aborted) return undefined
    const place = standing(state, wanted)
    if (place === 'elsewhere') return {isAsWanted: false, state}
    if (place === 'there') {
      if (wanted === 'down') return {isAsWanted: true, state}
      firstUp ??= {state, atMs: host.clock.elapsed()}
      if (restartsOf(state) !== restartsOf(firstUp.state)) return {isAsWanted: false, state}
      if (host.clock.elapsed() - firstUp.atMs >= stayUpMs) return {isAsWanted: true, state}
    }
    await sleep(host.clock, lookEveryMs, signal)
  }
}

/** Whether the service is as it was wanted, may still get there by itself, or will not. */
function standing(state: ServiceState, wanted: Wanted): 'there' | 'on the way' | 'elsewhere' {
  switch (state.answer) {
    case 'up':
    case 'down':
      return state.answer === wanted ? 'there' : 'elsewhere'
    case 'masked':
    case 'unknown-unit':
      // A service that outlived its unit file is neither of these before it is down.
      return wanted === 'down' ? 'there' : 'elsewhere'
    case 'changing':
      // It was up, and died: that the manager tries again is no success of the start.
      return wanted === 'up' && state.sub === 'auto-restart' ? 'elsewhere' : 'on the way'
    case 'unanswered':
      return 'on the way'
    case 'no-manager':
      return 'elsewhere'
  }
}

function restartsOf(state: ServiceState): number {
  return 'restarts' in state ? state.restarts : 0
}

function missed(unit: string, state: ServiceState, wanted: Wanted): Fault {
  if (!('active' in state)) return unmanageable(unit, state)
  const {active, sub, result} = state
  return wanted === 'up'
    ? new Fault('unit-not-up', {unit, active, sub, result})
    : new Fault('unit-not-down', {unit, active, sub})
}

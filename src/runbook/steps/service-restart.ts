import {Fault} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import {duration, record} from '../../config/shape.ts'
import type {ServiceState} from '../../host/services.ts'
import {unitName, withDefault} from '../fields.ts'
import type {StepKind, StepPlace} from '../step.ts'
import {bring, change, obstacle, refuse, unitOf, unitSubject, type UnitInputs} from './services.ts'

interface RestartInputs extends UnitInputs {
  /** One that came up so shortly before the run was begun has just been restarted, by somebody else or by a timer. */
  readonly fresh: number
}

/**
 * Restarts a service that has not just been restarted: two people, or a person and a timer, do it once, and so does a
 * run that was killed in it and is resumed.
 */
export const serviceRestart: StepKind<RestartInputs> = {
  name: 'service.restart',
  about: {en: 'Restarts a service, and sees it stay up', ko: '서비스를 다시 시작하고 살아 있는지 확인'},
  fields: record({unit: unitName(), fresh: withDefault(duration(), 60_000)}),
  subjects: (inputs) => [unitSubject(inputs)],
  plan(inputs, facts, at) {
    const unit = unitOf(inputs)
    const state = facts.unit(unit)
    const reason = obstacle(unit, state)
    if (reason !== undefined) return refuse(unit, reason)
    const sinceMs = freshSince(state, inputs.fresh, at)
    if (sinceMs !== undefined) {
      return {action: 'nothing', target: unit, said: finding('step-service-fresh', {unit, sinceMs})}
    }
    return change(unit, state, {said: finding('step-service-restarts', {unit}), to: 'up', isReversible: false})
  },
  apply: (work) => bring(work, 'restart'),
  undo: () => Promise.resolve({status: 'failed', fault: new Fault('step-not-reversible', {})})
}

// systemd tells whole seconds: what came up within the second of the limit may have come up after it.
const roundedMs = 999

function freshSince(state: ServiceState, freshMs: number, {run}: StepPlace): number | undefined {
  if (state.answer !== 'up' || state.isFrozen || state.sinceMs === null) return undefined
  return state.sinceMs + roundedMs >= run.startedMs - freshMs ? state.sinceMs : undefined
}

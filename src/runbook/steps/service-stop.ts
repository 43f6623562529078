import {finding} from '../../base/findings.ts'
import type {StepKind} from '../step.ts'
import {bring, change, obstacle, putBack, refuse, unitFields, unitOf, unitSubject, type UnitInputs} from './services.ts'

export const serviceStop: StepKind<UnitInputs> = {
  name: 'service.stop',
  about: {en: 'Stops a service', ko: '서비스를 멈춤'},
  fields: unitFields,
  subjects: (inputs) => [unitSubject(inputs)],
  plan(inputs, facts) {
    const unit = unitOf(inputs)
    const state = facts.unit(unit)
    // A masked one that runs is told as one that runs.
    if (state.answer === 'down' || state.answer === 'masked') {
      return {action: 'nothing', target: unit, said: finding('step-service-down', {unit})}
    }
    const reason = obstacle(unit, state)
    if (reason !== undefined) return refuse(unit, reason)
    return change(unit, state, {said: finding('step-service-stops', {unit}), to: 'down', isReversible: true})
  },
  apply: (work) => bring(work, 'stop'),
  // It only ever stops what was up.
  undo: (work) => putBack(work, 'start')
}

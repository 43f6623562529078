import {Fault} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import type {StepKind} from '../step.ts'
import {bring, change, obstacle, putBack, refuse, unitFields, unitOf, unitSubject, type UnitInputs} from './services.ts'

export const serviceStart: StepKind<UnitInputs> = {
  name: 'service.start',
  about: {en: 'Starts a service, and sees it stay up', ko: '서비스를 시작하고 살아 있는지 확인'},
  fields: unitFields,
  subjects: (inputs) => [unitSubject(inputs)],
  plan(inputs, facts) {
    const unit = unitOf(inputs)
    const state = facts.unit(unit)
    const reason = obstacle(unit, state)
    if (reason !== undefined) return refuse(unit, reason)
    if (state.answer !== 'up') {
      return change(unit, state, {said: finding('step-service-starts', {unit}), to: 'up', isReversible: true})
    }
    // To the manager it is up, so a start would do nothing at all, and seem to have worked.
    if (state.isFrozen) return refuse(unit, new Fault('unit-frozen', {unit}))
    return {action: 'nothing', target: unit, said: finding('step-service-up', {unit})}
  },
  apply: (work) => bring(work, 'start'),
  // It only ever starts what was down.
  undo: (work) => putBack(work, 'stop')
}

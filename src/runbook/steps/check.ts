import {finding} from '../../base/findings.ts'
import {checkId, choice, duration, record, whole, type Kind} from '../../config/shape.ts'
import {withDefault} from '../fields.ts'
import {needsNothing, noOutputs, type Applied, type StepKind, type Work} from '../step.ts'
import {checkFailed, cutShort, passes, pause, unknownCheck, valuesOf, type Allowed} from '../verdict.ts'

interface CheckInputs {
  readonly id: string
  /** So many times in a row. */
  readonly times: number
  readonly every: number
  readonly allow: Allowed
}

const fields: Kind<CheckInputs> = record({
  id: checkId(),
  times: withDefault(whole({min: 1, max: 1000}), 1),
  every: withDefault(duration(), 5000),
  allow: withDefault(choice('ok', 'warning'), 'ok')
})

/** Goes on only when a check passes, so many times in a row: the first time that it does not fails the step. */
export const check: StepKind<CheckInputs> = {
  name: 'check',
  about: {en: 'Goes on only if a check passes', ko: '점검을 통과해야만 계속 진행'},
  fields,
  subjects: () => [],
  plan({id, times}) {
    const unknown = unknownCheck(id)
    if (unknown !== undefined) return {action: 'refuse', target: id, reasons: [unknown]}
    return {action: 'look', target: id, said: finding('step-checks', {check: id, times}), needs: needsNothing}
  },
  apply,
  // There is nothing to undo about having looked.
  undo: () => Promise.resolve({status: 'undone'})
}

async function apply(work: Work<CheckInputs>): Promise<Applied> {
  const {inputs, signal, host} = work
  const beganMs = host.clock.elapsed()
  let outputs = noOutputs
  for (let round = 0; round < inputs.times; round += 1) {
    if (round > 0) await pause(work, inputs.every)
    const result = await work.check(inputs.id, signal)
    // What a check says that was itself cut short is no verdict.
    if (signal.aborted) {
      return {status: 'failed', fault: cutShort(inputs.id, signal, host.clock.elapsed() - beganMs), outputs}
    }
    outputs = {values: valuesOf(result)}
    if (!passes(result, inputs.allow)) return {status: 'failed', fault: checkFailed(result), outputs}
  }
  return {status: 'done', outputs}
}

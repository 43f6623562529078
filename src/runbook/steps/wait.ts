import {Fault} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import type {CheckResult} from '../../base/report.ts'
import {checkId, duration, nullable, record, type Kind} from '../../config/shape.ts'
import {sleep} from '../../host/clock.ts'
import {withDefault} from '../fields.ts'
import {needsNothing, noOutputs, type Applied, type Outlook, type StepKind, type Work} from '../step.ts'
import {cutShort, passes, pause, unknownCheck, valuesOf} from '../verdict.ts'

/** Exactly one of `for` and `until`. */
type WaitInputs = {readonly every: number} & (
  {readonly for: number; readonly until: null} | {readonly for: null; readonly until: string}
)

const both = record({
  for: nullable(duration()),
  until: nullable(checkId()),
  every: withDefault(duration(), 2000)
})

const fields: Kind<WaitInputs> = {
  ...both,
  expects: 'for-or-until',
  parse: (raw) => {
    const inputs = both.parse(raw)
    const isOne = inputs !== undefined && (inputs.for === null) !== (inputs.until === null)
    return isOne ? (inputs as WaitInputs) : undefined
  }
}

/** Waits for some time, or until a check passes. */
export const wait: StepKind<WaitInputs> = {
  name: 'wait',
  about: {en: 'Waits for a time, or until a check passes', ko: '정한 시간 동안, 또는 점검을 통과할 때까지 기다림'},
  fields,
  subjects: () => [],
  plan: outlookOf,
  apply: (work) => {
    const {for: forMs, until} = work.inputs
    return until === null ? waitFor(work, forMs) : waitUntil(work, until)
  },
  // There is nothing to undo about having waited.
  undo: () => Promise.resolve({status: 'undone'})
}

function outlookOf({for: forMs, until}: WaitInputs): Outlook {
  if (until === null) {
    const said = finding('step-waits', {forMs})
    return {action: 'look', target: 'wait', said, needs: needsNothing}
  }
  const unknown = unknownCheck(until)
  if (unknown !== undefined) return {action: 'refuse', target: until, reasons: [unknown]}
  return {action: 'look', target: until, said: finding('step-waits-until', {check: until}), needs: needsNothing}
}

async function waitFor({host, signal}: Work<WaitInputs>, forMs: number): Promise<Applied> {
  const beganMs = host.clock.elapsed()
  await sleep(host.clock, forMs, signal)
  if (!signal.aborted) return {status: 'done', outputs: noOutputs}
  return {status: 'failed', fault: cutShort('wait', signal, host.clock.elapsed() - beganMs), outputs: noOutputs}
}

async function waitUntil(work: Work<WaitInputs>, until: string): Promise<Applied> {
  const {inputs, host, signal} = work
  const beganMs = host.clock.elapsed()
  let last: CheckResult | undefined
  for (;;) {
    const result = await work.check(until, signal)
    // What a check says that was itself cut short is no verdict.
    if (signal.aborted) break
    last = result
    if (passes(result, 'ok')) return {status: 'done', outputs: {values: valuesOf(result)}}
    await pause(work, inputs.every)
  }
  const afterMs = host.clock.elapsed() - beganMs
  const outputs = last === undefined ? noOutputs : {values: valuesOf(last)}
  if (last === undefined || signal.reason !== 'deadline') {
    return {status: 'failed', fault: cutShort(until, signal, afterMs), outputs}
  }
  const {status, finding: said} = last
  const never = {check: until, status, finding: said.code, afterMs: Math.round(afterMs)}
  return {status: 'failed', fault: new Fault('step-check-never-passed', never), outputs}
}

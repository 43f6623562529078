import assert from 'node:assert/strict'
import type {CheckResult} from '../../../src/base/report.ts'
import {finding} from '../../../src/base/findings.ts'
import {deadlineAfter} from '../../../src/host/clock.ts'
import {Facts} from '../../../src/runbook/facts.ts'
import {look} from '../../../src/runbook/look.ts'
import type {Applied, Change, Outlook, Outputs, StepHost} from '../../../src/runbook/step.ts'
import type {StepKind, StepPlace, Undoing, Undone, Work} from '../../../src/runbook/step.ts'
import {inTime, loadedWith} from '../../checks/context.ts'
import type {SimHost} from '../../sim/host.ts'

/** Where the steps of a test stand: one place, one host, and checks that say what the test has them say. */
export interface Stage<H extends StepHost = StepHost> {
  readonly host: H
  readonly at: StepPlace
  readonly check: Work<unknown>['check']
  readonly deadlineMs?: number
  readonly stop?: AbortSignal
  /** What an undo is told of the step. */
  readonly known?: Partial<Pick<Undoing<unknown>, 'isDone' | 'before'>>
}

export interface StageOptions {
  readonly folder?: string
  readonly startedMs?: number
  readonly check?: Work<unknown>['check']
}

export async function stageOn<H extends StepHost>(host: H, options: StageOptions = {}): Promise<Stage<H>> {
  const {config} = await loadedWith()
  const {folder = '/srv/runbooks', startedMs = host.clock.now()} = options
  const run = {id: '20261120T091500Z-k3v9x2', startedMs}
  const at = {run, number: 3, folder, config, uid: host.machine.uid}
  return {host, at, check: options.check ?? (() => assert.fail('this step looks at no check'))}
}

/** The inputs as a runbook gives them, once all values are filled in. */
export function inputsOf<Inputs>(kind: StepKind<Inputs>, raw: unknown): Inputs {
  const inputs = kind.fields.parse(raw)
  assert.ok(inputs !== undefined, `${kind.name} does not take ${JSON.stringify(raw)}`)
  return inputs
}

export async function outlookOf<Inputs>(stage: Stage, kind: StepKind<Inputs>, raw: unknown): Promise<Outlook> {
  const inputs = inputsOf(kind, raw)
  const facts = await look(kind.subjects(inputs, stage.at), stage.host, new AbortController().signal)
  return kind.plan(inputs, facts, stage.at)
}

/** The outlook of a step that changes something. */
export async function changeOf<Inputs>(stage: Stage, kind: StepKind<Inputs>, raw: unknown): Promise<Change> {
  const outlook = await outlookOf(stage, kind, raw)
  assert.ok(outlook.action === 'change', JSON.stringify(outlook))
  return outlook
}

/** The codes of the reasons for which the step is refused; none when it is not. */
export async function refusalsOf<Inputs>(stage: Stage, kind: StepKind<Inputs>, raw: unknown): Promise<string[]> {
  const outlook = await outlookOf(stage, kind, raw)
  return outlook.action === 'refuse' ? outlook.reasons.map(({code}) => code) : []
}

/** How later steps of the same plan find the world. */
export function after(change: Change): Facts {
  return new Facts().with(change.effects)
}

export function apply<Inputs>(stage: Stage, kind: StepKind<Inputs>, raw: unknown): Promise<Applied> {
  return act(stage, (work) => kind.apply({...work, inputs: inputsOf(kind, raw)}))
}

export function undo<Inputs>(stage: Stage, kind: StepKind<Inputs>, raw: unknown): Promise<Undone> {
  const {isDone = false, before = null} = stage.known ?? {}
  return act(stage, (work) => kind.undo({...work, inputs: inputsOf(kind, raw), isDone, before, isShaken: false}))
}

const usualDeadlineMs = 60_000

/** As the runner does it: the signal fires at the deadline, and when the run is stopped. */
async function act<Result>(
  {host, at, check, deadlineMs = usualDeadlineMs, stop}: Stage,
  call: (work: Omit<Work<unknown>, 'inputs'>) => Promise<Result>
): Promise<Result> {
  const limit = deadlineAfter(host.clock, deadlineMs, stop)
  try {
    return await call({at, host, check, signal: limit.signal, deadlineMs})
  } finally {
    limit.cancel()
  }
}

/** What later steps get of one, where that is a text. */
export function textOf({values}: Outputs, key: string): string {
  const value = values[key]
  assert.ok(typeof value === 'string', `${key}: ${JSON.stringify(value)}`)
  return value
}

/** The same on a simulated host, whose time passes until the answer is there. */
export function inSimTime<Result>({host}: Stage<SimHost>, answer: Promise<Result>): Promise<Result> {
  return inTime(host.clock, answer)
}

function checkResult(status: CheckResult['status'], id = 'service.state'): CheckResult {
  const said = finding(status === 'ok' ? 'service-up' : 'service-unknown-unit', {unit: 'app', sub: '', sinceMs: null})
  return {id, status, value: 7, unit: 's', threshold: null, finding: said, evidence: [], durationMs: 1}
}

/** A check that says one after the other of these, and then the last one again and again. */
export function saying(...statuses: readonly CheckResult['status'][]): {
  readonly check: Work<unknown>['check']
  readonly asked: string[]
} {
  const asked: string[] = []
  const check = (id: string): Promise<CheckResult> => {
    const status = statuses[Math.min(asked.length, statuses.length - 1)] ?? 'unknown'
    asked.push(id)
    return Promise.resolve(checkResult(status, id))
  }
  return {check, asked}
}

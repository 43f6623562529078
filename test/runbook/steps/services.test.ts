import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {ServiceState, ServiceVerb} from '../../../src/host/services.ts'
import type {StepKind} from '../../../src/runbook/step.ts'
import {serviceRestart} from '../../../src/runbook/steps/service-restart.ts'
import {serviceStart} from '../../../src/runbook/steps/service-start.ts'
import {serviceStop} from '../../../src/runbook/steps/service-stop.ts'
import type {UnitInputs} from '../../../src/runbook/steps/services.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {down, up, type Behaviour} from '../../sim/services.ts'
import * as on from './stage.ts'

const unit = 'app.service'
const raw = {unit: 'app'}
const hourMs = 3_600_000
const startedMs = Date.parse('2026-11-20T09:15:00.400Z')
const changing = (sub: string): ServiceState =>
  ({...up(), answer: 'changing', active: 'activating', sub}) as ServiceState

async function stage(state?: ServiceState, manager: 'systemd' | 'none' = 'systemd'): Promise<on.Stage<SimHost>> {
  const host = simHost({seed: 1, nowMs: startedMs, manager})
  if (state !== undefined) host.services.put(unit, state)
  return on.stageOn(host)
}

const kinds: readonly (readonly [StepKind<UnitInputs>, ServiceVerb])[] = [
  [serviceStart, 'start'],
  [serviceStop, 'stop'],
  [serviceRestart, 'restart']
]

const old = up({sinceMs: startedMs - hourMs})

test('service.start: what is down is started, which can be put back', async () => {
  const place = await stage(down({sinceMs: 7}))
  assert.deepEqual(await on.changeOf(place, serviceStart, raw), {
    action: 'change',
    target: unit,
    said: {code: 'step-service-starts', values: {unit}},
    before: {answer: 'down', since_ms: null, main_pid: null},
    after: {answer: 'up', since_ms: null, main_pid: null},
    isReversible: true,
    isObservable: true,
    risk: 'high',
    effects: [{subject: {type: 'unit', unit}, fact: {type: 'unit', state: up({mainPid: 0})}}],
    needs: {root: true, programs: [], spaceBytes: 0}
  })
})

test('service.stop: what is up is stopped, and the plan says which run of it', async () => {
  const change = await on.changeOf(await stage(up({sinceMs: 7, mainPid: 99})), serviceStop, raw)
  assert.deepEqual(change.said, {code: 'step-service-stops', values: {unit}})
  assert.deepEqual(change.before, {answer: 'up', since_ms: 7, main_pid: 99})
  assert.deepEqual(change.after, {answer: 'down', since_ms: null, main_pid: null})
  assert.deepEqual([change.isReversible, change.risk], [true, 'high'])
  assert.deepEqual(change.effects[0]?.fact, {type: 'unit', state: down()})
})

test('service.restart: what is up for long, down or frozen is restarted, and that cannot be put back', async () => {
  for (const state of [old, up(), down(), up({sinceMs: startedMs, isFrozen: true})]) {
    const change = await on.changeOf(await stage(state), serviceRestart, raw)
    assert.deepEqual(change.said, {code: 'step-service-restarts', values: {unit}})
    assert.deepEqual([change.isReversible, change.isObservable], [false, true])
  }
})

test('service.restart: what was just restarted is not restarted again', async () => {
  const said = (sinceMs: number): object => ({
    action: 'nothing',
    target: unit,
    said: {code: 'step-service-fresh', values: {unit, sinceMs}}
  })
  const planned = async (sinceMs: number, fresh?: string): Promise<unknown> =>
    on.outlookOf(await stage(up({sinceMs})), serviceRestart, {...raw, ...(fresh === undefined ? {} : {fresh})})
  assert.deepEqual(await planned(startedMs - 59_000), said(startedMs - 59_000))
  assert.deepEqual(await planned(startedMs + hourMs), said(startedMs + hourMs))
  assert.deepEqual(await planned(startedMs - hourMs, '61m'), said(startedMs - hourMs))
  assert.equal(((await planned(startedMs - 62_000)) as {action: string}).action, 'change')
  // Started in the same second as the run: the manager tells whole seconds only.
  assert.deepEqual(await planned(startedMs - 400, '0'), said(startedMs - 400))
})

test('services: what is so already is left alone', async () => {
  const nothing = (code: string): object => ({action: 'nothing', target: unit, said: {code, values: {unit}}})
  assert.deepEqual(await on.outlookOf(await stage(up()), serviceStart, raw), nothing('step-service-up'))
  assert.deepEqual(await on.outlookOf(await stage(down()), serviceStop, raw), nothing('step-service-down'))
  assert.deepEqual(await on.outlookOf(await stage({answer: 'masked'}), serviceStop, raw), nothing('step-service-down'))
})

const refused: readonly (readonly [ServiceState, string])[] = [
  [{answer: 'unknown-unit'}, 'unit-absent'],
  [{answer: 'unanswered', reason: 'Connection refused'}, 'unit-unanswered'],
  [changing('auto-restart'), 'unit-changing'],
  [{answer: 'masked'}, 'unit-masked']
]

test('services: what is neither up nor down is refused, with the reason', async () => {
  for (const [kind] of kinds) {
    assert.deepEqual(await on.refusalsOf(await stage(up(), 'none'), kind, raw), ['unit-no-manager'])
    for (const [state, code] of refused) {
      const expected = kind === serviceStop && state.answer === 'masked' ? [] : [code]
      assert.deepEqual(await on.refusalsOf(await stage(state), kind, raw), expected, `${kind.name} ${code}`)
    }
  }
})

test('services: a name that no unit can have is refused as one that there is not', async () => {
  for (const [kind] of kinds) assert.deepEqual(await on.refusalsOf(await stage(), kind, {unit: '@'}), ['unit-absent'])
})

test('service.start: what is frozen is refused, since a start would seem to have worked', async () => {
  assert.deepEqual(await on.refusalsOf(await stage(up({isFrozen: true})), serviceStart, raw), ['unit-frozen'])
})

test('services: with and without its type a name is one service', async () => {
  const place = await stage(old)
  const stopped = on.after(await on.changeOf(place, serviceStop, {unit: 'app'}))
  const outlook = serviceStart.plan({unit: 'app.service'}, stopped, place.at)
  assert.deepEqual(outlook.action === 'change' && outlook.said.code, 'step-service-starts')
})

test('services: to stop and then to start are two changes, and to start and then to restart as well', async () => {
  const place = await stage(old)
  const stop = await on.changeOf(place, serviceStop, raw)
  const start = serviceStart.plan({unit}, on.after(stop), place.at)
  assert.ok(start.action === 'change')
  assert.deepEqual(start.before, {answer: 'down', since_ms: null, main_pid: null})
  const restart = serviceRestart.plan({unit, fresh: 60_000}, on.after(start), place.at)
  assert.ok(restart.action === 'change')
  // Since when, and as which process, is not known before it has been started.
  assert.deepEqual(restart.before, {answer: 'up', since_ms: null, main_pid: null})
})

test('services: after applying, planning again finds nothing to do', async () => {
  for (const [kind, verb] of kinds) {
    const place = await stage(verb === 'start' ? down() : old)
    const applied = await on.inSimTime(place, on.apply(place, kind, raw))
    assert.deepEqual(applied, {status: 'done', outputs: {values: {state: verb === 'stop' ? 'inactive' : 'active'}}})
    assert.deepEqual(place.host.services.changes, [{unit, verb}])
    assert.equal((await on.outlookOf(place, kind, raw)).action, 'nothing')
  }
})

type Acting = Partial<Pick<on.Stage, 'deadlineMs' | 'stop'>>

async function broken(verb: ServiceVerb, behaviour: Behaviour, acting: Acting = {}): Promise<[string, unknown]> {
  const place = await stage(verb === 'start' ? down() : old)
  place.host.services.script(unit, verb, behaviour)
  const kind = kinds.find(([, name]) => name === verb)?.[0] ?? serviceStart
  const applied = await on.inSimTime(place, on.apply({...place, ...acting}, kind, raw))
  assert.ok(applied.status === 'failed')
  return [applied.fault.code, applied.fault.values]
}

test('services: S-01: an order that the manager refuses has failed', async () => {
  assert.deepEqual(await broken('start', {refuses: 'Access denied'}), [
    'unit-order-refused',
    {unit, verb: 'start', reason: 'Access denied'}
  ])
})

test('services: S-01: a service that comes up and dies at once has failed', async () => {
  for (const verb of ['start', 'restart'] as const) {
    const died = {unit, active: 'failed', sub: 'failed', result: 'exit-code'}
    assert.deepEqual(await broken(verb, {diesAfterMs: 500}), ['unit-not-up', died])
  }
})

test('services: a service that dies later is for a check to find', async () => {
  const place = await stage(down())
  place.host.services.script(unit, 'start', {diesAfterMs: 1500})
  assert.equal((await on.inSimTime(place, on.apply(place, serviceStart, raw))).status, 'done')
})

test('services: an order that takes longer than the step has is told as that', async () => {
  assert.deepEqual(await broken('stop', {takesMs: Infinity}, {deadlineMs: 5000}), [
    'unit-late',
    {unit, verb: 'stop', afterMs: 5000}
  ])
})

test('services: who stops the run ends the wait for the manager', async () => {
  const stop = AbortSignal.abort('SIGINT')
  assert.deepEqual(await broken('stop', {takesMs: Infinity}, {stop}), ['step-stopped', {target: unit}])
})

/** After the order, one look after the other finds these, and then the last one again and again. */
async function lookingLike(verb: ServiceVerb, ...states: ServiceState[]): Promise<[string, unknown]> {
  const place = await stage(verb === 'start' ? down() : old)
  const found = {...place.host, services: {name: 'systemd', change: ordered, state: next} as const}
  function ordered(): Promise<{status: 'done'}> {
    return Promise.resolve({status: 'done'})
  }
  function next(): Promise<ServiceState> {
    return Promise.resolve((states.length > 1 ? states.shift() : states[0]) ?? down())
  }
  const kind = kinds.find(([, name]) => name === verb)?.[0] ?? serviceStart
  const answer = on.apply({...place, host: found, deadlineMs: 4000}, kind, raw)
  const applied = await on.inSimTime(place, answer)
  return applied.status === 'failed' ? [applied.fault.code, applied.fault.values] : ['done', applied.outputs.values]
}

test('services: it waits while a service gets there, or its manager does not answer', async () => {
  const done = ['done', {state: 'active'}]
  assert.deepEqual(await lookingLike('start', changing('start'), {answer: 'unanswered', reason: 'busy'}, up()), done)
  assert.deepEqual(await lookingLike('start', up(), changing('start-post'), up()), done)
  assert.deepEqual(await lookingLike('stop', changing('stop-sigterm'), down()), ['done', {state: 'inactive'}])
  const late = await lookingLike('start', changing('start'))
  assert.deepEqual(late, ['unit-late', {unit, verb: 'start', afterMs: 4000}])
})

test('services: S-01: one that the manager has to start again did not stay up', async () => {
  const auto = changing('auto-restart')
  const said = {unit, active: 'activating', sub: 'auto-restart', result: 'success'}
  assert.deepEqual(await lookingLike('start', up(), auto), ['unit-not-up', said])
  const [code] = await lookingLike('restart', up({restarts: 0}), up({restarts: 1}))
  assert.equal(code, 'unit-not-up')
})

test('services: one that was stopped and runs again, by whatever hand, was not stopped', async () => {
  const said = {unit, active: 'active', sub: 'running'}
  assert.deepEqual(await lookingLike('stop', changing('stop-sigterm'), up()), ['unit-not-down', said])
})

test('services: one that outlived its unit file is down when the manager knows it no more', async () => {
  assert.deepEqual(await lookingLike('stop', {answer: 'unknown-unit'}), ['done', {state: 'unknown-unit'}])
  assert.deepEqual(await lookingLike('stop', {answer: 'masked'}), ['done', {state: 'masked'}])
  assert.deepEqual(await lookingLike('start', {answer: 'unknown-unit'}), ['unit-absent', {unit}])
  assert.deepEqual(await lookingLike('start', {answer: 'masked'}), ['unit-masked', {unit}])
  assert.deepEqual(await lookingLike('stop', {answer: 'no-manager'}), ['unit-no-manager', {unit}])
})

test('services: undo puts a service back to how it was, once', async () => {
  for (const [kind, back, before] of [
    [serviceStart, 'stop', down()],
    [serviceStop, 'start', old]
  ] as const) {
    const place = await stage(before)
    await on.inSimTime(place, on.apply(place, kind, raw))
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(await on.inSimTime(place, on.undo(place, kind, raw)), {status: 'undone'})
    }
    assert.deepEqual(
      place.host.services.changes.map(({verb}) => verb),
      [kind === serviceStart ? 'start' : 'stop', back]
    )
    assert.equal((await place.host.services.state(unit, new AbortController().signal)).answer, before.answer)
  }
})

test('services: undo of a step that never came to act does nothing', async () => {
  for (const [kind, state] of [
    [serviceStart, down({active: 'failed'})],
    [serviceStop, old]
  ] as const) {
    const place = await stage(state)
    assert.deepEqual(await on.undo(place, kind, raw), {status: 'undone'})
    assert.deepEqual(place.host.services.changes, [])
  }
})

test('services: undo of a start that is still going on ends it', async () => {
  const place = await stage(down())
  place.host.services.script(unit, 'start', {takesMs: Infinity})
  await on.inSimTime(place, on.apply({...place, deadlineMs: 1000}, serviceStart, raw))
  assert.deepEqual(await on.inSimTime(place, on.undo(place, serviceStart, raw)), {status: 'undone'})
})

test('services: an undo that the manager refuses has failed', async () => {
  const place = await stage(up())
  place.host.services.script(unit, 'stop', {refuses: 'Access denied'})
  const undone = await on.undo(place, serviceStart, raw)
  assert.equal(undone.status === 'failed' && undone.fault.code, 'unit-order-refused')
})

test('service.restart: there is no undo', async () => {
  const undone = await on.undo(await stage(up()), serviceRestart, raw)
  assert.equal(undone.status === 'failed' && undone.fault.code, 'step-not-reversible')
})

test('services: a name that systemd would take for something else is not taken', () => {
  for (const [kind] of kinds) {
    for (const name of ['', '-h', 'a b', '*.service', '$(reboot)']) {
      assert.equal(kind.fields.parse({unit: name}), undefined, `${kind.name} ${name}`)
    }
  }
})

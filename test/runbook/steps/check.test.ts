import assert from 'node:assert/strict'
import {test} from 'node:test'
import {checkReading} from '../../../src/runbook/readings/check.ts'
import {check} from '../../../src/runbook/steps/check.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {apply, inSimTime, outlookOf, refusalsOf, saying, stageOn, undo, type Stage} from './stage.ts'

async function stage(say: ReturnType<typeof saying>): Promise<Stage<SimHost>> {
  return stageOn(simHost({seed: 1}), say)
}

const id = 'service.state'

test('check: the step only looks', async () => {
  assert.deepEqual(await outlookOf(await stage(saying('ok')), check, {id, times: 2}), {
    action: 'look',
    target: id,
    said: {code: 'step-checks', values: {check: id, times: 2}},
    needs: {root: false, programs: [], spaceBytes: 0}
  })
})

test('check: an id that no check has is refused', async () => {
  assert.deepEqual(await refusalsOf(await stage(saying('ok')), check, {id: 'service.stat'}), ['check-unknown-id'])
})

test('check: the step goes on when the check passes, and gives what it said', async () => {
  const say = saying('ok')
  assert.deepEqual(await apply(await stage(say), check, {id}), {
    status: 'done',
    outputs: {values: {status: 'ok', value: 7, unit: 's', finding: 'service-up'}}
  })
  assert.deepEqual(say.asked, [id])
})

for (const status of ['warning', 'critical', 'unknown', 'skipped'] as const) {
  test(`check: S-01: a check that is ${status} fails the step, with what it said`, async () => {
    const applied = await apply(await stage(saying(status)), check, {id})
    assert.ok(applied.status === 'failed')
    assert.equal(applied.fault.code, 'step-check-failed')
    assert.deepEqual(applied.fault.values, {check: id, status, finding: 'service-unknown-unit'})
    assert.equal(applied.outputs.values['status'], status)
  })
}

test('check: a warning passes where the runbook allows it, and nothing worse does', async () => {
  const raw = {id, allow: 'warning'}
  assert.equal((await apply(await stage(saying('warning')), check, raw)).status, 'done')
  assert.equal((await apply(await stage(saying('critical')), check, raw)).status, 'failed')
  assert.equal((await apply(await stage(saying('skipped')), check, raw)).status, 'failed')
})

test('check: it passes so many times in a row, and the first failure ends it', async () => {
  const say = saying('ok', 'ok', 'critical')
  const place = await stage(say)
  const before = place.host.clock.elapsed()
  const applied = await inSimTime(place, apply(place, check, {id, times: 5, every: '10s'}))
  assert.equal(applied.status, 'failed')
  assert.equal(say.asked.length, 3)
  assert.equal(place.host.clock.elapsed() - before, 20_000)
})

test('check: no pause is so short that the machine does nothing but look', async () => {
  const place = await stage(saying('ok'))
  const before = place.host.clock.elapsed()
  assert.equal((await inSimTime(place, apply(place, check, {id, times: 11, every: 0}))).status, 'done')
  assert.equal(place.host.clock.elapsed() - before, 1000)
})

test('check: when the time of the step is up, that is told, and not what the check then still says', async () => {
  const place = await stage(saying('ok', 'critical'))
  const applied = await inSimTime(place, apply({...place, deadlineMs: 5000}, check, {id, times: 2, every: '1h'}))
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-late')
  assert.deepEqual(applied.fault.values, {target: id, afterMs: 5000})
  assert.equal(applied.outputs.values['status'], 'ok')
})

test('check: who stops the run stops the step', async () => {
  const applied = await apply({...(await stage(saying('critical'))), stop: AbortSignal.abort('SIGINT')}, check, {id})
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-stopped')
})

test('check: there is nothing to undo', async () => {
  assert.deepEqual(await undo(await stage(saying('ok')), check, {id}), {status: 'undone'})
})

test('check: fields that make no sense are not taken', () => {
  for (const one of [{id: ''}, {times: 0}, {times: 1.5}, {allow: 'critical'}, {every: 5}]) {
    assert.equal(check.fields.parse({id, ...one}), undefined, JSON.stringify(one))
  }
})

test('check as a fact: any verdict is an answer', async () => {
  const {host, at, check: answer} = await stage(saying('critical'))
  const {signal} = new AbortController()
  assert.deepEqual(await checkReading.read({inputs: {id}, host, at, check: answer, signal}), {
    value: {status: 'critical', value: 7, unit: 's', finding: 'service-unknown-unit'}
  })
  const unknown = await checkReading.read({inputs: {id: 'moon.phase'}, host, at, check: answer, signal})
  assert.equal('fault' in unknown && unknown.fault.code, 'check-unknown-id')
})

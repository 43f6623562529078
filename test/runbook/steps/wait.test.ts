import assert from 'node:assert/strict'
import {test} from 'node:test'
import {wait} from '../../../src/runbook/steps/wait.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {apply, inSimTime, outlookOf, refusalsOf, saying, stageOn, undo, type Stage, type StageOptions} from './stage.ts'

const until = 'service.state'

async function stage(options: StageOptions = {}): Promise<Stage<SimHost>> {
  return stageOn(simHost({seed: 1}), options)
}

test('wait: exactly one of a time and a check is taken', () => {
  for (const bad of [{}, {for: '1s', until}, {every: '1s'}, {for: 'long'}, {until: 7}]) {
    assert.equal(wait.fields.parse(bad), undefined, JSON.stringify(bad))
  }
  assert.equal(wait.fields.expects, 'for-or-until')
  assert.deepEqual(wait.fields.parse({for: '1m'}), {for: 60_000, until: null, every: 2000})
})

test('wait: a plan says what is waited for, and refuses a check that there is not', async () => {
  const needs = {root: false, programs: [], spaceBytes: 0}
  assert.deepEqual(await outlookOf(await stage(), wait, {for: '1m'}), {
    action: 'look',
    target: 'wait',
    said: {code: 'step-waits', values: {forMs: 60_000}},
    needs
  })
  assert.deepEqual(await outlookOf(await stage(), wait, {until}), {
    action: 'look',
    target: until,
    said: {code: 'step-waits-until', values: {check: until}},
    needs
  })
  assert.deepEqual(await refusalsOf(await stage(), wait, {until: 'moon.phase'}), ['check-unknown-id'])
})

test('wait: a time passes by the clock of the host', async () => {
  const place = await stage()
  const before = place.host.clock.elapsed()
  assert.deepEqual(await inSimTime(place, apply(place, wait, {for: '50s'})), {status: 'done', outputs: {values: {}}})
  assert.equal(place.host.clock.elapsed() - before, 50_000)
  assert.equal(place.host.clock.waiting, 0)
})

test('wait: a time that the step has not got ends with it', async () => {
  const place = await stage()
  const applied = await inSimTime(place, apply({...place, deadlineMs: 3000}, wait, {for: '1h'}))
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-late')
  assert.deepEqual(applied.fault.values, {target: 'wait', afterMs: 3000})
})

test('wait: who stops the run ends the wait at once', async () => {
  const stop = AbortSignal.abort('SIGTERM')
  for (const raw of [{for: '1h'}, {until}]) {
    const applied = await apply({...(await stage(saying('critical'))), stop}, wait, raw)
    assert.ok(applied.status === 'failed')
    assert.equal(applied.fault.code, 'step-stopped')
  }
})

test('wait: who stops the run is not told that the check did not pass in time', async () => {
  const stop = new AbortController()
  const say = saying('critical')
  const place = await stage({
    check: (id, signal) => {
      if (say.asked.length === 2) stop.abort('SIGINT')
      return say.check(id, signal)
    }
  })
  const applied = await inSimTime(place, apply({...place, stop: stop.signal}, wait, {until}))
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-stopped')
  assert.equal(applied.outputs.values['status'], 'critical')
})

test('wait: until a check passes, looking again and again', async () => {
  const say = saying('critical', 'unknown', 'skipped', 'warning', 'ok')
  const place = await stage(say)
  const before = place.host.clock.elapsed()
  const applied = await inSimTime(place, apply(place, wait, {until, every: '3s'}))
  assert.equal(applied.status, 'done')
  assert.equal(applied.outputs.values['status'], 'ok')
  assert.equal(say.asked.length, 5)
  assert.equal(place.host.clock.elapsed() - before, 12_000)
})

test('wait: a check that does not pass in time is told with what it said last', async () => {
  const place = await stage(saying('unknown', 'critical'))
  const applied = await inSimTime(place, apply({...place, deadlineMs: 9000}, wait, {until}))
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-check-never-passed')
  const values = {check: until, status: 'critical', finding: 'service-unknown-unit', afterMs: 9000}
  assert.deepEqual(applied.fault.values, values)
  assert.equal(applied.outputs.values['status'], 'critical')
})

test('wait: a check that never answered is not said to have failed', async () => {
  const place = await stage({
    check: (id, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          void saying('unknown').check(id, signal).then(resolve)
        })
      })
  })
  const applied = await inSimTime(place, apply({...place, deadlineMs: 4000}, wait, {until}))
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-late')
  assert.deepEqual(applied.outputs.values, {})
})

test('wait: there is nothing to undo', async () => {
  assert.deepEqual(await undo(await stage(), wait, {for: '1s'}), {status: 'undone'})
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {checkNow, passes} from '../../src/runbook/verdict.ts'
import {inTime, sceneOf} from '../checks/context.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import {simHost} from '../sim/host.ts'
import {down, up} from '../sim/services.ts'

const memory = '/srv/state/daily-check.json'
const dayMs = 86_400_000
const {signal} = new AbortController()
const set = ['service.unit=app']

test('a check that is run now sees the service as it is now', async () => {
  const host = simHost({seed: 1})
  const scene = await sceneOf(host, set)
  host.services.put('app', up())
  assert.equal((await checkNow(scene, 'service.state', signal)).status, 'ok')
  host.services.put('app', down())
  const {status, finding} = await checkNow(scene, 'service.state', signal)
  assert.deepEqual([status, finding.code], ['critical', 'service-down'])
})

test('a check that is run now compares with the last daily run, and leaves that as it is', async () => {
  const host = simHost({seed: 1})
  host.services.put('app', up({restarts: 9}))
  const checks = {'service.restarts': {at_ms: host.clock.now() - dayMs, values: {unit: 'app', restarts: 2}}}
  const text = JSON.stringify({format: 1, checks})
  host.disk.put(memory, text)
  const before = host.disk.files()
  const {status, value} = await checkNow(await sceneOf(host, set), 'service.restarts', signal)
  assert.deepEqual([status, value], ['critical', 7])
  assert.deepEqual(host.disk.files(), before)
})

test('a check that is run now leaves a damaged memory where it is, and does without', async () => {
  const host = simHost({seed: 1})
  host.services.put('app', up())
  host.disk.put(memory, 'torn')
  const before = host.disk.files()
  const {status, finding} = await checkNow(await sceneOf(host, set), 'service.restarts', signal)
  assert.deepEqual([status, finding.code], ['skipped', 'no-history'])
  assert.deepEqual(host.disk.files(), before)
})

test('a memory on a dead disk costs the check only a part of its time', async () => {
  const host = simHost({seed: 1})
  host.services.put('app', up())
  host.disk.open = () => new Promise(() => undefined)
  host.disk.put(memory, '{}')
  const scene = await sceneOf(host, set)
  const {status} = await inTime(host.clock, checkNow(scene, 'service.state', signal))
  assert.equal(status, 'ok')
  assert.ok(host.clock.elapsed() < scene.loaded.config.checks.deadline)
})

test('what the configuration leaves out verifies nothing', async () => {
  const host = simHost({seed: 1})
  host.services.put('app', up())
  const skip = 'checks.skip=[{"id": "service.state", "reason": "moved"}]'
  const result = await checkNow(await sceneOf(host, [...set, skip]), 'service.state', signal)
  assert.equal(result.status, 'skipped')
  assert.equal(passes(result, 'warning'), false)
})

test('a check that is stopped says so', async () => {
  const host = simHost({seed: 1})
  const {finding} = await checkNow(await sceneOf(host, set), 'service.state', AbortSignal.abort('SIGINT'))
  assert.equal(finding.code, 'check-interrupted')
})

test('a check that there is not is told with the one that was meant', async () => {
  const fault = await faultOf(checkNow(await sceneOf(simHost({seed: 1})), 'service.stat', signal))
  assert.equal(fault?.code, 'check-unknown-id')
  assert.deepEqual(fault.values, {id: 'service.stat', nearest: 'service.state'})
})

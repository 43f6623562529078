import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {ServiceFacts, ServiceState, ServiceVerb} from '../../src/host/services.ts'
import {SimClock} from './clock.ts'
import {down, SimServices, up} from './services.ts'

const {signal} = new AbortController()
const limits = {deadlineMs: 1000, signal}

function withUnits(): {clock: SimClock; services: SimServices} {
  const clock = new SimClock(5000)
  const services = new SimServices({clock})
  services.put('runs', up({mainPid: 7, sinceMs: 1, restarts: 3}))
  services.put('rests', down({active: 'failed', isStartLimited: true, restarts: 3}))
  return {clock, services}
}

async function facts(services: SimServices, unit: string): Promise<ServiceFacts & {answer: string}> {
  const state: ServiceState = await services.state(unit, signal)
  assert.ok('mainPid' in state, state.answer)
  return state
}

test('sim services: what is started is up since now, with a process of its own, and what is stopped is down', async () => {
  const {clock, services} = withUnits()
  await clock.advance(10)
  assert.deepEqual(await services.change('rests', 'start', limits), {status: 'done'})
  const started = await facts(services, 'rests')
  assert.deepEqual(started, up({mainPid: started.mainPid, sinceMs: 5010}))
  assert.deepEqual(await services.change('runs', 'restart', limits), {status: 'done'})
  const restarted = await facts(services, 'runs')
  assert.deepEqual([restarted.answer, restarted.sinceMs, restarted.restarts], ['up', 5010, 0])
  assert.equal(new Set([7, started.mainPid, restarted.mainPid]).size, 3)
  assert.deepEqual(await services.change('runs', 'stop', limits), {status: 'done'})
  assert.deepEqual(await services.state('runs', signal), down({sinceMs: 5010}))
  assert.deepEqual(services.changes, [
    {unit: 'rests', verb: 'start'},
    {unit: 'runs', verb: 'restart'},
    {unit: 'runs', verb: 'stop'}
  ])
})

test('sim services: what is so already stays as it is', async () => {
  const {services} = withUnits()
  for (const [unit, verb] of [
    ['runs', 'start'],
    ['rests', 'stop']
  ] as const) {
    const before = await services.state(unit, signal)
    assert.deepEqual(await services.change(unit, verb, limits), {status: 'done'})
    assert.deepEqual(await services.state(unit, signal), before)
  }
})

test('sim services: refuse with a reason what cannot be, what a test says, and everything without a manager', async () => {
  const {clock, services} = withUnits()
  services.put('masked', {answer: 'masked'})
  services.put('silent', {answer: 'unanswered', reason: 'timed out'})
  services.script('runs', 'restart', {refuses: 'Access denied'})
  const refusals = {masked: 'masked', silent: 'timed out', nonesuch: 'unknown-unit', runs: 'Access denied'}
  for (const [unit, reason] of Object.entries(refusals)) {
    assert.deepEqual(await services.change(unit, 'restart', limits), {status: 'refused', reason})
  }
  assert.equal((await facts(services, 'runs')).mainPid, 7)
  assert.deepEqual(await services.change('runs', 'stop', limits), {status: 'done'})
  const none = new SimServices({clock, name: 'none'})
  assert.deepEqual(await none.change('runs', 'start', limits), {status: 'refused', reason: 'no-manager'})
})

test('sim services: a slow one is changing meanwhile, and then done', async () => {
  const {clock, services} = withUnits()
  services.script('runs', 'stop', {takesMs: 300})
  const changed = services.change('runs', 'stop', limits)
  await clock.advance(299)
  const meanwhile = await facts(services, 'runs')
  assert.deepEqual([meanwhile.answer, meanwhile.active], ['changing', 'deactivating'])
  await clock.advance(1)
  assert.deepEqual([await changed, clock.waiting], [{status: 'done'}, 0])
  assert.deepEqual(await services.state('runs', signal), down({sinceMs: 5300}))
})

test('sim services: after the deadline or an abort the manager goes on with what it was told', async () => {
  const {clock, services} = withUnits()
  services.script('rests', 'start', {takesMs: 1500})
  const late = services.change('rests', 'start', limits)
  await clock.advance(1000)
  assert.deepEqual(await late, {status: 'deadline'})
  assert.equal((await facts(services, 'rests')).active, 'activating')
  await clock.advance(500)
  assert.equal((await facts(services, 'rests')).answer, 'up')
  const stop = new AbortController()
  services.script('runs', 'restart', {takesMs: 10})
  const aborted = services.change('runs', 'restart', {deadlineMs: 1000, signal: stop.signal})
  stop.abort()
  assert.deepEqual(await aborted, {status: 'aborted'})
  await clock.advance(10)
  assert.deepEqual([(await facts(services, 'runs')).sinceMs, clock.waiting], [6510, 0])
  assert.deepEqual(await services.change('runs', 'stop', {deadlineMs: 1, signal: stop.signal}), {status: 'aborted'})
  assert.equal((await facts(services, 'runs')).answer, 'up')
})

test('sim services: one that hangs never gets there', async () => {
  const {clock, services} = withUnits()
  services.script('runs', 'stop', {takesMs: Infinity})
  const changed = services.change('runs', 'stop', limits)
  await clock.advance(100_000)
  assert.deepEqual([await changed, clock.waiting], [{status: 'deadline'}, 0])
  assert.equal((await facts(services, 'runs')).answer, 'changing')
})

test('sim services: one that dies after its start was done all the same, and only that process dies', async () => {
  const {clock, services} = withUnits()
  const verb: ServiceVerb = 'start'
  services.script('rests', verb, {diesAfterMs: 200})
  assert.deepEqual(await services.change('rests', verb, limits), {status: 'done'})
  await clock.advance(199)
  assert.equal((await facts(services, 'rests')).answer, 'up')
  await clock.advance(1)
  const dead = await facts(services, 'rests')
  assert.deepEqual([dead.answer, dead.result, dead.sinceMs, dead.mainPid], ['down', 'exit-code', 5200, 0])
  await services.change('rests', verb, limits)
  await clock.advance(100)
  await services.change('rests', 'restart', limits)
  await clock.advance(1000)
  assert.equal((await facts(services, 'rests')).answer, 'up')
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {serviceRestarts} from '../../src/checks/service-restarts.ts'
import type {ServiceState} from '../../src/host/services.ts'
import {simHost} from '../sim/host.ts'
import {down, up} from '../sim/services.ts'
import {dayMs, verdictOf} from './context.ts'

const unit = 'web.service'
const nowMs = Date.parse('2026-11-20T09:15:00Z')

function read(
  state: ServiceState,
  remembered?: Readonly<Record<string, unknown>>,
  set: readonly string[] = []
): Promise<Verdict> {
  const host = simHost({seed: 1, nowMs})
  host.services.put(unit, state)
  const all = [`service.unit=${unit}`, ...set]
  return verdictOf(serviceRestarts, host, remembered === undefined ? {set: all} : {set: all, remembered})
}

test('restarts since the last run are counted, judged and remembered', async () => {
  for (const [before, now, growth, status] of [
    [3, 3, 0, 'ok'],
    [3, 4, 1, 'warning'],
    [3, 8, 5, 'warning'],
    [3, 9, 6, 'critical']
  ] as const) {
    assert.deepEqual(await read(up({restarts: now}), {unit, restarts: before}), {
      status,
      finding: {code: 'service-restarts', values: {unit, growth, total: now, sinceMs: nowMs - dayMs}},
      value: growth,
      unit: 'restarts',
      threshold: {warning: '0', critical: '5'},
      remember: {unit, restarts: now}
    })
  }
})

test('restarts of a service that is down or under way count as well', async () => {
  for (const state of [down({restarts: 9}), {...up({restarts: 9}), answer: 'changing'} as ServiceState]) {
    assert.equal((await read(state, {unit, restarts: 3})).value, 6)
  }
})

test('a counter that began anew, after a start by hand, counts from zero', async () => {
  assert.equal((await read(up({restarts: 2}), {unit, restarts: 7})).value, 2)
  assert.equal((await read(up({restarts: 0}), {unit, restarts: 7})).status, 'ok')
})

test('the first run, the first one of another unit, and one with a strange memory have nothing to compare with', async () => {
  for (const remembered of [
    undefined,
    {unit: 'other.service', restarts: 1},
    {restarts: 1},
    {unit, restarts: '1'},
    {unit},
    {}
  ]) {
    const verdict = await read(up({restarts: 5}), remembered)
    assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'no-history'])
    assert.deepEqual(verdict.remember, {unit, restarts: 5})
  }
})

test('where the manager names no count, the state of the service is what is to be looked at', async () => {
  for (const state of [{answer: 'masked'}, {answer: 'unanswered', reason: 'x'}] as const) {
    const verdict = await read(state, {unit, restarts: 1})
    assert.deepEqual([verdict.status, verdict.finding.values], ['skipped', {parent: 'service.state'}])
    assert.equal(verdict.remember, undefined)
  }
})

test('without a unit or a manager it is skipped', async () => {
  const host = simHost({seed: 1})
  const unset = await verdictOf(serviceRestarts, host)
  const none = await read(up(), {unit, restarts: 1}, ['service.manager=none'])
  assert.deepEqual(
    [unset, none].map(({status, finding: {values}}) => [status, values]),
    [
      ['skipped', {setting: 'service.unit'}],
      ['skipped', {setting: 'service.manager'}]
    ]
  )
})

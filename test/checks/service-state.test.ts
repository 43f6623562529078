import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Finding} from '../../src/base/findings.ts'
import {serviceState, stateVerdict} from '../../src/checks/service-state.ts'
import type {ServiceFacts, ServiceState} from '../../src/host/services.ts'
import {simHost} from '../sim/host.ts'
import {down, up} from '../sim/services.ts'
import {verdictOf} from './context.ts'

const unit = 'web.service'
const facts = {
  result: 'success',
  mainPid: 4711,
  restarts: 0,
  sinceMs: 1_700_000_000_000,
  isFrozen: false,
  isStartLimited: false
} as const

function changing(given: Pick<ServiceFacts, 'active' | 'sub'>): ServiceState {
  return {answer: 'changing', ...facts, ...given}
}

type Case = readonly [state: ServiceState, status: string, value: string, code: Finding['code'], values: unknown]

const cases: readonly Case[] = [
  [{answer: 'no-manager'}, 'unknown', 'no-manager', 'service-no-manager', {unit}],
  [{answer: 'unknown-unit'}, 'critical', 'unknown-unit', 'service-unknown-unit', {unit}],
  [{answer: 'masked'}, 'critical', 'masked', 'service-masked', {unit}],
  [
    {answer: 'unanswered', reason: 'no answer'},
    'unknown',
    'unanswered',
    'service-unanswered',
    {unit, reason: 'no answer'}
  ],
  [up({sinceMs: 7}), 'ok', 'active', 'service-up', {unit, sub: 'running', sinceMs: 7}],
  [up({isFrozen: true}), 'critical', 'active', 'service-frozen', {unit, pid: 4711}],
  [down(), 'critical', 'inactive', 'service-down', {unit, active: 'inactive', result: 'success'}],
  [down({active: 'failed', result: 'exit-code'}), 'critical', 'failed', 'service-failed', {unit, result: 'exit-code'}],
  [
    down({active: 'failed', result: 'signal', restarts: 5, isStartLimited: true}),
    'critical',
    'failed',
    'service-start-limited',
    {unit, restarts: 5, result: 'signal'}
  ],
  [
    changing({active: 'deactivating', sub: 'stop-sigterm'}),
    'critical',
    'deactivating',
    'service-ignores-stop',
    {unit, pid: 4711}
  ],
  [
    changing({active: 'activating', sub: 'start-pre'}),
    'warning',
    'activating',
    'service-changing',
    {unit, active: 'activating', sub: 'start-pre'}
  ]
]

for (const [state, status, value, code, values] of cases) {
  test(`S-08: ${code} is what is said of ${JSON.stringify(state)}`, () => {
    assert.deepEqual(stateVerdict(unit, state), {status, value, finding: {code, values}})
  })
}

test('S-08: each answer of a manager is told by a finding of its own, and only a running service is well', () => {
  const codes = cases.map(([state]) => stateVerdict(unit, state).finding.code)
  assert.equal(new Set(codes).size, cases.length)
  const good = cases.filter(([state]) => stateVerdict(unit, state).status === 'ok')
  assert.deepEqual(
    good.map(([state]) => state.answer),
    ['up']
  )
})

test('a service that waits for its next start, or goes down by itself, is not up', () => {
  for (const state of [
    changing({active: 'activating', sub: 'auto-restart'}),
    changing({active: 'deactivating', sub: 'stop-post'})
  ]) {
    assert.equal(stateVerdict(unit, state).status, 'critical')
  }
})

test('S-08: without systemd the service is unknown; stopped or failed it is critical: never one for the other', async () => {
  const set = ['service.unit=web.service']
  const without = await verdictOf(serviceState, simHost({seed: 1, manager: 'none'}), {set})
  assert.deepEqual([without.status, without.finding.code], ['unknown', 'service-no-manager'])
  const host = simHost({seed: 1})
  const absent = await verdictOf(serviceState, host, {set})
  assert.deepEqual([absent.status, absent.finding.code], ['critical', 'service-unknown-unit'])
  host.services.put('web.service', down({active: 'failed', result: 'exit-code'}))
  const failed = await verdictOf(serviceState, host, {set})
  assert.deepEqual([failed.status, failed.finding.code], ['critical', 'service-failed'])
})

test('without a unit, or told that there is no manager, the check is skipped with the setting that says so', async () => {
  const host = simHost({seed: 1})
  const unset = await verdictOf(serviceState, host)
  const none = await verdictOf(serviceState, host, {set: ['service.unit=web.service', 'service.manager=none']})
  assert.deepEqual(
    [unset, none].map(({status, finding: {values}}) => [status, values]),
    [
      ['skipped', {setting: 'service.unit'}],
      ['skipped', {setting: 'service.manager'}]
    ]
  )
})

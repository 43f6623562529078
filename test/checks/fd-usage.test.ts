import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {fdUsage, parseLimit} from '../../src/checks/fd-usage.ts'
import type {ServiceState} from '../../src/host/services.ts'
import {simHost} from '../sim/host.ts'
import {down, up} from '../sim/services.ts'
import {verdictOf} from './context.ts'
import {healthyHost, healthySettings} from './healthy.ts'

const unit = 'web.service'

interface Machine {
  readonly fileNr?: string
  readonly state?: ServiceState
  readonly open?: number
  /** The line of /proc/PID/limits after its name. */
  readonly limit?: string | null
}

function read({fileNr = '100\t0\t1000\n', state, open = 3, limit = '20000'}: Machine): Promise<Verdict> {
  const host = simHost({seed: 1})
  host.disk.putProc('/proc/sys/fs/file-nr', fileNr)
  if (state === undefined) return verdictOf(fdUsage, host)
  host.services.put(unit, state)
  for (let number = 0; number < open; number += 1) host.disk.putProc(`/proc/4711/fd/${number}`, '')
  if (limit !== null) host.disk.putProc('/proc/4711/limits', limitsWith(limit))
  return verdictOf(fdUsage, host, {set: [`service.unit=${unit}`]})
}

// As the kernel writes it, with the columns it has.
function limitsWith(soft: string): string {
  return [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             96418                96418                processes ',
    `Max open files            ${soft.padEnd(20)} 20000                files     `,
    'Max locked memory         8388608              8388608              bytes     \n'
  ].join('\n')
}

test('descriptors of the whole machine are judged as a share of its limit', async () => {
  for (const [used, status] of [
    [800, 'ok'],
    [801, 'warning'],
    [950, 'warning'],
    [951, 'critical'],
    [1000, 'critical']
  ] as const) {
    const verdict = await read({fileNr: `${used}\t0\t1000\n`})
    assert.deepEqual([verdict.status, verdict.value, verdict.unit], [status, used / 10, '%'])
    assert.deepEqual(verdict.threshold, {warning: '80%', critical: '95%'})
    const values = {scope: 'machine', usedPercent: (used / 1000) * 100, used, limit: '1000'}
    assert.deepEqual(verdict.finding, {code: 'descriptors-used', values})
  }
})

test('the limit of a machine may be larger than any number of ours: it is told as it was written', async () => {
  const verdict = await read({fileNr: '995\t0\t9223372036854775807\n'})
  assert.equal(verdict.status, 'ok')
  assert.deepEqual(verdict.finding.values, {
    scope: 'machine',
    usedPercent: (995 / 2 ** 63) * 100,
    used: 995,
    limit: '9223372036854775807'
  })
})

test('a service near its own limit speaks, on a machine with room', async () => {
  const verdict = await read({state: up({mainPid: 4711}), open: 60, limit: '64'})
  assert.deepEqual([verdict.status, verdict.value], ['warning', 93.8])
  assert.deepEqual(verdict.finding.values, {scope: unit, usedPercent: 93.75, used: 60, limit: '64'})
  assert.deepEqual(
    verdict.evidence?.map(({code}) => code),
    ['descriptors-used']
  )
})

test('a machine near its limit speaks, over a service with room', async () => {
  const verdict = await read({fileNr: '990 0 1000\n', state: up({mainPid: 4711})})
  assert.deepEqual([verdict.status, (verdict.finding.values as {scope: string}).scope], ['critical', 'machine'])
})

test('of two that are well, the fuller one speaks', async () => {
  const verdict = await read({fileNr: '100 0 1000\n', state: up({mainPid: 4711}), open: 50, limit: '100'})
  assert.equal((verdict.finding.values as {scope: string}).scope, unit)
})

test('a service without a limit uses none of it', async () => {
  const verdict = await read({fileNr: '0 0 1000\n', state: up({mainPid: 4711}), limit: 'unlimited'})
  const all = [verdict.finding, ...(verdict.evidence ?? [])].map(({values}) => values)
  assert.ok(all.some((values) => 'limit' in values && values.limit === 'unlimited' && values.usedPercent === 0))
  assert.equal(verdict.status, 'ok')
})

test('a service whose descriptors may not be seen is unknown by the path, not well', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const host = healthyHost({seed: 1, failAt, error: 'EACCES'})
    const verdict = await verdictOf(fdUsage, host, {set: healthySettings})
    assert.ok(host.disk.failed, 'the descriptors were never listed')
    if (host.disk.failedOperation !== 'list /proc/4711/fd') continue
    assert.deepEqual([verdict.status, verdict.value], ['unknown', undefined])
    assert.deepEqual(verdict.finding, {code: 'not-readable', values: {path: '/proc/4711/fd', reason: 'EACCES'}})
    assert.deepEqual(
      verdict.evidence?.map(({code}) => code),
      ['descriptors-used']
    )
    return
  }
})

test('a service whose limit cannot be read is unknown, not well', async () => {
  const verdict = await read({state: up({mainPid: 4711}), limit: null})
  assert.equal(verdict.status, 'unknown')
  const values = {path: '/proc/4711/limits', reason: 'Max open files'}
  assert.deepEqual(verdict.finding, {code: 'not-readable', values})
})

test('what is critical speaks before what is not known', async () => {
  const verdict = await read({fileNr: '999 0 1000\n', state: up({mainPid: 4711}), limit: null})
  assert.deepEqual([verdict.status, verdict.finding.code], ['critical', 'descriptors-used'])
  const both = await read({fileNr: '', state: up({mainPid: 4711}), limit: null})
  assert.equal(both.status, 'unknown')
})

test('a service without a process has no descriptors; that it is down, another check says', async () => {
  for (const state of [down(), up({mainPid: 0}), up({mainPid: 1}), {answer: 'masked'} as const]) {
    const verdict = await read({state})
    assert.deepEqual([verdict.status, verdict.evidence], ['ok', []])
  }
})

test('where nothing can be read nothing is known', async () => {
  for (const fileNr of ['', '5\n']) {
    const verdict = await read({fileNr})
    assert.deepEqual([verdict.status, verdict.finding.code], ['unknown', 'not-readable'])
  }
})

test('the soft limit is what a process meets, and other limits are not it', () => {
  assert.equal(parseLimit(limitsWith('1024')), '1024')
  assert.equal(parseLimit(limitsWith('9223372036854775807')), '9223372036854775807')
  assert.equal(parseLimit(limitsWith('unlimited')), 'unlimited')
  assert.equal(parseLimit('Max processes             96418                96418                processes\n'), undefined)
  assert.equal(parseLimit(''), undefined)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {ServerFacts} from '../../src/server/facts.ts'
import {healthOf, healthPage, readyPage} from '../../src/server/health.ts'
import type {WalStats} from '../../src/store/wal.ts'
import {factsOf, type SettableFacts} from './facts.ts'

const ring = {lines: 3, bytes: 120, capacityLines: 10_000, capacityBytes: 1 << 20}
const none = {bounds: [], counts: [], count: 0, sum: 0}
const wal: WalStats = {
  segments: 2,
  bytes: 128 << 20,
  oldestSeq: 1,
  oldestMs: Date.UTC(2026, 10, 20),
  writtenSeq: 4,
  syncedSeq: 4,
  pendingBytes: 0,
  commitSeconds: none,
  commitRecords: none,
  writeErrors: 0,
  syncErrors: 0,
  retired: 0,
  leases: 0
}

interface Wish extends Partial<Pick<ServerFacts['store'], 'trouble' | 'damaged' | 'durability'>> {
  readonly wal?: WalStats
}

function factsWith({trouble, damaged = [], durability = 'none', wal: walStats}: Wish = {}): SettableFacts {
  const stats = {ring, taken: 5, evicted: 2, byLevel: [], pendingBytes: 0, wal: walStats}
  return factsOf({trouble, damaged, tornBytes: 0, durability, stats: () => stats})
}

test('health: the four keys of the original come first, and then ours', () => {
  const facts = factsWith()
  facts.clients = 4
  facts.queuedBytes = 250
  const page = healthPage(facts)
  assert.equal(page.status, 200)
  assert.equal(page.type, 'application/json')
  assert.deepEqual(Object.entries(JSON.parse(page.body) as object), [
    ['status', 'healthy'],
    ['uptime', 61],
    ['connections', 4],
    ['logs_processed', 5],
    ['version', '1.2.3'],
    ['durability', 'none'],
    ['wal', null],
    ['ring', {lines: 3, bytes: 120, capacity: 10_000}],
    ['queue', {bytes: 250, percent: 25}],
    ['reasons', []]
  ])
})

test('health: what is on the disk is told with the time of the oldest segment', () => {
  const health = healthOf(factsWith({durability: 'commit', wal}))
  assert.equal(health.durability, 'commit')
  assert.deepEqual(health.wal, {bytes: 128 << 20, segments: 2, oldest: '2026-11-20T00:00:00.000Z', corrupt_ranges: 0})
  assert.equal(healthOf(factsWith({wal: {...wal, oldestMs: undefined}})).wal?.oldest, null)
})

test('health: a disk that cannot be written degrades, and is no reason to be restarted', () => {
  for (const code of ['full', 'read-only', 'error', 'stalled'] as const) {
    const page = healthPage(factsWith({durability: 'commit', wal, trouble: {code, reason: 'ENOSPC'}}))
    assert.equal(page.status, 200)
    const {status, reasons} = JSON.parse(page.body) as {status: string; reasons: string[]}
    assert.equal(status, 'degraded')
    assert.deepEqual(reasons, [`wal-${code}: nothing gets to the disk (ENOSPC)`])
  }
})

test('health: damage found at the start degrades, and so does a full queue', () => {
  const damage = {file: 'a.lcw', from: 1, to: 2, seqFrom: 3, seqTo: 4, copy: undefined}
  const damaged = healthOf(factsWith({wal, damaged: [damage]}))
  assert.equal(damaged.status, 'degraded')
  assert.equal(damaged.wal?.corrupt_ranges, 1)
  assert.match(damaged.reasons.join(), /^wal-damaged: 1 ranges/)

  const facts = factsWith()
  facts.queuedBytes = 890
  assert.equal(healthOf(facts).status, 'healthy')
  facts.queuedBytes = 900
  assert.equal(healthOf(facts).status, 'degraded')
  assert.match(healthOf(facts).reasons.join(), /^queue-full/)
})

test('health: a server that closes is unhealthy and not ready, one that runs is ready in any state', () => {
  const facts = factsWith({trouble: {code: 'full', reason: 'ENOSPC'}})
  assert.deepEqual(readyPage(facts), {status: 200, type: 'text/plain; charset=utf-8', body: 'ready\n'})
  facts.isClosing = true
  assert.equal(healthPage(facts).status, 503)
  assert.equal(healthOf(facts).status, 'unhealthy')
  assert.match(healthOf(facts).reasons.join(), /^closing/)
  assert.deepEqual(readyPage(facts), {status: 503, type: 'application/json', body: '{"status":"closing"}\n'})
})

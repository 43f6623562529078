import assert from 'node:assert/strict'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {watchSelf} from '../../src/host/self.ts'
import {newCounters} from '../../src/server/counters.ts'
import {HttpCounters} from '../../src/server/http-port.ts'
import {metricsPage, type MetricParts} from '../../src/server/metrics.ts'
import {querySecondsBounds} from '../../src/server/query-port.ts'
import {Histogram} from '../../src/base/histogram.ts'
import {factsOf} from './facts.ts'
import {openPort, sender, until} from './open-port.ts'

const self: MetricParts['self'] = {
  startedMs: 5000,
  cpuSeconds: () => 1.5,
  residentBytes: () => 1024,
  loopLagSeconds: () => 0.25
}

/** Values by name and labels. */
function samplesOf(parts: MetricParts): ReadonlyMap<string, number> {
  const lines = metricsPage(parts).body.split('\n')
  assert.equal(lines.at(-1), '')
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))])
  )
}

test('metrics: the five names of the original, and what the server has counted of itself', async (t) => {
  const port = await openPort(t, {durability: 'commit'})
  const one = await sender(t, port)
  one.socket.write('ERROR: one\nINFO two\nthree\n')
  await port.holds(3)
  await until(() => port.store.acknowledgedSeq === 4)

  const facts = factsOf(port.store)
  facts.clients = 1
  facts.queuedBytes = 420
  const query = {seconds: new Histogram(querySecondsBounds), timeouts: 2, rejected: 3}
  for (const seconds of [0.0004, 0.02, 7]) query.seconds.observe(seconds)
  const http = new HttpCounters()
  for (const code of [200, 200, 503]) http.count('/health', code)
  const samples = samplesOf({facts, ingest: port.counters, query, http, self})

  const wanted = {
    logcaster_active_connections: 1,
    logcaster_logs_received_total: 3,
    logcaster_queries_processed_total: 3,
    logcaster_buffer_usage: 42,
    'logcaster_query_duration_seconds_bucket{le="0.0005"}': 1,
    'logcaster_query_duration_seconds_bucket{le="0.05"}': 2,
    'logcaster_query_duration_seconds_bucket{le="+Inf"}': 3,
    logcaster_query_duration_seconds_sum: 7.0204,
    logcaster_query_duration_seconds_count: 3,
    'logcaster_ingest_records_total{protocol="raw"}': 3,
    'logcaster_ingest_bytes_total{protocol="raw"}': 26,
    'logcaster_level_records_total{level="error"}': 1,
    'logcaster_level_records_total{level="info"}': 1,
    'logcaster_level_records_total{level="unknown"}': 1,
    logcaster_ingest_queue_bytes: 420,
    logcaster_ring_lines: 3,
    logcaster_ring_evicted_total: 0,
    logcaster_wal_fsync_errors_total: 0,
    logcaster_wal_read_only: 0,
    logcaster_wal_corrupt_ranges: 0,
    logcaster_query_timeouts_total: 2,
    logcaster_query_rejected_total: 3,
    'logcaster_http_requests_total{path="/health",code="200"}': 2,
    'logcaster_http_requests_total{path="/health",code="503"}': 1,
    process_cpu_seconds_total: 1.5,
    process_resident_memory_bytes: 1024,
    process_start_time_seconds: 5,
    nodejs_eventloop_lag_seconds: 0.25
  }
  for (const [name, value] of Object.entries(wanted)) assert.equal(samples.get(name), value, name)
  assert.ok((samples.get('logcaster_wal_segments') ?? 0) > 0)
  assert.ok((samples.get('logcaster_wal_commit_seconds_count') ?? 0) > 0)
})

test('metrics: without a disk there is nothing said about one', async (t) => {
  const port = await openPort(t)
  const query = {seconds: new Histogram(querySecondsBounds), timeouts: 0, rejected: 0}
  const parts = {facts: factsOf(port.store), ingest: newCounters(), query, http: new HttpCounters(), self}
  assert.deepEqual(
    [...samplesOf(parts).keys()].filter((name) => name.includes('_wal_')),
    []
  )
})

test('metrics: a log that cannot be written is said to be so', async (t) => {
  const port = await openPort(t)
  const {durability, damaged} = port.store
  const stats = (): ReturnType<typeof port.store.stats> => {
    const none = {bounds: [], counts: [], count: 0, sum: 0}
    const figures = {segments: 1, bytes: 1, oldestSeq: 1, oldestMs: 0, writtenSeq: 1, syncedSeq: 1, pendingBytes: 0}
    const errors = {commitSeconds: none, commitRecords: none, writeErrors: 4, syncErrors: 5, retired: 6, leases: 0}
    return {...port.store.stats(), wal: {...figures, ...errors}}
  }
  const facts = factsOf({durability, damaged, tornBytes: 9, stats, trouble: {code: 'full', reason: 'ENOSPC'}})
  const query = {seconds: new Histogram(querySecondsBounds), timeouts: 0, rejected: 0}
  const samples = samplesOf({facts, ingest: newCounters(), query, http: new HttpCounters(), self})
  assert.equal(samples.get('logcaster_wal_read_only'), 1)
  assert.equal(samples.get('logcaster_wal_write_errors_total'), 4)
  assert.equal(samples.get('logcaster_wal_fsync_errors_total'), 5)
  assert.equal(samples.get('logcaster_wal_retired_total'), 6)
  assert.equal(samples.get('logcaster_wal_torn_bytes_total'), 9)
})

test('metrics: what this process takes is told, and how long the event loop was held up', async () => {
  const watched = watchSelf()
  try {
    assert.equal(watched.loopLagSeconds(), 0)
    await delay(300)
    const untilMs = performance.now() + 700
    while (performance.now() < untilMs);
    await delay(300)
    assert.ok(watched.loopLagSeconds() > 0.3)
    // Asked anew, it is about what came since.
    assert.ok(watched.loopLagSeconds() < 0.3)
    assert.ok(watched.cpuSeconds() > 0.3)
    assert.ok(watched.residentBytes() > 1 << 20)
    assert.ok(Math.abs(watched.startedMs - Date.now()) < 600_000)
  } finally {
    watched.stop()
  }
})

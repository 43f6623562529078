import type {Self} from '../host/self.ts'
import type {StoreStats} from '../store/store.ts'
import type {IngestCounters} from './counters.ts'
import {Exposition, type LabelledValue} from './exposition.ts'
import {queuePercent, type ServerFacts} from './facts.ts'
import type {HttpCounters} from './http-port.ts'
import type {Page} from './page.ts'
import type {QueryCounters} from './query-port.ts'

/** All that is counted. Never a label for a source or a user: there is no end of them. */
export interface MetricParts {
  readonly facts: ServerFacts
  readonly ingest: IngestCounters
  readonly query: QueryCounters
  readonly http: Pick<HttpCounters, 'read'>
  readonly self: Pick<Self, 'startedMs' | 'cpuSeconds' | 'residentBytes' | 'loopLagSeconds'>
}

export function metricsPage(parts: MetricParts): Page {
  const out = new Exposition()
  const stats = parts.facts.store.stats()
  writeInherited(out, parts)
  writeIngest(out, parts, stats)
  writeRing(out, stats)
  writeWal(out, parts.facts, stats)
  writeAsked(out, parts)
  writeProcess(out, parts.self)
  return {status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: out.text}
}

/** The names that dashboards and alert rules of the original server ask for. */
function writeInherited(out: Exposition, {facts, ingest, query}: MetricParts): void {
  const received = Object.values(ingest.records).reduce((sum, records) => sum + records, 0)
  const seconds = query.seconds.read()
  out.gauge('logcaster_active_connections', 'Connections that send lines.', facts.connections())
  out.counter('logcaster_logs_received_total', 'Records taken since the start.', received)
  out.counter('logcaster_queries_processed_total', 'Commands answered on the query port.', seconds.count)
  out.gauge(
    'logcaster_buffer_usage',
    'Percent of the ingest queue in use: what is taken and not yet acknowledged.',
    queuePercent(facts)
  )
  out.histogram('logcaster_query_duration_seconds', 'Time from a command on the query port to its answer.', seconds)
}

function writeIngest(out: Exposition, {facts, ingest}: MetricParts, {byLevel}: StoreStats): void {
  out.counters('logcaster_ingest_records_total', 'Records taken, by protocol.', labelled('protocol', ingest.records))
  out.counters(
    'logcaster_ingest_bytes_total',
    'Bytes of records taken, by protocol.',
    labelled('protocol', ingest.bytes)
  )
  out.counters(
    'logcaster_level_records_total',
    'Records since the start, with those loaded from disk, by level.',
    levels.map((level, index) => ({labels: {level}, value: byLevel[index] ?? 0}))
  )
  const {framing} = ingest
  out.counter('logcaster_records_truncated_total', 'Records cut at the longest line allowed.', framing.truncatedRecords)
  out.counter('logcaster_framing_errors_total', 'Frames that did not end where they said.', framing.framingErrors)
  out.counter('logcaster_connections_total', 'Connections to the port for lines.', ingest.connectionsTotal)
  out.counter('logcaster_connections_rejected_total', 'Connections turned away: there were too many.', ingest.rejected)
  out.gauge('logcaster_ingest_queue_bytes', 'Bytes taken and not yet acknowledged.', facts.queueBytes())
  out.counter('logcaster_slow_down_total', 'Times a sender was told to slow down.', ingest.slowDowns)
}

/** In the order of their numbers in the store. */
const levels = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

function writeRing(out: Exposition, {ring, evicted}: StoreStats): void {
  out.gauge('logcaster_ring_lines', 'Records in memory.', ring.lines)
  out.gauge('logcaster_ring_bytes', 'Bytes of the records in memory.', ring.bytes)
  out.counter('logcaster_ring_evicted_total', 'Records that made room for newer ones in memory.', evicted)
}

function writeWal(out: Exposition, {store}: ServerFacts, {wal}: StoreStats): void {
  if (wal === undefined) return
  out.gauge('logcaster_wal_bytes', 'Bytes of the write-ahead log on disk.', wal.bytes)
  out.gauge('logcaster_wal_segments', 'Segments of the write-ahead log.', wal.segments)
  out.histogram(
    'logcaster_wal_commit_seconds',
    'Time from the first record waiting to all that came with it being acknowledged.',
    wal.commitSeconds
  )
  out.histogram('logcaster_wal_commit_records', 'Records acknowledged together.', wal.commitRecords)
  out.counter('logcaster_wal_write_errors_total', 'Writes that the disk refused.', wal.writeErrors)
  out.counter('logcaster_wal_fsync_errors_total', 'Syncs that the disk refused.', wal.syncErrors)
  out.counter('logcaster_wal_retired_total', 'Segments removed or used again.', wal.retired)
  out.gauge('logcaster_wal_corrupt_ranges', 'Damaged ranges found at the start.', store.damaged.length)
  out.counter('logcaster_wal_torn_bytes_total', 'Bytes of unfinished writes, cut off at the start.', store.tornBytes)
  out.gauge('logcaster_wal_read_only', '1 while nothing gets to the disk.', store.trouble === undefined ? 0 : 1)
}

function writeAsked(out: Exposition, {query, http}: MetricParts): void {
  out.counter('logcaster_query_timeouts_total', 'Queries broken off at their deadline.', query.timeouts)
  out.counter('logcaster_query_rejected_total', 'Connections to the query port turned away.', query.rejected)
  out.counters(
    'logcaster_http_requests_total',
    'Requests over HTTP.',
    http.read().map(({path, code, requests}) => ({labels: {path, code: String(code)}, value: requests}))
  )
}

function writeProcess(out: Exposition, self: MetricParts['self']): void {
  out.counter('process_cpu_seconds_total', 'Processor time taken.', self.cpuSeconds())
  out.gauge('process_resident_memory_bytes', 'Memory taken.', self.residentBytes())
  out.gauge('process_start_time_seconds', 'When the process began, since 1970.', self.startedMs / 1000)
  out.gauge(
    'nodejs_eventloop_lag_seconds',
    'Longest wait for the event loop since the last look.',
    self.loopLagSeconds()
  )
}

function labelled(label: string, values: Readonly<Record<string, number>>): readonly LabelledValue[] {
  return Object.entries(values).map(([name, value]) => ({labels: {[label]: name}, value}))
}

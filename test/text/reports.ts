import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {finding} from '../../src/base/findings.ts'
import {worst, type CheckResult, type Report} from '../../src/base/report.ts'
import type {RunFacts} from '../../src/text/document.ts'
import type {Reading} from '../../src/text/lines.ts'
import {findingSamples, poisonedFinding} from './samples.ts'

export function checkResult(given: Partial<CheckResult>): CheckResult {
  return {
    id: 'disk.space',
    status: 'ok',
    value: null,
    unit: null,
    threshold: null,
    finding: finding('disk-not-growing', {path: '/srv', samples: 3}),
    evidence: [],
    durationMs: 1,
    ...given
  }
}

export function reportOf(checks: readonly CheckResult[], given: Partial<Report> = {}): Report {
  return {command: 'daily-check', status: worst(checks), changed: [], checks, warnings: [], errors: [], ...given}
}

export function readingOf(given: Partial<Reading> = {}): Reading {
  return {language: 'en', zone: 'utc', columns: 80, colours: false, detail: 'normal', ...given}
}

/** A disk that is nearly full, a service that runs, a certificate that nobody asked about. */
export const mixedReport = reportOf(
  [
    checkResult({
      id: 'service.state',
      value: 'active',
      finding: finding('service-up', {unit: 'logcaster.service', sub: 'running', sinceMs: Date.UTC(2026, 10, 20)}),
      evidence: [finding('server-connections', {connections: 12})],
      durationMs: 12.6
    }),
    checkResult({
      id: 'cert.expiry',
      status: 'skipped',
      finding: finding('not-configured', {setting: 'checks.cert.expiry.endpoints'})
    }),
    checkResult({
      id: 'disk.space',
      status: 'critical',
      value: 4.2,
      unit: '%',
      threshold: {warning: '20%:', critical: '10%:'},
      finding: finding('disk-free', {path: '/srv', freePercent: 4.2, freeBytes: 2 ** 31, totalBytes: 2 ** 36}),
      evidence: [finding('disk-free', {path: '/', freePercent: 60, freeBytes: 2 ** 35, totalBytes: 2 ** 36})]
    })
  ],
  {
    warnings: [new Fault('config-unknown-override', {source: 'environment', key: 'LOGCASTER_MOON', nearest: null})],
    errors: [new Fault('file-unreadable', {path: '/srv/app.log', reason: 'EACCES'})]
  }
)

export const runFacts: RunFacts = {
  runId: '20261120T091500Z-k3v9x2',
  startedMs: Date.UTC(2026, 10, 20, 9, 15),
  durationMs: 1234.4,
  host: 'logs-1',
  user: 'ops',
  exitCode: 2
}

const ids = ['disk.space', 'log.errors', 'service.state', 'cert.expiry', 'k8s.pods', 'mem.oom', 'port.ingest'] as const
const statuses = ['ok', 'warning', 'critical', 'unknown', 'skipped'] as const
const anyFinding = fc.constantFrom(...findingSamples, ...findingSamples.map(poisonedFinding))

const anyThreshold = fc.record({
  warning: fc.constantFrom(null, '80', '20%:', '10GB:', '@10:20', '~:5'),
  critical: fc.constantFrom(null, '95', '10%:', '14d:')
})

/** Reports as a run of checks may give them, half of the values hostile. */
export const reports: fc.Arbitrary<Report> = fc
  .uniqueArray(fc.constantFrom(...ids), {minLength: 1})
  .chain((chosen) => fc.tuple(...chosen.map((id) => checkWith(id))))
  .map((checks) => reportOf(checks))

function checkWith(id: string): fc.Arbitrary<CheckResult> {
  return fc.record({
    id: fc.constant(id),
    status: fc.constantFrom(...statuses),
    value: fc.oneof(fc.constant(null), fc.constant('active'), fc.double({min: -1e15, max: 1e15, noNaN: true})),
    unit: fc.constantFrom(null, '%', 's', 'days'),
    threshold: fc.oneof(fc.constant(null), anyThreshold),
    finding: anyFinding,
    evidence: fc.array(anyFinding, {maxLength: 3}),
    durationMs: fc.double({min: 0, max: 1e6, noNaN: true})
  })
}

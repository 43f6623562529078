import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {finding} from '../../src/base/findings.ts'
import {failure, type CheckResult} from '../../src/base/report.ts'
import {documentOf} from '../../src/text/document.ts'
import {checkResult, mixedReport, reportOf, runFacts} from './reports.ts'
import {findingSamples} from './samples.ts'

function documentWith(...checks: readonly Partial<CheckResult>[]): Record<string, unknown> {
  return documentOf(reportOf(checks.map(checkResult)), runFacts)
}

function checksIn(document: Record<string, unknown>): readonly Record<string, unknown>[] {
  return document['checks'] as readonly Record<string, unknown>[]
}

test('the document has the fields of the contract, with codes, values and English sentences', () => {
  const advice = 'See what is large: du -xh --max-depth=2 /srv | sort -h | tail'
  const disk = {path: '/srv', freePercent: 4.2, freeBytes: 2 ** 31, totalBytes: 2 ** 36}
  const otherDisk = {path: '/', freePercent: 60, freeBytes: 2 ** 35, totalBytes: 2 ** 36}
  const document = documentOf(mixedReport, runFacts)
  const {checks, ...rest} = document
  assert.deepEqual(rest, {
    schema: 'logcaster.daily-check/1',
    run_id: '20261120T091500Z-k3v9x2',
    ok: false,
    exit_code: 2,
    status: 'critical',
    dry_run: false,
    changed: [],
    started_at: '2026-11-20T09:15:00Z',
    ended_at: '2026-11-20T09:15:01Z',
    duration_ms: 1234,
    host: 'logs-1',
    user: 'ops',
    warnings: [
      {
        code: 'config-unknown-override',
        message: 'environment: there is no setting LOGCASTER_MOON.',
        target: null,
        hint: 'logcaster config show lists all settings.',
        values: {source: 'environment', key: 'LOGCASTER_MOON', nearest: null}
      }
    ],
    errors: [
      {
        code: 'file-unreadable',
        message: '/srv/app.log cannot be read: EACCES.',
        target: '/srv/app.log',
        hint: 'Look at it with: ls -l /srv/app.log',
        values: {path: '/srv/app.log', reason: 'EACCES'}
      }
    ],
    next: ['Look at it with: ls -l /srv/app.log', advice]
  })
  assert.deepEqual((checks as readonly unknown[])[2], {
    id: 'disk.space',
    status: 'critical',
    value: 4.2,
    unit: '%',
    threshold: {warning: '20%:', critical: '10%:'},
    code: 'disk-free',
    message: '/srv: 4.2% free (2.0 GiB of 64.0 GiB)',
    values: disk,
    evidence: [{code: 'disk-free', message: '/: 60% free (32.0 GiB of 64.0 GiB)', values: otherDisk}],
    hint: advice,
    skipped_because: null,
    duration_ms: 1
  })
})

test('ok is what the exit code says, not the status', () => {
  const report = reportOf([checkResult({status: 'warning'})])
  assert.equal(documentOf(report, {...runFacts, exitCode: 0})['ok'], true)
  assert.equal(documentOf(report, {...runFacts, exitCode: 1})['ok'], false)
  assert.equal(documentOf(report, {...runFacts, exitCode: 1})['exit_code'], 1)
})

test('a check that was skipped says why, and it alone', () => {
  const because = finding('skipped-because', {parent: 'service.state'})
  const checks = checksIn(documentWith({status: 'skipped', finding: because}, {status: 'critical'}))
  assert.deepEqual(
    checks.map((check) => check['skipped_because']),
    ['because of service.state', null]
  )
})

test('advice stands at bad checks only, and once under what to do next', () => {
  const said = finding('program-missing', {program: 'kubectl'})
  const hint = 'Install kubectl, or leave this check out with a reason under checks.skip.'
  const all = (['ok', 'skipped', 'unknown', 'warning', 'critical'] as const).map((status) => ({status, finding: said}))
  const document = documentWith(...all)
  assert.deepEqual(
    checksIn(document).map((check) => check['hint']),
    [null, null, hint, hint, hint]
  )
  assert.deepEqual(document['next'], [hint])
})

test('a bad check without advice has none', () => {
  const document = documentWith({status: 'unknown', finding: finding('check-interrupted', {})})
  assert.equal(checksIn(document)[0]?.['hint'], null)
  assert.deepEqual(document['next'], [])
})

test('an error names its target, if it is about a thing', () => {
  const place = {file: '/c.yaml', line: 1, column: 2}
  const faults = [
    new Fault('config-absent', {path: '/a'}),
    new Fault('config-duplicate-key', {...place, key: 'x'}),
    new Fault('usage-missing-value', {flag: '--since', command: 'daily-check'}),
    new Fault('check-unknown-id', {id: 'moon', nearest: null}),
    new Fault('interrupted', {signal: 'SIGINT'})
  ]
  const errors = documentOf(failure('x', 'failed', faults), runFacts)['errors'] as readonly {target: string | null}[]
  assert.deepEqual(
    errors.map(({target}) => target),
    ['/a', '/c.yaml', '--since', 'moon', null]
  )
})

test('the name of the schema follows the command, and a body adds its fields', () => {
  const report = reportOf([], {
    command: 'config show',
    status: 'done',
    changed: ['/x'],
    body: {lines: ['no'], fields: {path: '/x'}}
  })
  const document = documentOf(report, {...runFacts, exitCode: 0})
  assert.equal(document['schema'], 'logcaster.config.show/1')
  assert.equal(document['path'], '/x')
  assert.deepEqual(document['changed'], ['/x'])
  assert.equal(JSON.stringify(document).includes('"no"'), false)
})

test('every finding keeps its values through JSON', () => {
  const document = documentWith(...findingSamples.map((said) => ({finding: said, evidence: [said]})))
  const read = JSON.parse(JSON.stringify(document)) as Record<string, unknown>
  assert.deepEqual(read, document)
  checksIn(read).forEach((check, at) => {
    assert.equal(check['code'], findingSamples[at]?.code)
    assert.deepEqual(check['values'], findingSamples[at]?.values)
  })
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {stripVTControlCharacters} from 'node:util'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {finding} from '../../src/base/findings.ts'
import type {CheckResult, Report} from '../../src/base/report.ts'
import {catalogueOf} from '../../src/text/catalogue.ts'
import {padEnd, widthOf} from '../../src/text/columns.ts'
import {languages} from '../../src/text/language.ts'
import {faultLines, linesOf, type Reading} from '../../src/text/lines.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {checkResult, mixedReport, readingOf, reportOf, reports} from './reports.ts'
import {acting, faultSamples, hostile, poisonedFault} from './samples.ts'

const seed = seedFromEnvironment()
const worstFirst = ['critical', 'warning', 'unknown', 'ok', 'skipped'] as const

const readings: fc.Arbitrary<Reading> = fc.record({
  language: fc.constantFrom(...languages),
  zone: fc.constant('utc' as const),
  columns: fc.integer({min: 60, max: 120}),
  colours: fc.constant(false),
  detail: fc.constantFrom('quiet' as const, 'normal' as const, 'verbose' as const)
})

test('the verdict comes first, then each check with its reading, the worst first, with its limit and what to do', () => {
  assert.deepEqual(linesOf(mixedReport, 1234, readingOf()), [
    'daily-check: CRITICAL (1 CRITICAL, 1 OK, 1 skipped in 1s)',
    '  CRITICAL  disk.space     /srv: 4.2% free (2.0 GiB of 64.0 GiB) [10%:]',
    '                           - /: 60% free (32.0 GiB of 64.0 GiB)',
    '                           → See what is large: du -xh --max-depth=2 /srv | sort',
    '                           -h | tail',
    '  OK        service.state  logcaster.service is running since',
    '                           2026-11-20T00:00:00Z',
    '  skipped   cert.expiry    not configured (checks.cert.expiry.endpoints)'
  ])
})

test('Korean lines up as English does', () => {
  assert.deepEqual(linesOf(mixedReport, 1234, readingOf({language: 'ko', detail: 'verbose'})), [
    'daily-check: 위험 (위험 1, 정상 1, 건너뜀 1, 1s 걸림)',
    '  위험    disk.space     /srv: 여유 4.2% (64.0 GiB 중 2.0 GiB) [10%:]',
    '                         - /: 여유 60% (64.0 GiB 중 32.0 GiB)',
    '                         → 큰 것 찾기: du -xh --max-depth=2 /srv | sort -h |',
    '                         tail',
    '  정상    service.state  logcaster.service running, 2026-11-20T00:00:00Z 부터',
    '                         - 서버가 센 연결 수: 12',
    '  건너뜀  cert.expiry    설정되지 않음 (checks.cert.expiry.endpoints)'
  ])
})

test('status, id and sentence line up in every report, no line is wider than the screen, and nothing acts', () => {
  fc.assert(
    fc.property(reports, readings, (report, reading) => {
      const shown = report.checks.filter(({status}) => reading.detail !== 'quiet' || isBad(status))
      const {status: words} = catalogueOf(reading.language).words
      const statusWidth = Math.max(0, ...shown.map(({status}) => widthOf(words[status])))
      const idWidth = Math.max(0, ...shown.map(({id}) => id.length))
      const indent = ' '.repeat(statusWidth + idWidth + 6)
      const heads = shown
        .toSorted((left, right) => worstFirst.indexOf(left.status) - worstFirst.indexOf(right.status))
        .map(({status, id}) => `  ${padEnd(words[status], statusWidth)}  ${padEnd(id, idWidth)}  `)
      const [, ...lines] = linesOf(report, 10, reading)
      for (const line of lines) {
        assert.ok(widthOf(line) <= reading.columns, line)
        assert.doesNotMatch(line, acting)
        const head = line.startsWith(heads[0] ?? indent) ? heads.shift() : undefined
        if (head === undefined) assert.ok(line.startsWith(indent), line)
        assert.match(line.slice(head?.length ?? indent.length), /^\S(?:.*\S)?$/, line)
      }
      assert.deepEqual(heads, [])
    }),
    {seed}
  )
})

test('a check keeps its place among those that are as bad', () => {
  const checks = ['b', 'a', 'c'].map((id) => checkResult({id}))
  assert.deepEqual(
    linesOf(reportOf(checks), 1, readingOf())
      .slice(1)
      .map((line) => line.split(/ +/)[2]),
    ['b', 'a', 'c']
  )
})

test('quiet says only what is bad, and the verdict; and nothing when all is well', () => {
  const lines = linesOf(mixedReport, 1, readingOf({detail: 'quiet'}))
  assert.ok(lines[0]?.includes('1 OK'))
  assert.equal(lines.filter((line) => /^ {2}\S/.test(line)).length, 1)
  assert.doesNotMatch(lines.slice(1).join('\n'), /OK|skipped|service\.state/)
  const good = reportOf([checkResult({})])
  assert.deepEqual(linesOf(good, 1, readingOf({detail: 'quiet'})), [])
  const unjudged = reportOf([checkResult({status: 'skipped'})])
  assert.deepEqual(linesOf(unjudged, 1, readingOf({detail: 'quiet'})), ['daily-check: UNKNOWN (1 skipped in 1ms)'])
})

test('evidence of a good check is for those who ask, that of a bad one for everybody', () => {
  const evidence = [finding('server-connections', {connections: 12})]
  const seen = (status: 'ok' | 'warning' | 'skipped', detail: Reading['detail']): boolean =>
    linesOf(reportOf([checkResult({status, evidence})]), 1, readingOf({detail})).some((line) => line.includes('- conn'))
  assert.deepEqual([seen('ok', 'normal'), seen('ok', 'verbose')], [false, true])
  assert.deepEqual([seen('skipped', 'normal'), seen('skipped', 'verbose')], [false, true])
  assert.deepEqual([seen('warning', 'quiet'), seen('warning', 'normal')], [true, true])
})

test('only the limit that was crossed is named', () => {
  const threshold = {warning: '20%:', critical: null}
  const limitIn = (status: CheckResult['status'], value: CheckResult['value']): string | undefined =>
    /\[.*\]/.exec(linesOf(reportOf([checkResult({status, value, threshold})]), 1, readingOf()).join('\n'))?.[0]
  assert.equal(limitIn('warning', 15), '[20%:]')
  for (const status of ['ok', 'critical', 'unknown', 'skipped'] as const) assert.equal(limitIn(status, 15), undefined)
  for (const value of [null, 'unsynchronised']) assert.equal(limitIn('warning', value), undefined)
})

test('good and skipped checks get no advice', () => {
  const said = finding('certificate', {endpoint: 'a:1', subject: 's', leftMs: 1, expiresMs: 1})
  for (const [status, isAdvised] of [
    ['ok', false],
    ['skipped', false],
    ['unknown', true]
  ] as const) {
    const text = linesOf(reportOf([checkResult({status, finding: said})]), 1, readingOf({detail: 'verbose'})).join('\n')
    assert.equal(text.includes('→'), isAdvised, status)
  }
})

test('colours come only when they are asked for, and change nothing but the colour', () => {
  fc.assert(
    fc.property(reports, readings, (report, reading) => {
      const bare = linesOf(report, 10, reading).join('\n')
      const coloured = linesOf(report, 10, {...reading, colours: true}).join('\n')
      assert.equal(bare.includes('\u001b'), false)
      assert.equal(coloured.includes('\u001b'), bare !== '')
      assert.equal(stripVTControlCharacters(coloured), bare)
    }),
    {seed}
  )
})

test('a report without checks is its body, as it is', () => {
  const body = {lines: ['one', '', '  two'], fields: {}}
  assert.deepEqual(linesOf(reportOf([], {body}), 1, readingOf({detail: 'quiet'})), body.lines)
  const errors = [new Fault('config-absent', {path: '/x'})]
  assert.deepEqual(linesOf(reportOf([], {errors}), 1, readingOf()), [])
})

test('a run that checked nothing says so', () => {
  for (const detail of ['quiet', 'normal'] as const) {
    const reading = readingOf({detail})
    assert.deepEqual(linesOf(reportOf([]), 1, reading), ['daily-check: UNKNOWN (nothing was checked in 1ms)'])
    const korean = linesOf(reportOf([]), 1, {...reading, language: 'ko'})
    assert.deepEqual(korean, ['daily-check: 알 수 없음 (점검한 것 없음, 1ms 걸림)'])
  }
})

test('a body follows the checks of its report', () => {
  const report: Report = reportOf([checkResult({})], {body: {lines: ['tail'], fields: {}}})
  assert.equal(linesOf(report, 1, readingOf()).at(-1), 'tail')
})

test('a fault says what is wrong, and below what to do', () => {
  const fault = new Fault('file-unreadable', {path: '/x', reason: 'EACCES'}, {cause: new Error('open: denied')})
  assert.deepEqual(faultLines(fault, 'error', readingOf()), [
    'error: /x cannot be read: EACCES.',
    '  → Look at it with: ls -l /x'
  ])
  assert.deepEqual(faultLines(fault, 'warning', readingOf({language: 'ko'})), [
    '주의: /x 을(를) 읽을 수 없습니다: EACCES.',
    '  → 확인: ls -l /x'
  ])
  assert.deepEqual(faultLines(fault, 'error', readingOf({detail: 'verbose'})), [
    'error: /x cannot be read: EACCES.',
    '  open: denied',
    '  → Look at it with: ls -l /x'
  ])
})

test('the colour of a fault tells an error from a warning', () => {
  const fault = new Fault('config-absent', {path: '/x'})
  const first = (kind: 'error' | 'warning'): string | undefined =>
    faultLines(fault, kind, readingOf({colours: true}))[0]?.split(':')[0]
  assert.equal(first('error'), '\u001b[31merror\u001b[39m')
  assert.equal(first('warning'), '\u001b[33mwarning\u001b[39m')
})

test('verbose tells the chain of causes, and ends one that leads back to itself', () => {
  const first = new Error('first')
  const second = new Error('second', {cause: first})
  first.cause = second
  const fault = new Fault('file-unreadable', {path: '/x', reason: 'EIO'}, {cause: second})
  const lines = faultLines(fault, 'error', readingOf({detail: 'verbose'}))
  assert.deepEqual(lines.slice(1, -1), ['  second', '  first', '  second', '  first', '  second'])
})

test('a bug shows where it came from', () => {
  const cause = new Error('odd')
  const lines = faultLines(new Fault('bug', {detail: 'odd'}, {cause}), 'error', readingOf({detail: 'verbose'}))
  assert.ok(lines.includes('  Error: odd'))
  assert.ok(lines.some((line) => line.includes('lines.test.ts')))
  delete cause.stack
  const without = faultLines(new Fault('bug', {detail: 'odd'}, {cause}), 'error', readingOf({detail: 'verbose'}))
  assert.ok(without.includes('  odd'))
})

test('nothing in a fault or in its causes acts on a terminal or forges a line', () => {
  const reading = readingOf({detail: 'verbose'})
  for (const fault of faultSamples.map(poisonedFault)) {
    const lines = faultLines(fault, 'error', reading)
    assert.equal(lines.length, 2, fault.code)
    for (const line of lines) assert.doesNotMatch(line, acting, fault.code)
  }
  const cause = new Error(`denied${hostile}`)
  const lines = faultLines(new Fault('config-absent', {path: '/x'}, {cause}), 'error', reading)
  for (const line of lines) {
    assert.doesNotMatch(line, acting)
    assert.doesNotMatch(line, /^(?:forged|error: OK)/)
  }
})

function isBad(status: string): boolean {
  return status !== 'ok' && status !== 'skipped'
}

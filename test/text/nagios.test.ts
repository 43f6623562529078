import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {finding} from '../../src/base/findings.ts'
import {failure} from '../../src/base/report.ts'
import {nagiosOf} from '../../src/text/nagios.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {checkResult, mixedReport, reportOf, reports} from './reports.ts'
import {acting, faultSamples, poisonedFault} from './samples.ts'

const seed = seedFromEnvironment()

/** As the guidelines for plugins write it: 'label'=value[unit];[warning];[critical] */
const performance = /^'[a-z0-9.]+'=-?\d+(?:\.\d+)?(?:s|%)?;[@~:.\d-]*;[@~:.\d-]*$/

test('the first line is the verdict with what is bad and its numbers, the others say what is wrong', () => {
  assert.deepEqual(nagiosOf({...mixedReport, errors: []}).split('\n'), [
    "LOGCASTER CRITICAL - disk.space critical | 'disk.space'=4.2%;20:;10:",
    'disk.space: /srv: 4.2% free (2.0 GiB of 64.0 GiB)',
    'disk.space: /: 60% free (32.0 GiB of 64.0 GiB)',
    ''
  ])
})

test('when all is well the first line says how many checks found it so', () => {
  assert.equal(nagiosOf(reportOf([checkResult({})])), 'LOGCASTER OK - 1 check ok\n')
  const two = [checkResult({id: 'a'}), checkResult({id: 'b'}), checkResult({id: 'c', status: 'skipped'})]
  assert.equal(nagiosOf(reportOf(two)), 'LOGCASTER OK - 2 checks ok\n')
})

test('a run that checked nothing says so', () => {
  assert.equal(nagiosOf(reportOf([])), 'LOGCASTER UNKNOWN - nothing was checked\n')
})

test('a run that could not begin says why', () => {
  const report = failure('daily-check', 'unknown', [new Fault('config-absent', {path: '/x|y'})])
  assert.equal(nagiosOf(report), 'LOGCASTER UNKNOWN - The configuration /x/y is not there.\n')
})

function performanceOf(check: Parameters<typeof checkResult>[0]): string | undefined {
  return nagiosOf(reportOf([checkResult(check)]))
    .split('\n')[0]
    ?.split(' | ')[1]
}

test('only numbers are performance data, in the units the format knows', () => {
  assert.equal(performanceOf({value: 3}), "'disk.space'=3;;")
  assert.equal(performanceOf({value: 3, unit: '%'}), "'disk.space'=3%;;")
  assert.equal(performanceOf({value: 3, unit: 's'}), "'disk.space'=3s;;")
  assert.equal(performanceOf({value: 3, unit: 'days'}), "'disk.space'=3;;")
  assert.equal(performanceOf({value: 'active'}), undefined)
  assert.equal(performanceOf({value: null}), undefined)
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(performanceOf({value}), undefined)
  assert.equal(performanceOf({value: 3, status: 'skipped'}), undefined)
})

test('numbers have no exponent, however small they are', () => {
  assert.equal(performanceOf({value: 2.3e-8, unit: 's'}), "'disk.space'=0s;;")
  assert.equal(performanceOf({value: 0.000_001_4}), "'disk.space'=0.000001;;")
  assert.equal(performanceOf({value: -1e-9}), "'disk.space'=0;;")
  assert.equal(performanceOf({value: 123_456_789_012_345}), "'disk.space'=123456789012345;;")
})

test('limits are shown where they are in the unit of the value, and left out where they would be misread', () => {
  const limits = (warning: string | null, critical: string | null): string | undefined =>
    performanceOf({value: 1, threshold: {warning, critical}})?.replace("'disk.space'=1;", '')
  assert.equal(limits('20%:', '10%:'), '20:;10:')
  assert.equal(limits('10', '@10:20'), '10;@10:20')
  assert.equal(limits('~:10', null), '~:10;')
  assert.equal(limits('10GB:', '14d:'), ';')
  assert.equal(limits(null, '5'), ';5')
})

test('no value forges a line, a separator or performance data', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const text = nagiosOf(report)
      assert.ok(text.endsWith('\n'))
      const [first = '', ...details] = text.slice(0, -1).split('\n')
      const [verdict = '', data, ...more] = first.split('|')
      assert.equal(verdict.startsWith(`LOGCASTER ${report.status.toUpperCase()} - `), true, first)
      assert.deepEqual(more, [])
      for (const one of data?.trim().split(' ') ?? []) assert.match(one, performance, first)
      const bad = report.checks.filter(({status}) => status !== 'ok' && status !== 'skipped')
      const lines = bad.map(({evidence}) => 1 + Math.min(3, evidence.length)).reduce((sum, count) => sum + count, 0)
      assert.equal(details.length, lines)
      for (const line of [first, ...details]) assert.doesNotMatch(line, acting)
      for (const line of details) assert.doesNotMatch(line, /\|/)
    }),
    {seed}
  )
  for (const fault of faultSamples.map(poisonedFault)) {
    const text = nagiosOf(failure('daily-check', 'unknown', [fault]))
    assert.match(text, /^LOGCASTER UNKNOWN - [^|\n]+\n$/, fault.code)
    assert.doesNotMatch(text.trimEnd(), acting, fault.code)
  }
})

test('a sentence with the separator in it keeps its meaning', () => {
  const said = finding('path-missing', {path: '/a|b', setting: 'paths.data'})
  const text = nagiosOf(reportOf([checkResult({status: 'unknown', finding: said})]))
  assert.equal(text, 'LOGCASTER UNKNOWN - disk.space unknown\ndisk.space: /a/b is not there (paths.data)\n')
})

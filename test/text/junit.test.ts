import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {failure, type CheckResult} from '../../src/base/report.ts'
import {junitOf} from '../../src/text/junit.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {checkResult, mixedReport, reportOf, reports} from './reports.ts'
import {faultSamples, hostile, poisonedFault} from './samples.ts'

const seed = seedFromEnvironment()

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/**
 * The elements of a text that is well-formed as far as we write XML: one root, every tag closed in its order, attributes
 * in double quotes and each only once, no letter that XML 1.0 forbids, nothing but blanks between tags.
 */
function elementsOf(xml: string): Element[] {
  const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
  assert.doesNotMatch(xml, forbidden)
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  assert.ok(xml.startsWith(declaration))
  const elements: Element[] = []
  const open: string[] = []
  const tag = /\s*<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/y
  tag.lastIndex = declaration.length
  while (xml.slice(tag.lastIndex).trim() !== '') {
    const at = tag.lastIndex
    const [whole, end, name = '', attributes = '', alone] = tag.exec(xml) ?? []
    assert.ok(whole !== undefined && (open.length > 0 || elements.length === 0), xml.slice(at, at + 200))
    if (end === '/') assert.equal(open.pop(), name)
    else elements.push({name, attributes: attributesIn(attributes)})
    if (end === '' && alone === '') open.push(name)
  }
  assert.deepEqual(open, [])
  return elements
}

function attributesIn(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => {
    assert.doesNotMatch(value, /&(?!(?:amp|lt|gt|quot);)/)
    return [name, unescaped(value)] as const
  })
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length)
  return Object.fromEntries(pairs)
}

function unescaped(value: string): string {
  const letters: Readonly<Record<string, string>> = {'&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"'}
  return value.replace(/&(?:amp|lt|gt|quot);/g, (entity) => letters[entity] ?? '')
}

test('the scan of these tests refuses what is not well-formed', () => {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n'
  assert.deepEqual(
    elementsOf(`${head}<a><b c="1&lt;"/></a>\n`).map(({name}) => name),
    ['a', 'b']
  )
  const broken = [
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a b="<"/>',
    '<a b="&x;"/>',
    '<a b="1" b="2"/>',
    '<a>x</a>',
    '<a b="\u0007"/>'
  ]
  for (const text of broken) assert.throws(() => elementsOf(head + text), {name: 'AssertionError'}, text)
})

test('each check is a test case, and so is each error', () => {
  assert.equal(
    junitOf(mixedReport, 1234.4),
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="logcaster" tests="4" failures="1" errors="1" skipped="1" time="1.234">',
      '  <testsuite name="daily-check" tests="4" failures="1" errors="1" skipped="1" time="1.234">',
      '    <testcase classname="logcaster.daily-check" name="service.state" time="0.013"/>',
      '    <testcase classname="logcaster.daily-check" name="cert.expiry" time="0.001"><skipped message="not configured (checks.cert.expiry.endpoints)"/></testcase>',
      '    <testcase classname="logcaster.daily-check" name="disk.space" time="0.001"><failure message="/srv: 4.2% free (2.0 GiB of 64.0 GiB); /: 60% free (32.0 GiB of 64.0 GiB); See what is large: du -xh --max-depth=2 /srv | sort -h | tail" type="critical"/></testcase>',
      '    <testcase classname="logcaster.daily-check" name="file-unreadable" time="0"><error message="/srv/app.log cannot be read: EACCES." type="file-unreadable"/></testcase>',
      '  </testsuite>',
      '</testsuites>',
      ''
    ].join('\n')
  )
})

test('a finding without advice is told alone', () => {
  const check = checkResult({status: 'unknown', finding: {code: 'check-interrupted', values: {}}})
  const error = elementsOf(junitOf(reportOf([check]), 1)).find(({name}) => name === 'error')
  assert.deepEqual(error?.attributes, {message: 'interrupted before it had an answer', type: 'unknown'})
})

const inside: Readonly<Record<CheckResult['status'], string | undefined>> = {
  ok: undefined,
  skipped: 'skipped',
  unknown: 'error',
  warning: 'failure',
  critical: 'failure'
}

test('whatever is in it, the document is well-formed and its counts are right', () => {
  fc.assert(
    fc.property(reports, fc.subarray([...faultSamples]), (given, faults) => {
      const report = {...given, errors: faults.map(poisonedFault)}
      const [suites, suite, ...cases] = elementsOf(junitOf(report, 10))
      const expected = [
        ...report.checks.flatMap(({status}) => ['testcase', inside[status]]),
        ...report.errors.flatMap(() => ['testcase', 'error'])
      ].filter((name) => name !== undefined)
      assert.deepEqual(
        cases.map(({name}) => name),
        expected
      )
      const count = (name: string): string => String(expected.filter((one) => one === name).length)
      const totals = {
        tests: count('testcase'),
        failures: count('failure'),
        errors: count('error'),
        skipped: count('skipped')
      }
      assert.deepEqual(suites?.attributes, {name: 'logcaster', ...totals, time: '0.010'})
      assert.deepEqual(suite?.attributes, {name: 'daily-check', ...totals, time: '0.010'})
    }),
    {seed}
  )
})

test('names from outside stay inside their attribute', () => {
  const [, , testcase] = elementsOf(junitOf(reportOf([checkResult({id: `x${hostile}\ufffe`})]), 1))
  assert.equal(testcase?.attributes['name'], `x${hostile}\ufffe`.replace(/[\u0000\u0007\u001b\ufffe]|\ud800/gu, '?'))
})

test('a run that could not begin has its error alone', () => {
  const xml = junitOf(failure('daily-check', 'unknown', [new Fault('config-absent', {path: '/a<b>&"c"'})]), 0)
  const error = elementsOf(xml).find(({name}) => name === 'error')
  assert.equal(error?.attributes['message'], 'The configuration /a<b>&"c" is not there.')
  assert.match(xml, /tests="1" failures="0" errors="1" skipped="0" time="0\.000"/)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {finding} from '../../src/base/findings.ts'
import {alerts, type Range} from '../../src/base/range.ts'
import {judge, resultOf, skipped, thresholdOf, unknown} from '../../src/checks/check.ts'

const above = (high: number): Range => ({low: Number.NEGATIVE_INFINITY, high, inside: false, text: `~:${high}`})
const below = (low: number): Range => ({low, high: Number.POSITIVE_INFINITY, inside: false, text: `${low}:`})

test('judge: the ends of a threshold are still good, what lies beyond is not', () => {
  const limits = {warning: above(80), critical: above(95)}
  assert.deepEqual(
    [0, 80, 80.1, 95, 95.1].map((value) => judge(value, limits)),
    ['ok', 'ok', 'warning', 'warning', 'critical']
  )
})

test('judge: a threshold that is null never alerts', () => {
  for (const value of [-1e300, 0, 1e300, Number.POSITIVE_INFINITY]) {
    assert.equal(judge(value, {warning: null, critical: null}), 'ok')
  }
  assert.equal(judge(5, {warning: null, critical: below(10)}), 'critical')
  assert.equal(judge(5, {warning: below(10), critical: null}), 'warning')
})

test('S-01: whatever the thresholds, a reading that the critical one alerts about is critical, and never better', () => {
  const end = fc.double({noNaN: true})
  const range = fc
    .tuple(end, end, fc.boolean())
    .map(([one, other, inside]) => ({low: Math.min(one, other), high: Math.max(one, other), inside, text: ''}))
  fc.assert(
    fc.property(range, fc.option(range), end, (critical, warning, value) => {
      const expected = alerts(critical, value)
        ? 'critical'
        : warning !== null && alerts(warning, value)
          ? 'warning'
          : 'ok'
      assert.equal(judge(value, {warning, critical}), expected)
    })
  )
})

test('S-01: a reading that is no number is not good under a threshold of the usual form', () => {
  assert.equal(judge(Number.NaN, {warning: null, critical: above(1)}), 'critical')
  assert.equal(judge(Number.NaN, {warning: below(1), critical: null}), 'warning')
})

test('a threshold is told as it was written', () => {
  assert.deepEqual(thresholdOf({warning: below(20), critical: null}), {warning: '20:', critical: null})
})

test('a result has every field, whatever the verdict left out', () => {
  const said = finding('no-history', {})
  const empty = {value: null, unit: null, threshold: null, finding: said, evidence: [], durationMs: 7}
  assert.deepEqual(resultOf('a', skipped(said), 7), {id: 'a', status: 'skipped', ...empty})
  assert.deepEqual(resultOf('b', unknown(said), 7), {id: 'b', status: 'unknown', ...empty})
  const whole = {value: 0, unit: '%', threshold: {warning: '1', critical: null}, finding: said, evidence: [said]}
  const verdict = {status: 'ok', ...whole, remember: {secret: 1}} as const
  assert.deepEqual(resultOf('c', verdict, 8), {id: 'c', status: 'ok', ...whole, durationMs: 8})
})

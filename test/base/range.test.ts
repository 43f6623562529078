import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {alerts, parseNumber, parsePercent, parseRange, type Range} from '../../src/base/range.ts'
import {parseDuration, parseSize} from '../../src/base/units.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()

function rangeOf(text: string): Range {
  const range = parseRange(text, parseNumber)
  assert.ok(range !== undefined, text)
  return range
}

/** The table in the guidelines for Nagios plugins, as conditions. */
const documented: Readonly<Record<string, (value: number) => boolean>> = {
  '10': (value) => value < 0 || value > 10,
  '10:': (value) => value < 10,
  '~:10': (value) => value > 10,
  '10:20': (value) => value < 10 || value > 20,
  '@10:20': (value) => value >= 10 && value <= 20
}

test('a range alerts exactly where the guidelines for Nagios plugins say', () => {
  const near = fc.constantFrom(-1, -0.001, 0, 9.999, 10, 10.001, 15, 19.999, 20, 20.001)
  for (const [text, isBad] of Object.entries(documented)) {
    const range = rangeOf(text)
    fc.assert(
      fc.property(fc.oneof(near, fc.double({noNaN: true})), (value) => {
        assert.equal(alerts(range, value), isBad(value), `${text} ${value}`)
      }),
      {seed}
    )
  }
})

test('a range with `@` alerts exactly where the one without does not', () => {
  const ends = fc.tuple(fc.integer(), fc.integer()).map(([one, other]) => [Math.min(one, other), Math.max(one, other)])
  fc.assert(
    fc.property(ends, fc.integer(), ([low, high], value) => {
      const text = `${low}:${high}`
      assert.notEqual(alerts(rangeOf(text), value), alerts(rangeOf(`@${text}`), value))
    }),
    {seed}
  )
})

test('an end may be left out, be negative, or be without limit', () => {
  assert.deepEqual(rangeOf(':10'), {low: 0, high: 10, inside: false, text: ':10'})
  assert.deepEqual(rangeOf(':'), {low: 0, high: Number.POSITIVE_INFINITY, inside: false, text: ':'})
  assert.deepEqual(rangeOf('~:'), {
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
    inside: false,
    text: '~:'
  })
  assert.deepEqual(rangeOf('@-5:-1'), {low: -5, high: -1, inside: true, text: '@-5:-1'})
  assert.deepEqual(rangeOf('0:0'), {low: 0, high: 0, inside: false, text: '0:0'})
})

test('what is no range is refused', () => {
  const refused = ['', '@', '~', '@~', 'x', '10:5', '-1', '10:~', '1:2:3', '@@1:2', '10 : 20', '1,5', '10:x']
  for (const text of refused) assert.equal(parseRange(text, parseNumber), undefined, text)
})

test('ends carry the unit of the setting', () => {
  assert.equal(parseRange('10GB:', parseSize)?.low, 10_000_000_000)
  assert.equal(parseRange('14d:', parseDuration)?.low, 1_209_600_000)
  assert.equal(parseRange('~:1h', parseDuration)?.high, 3_600_000)
  assert.deepEqual(parseRange('5%:20%', parsePercent), {low: 5, high: 20, inside: false, text: '5%:20%'})
  assert.equal(parseRange('10:', parseDuration), undefined)
})

test('numbers are plain: a sign and a point, nothing else', () => {
  assert.deepEqual(['12', '0.5', '-3', '-0.25'].map(parseNumber), [12, 0.5, -3, -0.25])
  const refused = ['', ' 1', '1 ', '+1', '.5', '1.', '1e3', '0x1', '1,5', '١', 'Infinity', 'NaN', '-']
  for (const text of refused) assert.equal(parseNumber(text), undefined, text)
})

test('a percentage may do without its sign, but not with two of them', () => {
  assert.equal(parsePercent('20'), 20)
  assert.equal(parsePercent('20%'), 20)
  for (const text of ['%', '20%%', '20 %', '%20']) assert.equal(parsePercent(text), undefined, text)
})

test('the text of a range is kept as it was written, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({unit: fc.constantFrom(...Array.from('0123456789.:~@-'))}), (text) => {
      const range = parseRange(text, parseNumber)
      assert.ok(range === undefined || (range.text === text && range.low <= range.high), text)
    }),
    {seed}
  )
})

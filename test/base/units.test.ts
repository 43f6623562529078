import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {formatDuration, formatSize, parseDuration, parseSize} from '../../src/base/units.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()

test('a duration is read with its unit, and several units add up', () => {
  const read: Readonly<Record<string, number>> = {
    '0': 0,
    '250ms': 250,
    '10s': 10_000,
    '1.5h': 5_400_000,
    '1h30m': 5_400_000,
    '2d': 172_800_000,
    '1w': 604_800_000,
    '1m1ms': 60_001,
    '0.4ms': 0
  }
  for (const [text, ms] of Object.entries(read)) assert.equal(parseDuration(text), ms, text)
})

test('a duration without a unit, with a wrong one or beyond what a number holds is refused', () => {
  const refused = [
    '',
    '10',
    '1 h',
    'h',
    '-1s',
    '1y',
    '1H',
    '1h30',
    '.5s',
    '1.s',
    '1e3s',
    '1h 30m',
    ' 1s',
    '1s\n',
    '99999999999999w'
  ]
  for (const text of refused) assert.equal(parseDuration(text), undefined, text)
})

test('a size is read in decimal and binary units, and a bare number counts bytes', () => {
  const read: Readonly<Record<string, number>> = {
    '0': 0,
    '512': 512,
    '512B': 512,
    '1kB': 1000,
    '1KB': 1000,
    '1KiB': 1024,
    '10GB': 10_000_000_000,
    '64MiB': 67_108_864,
    '1.5 GiB': 1_610_612_736,
    '2TB': 2_000_000_000_000,
    '1TiB': 1_099_511_627_776
  }
  for (const [text, bytes] of Object.entries(read)) assert.equal(parseSize(text), bytes, text)
})

test('a size with a wrong unit, a stray blank or beyond what a number holds is refused', () => {
  const refused = [
    '',
    'GB',
    '-1',
    '1k',
    '1kiB',
    '1gb',
    '1PB',
    '12 ',
    '12\n',
    '12\tB',
    '1  GB',
    '1e3',
    '0x10',
    '9007199254740993',
    '9999999TiB'
  ]
  for (const text of refused) assert.equal(parseSize(text), undefined, text)
})

test('a duration is written with its two largest units', () => {
  const written: Readonly<Record<number, string>> = {
    0: '0ms',
    0.4: '0ms',
    850: '850ms',
    999: '999ms',
    999.7: '1s',
    1000: '1s',
    1999: '1s',
    59_999.9: '1m',
    60_000: '1m',
    200_000: '3m 20s',
    3_600_000: '1h',
    3_660_000: '1h 1m',
    93_600_000: '1d 2h',
    86_460_000: '1d',
    8_640_000_000: '100d',
    [-200_000]: '-3m 20s',
    [-0.4]: '0ms'
  }
  for (const [ms, text] of Object.entries(written)) assert.equal(formatDuration(Number(ms)), text, ms)
})

test('a written duration reads back as the same, but for what is smaller than its smaller unit', () => {
  fc.assert(
    fc.property(fc.nat({max: 4_000_000_000}), (ms) => {
      const text = formatDuration(ms)
      const back = parseDuration(text.replace(' ', ''))
      assert.ok(back !== undefined && back <= ms, `${ms} ${text}`)
      const sizes = [86_400_000, 3_600_000, 60_000, 1000]
      const largest = sizes.findIndex((size) => ms >= size)
      const smaller = largest === -1 ? 1 : (sizes[largest + 1] ?? 1000)
      assert.equal(back, ms - (ms % smaller), `${ms} ${text}`)
    }),
    {seed}
  )
})

test('a size is written in the largest binary unit that keeps it readable', () => {
  const written: Readonly<Record<number, string>> = {
    0: '0 B',
    512: '512 B',
    1023: '1023 B',
    1024: '1.0 KiB',
    1536: '1.5 KiB',
    102_348: '99.9 KiB',
    102_400: '100 KiB',
    1_048_575: '1.0 MiB',
    10_737_418_240: '10.0 GiB',
    1_099_511_627_776: '1.0 TiB',
    [1024 ** 5 * 2000]: '2000 PiB',
    [-1536]: '-1.5 KiB'
  }
  for (const [bytes, text] of Object.entries(written)) assert.equal(formatSize(Number(bytes)), text, bytes)
})

test('a written size reads back as nearly the same', () => {
  fc.assert(
    fc.property(fc.nat({max: 2 ** 49}), (bytes) => {
      const back = parseSize(formatSize(bytes))
      assert.ok(back !== undefined && Math.abs(back - bytes) <= bytes / 19, `${bytes} ${formatSize(bytes)}`)
    }),
    {seed}
  )
})

test('no text makes a parser throw, and what it accepts is a whole amount that is not negative', () => {
  const alphabet = fc.constantFrom(...Array.from('0123456789.msdhwkKMGTiB -'))
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({unit: alphabet})), (text) => {
      for (const amount of [parseDuration(text), parseSize(text)]) {
        assert.ok(amount === undefined || (Number.isSafeInteger(amount) && amount >= 0), text)
      }
    }),
    {seed}
  )
})

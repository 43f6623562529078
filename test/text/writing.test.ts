import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {formatTime, writing} from '../../src/text/writing.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()
const eveningMs = Date.UTC(2026, 10, 20, 13, 5, 11, 987)

/** The zone of a process can be changed while it runs. */
function inZone<Result>(zone: string, act: () => Result): Result {
  const before = process.env['TZ']
  process.env['TZ'] = zone
  try {
    return act()
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
}

test('a time is written to the second with the offset of its zone', () => {
  const written: Readonly<Record<string, string>> = {
    UTC: '2026-11-20T13:05:11+00:00',
    'Asia/Seoul': '2026-11-20T22:05:11+09:00',
    'Asia/Kolkata': '2026-11-20T18:35:11+05:30',
    'Asia/Kathmandu': '2026-11-20T18:50:11+05:45',
    'America/St_Johns': '2026-11-20T09:35:11-03:30',
    'America/New_York': '2026-11-20T08:05:11-05:00',
    'Pacific/Kiritimati': '2026-11-21T03:05:11+14:00',
    'Pacific/Marquesas': '2026-11-20T03:35:11-09:30'
  }
  for (const [zone, text] of Object.entries(written)) {
    assert.equal(
      inZone(zone, () => formatTime(eveningMs, 'local')),
      text
    )
    assert.equal(
      inZone(zone, () => formatTime(eveningMs, 'utc')),
      '2026-11-20T13:05:11Z'
    )
  }
})

test('the hour that a clock shows twice is told apart by its offset', () => {
  const first = Date.UTC(2026, 9, 25, 0, 30)
  inZone('Europe/Berlin', () => {
    assert.equal(formatTime(first, 'local'), '2026-10-25T02:30:00+02:00')
    assert.equal(formatTime(first + 3_600_000, 'local'), '2026-10-25T02:30:00+01:00')
  })
})

test('in any zone, a written time reads back as the same second and shows the hour of that place', () => {
  const zones = fc.constantFrom('UTC', 'Asia/Seoul', 'Asia/Kolkata', 'America/St_Johns', 'Australia/Lord_Howe')
  // Before, some places were off by seconds, which ISO 8601 cannot say.
  const moments = fc.integer({min: 0, max: Date.UTC(2100, 0, 1)})
  fc.assert(
    fc.property(zones, moments, (zone, ms) => {
      inZone(zone, () => {
        const text = formatTime(ms, 'local')
        assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
        assert.equal(Date.parse(text), Math.floor(ms / 1000) * 1000)
        assert.equal(Number(text.slice(11, 13)), new Date(ms).getHours())
        assert.equal(Date.parse(formatTime(ms, 'utc')), Math.floor(ms / 1000) * 1000)
      })
    }),
    {seed}
  )
})

test('what no clock can show is called that, in every zone', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8.64e15, -8.64e15]) {
    for (const zone of ['UTC', 'Asia/Seoul', 'America/New_York']) {
      assert.equal(
        inZone(zone, () => formatTime(ms, 'local')),
        'invalid time'
      )
      assert.equal(formatTime(ms, 'utc'), 'invalid time')
    }
  }
})

test('amounts in sentences have their units, and numbers one decimal at most', () => {
  const write = writing('utc')
  assert.equal(write.time(0), '1970-01-01T00:00:00Z')
  assert.equal(write.duration(200_000), '3m 20s')
  assert.equal(write.size(1536), '1.5 KiB')
  assert.deepEqual(
    [12.34, 12.36, 12, 0.04, -0.04, 1_234_567.8].map((value) => write.number(value)),
    [...['12.3', '12.4', '12', '0', '0', '1234567.8']]
  )
  assert.equal(
    inZone('Asia/Seoul', () => writing('local').time(0)),
    '1970-01-01T09:00:00+09:00'
  )
})

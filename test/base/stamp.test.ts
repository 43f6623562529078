import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {afterPriority, afterStamp, stampOf} from '../../src/base/stamp.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()
const nowMs = Date.UTC(2026, 9, 11)
const utc = Date.UTC(2026, 9, 10, 13, 55, 36)
const local = new Date(2026, 9, 10, 13, 55, 36).getTime()

function stamped(line: string): number | undefined {
  return stampOf(line, {nowMs})
}

function check(expectedMs: number | undefined, lines: readonly string[]): void {
  for (const line of lines) assert.equal(stamped(line), expectedMs, line)
}

test('RFC 3339 and its looser forms, with and without brackets', () => {
  check(utc, [
    '2026-10-10T13:55:36Z x',
    '2026-10-10t13:55:36z',
    '2026-10-10T13:55:36+00:00 x',
    '2026-10-10T15:55:36+02:00 x',
    '2026-10-10T08:25:36-0530 x',
    '2026-10-10T15:55:36+02 x',
    '2026-10-10 13:55:36 +0000 x',
    '2026-10-10 13:55:36 UTC [12] x',
    '2026/10/10 13:55:36 GMT x',
    '[2026-10-10T13:55:36Z] x',
    '[2026-10-10T13:55:36Z ERROR x]',
    'time="2026-10-10T13:55:36Z" level=info',
    'ts=2026-10-10T13:55:36Z level=info'
  ])
  check(utc + 123, ['2026-10-10T13:55:36.123456789Z', '2026-10-10 13:55:36,123+00:00', '2026-10-10 13:55:36.123 UTC'])
  check(utc + 120, ['2026-10-10T13:55:36.12Z'])
})

test('a time without zone is one of this machine', () => {
  check(local, [
    '2026-10-10 13:55:36 x',
    '2026-10-10T13:55:36',
    '2026/10/10 13:55:36 [error] x',
    '2026-10-10 13:55:36 -12'
  ])
  check(local + 123, ['2026-10-10 13:55:36,123 - root', '[2026-10-10 13:55:36.123456] x'])
})

test('syslog: RFC 5424 and RFC 3164, with the year that puts the time nearest to now', () => {
  check(utc, ['<13>1 2026-10-10T13:55:36Z host app - - - x', '<13>2026-10-10T13:55:36Z host app: x'])
  check(local, ['<13>Oct 10 13:55:36 host app: x', 'Oct 10 13:55:36 host app: x'])
  check(local, ['[Sat Oct 10 13:55:36 2026] [core:error] x', 'Sat Oct 10 13:55:36 2026 x'])
  check(local + 902, ['[Sat Oct 10 13:55:36.902022 2026] [core:error] x'])
  check(new Date(2026, 9, 1, 3, 4, 5).getTime(), ['Oct  1 03:04:05 host app: x'])
  assert.equal(
    stampOf('Dec 31 23:59:59 host x', {nowMs: new Date(2027, 0, 1, 0, 0, 5).getTime()}),
    new Date(2026, 11, 31, 23, 59, 59).getTime()
  )
  assert.equal(
    stampOf('Jan  1 00:00:05 host x', {nowMs: new Date(2026, 11, 31, 23, 59, 59).getTime()}),
    new Date(2027, 0, 1, 0, 0, 5).getTime()
  )
  const leapDay = new Date(2028, 1, 29, 12, 0, 0).getTime()
  assert.equal(stampOf('Feb 29 12:00:00 host x', {nowMs: leapDay + 300 * 86_400_000}), leapDay)
  assert.equal(stampOf('Feb 29 12:00:00 host x', {nowMs: new Date(2026, 2, 1).getTime()}), undefined)
})

test('common log format after the host, the identity and the user', () => {
  check(utc, [
    '127.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5',
    '::1 - frank [10/Oct/2026:15:55:36 +0200] "GET /" 200 5',
    '[10/Oct/2026:13:55:36 +0000] x',
    'host [x] [1] [10/Oct/2026:13:55:36 +0000] x'
  ])
  check(undefined, [`${'x'.repeat(300)} [10/Oct/2026:13:55:36 +0000]`, '  at [10/Oct/2026:13:55:36 +0000] x'])
})

test('seconds, milliseconds, microseconds and nanoseconds since 1970', () => {
  const seconds = String(utc / 1000)
  check(utc, [
    `${seconds} x`,
    `${seconds}000 x`,
    `${seconds}000000 x`,
    `${seconds}000000000 x`,
    `[${seconds}] x`,
    seconds
  ])
  check(utc + 123, [
    `${seconds}.123 x`,
    `${seconds}.123456|x`,
    `${seconds}123`,
    `${seconds}123456`,
    `${seconds}123456789`
  ])
  check(undefined, [
    `${seconds}0 x`,
    `${seconds}x`,
    `${seconds}-1`,
    `${seconds}.1.2 x`,
    `${seconds}_1`,
    `${seconds}00000000000`
  ])
})

test('JSON records: the first time key in the order of trust, as text or number', () => {
  check(utc, [
    `{"level":30,"time":${utc},"msg":"x"}`,
    `{"ts":${utc / 1000}.0,"msg":"x"}`,
    '{"msg":"x", "timestamp" : "2026-10-10T13:55:36Z"}',
    '{"t":"2025-12-12T00:00:00Z","time":"2025-12-13T00:00:00Z","@timestamp":"2026-10-10T13:55:36Z"}',
    `{"msg":"time","time":"not one","date":"2026-10-10T13:55:36Z"}`,
    `{"msg":"\\"time\\":1700000000000","time":${utc}}`
  ])
  check(undefined, ['{"msg":"x"}', '{"time":true}', '{"time":', '{', `{"a":"${'x'.repeat(5000)}","time":${utc}}`])
})

test('what cannot be a time is none', () => {
  check(undefined, [
    '',
    'x',
    '2026-13-10T13:55:36Z',
    '2026-00-10T13:55:36Z',
    '2026-02-29T13:55:36Z',
    '2026-09-31T13:55:36Z',
    '2026-10-10T24:00:00Z',
    '2026-10-10T13:60:36Z',
    '2026-10-10T13:55:61Z',
    '2026-10/10T13:55:36Z',
    '2026-10-10',
    '2026-10-10T13:55',
    '2026-10-1OT13:55:36Z',
    ' 2026-10-10T13:55:36Z',
    'Okt 10 13:55:36 host x',
    'Oct 32 13:55:36 host x',
    '10/Oct/2026:13:55:36'
  ])
})

test('a time more than 400 days ago or a day ahead is not believed', () => {
  const dayMs = 86_400_000
  const iso = (ms: number): string => new Date(ms).toISOString()
  check(nowMs - 400 * dayMs, [iso(nowMs - 400 * dayMs), String(nowMs - 400 * dayMs)])
  check(nowMs + dayMs, [iso(nowMs + dayMs), String(nowMs + dayMs)])
  check(undefined, [
    iso(nowMs - 400 * dayMs - 1),
    iso(nowMs + dayMs + 1),
    '0000000000 x',
    '4155551234 called',
    '9'.repeat(19)
  ])
})

test('where the line goes on after its time', () => {
  const rest = (line: string): string => line.slice(afterStamp(line))
  assert.equal(rest('2026-10-10T13:55:36.123Z ERROR x'), ' ERROR x')
  assert.equal(rest('[2026-10-10 13:55:36,123] x'), ' x')
  assert.equal(rest('[2026-10-10 13:55:36,123: ERROR/x] y'), ': ERROR/x] y')
  assert.equal(rest('<13>1 2026-10-10T13:55:36Z host'), ' host')
  assert.equal(rest('<13>Oct 10 13:55:36 host'), ' host')
  assert.equal(rest('1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] "GET'), ' "GET')
  assert.equal(rest('no time'), 'no time')
  assert.equal(afterPriority('<191>x'), 5)
  assert.equal(afterPriority('<192>x'), 0)
})

test('any time written in RFC 3339 comes back to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({min: nowMs - 400 * 86_400_000, max: nowMs + 86_400_000}), fc.string(), (ms, rest) => {
      assert.equal(stamped(`${new Date(ms).toISOString()} ${rest}`), ms)
      assert.equal(stamped(`${ms} ${rest}`), ms)
    }),
    {seed}
  )
})

test('no string is refused, and only the start of a long one is looked at', () => {
  const pieces = [
    '<13>',
    '1 ',
    '[',
    ']',
    '2026-10-10',
    'T',
    '13:55:36',
    '.123',
    '+02:00',
    'Oct ',
    '10',
    '/',
    ':',
    '{',
    '"time"'
  ]
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({unit: 'binary', maxLength: 3}))
  fc.assert(
    fc.property(fc.array(piece, {maxLength: 20}), (parts) => {
      const line = parts.join('').repeat(500)
      const head = line.startsWith('{') ? line.slice(0, 4096) : line.slice(0, 300)
      assert.equal(stamped(line), stamped(head))
      assert.ok(afterStamp(line) <= 300)
    }),
    {seed}
  )
  for (const unit of ['[', '{"time":', '"time" ', '1', ' ', '<1', 'time=', '[1/']) stamped(unit.repeat(1_000_000))
})

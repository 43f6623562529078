import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import type {Verdict} from '../../src/checks/check.ts'
import {diskForecast, slope, type Sample} from '../../src/checks/disk-forecast.ts'
import {simHost} from '../sim/host.ts'
import {exited} from '../sim/processes.ts'
import {dayMs, hourMs, verdictOf} from './context.ts'

const nowMs = Date.parse('2026-11-20T09:15:00Z')
const gib = 2 ** 30

interface Machine {
  /** Bytes that can still be written, by path; others are not there. */
  readonly available?: Readonly<Record<string, number>>
  readonly samples?: unknown
  readonly set?: readonly string[]
  readonly nowMs?: number
}

function read({available = {'/': 50 * gib}, samples, set = [], nowMs: atMs = nowMs}: Machine): Promise<Verdict> {
  const host = simHost({seed: 1, nowMs: atMs})
  host.processes.script(['stat'], ({argv}) => {
    const bytes = available[argv.at(-1) ?? '']
    return bytes === undefined
      ? exited(1, '', 'stat: No such file or directory')
      : exited(0, `id-${bytes} 1 ${100 * gib} ${bytes} ${bytes} 1000 500\n`)
  })
  return verdictOf(diskForecast, host, samples === undefined ? {set} : {set, remembered: {samples}})
}

/** Day after day, the youngest a day ago. */
function daily(available: readonly number[]): Sample[] {
  return available.map((bytes, at) => ({atMs: nowMs - (available.length - at) * dayMs, availableBytes: bytes}))
}

test('S-10: a disk that fills evenly is full when its free space has been used up at that pace', async () => {
  for (const [perDayGib, status] of [
    [1, 'ok'],
    [10, 'warning'],
    [51, 'critical']
  ] as const) {
    const samples = {'/': daily([50 * gib + 2 * perDayGib * gib, 50 * gib + perDayGib * gib])}
    const verdict = await read({samples})
    const seconds = Math.round((50 / perDayGib) * 86_400)
    assert.deepEqual([verdict.status, verdict.value, verdict.unit], [status, seconds, 's'])
    assert.deepEqual(verdict.threshold, {warning: '7d:', critical: '1d:'})
    assert.equal(verdict.finding.code, 'disk-full-in')
    const values = verdict.finding.values as {path: string; growthBytesPerDay: number; samples: number}
    assert.deepEqual([values.path, values.samples], ['/', 3])
    assert.ok(Math.abs(values.growthBytesPerDay / gib - perDayGib) < 1e-6)
  }
})

test('a disk that does not fill, or so slowly that nobody now will see it full, is well without a date', async () => {
  for (const before of [
    [50 * gib, 50 * gib],
    [40 * gib, 45 * gib],
    [50 * gib + 2, 50 * gib + 1]
  ]) {
    const verdict = await read({samples: {'/': daily(before)}})
    assert.deepEqual([verdict.status, verdict.value], ['ok', undefined])
    assert.deepEqual(verdict.finding, {code: 'disk-not-growing', values: {path: '/', samples: 3}})
  }
})

test('a cleanup in between does not hide that the disk fills', async () => {
  const cleaned = [80, 70, 60, 50, 90, 80, 70, 60].map((one) => one * gib)
  const verdict = await read({samples: {'/': daily(cleaned)}})
  assert.equal(verdict.finding.code, 'disk-full-in')
})

test('a day or so of history is needed: shorter ones say more about the moment than about the trend', async () => {
  for (const [ageMs, code] of [
    [6 * hourMs - 1, 'no-history'],
    [6 * hourMs, 'disk-full-in']
  ] as const) {
    const verdict = await read({samples: {'/': [{atMs: nowMs - ageMs, availableBytes: 60 * gib}]}})
    assert.deepEqual([verdict.finding.code, verdict.status === 'skipped'], [code, code === 'no-history'])
  }
  const first = await read({})
  assert.deepEqual([first.status, first.finding.code], ['skipped', 'no-history'])
  assert.deepEqual(first.remember, {samples: {'/': [{atMs: nowMs, availableBytes: 50 * gib}]}})
})

test('the disk that is full soonest speaks, the others stand behind it', async () => {
  const set = ['checks.disk.space.paths=/mnt/a,/mnt/b,/mnt/c']
  const available = {'/': 50 * gib, '/mnt/a': 10 * gib, '/mnt/b': 20 * gib, '/mnt/c': 30 * gib}
  const samples = {
    '/': daily([50 * gib]),
    '/mnt/a': daily([11 * gib]),
    '/mnt/b': daily([40 * gib]),
    '/mnt/c': daily([30 * gib])
  }
  const verdict = await read({available, samples, set})
  const told = [verdict.finding, ...(verdict.evidence ?? [])].map(({values}) => (values as {path: string}).path)
  assert.deepEqual(told.slice(0, 2), ['/mnt/b', '/mnt/a'])
  assert.deepEqual(told.slice(2).toSorted(), ['/', '/mnt/c'])
  assert.equal(verdict.value, 86_400)
})

test('one disk under several paths is forecast once', async () => {
  const verdict = await read({
    available: {'/': 50 * gib, '/srv/data': 50 * gib},
    samples: {'/': daily([60 * gib]), '/srv/data': daily([60 * gib])},
    set: ['paths.data=/srv/data']
  })
  assert.deepEqual(verdict.evidence, [])
  const kept = verdict.remember?.['samples'] as Record<string, Sample[]>
  assert.deepEqual([kept['/']?.length, kept['/srv/data']?.length], [2, 1])
})

test('a disk that is not there, or does not answer, is left to the check of its space', async () => {
  const verdict = await read({samples: {'/': daily([60 * gib])}, set: ['checks.disk.space.paths=/mnt/gone']})
  assert.equal(verdict.finding.code, 'disk-full-in')
  assert.deepEqual(verdict.evidence, [])
  const nothing = await read({available: {}, samples: {'/': daily([60 * gib])}})
  assert.equal(nothing.status, 'skipped')
})

test('two weeks of daily runs are kept, the oldest go', async () => {
  const many = daily(Array.from({length: 40}, (_, at) => (90 - at) * gib))
  const kept = ((await read({samples: {'/': many}})).remember?.['samples'] as Record<string, Sample[]>)['/'] ?? []
  assert.equal(kept.length, 14)
  assert.deepEqual(kept.at(-1), {atMs: nowMs, availableBytes: 50 * gib})
  assert.deepEqual(kept.slice(0, -1), many.slice(-13))
})

test('a disk that was not there once keeps its history, one that is no longer named does not', async () => {
  const samples = {'/mnt/a': daily([60 * gib, 55 * gib]), '/mnt/b': daily([60 * gib])}
  const {remember} = await read({available: {}, samples, set: ['checks.disk.space.paths=/mnt/a']})
  assert.deepEqual(remember, {samples: {'/mnt/a': samples['/mnt/a']}})
})

test('hourly runs are forecast from two weeks as well', async () => {
  let samples: Sample[] = []
  for (let hour = 0; hour < 40 * 24; hour += 1) {
    const atMs = nowMs - (40 * 24 - hour) * hourMs
    const verdict = await read({samples: {'/': samples}, nowMs: atMs})
    samples = (verdict.remember?.['samples'] as Record<string, Sample[]>)['/'] ?? []
  }
  const [first] = samples
  assert.equal(samples.length, 14)
  assert.ok(first !== undefined && nowMs - first.atMs >= 11 * dayMs)
})

test('runs in quick succession do not push the older samples out', async () => {
  const samples = [...daily([60 * gib]), {atMs: nowMs - hourMs + 1, availableBytes: 51 * gib}]
  const verdict = await read({samples: {'/': samples}})
  assert.deepEqual(verdict.remember, {samples: {'/': samples}})
  assert.equal((verdict.finding.values as {samples: number}).samples, 3)
})

test('samples of the future, from a clock that was wrong, neither count nor stay', async () => {
  const future = {atMs: nowMs + 400 * dayMs, availableBytes: gib}
  const verdict = await read({samples: {'/': [...daily([60 * gib]), future]}})
  assert.equal(verdict.value, 5 * 86_400)
  const kept = (verdict.remember?.['samples'] as Record<string, Sample[]>)['/']
  assert.deepEqual(kept, [...daily([60 * gib]), {atMs: nowMs, availableBytes: 50 * gib}])
})

test('a hostile state is a state without samples', async () => {
  const hostile: readonly unknown[] = [
    null,
    'x',
    [],
    {'/': 'x'},
    {'/': {}},
    {'/': [null, 1, 'x', {}, {atMs: '1', availableBytes: 1}, {atMs: 1}, {availableBytes: 1}]},
    {
      '/': [
        {atMs: Number.POSITIVE_INFINITY, availableBytes: 1},
        {atMs: 1, availableBytes: Number.POSITIVE_INFINITY}
      ]
    }
  ]
  for (const samples of hostile) {
    const verdict = await read({samples})
    assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'no-history'], JSON.stringify(samples))
    assert.deepEqual(verdict.remember, {samples: {'/': [{atMs: nowMs, availableBytes: 50 * gib}]}})
  }
})

test('S-10: a full disk that still fills is full now', async () => {
  const verdict = await read({available: {'/': 0}, samples: {'/': daily([gib])}})
  assert.deepEqual([verdict.status, verdict.value], ['critical', 0])
})

test('the slope through points on a line is that of the line, wherever and however many they are', () => {
  const line = fc.record({
    perMs: fc.integer({min: -1000, max: 1000}),
    start: fc.nat(),
    days: fc.integer({min: 2, max: 20})
  })
  fc.assert(
    fc.property(line, ({perMs, start, days}) => {
      const samples = Array.from({length: days}, (_, day) => {
        const atMs = start + day * 1000
        return {atMs, availableBytes: perMs * day * 1000}
      })
      assert.ok(Math.abs(slope(samples) - perMs) < 1e-6 * Math.max(1, Math.abs(perMs)))
    })
  )
})

test('points at one moment have no slope', () => {
  assert.equal(slope([{atMs: 5, availableBytes: 1}]), 0)
  assert.equal(
    slope([
      {atMs: 5, availableBytes: 1},
      {atMs: 5, availableBytes: 9}
    ]),
    0
  )
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {formOf} from '../../src/config/form.ts'
import {
  checkId,
  choice,
  date,
  duration,
  endpoint,
  flag,
  list,
  map,
  nullable,
  path,
  range,
  readText,
  record,
  size,
  sizeBetween,
  text,
  whole,
  type Kind
} from '../../src/config/shape.ts'

interface Case {
  readonly kind: Kind<unknown>
  readonly form: string
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
}

const cases: Readonly<Record<string, Case>> = {
  text: {kind: text(), form: 'text', good: ['x', ' '], bad: ['', 5, null, undefined, [], {}]},
  path: {kind: path(), form: 'absolute-path', good: ['/', '/a b'], bad: ['a', './a', '~/a', '/a\0', 5, null]},
  whole: {kind: whole({min: 1, max: 9}), form: '1..9', good: [1, 9, '5'], bad: [0, 10, 1.5, 'x', '', NaN, true, null]},
  choice: {kind: choice('a', 'b'), form: 'a | b', good: ['a', 'b'], bad: ['c', 'A', '', null]},
  duration: {kind: duration(), form: 'duration', good: ['1h30m', '0', 0], bad: [5, '5', '-1s', '1 h', null, []]},
  size: {kind: size(), form: 'size', good: ['64MiB', 512, '512'], bad: ['64 mib', -1, '1.5.2', null, true]},
  sizeBetween: {
    kind: sizeBetween(1024, 1_048_576),
    form: '1KiB..1MiB',
    good: [1024, '1KiB', '1MiB', '5000'],
    bad: [1023, '1048577', '2MiB', 'x', null]
  },
  flag: {kind: flag(), form: 'flag', good: [true, false], bad: ['true', 1, null]},
  range: {
    kind: range('percent'),
    form: 'range-percent | null',
    good: ['20%:', 20, null],
    bad: ['20:10', 'x', '', true]
  },
  date: {
    kind: date(),
    form: 'date',
    good: ['2028-02-29'],
    bad: ['2026-02-29', '2026-13-01', '2026-1-1', 20260101, null]
  },
  endpoint: {
    kind: endpoint(),
    form: 'endpoint',
    good: ['a.b:1', '[::1]:65535'],
    bad: ['a', ':1', 'a:0', 'a:65536', '::1:5', 'a b:1', 5]
  },
  nullable: {kind: nullable(text()), form: 'text | null', good: ['x', null, undefined], bad: ['', 5]},
  list: {kind: list(text()), form: '[text, …]', good: [[], ['a']], bad: ['a', [5], [['a']], {}, null]},
  map: {kind: map(text()), form: '{name: text, …}', good: [{}, {a: 'b'}], bad: ['a', {a: 5}, [], null]},
  record: {
    kind: record({id: checkId(), until: nullable(date())}),
    form: '{id: check-id, until: date | null}',
    good: [{id: 'a'}, {id: 'a', until: null}, {id: 'a', until: '2026-12-01'}],
    bad: [{}, {until: '2026-12-01'}, {id: 'a', x: 1}, {id: 'a', until: 'x'}, [], 'a', null]
  }
}

for (const [name, {kind, form, good, bad}] of Object.entries(cases)) {
  test(`shape: ${name} takes what it should and nothing else, and reads what it writes`, () => {
    for (const raw of bad) assert.equal(kind.parse(raw), undefined, JSON.stringify(raw))
    for (const raw of good) {
      const value = kind.parse(raw)
      assert.notEqual(value, undefined, JSON.stringify(raw))
      assert.deepEqual(kind.parse(kind.write(value)), value, JSON.stringify(raw))
    }
    assert.equal(formOf(kind), form)
  })
}

test('shape: durations and sizes are written exactly, in their largest whole unit', () => {
  const durations = [0, 1, 1500, 60_000, 86_400_000, 5_400_000, 604_800_000]
  assert.deepEqual(
    durations.map((ms) => duration().write(ms)),
    ['0ms', '1ms', '1500ms', '1m', '1d', '90m', '1w']
  )
  const sizes = [0, 512, 1024, 1000, 10_000_000_000, 268_435_456, 1_048_577]
  assert.deepEqual(
    sizes.map((bytes) => size().write(bytes)),
    ['0B', '512B', '1KiB', '1kB', '10GB', '256MiB', '1048577B']
  )
})

test('shape: one text can stand for nothing, for a list, and for what is written as JSON', () => {
  assert.equal(readText(nullable(text()), ''), null)
  assert.equal(readText(nullable(text()), 'null'), null)
  assert.equal(readText(nullable(text()), 'x'), 'x')
  assert.deepEqual(readText(nullable(list(text())), 'a, b'), ['a', 'b'])
  assert.deepEqual(readText(list(text()), '["a, b"]'), ['a, b'])
  assert.deepEqual(readText(list(endpoint()), '[::1]:8443'), ['[::1]:8443'])
  assert.deepEqual(readText(map(text()), '{"a": "b"}'), {a: 'b'})
  assert.equal(readText(map(text()), '{a'), '{a')
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {changedLines} from '../../src/runbook/diff.ts'

test('diff: changed lines are told with a few unchanged ones around', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh\n'
  const after = 'a\nb\nc\nd\nE\nf\ng\nh\n'
  assert.deepEqual(changedLines(before, after), [' b', ' c', ' d', '-e', '+E', ' f', ' g', ' h'])
})

test('diff: a new file is all plus, an emptied one all minus, and the same text nothing', () => {
  assert.deepEqual(changedLines('', 'a\nb\n'), ['+a', '+b'])
  assert.deepEqual(changedLines('a\nb\n', ''), ['-a', '-b'])
  assert.deepEqual(changedLines('a\nb\n', 'a\nb\n'), [])
  assert.deepEqual(changedLines('', ''), [])
})

test('diff: what stays in the middle is not told as changed', () => {
  assert.deepEqual(changedLines('a\nkeep\nb\n', 'x\nkeep\ny\nz\n'), ['-a', '+x', ' keep', '-b', '+y', '+z'])
})

test('diff: lines that come twice are not told twice', () => {
  assert.deepEqual(changedLines('a\na\n', 'a\na\na\n'), [' a', ' a', '+a'])
})

test('diff: texts that are too long to be compared are told as changed from their first difference to the last', () => {
  const long = Array.from({length: 2500}, (_, line) => `line ${line}`)
  const other = long.map((line, at) => (at === 100 || at === 2400 ? `${line} changed` : line))
  const told = changedLines(`${long.join('\n')}\n`, `${other.join('\n')}\n`)
  assert.equal(told.filter((line) => line.startsWith('-')).length, 2301)
  assert.equal(told.filter((line) => line.startsWith('+')).length, 2301)
  assert.equal(told.filter((line) => line.startsWith(' ')).length, 6)
})

test('diff: whatever the texts are, the marked lines lead from one to the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '-x', '+y'), {maxLength: 12})
  fc.assert(
    fc.property(text, text, (before, after) => {
      const told = changedLines(before.map((line) => `${line}\n`).join(''), after.map((line) => `${line}\n`).join(''))
      const kept = (sign: string): string[] =>
        told.filter((line) => line.startsWith(sign) || line.startsWith(' ')).map((line) => line.slice(1))
      if (told.length === 0) assert.deepEqual(before, after)
      assert.ok(before.join('\n').includes(kept('-').join('\n')))
      assert.ok(after.join('\n').includes(kept('+').join('\n')))
      const minus = told.filter((line) => line.startsWith('-')).length
      const plus = told.filter((line) => line.startsWith('+')).length
      assert.equal(after.length - before.length, plus - minus)
    })
  )
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {nearest} from '../../src/base/nearest.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()
const commands = ['daily-check', 'config init', 'config check', 'config show', 'server']

test('a letter left out, added, replaced or swapped still finds the word', () => {
  assert.equal(nearest('daily-chek', commands), 'daily-check')
  assert.equal(nearest('dailly-check', commands), 'daily-check')
  assert.equal(nearest('daily_check', commands), 'daily-check')
  assert.equal(nearest('dialy-check', commands), 'daily-check')
  assert.equal(nearest('SERVER', commands), 'server')
})

test('a swap counts as one mistake, so that it wins over two', () => {
  assert.equal(nearest('ba', ['xy', 'ab']), 'ab')
})

test('what resembles nothing gets no suggestion', () => {
  assert.equal(nearest('frobnicate', commands), null)
  assert.equal(nearest('', commands), null)
  assert.equal(nearest('server', []), null)
  // More than a third of the word would have to change.
  assert.equal(nearest('serabc', commands), null)
})

test('of two that are as near, the first is suggested', () => {
  assert.equal(nearest('cat', ['car', 'cap']), 'car')
})

test('a word of any length is answered, and nobody mistypes that much', () => {
  assert.equal(nearest('x'.repeat(64), ['x'.repeat(63)]), 'x'.repeat(63))
  assert.equal(nearest('x'.repeat(65), ['x'.repeat(65)]), null)
  assert.equal(nearest('x'.repeat(1_000_000), commands), null)
})

test('a known word is nearest to itself, and any suggestion is a known word', () => {
  const words = fc.array(fc.string({minLength: 1, maxLength: 12}), {minLength: 1, maxLength: 6})
  fc.assert(
    fc.property(words, fc.string({maxLength: 12}), (known, word) => {
      for (const own of known) assert.equal(nearest(own, known)?.toLowerCase(), own.toLowerCase())
      const found = nearest(word, known)
      assert.ok(found === null || known.includes(found))
    }),
    {seed}
  )
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {fit} from '../../src/ledger/fitting.ts'

const bytesMax = 64_000

test('fitting: what fits stays as it is', () => {
  const fields = {a: 'x'.repeat(60_000), b: [1, 2], c: {d: null}}
  assert.deepEqual(fit(fields), fields)
})

test('fitting: long texts and lists are shortened where they stand, and say by how much', () => {
  const fitted = fit({
    run: 'a',
    before: {text: 'x'.repeat(100_000), size: 3, gone: null},
    changed: Array.from({length: 1000}, (_, at) => `/file/${at}`)
  })
  const {before, changed} = fitted as {before: {text: string; size: number}; changed: string[]}
  assert.equal(fitted['run'], 'a')
  assert.deepEqual([before.text, before.size], [`${'x'.repeat(4096)}… (+95904)`, 3])
  assert.deepEqual([changed.length, changed.at(-1)], [201, '… (+800)'])
})

test('fitting: where that is not enough, the largest field becomes a text', () => {
  const wide = Object.fromEntries(Array.from({length: 20_000}, (_, at) => [`key-${at}`, at]))
  const fitted = fit({run: 'a', outputs: wide, step: 'b'})
  assert.deepEqual([fitted['run'], fitted['step']], ['a', 'b'])
  assert.match(String(fitted['outputs']), /^\{"key-0":0.*… \(\+\d+\)$/)
})

test('fitting: whatever it is, it fits, and no character is cut in two', () => {
  const large = fc.constantFrom('x', '\0', '각', '👍', '"').map((text) => text.repeat(30_000))
  const value = fc.oneof(fc.jsonValue(), large, fc.array(large, {maxLength: 5}), fc.dictionary(fc.string(), large))
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, {maxKeys: 20}), (fields) => {
      const text = JSON.stringify(fit(fields))
      assert.ok(Buffer.byteLength(text) <= bytesMax)
      assert.ok(!/\\ud[89a-f]/i.test(text), 'half a character')
    }),
    {numRuns: 50}
  )
})

test('fitting: what JSON leaves out does not trouble it', () => {
  assert.deepEqual(fit({a: undefined, b: 'x'.repeat(70_000)})['a'], undefined)
})

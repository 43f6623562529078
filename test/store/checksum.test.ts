import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {checksumOf} from '../../src/store/checksum.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

const seed = seedFromEnvironment()
const u32 = fc.integer({min: 0, max: 2 ** 32 - 1})

function hexOf(bytes: Uint8Array, seedLow = 0, seedHigh = 0): string {
  const {low, high} = checksumOf(bytes, seedLow, seedHigh)
  return `${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`
}

test('the checksum stays what it is: files that exist are read by it', () => {
  const counted = Uint8Array.from({length: 200}, (_, at) => at)
  assert.equal(hexOf(new Uint8Array(0)), '1ed138df8d495293')
  assert.equal(hexOf(Buffer.from('a')), 'b8826f66bca78432')
  assert.equal(hexOf(counted.subarray(0, 64)), '2f6180d99ddbb0aa')
  assert.equal(hexOf(counted), 'a9789ed4beea1ee7')
  assert.equal(hexOf(counted, 1, 2), 'a59cd84c75adecc7')
})

test('every change within one word of four bytes is seen, by each half', () => {
  const bytes = fc.uint8Array({minLength: 1, maxLength: 300})
  fc.assert(
    fc.property(bytes, fc.nat(), fc.integer({min: 1, max: 2 ** 32 - 1}), (original, place, flips) => {
      const changed = Uint8Array.from(original)
      const word = (place % original.length) & ~3
      for (let byte = 0; byte < 4 && word + byte < changed.length; byte += 1)
        changed[word + byte]! ^= flips >>> (8 * byte)
      if (Buffer.compare(original, changed) === 0) return
      const before = checksumOf(original, 1, 2)
      const after = checksumOf(changed, 1, 2)
      assert.notEqual(after.low, before.low)
      assert.notEqual(after.high, before.high)
    }),
    {seed, numRuns: times(2000)}
  )
})

test('zeros at the end count, though the last piece is filled up with them', () => {
  const sums = Array.from({length: 300}, (_, length) => hexOf(new Uint8Array(length)))
  assert.equal(new Set(sums).size, sums.length)
})

test('the same bytes have another checksum under another seed, in either half', () => {
  const seeds = fc.uniqueArray(u32, {minLength: 2, maxLength: 2})
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 200}), u32, seeds, (bytes, same, [one = 0, other = 1]) => {
      assert.notEqual(hexOf(bytes, one, same), hexOf(bytes, other, same))
      assert.notEqual(hexOf(bytes, same, one), hexOf(bytes, same, other))
    }),
    {seed, numRuns: times(500)}
  )
})

test('exchanged, repeated and moved pieces are seen', () => {
  const block = (value: number): Uint8Array => Uint8Array.from({length: 64}, (_, at) => value + at)
  const joined = (...values: number[]): string => hexOf(Buffer.concat(values.map(block)))
  const sums = [joined(1, 2), joined(2, 1), joined(1, 1), joined(2, 2), joined(1), joined(1, 2, 1), joined(2, 1, 1)]
  assert.equal(new Set(sums).size, sums.length)
})

test('a view into a larger buffer has the checksum of its own bytes', () => {
  const large = Uint8Array.from({length: 300}, (_, at) => at * 7)
  for (const from of [0, 1, 3, 64]) {
    assert.equal(hexOf(large.subarray(from, from + 200)), hexOf(Uint8Array.from(large.subarray(from, from + 200))))
  }
})

test('short texts spread over both halves', () => {
  const count = 20_000
  const sums = Array.from({length: count}, (_, number) => checksumOf(Buffer.from(String(number)), 0, 0))
  for (const half of ['low', 'high'] as const) {
    // By chance about 0.05 of them meet in one half.
    assert.ok(new Set(sums.map((sum) => sum[half])).size > count - 5, half)
    for (let bit = 0; bit < 32; bit += 1) {
      const ones = sums.filter((sum) => (sum[half] >>> bit) & 1).length
      assert.ok(Math.abs(ones - count / 2) < count / 20, `${half} bit ${bit}: ${ones}`)
    }
  }
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {runId} from '../../src/base/random.ts'
import {seeded, seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()

test('a run id says when in UTC, and ends in six letters that cannot be misread', () => {
  assert.match(runId(Date.UTC(2026, 10, 20, 9, 15, 0, 123), seeded(1)), /^20261120T091500Z-[0-9a-hj-km-np-tv-z]{6}$/)
  assert.equal(runId(0, {below: () => 0}), '19700101T000000Z-000000')
  assert.equal(runId(0, {below: (below) => below - 1}), '19700101T000000Z-zzzzzz')
  const letters = Array.from({length: 32}, (_, at) => runId(0, {below: () => at}).at(-1))
  assert.equal(letters.join(''), '0123456789abcdefghjkmnpqrstvwxyz')
})

test('run ids sort by their time', () => {
  const secondsMax = 4_000_000_000
  fc.assert(
    fc.property(fc.nat({max: secondsMax}), fc.nat({max: secondsMax}), fc.integer(), (one, other, number) => {
      const random = seeded(number)
      const [earlier, later] = [Math.min(one, other), Math.max(one, other) + 1]
      assert.ok(runId(earlier * 1000, random) < runId(later * 1000, random))
    }),
    {seed}
  )
})

test('run ids of the same second differ', () => {
  const random = seeded(seed)
  const ids = new Set(Array.from({length: 20}, () => runId(0, random)))
  assert.equal(ids.size, 20)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {seeded, seedFromEnvironment} from './random.ts'

test('seeded: the same seed gives the same numbers, another one gives others', () => {
  const numbers = (seed: number): number[] => Array.from(seeded(seed).bytes(100))
  assert.deepEqual(numbers(7), numbers(7))
  assert.notDeepEqual(numbers(7), numbers(8))
})

test('seeded: below reaches each number under its bound about equally often, and no other', () => {
  const random = seeded(1)
  const counts = new Map<number, number>()
  for (let draw = 0; draw < 6000; draw += 1) {
    const number = random.below(6)
    counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  assert.deepEqual([...counts.keys()].sort(), [0, 1, 2, 3, 4, 5])
  for (const [number, count] of counts) assert.ok(count > 850 && count < 1150, `${number}: ${count} times`)
})

test('seeded: pick takes each of what it is given, and refuses to pick from nothing', () => {
  const random = seeded(1)
  const picked = new Set(Array.from({length: 50}, () => random.pick(['a', 'b', undefined])))
  assert.deepEqual([...picked].sort(), ['a', 'b', undefined])
  assert.throws(() => random.pick([]), /nothing to pick/)
})

test('seedFromEnvironment: takes SEED, refuses what is no whole number, and else makes one up', (t) => {
  const before = process.env['SEED']
  t.after(() => {
    if (before === undefined) delete process.env['SEED']
    else process.env['SEED'] = before
  })
  process.env['SEED'] = '7'
  assert.equal(seedFromEnvironment(), 7)
  process.env['SEED'] = 'seven'
  assert.throws(seedFromEnvironment, /SEED=seven/)
  delete process.env['SEED']
  const made = new Set(Array.from({length: 5}, seedFromEnvironment))
  assert.ok(made.size > 1)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {inOrder, type Ordered} from '../../src/runbook/order.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

function item(id: string, ...needs: readonly string[]): Ordered {
  return {id, needs}
}

function ids(items: readonly Ordered[]): string {
  return items.map(({id}) => id).join(' ')
}

test('order: what needs nothing stays as it was written', () => {
  assert.equal(ids(inOrder([item('c'), item('a'), item('b')]).items), 'c a b')
  assert.deepEqual(inOrder([]), {items: [], cycles: []})
})

test('order: only what has to wait moves, and no further than it has to', () => {
  assert.equal(ids(inOrder([item('a', 'c'), item('b'), item('c'), item('d')]).items), 'b c a d')
})

test('order: a need that nobody has is none', () => {
  assert.equal(ids(inOrder([item('a', 'nobody')]).items), 'a')
})

test('order: every cycle is told with all that is in it, and nothing that only waits for it', () => {
  const {cycles} = inOrder([
    item('free'),
    item('waits', 'a'),
    item('a', 'free', 'b'),
    item('b', 'c'),
    item('c', 'a'),
    item('self', 'self')
  ])
  assert.deepEqual(cycles.map(ids), ['a b c', 'self'])
})

/** Items whose needs only go back in some order, shuffled: they can always be ordered. */
const acyclic = fc.array(fc.array(fc.nat(), {maxLength: 4}), {maxLength: 30}).chain((links) => {
  const items = links.map((targets, index) => {
    return item(`s${index}`, ...(index === 0 ? [] : targets.map((target) => `s${target % index}`)))
  })
  return fc.shuffledSubarray(items, {minLength: items.length})
})

test('order: whatever the needs are, each item comes once and after what it needs, and moves only for a reason', () => {
  fc.assert(
    fc.property(acyclic, (given) => {
      const {items, cycles} = inOrder(given)
      assert.deepEqual(cycles, [])
      assert.deepEqual(new Set(items), new Set(given))
      const at = new Map(items.map(({id}, index) => [id, index]))
      for (const {id, needs} of items) {
        for (const need of needs) assert.ok(Number(at.get(need)) < Number(at.get(id)))
      }
      for (const [index, one] of items.entries()) {
        // Whoever is passed by something written later was waiting at that moment.
        for (const later of items.slice(index + 1).filter((other) => given.indexOf(other) < given.indexOf(one))) {
          assert.ok(later.needs.some((need) => Number(at.get(need)) >= index))
        }
      }
    }),
    {seed: seedFromEnvironment(), numRuns: times(200)}
  )
})

test('order: what cannot be ordered has a cycle, and each one in it needs the next', () => {
  const anything = fc.array(fc.array(fc.nat(7), {maxLength: 3}), {minLength: 1, maxLength: 8})
  fc.assert(
    fc.property(anything, (links) => {
      const given = links.map((targets, index) => item(`s${index}`, ...targets.map((target) => `s${target}`)))
      const {items, cycles} = inOrder(given)
      assert.equal(items.length, given.length)
      for (const cycle of cycles) {
        assert.notEqual(cycle.length, 0)
        for (const [index, one] of cycle.entries()) {
          assert.ok(one.needs.includes(String(cycle[(index + 1) % cycle.length]?.id)))
        }
      }
    }),
    {seed: seedFromEnvironment(), numRuns: times(300)}
  )
})

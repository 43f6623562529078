import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {Rest} from '../../src/server/rest.ts'

test('rest: what is kept comes back in front of what is read next, whatever its length was before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000)), (lengths) => {
      const rest = new Rest()
      let held = 0
      let kept = new Uint8Array()
      for (const [index, length] of lengths.entries()) {
        const memory = new Uint8Array(8192)
        const from = rest.putBefore(memory, 4096)
        assert.deepEqual(memory.slice(from, 4096), kept)
        kept = new Uint8Array(length).fill(index + 1)
        memory.set(kept, 4096)
        held += rest.keep(memory, 4096, 4096 + length)
        assert.equal(rest.bytes, length)
        assert.equal(rest.heldBytes, held)
        assert.ok(held >= length && held <= 2 * length + 512, `${held} for ${length}`)
        assert.equal(held === 0, length === 0)
      }
    })
  )
})

test('rest: a line that grows byte by byte is not moved to new memory each time', () => {
  const rest = new Rest()
  const memory = new Uint8Array(4096)
  let moves = 0
  for (let length = 1; length <= 1024; length += 1) if (rest.keep(memory, 0, length) !== 0) moves += 1
  assert.equal(moves, 4)
})

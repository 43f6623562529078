import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {test} from 'node:test'
import fc from 'fast-check'
import {continues, follow, hashOf, lineAfter, linesIn, linkOf, origin, type Link} from '../../src/ledger/chain.ts'

const entries = fc.array(fc.record({text: fc.string({unit: 'binary'}), value: fc.jsonValue()}), {
  minLength: 1,
  maxLength: 8
})

function chainOf(fields: readonly object[]): {readonly bytes: Uint8Array; readonly link: Link} {
  let link: Link = origin
  const parts: Uint8Array[] = []
  for (const one of fields) {
    const line = lineAfter(link, 'step_end', one)
    parts.push(line.bytes)
    link = line.link
  }
  return {bytes: Buffer.concat(parts), link}
}

test('chain: what was added is followed to its end', () => {
  fc.assert(
    fc.property(entries, (fields) => {
      const {bytes, link} = chainOf(fields)
      assert.deepEqual(follow(bytes, origin), {link, bytes: bytes.length})
    })
  )
})

test('chain: is followed up to the first line that is not whole, wherever it is cut', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (fields, at) => {
      const {bytes} = chainOf(fields)
      const length = at % bytes.length
      const whole = bytes.lastIndexOf(10, length - 1) + 1
      const cut = bytes.subarray(0, length)
      assert.equal(follow(cut, origin).bytes, length === 0 ? 0 : whole)
    })
  )
})

test('chain: is followed no further than a line in which a byte was changed', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.integer({min: 1, max: 255}), (fields, at, change) => {
      const {bytes} = chainOf(fields)
      const [last] = [...linesIn(bytes)].slice(-1)
      const changed = Uint8Array.from(bytes)
      const position = at % bytes.length
      changed[position] = changed[position]! ^ change
      const good = follow(changed, origin).bytes
      const lastStart = bytes.length - (last?.bytes.length ?? 0) - 1
      // Of the last line nothing but its form is known yet: that is what the head is for.
      if (position < lastStart) assert.ok(good <= position + (last?.endsAt ?? 0) && good < bytes.length)
    })
  )
})

test('chain: half a line that power loss filled with zeros is no line', () => {
  const {bytes} = chainOf([{text: 'x'.repeat(600)}])
  const torn = Uint8Array.from(bytes).fill(0, 200, 500)
  assert.deepEqual(follow(torn, origin), {link: origin, bytes: 0})
})

test('chain: a line carries its type first, its number, and the hash of the line before without its break', () => {
  const {bytes, link} = chainOf([{a: 1}, {b: 2}])
  const [first, second] = Buffer.from(bytes).toString().trimEnd().split('\n')
  assert.equal(first, `{"type":"step_end","seq":1,"prev":"${'0'.repeat(64)}","a":1}`)
  const sha256 = createHash('sha256').update(first).digest('hex')
  assert.equal(second, `{"type":"step_end","seq":2,"prev":"${sha256}","b":2}`)
  assert.equal(link.hash, hashOf(Buffer.from(second)))
})

test('chain: what is no line of ours says where it belongs by nothing', () => {
  const {bytes} = chainOf([{}])
  const line = Buffer.from(bytes).toString().trimEnd()
  assert.deepEqual(linkOf(Buffer.from(line)), {type: 'step_end', seq: 1, prev: origin.hash})
  for (const other of [
    '',
    'x',
    ` ${line}`,
    line.replace('step_end', 'Step'),
    line.replace('"seq":1', '"seq":-1'),
    line.replace('000"', '00"')
  ]) {
    assert.equal(linkOf(Buffer.from(other)), undefined, other)
  }
})

test('chain: a line fits behind one of the number before and of its hash, and no other', () => {
  const link = {seq: 4, hash: 'a'.repeat(64)}
  assert.ok(continues({type: 'x', seq: 5, prev: link.hash}, link))
  assert.ok(!continues({type: 'x', seq: 6, prev: link.hash}, link))
  assert.ok(!continues({type: 'x', seq: 5, prev: 'b'.repeat(64)}, link))
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {
  decodeFrame,
  decodeHead,
  headBytesOf,
  sumOf,
  type Frame,
  type FramePlace,
  type FrameRun
} from '../../src/store/frame.ts'
import {HeadWriter} from '../../src/store/head-writer.ts'

const place: FramePlace = {idLow: 0xdeadbeef, idHigh: 0x12345678, offset: 4096}

interface Given {
  readonly runs: readonly FrameRun[]
  readonly sessions?: readonly {readonly id: string; readonly number: number}[]
  readonly levels?: number
  readonly seq?: number
  readonly flags?: number
}

function encode({runs, sessions = [], levels = 0, seq = 1, flags = 0}: Given, at = place): Uint8Array {
  const body = new TextEncoder().encode('b'.repeat(runs.reduce((sum, {bytes}) => sum + bytes, 0)))
  const bytes = new Uint8Array((1 << 14) + body.length)
  const head = new HeadWriter(bytes)
  head.begin(0)
  for (const run of runs) head.run(run, levels)
  const content = {place: at, firstSeq: seq, durableSeq: seq - 1, epoch: 0xfedcba98, flags}
  const headBytes = head.end({...content, bodySum: sumOf(body, at), sessions})
  bytes.set(body, headBytes)
  return bytes.slice(0, Math.ceil((headBytes + body.length) / 16) * 16)
}

function decoded(bytes: Uint8Array, at = place): Frame {
  const frame = decodeFrame(bytes, at)
  assert.ok(typeof frame === 'object')
  return frame
}

const plain = {noNullPrototype: true} as const
const names = fc.string({unit: 'grapheme', maxLength: 8})
const runs = fc.array(
  fc.record(
    {
      bytes: fc.integer({min: 1, max: 1000}),
      records: fc.nat(2 ** 32 - 1),
      arrivalMs: fc.nat(2 ** 48 - 1),
      source: names,
      flags: fc.nat(255)
    },
    plain
  ),
  {maxLength: 20}
)
const sessions = fc.array(
  fc.record({id: fc.string({unit: 'grapheme-ascii', maxLength: 255}), number: fc.nat(Number.MAX_SAFE_INTEGER)}, plain),
  {maxLength: 20}
)

test('frame: what was put into one is read from it, and where the next one begins', () => {
  const given = fc.record({
    runs,
    sessions,
    levels: fc.nat(127),
    seq: fc.integer({min: 1, max: Number.MAX_SAFE_INTEGER}),
    flags: fc.nat(3)
  })
  fc.assert(
    fc.property(given, (content) => {
      const bytes = encode(content)
      const frame = decoded(bytes)
      assert.deepEqual([frame.runs, frame.sessions], [content.runs, content.sessions])
      assert.deepEqual([frame.firstSeq, frame.durableSeq, frame.flags], [content.seq, content.seq - 1, content.flags])
      assert.equal(frame.epoch, 0xfedcba98)
      assert.equal(frame.levels, content.runs.length === 0 ? 0 : content.levels)
      assert.equal(frame.bytes, bytes.length)
      assert.equal(
        frame.body.length,
        content.runs.reduce((sum, run) => sum + run.bytes, 0)
      )
      assert.equal(headBytesOf(bytes), frame.headBytes)
    })
  )
})

test('frame: one that stands elsewhere, or in another segment, is none', () => {
  const bytes = encode({runs: [{bytes: 20, records: 1, arrivalMs: 1, source: 'a', flags: 0}]})
  for (const other of [{offset: 4112}, {offset: 0}, {idLow: 1}, {idHigh: 1}]) {
    assert.equal(decodeFrame(bytes, {...place, ...other}), 'absent')
  }
})

test('frame: whichever bit changes, it is absent where that is in the head, and damaged where it is in the body', () => {
  const bytes = encode({
    runs: [{bytes: 20, records: 1, arrivalMs: 1, source: 'a', flags: 0}],
    sessions: [{id: 's', number: 7}]
  })
  const {headBytes, bodyBytes} = decoded(bytes)
  for (let bit = 0; bit < (headBytes + bodyBytes) * 8; bit += 1) {
    const changed = bytes.slice()
    changed[bit >>> 3]! ^= 1 << (bit & 7)
    assert.equal(decodeFrame(changed, place), bit >>> 3 < headBytes ? 'absent' : 'damaged', `bit ${bit}`)
  }
})

test('frame: cut anywhere, it is absent or damaged; of a whole head, all is known but the body', () => {
  const bytes = encode({runs: [{bytes: 20, records: 1, arrivalMs: 1, source: 'a', flags: 0}]})
  const {headBytes, bodyBytes} = decoded(bytes)
  for (let length = 0; length < bytes.length; length += 1) {
    const cut = bytes.subarray(0, length)
    assert.equal(decodeFrame(cut, place), length < headBytes ? 'absent' : 'damaged', `${length} bytes`)
    assert.equal(decodeHead(cut, place)?.bodyBytes, length < headBytes ? undefined : bodyBytes)
  }
})

test('frame: any bytes are read without an exception, also where their checksum is right', () => {
  fc.assert(
    fc.property(fc.uint8Array({minLength: 72, maxLength: 400}), fc.nat(20), (noise, runCount) => {
      const bytes = encode({runs: []})
      const large = new Uint8Array(512)
      large.set(noise)
      large.set(bytes.subarray(0, 4))
      const view = new DataView(large.buffer)
      view.setUint16(54, runCount, true)
      view.setUint16(56, noise[0]! * 4, true)
      view.setUint16(58, noise[1]! * 4, true)
      view.setUint32(60, 496, true)
      const sum = sumOf(large.subarray(16, 496), place)
      view.setUint32(8, sum.low, true)
      view.setUint32(12, sum.high, true)
      view.setUint32(4, Math.ceil((496 + view.getUint32(44, true)) / 16) * 16, true)
      decodeFrame(large, place)
      decodeHead(large, place)
    })
  )
})

test('frame: a source with a name that is too long is cut within no character, a session with such an id refused', () => {
  const run = {bytes: 1, records: 1, arrivalMs: 0, flags: 0}
  assert.equal(
    decoded(encode({runs: [{...run, source: '로그'.repeat(100)}]})).runs[0]?.source,
    '로그'.repeat(42) + '로'
  )
  assert.throws(
    () => encode({runs: [], sessions: [{id: 'x'.repeat(256), number: 1}]}),
    /^Error: bug: a session has an id/
  )
})

test('frame: the body is a view, and frames of shared memory are read as well', () => {
  const bytes = encode({
    runs: [{bytes: 3, records: 1, arrivalMs: 0, source: 'a', flags: 0}],
    sessions: [{id: 's', number: 1}]
  })
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  const {body, runs: found, sessions: noted} = decoded(shared)
  assert.equal(body.buffer, shared.buffer)
  assert.deepEqual([found[0]?.source, noted[0]?.id], ['a', 's'])
})

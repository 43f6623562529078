import assert from 'node:assert/strict'
import {test} from 'node:test'
import {decodeHeader, encodeHeader, firstSeqOf, headerBytes, runBytesMaxIn} from '../../src/store/segment.ts'
import {segmentBytesFor, segmentName, type SegmentHeader} from '../../src/store/segment.ts'

const header: SegmentHeader = {
  nodeId: Uint8Array.from({length: 16}, (_, at) => at),
  idLow: 0xdeadbeef,
  idHigh: 0x80000001,
  firstSeq: Number.MAX_SAFE_INTEGER,
  epoch: 0xffffffff,
  createdMs: 1_795_166_100_000
}

test('segment: a header is read as it was written, and takes a page', () => {
  const bytes = encodeHeader(header)
  assert.equal(bytes.length, headerBytes)
  assert.deepEqual(decodeHeader(bytes), header)
  assert.deepEqual(decodeHeader(bytes.subarray(0, headerBytes - 1)), undefined)
})

test('segment: a header in which any bit of what it says has changed is none', () => {
  const bytes = encodeHeader(header)
  for (let bit = 0; bit < 64 * 8; bit += 1) {
    const changed = bytes.slice()
    changed[bit >>> 3]! ^= 1 << (bit & 7)
    assert.equal(decodeHeader(changed), undefined, `bit ${bit}`)
  }
})

test('segment: a file is named after its first record, and other names are of other files', () => {
  assert.equal(segmentName(1), '0000000000000001.lcw')
  for (const seq of [1, 12_345, Number.MAX_SAFE_INTEGER]) assert.equal(firstSeqOf(segmentName(seq)), seq)
  for (const name of [
    'spare.tmp',
    '1.lcw',
    '0000000000000000.lcw',
    '9999999999999999.lcw',
    'x0000000000000001.lcw',
    '0000000000000001.lcw~'
  ]) {
    assert.equal(firstSeqOf(name), undefined, name)
  }
})

test('segment: its size is such that eight fit into what is retained, and the longest line into one', () => {
  const mebi = 1 << 20
  for (const [retainBytes, lineBytesMax, bytes] of [
    [1024 * mebi, 64 * 1024, 64 * mebi],
    [100 * 1024 * mebi, 64 * 1024, 64 * mebi],
    [100 * mebi, 64 * 1024, 8 * mebi],
    [8 * mebi, 64 * 1024, mebi],
    [1, 64 * 1024, mebi],
    [1, mebi, 4 * mebi],
    [64 * mebi, mebi, 8 * mebi]
  ] as const) {
    assert.equal(segmentBytesFor(retainBytes, lineBytesMax), bytes, `${retainBytes} ${lineBytesMax}`)
    assert.ok(runBytesMaxIn(bytes) >= lineBytesMax + 512 * 1024)
  }
})

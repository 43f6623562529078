import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {NulFraming} from '../../src/server/nul-framing.ts'
import {assertRecords, feed, recordsOf, utf8, type Feeding} from './framed.ts'

const nul: Feeding = {frame: (options) => new NulFraming('syslog-nul', options), lineBytesMax: 10}

describe('NUL framing', () => {
  it('takes one record to each NUL, with the lines that are in it', () => {
    assertRecords('<14>a\0<14>b\nc\0<14>d\0', nul, ['<14>a', '<14>b\nc', '<14>d'])
    assert.equal(feed('', nul).framing.protocol, 'syslog-nul')
    assert.equal(feed('', nul).framing.isBroken, false)
  })

  it('leaves out one LF in front of the NUL, and records that are blank', () => {
    assertRecords('a\n\0b\n\n\0\0\n\0c\r\n\0', nul, ['a', 'b\n', 'c\r'])
  })

  it('keeps a last record without a NUL, and marks it', () => {
    assertRecords('a\0b', nul, ['a', 'partial b'])
    assertRecords('a\0b\n', nul, ['a', 'partial b'])
    assertRecords('a\0\n', nul, ['a'])
  })

  it('cuts what is too long, in front of a character that the limit would split', () => {
    assertRecords('0123456789\0' + '0123456789\n\0', nul, ['0123456789', '0123456789'])
    assertRecords('0123456789x\0b\0', nul, ['cut 0123456789', 'b'])
    assertRecords('0123456789\nx\0b\0', nul, ['cut 0123456789', 'b'])
    assertRecords(utf8('1234567🌍🌍\0b\0'), nul, ['cut 1234567', 'b'])
    assertRecords('0123456789'.repeat(4), nul, ['cut 0123456789'])
  })

  it('counts what was cut, and what is left out', () => {
    const {tally} = feed('0123456789xyz\0b\0', {...nul, splits: [12]})
    assert.deepEqual(tally, {truncatedRecords: 1, skippedBytes: 3, framingErrors: 0})
  })

  it('ends a record for want of room, but none that may be blank', () => {
    assert.deepEqual(recordsOf('one two\0three\0', {...nul, splits: [3], cutAfterReads: 1}), ['cut one', 'three'])
    assert.deepEqual(recordsOf('\n\0three\0', {...nul, splits: [1], cutAfterReads: 1}), ['three'])
    assert.deepEqual(recordsOf('one\0', {...nul, cutAfterReads: 1}), ['one'])
  })
})

import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {LineFraming} from '../../src/server/line-framing.ts'
import {assertRecords, feed, recordsOf, utf8, type Feeding} from './framed.ts'

const raw: Feeding = {frame: (options) => new LineFraming('raw', options), lineBytesMax: 10}
const session: Feeding = {...raw, frame: (options) => new LineFraming('logcaster', options)}

describe('line framing', () => {
  it('takes many lines of one read and one line of many reads', () => {
    assertRecords('one\ntwo\nthree\n', raw, ['one', 'two', 'three'])
  })

  it('takes CR LF for an end of a line, and a CR elsewhere for a byte', () => {
    assertRecords('one\r\nt\rwo\r\r\nthree\n', raw, ['one', 't\rwo\r', 'three'])
  })

  it('does not count blank lines', () => {
    assertRecords('\n\r\none\n\n\r\n', raw, ['one'])
  })

  it('keeps NUL bytes and bytes that are no UTF-8', () => {
    assertRecords('a\0b\n\xff\xc3\x28\n', raw, ['a\0b', '\xff\xc3\x28'])
  })

  it('keeps a last line without an end, and marks it', () => {
    assertRecords('one\ntwo', raw, ['one', 'partial two'])
    assertRecords('one\ntwo\r', raw, ['one', 'partial two'])
    assertRecords('one\n\r', raw, ['one'])
  })

  it('leaves an unfinished last line of a session to its client', () => {
    assertRecords('one\ntwo', session, ['one'])
  })

  it('says which protocol its lines came in', () => {
    assert.equal(feed('', raw).framing.protocol, 'raw')
    assert.equal(feed('', session).framing.protocol, 'logcaster')
    assert.equal(feed('\0', session).framing.isBroken, false)
  })
})

describe('a line that is too long', () => {
  it('is whole up to the limit, whichever end it has', () => {
    assertRecords('0123456789\nx\n', raw, ['0123456789', 'x'])
    assertRecords('0123456789\r\nx\n', raw, ['0123456789', 'x'])
    assertRecords('0123456789\r', raw, ['partial 0123456789'])
  })

  it('is cut, marked and never split in two', () => {
    assertRecords('a\n0123456789x\nb\n', raw, ['a', 'cut 0123456789', 'b'])
    assertRecords('0123456789\rx\nb', raw, ['cut 0123456789', 'partial b'])
    assertRecords('0123456789'.repeat(5), raw, ['cut 0123456789'])
    assertRecords('0123456789'.repeat(5), session, ['cut 0123456789'])
  })

  it('is cut in front of a character that the limit would split', () => {
    assertRecords(utf8('12345678é\n'), raw, [utf8('12345678é')])
    assertRecords(utf8('123456789é\n'), raw, [utf8('cut 123456789')])
    assertRecords(utf8('12345678한국\n'), raw, [utf8('cut 12345678')])
    assertRecords(utf8('1234567한국\n'), raw, [utf8('cut 1234567한')])
    assertRecords(utf8('1234567🌍🌍\n'), raw, [utf8('cut 1234567')])
    assertRecords(utf8('123456🌍🌍\n'), raw, [utf8('cut 123456🌍')])
  })

  it('is cut at the limit when it is no UTF-8', () => {
    assertRecords(`${'\x80'.repeat(12)}\n`, raw, [`cut ${'\x80'.repeat(10)}`])
    assertRecords(`12345678\xff\x80\x80\x80\n`, raw, ['cut 12345678'])
    assertRecords('\xf0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\n', raw, ['cut \xf0' + '\x80'.repeat(9)])
  })

  it('is counted, and so is what is left out of it', () => {
    const {tally} = feed('0123456789xyz\nshort\n0123456789012', {...raw, splits: [12]})
    assert.deepEqual(tally, {truncatedRecords: 2, skippedBytes: 6, framingErrors: 0})
  })

  it('takes no more memory than the limit, however long it is', () => {
    const splits = Array.from({length: 999}, (_, index) => (index + 1) * 1000)
    const {records, tally} = feed(`${'x'.repeat(1_000_000)}\nnext\n`, {...raw, splits})
    assert.deepEqual(records, ['cut xxxxxxxxxx', 'next'])
    assert.equal(tally.skippedBytes, 999_990)
  })
})

describe('a line that has to end for want of room', () => {
  it('becomes a cut record, and what still comes of it is skipped', () => {
    const stream = 'one\ntwo and\nthree\n'
    assert.deepEqual(recordsOf(stream, {...raw, splits: [7, 9], cutAfterReads: 1}), ['one', 'cut two', 'three'])
    assert.deepEqual(recordsOf(stream, {...raw, splits: [4, 9], cutAfterReads: 1}), ['one', 'two and', 'three'])
    assert.deepEqual(recordsOf('one', {...raw, cutAfterReads: 1}), ['cut one'])
    assert.deepEqual(recordsOf('\xed\x95\x9c\n', {...raw, splits: [2], cutAfterReads: 1}), ['cut \xed\x95'])
  })

  it('is left alone while it may be a blank one, which has no number', () => {
    assert.deepEqual(recordsOf('\r\none\n', {...session, splits: [1], cutAfterReads: 1}), ['one'])
    assert.deepEqual(recordsOf('one\n\r\ntwo\n', {...session, splits: [5], cutAfterReads: 1}), ['one', 'two'])
    assert.deepEqual(recordsOf('one\n\r', {...session, splits: [5], cutAfterReads: 1}), ['one'])
  })
})

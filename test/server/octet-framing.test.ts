import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {OctetFraming} from '../../src/server/octet-framing.ts'
import {assertRecords, feed, recordsOf, utf8, type Feeding} from './framed.ts'

const octet: Feeding = {frame: (options) => new OctetFraming('syslog-octet', options), lineBytesMax: 20}
const session: Feeding = {...octet, frame: (options) => new OctetFraming('logcaster', options)}

describe('octet framing', () => {
  it('takes the frames of logger, which have no LF at all', () => {
    assertRecords('5 <13>a6 <13>bc', octet, ['<13>a', '<13>bc'])
    assert.equal(feed('', octet).framing.protocol, 'syslog-octet')
  })

  it('leaves out the one LF that rsyslog and syslog-ng have inside their frames', () => {
    assertRecords('6 <13>a\n7 <13>b\n\n8 <13>c\nd\n', octet, ['<13>a', '<13>b\n', '<13>c\nd'])
  })

  it('has no record for a frame that is blank', () => {
    assertRecords('1 \n3 abc', session, ['abc'])
  })

  it('keeps a last frame that is not complete, and marks it', () => {
    assertRecords('5 <13>a9 <13>b', octet, ['<13>a', 'partial <13>b'])
    assertRecords('5 <13>a9 <13>b', session, ['<13>a'])
    const {records, tally} = feed('5 <13>a12', octet)
    assert.deepEqual(records, ['<13>a'])
    assert.equal(tally.framingErrors, 1)
  })

  it('cuts a frame that is longer than the limit, and finds the next one', () => {
    const text = '<13>4567890123456789'
    assertRecords(`20 ${text}5 <13>a`, octet, [text, '<13>a'])
    assertRecords(`21 ${text}\n5 <13>a`, octet, [text, '<13>a'])
    assertRecords(`21 ${text}x5 <13>a`, octet, [`cut ${text}`, '<13>a'])
    assertRecords(`30 ${text}0123456789` + '5 <13>a', octet, [`cut ${text}`, '<13>a'])
    assertRecords(utf8('21 <13>456789012345678é5 <13>a'), octet, ['cut <13>456789012345678', '<13>a'])
    assertRecords(`9999999 ${text}0123456789`, octet, [`cut ${text}`])
  })

  it('counts what was cut, and what is left out', () => {
    const {tally} = feed('30 <13>456789012345678901234567895 <13>a', {...octet, splits: [28]})
    assert.deepEqual(tally, {truncatedRecords: 1, skippedBytes: 10, framingErrors: 0})
  })

  it('ends a frame for want of room, once there is something of it', () => {
    assert.deepEqual(recordsOf('9 <13>abcde5 <13>f', {...octet, splits: [7], cutAfterReads: 1}), ['cut <13>a', '<13>f'])
    assert.deepEqual(recordsOf('9 <13>abcde5 <13>f', {...octet, splits: [2], cutAfterReads: 1}), ['<13>abcde', '<13>f'])
    assert.deepEqual(recordsOf('9 <13>abcde', {...octet, splits: [1], cutAfterReads: 1}), ['<13>abcde'])
    assert.deepEqual(recordsOf('9 <13>abcde', {...octet, cutAfterReads: 1}), ['<13>abcde'])
  })
})

describe('a count that does not lead to the next one', () => {
  it('makes the rest of the connection lines', () => {
    assertRecords('5 <13>a\n<13>b\n5 <13>c\n', octet, ['<13>a', '<13>b', '5 <13>c'])
    assertRecords('4 <13>abc\n<13>d', octet, ['<13>', 'abc', 'partial <13>d'])
    const {framing, tally} = feed('5 <13>abc\nd\n', octet)
    assert.equal(framing.protocol, 'syslog')
    assert.equal(framing.isBroken, false)
    assert.equal(tally.framingErrors, 1)
  })

  it('is seen at once: a record begins with a priority', () => {
    assertRecords('4 <13>12 apes\n<13>b\n', octet, ['<13>', '12 apes', '<13>b'])
  })

  it('is no count with more than seven digits, a zero in front, or none', () => {
    assertRecords(`5 <13>a${'1'.repeat(65)} <13>b\n`, {...octet, lineBytesMax: 80}, [
      '<13>a',
      `${'1'.repeat(65)} <13>b`
    ])
    assertRecords('5 <13>a05 <13>b\n', octet, ['<13>a', '05 <13>b'])
    assertRecords('5 <13>a <13>b\n', octet, ['<13>a', ' <13>b'])
  })

  it('ends a line for want of room there as elsewhere', () => {
    const feeding = {...octet, splits: [11], cutAfterReads: 1}
    assert.deepEqual(recordsOf('5 <13>axyz and\n<13>b\n', feeding), ['<13>a', 'cut xyz ', '<13>b'])
  })
})

describe('a session with octet framing', () => {
  it('takes any bytes', () => {
    assertRecords('3 a\nb5 \0\n\n\n\n', session, ['a\nb', '\0\n\n\n'])
    assert.equal(feed('', session).framing.protocol, 'logcaster')
  })

  it('breaks on a wrong count, since a guess would misnumber', () => {
    assertRecords('3 abcx\n3 def', session, ['abc'])
    const {framing, tally} = feed('3 abcx\n3 def', session)
    assert.equal(framing.isBroken, true)
    assert.equal(tally.framingErrors, 1)
  })

  it('leaves a frame that is not complete to its client', () => {
    assertRecords('3 abc9 de', session, ['abc'])
  })
})

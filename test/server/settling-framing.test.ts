import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {SettlingFraming} from '../../src/server/settling-framing.ts'
import {assertRecords, feed, recordsOf, type Feeding} from './framed.ts'

const syslog: Feeding = {frame: (options) => new SettlingFraming('syslog', options), lineBytesMax: 40}
const json: Feeding = {...syslog, frame: (options) => new SettlingFraming('json', options)}

describe('syslog with LF or NUL', () => {
  it('takes the LF of logger for the end of each record', () => {
    assertRecords('<13>1 vm app: a\n<13>1 vm app: b\n', syslog, ['<13>1 vm app: a', '<13>1 vm app: b'])
    assert.equal(feed('<13>a\n<13>b\n', syslog).framing.protocol, 'syslog')
  })

  it("takes the NUL of Python's SysLogHandler for the end of each record", () => {
    assertRecords('<14>a\0<14>b\nc\0<14>d\0', syslog, ['<14>a', '<14>b\nc', '<14>d'])
    assert.equal(feed('<14>a\0', syslog).framing.protocol, 'syslog-nul')
  })

  it('hands over a first record with its NUL at once', () => {
    assert.deepEqual(recordsOf('<14>a\0', {...syslog, staysOpen: true}), ['<14>a'])
  })

  it('finds the NUL behind a first record that holds lines, and keeps the following ones whole', () => {
    assertRecords('<14>a\nb\nc\0<14>d\ne\0', syslog, ['<14>a', 'b', 'c', '<14>d\ne'])
    assertRecords('<14>a\n\0<14>d\ne\n\0', syslog, ['<14>a', '<14>d\ne'])
    assert.equal(feed('<14>a\nb\0', syslog).framing.protocol, 'syslog-nul')
  })

  it('takes a NUL for a byte once a second record has begun behind an LF', () => {
    assertRecords('<13>a\n<13>b\0c\n<13>d\n', syslog, ['<13>a', '<13>b\0c', '<13>d'])
    assertRecords('<13>a\r\nmore\r\n<13>b\0c\r\n', syslog, ['<13>a', 'more', '<13>b\0c'])
    assertRecords('<13>a\n<1234>\0c\n', syslog, ['<13>a', '<1234>', 'partial c'])
  })

  it('keeps a last record without an end', () => {
    assertRecords('<13>a', syslog, ['partial <13>a'])
    assertRecords('<13>a\n<1', syslog, ['<13>a', 'partial <1'])
    assertRecords('<13>a\n<13>b', syslog, ['<13>a', 'partial <13>b'])
    assertRecords('<13>a\0<13>b', syslog, ['<13>a', 'partial <13>b'])
  })

  it('looks no further than a thousand lines for the NUL', () => {
    const lines = ['<13>a', ...Array.from({length: 999}, () => 'b')]
    const stream = `${lines.join('\n')}\nc\0d\n`
    assert.deepEqual(recordsOf(stream, syslog), [...lines, 'c\0d'])
    assert.deepEqual(
      recordsOf(stream.replace('b\n', ''), syslog),
      [...lines.slice(1), 'c', 'partial d'].with(0, '<13>a')
    )
  })

  it('settles behind a first record that is too long, too', () => {
    const long = `<13>${'x'.repeat(50)}`
    const cut = `cut ${long.slice(0, 40)}`
    assertRecords(`${long}\n<13>b\0c\n`, syslog, [cut, '<13>b\0c'])
    assertRecords(`${long}\n\0<13>b\nc\0`, syslog, [cut, '<13>b\nc'])
    assertRecords(`${long}\0<13>b\nc\0`, syslog, [cut, '<13>b\nc'])
    assertRecords(long, syslog, [cut])
    assert.equal(feed(`${long}\0<13>b\0`, {...syslog, splits: [48]}).tally.skippedBytes, 14)
  })

  it('ends a record for want of room, before and after it has settled', () => {
    const expected = ['cut <13>a', '<13>c']
    assert.deepEqual(recordsOf('<13>ab\n<13>c\n', {...syslog, splits: [5], cutAfterReads: 1}), expected)
    assert.deepEqual(recordsOf('<13>ab\0<13>c\0', {...syslog, splits: [5], cutAfterReads: 1}), expected)
    const settled = {...syslog, splits: [11], cutAfterReads: 1}
    assert.deepEqual(recordsOf('<13>a\0<13>bc\0<13>d\0', settled), ['<13>a', 'cut <13>b', '<13>d'])
    assert.deepEqual(recordsOf('<13>a\n', {...syslog, cutAfterReads: 1}), ['<13>a'])
    assert.deepEqual(recordsOf('<13>a\n\r\n<13>b\n', {...syslog, splits: [7], cutAfterReads: 1}), ['<13>a', '<13>b'])
  })
})

describe('JSON with LF or NUL', () => {
  it('takes LF for the end of JSON lines', () => {
    assertRecords('{"a":1}\n{"a":2}\n{"a":3}', json, ['{"a":1}', '{"a":2}', 'partial {"a":3}'])
    assert.equal(feed('{"a":1}\n{"a":2}\n', json).framing.protocol, 'json')
  })

  it('takes NUL for the end of GELF, also where it is written over several lines', () => {
    assertRecords('{"a":1}\0{"a":\n2}\0', json, ['{"a":1}', '{"a":\n2}'])
    assertRecords('{\n"a":1\n}\0{\n"a":2}\0', json, ['{', '"a":1', '}', '{\n"a":2}'])
    assert.equal(feed('{}\0', json).framing.protocol, 'json')
  })
})

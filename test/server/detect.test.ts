import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {detect, framingOf, refusalOf, type Detected} from '../../src/server/detect.ts'
import {LineFraming} from '../../src/server/line-framing.ts'
import {OctetFraming} from '../../src/server/octet-framing.ts'
import {SettlingFraming} from '../../src/server/settling-framing.ts'

function detected(text: string): Detected | 'undecided' {
  return detect(Buffer.from(text, 'latin1'))
}

/** How connections begin, what they speak, and with how many of these bytes it shows. */
const beginnings: readonly (readonly [begins: string, Detected, bytes: number])[] = [
  ['ERROR: disk full\n', 'raw', 6],
  ['hello\n', 'raw', 1],
  ['\n', 'raw', 1],
  [' <13>a\n', 'raw', 1],
  ['[2026-01-01 10:00:00] ERROR a\n', 'raw', 1],
  ['2026-01-01 10:00:00 ERROR a\n', 'raw', 5],
  ['10 <a> b\n', 'raw', 5],
  ['42\n', 'raw', 3],
  ['0 <13>a', 'raw', 1],
  ['12345678 <13>a', 'raw', 8],
  [`${'1'.repeat(65)} <13>a`, 'raw', 8],
  ['1 open 90 relp_version=0\n', 'raw', 3],
  ['<a>text</a>\n', 'raw', 2],
  ['<1234>a\n', 'raw', 5],
  ['<>a\n', 'raw', 2],
  ['(paren\n', 'raw', 2],
  ['한국어\n', 'raw', 1],
  ['\xed\x95\x9c\n', 'raw', 1],
  ['\xdc\x90 Syriac', 'raw', 2],
  ['\x16 text', 'raw', 2],
  ['2Way street\n', 'raw', 3],
  ['LOGCASTER is here\n', 'raw', 14],
  ['PRIVMSG\n', 'raw', 8],
  ['<13>1 2026-01-01T00:00:00+00:00 vm app - - - M\n', 'syslog', 4],
  ['<0>a', 'syslog', 3],
  ['<191>a', 'syslog', 5],
  ['102 <13>1 2026-01-01T00:00:00+00:00 vm app', 'syslog-octet', 8],
  ['1234567 <191>', 'syslog-octet', 13],
  ['{"msg":"a"}\n', 'json', 1],
  ['LOGCASTER/1 session=a\n', 'logcaster', 11],
  ['LOGCASTER/2 session=a\n', 'logcaster', 11],
  ['\x16\x03\x01\x02\0', 'tls', 2],
  ['\x92\xa3tag', 'binary', 1],
  ['\x9fabc', 'binary', 1],
  ['\xdc\0\x03', 'binary', 2],
  ['\xdd\0\0\0\x03', 'binary', 2],
  ['\x1f\x8b\x08\0', 'binary', 2],
  ['\x28\xb5\x2f\xfd\x04', 'binary', 4],
  ['\x04\x22\x4d\x18\x60', 'binary', 4],
  ['\xff\x06\0\0sNaPpY', 'binary', 10],
  ['2W\0\0\0\x01', 'binary', 3],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'binary', 16]
]

describe('detecting a protocol', () => {
  for (const [begins, expected, bytes] of beginnings) {
    it(`${JSON.stringify(begins.slice(0, 24))} is ${expected}, and it shows by byte ${bytes}`, () => {
      for (let length = 0; length < bytes; length += 1) assert.equal(detected(begins.slice(0, length)), 'undecided')
      for (let length = bytes; length <= begins.length; length += 1)
        assert.equal(detected(begins.slice(0, length)), expected, `with ${length} bytes`)
    })
  }

  it('decides within 64 bytes, unless a request of HTTP may follow', () => {
    assert.equal(detected('A'.repeat(64)), 'raw')
    assert.equal(detected(`ERROR ${'a'.repeat(58)} `), 'undecided')
    assert.equal(detected(`ERROR ${'a'.repeat(58)} b`), 'raw')
    assert.equal(detected(`GET /${'a'.repeat(200)}`), 'undecided')
    assert.equal(detected(`GET /${'a'.repeat(200)} HTTP/1.1\r\n`), 'http')
  })
})

describe('what is done with a protocol', () => {
  it('each that takes records has its framing', () => {
    const memory = new Uint8Array(16)
    const sink = {lines: (): number => 0, record: (): void => undefined}
    const tally = {truncatedRecords: 0, skippedBytes: 0, framingErrors: 0}
    const options = {memory, sink, tally, lineBytesMax: 8}
    assert(framingOf('raw', options) instanceof LineFraming)
    assert(framingOf('syslog', options) instanceof SettlingFraming)
    assert(framingOf('json', options) instanceof SettlingFraming)
    assert(framingOf('syslog-octet', options) instanceof OctetFraming)
    for (const spoken of ['raw', 'syslog', 'json', 'syslog-octet'] as const)
      assert.equal(framingOf(spoken, options).protocol, spoken)
  })

  it('a refusal names the peer and a way out', () => {
    assert.equal(
      refusalOf('binary', '10.0.0.7'),
      'ERROR: Unsupported binary protocol from 10.0.0.7 (Fluentd forward/msgpack or compressed stream?). ' +
        'Use Fluent Bit output tcp with format json_lines, or HTTP.\n'
    )
    assert.match(refusalOf('tls', '10.0.0.7'), /^ERROR: TLS from 10\.0\.0\.7: .*Connect without TLS\.\n$/)
  })
})

import type {Framing, FramingOptions} from './framing.ts'
import {LineFraming} from './line-framing.ts'
import {OctetFraming} from './octet-framing.ts'
import {SettlingFraming} from './settling-framing.ts'
import {brace, literal, pattern, priority, textOf, type Sign} from './sign.ts'
import {httpRequestLine, requestLineBytesMax} from './stray-http.ts'

/** What a connection speaks. `tls` and `binary` are refused, `http` is answered, the rest are records. */
export type Detected = Spoken | 'logcaster' | 'http' | 'tls' | 'binary'

/** Protocols that take records from the first byte on. */
export type Spoken = 'raw' | 'syslog' | 'syslog-octet' | 'json'

/**
 * Tells from the first bytes of a connection what it speaks, once for all. Few need more than a dozen bytes; who begins
 * like a request of HTTP is waited for until the line is complete. A sender who stops in between sends raw lines.
 */
export function detect(bytes: Uint8Array): Detected | 'undecided' {
  const head = textOf(bytes.subarray(0, headBytes))
  const isRequest = httpRequestLine(head) === 'unknown'
  const text = isRequest ? textOf(bytes.subarray(0, requestLineBytesMax + 1)) : head
  let isOpen = false
  for (const [detected, sign] of signs) {
    const fit = sign(text)
    if (fit === 'yes') return detected
    isOpen ||= fit === 'unknown'
  }
  return isOpen ? 'undecided' : 'raw'
}

// Every sign but that of HTTP is shorter.
const headBytes = 64

const signs: readonly (readonly [Detected, Sign])[] = [
  ['tls', literal('\x16\x03')],
  ['http', httpRequestLine],
  // Whatever the version: the answer says which one is spoken here.
  ['logcaster', pattern(/^LOGCASTER\/\d/, /^L(O(G(C(A(S(T(E(R\/?)?)?)?)?)?)?)?)?$|^$/)],
  ['syslog-octet', pattern(/^[1-9]\d{0,6} <\d{1,3}>/, /^([1-9]\d{0,6}( (<\d{0,3})?)?)?$/)],
  ['syslog', priority],
  ['json', brace],
  // MessagePack, which Fluentd's forward protocol is made of: an array of few, or one with its length in two or four
  // bytes, where a letter of UTF-8 would go on with other bytes.
  ['binary', pattern(/^([\x92-\x9f]|[\xdc\xdd]\0)/, /^[\xdc\xdd]?$/)],
  // gzip, zstd, LZ4 and Snappy streams, Beats, and HTTP/2.
  ['binary', literal('\x1f\x8b')],
  ['binary', literal('\x28\xb5\x2f\xfd')],
  ['binary', literal('\x04\x22\x4d\x18')],
  ['binary', literal('\xff\x06\0\0sNaPpY')],
  ['binary', pattern(/^[12]W\0/, /^([12]W?)?$/)],
  ['binary', literal('PRI * HTTP/2.0\r\n')]
]

export function framingOf(spoken: Spoken, options: FramingOptions): Framing {
  if (spoken === 'syslog-octet') return new OctetFraming(spoken, options)
  return spoken === 'raw' ? new LineFraming(spoken, options) : new SettlingFraming(spoken, options)
}

/** What a peer is told whose bytes cannot be records. */
export function refusalOf(detected: 'tls' | 'binary', peer: string): string {
  if (detected === 'tls') return `ERROR: TLS from ${peer}: this port takes plain text only. Connect without TLS.\n`
  return (
    `ERROR: Unsupported binary protocol from ${peer} (Fluentd forward/msgpack or compressed stream?). ` +
    'Use Fluent Bit output tcp with format json_lines, or HTTP.\n'
  )
}

import type {FaultCode, FaultValues} from '../../src/base/faults.ts'
import type {FindingCode, FindingValues} from '../../src/base/findings.ts'

type Samples<Values> = readonly [Values, ...Values[]]

const server = '127.0.0.1:9999'
const session = 'web1-3f6d0a91c2b84e57'
const changed = {path: '/srv/app.log', lines: 120_000, cursor: '/var/lib/logcaster/state/send/app.log-5d3c.json'}

/** Of lines that are sent to a server. */
export const sendSamples = {
  'send-file-absent': [{path: '/srv/app.log'}],
  'send-file-changed': [
    {...changed, how: 'shrank'},
    {...changed, how: 'replaced'}
  ],
  'send-cursor-damaged': [{path: changed.cursor}],
  'send-cursor-foreign': [{path: changed.cursor, session}],
  'send-unreachable': [{server, reason: 'ECONNREFUSED'}],
  'send-not-understood': [
    {server, got: '220 mail.example.com ESMTP'},
    {server, got: ''}
  ],
  'send-level-refused': [{server, ack: 'commit', detail: 'ack=commit needs --data-dir'}],
  'send-refused': [{server, code: 'SOURCE', detail: 'source=web 1: 1 to 64 of A-Z, a-z, 0-9'}],
  'send-session-busy': [{session, server}],
  'send-session-taken': [{session, server, stored: 17}],
  'send-forgotten': [{session, server, stored: 0, acknowledged: 120_000}],
  'send-line-too-long': [{bytesMax: 64 << 20}],
  'send-late': [{afterMs: 60_000}],
  'send-broken': [{server, reason: 'ECONNRESET'}],
  'send-rejected': [{lines: 2, code: 'DENIED', detail: 'not for this source'}],
  'send-lines-cut': [
    {lines: 1, bytesMax: 65_536},
    {lines: 3, bytesMax: 65_536}
  ],
  'send-again': [{lines: 12, session}]
} as const satisfies {readonly [Code in FaultCode]?: Samples<FaultValues<Code>>}

const sent = {input: '/srv/app.log', lines: 120_000, bytes: 12_000_000, tookMs: 1250}

export const sendFindingSamples = {
  'send-done': [
    {...sent, resent: 0, reconnects: 0},
    {...sent, resent: 2000, reconnects: 1}
  ],
  'send-nothing': [
    {input: sent.input, lines: 0},
    {input: sent.input, lines: 120_000}
  ],
  'send-part': [{...sent, upTo: 150_000}],
  'send-unacknowledged': [sent]
} as const satisfies {readonly [Code in FindingCode]?: Samples<FindingValues<Code>>}

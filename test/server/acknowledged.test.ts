import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {
  ackEveryMs,
  beginSession,
  takeHello,
  type AcknowledgedSession,
  type SessionContext
} from '../../src/server/acknowledged.ts'
import {ListSink} from './framed.ts'

interface StoreState {
  durability: 'none' | 'os' | 'interval' | 'commit'
  endSeq: number
  acknowledgedSeq: number
  last: number
}

const memory = new Uint8Array(4096)

function context(state: Partial<StoreState> = {}, claimed: string[] = []): SessionContext {
  const {durability = 'commit', endSeq = 1, acknowledgedSeq = endSeq, last = 0} = state
  return {
    store: {durability, endSeq, acknowledgedSeq, lastOf: () => last},
    framing: {
      memory,
      sink: new ListSink(memory, 64),
      lineBytesMax: 64,
      tally: {truncatedRecords: 0, skippedBytes: 0, framingErrors: 0}
    },
    nowMs: 0,
    claim: (session) => claimed.push(session)
  }
}

function replyTo(hello: string, state?: Partial<StoreState>): string {
  return beginSession(hello, context(state)).reply
}

function begun(hello: string, state?: Partial<StoreState>): AcknowledgedSession {
  const answer = beginSession(hello, context(state))
  assert(answer.status === 'begun', answer.reply)
  return answer.session
}

describe('the first line of a session', () => {
  it('is answered with the next number and what is granted', () => {
    assert.equal(
      replyTo('LOGCASTER/1 session=web1-7f3a ack=commit window=500 format=auto source=web1'),
      '+OK LOGCASTER/1 session=web1-7f3a next=1 ack=commit window=500 max_line=64\n'
    )
    assert.equal(
      replyTo('LOGCASTER/1 session=web1-7f3a  ack=os\r', {last: 2}),
      '+OK LOGCASTER/1 session=web1-7f3a next=3 ack=os window=2000 max_line=64\n'
    )
  })

  it('gives the session its name, its source and its framing', () => {
    const session = begun('LOGCASTER/1 session=a source=web1')
    assert.deepEqual([session.id, session.source, session.framing.protocol], ['a', 'web1', 'logcaster'])
    assert.equal(begun('LOGCASTER/1 session=a').source, undefined)
    memory.set(Buffer.from('3 a\nb3 c'))
    const octet = begun('LOGCASTER/1 session=a format=octet')
    assert.equal(octet.framing.feed(0, 8), 5)
    assert.equal(begun('LOGCASTER/1 session=a').framing.feed(0, 8), 4)
  })

  it('promises the highest level that the server can give, if it asks for none', () => {
    const levels = {none: 'none', os: 'os', interval: 'os', commit: 'commit'} as const
    for (const durability of ['none', 'os', 'interval', 'commit'] as const)
      assert.match(replyTo('LOGCASTER/1 session=a', {durability}), new RegExp(` ack=${levels[durability]} `))
  })

  it('grants no larger window than there is', () => {
    assert.match(replyTo('LOGCASTER/1 session=a window=1000000'), / window=1000000 /)
    assert.match(replyTo('LOGCASTER/1 session=a window=99999999999999999999'), / window=1000000 /)
    assert.match(replyTo('LOGCASTER/1 session=a window=1'), / window=1 /)
  })

  const long = 'x'.repeat(64)
  for (const [hello, refused] of [
    ['LOGCASTER/2 session=a', 'VERSION this server speaks LOGCASTER/1'],
    ['LOGCASTER/10 session=a', 'VERSION this server speaks LOGCASTER/1'],
    ['LOGCASTER/1', 'SESSION session=: 1 to 64 of A-Z a-z 0-9 . _ : -'],
    ['LOGCASTER/1 session=', 'SESSION session=: 1 to 64 of A-Z a-z 0-9 . _ : -'],
    [`LOGCASTER/1 session=${long}x`, `SESSION session=${'x'.repeat(40)}: 1 to 64 of A-Z a-z 0-9 . _ : -`],
    ['LOGCASTER/1 session=a/\x1b[31m\xff', 'SESSION session=a/?[31m?: 1 to 64 of A-Z a-z 0-9 . _ : -'],
    ['LOGCASTER/1 session=a source=', 'SOURCE source=: 1 to 64 of A-Z a-z 0-9 . _ : -'],
    ['LOGCASTER/1 session=a session=b', 'HELLO session is given twice'],
    ['LOGCASTER/1 session=a colour=red', 'HELLO colour=red: the keys are session, ack, window, format, source'],
    ['LOGCASTER/1 session=a fast', 'HELLO fast: the keys are session, ack, window, format, source'],
    ['LOGCASTER/1 session=a window=0', 'WINDOW window=0: 1 to 1000000'],
    ['LOGCASTER/1 session=a window=-1', 'WINDOW window=-1: 1 to 1000000'],
    ['LOGCASTER/1 session=a window=1e3', 'WINDOW window=1e3: 1 to 1000000'],
    ['LOGCASTER/1 session=a format=xml', 'FORMAT format=xml: auto or octet'],
    ['LOGCASTER/1 session=a ack=cluster', 'LEVEL ack=cluster needs --engine'],
    ['LOGCASTER/1 session=a ack=maybe', 'LEVEL ack=maybe: none, os or commit'],
    [`LOGCASTER/1 session=a ${' '.repeat(1024)}`, 'HELLO the first line is longer than 1024 bytes']
  ] as const) {
    it(`is refused as ${JSON.stringify(hello.slice(0, 48))}`, () => {
      assert.equal(replyTo(hello), `-ERR ${refused}\n`)
    })
  }

  it('takes names of up to 64 characters', () => {
    assert.match(replyTo(`LOGCASTER/1 session=${long} source=a.b_c:D-9`), /^\+OK /)
  })

  it('is refused when it asks for more than the durability gives', () => {
    const refusal = (asked: string, durability: string): string =>
      `-ERR LEVEL ack=${asked} needs --data-dir and --durability ${asked}, this server runs with ${durability}\n`
    for (const durability of ['none', 'os', 'interval'] as const)
      assert.equal(replyTo('LOGCASTER/1 session=a ack=commit', {durability}), refusal('commit', durability))
    assert.equal(replyTo('LOGCASTER/1 session=a ack=os', {durability: 'none'}), refusal('os', 'none'))
    assert.match(replyTo('LOGCASTER/1 session=a ack=none', {durability: 'none'}), /^\+OK .* ack=none /)
  })

  it('takes the session from an older connection before its numbers are looked up, unless it is refused', () => {
    const claimed: string[] = []
    beginSession('LOGCASTER/1 session=a ack=cluster', context({}, claimed))
    assert.equal(claimed.length, 0)
    const looking = context({}, claimed)
    const lastOf = (): number => claimed.push('looked up')
    beginSession('LOGCASTER/1 session=a', {...looking, store: {...looking.store, lastOf}})
    assert.deepEqual(claimed, ['a', 'looked up'])
  })
})

describe('the greeting of a session that goes on', () => {
  const hello = 'LOGCASTER/1 session=a ack=commit'

  it('waits until everything before its next number is stored', () => {
    const waiting = {last: 7, endSeq: 30, acknowledgedSeq: 20}
    assert.equal(replyTo(hello, waiting), '')
    const session = begun(hello, waiting)
    session.took(1, 40)
    assert.equal(session.acknowledged(29, 0), '')
    assert.equal(session.acknowledged(30, 0), '+OK LOGCASTER/1 session=a next=8 ack=commit window=2000 max_line=64\n')
    assert.equal(session.acknowledged(40, 0), 'ACK 8\n')
  })

  it('does not wait where nothing is promised', () => {
    assert.match(replyTo(hello, {last: 0, endSeq: 30, acknowledgedSeq: 20}), /^\+OK .*next=1 /)
    assert.match(
      replyTo('LOGCASTER/1 session=a ack=none', {last: 7, endSeq: 30, acknowledgedSeq: 20}),
      /^\+OK .*next=8 /
    )
    assert.match(replyTo(hello, {last: 7, endSeq: 30, acknowledgedSeq: 30}), /^\+OK .*next=8 /)
  })

  it('is not followed by last words that it was too early for', () => {
    const session = begun(hello, {last: 7, endSeq: 30, acknowledgedSeq: 20})
    assert.match(session.shutdown(29), /^-ERR SHUTDOWN [^\n]*\n$/)
    assert(session.isOver)
    const other = begun(hello, {last: 7, endSeq: 30, acknowledgedSeq: 20})
    assert.match(other.shutdown(30), /^\+OK [^\n]*\nACK 7\n-ERR SHUTDOWN [^\n]*\n$/)
  })
})

describe('acknowledging', () => {
  const hello = 'LOGCASTER/1 session=a ack=commit window=10000'

  it('says at once that all is stored, and nothing before it is', () => {
    const session = begun(hello)
    assert.equal(session.acknowledged(1, 0), '')
    session.took(2, 3)
    session.took(0, 9)
    session.took(1, 10)
    assert.equal(session.number, 3)
    assert.equal(session.acknowledged(2, 1000), '')
    assert.equal(session.acknowledged(10, 0), 'ACK 3\n')
    assert.equal(session.acknowledged(99, 1000), '')
  })

  it('says what a part is only for a thousand records, or after 200 ms', () => {
    const session = begun(hello)
    session.took(999, 1000)
    session.took(1, 1001)
    session.took(1, 1002)
    session.took(1, 1003)
    assert.equal(session.acknowledged(1000, ackEveryMs - 1), '')
    assert(session.isHolding)
    assert.equal(session.acknowledged(1001, ackEveryMs - 1), 'ACK 1000\n')
    assert(!session.isHolding)
    assert.equal(session.acknowledged(1002, 2 * ackEveryMs - 2), '')
    assert.equal(session.acknowledged(1002, 2 * ackEveryMs - 1), 'ACK 1001\n')
  })

  it('does not keep a client waiting whose window is small', () => {
    const session = begun('LOGCASTER/1 session=a window=10')
    session.took(4, 5)
    session.took(1, 6)
    session.took(5, 11)
    assert.equal(session.acknowledged(5, 1), '')
    assert.equal(session.acknowledged(6, 1), 'ACK 5\n')
  })

  it('says at level none what was parsed', () => {
    const session = begun('LOGCASTER/1 session=a ack=none', {endSeq: 5, acknowledgedSeq: 1})
    session.took(3, 8)
    assert.equal(session.acknowledged(1, 0), 'ACK 3\n')
  })

  it('is late, never early, when a slow disk lets thousands of reads wait', () => {
    const session = begun('LOGCASTER/1 session=a window=100000')
    for (let read = 1; read <= 5000; read += 1) session.took(2, 1 + 3 * read)
    let said = 0
    for (let seq = 1; seq <= 15_001; seq += 1) {
      const number = Number(/^ACK (\d+)\n$/.exec(session.acknowledged(seq, seq * ackEveryMs))?.[1] ?? said)
      const stored = 2 * Math.floor((seq - 1) / 3)
      assert(number >= said && number <= stored && number > stored - 400, `ACK ${number} at ${seq}`)
      said = number
    }
    assert.equal(said, 10_000)
  })

  it('stops reading while the window is used up, until an ACK is said', () => {
    const session = begun('LOGCASTER/1 session=a window=5')
    session.took(4, 5)
    assert.equal(session.mayRead, true)
    session.took(1, 6)
    assert.equal(session.mayRead, false)
    session.took(3, 9)
    assert.equal(session.acknowledged(5, 0), 'ACK 4\n')
    assert.equal(session.mayRead, true)
  })
})

describe('the end of a session', () => {
  const hello = 'LOGCASTER/1 session=a ack=commit'

  it('comes after the client has closed its side and all is stored', () => {
    const session = begun(hello, {last: 4, endSeq: 9})
    session.took(2, 11)
    assert.equal(session.end(10, 0), '')
    assert.deepEqual([session.isOver, session.mayRead], [false, false])
    assert.equal(session.acknowledged(11, 0), 'ACK 6\n+BYE\n')
    assert.deepEqual([session.isOver, session.mayRead, session.isHolding], [true, false, false])
    assert.equal(session.acknowledged(11, 9999), '')
    assert.equal(session.shutdown(11), '')
  })

  it('says the last number again, though it was said before', () => {
    const session = begun(hello)
    session.took(1, 2)
    assert.equal(session.acknowledged(2, 0), 'ACK 1\n')
    assert.equal(session.end(2, 0), 'ACK 1\n+BYE\n')
    assert.equal(begun(hello).end(1, 0), 'ACK 0\n+BYE\n')
  })

  it('still acknowledges parts while it waits', () => {
    const session = begun(hello)
    session.took(1, 2)
    session.took(1, 3)
    assert.equal(session.end(2, ackEveryMs), 'ACK 1\n')
    assert.equal(session.acknowledged(3, ackEveryMs), 'ACK 2\n+BYE\n')
  })

  it('comes at once when the server stops or a newer connection has the session', () => {
    const stopped = begun(hello)
    stopped.took(1, 2)
    stopped.took(1, 3)
    assert.equal(stopped.shutdown(2), 'ACK 1\n-ERR SHUTDOWN the server stops; connect again and go on with next\n')
    assert(stopped.isOver)
    const taken = begun(hello)
    taken.took(1, 2)
    assert.equal(taken.takenOver(2), 'ACK 1\n-ERR TAKEN session=a was opened by a newer connection\n')
    assert(taken.isOver)
  })

  it('comes when a frame has no length, after what was whole is stored', () => {
    const session = begun(`${hello} format=octet`)
    memory.set(Buffer.from('3 abcx'))
    assert.equal(session.framing.feed(0, 6), 6)
    session.took(1, 2)
    assert.equal(session.acknowledged(1, 0), '')
    assert(!session.mayRead)
    assert.match(session.acknowledged(2, 0), /^ACK 1\n-ERR FRAMING [^\n]*\n$/)
    assert(session.isOver)
  })
})

describe('taking the first line out of what was read', () => {
  function taken(text: string): ReturnType<typeof takeHello> {
    const bytes = new Uint8Array(4096).fill(0x0a)
    bytes.set(Buffer.from(text, 'latin1'), 7)
    return takeHello(bytes, 7, 7 + text.length)
  }

  it('gives it with its CR, and where the records begin', () => {
    assert.deepEqual(taken('LOGCASTER/1 a\r\nb\n'), {line: 'LOGCASTER/1 a\r', rest: 22})
  })

  it('waits for its LF, but not for ever', () => {
    assert.equal(taken('LOGCASTER/1 session=a'), undefined)
    assert.equal(taken('x'.repeat(1025)), undefined)
    assert.deepEqual(taken(`${'x'.repeat(1025)}\n`), {line: 'x'.repeat(1025), rest: 1033})
    assert.deepEqual(taken('x'.repeat(1026)), {line: 'x'.repeat(1026), rest: 1033})
  })
})

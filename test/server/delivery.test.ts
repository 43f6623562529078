import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Delivery, type DeliveryOptions} from '../../src/server/delivery.ts'
import {LineCount, type Place} from '../../src/server/line-count.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {holdRecords, LossyServer, recordsIn, type ServerEnd} from './lossy-server.ts'

const seed = seedFromEnvironment()
const start: Place = {offset: 0, number: 0}
const usual: DeliveryOptions = {
  session: 'web1-7f3a',
  ack: 'commit',
  window: 1000,
  source: undefined,
  server: '127.0.0.1:9999',
  origin: start,
  acknowledged: start,
  cut: undefined,
  expects: 'new',
  isRewindable: true
}

/** One run of a client over a file, and the network between it and the server. */
class Client {
  delivery: Delivery
  readonly #server: LossyServer
  readonly #file: Buffer
  #connection: ServerEnd | undefined
  /** On their way, in either direction. */
  #outgoing: Buffer = Buffer.alloc(0)
  #incoming: Buffer = Buffer.alloc(0)
  #isClosing = false
  /** What its cursor file holds. */
  saved: Pick<DeliveryOptions, 'acknowledged' | 'cut' | 'expects'>

  constructor(server: LossyServer, file: Buffer, options: DeliveryOptions) {
    this.#server = server
    this.#file = file
    this.delivery = new Delivery(options)
    this.saved = options
  }

  get isConnected(): boolean {
    return this.#connection !== undefined
  }

  connect(): void {
    this.#connection = this.#server.accept()
    this.#incoming = Buffer.alloc(0)
    this.#outgoing = this.delivery.greet()
    this.#isClosing = false
  }

  save(): void {
    if (!this.delivery.isSettled) return
    this.saved = {acknowledged: this.delivery.acknowledged, cut: this.delivery.cut, expects: 'cursor'}
  }

  /** Reads so much of the file and puts it on its way. */
  send(bytes: number): void {
    const {delivery} = this
    if (!delivery.mayTake) return
    if (this.saved.expects === 'new' || this.saved.cut !== delivery.cut) this.save()
    const piece = this.#file.subarray(delivery.readAt, delivery.readAt + bytes)
    if (piece.length > 0) {
      this.#outgoing = Buffer.concat([this.#outgoing, delivery.offer(piece)])
      return
    }
    delivery.meetEnd()
    this.save()
    this.#outgoing = Buffer.concat([this.#outgoing, delivery.endLine()])
    delivery.finish()
    this.#isClosing = true
  }

  /** So many bytes of what is on its way to the server arrive. */
  push(bytes: number): number {
    const arriving = this.#outgoing.subarray(0, bytes)
    this.#outgoing = this.#outgoing.subarray(bytes)
    if (arriving.length > 0) this.#connection?.hear(arriving)
    if (this.#isClosing && this.#outgoing.length === 0) this.#connection?.close()
    return arriving.length
  }

  pull(bytes: number): number {
    const said = this.#connection?.said.splice(0) ?? []
    this.#incoming = Buffer.concat([this.#incoming, ...said])
    const arriving = this.#incoming.subarray(0, bytes)
    this.#incoming = this.#incoming.subarray(bytes)
    this.delivery.hear(arriving)
    if (this.#incoming.length === 0 && this.#connection?.isOpen === false) this.#connection = undefined
    return arriving.length
  }

  /** What the server does not read of it is gone; it learns of the end now, later, or when another takes the session. */
  cut(doesServerNotice: boolean): void {
    if (doesServerNotice && this.#connection !== undefined) this.#connection.isOpen = false
    this.#connection = undefined
  }
}

/** Without trouble from here on, it has to come to its end. */
function finish(client: Client, server: LossyServer): void {
  for (let round = 0; !client.delivery.isComplete; round += 1) {
    assert.ok(round < 2000, 'it never ends')
    assert.equal(client.delivery.fault, undefined)
    if (!client.isConnected) client.connect()
    client.send(64)
    client.push(64)
    server.commit()
    client.pull(64)
  }
  client.save()
}

/** Lines long and short, blank, with CR or without, and bytes that are no text; the last one may have no end. */
function linesOf(random: Seeded, count: number): Buffer {
  const line = (): Buffer => {
    const ending = random.pick(['\n', '\n', '\r\n'])
    const kind = random.below(8)
    if (kind < 2) return Buffer.from(ending)
    if (kind === 2) return Buffer.from(`${'long '.repeat(random.below(20) + 8)}${ending}`)
    const bytes = random.bytes(random.below(12) + 1).map((byte) => (byte === 10 ? 11 : byte))
    return Buffer.concat([bytes, Buffer.from(ending)])
  }
  const lines = Buffer.concat(Array.from({length: count}, line))
  return random.below(2) === 0 ? lines : Buffer.concat([lines, Buffer.from(random.pick(['\r', 'the rest', 'x\r']))])
}

const file = Buffer.from('one\n\ntwo\r\n\r\nthree\n\u0000\u0001 binary \u00ff\nlast, without an end', 'latin1')

for (const [what, direction, doesCrash] of [
  ['of what is sent, the connection', 'push', false],
  ['of what is sent, the connection and the server', 'push', true],
  ['of what is answered, the connection', 'pull', false],
  ['of what is answered, the connection and the server', 'pull', true]
] as const) {
  test(`delivery: behind any byte ${what} may break, and nothing is lost or doubled`, () => {
    for (let breakAt = 0, isOver = false; !isOver; breakAt += 1) {
      const server = new LossyServer(seeded(seed + breakAt))
      const client = new Client(server, file, usual)
      client.connect()
      passUpTo(breakAt, direction, {client, server})
      isOver = client.delivery.isComplete
      client.cut(breakAt % 2 === 0)
      if (doesCrash) server.crash()
      finish(client, server)
      assert.deepEqual(server.records, recordsIn(file), `SEED=${seed} breakAt=${breakAt}`)
    }
  })
}

interface Pair {
  readonly client: Client
  readonly server: LossyServer
}

/** Sends, until so many bytes have passed in that direction, or all is done. */
function passUpTo(bytes: number, direction: 'push' | 'pull', {client, server}: Pair): void {
  let passed = 0
  for (let round = 0; passed < bytes && !client.delivery.isComplete; round += 1) {
    client.send(5)
    for (const way of ['push', 'pull'] as const) {
      const count = client[way](way === direction ? Math.min(3, bytes - passed) : 100)
      if (way === direction) passed += count
    }
    server.commit(server.records.length - (round % 2))
  }
}

test('delivery: killed behind any byte, a new client goes on from the cursor', () => {
  for (let killAt = 0, isOver = false; !isOver; killAt += 1) {
    const server = new LossyServer(seeded(seed + killAt))
    const client = new Client(server, file, usual)
    client.connect()
    for (let passed = 0; passed < killAt && !isOver; isOver = client.delivery.isComplete) {
      client.send(7)
      passed += client.push(Math.min(2, killAt - passed))
      server.commit(server.records.length - 1)
      if (passed === killAt) server.commit()
      client.pull(100)
      if (passed % 5 === 0) client.save()
    }
    client.cut(false)
    const next = new Client(server, file, {...usual, ...client.saved})
    next.connect()
    finish(next, server)
    assert.deepEqual(server.records, recordsIn(file), `SEED=${seed} killAt=${killAt}`)
  }
})

test('delivery: whatever breaks, and however often, each line is stored once and in order', () => {
  for (let run = 0; run < times(300); run += 1) {
    const random = seeded(seed * 1000 + run)
    const input = linesOf(random, random.below(40))
    const server = new LossyServer(random)
    const window = random.pick([1, 2, 5, 1000])
    let client = new Client(server, input, {...usual, window})
    for (let step = 0; step < 200; step += 1) {
      if (!client.isConnected) client.connect()
      disturb(random, client, server)
      if (random.below(20) !== 0) continue
      client.cut(random.below(2) === 0)
      client = new Client(server, input, {...usual, window, ...client.saved})
    }
    finish(client, server)
    assert.deepEqual(server.records, recordsIn(input), `SEED=${seed} run=${run}`)
    assert.equal(client.delivery.acknowledgedNumber, server.records.length)
  }
})

test('delivery: a file that grows behind a line that had no end keeps every byte of it', () => {
  for (let run = 0; run < times(300); run += 1) {
    const random = seeded(seed * 1000 + run)
    const whole = Buffer.from(
      Array.from({length: 12}, (_, at) => `${'abcdef'.repeat(random.below(3))}${at}\n`).join('')
    )
    const server = new LossyServer(random)
    let saved: Partial<DeliveryOptions> = {}
    const ends = Array.from({length: 6}, () => random.below(whole.length)).sort((left, right) => left - right)
    for (const end of [...ends, whole.length]) {
      const client = new Client(server, whole.subarray(0, end), {...usual, ...saved})
      disturbOften(random, client, server)
      if (end === whole.length) finish(client, server)
      client.cut(random.below(2) === 0)
      saved = client.saved
    }
    holdRecords(server.records, whole.toString(), {ends, told: `SEED=${seed} run=${run}`})
  }
})

function disturbOften(random: Seeded, client: Client, server: LossyServer): void {
  for (let step = 0; step < 60; step += 1) {
    if (!client.isConnected) client.connect()
    disturb(random, client, server)
  }
}

/** One thing that happens, good or bad. */
function disturb(random: Seeded, client: Client, server: LossyServer): void {
  const happening = random.below(24)
  if (happening < 8) client.send(random.below(30) + 1)
  else if (happening < 14) client.push(random.below(40) + 1)
  else if (happening < 18) client.pull(random.below(60) + 1)
  else if (happening < 20) server.commit(server.records.length - random.below(3))
  else if (happening < 22) client.save()
  else if (happening === 22) client.cut(random.below(2) === 0)
  else {
    server.crash()
    client.cut(true)
  }
}

/** A delivery that has been told this; what comes of it does not depend on how the words are split. */
function told(text: string, options: Partial<DeliveryOptions> = {}): Delivery {
  const deliveries = [1, 1000].map((step) => {
    const delivery = new Delivery({...usual, ...options})
    delivery.greet()
    for (let at = 0; at < text.length; at += step) delivery.hear(Buffer.from(text.slice(at, at + step), 'latin1'))
    return delivery
  })
  assert.deepEqual(deliveries[0]?.fault, deliveries[1]?.fault)
  return deliveries[0] ?? assert.fail()
}

const greeting = '+OK LOGCASTER/1 session=web1-7f3a next=1 ack=commit window=10 max_line=40\n'

test('delivery: the first words name session, level, window and source', () => {
  assert.equal(new Delivery(usual).greet().toString(), 'LOGCASTER/1 session=web1-7f3a ack=commit window=1000\n')
  const named = new Delivery({...usual, source: 'web1'}).greet().toString()
  assert.equal(named, 'LOGCASTER/1 session=web1-7f3a ack=commit window=1000 source=web1\n')
})

test('delivery: no more is under way than the server grants', () => {
  const delivery = told(greeting)
  assert.equal(delivery.offer(Buffer.from('x\n'.repeat(25))).length, 20)
  assert.equal(delivery.mayTake, false)
  delivery.hear(Buffer.from('ACK 4\n'))
  assert.equal(delivery.offer(Buffer.from('x\n'.repeat(15))).length, 8)
  assert.deepEqual([delivery.number, delivery.acknowledgedNumber], [14, 4])
})

test('delivery: what is no answer of this protocol is told as it came', () => {
  for (const [text, got] of [
    ['220 mail.test ESMTP\r\n', '220 mail.test ESMTP'],
    ['HTTP/1.1 400 Bad Request\r\n', 'HTTP/1.1 400 Bad Request'],
    [greeting.replace('next=1', 'next=0'), greeting.replace('next=1', 'next=0').trim()],
    [greeting.replace('web1', 'web2'), greeting.replace('web1', 'web2').trim()],
    [greeting.replace('commit', 'none'), greeting.replace('commit', 'none').trim()],
    [greeting.replace(' window=10', ''), greeting.replace(' window=10', '').trim()],
    [`${greeting}ACK 1\n`, 'ACK 1'],
    [`${greeting}ACK x\n`, 'ACK x'],
    [`${greeting}NAK 1\n`, 'NAK 1'],
    [`${greeting}HELLO\n`, 'HELLO'],
    ['x'.repeat(5000), 'x'.repeat(200)]
  ] as const) {
    const {fault} = told(text)
    assert.deepEqual([fault?.code, fault?.values], ['send-not-understood', {server: usual.server, got}])
  }
})

test('delivery: each refusal is told by its own name; a server that stops, or has no room for a moment, is only left', () => {
  const {server, session} = usual
  for (const [text, code, values] of [
    ['-ERR LEVEL no disk\n', 'send-level-refused', {server, ack: 'commit', detail: 'no disk'}],
    ['-ERR SOURCE bad\n', 'send-refused', {server, code: 'SOURCE', detail: 'bad'}],
    [`${greeting}-ERR TAKEN by another\n`, 'send-session-busy', {server, session}],
    [greeting.replace('next=1', 'next=7'), 'send-session-taken', {server, session, stored: 6}]
  ] as const) {
    const {fault} = told(text)
    assert.deepEqual([fault?.code, fault?.values], [code, values])
  }
  for (const text of [`${greeting}-ERR SHUTDOWN later\n`, `${greeting}-ERR CROWDED later\n`, '-ERR CROWDED later\n']) {
    const left = told(text)
    assert.deepEqual([left.fault, left.state], [undefined, 'over'])
  }
})

test('delivery: what was acknowledged and is not known any more is not sent again without leave', () => {
  const acknowledged = {offset: 8, number: 4}
  const from = {acknowledged, expects: 'cursor'} as const
  const {session, server} = usual
  assert.deepEqual(told(greeting, from).fault?.values, {session, server, stored: 0, acknowledged: 4})
  assert.equal(told(greeting, {...from, isRewindable: false, expects: 'anything'}).fault?.code, 'send-forgotten')
  const allowed = told(greeting.replace('next=1', 'next=3'), {...from, expects: 'anything'})
  assert.deepEqual([allowed.fault, allowed.readAt, allowed.forgottenRecords], [undefined, 0, 2])
  assert.equal(allowed.isSettled, false)
  assert.equal(allowed.offer(Buffer.from('1\n2\n3\n4\n5\n')).length, 0)
  // From now on a cursor may say that the server has all before this place.
  assert.equal(allowed.isSettled, true)
  assert.equal(allowed.offer(Buffer.from('3\n4\n5\n')).toString(), '3\n4\n5\n')
  assert.equal(allowed.resentRecords, 2)
})

test('delivery: an input that ends before what the server has is not the one that it has', () => {
  const delivery = told(greeting.replace('next=1', 'next=7'), {expects: 'cursor'})
  delivery.offer(Buffer.from('1\n2\n'))
  delivery.meetEnd()
  assert.equal(delivery.endLine().length, 0)
  delivery.finish()
  assert.deepEqual([delivery.fault?.code, delivery.acknowledgedNumber], ['send-session-taken', 0])
})

test('delivery: a last line without an end that the server has is not sent again', () => {
  const delivery = told(greeting.replace('next=1', 'next=3'), {expects: 'anything'})
  assert.equal(delivery.offer(Buffer.from('1\n2')).length, 0)
  delivery.meetEnd()
  assert.equal(delivery.endLine().length, 0)
  delivery.finish()
  assert.deepEqual(
    [delivery.fault, delivery.isComplete, delivery.acknowledged],
    [undefined, true, {offset: 3, number: 2}]
  )
})

test('delivery: a pause is as long as the server says, within bounds, until it takes it back', () => {
  for (const [text, pauseMs] of [
    ['SLOW_DOWN 250\n', 250],
    ['SLOW_DOWN\n', 1000],
    ['SLOW_DOWN 99999999\n', 60_000],
    ['SLOW_DOWN 250\nRESUME\n', 0]
  ] as const) {
    assert.equal(told(greeting + text).pauseMs, pauseMs)
  }
})

test('line count: however the bytes are split, the same lines are counted', () => {
  for (let run = 0; run < times(200); run += 1) {
    const random = seeded(seed * 1000 + run)
    const input = linesOf(random, 20)
    const long = {lineBytesMax: 40, after: 3, records: 0}
    const count = new LineCount(start, long)
    for (let at = 0; at < input.length;) at += count.take(input.subarray(at, at + random.below(9) + 1), Infinity)
    count.endLine()
    const lines = input
      .toString('latin1')
      .split('\n')
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => line !== '')
    assert.equal(count.number, lines.length, `SEED=${seed} run=${run}`)
    assert.equal(long.records, lines.slice(3).filter((line) => line.length > 40).length)
  }
})

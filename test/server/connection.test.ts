import assert from 'node:assert/strict'
import {test, type TestContext} from 'node:test'
import {openPort, sender, until, type OpenPort, type PortWish, type Sender} from './open-port.ts'

async function portAndSender(t: TestContext, wish: PortWish = {}): Promise<{port: OpenPort; one: Sender}> {
  const port = await openPort(t, wish)
  return {port, one: await sender(t, port)}
}

async function session(t: TestContext, port: OpenPort, hello: string): Promise<Sender> {
  const one = await sender(t, port)
  one.socket.write(`LOGCASTER/1 ${hello}\n`)
  await one.hears('+OK')
  return one
}

test('connection: each protocol is told apart, and counted by its name', async (t) => {
  const port = await openPort(t)
  const streams = [
    'plain\n',
    '<34>Oct 11 22:14:15 su: x\n',
    '11 <34>1 - - -',
    '<34>one\ntwo\0<34>three\0',
    '{"level":"info"}\n'
  ]
  for (const stream of streams) {
    const one = await sender(t, port)
    one.socket.end(stream)
    await one.isClosed
  }
  const {raw, syslog, json} = port.counters.records
  assert.deepEqual([raw, syslog, json], [1, 2, 1])
  assert.equal(port.counters.records['syslog-octet'] + port.counters.records['syslog-nul'], port.store.endSeq - 5)
  assert.ok(port.texts().includes('<34>1 - - -'))
})

test('connection: the same records come of a stream that arrives byte by byte', async (t) => {
  const {port, one} = await portAndSender(t)
  const stream = Buffer.from('erste Zeile äöü\r\n\nsecond\0with nul\nlast')
  for (let at = 0; at < stream.length; at += 1) {
    one.socket.write(stream.subarray(at, at + 1))
    // Each byte in a packet of its own, taken before the next is sent.
    await new Promise((resolve) => setImmediate(resolve))
  }
  one.socket.end()
  await port.holds(3)
  assert.deepEqual(
    port.texts().map((text) => Buffer.from(text, 'latin1').toString()),
    ['erste Zeile äöü', 'second\0with nul', 'last']
  )
})

test('connection: who stops in the middle of what could be a request sends raw lines', async (t) => {
  const {port, one} = await portAndSender(t)
  one.socket.write('GET /a')
  await until(() => port.ingest.queueBytes > 0)
  await new Promise((resolve) => setTimeout(resolve, 2200))
  one.socket.write(' HTTP/1.1\r\n')
  await port.holds(1)
  assert.deepEqual(port.texts(), ['GET /a HTTP/1.1'])
  assert.equal(port.counters.strayHttp, 0)
})

test('connection: a health question is answered and leaves no record', async (t) => {
  const {port, one} = await portAndSender(t)
  one.socket.write('GET /health HTTP/1.1\r\nHost: here\r\n\r\n')
  await one.isLeft
  assert.match(one.heard(), /^HTTP\/1\.1 200 OK\r\n[^]*\{"status":"healthy"\}\n$/)
  one.socket.write('more of it\n')
  one.socket.end()
  await one.isClosed
  assert.equal(port.store.endSeq, 1)
  assert.equal(port.counters.strayHttp, 1)
  await until(() => port.counters.discardedBytes === 'GET /health HTTP/1.1\r\nHost: here\r\n\r\nmore of it\n'.length)
})

test('connection: who was answered and does not close is hung up on', async (t) => {
  const {port, one} = await portAndSender(t)
  one.socket.write('GET / HTTP/1.1\r\n\r\n')
  await one.isLeft
  assert.match(one.heard(), /^HTTP\/1\.1 421 /)
  assert.equal(port.counters.connections, 1)
  await until(() => port.counters.connections === 0)
})

test('connection: TLS and binary protocols are told why they are turned down, and told of once for each peer', async (t) => {
  const port = await openPort(t)
  for (const start of ['\x16\x03\x01\x02\x00', '\x92\xa3abc', '\x1f\x8b\x08\x00']) {
    const one = await sender(t, port)
    one.socket.end(Buffer.from(start, 'latin1'))
    await one.isClosed
    assert.match(one.heard(), /^ERROR: (TLS|Unsupported binary protocol) from 127\.0\.0\.1/)
  }
  assert.equal(port.counters.unsupported, 3)
  assert.deepEqual(port.told, [{code: 'server-protocol-refused', values: {peer: '127.0.0.1', protocol: 'tls'}}])
  assert.equal(port.store.endSeq, 1)
})

test('connection: a session is greeted, acknowledged, and said goodbye to', async (t) => {
  const port = await openPort(t, {durability: 'commit'})
  const one = await session(t, port, 'session=web1 source=shop')
  assert.match(one.heard(), /^\+OK LOGCASTER\/1 session=web1 next=1 ack=commit /)
  one.socket.write('first\nsecond\n')
  await one.hears('ACK 2\n')
  one.socket.end('third\nnever finished')
  await one.isClosed
  assert.match(one.heard(), /ACK 3\n\+BYE\n$/)
  assert.deepEqual(
    port.records().map(({text, source}) => [text, source]),
    [
      ['first', 'shop'],
      ['second', 'shop'],
      ['third', 'shop']
    ]
  )
  assert.equal(port.counters.discardedBytes, 'never finished'.length)
  assert.equal(port.counters.records.logcaster, 3)
  const again = await session(t, port, 'session=web1')
  assert.match(again.heard(), /next=4 /)
})

test('connection: nothing is acknowledged while the disk stands still, and all of it once it goes on', async (t) => {
  const port = await openPort(t, {durability: 'commit'})
  const one = await session(t, port, 'session=s')
  port.disk.stall()
  one.socket.write('a\nb\n')
  await port.holds(2)
  one.socket.end('c\n')
  await port.holds(3)
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.doesNotMatch(one.heard(), /ACK/)
  port.disk.flow()
  await one.isClosed
  assert.match(one.heard(), /ACK 3\n\+BYE\n$/)
})

test('connection: an ACK that is held back comes after a moment, though the disk stands still again', async (t) => {
  const port = await openPort(t, {durability: 'os'})
  const one = await session(t, port, 'session=s')
  one.socket.write('a\n')
  await one.hears('ACK 1\n')
  port.disk.stall()
  one.socket.write('b\n')
  await port.holds(2)
  // The write of b begins, and is let through in the end; that of c, which waits for it, is not.
  await new Promise((resolve) => setTimeout(resolve, 20))
  one.socket.write('c\n')
  await port.holds(3)
  port.disk.flow()
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  port.disk.stall()
  await one.hears('ACK 2\n')
  assert.doesNotMatch(one.heard(), /ACK 3/)
})

test('connection: no more than a window of a session is read ahead of what is stored', async (t) => {
  const port = await openPort(t, {durability: 'commit'})
  const one = await session(t, port, 'session=s window=10')
  port.disk.stall()
  const line = `${'x'.repeat(1000)}\n`
  for (let count = 0; count < 20; count += 1) {
    one.socket.write(line)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const taken = port.store.endSeq - 1
  assert.ok(taken >= 10 && taken < 20, `${taken} taken`)
  port.disk.flow()
  await port.holds(20)
  await one.hears('ACK 20\n')
})

test('connection: a session that is opened again is taken from the connection that had it', async (t) => {
  const port = await openPort(t)
  const old = await session(t, port, 'session=s ack=none')
  old.socket.write('one\n')
  await old.hears('ACK 1\n')
  const young = await session(t, port, 'session=s ack=none')
  await old.isLeft
  assert.match(old.heard(), /-ERR TAKEN session=s/)
  assert.match(young.heard(), /next=2 /)
  old.socket.end('of no session\n')
  await old.isClosed
  young.socket.write('two\n')
  await young.hears('ACK 2\n')
  assert.deepEqual(port.texts(), ['one', 'two'])
})

test('connection: a first line that is wrong or does not come is refused', async (t) => {
  const port = await openPort(t)
  const wrong = await sender(t, port)
  wrong.socket.end('LOGCASTER/1 sesion=s\n')
  await wrong.isClosed
  assert.match(wrong.heard(), /^-ERR HELLO /)
  const slow = await sender(t, port)
  slow.socket.write('LOGCASTER/1 sess')
  await slow.isLeft
  assert.match(slow.heard(), /^-ERR HELLO the first line did not come in time\n$/)
  const half = await sender(t, port)
  half.socket.end('LOGCASTER/1 ses')
  await half.isClosed
  assert.equal(port.counters.refusedSessions, 2)
  assert.equal(port.store.endSeq, 1)
})

test('connection: raw senders and sessions are told to slow down and to go on, others never', async (t) => {
  const port = await openPort(t, {durability: 'os', queueBytes: 256 * 1024})
  const raw = await sender(t, port)
  raw.socket.write('raw\n')
  const syslog = await sender(t, port)
  syslog.socket.write('<34>syslog\n')
  const acknowledged = await session(t, port, 'session=s')
  const silent = await sender(t, port)
  await port.holds(2)
  port.disk.stall()
  const flood = await sender(t, port)
  flood.socket.end(`${'z'.repeat(99)}\n`.repeat(4000))
  await raw.hears('SLOW_DOWN\n')
  await acknowledged.hears('SLOW_DOWN 1000\n')
  assert.ok(port.counters.slowDowns >= 2)
  port.disk.flow()
  await raw.hears('RESUME\n')
  await acknowledged.hears('RESUME\n')
  await port.holds(4002)
  assert.equal(raw.heard(), 'SLOW_DOWN\nRESUME\n')
  assert.deepEqual([syslog.heard(), silent.heard()], ['', ''])
})

import assert from 'node:assert/strict'
import {once} from 'node:events'
import {connect, createServer, type AddressInfo} from 'node:net'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import {listenFault} from '../../src/server/ingest.ts'
import {openPort, sender, until, type PortWish} from './open-port.ts'

for (const intakeWay of ['in-place', 'copied'] as const) {
  test(`ingest, ${intakeWay}: lines come out of the ring as they went into the socket`, async (t) => {
    const port = await openPort(t, {intakeWay})
    const one = await sender(t, port)
    one.socket.write('first\nsec')
    await port.holds(1)
    one.socket.write('ond\r\n\n')
    one.socket.end('third')
    await port.holds(3)
    assert.deepEqual(port.records(), [
      {text: 'first', flags: 0, source: '127.0.0.1'},
      {text: 'second', flags: 0, source: '127.0.0.1'},
      {text: 'third', flags: 10, source: '127.0.0.1'}
    ])
    await one.isClosed
    assert.equal(port.counters.records.raw, 3)
    assert.equal(port.counters.bytes.raw, 'first\nsecond\r\n\nthird'.length)
  })

  test(`ingest, ${intakeWay}: nothing is lost of many senders at once, though each read ends within a line`, async (t) => {
    await manySenders(t, {intakeWay})
  })

  test(`ingest, ${intakeWay}: nothing is lost when the disk stands still and the queue is full`, async (t) => {
    await manySenders(t, {intakeWay, durability: 'os', queueBytes: 256 * 1024}, {isStalled: true})
  })
}

/** Each sends its own lines in one go; what comes of them is compared with what was sent, sender by sender. */
async function manySenders(t: TestContext, wish: PortWish, {isStalled = false} = {}): Promise<void> {
  const port = await openPort(t, wish)
  if (isStalled) port.disk.stall()
  const senders = await Promise.all(Array.from({length: 20}, () => sender(t, port)))
  const sent = senders.map((_, index) =>
    Array.from({length: 2000}, (__, line) => `${index}:${'x'.repeat((line * 7) % 90)}${line}`)
  )
  for (const [index, one] of senders.entries()) one.socket.end((sent[index] ?? []).join('\n') + '\n')
  if (isStalled) {
    await until(() => port.ingest.pressure === 'full')
    assert.ok(port.store.endSeq < 40_001)
    port.disk.flow()
  }
  await port.holds(40_000)
  const came = port.texts()
  for (const [index, lines] of sent.entries()) {
    const mine = came.filter((text) => text.startsWith(`${index}:`))
    assert.deepEqual(mine, lines)
  }
  await Promise.all(senders.map((one) => one.isClosed))
  await until(() => port.counters.connections === 0)
  assert.equal(port.ingest.pressure, 'open')
  assert.equal(port.ingest.queueBytes, port.store.pendingBytes)
}

test('ingest: one port number on both kinds of address', async (t) => {
  const port = await openPort(t, {addresses: ['127.0.0.1', '::1']})
  for (const host of ['127.0.0.1', '::1']) {
    const one = await sender(t, port, host)
    one.socket.end(`from ${host}\n`)
    await one.isClosed
  }
  assert.deepEqual(
    port.records().map(({text, source}) => [text, source]),
    [
      ['from 127.0.0.1', '127.0.0.1'],
      ['from ::1', '::1']
    ]
  )
})

test('ingest: a port that is taken is a fault that names who holds it', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const {port} = holder.address() as AddressInfo
  await assert.rejects(openPort(t, {port}), (fault: unknown) => {
    assert.ok(fault instanceof Fault)
    assert.equal(fault.code, 'server-port-taken')
    const {address, holder: name, flag} = fault.values as {address: string; holder: string; flag: string}
    assert.deepEqual([address, flag], [`127.0.0.1:${port}`, '--log-port'])
    assert.match(name, new RegExp(`^\\S.* \\(${process.pid}\\)$`))
    return true
  })
})

test('ingest: a port that cannot be listened on for another reason says which', () => {
  const cause = Object.assign(new Error('no'), {code: 'EACCES', address: '127.0.0.1', port: 80})
  const fault = listenFault(cause, '--log-port') as Fault
  assert.equal(fault.code, 'server-port-unusable')
  assert.deepEqual(fault.values, {address: '127.0.0.1:80', reason: 'EACCES', flag: '--log-port'})
  const bug = new Error('something else')
  assert.equal(listenFault(bug, '--log-port'), bug)
})

test('ingest: one more than --max-clients is told so and closed; when one has left, the next may come', async (t) => {
  const port = await openPort(t, {clientsMax: 2})
  const [first] = [await sender(t, port), await sender(t, port)]
  await until(() => port.counters.connections === 2)
  const third = await sender(t, port)
  third.socket.write('never taken\n')
  await third.hears('ERROR: Too many connections (2). Raise --max-clients.\n')
  await third.isLeft
  third.socket.end()
  await third.isClosed
  assert.equal(port.counters.rejected, 1)
  assert.equal(port.counters.connections, 2)
  assert.equal(port.counters.discardedBytes, 'never taken\n'.length)
  assert.deepEqual(port.told, [{code: 'server-clients-full', values: {clientsMax: 2, turnedAway: 1}}])
  first.socket.end()
  await first.isClosed
  await until(() => port.counters.connections === 1)
  const fourth = await sender(t, port)
  fourth.socket.end('taken\n')
  await port.holds(1)
  assert.deepEqual(port.texts(), ['taken'])
})

test('ingest: who is turned away and does not leave is hung up on', async (t) => {
  const port = await openPort(t, {clientsMax: 0})
  const stubborn = await sender(t, port)
  await stubborn.isLeft
  // It keeps its side open; only a reset, seen by writing, ends it.
  const poke = setInterval(() => stubborn.socket.write('x'), 50)
  t.after(() => {
    clearInterval(poke)
  })
  await stubborn.isClosed
  assert.equal(port.store.endSeq, 1)
})

test('ingest: a storm of connections beyond the limit leaves no more than a few of them open', async (t) => {
  const port = await openPort(t, {clientsMax: 0})
  const storm = Array.from({length: 300}, () => {
    const socket = connect({port: port.ingest.port, host: '127.0.0.1', allowHalfOpen: true})
    socket.on('error', () => undefined).resume()
    t.after(() => socket.destroy())
    return socket
  })
  await until(() => port.counters.rejected === 300)
  await until(() => storm.every((socket) => socket.readableEnded || socket.destroyed))
  // Notices are few, whatever happens.
  assert.equal(port.told.length, 1)
})

test('ingest: draining takes what was sent, marks what is unfinished, and ends though senders stay', async (t) => {
  const port = await openPort(t)
  const senders = await Promise.all([1, 2, 3].map(() => sender(t, port)))
  const silent = await sender(t, port)
  for (const [index, one] of senders.entries()) one.socket.write(`whole ${index}\nhalf ${index}`)
  await port.ingest.drain(5000)
  assert.deepEqual(
    port
      .records()
      .map(({text, flags}) => `${text} ${flags}`)
      .sort(),
    ['half 0 10', 'half 1 10', 'half 2 10', 'whole 0 0', 'whole 1 0', 'whole 2 0']
  )
  await Promise.all([...senders, silent].map((one) => one.isLeft))
  assert.equal(port.counters.connections, 0)
  assert.equal(port.counters.abandoned, 0)
  assert.equal(port.ingest.queueBytes, 0)
  const late = connect(port.ingest.port, '127.0.0.1')
  await assert.rejects(once(late, 'connect'), {code: 'ECONNREFUSED'})
})

test('ingest: draining ends at its deadline, though the disk stands still and a sender never stops', async (t) => {
  const port = await openPort(t, {durability: 'commit', queueBytes: 256 * 1024})
  const flood = await sender(t, port)
  const session = await sender(t, port)
  session.socket.write('LOGCASTER/1 session=s\n')
  await session.hears('+OK')
  port.disk.stall()
  session.socket.write('waits\n')
  const line = Buffer.from('y'.repeat(1000) + '\n')
  const pour = (): void => {
    while (!flood.socket.destroyed && flood.socket.write(line));
  }
  flood.socket.on('drain', pour)
  pour()
  await until(() => port.ingest.pressure === 'full')
  const startedMs = performance.now()
  await port.ingest.drain(400)
  assert.ok(performance.now() - startedMs < 30_000)
  assert.equal(port.counters.connections, 0)
  await until(() => session.heard().includes('-ERR SHUTDOWN'))
  assert.doesNotMatch(session.heard(), /ACK 1/)
})

test('ingest: whoever is there when draining has ended is gone for us, though the process stood still meanwhile', async (t) => {
  const real = realClock()
  const jumps = {byMs: 0, total: 0}
  const clock = {
    ...real,
    elapsed(): number {
      jumps.total += jumps.byMs
      return real.elapsed() + jumps.total
    }
  }
  const port = await openPort(t, {clock})
  const senders = await Promise.all([1, 2, 3].map(() => sender(t, port)))
  for (const {socket} of senders) socket.write('whole\nhalf')
  await port.holds(3)
  jumps.byMs = 60_000
  await port.ingest.drain(5000)
  assert.deepEqual([port.counters.connections, port.ingest.queueBytes, port.store.endSeq], [0, 0, 7])
  await Promise.all(senders.map((one) => one.isLeft))
  assert.deepEqual([port.counters.connections, port.store.endSeq], [0, 7])
})

test('ingest: a connection that comes while the queue is full waits, and loses nothing', async (t) => {
  const port = await openPort(t, {durability: 'os', queueBytes: 128 * 1024})
  port.disk.stall()
  const flood = await sender(t, port)
  flood.socket.end(`${'z'.repeat(99)}\n`.repeat(4000))
  await until(() => port.ingest.pressure === 'full')
  const before = port.store.endSeq
  const late = await sender(t, port)
  late.socket.end('from the late one\n')
  await until(() => port.counters.connections === 2)
  // Long enough for it to be read, if anybody would.
  await delay(50)
  assert.equal(port.store.endSeq, before)
  port.disk.flow()
  await port.holds(4001)
  assert.equal(port.texts().filter((text) => text === 'from the late one').length, 1)
})

test('ingest: a queue that stays full is told of, and so is its end', async (t) => {
  const port = await openPort(t, {durability: 'os', queueBytes: 128 * 1024})
  port.disk.stall()
  const flood = await sender(t, port)
  flood.socket.end(`${'z'.repeat(99)}\n`.repeat(4000))
  await until(() => port.told.length === 1)
  assert.equal(port.told[0]?.code, 'server-queue-full')
  port.disk.flow()
  await until(() => port.told.length === 2)
  assert.equal(port.told[1]?.code, 'server-queue-flows')
})

import assert from 'node:assert/strict'
import {once} from 'node:events'
import {createServer, type Socket} from 'node:net'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import type {Courier} from '../../src/server/courier.ts'
import {Delivery} from '../../src/server/delivery.ts'
import {PipedInput} from '../../src/server/input.ts'
import {PlainDelivery} from '../../src/server/plain-delivery.ts'
import {deliver, type Delivered, type Sending} from '../../src/server/sender.ts'
import {closedPort, listen, never, start} from '../fixtures/network-servers.ts'
import {SimClock} from '../sim/clock.ts'

const origin = {offset: 0, number: 0}

function delivery(): Delivery {
  return new Delivery({
    session: 's',
    ack: 'commit',
    window: 100,
    source: undefined,
    server: 'server',
    origin,
    acknowledged: origin,
    cut: undefined,
    expects: 'new',
    isRewindable: false
  })
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Buffer, undefined> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text))
  return undefined
}

interface Sent {
  readonly clock: SimClock
  readonly delivered: Promise<Delivered>
}

function sendTo(port: number, courier: Courier, given: Partial<Sending> = {}): Sent {
  const clock = new SimClock()
  const processes = realProcesses(realClock(), realRandom())
  const sending: Sending = {
    server: {host: '127.0.0.1', port},
    courier,
    input: new PipedInput(pieces('one\n', 'two\n')),
    needsKeeping: () => false,
    keep: () => Promise.resolve(),
    tick: () => undefined,
    signal: never(),
    isPatient: false,
    ...given
  }
  return {clock, delivered: deliver({clock, processes}, sending)}
}

/** A server and its first connection. */
async function met(t: TestContext): Promise<{readonly port: number; readonly socket: Promise<Socket>}> {
  const server = createServer({allowHalfOpen: true})
  const port = await start(t, server)
  const socket = once(server, 'connection').then(([one]) => {
    return (one as Socket).setEncoding('latin1')
  })
  return {port, socket}
}

test('sender: a server that takes the connection and does not greet is told of after 15 seconds', async (t) => {
  const {port, socket} = await met(t)
  const {clock, delivered} = sendTo(port, delivery())
  await once(await socket, 'data')
  await clock.advance(14_000)
  await clock.advance(1500)
  const {how} = await delivered
  assert.ok(how instanceof Fault)
  assert.deepEqual([how.code, how.values], ['send-not-understood', {server: `127.0.0.1:${port}`, got: ''}])
})

test('sender: a server that has gone for 30 seconds is given up, one that was never there at once', async (t) => {
  let connections = 0
  const port = await listen(t, (socket) => {
    connections += 1
    socket.once('data', () => socket.resetAndDestroy())
  })
  const {clock, delivered} = sendTo(port, delivery())
  const over = new AbortController()
  void delivered.then(() => {
    over.abort()
  })
  let seconds = 0
  for (; !over.signal.aborted; seconds += 1) {
    assert.ok(seconds < 60)
    await clock.advance(1000)
    await delay(20)
  }
  assert.ok(seconds > 28, String(seconds))
  const {how, reconnects} = await delivered
  assert.ok(how instanceof Fault)
  assert.deepEqual([how.code, reconnects], ['send-unreachable', connections - 1])
  assert.ok(connections > 5 && connections < 20, String(connections))
  const absent = await closedPort(t)
  const refused = (await sendTo(absent, delivery()).delivered).how
  assert.ok(refused instanceof Fault)
  assert.deepEqual(refused.values, {server: `127.0.0.1:${absent}`, reason: 'ECONNREFUSED'})
})

test('sender: as long as it gets on, no number of broken connections makes it give up', async (t) => {
  const sockets: Socket[] = []
  const port = await listen(t, (socket) => void sockets.push(socket))
  const lines = Array.from({length: 8}, (_, at) => `${at}\n`)
  const {clock, delivered} = sendTo(port, delivery(), {input: new PipedInput(pieces(...lines))})
  for (let number = 1; number <= lines.length; number += 1) {
    while (sockets.length < number) {
      await clock.advance(100)
      await delay(5)
    }
    const socket = sockets.at(-1)
    socket?.write(`+OK LOGCASTER/1 session=s next=${number} ack=commit window=1\n`)
    await delay(30)
    await clock.advance(9000)
    socket?.write(`ACK ${number}\n`)
    await delay(30)
    if (number < lines.length) socket?.destroy()
  }
  assert.deepEqual(await delivered, {how: 'complete', reconnects: lines.length - 1})
})

test('sender: whoever is patient waits until he is stopped, and is told why the server was not reached', async (t) => {
  const stop = new AbortController()
  const {clock, delivered} = sendTo(await closedPort(t), delivery(), {isPatient: true, signal: stop.signal})
  for (let minute = 0; minute < 5; minute += 1) {
    await clock.advance(60_000)
    await delay(20)
  }
  stop.abort('SIGINT')
  assert.deepEqual(await delivered, {how: 'stopped', reconnects: 0, reason: 'ECONNREFUSED'})
})

test('sender: a pause ends with its time, where nobody takes it back', async (t) => {
  const {port, socket} = await met(t)
  const courier = delivery()
  const {clock, delivered} = sendTo(port, courier)
  const server = await socket
  let heard = ''
  server.on('data', (text: string) => (heard += text))
  const ended = once(server, 'end')
  server.write('SLOW_DOWN 5000\n+OK LOGCASTER/1 session=s next=1 ack=commit window=100 max_line=100\n')
  while (courier.state !== 'open') await delay(5)
  await clock.advance(4900)
  assert.equal(courier.number, 0)
  await clock.advance(200)
  await ended
  assert.equal(heard.split('\n').slice(1).join(' '), 'one two ')
  server.end('ACK 2\n+BYE\n')
  assert.deepEqual(await delivered, {how: 'complete', reconnects: 0})
})

test('sender: plain lines to a server that never closes its side are done 5 seconds after the last', async (t) => {
  const {port, socket} = await met(t)
  const {clock, delivered} = sendTo(port, new PlainDelivery('server'))
  const server = await socket
  let heard = ''
  server.on('data', (text: string) => (heard += text))
  await once(server, 'end')
  await clock.advance(5000)
  assert.deepEqual(await delivered, {how: 'complete', reconnects: 0})
  assert.equal(heard, 'one\ntwo\n')
})

test('sender: what fails in keeping the cursor or in reading ends it, and a fault of our own is not hidden', async (t) => {
  const port = await listen(t, (socket) => {
    socket.once('data', () => socket.write('+OK LOGCASTER/1 session=s next=1 ack=commit window=100\n'))
  })
  const fault = new Fault('file-unwritable', {path: '/cursor', reason: 'ENOSPC'})
  const kept = sendTo(port, delivery(), {needsKeeping: () => true, keep: () => Promise.reject(fault)})
  assert.deepEqual(await kept.delivered, {how: fault, reconnects: 0})
  const broken: AsyncIterator<Buffer> = {next: () => Promise.reject(Object.assign(new Error('x'), {code: 'EIO'}))}
  const read = await sendTo(port, delivery(), {input: new PipedInput(broken)}).delivered
  assert.ok(read.how instanceof Fault)
  assert.deepEqual(read.how.values, {path: '-', reason: 'EIO'})
  const ours = sendTo(port, delivery(), {needsKeeping: () => true, keep: () => Promise.reject(new TypeError('ours'))})
  await assert.rejects(ours.delivered, /ours/)
})

test('sender: a signal that fired before has nothing sent', async (t) => {
  const port = await listen(t, () => assert.fail('nothing may be connected'))
  const {delivered} = sendTo(port, delivery(), {signal: AbortSignal.abort('SIGTERM')})
  assert.equal((await delivered).how, 'stopped')
})

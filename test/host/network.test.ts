import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import type {Socket} from 'node:net'
import {connect} from 'node:net'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import type {Clock} from '../../src/host/clock.ts'
import {realClock} from '../../src/host/clock.ts'
import type {Exchange} from '../../src/host/network.ts'
import {realNetwork} from '../../src/host/network.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {closedPort, drip, listen, longMs, never, signalAfter} from '../fixtures/network-servers.ts'

const processes = realProcesses(realClock(), realRandom())
const network = realNetwork(realClock(), processes)

function asking(port: number, more: Partial<Exchange> = {}): Exchange {
  const place = {host: '127.0.0.1', port, connectMs: longMs, signal: never()}
  return {...place, send: '', isComplete: () => false, bytesMax: 10_000, ...more}
}

test('exchange: the request is sent and the answer read until it is complete', async (t) => {
  const port = await listen(t, (socket) => {
    socket.once('data', (request) => {
      socket.write(`you said ${request.toString()}`)
    })
  })
  const answer = await network.exchange(asking(port, {send: 'PING\n', isComplete: (text) => text.endsWith('\n')}))
  assert.ok(answer.status === 'answered')
  assert.ok(answer.connectedMs > 0 && answer.connectedMs < longMs)
  assert.equal(answer.text, 'you said PING\n')
  assert.equal(answer.closedByPeer, false)
})

test('exchange: where nothing needs to be read, being connected is the answer, and the request still leaves', async (t) => {
  const heard = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<undefined>()
  const port = await listen(t, (socket) => {
    socket.once('data', (request) => {
      heard.resolve(request.toString())
    })
    socket.once('close', () => {
      closed.resolve(undefined)
    })
  })
  const answer = await network.exchange(asking(port, {send: 'bye\n', isComplete: () => true}))
  assert.equal(answer.status, 'answered')
  assert.equal(await heard.promise, 'bye\n')
  await closed.promise
})

test('exchange: a peer that closes ends the answer, and that is told', async (t) => {
  const port = await listen(t, (socket) => socket.end('so far'))
  const answer = await network.exchange(asking(port))
  assert.ok(answer.status === 'answered')
  assert.deepEqual([answer.text, answer.closedByPeer], ['so far', true])
})

test('exchange: a peer that closes at once has answered nothing', async (t) => {
  const port = await listen(t, (socket) => socket.end())
  const answer = await network.exchange(asking(port, {send: 'hello\n'}))
  assert.ok(answer.status === 'answered')
  assert.deepEqual([answer.text, answer.closedByPeer], ['', true])
})

test('exchange: a port without a server is unreachable', async (t) => {
  const answer = await network.exchange(asking(await closedPort(t)))
  assert.deepEqual(answer, {status: 'unreachable', reason: 'ECONNREFUSED'})
})

test('exchange: a connection reset before a word is as good as none', async (t) => {
  const port = await listen(t, (socket) => {
    socket.once('data', () => socket.resetAndDestroy())
  })
  const answer = await network.exchange(asking(port, {send: 'hello\n'}))
  assert.deepEqual(answer, {status: 'unreachable', reason: 'ECONNRESET'})
})

test('exchange: what arrived before a reset is kept', async (t) => {
  const served = Promise.withResolvers<Socket>()
  const heard = Promise.withResolvers<undefined>()
  const port = await listen(t, (socket) => {
    socket.write('250 ok')
    served.resolve(socket)
  })
  const isComplete = (text: string): boolean => {
    if (text !== '') heard.resolve(undefined)
    return false
  }
  const answering = network.exchange(asking(port, {isComplete}))
  await heard.promise
  ;(await served.promise).resetAndDestroy()
  const answer = await answering
  assert.ok(answer.status === 'answered')
  assert.deepEqual([answer.text, answer.closedByPeer], ['250 ok', true])
})

test('exchange: a peer that says nothing is silent when the time is up', async (t) => {
  const port = await listen(t, () => undefined)
  assert.deepEqual(await network.exchange(asking(port, {signal: signalAfter(100)})), {status: 'silent', text: ''})
})

test('exchange: a peer that drips is heard to the end', async (t) => {
  const port = await listen(t, (socket) => drip(socket, 'READY\n'))
  const answer = await network.exchange(asking(port, {isComplete: (text) => text.endsWith('\n')}))
  assert.ok(answer.status === 'answered')
  assert.equal(answer.text, 'READY\n')
})

test('exchange: a peer that drips without end is cut off by the signal, not kept alive by its drops', async (t) => {
  const port = await listen(t, (socket) => drip(socket, 'x'.repeat(10_000)))
  const answer = await network.exchange(asking(port, {signal: signalAfter(400)}))
  assert.ok(answer.status === 'silent')
  assert.match(answer.text, /^x{1,20}$/)
})

test('exchange: of a flood exactly the bound is taken', async (t) => {
  const port = await listen(t, (socket) => {
    const flood = (): void => {
      while (socket.writable && socket.write('0123456789'.repeat(10_000)));
    }
    socket.on('drain', flood)
    flood()
  })
  const answer = await network.exchange(asking(port, {bytesMax: 123_456}))
  assert.ok(answer.status === 'answered')
  assert.equal(answer.text, '0123456789'.repeat(12_346).slice(0, 123_456))
  assert.equal(answer.closedByPeer, false)
})

test('exchange: a character that comes in pieces is put together', async (t) => {
  const port = await listen(t, (socket) => drip(socket, '한글\n'))
  const answer = await network.exchange(asking(port, {isComplete: (text) => text.endsWith('\n')}))
  assert.ok(answer.status === 'answered')
  assert.equal(answer.text, '한글\n')
})

test('exchange: a mistake in the question is not taken for an answer, and the connection is closed', async (t) => {
  const closed = Promise.withResolvers<undefined>()
  const port = await listen(t, (socket) => {
    socket.write('hello')
    socket.once('close', () => {
      closed.resolve(undefined)
    })
  })
  const isComplete = (text: string): boolean => {
    if (text !== '') throw new Error('our own mistake')
    return false
  }
  await assert.rejects(network.exchange(asking(port, {isComplete})), /our own mistake/)
  await closed.promise
})

test('exchange: a connection that nobody takes is given up after its own time', async (t) => {
  const server = spawn(process.execPath, [join(import.meta.dirname, '../fixtures/network-full.ts')])
  t.after(() => server.kill('SIGKILL'))
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  server.kill('SIGSTOP')
  // More than fit into the queue of the stopped server.
  const fillers = Array.from({length: 6}, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.after(() => {
    for (const filler of fillers) filler.destroy()
  })
  while (queuedAt(port) < 2) await delay(10)
  const late = await network.exchange(asking(port, {connectMs: 150}))
  assert.deepEqual(late, {status: 'unreachable', reason: 'ETIMEDOUT'})
  const stopped = await network.exchange(asking(port, {signal: signalAfter(150)}))
  assert.deepEqual(stopped, {status: 'unreachable', reason: 'ETIMEDOUT'})
})

test('exchange: localhost is tried by its first address, then by the second', async (t) => {
  const greet = (socket: Socket): unknown => socket.end('hi')
  const first = await network.exchange(asking(await listen(t, greet), {host: 'localhost'}))
  assert.ok(first.status === 'answered')
  const second = await network.exchange(asking(await listen(t, greet, '::1'), {host: 'LocalHost'}))
  assert.ok(second.status === 'answered')
  assert.equal(second.text, 'hi')
})

test('exchange: the resolver of the machine is asked for names', async (t) => {
  const port = await listen(t, (socket) => socket.end('hi'))
  // A short form of 127.0.0.1 that only the resolver of the C library understands.
  const answer = await network.exchange(asking(port, {host: '127.1'}))
  assert.equal(answer.status, 'answered')
})

test('exchange: a name that does not exist is unresolved within its time', async () => {
  const answer = await network.exchange(asking(9, {host: 'no-such-host.invalid', signal: signalAfter(2000)}))
  assert.equal(answer.status, 'unresolved')
})

test('exchange: whatever stands where a name should, it is either resolved or refused, and nothing is executed', async () => {
  for (const host of ['', '-n', '--help', 'a b', 'a\nb', '$(touch x)', 'a;b', 'a/b', '호스트', 'x'.repeat(254)]) {
    const answer = await network.exchange(asking(9, {host}))
    assert.deepEqual(answer, {status: 'unresolved', reason: 'not a host name'})
  }
})

test('exchange: nothing is asked once the signal has fired', async (t) => {
  const port = await closedPort(t)
  const signal = AbortSignal.abort()
  const byAddress = await network.exchange(asking(port, {signal}))
  assert.deepEqual(byAddress, {status: 'unreachable', reason: 'aborted'})
  const byName = await network.exchange(asking(port, {host: 'web.test', signal}))
  assert.deepEqual(byName, {status: 'unresolved', reason: 'aborted'})
})

test('network: a signal that fires in the very moment of being connected is not missed', async (t) => {
  const silent = await listen(t, () => undefined)
  const {signal, clock} = abortWhenConnected()
  const exchanged = await realNetwork(clock, processes).exchange(asking(silent, {signal}))
  assert.deepEqual(exchanged, {status: 'silent', text: ''})
  const again = abortWhenConnected()
  const place = {host: '127.0.0.1', port: silent, connectMs: longMs, name: 'web.test', signal: again.signal}
  const shown = await realNetwork(again.clock, processes).certificate(place)
  assert.deepEqual(shown, {status: 'silent', reason: 'no handshake'})
})

test('network: nothing stays open that would keep a process from ending', async (t) => {
  const once = join(import.meta.dirname, '../fixtures/network-once.ts')
  const silent = await listen(t, () => undefined)
  for (const method of ['exchange', 'certificate']) {
    const ran = await processes.run([process.execPath, once, method, String(silent), '1500'], {deadlineMs: longMs})
    assert.deepEqual(ran.end, {how: 'exited', code: 0})
    assert.match(ran.stdout.text, /"status":"silent"/)
  }
})

/** How many connections wait to be taken by the server on this port: one more than its backlog, and it is full. */
function queuedAt(port: number): number {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0')
  const row = new RegExp(`:${hexadecimal} 00000000:0000 0A \\w+:(\\w+)`).exec(readFileSync('/proc/net/tcp', 'latin1'))
  return Number.parseInt(row?.[1] ?? '0', 16)
}

/** The clock is asked once before connecting and once after it. */
function abortWhenConnected(): {signal: AbortSignal; clock: Clock} {
  const stop = new AbortController()
  let readings = 0
  const elapsed = (): number => {
    readings += 1
    if (readings === 2) stop.abort()
    return realClock().elapsed()
  }
  return {signal: stop.signal, clock: {...realClock(), elapsed}}
}

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Exchange} from '../../src/host/network.ts'
import {answered, SimNetwork} from './network.ts'

const signal = new AbortController().signal
const exchange: Exchange = {host: 'h', port: 1, send: 'hi', isComplete: () => true, bytesMax: 10, connectMs: 1, signal}
const request = {host: 'h', port: 1, name: 'h', connectMs: 1, signal}

test('sim network: where nothing was put, the connection is refused', async () => {
  const network = new SimNetwork()
  network.answer('h:2', answered('yes'))
  const refused = {status: 'unreachable', reason: 'ECONNREFUSED'}
  assert.deepEqual(await network.exchange(exchange), refused)
  assert.deepEqual(await network.certificate(request), refused)
  assert.deepEqual([network.exchanges, network.certificateRequests], [[exchange], [request]])
})

test('sim network: gives what was put at the address, or what a function makes of the question', async () => {
  const network = new SimNetwork()
  network.answer('h:1', ({send}) => answered(`${send} yourself`))
  network.present('h:1', {status: 'no-tls', reason: 'plain'})
  assert.deepEqual(await network.exchange(exchange), answered('hi yourself'))
  assert.deepEqual(await network.certificate(request), {status: 'no-tls', reason: 'plain'})
})

test('sim network: a peer that hangs is silent once the signal fires, and not before', async () => {
  const network = new SimNetwork()
  network.answer('h:1', 'hangs')
  network.present('h:1', 'hangs')
  const stop = new AbortController()
  let settled = 0
  const both = [
    network.exchange({...exchange, signal: stop.signal}).finally(() => (settled += 1)),
    network.certificate({...request, signal: stop.signal}).finally(() => (settled += 1))
  ]
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(settled, 0)
  stop.abort()
  assert.deepEqual(
    (await Promise.all(both)).map(({status}) => status),
    ['silent', 'silent']
  )
  assert.equal((await network.exchange({...exchange, signal: stop.signal})).status, 'silent')
})

import assert from 'node:assert/strict'
import {once} from 'node:events'
import {connect, createServer, type AddressInfo, type Server} from 'node:net'
import {test} from 'node:test'
import {listenBoth} from '../../src/server/listen.ts'

/** Refuses the chosen attempts to listen, as the system would. */
function refusing(codes: readonly (string | undefined)[]): {
  readonly makeServer: () => Server
  readonly made: Server[]
} {
  const made: Server[] = []
  const makeServer = (): Server => {
    const server = createServer()
    const code = codes[made.length]
    made.push(server)
    if (code !== undefined) {
      server.listen = () => {
        queueMicrotask(() => server.emit('error', Object.assign(new Error(code), {code})))
        return server
      }
    }
    return server
  }
  return {makeServer, made}
}

const both = {addresses: ['127.0.0.1', '::1'], port: 0}

test('listen: one free number for all addresses, and none of them takes anybody after the stop', async () => {
  const {makeServer, made} = refusing([])
  const listening = await listenBoth({...both, makeServer})
  const ports = made.map((server) => (server.address() as AddressInfo).port)
  assert.deepEqual(ports, [listening.port, listening.port])
  for (const host of both.addresses) {
    const socket = connect({port: listening.port, host})
    await once(socket, 'connect')
    socket.destroy()
  }
  listening.stop()
  await assert.rejects(once(connect({port: listening.port, host: '127.0.0.1'}), 'connect'))
})

test('listen: a number that is taken on the second address is given up for another', async () => {
  const {makeServer, made} = refusing([undefined, 'EADDRINUSE'])
  const listening = await listenBoth({...both, makeServer})
  assert.deepEqual(
    made.map((server) => server.listening),
    [false, false, true, true]
  )
  listening.stop()
})

test('listen: a number that was asked for is not, and then nothing listens', async () => {
  const {makeServer, made} = refusing([undefined, 'EADDRINUSE'])
  const free = await listenBoth({addresses: ['127.0.0.1'], port: 0, makeServer: () => createServer()})
  free.stop()
  await assert.rejects(listenBoth({...both, port: free.port, makeServer}), {code: 'EADDRINUSE'})
  assert.deepEqual(
    made.map((server) => server.listening),
    [false, false]
  )
})

test('listen: it does not try for ever', async () => {
  const codes = Array.from({length: 100}, (_, index) => (index % 2 === 0 ? undefined : 'EADDRINUSE'))
  const {makeServer, made} = refusing(codes)
  await assert.rejects(listenBoth({...both, makeServer}), {code: 'EADDRINUSE'})
  assert.equal(made.length, 40)
})

test('listen: a machine without IPv6 listens on IPv4 alone, and one with neither does not', async () => {
  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) {
    const listening = await listenBoth({...both, ...refusing([undefined, code])})
    assert.ok(listening.port > 0)
    listening.stop()
    await assert.rejects(listenBoth({...both, ...refusing([code])}), {code})
  }
  await assert.rejects(listenBoth({...both, ...refusing([undefined, 'EACCES'])}), {code: 'EACCES'})
})

test('listen: what goes wrong later, as when no file may be opened any more, ends nobody', async () => {
  const {makeServer, made} = refusing([])
  const listening = await listenBoth({...both, makeServer})
  made[0]?.emit('error', new Error('EMFILE'))
  listening.stop()
})

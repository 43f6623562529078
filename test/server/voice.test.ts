import assert from 'node:assert/strict'
import {once} from 'node:events'
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'
import {test, type TestContext} from 'node:test'
import {newCounters, type IngestCounters} from '../../src/server/counters.ts'
import {Voice} from '../../src/server/voice.ts'
import {until} from './open-port.ts'

interface Talk {
  readonly voice: Voice
  readonly socket: Socket
  readonly peer: Socket
  readonly counters: IngestCounters
  nowMs: number
}

/** A voice, and a peer that hears nothing before it resumes. */
async function talk(t: TestContext): Promise<Talk> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  const [socket] = (await once(server, 'connection')) as [Socket]
  for (const end of [socket, peer]) {
    end.on('error', () => undefined)
    t.after(() => end.destroy())
  }
  server.close()
  const counters = newCounters()
  const about = {socket, peer, counters, nowMs: 0}
  return Object.assign(about, {voice: new Voice(socket, {elapsed: () => about.nowMs}, counters)})
}

/** Until the system keeps no more for the peer. */
function fillUp({voice, socket}: Talk): void {
  const block = 'ACK 1\n'.repeat(20_000)
  for (let count = 0; count < 200 && !socket.destroyed && socket.writableLength === 0; count += 1) voice.answer(block)
}

test('voice: a peer that never reads its answers is hung up on, with little kept for it', async (t) => {
  const about = await talk(t)
  fillUp(about)
  assert.ok(about.socket.writableLength > 0)
  assert.equal(about.counters.deafPeers, 0)
  about.voice.answer('ACK 2\n')
  assert.equal(about.counters.deafPeers, 1)
  assert.equal(about.socket.destroyed, true)
})

test('voice: advice is left out for who has not read the last, and counted', async (t) => {
  const about = await talk(t)
  fillUp(about)
  about.voice.slowDown('raw')
  assert.equal(about.counters.slowDowns, 0)
  assert.equal(about.counters.unsaid, 1)
  about.voice.speedUp()
  assert.equal(about.counters.unsaid, 1)
})

test('voice: nobody is told to slow down twice within a second, and RESUME follows each', async (t) => {
  const about = await talk(t)
  const {voice, peer, counters} = about
  let heard = ''
  peer.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  peer.resume()
  const steps = ['slowDown', 'slowDown', 'speedUp', 'speedUp', 'slowDown', 'speedUp'] as const
  for (const step of steps) {
    if (step === 'slowDown') voice.slowDown('raw')
    else voice.speedUp()
    await until(() => about.socket.writableLength === 0)
  }
  about.nowMs = 1000
  voice.slowDown('raw')
  await until(() => heard === 'SLOW_DOWN\nRESUME\nSLOW_DOWN\n')
  assert.equal(counters.slowDowns, 2)
  assert.equal(counters.unsaid, 0)
})

test('voice: last words go to who can still hear them', async (t) => {
  const {voice, socket, peer} = await talk(t)
  voice.leave('that was all\n')
  voice.leave('not said any more\n')
  let heard = ''
  peer.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  peer.resume()
  await once(peer, 'end')
  assert.equal(heard, 'that was all\n')
  assert.equal(socket.writable, false)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {inspect} from 'node:util'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {send, type SendHost, type SendRequest, type Sent} from '../../src/server/send.ts'
import {never} from '../fixtures/network-servers.ts'
import {SimDisk} from '../sim/disk.ts'
import {simHost} from '../sim/host.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {recordsIn} from './lossy-server.ts'
import {startSessions, type SessionPeer} from './session-peer.ts'

const seed = seedFromEnvironment()
const path = '/srv/app.log'
const folder = '/state/send'
const content = Array.from({length: 200}, (_, at) => `line ${at}\n`).join('')

function hostWith(disk: SimDisk): SendHost {
  const clock = realClock()
  return {...simHost({seed}), clock, disk, processes: realProcesses(clock, realRandom())}
}

function requestTo({port}: SessionPeer, cursor: {readonly path: string} | {readonly folder: string}): SendRequest {
  const acknowledged = {
    ack: 'commit',
    window: 50,
    source: undefined,
    session: undefined,
    from: undefined,
    cursor
  } as const
  return {
    server: {host: '127.0.0.1', port},
    input: path,
    acknowledged,
    timeoutMs: undefined,
    stop: never(),
    onProgress: () => undefined
  }
}

/** What came of it: a Fault, never anything else, is thrown or told. */
async function attempt(disk: SimDisk, request: SendRequest): Promise<Sent | Fault> {
  try {
    const sent = await send(hostWith(disk), request)
    return sent.how instanceof Fault ? sent.how : sent
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

for (const [what, end] of [
  ['', ''],
  [', with a last line that has no end', 'the rest']
] as const) {
  test(`send: whichever disk operation fails, and then the power, each line is stored once${what}`, async (t) => {
    const peer = await startSessions(t)
    const request = requestTo(peer, {folder})
    for (let failAt = 1, isOver = false; !isOver; failAt += 1) {
      peer.server.forget(0)
      const disk = new SimDisk({seed: seed + failAt, failAt})
      disk.seed({[path]: content + end})
      const first = await attempt(disk, request)
      isOver = !disk.failed
      const found = disk.crash()
      const second = await attempt(found, request)
      const told = `SEED=${seed} failAt=${failAt} ${disk.failedOperation ?? ''}`
      assert.ok(!(second instanceof Fault), `${told} ${inspect(first)} ${inspect(second)}`)
      assert.deepEqual(peer.server.records, recordsIn(Buffer.from(content + end)), told)
      assert.equal(second.upTo, peer.server.records.length)
    }
  })
}

test('send: a disk that is full in the middle ends it before a cut is made, and is told of at the end', async (t) => {
  const peer = await startSessions(t)
  const disk = new SimDisk({seed})
  disk.seed({[path]: content})
  assert.equal((await send(hostWith(disk), requestTo(peer, {folder}))).how, 'complete')
  const full = new SimDisk({seed, failAfter: 1, error: 'ENOSPC'})
  full.seed(Object.fromEntries(disk.files()))
  full.put(path, content)
  const refused = await attempt(full, requestTo(peer, {folder: '/other'}))
  assert.ok(refused instanceof Fault)
  assert.equal(refused.code, 'file-unwritable')
})

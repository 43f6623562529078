import assert from 'node:assert/strict'
import {createSocket} from 'node:dgram'
import {Resolver} from 'node:dns/promises'
import {once} from 'node:events'
import {join} from 'node:path'
import type {TestContext} from 'node:test'
import {test} from 'node:test'
import fc from 'fast-check'
import {realClock} from '../../src/host/clock.ts'
import type {Processes} from '../../src/host/processes.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {addressesIn, askDns, resolveName} from '../../src/host/resolve.ts'
import {longMs, never, signalAfter} from '../fixtures/network-servers.ts'

const processes = realProcesses(realClock(), realRandom())

test('resolve: a dead resolver is left behind at the deadline', async () => {
  const silent = join(import.meta.dirname, '../fixtures/network-silent-resolver.sh')
  const resolved = await resolveName(askingInstead(silent), 'web.test', signalAfter(300))
  assert.deepEqual(resolved, {status: 'unresolved', reason: 'ETIMEDOUT'})
})

test('resolve: however the resolver ends, without an address the name is unresolved and the reason is told', async () => {
  const unresolved = async (script: string): Promise<unknown> =>
    resolveName(askingInstead('sh', '-c', script), 'web.test', never())
  assert.deepEqual(await unresolved('exit 0'), {status: 'unresolved', reason: 'ENOTFOUND'})
  assert.deepEqual(await unresolved('exit 2'), {status: 'unresolved', reason: 'ENOTFOUND'})
  assert.deepEqual(await unresolved('exit 3'), {status: 'unresolved', reason: 'getent: exit code 3'})
  assert.deepEqual(await unresolved('kill -KILL $$'), {status: 'unresolved', reason: 'getent: SIGKILL'})
  assert.deepEqual(await resolveName(askingInstead('/'), 'web.test', never()), {
    status: 'unresolved',
    reason: 'getent: EACCES'
  })
})

test('resolve: addresses come in the order of the resolver, each once, and not without end', () => {
  const lines = ['::1             STREAM web.test', '::1             DGRAM', '127.0.0.1 STREAM', 'nonsense', '']
  assert.deepEqual(addressesIn(lines.join('\n')), ['::1', '127.0.0.1'])
  assert.equal(addressesIn(Array.from({length: 99}, (_, index) => `10.0.0.${index} STREAM`).join('\n')).length, 8)
})

test('resolve: output of any form gives addresses or nothing', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  const property = fc.property(fc.string({unit: 'binary'}), fc.ipV4(), (text, address) => {
    assert.ok(addressesIn(text).length <= 8, `SEED=${seed}`)
    assert.ok(addressesIn(`${address}\tSTREAM ${text}`).includes(address), `SEED=${seed}`)
  })
  fc.assert(property, {seed})
})

test('resolve: without getent the name servers are asked', async () => {
  const resolved = await resolveName(askingInstead('/nonexistent/getent'), 'no-such-host.invalid', signalAfter(1000))
  assert.equal(resolved.status, 'unresolved')
})

test('resolve: a name server that knows one of the two kinds of addresses is enough', async (t) => {
  const resolver = await nameServer(t, (query) =>
    isQuestionForV4(query) ? answerTo(query, [127, 0, 0, 9]) : refusalOf(query)
  )
  assert.deepEqual(await askDns(resolver, 'web.test', never()), {status: 'resolved', addresses: ['127.0.0.9']})
})

test('resolve: a name that no server knows is told once', async (t) => {
  const resolver = await nameServer(t, (query) => refusalOf(query))
  assert.deepEqual(await askDns(resolver, 'web.test', never()), {status: 'unresolved', reason: 'ENOTFOUND'})
})

test('resolve: a silent name server is left behind at the deadline, or before the first question', async (t) => {
  const resolver = await nameServer(t, () => undefined)
  const late = await askDns(resolver, 'web.test', signalAfter(100))
  assert.deepEqual(late, {status: 'unresolved', reason: 'ETIMEDOUT'})
  const never = await askDns(resolver, 'web.test', AbortSignal.abort())
  assert.deepEqual(never, {status: 'unresolved', reason: 'aborted'})
})

/** Real programs, but another one in the place of getent. */
function askingInstead(...argv: [string, ...string[]]): Processes {
  return {...processes, run: (_, options) => processes.run(argv, options)}
}

/** A real name server for one test, and a resolver that asks nobody else. */
async function nameServer(t: TestContext, reply: (query: Buffer) => Buffer | undefined): Promise<Resolver> {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const answer = reply(query)
    if (answer !== undefined) socket.send(answer, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  const resolver = new Resolver({timeout: longMs, tries: 1})
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return resolver
}

// Flags of an answer: response, recursion wanted and available; the last four bits are the code.
const answerFlags = 0x8180
const unknownNameCode = 3

function isQuestionForV4(query: Buffer): boolean {
  return query.readUInt16BE(questionEnd(query) - 4) === 1
}

function refusalOf(query: Buffer): Buffer {
  return withHeader(query, answerFlags | unknownNameCode, 0)
}

/** The question again, and one address after it that points back to its name. */
function answerTo(query: Buffer, address: readonly number[]): Buffer {
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]
  return Buffer.concat([withHeader(query, answerFlags, 1), Buffer.from(record)])
}

function withHeader(query: Buffer, flags: number, answers: number): Buffer {
  const reply = Buffer.from(query.subarray(0, questionEnd(query)))
  reply.writeUInt16BE(flags, 2)
  reply.writeUInt16BE(answers, 6)
  reply.writeUInt32BE(0, 8)
  return reply
}

/** The name ends with an empty label after the twelve bytes of the header; type and class follow. */
function questionEnd(query: Buffer): number {
  return query.indexOf(0, 12) + 5
}

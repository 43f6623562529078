import assert from 'node:assert/strict'
import {once} from 'node:events'
import {connect} from 'node:net'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import type {ServerFacts} from '../../src/server/facts.ts'
import {openQueryPort} from '../../src/server/query-port.ts'
import type {Scanner} from '../../src/store/scanner.ts'
import {ask, call, open, send} from './open-query-port.ts'

test('query port: a line beyond 8 KiB is refused with the limit, one of 8 KiB is read', async (t) => {
  const port = await open(t)
  const refusal = 'ERROR: Query line longer than 8192 bytes\n'
  const line = (bytes: number): string => `QUERY keyword=${'k'.repeat(bytes - 14)}`
  assert.equal(await ask(t, port, `${line(8192)}\n`), 'FOUND: 0 matches\n')
  assert.equal(await ask(t, port, `${line(8192)}\r\n`), 'FOUND: 0 matches\n')
  assert.equal(await ask(t, port, `${line(8193)}\n`), refusal)
  assert.equal(await ask(t, port, 'x'.repeat(100_000)), refusal)
})

test('query port: a hostile pattern ends at the deadline, and holds up neither lines nor other commands', async (t) => {
  const port = await open(t, {deadlineMs: 1000})
  await send(t, port, [`${'a'.repeat(60)}!`])
  const hostile = ask(t, port, `QUERY regex=${'(.*)*'.repeat(60)}=\n`)
  await send(t, port, ['meanwhile'])
  assert.equal(await ask(t, port, 'COUNT\n'), 'COUNT: 2\n')
  assert.equal(await hostile, 'ERROR: Query timed out after 1000 ms; narrow time_from/time_to or add a keyword\n')
  assert.match(await ask(t, port, 'QUERY meanwhile\n'), /^FOUND: 1 matches\n/)
  assert.equal(port.queries.timeouts, 1)
})

test('query port: who connects and says nothing is told and let go, also one who drips', async (t) => {
  const port = await open(t, {limits: {commandMsMax: 300, silenceMs: 10_000}})
  const silent = await call(t, port)
  const dripping = await call(t, port)
  for (const letter of 'QUERY ') {
    dripping.socket.write(letter)
    await delay(20)
  }
  assert.equal(await silent.answer, 'ERROR: No command within 0.3 s\n')
  assert.equal(await dripping.answer, 'ERROR: No command within 0.3 s\n')
})

test('query port: beyond its connections, one more is told so, and there is room again later', async (t) => {
  const port = await open(t, {limits: {connectionsMax: 2}})
  const first = await call(t, port)
  await call(t, port)
  const turnedAway = await call(t, port)
  assert.equal(await turnedAway.answer, 'ERROR: Too many query connections (2). Retry in 1 s\n')
  first.socket.destroy()
  await once(first.socket, 'close')
  let answer = ''
  for (let tries = 0; answer !== 'COUNT: 0\n'; tries += 1) {
    assert.ok(tries < 500, answer)
    answer = await ask(t, port, 'COUNT\n')
  }
  assert.ok(port.queries.rejected >= 1)
})

test('query port: who has its answer and does not close is let go of', async (t) => {
  const port = await open(t, {limits: {lingerMs: 100, connectionsMax: 1}})
  const lingering = await call(t, port)
  lingering.socket.write('COUNT\n')
  assert.equal(await lingering.answer, 'COUNT: 0\n')
  let answer = ''
  for (let tries = 0; answer !== 'COUNT: 0\n'; tries += 1) {
    assert.ok(tries < 500, answer)
    await delay(10)
    answer = await ask(t, port, 'COUNT\n')
  }
})

test('query port: a peer that leaves in the middle of its answer, or resets, harms nobody', async (t) => {
  const port = await open(t)
  await send(
    t,
    port,
    Array.from({length: 20_000}, (_, index) => `${index} ${'x'.repeat(400)}`)
  )
  for (let round = 0; round < 20; round += 1) {
    const {socket} = await call(t, port)
    socket.write('QUERY keyword=x\n')
    if (round % 2 === 0) await once(socket, 'readable')
    socket.resetAndDestroy()
  }
  assert.equal(await ask(t, port, 'COUNT\n'), 'COUNT: 20000\n')
  assert.match(await ask(t, port, 'QUERY keyword=19999\n'), /^FOUND: 1 matches\n/)
})

test('query port: an answer beyond its bytes, or beyond what all may hold, is refused with the limit', async (t) => {
  const port = await open(t, {limits: {answerBytesMax: 100_000, heldBytesMax: 150_000}})
  await send(
    t,
    port,
    Array.from({length: 1000}, () => 'x'.repeat(60))
  )
  await send(
    t,
    port,
    Array.from({length: 2000}, () => 'y'.repeat(60))
  )
  assert.match(await ask(t, port, 'QUERY x\n'), /^FOUND: 1000 matches\n/)
  assert.equal(
    await ask(t, port, 'QUERY y\n'),
    'ERROR: Answer larger than 97.7 KiB; narrow time_from/time_to or add a keyword\n'
  )
})

test('query port: a question whose answer fails is told so, and the next one is answered', async (t) => {
  const failing = {isNext: true}
  const scanner: Pick<Scanner, 'scan'> = {
    scan() {
      if (!failing.isNext) return Promise.resolve({matches: 0, status: 'found', chunks: []})
      failing.isNext = false
      return Promise.reject(new Error('no memory for it'))
    }
  }
  const port = await open(t, {scanner})
  assert.equal(await ask(t, port, 'QUERY a\n'), 'ERROR: Search failed\n  no memory for it\n')
  assert.equal(await ask(t, port, 'QUERY a\n'), 'FOUND: 0 matches\n')
})

test('query port: answers that nobody takes are bounded, let go of in time, and then there is room again', async (t) => {
  const large = {matches: 1, status: 'found', chunks: [new Uint8Array(16 << 20)]} as const
  const scanner: Pick<Scanner, 'scan'> = {
    scan: ({bytesMax}) => Promise.resolve(bytesMax < 16 << 20 ? {status: 'too-large', bytesMax} : large)
  }
  const port = await open(t, {scanner, limits: {answerBytesMax: 16 << 20, heldBytesMax: 24 << 20, stallMsMax: 1000}})
  const stalled = connect({port: port.query.port, host: '127.0.0.1'})
  t.after(() => stalled.destroy())
  stalled.pause()
  stalled.on('error', () => undefined)
  stalled.write('QUERY a\n')
  await delay(200)
  assert.equal(
    await ask(t, port, 'QUERY a\n'),
    'ERROR: Server busy, 24.0 MiB of answers wait for their readers. Retry in 1 s\n'
  )
  let answer = ''
  for (let tries = 0; !answer.startsWith('FOUND'); tries += 1) {
    assert.ok(tries < 300, answer)
    await delay(100)
    answer = await ask(t, port, 'QUERY a\n')
  }
  assert.equal(answer.length, (16 << 20) + 'FOUND: 1 matches\n'.length)
})

test('query port: closing answers what is under way, lets go of who has not asked, and cuts off at the deadline', async (t) => {
  const scanned = Promise.withResolvers<{status: 'found'; matches: number; chunks: []}>()
  const port = await open(t, {scanner: {scan: () => scanned.promise}})
  const idle = await call(t, port)
  const asked = await call(t, port)
  asked.socket.write('QUERY a\n')
  await delay(100)
  const closed = port.query.close(60_000)
  assert.equal(await idle.answer, '')
  idle.socket.end()
  scanned.resolve({status: 'found', matches: 0, chunks: []})
  assert.equal(await asked.answer, 'FOUND: 0 matches\n')
  asked.socket.end()
  await closed

  const stuck = await open(t, {scanner: {scan: () => new Promise(() => undefined)}})
  const waiting = await call(t, stuck)
  waiting.socket.write('QUERY a\n')
  await delay(100)
  await stuck.query.close(50)
  assert.match(await waiting.answer, /^(reset)?$/)
})

test('query port: one that is taken is told as such, with the flag that chooses another', async (t) => {
  const port = await open(t)
  const again = openQueryPort({
    addresses: ['127.0.0.1'],
    port: port.query.port,
    isLenient: false,
    facts: {} as ServerFacts,
    scanner: {scan: () => new Promise(() => undefined)},
    stray: {} as never,
    clock: realClock(),
    counters: port.queries
  })
  await assert.rejects(again, (cause) => {
    assert.ok(cause instanceof Fault && cause.code === 'server-port-taken')
    assert.equal((cause as Fault<'server-port-taken'>).values.flag, '--query-port')
    return true
  })
})

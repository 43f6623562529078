import assert from 'node:assert/strict'
import {once} from 'node:events'
import {Agent, request, type IncomingMessage} from 'node:http'
import {connect, type Socket} from 'node:net'
import {text} from 'node:stream/consumers'
import {test, type TestContext} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {isOurHost} from '../../src/server/host-names.ts'
import {HttpCounters, httpLimits, openHttpPort, type HttpLimits} from '../../src/server/http-port.ts'
import {jsonPage, type Page} from '../../src/server/page.ts'
import type {Port} from '../../src/server/query-port.ts'

interface Open {
  readonly http: Port
  readonly counters: HttpCounters
}

interface Wish {
  readonly limits?: Partial<HttpLimits>
  readonly addresses?: readonly string[]
  readonly names?: readonly string[]
  readonly page?: () => Page
}

async function open(t: TestContext, wish: Wish = {}): Promise<Open> {
  const counters = new HttpCounters()
  const http = await openHttpPort({
    addresses: wish.addresses ?? ['127.0.0.1'],
    port: 0,
    pages: new Map([['/health', wish.page ?? ((): Page => jsonPage(200, {status: 'healthy'}))]]),
    names: wish.names ?? [],
    counters,
    limits: {...httpLimits, ...wish.limits}
  })
  t.after(() => http.close(0))
  return {http, counters}
}

interface Answered {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly agent?: Agent
  readonly host?: string
}

async function ask({http}: Open, asked: Asked = {}): Promise<Answered> {
  const {host = '127.0.0.1', path = '/health'} = asked
  const sent = request({...asked, host, path, port: http.port}).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return {status: response.statusCode, headers: response.headers, body: await text(response)}
}

/** What comes back for these bytes until the server closes. */
async function exchange(t: TestContext, {http}: Open, bytes: string): Promise<string> {
  const socket = await dial(t, http.port)
  socket.write(bytes)
  return text(socket)
}

async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({port, host: '127.0.0.1'})
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

test('http port: a page is served to GET and HEAD, whatever is asked behind the path', async (t) => {
  const port = await open(t)
  const {status, headers, body} = await ask(port)
  assert.equal(status, 200)
  assert.equal(body, '{"status":"healthy"}\n')
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['content-length'], '21')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal((await ask(port, {path: '/health?verbose=1'})).status, 200)
  const head = await ask(port, {method: 'HEAD'})
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '21'])
})

test('http port: other paths and methods are told what there is', async (t) => {
  const port = await open(t)
  const lost = await ask(port, {path: '/nonesuch'})
  assert.equal(lost.status, 404)
  assert.deepEqual(JSON.parse(lost.body), {error: 'no such path; there are /health'})
  const post = await ask(port, {method: 'POST'})
  assert.equal(post.status, 405)
  assert.equal(post.headers.allow, 'GET, HEAD')
  assert.equal(post.headers.connection, 'close')
})

test('http port: requests are counted by path and code, and strange paths are one', async (t) => {
  const port = await open(t)
  for (const path of ['/health', '/a', '/b', '/health', '/__proto__']) await ask(port, {path})
  assert.deepEqual(port.counters.read(), [
    {path: '/health', code: 200, requests: 2},
    {path: 'other', code: 404, requests: 3}
  ])
})

test('http port: a name that is not ours is refused, so that no web page can read us through its own', async (t) => {
  const port = await open(t, {names: ['logs.example']})
  const evil = await ask(port, {headers: {host: 'rebound.example:8080'}})
  assert.equal(evil.status, 403)
  assert.equal((await ask(port, {headers: {host: 'logs.example:8080'}})).status, 200)
  assert.equal((await ask(port, {headers: {host: 'localhost:1'}})).status, 200)
  assert.match(await exchange(t, port, 'GET /health HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /)
  assert.match(await exchange(t, port, 'GET /health HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /)
})

test('host names: loopback, addresses and the names given are ours, in any case and with any port', () => {
  for (const host of [
    'localhost',
    'LocalHost:8080',
    'a.localhost',
    '127.0.0.1:80',
    '[::1]:8080',
    '[::1]',
    '10.1.2.3'
  ]) {
    assert.ok(isOurHost(host, []), host)
  }
  assert.ok(isOurHost('Logs.Example:8080', ['logs.example']))
  for (const host of ['', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '1.2.3', 'x:y:z']) {
    assert.ok(!isOurHost(host, ['logs.example']), host)
  }
})

test('http port: one number on both kinds of loopback address', async (t) => {
  const port = await open(t, {addresses: ['127.0.0.1', '::1']})
  for (const host of ['127.0.0.1', '::1']) assert.equal((await ask(port, {host})).status, 200)
})

test('http port: headers beyond their size, half a request and what is no HTTP are answered and closed', async (t) => {
  const port = await open(t, {limits: {headerMsMax: 300, headerBytesMax: 1024}})
  const big = `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(4000)}\r\n\r\n`
  assert.match(await exchange(t, port, big), /^HTTP\/1\.1 431 [^]*"request header larger than 1\.0 KiB"/)
  assert.match(
    await exchange(t, port, 'GET /health HTTP/1.1\r\nHost: '),
    /^HTTP\/1\.1 408 [^]*"no request within 300 ms"/
  )
  assert.match(await exchange(t, port, 'this is a log line\r\n\r\n'), /^HTTP\/1\.1 400 [^]*"this is not HTTP\/1\.1"/)
})

test('http port: a peer that resets before it is answered harms nobody', async (t) => {
  const port = await open(t)
  for (let round = 0; round < 20; round += 1) {
    const socket = await dial(t, port.http.port)
    socket.write(round % 2 === 0 ? 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n' : '\x16\x03')
    socket.resetAndDestroy()
  }
  assert.equal((await ask(port)).status, 200)
})

test('http port: beyond its connections, one more is not taken', async (t) => {
  const port = await open(t, {limits: {connectionsMax: 1}})
  const first = await dial(t, port.http.port)
  const second = await dial(t, port.http.port)
  assert.equal(await text(second).catch(() => ''), '')
  first.write('GET /health HTTP/1.0\r\n\r\n')
  assert.match(await text(first), /^HTTP\/1\.1 200 /)
})

test('http port: kept connections, silent and half-asked ones do not hold up the end', async (t) => {
  const port = await open(t)
  const agent = new Agent({keepAlive: true})
  t.after(() => {
    agent.destroy()
  })
  assert.equal((await ask(port, {agent})).headers.connection, 'keep-alive')
  const silent = await dial(t, port.http.port)
  const half = await dial(t, port.http.port)
  half.write('GET /health HTTP/1.1\r\n')
  const ends = [silent, half].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  await port.http.close(60_000)
  await Promise.all(ends)
})

test('http port: one that is taken is told as such, with the flag that chooses another', async (t) => {
  const port = await open(t)
  const parts = {pages: new Map(), names: [], counters: port.counters}
  await assert.rejects(openHttpPort({addresses: ['127.0.0.1'], port: port.http.port, ...parts}), (cause) => {
    assert.ok(cause instanceof Fault && cause.code === 'server-port-taken')
    assert.equal((cause as Fault<'server-port-taken'>).values.flag, '--http-port')
    return true
  })
})

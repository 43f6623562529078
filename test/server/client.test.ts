import assert from 'node:assert/strict'
import {createServer} from 'node:http'
import {test} from 'node:test'
import fc from 'fast-check'
import {realClock} from '../../src/host/clock.ts'
import {realNetwork} from '../../src/host/network.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {askCounters, askHealth, knock, parseCounters, parseHealth, type Call} from '../../src/server/client.ts'
import {closedPort, never, start} from '../fixtures/network-servers.ts'
import {
  answersCommand,
  answersHealth,
  drips,
  floods,
  greets,
  hangsUp,
  listens,
  ourHealth,
  resets,
  startPeer,
  type Manner
} from '../fixtures/peers.ts'
import {SimClock} from '../sim/clock.ts'
import {answered, SimNetwork} from '../sim/network.ts'

// Peers are on this machine: connecting takes no time, and waiting for those that stay silent should not, either.
const connectMs = 100
const host = '127.0.0.1'

function realCall(signal: AbortSignal = never()): Call {
  const clock = realClock()
  return {network: realNetwork(clock, realProcesses(clock, realRandom())), clock, connectMs, signal}
}

const questions = {health: askHealth, counters: askCounters} as const

const foreign: readonly [what: string, manner: Manner, got: RegExp][] = [
  ['a server that greets and waits', greets('220 mail.test ESMTP\r\n'), /^220 mail\.test ESMTP\r\n$/],
  ['a server that floods', floods('never ending '), /^(?:never ending )+/],
  ['a server that drips', drips('x'.repeat(1000)), /^x+$/],
  ['a server that hangs up', hangsUp, /^$/]
]

for (const [question, ask] of Object.entries(questions)) {
  for (const [what, manner, got] of foreign) {
    test(`client: ${what} does not understand ${question}, and a bounded part of what it says is shown`, async (t) => {
      const {port} = await startPeer(t, manner)
      const said = await ask({host, port}, realCall())
      assert.equal(said.status, 'not-understood')
      assert.match(said.got, got)
      assert.ok(said.got.length <= 80)
    })
  }

  test(`client: asked for ${question}, a server that listens and says nothing is silent`, async (t) => {
    const peer = await startPeer(t, listens)
    assert.deepEqual(await ask({host, port: peer.port}, realCall()), {status: 'silent', text: ''})
  })

  test(`client: asked for ${question}, a port without a server is unreachable, as is one that resets`, async (t) => {
    const refused = await ask({host, port: await closedPort(t)}, realCall())
    assert.deepEqual(refused, {status: 'unreachable', reason: 'ECONNREFUSED'})
    const peer = await startPeer(t, resets)
    assert.equal((await ask({host, port: peer.port}, realCall())).status, 'unreachable')
  })

  test(`client: a caller that asked for ${question} and gave up is not kept waiting`, async (t) => {
    const peer = await startPeer(t, listens)
    const caller = new AbortController()
    const asked = ask({host, port: peer.port}, {...realCall(caller.signal), connectMs: 60_000})
    setTimeout(() => {
      caller.abort('SIGINT')
    }, 50)
    assert.deepEqual(await asked, {status: 'silent', text: ''})
  })

  test(`client: silence after asking for ${question} is told a second after the time to connect`, async () => {
    const clock = new SimClock()
    const network = new SimNetwork()
    network.answer('web.test:1', 'hangs')
    const answers: unknown[] = []
    const asked = ask({host: 'web.test', port: 1}, {network, clock, connectMs: 3000, signal: never()})
    void asked.then((said) => answers.push(said))
    await clock.advance(3999)
    assert.deepEqual(answers, [])
    await clock.advance(1)
    assert.deepEqual(answers, [{status: 'silent', text: ''}])
    assert.equal(clock.waiting, 0)
  })
}

test('client: an answer leaves no timer behind', async () => {
  const clock = new SimClock()
  const network = new SimNetwork()
  network.answer('web.test:1', answered('STATS: Total=1, Dropped=0, Current=1\n'))
  const said = await askCounters({host: 'web.test', port: 1}, {network, clock, connectMs: 3000, signal: never()})
  assert.deepEqual([said.status, clock.waiting], ['understood', 0])
})

test('client: health is asked for in HTTP, and understood however the server frames it', async (t) => {
  const peer = await startPeer(t, answersHealth(ourHealth))
  const said = await askHealth({host, port: peer.port}, realCall())
  assert.equal(said.status, 'understood')
  assert.deepEqual(said.meaning, {status: 'healthy', connections: 3, isOurs: true})
  assert.ok(said.connectedMs >= 0)
  const [first, ...headers] = peer.heard().split('\r\n')
  assert.match(first ?? '', /^GET \/health HTTP\/1\.[01]$/)
  assert.ok(headers.includes(`Host: ${host}:${peer.port}`))
  assert.equal(peer.connections(), 1)
})

test('client: a server that writes its health piece by piece is understood', async (t) => {
  const server = createServer((_request, response) => {
    response.write('{"status":"healthy",')
    setTimeout(() => response.end('"connections":7}'), 20)
  })
  const said = await askHealth({host, port: await start(t, server)}, realCall())
  assert.equal(said.status, 'understood')
  assert.deepEqual(said.meaning, {status: 'healthy', connections: 7, isOurs: false})
})

test('client: an unhealthy server says so with code 503', async (t) => {
  const peer = await startPeer(t, answersHealth({...ourHealth, status: 'unhealthy'}, 503))
  const said = await askHealth({host, port: peer.port}, realCall())
  assert.equal(said.status === 'understood' && said.meaning.status, 'unhealthy')
})

test('client: an address of IPv6 is written in brackets where the protocol wants them', async (t) => {
  const peer = await startPeer(t, answersHealth(ourHealth), '::1')
  assert.equal((await askHealth({host: '::1', port: peer.port}, realCall())).status, 'understood')
  assert.match(peer.heard(), new RegExp(`^Host: \\[::1\\]:${peer.port}\r$`, 'm'))
})

test('client: counters are asked for in one line, the one command of the query port', async (t) => {
  const peer = await startPeer(t, answersCommand('STATS', 'STATS: Total=12, Dropped=3, Current=9, Clients=1\n'))
  const said = await askCounters({host, port: peer.port}, realCall())
  assert.deepEqual(said.status === 'understood' && said.meaning, {total: 12, dropped: 3, current: 9})
  assert.equal(peer.heard(), 'STATS\n')
})

test('client: an HTTP server on the query port answers, and what it answers is not taken for counters', async (t) => {
  const port = await start(
    t,
    createServer((_request, response) => response.end('never'))
  )
  const said = await askCounters({host, port}, realCall())
  assert.equal(said.status, 'not-understood')
  assert.match(said.got, /^HTTP\/1\.1 400 Bad Request/)
})

test('client: counters behind a banner are understood, as older servers send one', async (t) => {
  const peer = await startPeer(t, greets('query service.\nSTATS: Total=1, Dropped=0, Current=1\n'))
  const said = await askCounters({host, port: peer.port}, realCall())
  assert.deepEqual(said.status === 'understood' && said.meaning, {total: 1, dropped: 0, current: 1})
})

test('client: knocking opens a connection, says nothing, and waits for nothing', async (t) => {
  for (const manner of [listens, hangsUp, greets('220 mail.test\r\n'), floods('x')]) {
    const peer = await startPeer(t, manner)
    const said = await knock({host, port: peer.port}, realCall())
    assert.equal(said.status, 'understood')
    await peer.isLeftBy(1)
    assert.deepEqual([peer.heard(), peer.connections()], ['', 1])
  }
  assert.equal((await knock({host, port: await closedPort(t)}, realCall())).status, 'unreachable')
})

test('client: no text whatever breaks the parsers, and what they return is of the right type', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom('STATS: ', 'Total=', 'Dropped=', 'Current=', '1, ', '\n', 'HTTP/1.1 200 OK\r\n\r\n'),
      fc.json()
    )
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const counters = parseCounters(parts.join(''))
      for (const value of Object.values(counters ?? {})) assert.ok(Number.isInteger(value) && value >= 0)
      const health = parseHealth(parts.join(''))
      if (health !== undefined) assert.equal(typeof health.status, 'string')
    })
  )
})

test('client: counters in any order, among any others, are found; without one of them there are none', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (total, dropped, current) => {
      const line = `STATS: Persisted=7, Current=${current}, Total=${total}, Dropped=${dropped}, ClientsTotal=8\n`
      assert.deepEqual(parseCounters(line), {total, dropped, current})
    })
  )
  for (const bad of [
    '',
    'STATS: Total=1, Dropped=0, Current=1',
    'STATS: Total=1, Dropped=0\n',
    'STATS: Total=, Dropped=0, Current=1\n',
    'Total=1, Dropped=0, Current=1\n',
    'x STATS: Total=1, Dropped=0, Current=1\n'
  ]) {
    assert.equal(parseCounters(bad), undefined, bad)
  }
})

test('client: health is a JSON object with a status, over HTTP with code 200 or 503, and nothing else is', () => {
  const ok = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n'
  assert.deepEqual(parseHealth(`${ok}{"status":"ok"}`), {status: 'ok', connections: null, isOurs: false})
  assert.deepEqual(parseHealth('HTTP/1.0 503\r\n\r\n{"status":"x","connections":1,"durability":"memory"}'), {
    status: 'x',
    connections: 1,
    isOurs: true
  })
  for (const bad of [
    '',
    ok,
    `${ok}{"status":"healthy"`,
    `${ok}{"status":1}`,
    `${ok}null`,
    `${ok}"healthy"`,
    `${ok}[]`,
    'HTTP/1.1 200 OK\r\n{"status":"healthy"}',
    'HTTP/1.1 404 Not Found\r\n\r\n{"status":"healthy"}',
    'HTTP/1.1 2000 OK\r\n\r\n{"status":"healthy"}',
    'HTTP/2 200 \r\n\r\n{"status":"healthy"}',
    '{"status":"healthy"}'
  ]) {
    assert.equal(parseHealth(bad), undefined, bad)
  }
  assert.deepEqual(parseHealth(`${ok}{"status":"ok","connections":"3","durability":true}`), {
    status: 'ok',
    connections: null,
    isOurs: false
  })
})

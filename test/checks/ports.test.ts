import assert from 'node:assert/strict'
import {createServer} from 'node:http'
import {test} from 'node:test'
import type {Check, Verdict} from '../../src/checks/check.ts'
import {portHealth} from '../../src/checks/port-health.ts'
import {portIngest} from '../../src/checks/port-ingest.ts'
import {portQuery} from '../../src/checks/port-query.ts'
import {realClock} from '../../src/host/clock.ts'
import {realNetwork} from '../../src/host/network.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {closedPort, start} from '../fixtures/network-servers.ts'
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
  type Manner,
  type Peer
} from '../fixtures/peers.ts'
import {simHost} from '../sim/host.ts'
import {answered} from '../sim/network.ts'
import {contextOf, inTime, verdictOf} from './context.ts'
import {healthAnswer, httpAnswer} from './healthy.ts'

type Ports = Partial<Record<'log_port' | 'query_port' | 'http_port', number | null>>

/** Through real sockets, to servers on this machine. */
async function read(check: Check, ports: Ports, host = '127.0.0.1'): Promise<Verdict> {
  const clock = realClock()
  const network = realNetwork(clock, realProcesses(clock, realRandom()))
  const given = Object.entries(ports).map(([name, port]) => `server.${name}=${String(port)}`)
  const set = [`server.host=${host}`, 'checks.port.connect=100ms', ...given]
  return check.read(await contextOf({...simHost({seed: 1}), clock, network}, {set}))
}

test('S-03: our own server is asked for its health over the port that takes lines', async (t) => {
  const health = await startPeer(t, answersHealth(ourHealth))
  const ingest = await startPeer(t, answersHealth(ourHealth))
  const verdict = await read(portIngest, {http_port: health.port, log_port: ingest.port})
  assert.deepEqual([verdict.status, verdict.value, verdict.finding.code], ['ok', 'answers', 'port-answers'])
  assert.match(ingest.heard(), /^GET \/health HTTP\/1\.[01]\r\n/)
  assert.deepEqual([health.connections(), ingest.connections()], [1, 1])
})

const strangers: readonly [what: string, manner: Manner | undefined][] = [
  ['whose health does not say its durability', answersHealth({status: 'healthy', connections: 1})],
  ['whose durability is no word', answersHealth({status: 'healthy', durability: true})],
  ['which has no /health', answersHealth({status: 'healthy'}, 404)],
  ['which greets on its health port', greets('220 mail.test\r\n')],
  ['which is silent on its health port', listens],
  ['which hangs up on its health port', hangsUp],
  ['which resets on its health port', resets],
  ['which drips on its health port', drips('HTTP/1.1 200 OK\r\n')],
  ['which floods on its health port', floods('lines and lines\n')],
  ['whose health port is closed', undefined]
]

for (const [what, manner] of strangers) {
  test(`S-03: a server ${what} gets nothing but a connection on the port that takes lines`, async (t) => {
    const health = manner === undefined ? await closedPort(t) : (await startPeer(t, manner)).port
    const ingest = await startPeer(t, listens)
    await expectOnlyAKnock(ingest, await read(portIngest, {http_port: health, log_port: ingest.port}))
  })
}

test('S-03: a server of which no health port is known gets nothing but a connection', async (t) => {
  const ingest = await startPeer(t, listens)
  await expectOnlyAKnock(ingest, await read(portIngest, {http_port: null, log_port: ingest.port}))
})

async function expectOnlyAKnock(ingest: Peer, verdict: Verdict): Promise<void> {
  assert.deepEqual([verdict.status, verdict.value, verdict.finding.code], ['ok', 'open', 'port-open'])
  await ingest.isLeftBy(1)
  assert.deepEqual([ingest.heard(), ingest.connections()], ['', 1])
}

test('S-03: our own server, broken in this or that way on the port that takes lines, is critical', async (t) => {
  const {port: http_port} = await startPeer(t, answersHealth(ourHealth))
  const at = async (log_port: number): Promise<string[]> => {
    const {status, value, finding} = await read(portIngest, {http_port, log_port})
    return [status, String(value), finding.code]
  }
  const peer = async (manner: Manner): Promise<number> => (await startPeer(t, manner)).port
  assert.deepEqual(await at(await closedPort(t)), ['critical', 'unreachable', 'port-unreachable'])
  assert.deepEqual(await at(await peer(listens)), ['critical', 'silent', 'port-silent'])
  assert.deepEqual(await at(await peer(hangsUp)), ['critical', 'not-understood', 'port-wrong-protocol'])
  assert.deepEqual(await at(await peer(greets('hello\n'))), ['critical', 'not-understood', 'port-wrong-protocol'])
  const drowning = answersHealth({...ourHealth, status: 'unhealthy'}, 503)
  assert.deepEqual(await at(await peer(drowning)), ['critical', 'unhealthy', 'port-unhealthy'])
})

test('S-03: the query port is asked in its own language, and its counters are shown', async (t) => {
  const peer = await startPeer(t, answersCommand('STATS', 'STATS: Total=12, Dropped=3, Current=9, Clients=1\n'))
  const verdict = await read(portQuery, {query_port: peer.port})
  assert.deepEqual([verdict.status, verdict.value], ['ok', 'answers'])
  assert.deepEqual(verdict.evidence, [{code: 'server-counters', values: {total: 12, dropped: 3, current: 9}}])
  assert.equal(peer.heard(), 'STATS\n')
})

const wrongOnQuery: readonly [what: string, manner: Manner, got: RegExp][] = [
  ['a mail server', greets('220 mail.test ESMTP\r\n'), /^220 mail\.test ESMTP/],
  ['a server that hangs up', hangsUp, /^$/],
  ['a server that floods', floods('0123456789'), /^(?:0123456789){8}$/]
]

for (const [what, manner, got] of wrongOnQuery) {
  test(`S-03: ${what} on the query port speaks the wrong protocol, and what it said is shown`, async (t) => {
    const {port} = await startPeer(t, manner)
    expectWrongProtocol(await read(portQuery, {query_port: port}), {port, protocol: 'STATS', got})
  })
}

test('S-03: an HTTP server on the query port speaks the wrong protocol', async (t) => {
  const server = createServer((_request, response) => response.end('hello'))
  const port = await start(t, server)
  const expected = {port, protocol: 'STATS', got: /^HTTP\/1\.1 400 Bad Request/}
  expectWrongProtocol(await read(portQuery, {query_port: port}), expected)
})

test('S-03: the query port of a log server, given as its health port, speaks the wrong protocol', async (t) => {
  const {port} = await startPeer(t, answersCommand('STATS', 'STATS: Total=1, Dropped=0, Current=1\n'))
  expectWrongProtocol(await read(portHealth, {http_port: port}), {
    port,
    protocol: 'HTTP /health',
    got: /^ERROR: Unknown command/
  })
})

function expectWrongProtocol(
  {status, value, finding}: Verdict,
  expected: {port: number; protocol: string; got: RegExp}
): void {
  assert.deepEqual([status, value, finding.code], ['critical', 'not-understood', 'port-wrong-protocol'])
  const {address, protocol, got} = finding.values as {address: string; protocol: string; got: string}
  assert.deepEqual([address, protocol], [`127.0.0.1:${expected.port}`, expected.protocol])
  assert.match(got, expected.got)
}

const states: readonly [health: string, status: string, code: string][] = [
  ['healthy', 'ok', 'port-answers'],
  ['ok', 'ok', 'port-answers'],
  ['degraded', 'warning', 'port-unhealthy'],
  ['unhealthy', 'critical', 'port-unhealthy'],
  ['starting', 'critical', 'port-unhealthy'],
  ['', 'critical', 'port-unhealthy']
]

for (const [health, status, code] of states) {
  test(`a server that calls itself "${health}" is ${status}, with its own count of connections`, async () => {
    const host = simHost({seed: 1})
    host.network.answer('web.test:8080', answered(healthAnswer({status: health}), 4))
    const verdict = await verdictOf(portHealth, host, {set: ['server.host=web.test']})
    assert.deepEqual([verdict.status, verdict.finding.code], [status, code])
    assert.deepEqual(verdict.evidence, [{code: 'server-connections', values: {connections: 3}}])
  })
}

test('a server that does not count its connections is not given a number', async () => {
  const host = simHost({seed: 1})
  host.network.answer('web.test:8080', answered(httpAnswer(200, '{"status":"ok"}'), 4))
  const verdict = await verdictOf(portHealth, host, {set: ['server.host=web.test']})
  assert.deepEqual(verdict.evidence, [])
  const values = {address: 'web.test:8080', protocol: 'HTTP /health', connectedMs: 4}
  assert.deepEqual(verdict.finding, {code: 'port-answers', values})
})

test('S-03: silence on every port is told as critical, before the deadline of the check could only call it unknown', async () => {
  const host = simHost({seed: 1})
  for (const port of [8080, 9998, 9999]) host.network.answer(`web.test:${port}`, 'hangs')
  const context = await contextOf(host, {set: ['server.host=web.test']})
  for (const check of [portIngest, portQuery, portHealth]) {
    const beganMs = host.clock.elapsed()
    const verdict = await inTime(host.clock, check.read(context))
    assert.deepEqual([verdict.status, verdict.finding.code], ['critical', 'port-silent'])
    assert.ok(host.clock.elapsed() - beganMs < context.config.checks.deadline)
  }
})

test('a name without an address is told apart from a server that is down', async () => {
  const host = simHost({seed: 1})
  host.network.answer('web.test:9998', {status: 'unresolved', reason: 'ENOTFOUND'})
  const verdict = await verdictOf(portQuery, host, {set: ['server.host=web.test']})
  assert.deepEqual([verdict.status, verdict.value], ['critical', 'unresolved'])
  assert.deepEqual(verdict.finding, {code: 'port-unresolved', values: {host: 'web.test', reason: 'ENOTFOUND'}})
})

test('an address of IPv6 is written so that its port can be told from it', async () => {
  const host = simHost({seed: 1})
  const verdict = await verdictOf(portQuery, host, {set: ['server.host=2001:db8::7']})
  const values = {address: '[2001:db8::7]:9998', reason: 'ECONNREFUSED'}
  assert.deepEqual(verdict.finding, {code: 'port-unreachable', values})
})

test('a port that is not configured is skipped, naming the setting; so are all without a host', async () => {
  const host = simHost({seed: 1})
  for (const [check, name] of [
    [portIngest, 'log_port'],
    [portQuery, 'query_port'],
    [portHealth, 'http_port']
  ] as const) {
    const noHost = await verdictOf(check, host)
    const noPort = await verdictOf(check, host, {set: ['server.host=web.test', `server.${name}=null`]})
    assert.deepEqual([noHost.status, noHost.finding.values], ['skipped', {setting: 'server.host'}])
    assert.deepEqual([noPort.status, noPort.finding.values], ['skipped', {setting: `server.${name}`}])
  }
  assert.deepEqual(host.network.exchanges, [])
})

import assert from 'node:assert/strict'
import {createServer, type IncomingMessage} from 'node:http'
import type {AddressInfo} from 'node:net'
import {test, type TestContext} from 'node:test'
import {realClock} from '../../src/host/clock.ts'
import {ping, type Pinged} from '../../src/host/ping.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'

const clock = realClock()
const processes = realProcesses(clock, realRandom())

function call(url: string, signal = new AbortController().signal): Promise<Pinged> {
  return ping(url, {clock, processes, signal})
}

/** A web server that answers with this code, or not at all, and the requests it got. */
async function webServer(
  t: TestContext,
  statusCode: number | undefined
): Promise<{url: string; got: IncomingMessage[]}> {
  const got: IncomingMessage[] = []
  const server = createServer((request, response) => {
    got.push(request)
    if (statusCode !== undefined) response.writeHead(statusCode, {location: '/elsewhere'}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got}
}

test('ping: an address that answers well has heard of it, once', async (t) => {
  const {url, got} = await webServer(t, 200)
  assert.deepEqual(await call(`${url}/key?x=1`), {status: 'taken'})
  assert.deepEqual(
    got.map(({method, url: path}) => [method, path]),
    [['GET', '/key?x=1']]
  )
})

test('ping: a name is resolved as the machine does it', async (t) => {
  const {url, got} = await webServer(t, 204)
  assert.deepEqual(await call(url.replace('127.0.0.1', 'localhost')), {status: 'taken'})
  assert.equal(got.length, 1)
})

test('ping: an error and a redirect are no success, and redirects are not followed', async (t) => {
  for (const statusCode of [302, 404, 500]) {
    const {url, got} = await webServer(t, statusCode)
    assert.deepEqual(await call(url), {status: 'refused', reason: `HTTP ${statusCode}`})
    assert.equal(got.length, 1)
  }
})

test('ping: whatever goes wrong is told without the address, which is a secret', async (t) => {
  const {url} = await webServer(t, undefined)
  const closed = await webServer(t, 200)
  const stopped = new AbortController()
  setTimeout(() => {
    stopped.abort('SIGTERM')
  }, 50)
  const answers = [
    await call(`${url}/hush`, stopped.signal),
    await call('http://127.0.0.1:1/hush'),
    await call('http://hush.invalid/hush'),
    await call('ftp://127.0.0.1/hush'),
    await call('hush'),
    await call(`${closed.url.replace('http:', 'https:')}/hush`)
  ]
  for (const answer of answers) {
    assert.equal(answer.status, 'refused')
    assert.doesNotMatch(JSON.stringify(answer), /hush/)
  }
})

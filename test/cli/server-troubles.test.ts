import assert from 'node:assert/strict'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {times} from '../sim/random.ts'
import {place} from './run.ts'
import {ask, connected, deliver, serve, statsOf, until, type Served} from './serving.ts'

/** The seven troubles of the servers that came before ours: each was seen in operation, and each has its test here. */

async function served(t: TestContext, argv: readonly string[] = [], at = place(t)): Promise<{server: Served}> {
  const server = await serve(at, argv)
  t.after(() => {
    server.started.child.kill('SIGKILL')
  })
  return {server}
}

test('server: a busy loop: with nothing to do it takes next to no processor time', async (t) => {
  const {server} = await served(t)
  const idle = await Promise.all(Array.from({length: 20}, () => connected(server.ports.log)))
  // What it does once at the start, and when somebody comes, is over by then.
  await delay(1500)
  const before = processorMs(server.pid)
  await delay(2000)
  const took = processorMs(server.pid) - before
  for (const socket of idle) socket.destroy()
  assert.ok(took <= 200, `${took} ms of processor time in two idle seconds`)
})

test('server: a leak: lines and searches, again and again, take no more memory in the end than in the middle', async (t) => {
  const {server} = await served(t, ['--ring-bytes', '1MiB', '--queue-bytes', '1MiB'])
  const lines = 'ERROR: the same line again and again, as long as lines are\n'.repeat(5000)
  const sizes: number[] = []
  for (let round = 0; round < times(60); round += 1) {
    await deliver(server.ports.log, lines)
    assert.match(await ask(server.ports.query, 'QUERY keyword=again\n'), /^FOUND: \d+ matches\n/)
    sizes.push(residentBytes(server.pid))
  }
  const middle = Math.max(...sizes.slice(sizes.length / 3, (2 * sizes.length) / 3))
  const end = Math.min(...sizes.slice(-sizes.length / 6))
  assert.ok(end < middle + (16 << 20), `grew from ${middle} to ${end} bytes`)
})

test('server: an overflow: what leaves the ring is counted, and what was taken is on the disk', async (t) => {
  const at = place(t)
  const data = join(at.folder, 'data')
  const {server} = await served(t, ['--data-dir', data], at)
  const lines = Array.from({length: 10_050}, (_, number) => `line ${number}`)
  await deliver(server.ports.log, `${lines.join('\n')}\n`)
  const {Total, Dropped, Current} = await statsOf(server)
  assert.deepEqual({Total, Dropped, Current}, {Total: 10_050, Dropped: 50, Current: 10_000})
  assert.equal((await server.end('SIGTERM')).code, 0)
  const {stdout} = await at.run(['server', 'wal', 'export', '--data-dir', data, '--format', 'text'])
  assert.deepEqual(stdout.split('\n').slice(0, -1), lines)
})

test('server: a deadlock: clients that say nothing keep nobody from being heard and answered', async (t) => {
  const {server} = await served(t)
  const {log, query, http} = server.ports
  const silent = await Promise.all(
    [log, query, http].flatMap((port) => Array.from({length: 30}, () => connected(port)))
  )
  // A client that asked, and never reads its answer.
  const deaf = await connected(query)
  deaf.pause()
  deaf.write('QUERY keyword=x\n')
  await deliver(log, 'x heard\n')
  const answers = await Promise.all(Array.from({length: 8}, () => ask(query, 'QUERY keyword=heard\n')))
  for (const answer of answers) assert.match(answer, /^FOUND: 1 matches\n.*x heard\n$/)
  assert.match(await ask(http, 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n'), /"status":"healthy"/)
  for (const socket of [...silent, deaf]) socket.destroy()
})

test('server: a race: lines of one sender keep their order, and every one is counted once', async (t) => {
  const {server} = await served(t, ['--ring-lines', '60000'])
  const senders = Array.from({length: 50}, (_, sender) => sender)
  await Promise.all(
    senders.map(async (sender) => {
      const socket = await connected(server.ports.log)
      for (let number = 0; number < 1000; number += 10) {
        const some = Array.from({length: 10}, (_, more) => `sender=${sender} number=${number + more}.\n`)
        socket.write(some.join(''))
        if (number % 100 === 0) await new Promise(setImmediate)
      }
      socket.resume().end()
      await new Promise((resolve) => socket.on('close', resolve))
    })
  )
  const {Total, Dropped, Current} = await statsOf(server)
  assert.deepEqual({Total, Dropped, Current}, {Total: 50_000, Dropped: 0, Current: 50_000})
  const answer = await ask(server.ports.query, 'QUERY keyword=sender=\n')
  assert.match(answer, /^FOUND: 50000 matches\n/)
  const next = senders.map(() => 0)
  for (const [, sender = '', number] of answer.matchAll(/sender=(\d+) number=(\d+)\./g)) {
    assert.equal(Number(number), next[Number(sender)])
    next[Number(sender)] = Number(number) + 1
  }
  assert.deepEqual(
    next,
    senders.map(() => 1000)
  )
})

test('server: ports in TIME_WAIT: thousands of short connections leave nothing behind in it', async (t) => {
  const {server} = await served(t)
  const before = descriptorsOf(server.pid)
  const rounds = times(20)
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({length: 100}, () => deliver(server.ports.log, 'one line\n')))
  }
  const {Total} = await statsOf(server)
  assert.equal(Total, rounds * 100)
  await until(async () => (await statsOf(server))['Clients'] === 0)
  await until(() => Promise.resolve(descriptorsOf(server.pid) <= before + 5))
})

test('server: more than a thousand connections: all are heard, while they are all there', async (t) => {
  const {server} = await served(t)
  const sockets = []
  for (let wave = 0; wave < 12; wave += 1) {
    sockets.push(...(await Promise.all(Array.from({length: 100}, () => connected(server.ports.log)))))
  }
  for (const [index, socket] of sockets.entries()) socket.write(`from connection ${index}\n`)
  await until(async () => (await statsOf(server))['Total'] === sockets.length)
  assert.equal((await statsOf(server))['Clients'], sockets.length)
  for (const socket of sockets) socket.destroy()
  await until(async () => (await statsOf(server))['Clients'] === 0)
})

/** User and system time, which the kernel counts in hundredths. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

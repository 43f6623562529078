import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {connect} from 'node:net'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {seeded, seedFromEnvironment} from '../sim/random.ts'
import {openPort, sender, until, type OpenPort} from './open-port.ts'

const seed = seedFromEnvironment()
const isLong = process.env['LONG'] === '1'

interface Flood {
  readonly connections: number
  readonly manner: 'blast' | 'half' | 'idle'
}

/** Senders in a process of their own: their memory is not ours. Resolves when all are connected. */
async function flood(t: TestContext, port: OpenPort, {connections, manner}: Flood): Promise<void> {
  const script = join(import.meta.dirname, '../fixtures/flood.ts')
  const argv = [script, String(port.ingest.port), String(connections), manner]
  const child = spawn(process.execPath, argv, {stdio: ['ignore', 'pipe', 'inherit']})
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
}

function residentBytes(): number {
  return process.memoryUsage.rss()
}

for (const connections of isLong ? [8, 1000] : [8, 200]) {
  test(`ingest: memory stays as it is while ${connections} senders blast at a disk that stands still`, async (t) => {
    const port = await openPort(t, {durability: 'os', queueBytes: 8 << 20})
    // The pages of ring and queue are touched before, so that only what is beyond them shows.
    port.store.memory.fill(0, port.store.layout.arenaAt, port.store.layout.arenaAt + port.store.layout.arenaBytes)
    await flood(t, port, {connections: connections, manner: 'blast'})
    await until(() => port.store.endSeq > 200_000)
    const before = residentBytes()
    port.disk.stall()
    // The write that is under way still ends, and makes room once more.
    let taken = 0
    while (port.ingest.pressure !== 'full' || taken !== port.store.endSeq) {
      taken = port.store.endSeq
      await delay(100)
    }
    await delay(isLong ? 3000 : 500)
    const grownBytes = residentBytes() - before
    assert.equal(port.store.endSeq, taken)
    // One read may go beyond the queue.
    assert.ok(port.ingest.queueBytes <= (8 << 20) + port.store.layout.inputBytes)
    assert.ok(grownBytes < 16 << 20, `grew by ${grownBytes}`)
    t.diagnostic(`grew by ${(grownBytes / 1024).toFixed(0)} KiB`)
    port.disk.flow()
    await until(() => port.store.endSeq > taken)
  })
}

test('ingest: when there is never room for all, everybody has a turn', async (t) => {
  const port = await openPort(t, {durability: 'os', queueBytes: 256 * 1024})
  port.disk.stall()
  const senders = await Promise.all(Array.from({length: 30}, () => sender(t, port)))
  for (const [index, {socket}] of senders.entries()) {
    const lines = `${index}:${'x'.repeat(90)}\n`.repeat(10_000)
    const pour = (): void => {
      while (!socket.destroyed && socket.write(lines));
    }
    socket.on('drain', pour)
    pour()
  }
  const heard = new Set<string>()
  const takeLines = port.store.takeLines.bind(port.store)
  port.store.takeLines = (from, to, source) => {
    const start = Buffer.from(port.store.memory.subarray(from, from + 3)).toString('latin1')
    heard.add(start.slice(0, start.indexOf(':')))
    return takeLines(from, to, source)
  }
  for (let cycle = 0; cycle < 60; cycle += 1) {
    await until(() => port.ingest.pressure === 'full')
    const stalls = port.counters.stalls
    port.disk.flow()
    await until(() => port.counters.stalls > stalls)
    port.disk.stall()
  }
  assert.equal(heard.size, 30)
})

test('ingest: unfinished lines of many senders take a quarter of the queue at most, and honest ones lose nothing to them', async (t) => {
  const port = await openPort(t, {queueBytes: 256 * 1024})
  const honest = await sender(t, port)
  honest.socket.write('honest, whole\nhonest, ')
  await flood(t, port, {connections: 200, manner: 'half'})
  honest.socket.write('half by half\n')
  await until(() => port.counters.connections === 201)
  await until(() => port.texts().includes('honest, half by half') || port.counters.crowdedOut > 100)
  assert.ok(port.ingest.queueBytes <= 64 * 1024)
  const cut = port.records().filter(({flags}) => (flags & 1) === 1)
  assert.ok(cut.length > 100)
  assert.equal(port.counters.crowdedOut, cut.length)
  assert.equal(port.counters.framing.truncatedRecords, cut.length)
  // It began before all others, so its turn comes first; lines that are begun and finished meanwhile never give way.
  for (let count = 0; count < 50; count += 1) {
    honest.socket.write(`begun ${count} `)
    await delay(1)
    honest.socket.write('and ended\n')
  }
  await until(() => port.texts().filter((text) => /^begun \d+ and ended$/.test(text)).length === 50)
})

test('ingest: who sends a line byte by byte keeps its age, and is the first to give way', async (t) => {
  const port = await openPort(t, {queueBytes: 64 * 1024})
  const loris = await sender(t, port)
  loris.socket.write(`loris${'.'.repeat(3000)}`)
  await until(() => port.ingest.queueBytes > 3000)
  for (let count = 0; port.counters.crowdedOut === 0; count += 1) {
    const other = await sender(t, port)
    const before = port.ingest.queueBytes
    other.socket.write(`other ${count}${'o'.repeat(3000)}`)
    await until(() => port.ingest.queueBytes > before || port.counters.crowdedOut > 0)
    loris.socket.write('.'.repeat(20))
    await delay(20)
  }
  assert.match(port.texts()[0] ?? '', /^loris/)
})

test('ingest: when lines give way, who has not said yet what it speaks gets its bytes kept, and sessions send theirs again', async (t) => {
  const port = await openPort(t, {queueBytes: 64 * 1024})
  const undecided = await sender(t, port)
  undecided.socket.write('GET /a')
  const greeting = await sender(t, port)
  greeting.socket.write('LOGCASTER/1 sess')
  const session = await sender(t, port)
  session.socket.write('LOGCASTER/1 session=s ack=none\nunfinished')
  await session.hears('+OK')
  await flood(t, port, {connections: 20, manner: 'half'})
  await Promise.all([greeting.isLeft, session.isLeft])
  assert.match(greeting.heard(), /^-ERR CROWDED /)
  assert.match(session.heard(), /-ERR CROWDED .* next\n$/)
  assert.ok(port.records().some(({text, flags}) => text === 'GET /a' && (flags & 1) === 1))
  assert.ok(port.ingest.queueBytes <= 16 * 1024)
})

for (const [what, start] of [
  ['half the end of a blank line', 'whole\n\r'],
  ['a length alone', '5 <34>19 ']
] as const) {
  test(`ingest: ${what} cannot be cut, and its sender is hung up on when there is no room`, async (t) => {
    const port = await openPort(t, {queueBytes: 64 * 1024})
    const senders = await Promise.all(Array.from({length: 100}, () => sender(t, port)))
    for (const {socket} of senders) socket.write(start)
    await port.holds(100)
    await until(() => port.counters.connections === 64)
    // Who came last stays: what they hold is a quarter of the queue.
    assert.deepEqual([port.ingest.queueBytes, port.counters.crowdedOut], [16 * 1024, 36])
    assert.equal(port.texts().length, 100)
  })
}

test('ingest: a line of many megabytes becomes one record, cut at the limit', async (t) => {
  const megabytes = isLong ? 1024 : 64
  const port = await openPort(t)
  const one = await sender(t, port)
  const block = Buffer.alloc(1 << 20, 'x')
  for (let count = 0; count < megabytes; count += 1) {
    if (!one.socket.write(block)) await once(one.socket, 'drain')
  }
  one.socket.end('\nafter it\n')
  await port.holds(2)
  assert.deepEqual(
    port.records().map(({text, flags}) => [text.length, flags]),
    [
      [65_536, 9],
      [8, 0]
    ]
  )
  assert.equal(port.counters.framing.skippedBytes, megabytes * (1 << 20) - 65_536)
})

test('ingest: senders that reset their connection leave nothing behind but what they sent', async (t) => {
  const port = await openPort(t)
  for (let count = 0; count < 50; count += 1) {
    const one = await sender(t, port)
    one.socket.write(`line ${count}\nhalf`)
    await port.holds(count * 2 + 1)
    one.socket.resetAndDestroy()
    await port.holds(count * 2 + 2)
  }
  await until(() => port.counters.connections === 0)
  assert.equal(port.ingest.queueBytes, 0)
  assert.equal(port.counters.broken, 50)
  assert.deepEqual(port.records().filter(({flags}) => flags === 0).length, 50)
  assert.deepEqual(port.records().filter(({text, flags}) => text === 'half' && flags === 10).length, 50)
})

test('ingest: a session that is reset with answers under way is no exception', async (t) => {
  const port = await openPort(t, {durability: 'commit'})
  for (let count = 0; count < 20; count += 1) {
    const one = await sender(t, port)
    one.socket.write(`LOGCASTER/1 session=s${count}\n${'line\n'.repeat(100)}`)
    await port.holds(count * 100 + 1)
    one.socket.resetAndDestroy()
  }
  await until(() => port.counters.connections === 0)
})

test('ingest: a peer that closes its side and stays is closed', async (t) => {
  const port = await openPort(t)
  const one = await sender(t, port)
  one.socket.end('all I have\n')
  await one.isLeft
  await until(() => port.counters.connections === 0)
  assert.deepEqual(port.texts(), ['all I have'])
})

test(`ingest: garbage of any kind is taken, answered or turned down (SEED=${seed})`, async (t) => {
  const random = seeded(seed)
  const port = await openPort(t, {queueBytes: 1 << 20})
  const starts = [
    '',
    '<34>',
    '12 <34>',
    '{',
    '\x16\x03',
    '\x92',
    'LOGCASTER/1 session=x\n',
    'GET / HTTP/1.1\r\n',
    '999999 <1>'
  ]
  for (let count = 0; count < (isLong ? 3000 : 200); count += 1) {
    const socket = connect(port.ingest.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume()
    socket.write(Buffer.from(starts[random.below(starts.length)] ?? '', 'latin1'))
    socket.end(Buffer.from(Array.from({length: random.below(3000)}, () => random.below(256))))
    await new Promise((resolve) => socket.once('close', resolve))
  }
  await until(() => port.counters.connections === 0)
  assert.equal(port.ingest.queueBytes, 0)
  assert.equal(port.ingest.pressure, 'open')
})

test('ingest: thousands of connections come and go, and none stays', async (t) => {
  const port = await openPort(t)
  const total = isLong ? 100_000 : 2000
  for (let count = 0; count < total; count += 50) {
    await Promise.all(
      Array.from({length: 50}, async (_, index) => {
        const socket = connect(port.ingest.port, '127.0.0.1').resume()
        socket.end(`${count + index}\n`)
        await new Promise((resolve) => socket.once('close', resolve))
      })
    )
  }
  await port.holds(total)
  await until(() => port.counters.connections === 0)
  assert.equal(port.counters.connectionsTotal, total)
  assert.equal(port.counters.records.raw, total)
  assert.equal(port.counters.broken, 0)
})

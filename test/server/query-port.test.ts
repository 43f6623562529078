import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {promisify} from 'node:util'
import {ask, call, open, send} from './open-query-port.ts'
import {sender, until} from './open-port.ts'

const corpus = [
  'ERROR: Database timeout',
  'WARNING: High CPU',
  'INFO: user logged in',
  'ERROR: user timeout, CPU',
  'ERROR: user lost'
]

test('query port: what the original clients ask is answered as they know it', async (t) => {
  const port = await open(t)
  assert.equal(await ask(t, port, 'COUNT\n'), 'COUNT: 0\n')
  await send(t, port, corpus)
  assert.equal(await ask(t, port, 'STATS\n'), 'STATS: Total=5, Dropped=0, Current=5, Clients=0\n')
  assert.equal(await ask(t, port, 'COUNT\n'), 'COUNT: 5\n')
  assert.match(await ask(t, port, 'HELP\n'), /^LogCaster Query Interface\n/)
  assert.match(await ask(t, port, 'QUERY keyword=ERROR\n'), /^FOUND: 3 matches\n/)
  assert.match(await ask(t, port, 'QUERY regex=ERROR.*timeout\n'), /^FOUND: 2 matches\n/)
  assert.match(await ask(t, port, 'QUERY keywords=ERROR,WARNING operator=OR\n'), /^FOUND: 4 matches\n/)
  assert.match(await ask(t, port, 'QUERY keywords=ERROR,CPU operator=AND\n'), /^FOUND: 1 matches\n/)
  assert.match(await ask(t, port, 'QUERY user timeout\n'), /^FOUND: 1 matches\n/)
  assert.match(await ask(t, port, 'QUERY time_from=1 time_to=9999999999\n'), /^FOUND: 5 matches\n/)
  assert.equal(await ask(t, port, 'QUERY time_to=1\n'), 'FOUND: 0 matches\n')
  assert.equal(await ask(t, port, 'NONSENSE\n'), 'ERROR: Unknown command. Use HELP for usage.\n')
  assert.match(await ask(t, port, 'QUERY regex=[unclosed\n'), /^ERROR: Invalid query syntax\n/)
  assert.match(await ask(t, port, 'QUERY \n'), /^ERROR: No search criteria specified\n/)
  assert.equal(port.queries.seconds.read().count, 14)
})

test('query port: lines are shown with the local time of their arrival, oldest first', async (t) => {
  const port = await open(t)
  const from = Math.floor(Date.now() / 1000)
  await send(t, port, corpus)
  const answer = await ask(t, port, 'QUERY keyword=user\n')
  const shown = [...answer.matchAll(/^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] (.*)$/gm)]
  assert.deepEqual(
    shown.map(([, , line]) => line),
    corpus.slice(2)
  )
  const arrived = new Date(shown[0]?.[1] ?? '').getTime() / 1000
  assert.ok(arrived >= from && arrived <= Date.now() / 1000)
})

test('query port: after the ring is full, Total goes on and the newest lines are there', async (t) => {
  const port = await open(t, {ringLines: 10_000})
  await send(
    t,
    port,
    Array.from({length: 10_050}, (_, index) => `line ${index}.`)
  )
  assert.equal(await ask(t, port, 'STATS\n'), 'STATS: Total=10050, Dropped=50, Current=10000, Clients=0\n')
  assert.equal(await ask(t, port, 'COUNT\n'), 'COUNT: 10000\n')
  const all = await ask(t, port, 'QUERY keyword=line\n')
  assert.match(all, /^FOUND: 10000 matches\n\[[^\]]*\] line 50\.\n/)
  assert.match(all, /\] line 10049\.\n$/)
  assert.equal(all.split('\n').length, 10_002)
  assert.equal(await ask(t, port, 'QUERY regex=line.49\\.\n'), await ask(t, port, 'QUERY keyword=line regex=e.49[.]\n'))
})

test('query port: Clients counts the connections that send lines, while they are there', async (t) => {
  const port = await open(t)
  const held = await Promise.all(Array.from({length: 5}, () => sender(t, port)))
  await until(() => port.counters.connections === 5)
  assert.match(await ask(t, port, 'STATS\n'), /Clients=5\n$/)
  for (const {socket} of held) socket.end()
  await until(() => port.counters.connections === 0)
  assert.match(await ask(t, port, 'STATS\n'), /Clients=0\n$/)
})

test('query port: a small answer arrives whole with the first read, as clients that read once need it', async (t) => {
  const port = await open(t)
  await send(t, port, corpus)
  // In a process of its own: in ours, nobody would read before all is written.
  const client = `
    import {connect} from 'node:net'
    for (let round = 0; round < 300; round += 1) {
      const socket = connect(${port.query.port}, '127.0.0.1').on('error', () => {})
      socket.write('QUERY keyword=ERROR\\n')
      const first = await new Promise((resolve) => socket.once('data', resolve))
      socket.destroy()
      console.log(JSON.stringify(String(first).replaceAll(/\\[.*?\\]/g, '[]')))
    }
  `
  const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', client])
  const firsts = new Set(stdout.trimEnd().split('\n'))
  const lines = corpus.filter((line) => line.includes('ERROR')).map((line) => `[] ${line}\n`)
  assert.deepEqual([...firsts], [JSON.stringify(`FOUND: 3 matches\n${lines.join('')}`)])
})

test('query port: CRLF, fragments, lower case, a half-close and silence all end a command', async (t) => {
  const port = await open(t)
  assert.equal(await ask(t, port, 'COUNT\r\n'), 'COUNT: 0\n')
  assert.equal(await ask(t, port, 'count\n'), 'COUNT: 0\n')
  assert.equal(await ask(t, port, 'COUNT'), 'COUNT: 0\n')

  const slow = await call(t, port)
  for (const part of ['CO', 'UN', 'T\n']) {
    slow.socket.write(part)
    await delay(30)
  }
  assert.equal(await slow.answer, 'COUNT: 0\n')

  const half = await call(t, port)
  half.socket.end('STATS')
  assert.equal(await half.answer, 'STATS: Total=0, Dropped=0, Current=0, Clients=0\n')

  const nothing = await call(t, port)
  nothing.socket.end()
  assert.equal(await nothing.answer, '')
})

test('query port: one command a connection; what follows it does not cost the answer', async (t) => {
  const port = await open(t)
  assert.equal(await ask(t, port, 'COUNT\nSTATS\n'), 'COUNT: 0\n')
  assert.equal(await ask(t, port, `COUNT\n${'x'.repeat(1 << 20)}`), 'COUNT: 0\n')
})

test('query port: unknown parameters are errors, or passed over where that is asked for', async (t) => {
  const strict = await open(t)
  assert.match(await ask(t, strict, 'QUERY foo=bar keyword=x\n'), /^ERROR: Invalid query syntax\n  at 'foo='/)
  const lenient = await open(t, {isLenient: true})
  assert.equal(await ask(t, lenient, 'QUERY foo=bar keyword=x\n'), 'FOUND: 0 matches\n')
})

test('query port: health checks over HTTP are answered here, too, and other requests are sent on', async (t) => {
  const port = await open(t)
  const health = await ask(t, port, 'GET /health HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n')
  assert.match(health, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(health, /\r\n\r\n\{"status":"healthy","uptime":1,"connections":0,"logs_processed":0,/)
  assert.match(await ask(t, port, 'HEAD /ready HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/)
  assert.match(await ask(t, port, 'POST /health HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 421 /)
  assert.match(await ask(t, port, 'GET / HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 421 [^]*HTTP is spoken on 127\.0\.0\.1:8080/)
})

test('query port: it answers on both kinds of loopback address by one number', async (t) => {
  const port = await open(t, {addresses: ['127.0.0.1', '::1']})
  for (const host of ['127.0.0.1', '::1']) {
    const {socket, answer} = await call(t, port, host)
    socket.write('COUNT\n')
    assert.equal(await answer, 'COUNT: 0\n')
  }
})

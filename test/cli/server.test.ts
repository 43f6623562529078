import assert from 'node:assert/strict'
import {once} from 'node:events'
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {codesOf, documentIn, place, unlessRoot} from './run.ts'
import {ask, connected, deliver, serve} from './serving.ts'

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`server: takes lines, answers on all ports, and ends with 0 at ${signal}`, async (t) => {
    const at = place(t)
    const server = await serve(at)
    const [file = ''] = readdirSync(at.folder).filter((name) => name.startsWith('ports'))
    assert.deepEqual(JSON.parse(readFileSync(join(at.folder, file), 'utf8')), {...server.ports, irc: null})
    await deliver(server.ports.log, 'first\nsecond\n')
    assert.match(
      await ask(server.ports.query, 'QUERY keyword=second\n'),
      /^FOUND: 1 matches\n\[[-0-9: ]{19}\] second\n$/
    )
    const health = await ask(server.ports.http, 'GET /health HTTP/1.0\r\n\r\n')
    assert.match(health, /"status":"healthy","uptime":\d+,"connections":\d+,"logs_processed":2,/)
    const {code, stdout} = await server.end(signal)
    assert.equal(code, 0)
    assert.equal(stdout, 'stopped; 2 records taken\n')
    // Without a data folder nothing is written to disk.
    assert.deepEqual(
      readdirSync(at.folder).filter((name) => !/^(home|empty\.yaml|ports-\d+)$/.test(name)),
      []
    )
  })
}

test('server: one number is for both kinds of address, and for this machine alone', async (t) => {
  const server = await serve(place(t))
  for (const port of [server.ports.log, server.ports.query, server.ports.http]) {
    for (const host of ['127.0.0.1', '::1']) (await connected(port, host)).destroy()
  }
  const listening = readFileSync('/proc/net/tcp', 'latin1') + readFileSync('/proc/net/tcp6', 'latin1')
  for (const port of [server.ports.log, server.ports.query, server.ports.http]) {
    const hex = port.toString(16).toUpperCase().padStart(4, '0')
    const addresses = [...listening.matchAll(new RegExp(`([0-9A-F]+):${hex} 0+:0000 0A`, 'g'))].map(([, host]) => host)
    assert.deepEqual(addresses.toSorted(), ['00000000000000000000000001000000', '0100007F'])
  }
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('server: what it keeps is there after a restart, also of a process that was killed', async (t) => {
  const at = place(t)
  const argv = ['--data-dir', './data', '--retain-bytes', '8MiB', '--min-free', '0']
  const first = await serve(at, argv)
  await deliver(first.ports.log, 'one\n')
  assert.match((await first.end('SIGTERM')).stdout, /^stopped; 1 record taken, all of them stored$/m)
  const second = await serve(at, argv)
  assert.match(await ask(second.ports.query, 'QUERY keyword=one\n'), /^FOUND: 1 matches/)
  await deliver(second.ports.log, 'two\n')
  second.started.child.kill('SIGKILL')
  await second.started.ended
  const third = await serve(at, argv)
  assert.equal(await ask(third.ports.query, 'COUNT\n'), 'COUNT: 2\n')
  assert.equal(statSync(join(at.folder, 'data')).mode & 0o777, 0o700)
  assert.equal((await third.end('SIGTERM')).code, 0)
})

test('server: clients that stay do not hold it up, and what they have sent is stored', async (t) => {
  const at = place(t)
  const argv = ['--data-dir', './data', '--retain-bytes', '8MiB', '--min-free', '0', '--drain', '20s']
  const server = await serve(at, argv)
  const clients = await Promise.all(Array.from({length: 20}, () => connected(server.ports.log)))
  await Promise.all(clients.map((client) => once(client.resume().end('line\nunfinished'), 'finish')))
  const silent = await connected(server.ports.log)
  const asking = await connected(server.ports.query)
  const began = performance.now()
  const {code, stdout} = await server.end('SIGTERM')
  assert.deepEqual([code, stdout], [0, 'stopped; 40 records taken, all of them stored\n'])
  assert.ok(performance.now() - began < 15_000, 'it waited for them until the end of its time')
  for (const client of [...clients, silent, asking]) client.destroy()
})

const needsStrace = {skip: unlessRoot('strace')}

test('server: what a stuck disk does not take in time is told, and the end is no good one', needsStrace, async (t) => {
  const at = place(t)
  // The first syncs are those of a new folder.
  const slow = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:delay_enter=5s:when=8+']
  const argv = ['--data-dir', './data', '--retain-bytes', '8MiB', '--min-free', '0', '--drain', '1s']
  const server = await serve(at, argv, {under: ['strace', '-f', '-qq', '-o', '/dev/null', ...slow]})
  for (let line = 0; line < 15; line += 1) {
    await deliver(server.ports.log, `line ${line}\n`)
    await delay(20)
  }
  const [lock = ''] = readdirSync(join(at.folder, 'data')).filter((name) => name.endsWith('.lock'))
  const {identity} = JSON.parse(readFileSync(join(at.folder, 'data', lock), 'utf8')) as {identity: {pid: number}}
  process.kill(identity.pid, 'SIGTERM')
  const {code, stdout, stderr} = await server.started.ended
  assert.equal(code, 3, stderr)
  assert.equal(stdout, 'stopped; 15 records taken\n')
  assert.match(stderr, /^error: \d+ records? could not be stored within \d+s and (?:is|are) lost/m)
})

test('server: what it tells is one JSON object a line', async (t) => {
  const server = await serve(place(t), [], {env: {LC_ALL: 'ko_KR.UTF-8'}})
  const {stdout} = await server.end('SIGTERM')
  assert.equal(stdout, '멈춤; 기록 0개 받음\n')
  assert.deepEqual(
    server.notices().map(({level, code}) => `${level} ${code}`),
    ['info server-listens', 'info server-keeps-nothing', 'info server-stopping', 'info server-stopped']
  )
  for (const {timestamp, service, message} of server.notices()) {
    assert.ok(!Number.isNaN(Date.parse(timestamp)))
    assert.equal(service, 'logcaster')
    assert.match(message, /^[\x20-\x7e]+$/)
  }
})

test('server: --json ends with one document, which names the ports', async (t) => {
  const at = place(t)
  const server = await serve(at, ['--json'])
  await deliver(server.ports.log, 'one\n')
  const document = documentIn(await server.end('SIGTERM'))
  assert.deepEqual(
    [document.schema, document.exit_code, document.status, document['records'], document['unstored']],
    ['logcaster.server/1', 0, 'done', 1, 0]
  )
  const {log, query, http} = server.ports
  assert.deepEqual(document['ports'], {log, query, http})
})

test('server: SIGHUP takes over what a running server can change', async (t) => {
  const at = place(t)
  const server = await serve(at)
  writeFileSync(at.config, 'server: {max_clients: 1, drain: 20s, ring_lines: 50}\n')
  server.started.child.kill('SIGHUP')
  assert.deepEqual((await server.told('server-reloaded')).values, {settings: 'server.max_clients, server.drain'})
  assert.deepEqual((await server.told('server-restart-needed')).values, {settings: 'server.ring_lines'})
  const first = await connected(server.ports.log)
  const [second] = (await once(await connected(server.ports.log), 'data')) as [Buffer]
  assert.match(second.toString(), /^ERROR: Too many connections \(1\)/)
  first.destroy()
  // What was taken over is no news any more.
  server.started.child.kill('SIGHUP')
  await server.told('server-restart-needed')
  assert.equal(server.notices().filter(({code}) => code === 'server-reloaded').length, 1)
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('server: SIGHUP reads the settings again, tells what waits for a restart, and never stops it', async (t) => {
  const at = place(t)
  const server = await serve(at)
  server.started.child.kill('SIGHUP')
  assert.equal((await server.told('server-reloaded')).message, 'read its settings again: nothing has changed')
  writeFileSync(at.config, 'server:\n  ring_lines: 50\n  max_line: 4KiB\n')
  server.started.child.kill('SIGHUP')
  const {level, values} = await server.told('server-restart-needed')
  assert.deepEqual([level, values], ['warn', {settings: 'server.ring_lines, server.max_line'}])
  writeFileSync(at.config, 'server:\n  ring_lines: none\n  max_lime: 4KiB\n')
  server.started.child.kill('SIGHUP')
  const refused = await server.told('server-reload-refused')
  assert.deepEqual([refused.level, refused.values['problems']], ['error', 2])
  assert.match(refused.message, /^keeps its settings: the new ones have 2 problems, the first: .*ring_lines/)
  await deliver(server.ports.log, 'still here\n')
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('server: SIGHUP that comes while it still starts is not lost', needsStrace, async (t) => {
  const at = place(t)
  // The ports are told by a rename; what comes after it has to wait, and we do not.
  const slow = ['-e', 'trace=rename', '-e', 'inject=rename:delay_exit=1s']
  const server = await serve(at, [], {under: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...slow]})
  server.started.child.kill('SIGHUP')
  await server.told('server-reloaded')
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('server: a port that is taken is 69, and its holder is named', async (t) => {
  const at = place(t)
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const {port} = holder.address() as {readonly port: number}
  for (const name of ['log', 'query', 'http']) {
    const others = ['log', 'query', 'http'].filter((one) => one !== name).flatMap((one) => [`--${one}-port`, '0'])
    const argv = ['server', ...others, `--${name}-port`, String(port), '--port-file', './ports']
    const {code, stdout, stderr} = await at.run(argv)
    assert.deepEqual([code, stdout], [69, ''], stderr)
    assert.match(
      stderr,
      new RegExp(`^error: 127\\.0\\.0\\.1:${port} cannot be listened on: .+ \\(${process.pid}\\)`, 'm')
    )
    assert.match(stderr, new RegExp(`--${name}-port PORT`))
    assert.equal(existsSync(join(at.folder, 'ports')), false)
  }
})

test('server: an address that this machine does not have is 69', async (t) => {
  const argv = ['server', '--listen', '192.0.2.1', '--insecure', '--log-port', '0', '--query-port', '0']
  const {code, stderr} = await place(t).run([...argv, '--http-port', '0'])
  assert.equal(code, 69, stderr)
  assert.match(stderr, /192\.0\.2\.1:0 cannot be listened on \(EADDRNOTAVAIL\)/)
})

test('server: a data folder that another server has is 11, and names its process', async (t) => {
  const at = place(t)
  const argv = ['--data-dir', './data', '--retain-bytes', '8MiB', '--min-free', '0']
  const first = await serve(at, argv)
  const second = await at.run(['server', '--json', '--log-port', '0', '--query-port', '0', '--http-port', '0', ...argv])
  const {exit_code: code, errors} = documentIn(second)
  assert.deepEqual([code, codesOf(errors)], [11, ['data-locked']])
  assert.match(errors[0]?.message ?? '', new RegExp(`\\b${String(first.started.child.pid)}\\b`))
  await deliver(first.ports.log, 'unharmed\n')
  assert.equal((await first.end('SIGTERM')).code, 0)
})

test('server: what no server can listen on is 78, and said before anything listens', async (t) => {
  const at = place(t)
  const refused = async (...argv: readonly string[]): Promise<unknown[]> => {
    const {exit_code: code, errors} = documentIn(await at.run(['server', '--json', ...argv]))
    return [code, ...codesOf(errors)]
  }
  assert.deepEqual(await refused('--listen', 'nowhere'), [78, 'server-no-address'])
  assert.deepEqual(await refused('-p', '9999', '-q', '9999'), [78, 'server-ports-same'])
  assert.deepEqual(await refused('-q', '7777', '--http-port', '7777'), [78, 'server-ports-same'])
})

test('server: serving others is refused, unless somebody says that the risk is theirs', async (t) => {
  const at = place(t)
  for (const listen of ['0.0.0.0', '::', '10.0.0.7']) {
    const {code, stderr} = await at.run(['server', '--listen', listen])
    assert.equal(code, 5, stderr)
    assert.ok(stderr.startsWith(`error: --listen ${listen} exposes an unauthenticated log server.\n`), stderr)
    assert.match(stderr, /--insecure to accept the risk/)
  }
  const server = await serve(at, ['--listen', '0.0.0.0', '--insecure'])
  await deliver(server.ports.log, 'one\n')
  assert.equal((await server.end('SIGTERM')).code, 0)
  const loopback = await serve(at, ['--listen', '127.0.0.2'])
  ;(await connected(loopback.ports.log, '127.0.0.2')).destroy()
  assert.equal((await loopback.end('SIGTERM')).code, 0)
})

test('server: a durability needs a folder, and a bad variable is told as such', async (t) => {
  const at = place(t)
  const alone = await at.run(['server', '--durability', 'commit'])
  assert.equal(alone.code, 78, alone.stderr)
  assert.match(alone.stderr, /Durability commit needs a folder/)
  const off = ['--log-port', 'null', '--query-port', 'null', '--http-port', 'null']
  const none = await at.run(['server', ...off])
  assert.equal(none.code, 78, none.stderr)
  assert.match(none.stderr, /All ports are off/)
  const bad = await at.run(['server'], {env: {BUFFER_SIZE: '0'}})
  assert.equal(bad.code, 78, bad.stderr)
  assert.match(bad.stderr, /environment BUFFER_SIZE/)
})

test('server: what the original server was called with still works, and what has changed is told', async (t) => {
  const at = place(t)
  const data = join(at.folder, 'kept')
  const env = {LOGCASTER_PATHS_DATA: data, WRITE_BATCH_SIZE: '64', THREAD_POOL_SIZE: '4'}
  const server = await serve(at, ['-P', '-s', '1', '-i', '-I', '6667', '-c', '2'], {env})
  const told = server.notices().filter(({level}) => level === 'warn')
  assert.deepEqual(
    told.map(({code}) => code),
    ['server-variable-unused', 'server-variable-unused', 'server-irc-absent', 'server-size-mapped']
  )
  assert.match(told[3]?.message ?? '', /10\.0 MiB are kept/)
  const clients = [await connected(server.ports.log), await connected(server.ports.log)]
  const [third] = (await once(await connected(server.ports.log), 'data')) as [Buffer]
  assert.match(third.toString(), /^ERROR: Too many connections \(2\)\. Raise --max-clients\.\n/)
  for (const client of clients) client.destroy()
  assert.equal((await server.end('SIGTERM')).code, 0)
  assert.ok(existsSync(join(data, 'wal')))
})

test('server: -d keeps records in its folder', async (t) => {
  const at = place(t)
  const server = await serve(at, ['-d', 'here', '--retain-bytes', '8MiB', '--min-free', '0'])
  assert.equal((await server.told('server-keeps')).values['path'], join(at.folder, 'here'))
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('server: BUFFER_SIZE is the number of lines in memory, unless a flag or a variable of ours says another', async (t) => {
  const cases = [
    {env: {BUFFER_SIZE: '5'}, argv: [], count: 5},
    {env: {BUFFER_SIZE: '5'}, argv: ['--ring-lines', '7'], count: 7},
    {env: {BUFFER_SIZE: '5', LOGCASTER_SERVER_RING_LINES: '6'}, argv: [], count: 6},
    {env: {BUFFER_SIZE: ''}, argv: [], count: 20}
  ]
  for (const {env, argv, count} of cases) {
    const server = await serve(place(t), argv, {env})
    await deliver(server.ports.log, 'line\n'.repeat(20))
    assert.equal(await ask(server.ports.query, 'COUNT\n'), `COUNT: ${count}\n`)
    assert.equal((await server.end('SIGTERM')).code, 0)
  }
})

test('server: a port that is off is null in the file, and takes nothing', async (t) => {
  const at = place(t)
  const server = await serve(at, ['--http-port', 'null'])
  assert.equal(server.ports.http, 0)
  assert.match((await server.told('server-listens')).message, /^listens: lines on [^ ]+, queries on [^ ]+$/)
  await deliver(server.ports.log, 'one\n')
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('server: a folder that cannot be made is told, and nothing is left running', async (t) => {
  const {code, stderr} = await place(t).run(['server', '--data-dir', '/dev/null/data'])
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^error: \/dev\/null cannot be written: ENOTDIR/)
})

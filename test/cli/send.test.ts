import assert from 'node:assert/strict'
import {appendFileSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {closedPort, listen} from '../fixtures/network-servers.ts'
import {startPeer} from '../fixtures/peers.ts'
import {recordsIn} from '../server/lossy-server.ts'
import {seeded, seedFromEnvironment, times} from '../sim/random.ts'
import {codesOf, documentIn, lacking, place} from './run.ts'
import {lines, senderTo, stage} from './sending.ts'

const seed = seedFromEnvironment()

test('send: every line is stored once; a second time there is nothing to send; later only what is new is sent', async (t) => {
  const {at, peer, send, json} = await stage(t)
  const file = at.file('app.log', lines)
  const first = await send([file])
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /app\.log: 1000 lines \(\S+ KiB\) acknowledged in \S+\n$/)
  assert.equal(first.stderr, '')
  const second = await send([file])
  assert.deepEqual(
    [second.code, second.stdout],
    [0, `${file}: nothing to send, all of 1000 lines acknowledged before\n`]
  )
  appendFileSync(file, 'one more\n')
  const third = await json(['app.log'])
  assert.deepEqual([third.status, third['lines'], third['bytes'], third['acknowledged_up_to']], ['done', 1, 9, 1001])
  assert.deepEqual(third.changed, [peer.to])
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(`${lines}one more\n`)))
})

test('send: bytes go as they are, blank lines are none, and the last line gets its end', async (t) => {
  const {at, peer, json} = await stage(t)
  const bytes = Buffer.from('a\r\n\r\n\n\u0000\u0001\u00ff\u00fe\nlast', 'latin1')
  writeFileSync(join(at.folder, 'odd.log'), bytes)
  const document = await json(['odd.log'])
  assert.deepEqual([document.exit_code, document['lines']], [0, 3])
  assert.deepEqual(peer.server.records, ['a', '\u0000\u0001\u00ff\u00fe', 'last'])
  // What follows a line that had no end becomes a line of its own.
  appendFileSync(join(at.folder, 'odd.log'), ' words\n')
  assert.equal((await json(['odd.log']))['lines'], 1)
  assert.deepEqual(peer.server.records.slice(3), [' words'])
})

test('send: a last line without an end that was sent when it was killed, and grew before the next run, keeps both parts', async (t) => {
  const {at, peer, send} = await stage(t)
  const file = at.file('app.log', `${lines}the rest`)
  peer.isHeld = true
  const {child, ended} = at.start(['send', file, '--to', peer.to])
  while (peer.server.records.length < 1001) await delay(2)
  child.kill('SIGKILL')
  await ended
  appendFileSync(file, ' of it\nnew\n')
  peer.isHeld = false
  assert.equal((await send([file])).code, 0)
  assert.deepEqual(peer.server.records.slice(1000), ['the rest', ' of it', 'new'])
})

test('send: an empty file needs no server', async (t) => {
  const at = place(t)
  const ran = await senderTo(at, `127.0.0.1:${await closedPort(t)}`).send([at.file('empty.log', '')])
  assert.deepEqual([ran.code, ran.stdout], [0, `${at.folder}/empty.log: nothing to send\n`])
})

test('send: with --quiet nothing is said when all is well', async (t) => {
  const {at, send} = await stage(t)
  const ran = await send([at.file('app.log', lines), '--quiet'])
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, '', ''])
})

test('send: standard input, from a pipe and from a file', async (t) => {
  const {at, peer, send} = await stage(t)
  const piped = await send(['-'], {
    under: ['/bin/sh', '-c', `(printf 'one\\ntw'; sleep 0.3; printf 'o\\nthree') | "$0" "$@"`]
  })
  assert.deepEqual([piped.code, piped.stderr], [0, ''])
  assert.match(piped.stdout, /^-: 3 lines \(13 B\) acknowledged in \S+\n$/)
  at.file('app.log', 'four\n')
  assert.equal((await send(['-', '--source', 'web1'], {redirect: '< app.log'})).code, 0)
  assert.deepEqual(peer.server.records, ['one', 'two', 'three', 'four'])
})

test('send: a pipe that is silent while the connection breaks goes on over the next one', async (t) => {
  const {at, peer} = await stage(t)
  const under = ['/bin/sh', '-c', `(printf 'one\\ntwo\\nthr'; sleep 1.2; printf 'ee\\n') | "$0" "$@"`]
  const {ended} = at.start(['send', '-', '--to', peer.to, '--json'], {under})
  while (peer.server.records.length < 2) await delay(5)
  peer.crash()
  const document = documentIn(await ended)
  assert.deepEqual([document.exit_code, document['reconnects']], [0, 1])
  assert.deepEqual(peer.server.records, ['one', 'two', 'three'])
})

test('send: the server of the configuration is the one that is not named', async (t) => {
  const {at, peer} = await stage(t)
  const settings = ['--set', 'server.host=127.0.0.1', '--set', `server.log_port=${peer.port}`]
  assert.equal((await at.run(['send', at.file('app.log', lines), ...settings])).code, 0)
  assert.equal(peer.server.records.length, 1000)
})

test('send: who watches sees how far it is', {skip: lacking('script')}, async (t) => {
  const {at, peer, send} = await stage(t)
  const {code, stdout} = await send([at.file('app.log', lines.repeat(15)), '--window', '100'], {tty: true})
  assert.equal(code, 0, stdout)
  assert.match(stdout, / {2}… \[\d+%\] .*app\.log/)
  assert.match(stdout, /15000 lines \(\S+ KiB\) acknowledged/)
  assert.equal(peer.server.records.length, 15_000)
})

test('send: what is killed with -9 and started again, against a server that crashes, neither loses nor doubles a line', async (t) => {
  const random = seeded(seed)
  const {at, peer, json} = await stage(t)
  const many = Array.from({length: 200_000}, (_, number) => `${number} ${'x'.repeat(random.below(30))}\n`).join('')
  const file = at.file('app.log', many)
  for (let round = 0; round < times(6); round += 1) {
    const {child, ended} = at.start(['send', file, '--to', peer.to, '--window', '5000', '--timeout', '40s'])
    await delay(random.below(900))
    if (random.below(2) === 0) peer.crash()
    else peer.breakOff()
    await delay(random.below(200))
    child.kill('SIGKILL')
    await ended
  }
  const last = await json([file])
  assert.equal(last.exit_code, 0, JSON.stringify(last))
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(many)), `SEED=${seed}`)
  // What a killed run had half written is cleared away by those after it, once it is old enough.
  assert.ok(readdirSync(join(at.state, 'send')).length <= 1 + times(6))
})

test('send: a server that goes away and comes back is waited for, and told of', async (t) => {
  const {at, peer} = await stage(t)
  const many = lines.repeat(10)
  const {ended} = at.start(['send', at.file('app.log', many), '--to', peer.to, '--window', '100'])
  while (peer.server.records.length < 500) await delay(5)
  peer.breakOff()
  const ran = await ended
  assert.equal(ran.code, 0, ran.stderr)
  assert.match(ran.stdout, /10000 lines \(\S+ \S+\) acknowledged in \S+(?: \S+)?, \d+ sent again, 1 reconnect\n/)
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(many)))
})

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143]
] as const) {
  test(`send: ${name} ends it with ${code}, says what is acknowledged, and the next run goes on from there`, async (t) => {
    const {at, peer, send} = await stage(t)
    const file = at.file('app.log', lines)
    const {child, ended} = at.start(['send', file, '--to', peer.to, '--window', '100'])
    while (peer.server.records.length < 200) await delay(1)
    peer.isHeld = true
    await delay(50)
    child.kill(name)
    const ran = await ended
    assert.equal(ran.code, code, ran.stderr)
    assert.match(
      ran.stdout,
      /app\.log: \d+ lines \(.*\) acknowledged in \S+, in all up to line \d+; the rest was not\n$/
    )
    peer.isHeld = false
    assert.equal((await send([file])).code, 0)
    assert.deepEqual(peer.server.records, recordsIn(Buffer.from(lines)))
  })
}

test('send: out of time it ends with 3, and names what is acknowledged', async (t) => {
  const {at, peer} = await stage(t)
  peer.server.commit()
  const {ended} = at.start([
    'send',
    at.file('app.log', lines),
    '--to',
    peer.to,
    '--window',
    '100',
    '--timeout',
    '1500ms'
  ])
  while (peer.server.records.length < 200) await delay(1)
  peer.isHeld = true
  const {code, stdout, stderr} = await ended
  assert.equal(code, 3, stderr)
  assert.match(stdout, /in all up to line \d+; the rest was not\n$/)
  assert.match(stderr, /^error: Not all lines were acknowledged within 1s\./m)
})

test('send: standard input that is the same again goes on behind what the server has', async (t) => {
  const {at, peer, send} = await stage(t)
  at.file('app.log', lines)
  for (const record of recordsIn(Buffer.from(lines)).slice(0, 600)) peer.server.take('archive', record)
  const argv = ['-', '--session', 'archive']
  assert.equal((await send(argv, {redirect: '< app.log'})).code, 5)
  assert.equal((await send([...argv, '--from', 'server'], {redirect: '< app.log'})).code, 0)
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(lines)))
})

test('send: a memory that is lost is filled again where nothing was promised', async (t) => {
  const {at, peer} = await stage(t, 'none')
  const many = lines.repeat(30)
  const {ended} = at.start([
    'send',
    at.file('app.log', many),
    '--to',
    peer.to,
    '--ack',
    'none',
    '--window',
    '50',
    '--json'
  ])
  while (peer.server.records.length < 2000) await delay(2)
  peer.breakOff()
  peer.server.forget(0)
  const document = documentIn(await ended)
  assert.equal(document.exit_code, 0, JSON.stringify(document))
  assert.deepEqual(codesOf(document.warnings), ['send-again'])
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(many)))
})

test('send: lines that the server cuts, and those that it refuses, are counted and told', async (t) => {
  const {at, peer, json} = await stage(t)
  const long = `${'x'.repeat(41)}\n${'y'.repeat(40)}\r\nshort\n${'z'.repeat(300_000)}\n`
  const cut = await json([at.file('app.log', long)])
  assert.deepEqual([cut.exit_code, cut['cut'], codesOf(cut.warnings)], [0, 2, ['send-lines-cut']])
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(long)))
  peer.server.forget(0)
  peer.isHeld = true
  const {ended} = at.start(['send', at.file('other.log', lines), '--to', peer.to, '--json'])
  while (peer.server.records.length < 1000) await delay(2)
  peer.say('NAK 3 DENIED not for you\nNAK 4 DENIED nor this\n')
  peer.isHeld = false
  const document = documentIn(await ended)
  assert.deepEqual([document.exit_code, document.status, codesOf(document.errors)], [3, 'partial', ['send-rejected']])
})

test('send: a pause that the server asks for is kept, until it takes it back', async (t) => {
  const {at, peer} = await stage(t)
  const {ended} = at.start(['send', at.file('app.log', lines.repeat(20)), '--to', peer.to, '--window', '100'])
  while (peer.server.records.length < 300) await delay(1)
  peer.say('SLOW_DOWN 60000\n')
  await delay(300)
  const stood = peer.server.records.length
  await delay(300)
  assert.equal(peer.server.records.length, stood)
  peer.say('RESUME\n')
  assert.equal((await ended).code, 0)
  assert.equal(peer.server.records.length, 20_000)
})

test('send: a line on standard input that is too long to be kept is told, with what to do', async (t) => {
  const {json} = await stage(t)
  const under = ['/bin/sh', '-c', `head -c 70000000 /dev/zero | tr '\\0' x | "$0" "$@"`]
  const document = await json(['-'], {under})
  assert.deepEqual([document.exit_code, codesOf(document.errors)], [3, ['send-line-too-long']])
})

test('send: plain lines go to whatever takes them, and nobody acknowledges them', async (t) => {
  const at = place(t)
  const peer = await startPeer(t, (socket) => socket.on('end', () => socket.end()))
  const ran = await senderTo(at, `127.0.0.1:${peer.port}`).send([at.file('app.log', 'one\n\ntwo\nthree'), '--plain'])
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
  assert.match(ran.stdout, /app\.log: 3 lines \(14 B\) handed over in \S+, acknowledged by nobody\n$/)
  await peer.isLeftBy(1)
  assert.equal(peer.heard(), 'one\n\ntwo\nthree\n')
  const piped = await senderTo(at, `127.0.0.1:${peer.port}`).json(['-', '--plain'], {redirect: '< app.log'})
  assert.deepEqual([piped.exit_code, piped['lines'], piped['session'], piped['cursor']], [0, 3, null, null])
})

test('send: a plain connection that breaks is not taken up again: 3', async (t) => {
  const at = place(t)
  const port = await listen(t, (socket) => {
    socket.once('data', () => socket.resetAndDestroy())
  })
  const document = await senderTo(at, `127.0.0.1:${port}`).json([at.file('app.log', lines.repeat(5000)), '--plain'])
  assert.deepEqual([document.exit_code, document.status, codesOf(document.errors)], [3, 'partial', ['send-broken']])
})

test('send: plain lines wait while the server asks for it', async (t) => {
  const at = place(t)
  let heard = 0
  const port = await listen(t, (socket) => {
    socket.write('SLOW_DOWN\n')
    socket.on('data', (bytes: Buffer) => (heard += bytes.length)).on('end', () => socket.end())
    setTimeout(() => socket.write('RESUME\n'), 800)
  })
  const {ended} = at.start(['send', '-', '--plain', '--to', `127.0.0.1:${port}`], {
    under: ['/bin/sh', '-c', `(sleep 0.4; printf 'one\\n'; sleep 0.1; printf 'two\\n') | "$0" "$@"`]
  })
  assert.equal((await ended).code, 0)
  assert.equal(heard, 8)
})

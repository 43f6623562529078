import assert from 'node:assert/strict'
import {appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {closedPort} from '../fixtures/network-servers.ts'
import {greets, startPeer} from '../fixtures/peers.ts'
import {recordsIn} from '../server/lossy-server.ts'
import {codesOf, documentIn, place} from './run.ts'
import {lines, senderTo, stage} from './sending.ts'

test('send: a server that cannot be reached ends it with 69, at once or once the time is up', async (t) => {
  const at = place(t)
  const to = `127.0.0.1:${await closedPort(t)}`
  const file = at.file('app.log', lines)
  for (const argv of [[file], [file, '--timeout', '400ms'], [file, '--plain']]) {
    const document = await senderTo(at, to).json(argv)
    assert.deepEqual([document.exit_code, codesOf(document.errors)], [69, ['send-unreachable']])
    assert.match(document.errors[0]?.message ?? '', /ECONNREFUSED/)
  }
  assert.equal((await senderTo(at, 'no.such.host.invalid:9999').json([file])).exit_code, 69)
})

test('send: what does not speak the protocol is told by what it said: 69', async (t) => {
  const [at, peer] = [place(t), await startPeer(t, greets('220 mail.test ESMTP\r\n'))]
  const document = await senderTo(at, `127.0.0.1:${peer.port}`).json([at.file('app.log', lines)])
  assert.deepEqual([document.exit_code, codesOf(document.errors)], [69, ['send-not-understood']])
  assert.match(document.errors[0]?.message ?? '', /It said "220 mail\.test ESMTP/)
})

test('send: a level that the server cannot give is refused with 5', async (t) => {
  const {at, json} = await stage(t, 'none')
  const file = at.file('app.log', lines)
  const refused = await json([file])
  assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, ['send-level-refused']])
  assert.equal((await json([file, '--ack', 'none'])).exit_code, 0)
})

test('send: a file that is not there ends it with 10, and what is no file is refused', async (t) => {
  const {at, json} = await stage(t)
  assert.deepEqual(codesOf((await json(['absent.log'])).errors), ['send-file-absent'])
  assert.equal((await json(['absent.log'])).exit_code, 10)
  const folder = await json([at.folder])
  assert.deepEqual([folder.exit_code, codesOf(folder.errors)], [1, ['file-unreadable']])
})

test('send: a file that was rotated is told; its rest is sent by its new name, the new one from its start', async (t) => {
  const {at, peer, json} = await stage(t)
  const file = at.file('app.log', 'one\ntwo\n')
  const {cursor} = await json([file])
  appendFileSync(file, 'three\n')
  renameSync(file, `${file}.1`)
  writeFileSync(file, 'ONE\nTWO\nTHREE\nFOUR\n')
  const refused = await json([file])
  assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, ['send-file-changed']])
  assert.match(refused.errors[0]?.message ?? '', /2 lines were acknowledged: it was replaced or rotated/)
  assert.equal((await json([`${file}.1`, '--cursor', String(cursor)])).exit_code, 0)
  const anew = await json([file, '--from', 'start'])
  assert.equal(anew.exit_code, 0, JSON.stringify(anew.errors))
  assert.notEqual(anew['session'], refused['session'])
  assert.deepEqual(peer.server.records, ['one', 'two', 'three', 'ONE', 'TWO', 'THREE', 'FOUR'])
})

test('send: a file that was cut off, or holds something else by now, is told', async (t) => {
  const {at, peer, json} = await stage(t)
  const file = at.file('app.log', lines)
  assert.equal((await json([file])).exit_code, 0)
  truncateSync(file, 20)
  for (const [what, content] of [
    ['shorter', undefined],
    ['replaced', lines.replaceAll('line', 'LINE')],
    // The same beginning: it shows where the acknowledged part ends.
    ['replaced', `${lines.slice(0, 5000)}${lines.slice(5000).toUpperCase()}`]
  ] as const) {
    if (content !== undefined) writeFileSync(file, content)
    const {exit_code: code, errors} = await json([file])
    assert.deepEqual([code, codesOf(errors)], [5, ['send-file-changed']])
    assert.match(errors[0]?.message ?? '', new RegExp(what))
  }
  assert.equal(peer.server.records.length, 1000)
})

test('send: a session that the server has from somewhere else is left alone, unless it is said that it is the same', async (t) => {
  const {at, peer, json} = await stage(t)
  const records = recordsIn(Buffer.from(lines))
  const file = at.file('app.log', lines)
  for (const record of records.slice(0, 600)) peer.server.take('mine', record)
  for (const argv of [[], ['--from', 'start'], ['--from', 'cursor']]) {
    const refused = await json([file, '--session', 'mine', ...argv])
    assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, ['send-session-taken']])
  }
  const again = await json([file, '--session', 'mine', '--from', 'server'])
  assert.deepEqual([again.exit_code, again['lines'], peer.server.records], [0, 1000, records])
  // More than the file has cannot be of this file.
  for (const record of ['and', ...records]) peer.server.take('others', record)
  const beyond = await json([file, '--session', 'others', '--from', 'server'])
  assert.deepEqual([beyond.exit_code, codesOf(beyond.errors)], [5, ['send-session-taken']])
})

test('send: a file whose cursor is lost is not sent again, unless that is asked for', async (t) => {
  const {at, peer, json} = await stage(t)
  const file = at.file('app.log', lines)
  rmSync(String((await json([file]))['cursor']))
  appendFileSync(file, 'new\n')
  const refused = await json([file])
  assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, ['send-session-taken']])
  assert.equal((await json([file, '--from', 'server'])).exit_code, 0)
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(`${lines}new\n`)))
})

test('send: a server that does not know what it acknowledged is told of, and the operator decides', async (t) => {
  const {at, peer, json} = await stage(t)
  const file = at.file('app.log', lines)
  assert.equal((await json([file])).exit_code, 0)
  appendFileSync(file, 'new\n')
  peer.server.forget(300)
  const refused = await json([file])
  assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, ['send-forgotten']])
  const again = await json([file, '--from', 'server'])
  assert.deepEqual([again.exit_code, codesOf(again.warnings), again['resent']], [0, ['send-again'], 700])
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(`${lines}new\n`)))
  appendFileSync(file, 'newer\n')
  peer.server.forget(0)
  const behind = await json([file, '--from', 'cursor'])
  assert.deepEqual([behind.exit_code, behind['lines']], [0, 1])
  assert.deepEqual(peer.server.records, ['newer'])
  appendFileSync(file, 'newest\n')
  assert.deepEqual([(await json([file])).exit_code, peer.server.records], [0, ['newer', 'newest']])
})

test('send: a cursor file that cannot be trusted is refused', async (t) => {
  const {at, json} = await stage(t)
  const file = at.file('app.log', lines)
  const cursor = join(at.folder, 'cursor.json')
  assert.equal((await json([file, '--cursor', cursor])).exit_code, 0)
  const good = readFileSync(cursor, 'utf8')
  const foreign = await json([file, '--cursor', cursor, '--session', 'other'])
  assert.deepEqual([foreign.exit_code, codesOf(foreign.errors)], [5, ['send-cursor-foreign']])
  for (const [text, code] of [
    ['{}', 'send-cursor-damaged'],
    ['not JSON', 'send-cursor-damaged'],
    [good.replace('"number":1000', '"number":"1000"'), 'send-cursor-damaged'],
    [good.replace('"cut":null', '"cut":7'), 'send-cursor-damaged'],
    [good.replace('"bytes":1024', '"bytes":-1'), 'send-cursor-damaged'],
    [good.replace(/"session":"[^"]+",/, ''), 'send-cursor-damaged'],
    [good.replace(/"inode":\d+,/, ''), 'send-cursor-damaged'],
    [good.replace(/"offset":\d+/, '"offset":5'), 'send-cursor-damaged'],
    [good.replace('"format":1', '"format":2'), 'state-newer']
  ] as const) {
    writeFileSync(cursor, text)
    const refused = await json([file, '--cursor', cursor])
    assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, [code]], text)
  }
})

test('send: a cursor that cannot be kept is told before anything is sent', async (t) => {
  const {at, peer, json} = await stage(t)
  const refused = await json([at.file('app.log', lines), '--cursor', '/proc/nonesuch/cursor.json'])
  assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [1, ['file-unwritable']])
  assert.deepEqual(peer.server.records, [])
})

test('send: of two senders of one file, the earlier one gives way: 11', async (t) => {
  const {at, peer} = await stage(t)
  const file = at.file('app.log', lines)
  peer.isHeld = true
  const {ended} = at.start(['send', file, '--to', peer.to, '--json'])
  while (peer.server.records.length < 1000) await delay(2)
  const second = at.start(['send', file, '--to', peer.to, '--json'])
  const first = documentIn(await ended)
  assert.deepEqual([first.exit_code, codesOf(first.errors)], [11, ['send-session-busy']])
  peer.isHeld = false
  assert.equal(documentIn(await second.ended).exit_code, 0)
  assert.deepEqual(peer.server.records, recordsIn(Buffer.from(lines)))
})

test('send: what cannot be meant is refused as a wrong use', async (t) => {
  const at = place(t)
  for (const argv of [
    ['app.log', '--session', 'a b'],
    ['app.log', '--source', 'x'.repeat(65)],
    ['app.log', '--ack', 'cluster'],
    ['app.log', '--to', 'nowhere'],
    ['app.log', '--window', '0'],
    ['app.log', '--plain', '--ack', 'os'],
    []
  ]) {
    const {code, stderr} = await at.run(['send', ...argv])
    assert.equal(code, 64, stderr)
  }
})

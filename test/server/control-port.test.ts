import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {connect, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface, type Interface} from 'node:readline'
import {text} from 'node:stream/consumers'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import {realDisk} from '../../src/host/disk.ts'
import {controlLimits, openControlPort, type ControlLimits, type ControlPort} from '../../src/server/control-port.ts'
import {answerControl, type ControlDesk, type ControlledLog} from '../../src/server/control-protocol.ts'
import {openPort, sender} from './open-port.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'logcaster-control-'))
  t.after(() => {
    rmSync(path, {recursive: true})
  })
  return path
}

const idleDesk: ControlDesk = {log: undefined, status: () => ({status: 'healthy'})}

async function open(path: string, desk = idleDesk, limits?: Partial<ControlLimits>): Promise<ControlPort> {
  const parts = {path, desk, disk: realDisk(), clock: realClock()}
  return openControlPort(limits === undefined ? parts : {...parts, limits: {...controlLimits, ...limits}})
}

interface Line {
  readonly socket: Socket
  readonly lines: AsyncIterator<string>
}

async function dial(t: TestContext, path: string): Promise<Line> {
  const socket = connect({path})
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const reader: Interface = createInterface({input: socket})
  return {socket, lines: reader[Symbol.asyncIterator]()}
}

async function order({socket, lines}: Line, what: object): Promise<Record<string, unknown>> {
  socket.write(`${JSON.stringify(what)}\n`)
  return JSON.parse(String((await lines.next()).value)) as Record<string, unknown>
}

test('control port: a checkpoint names the files that hold what was stored, its lease can be released once', async (t) => {
  const lines = await openPort(t, {durability: 'os'})
  const path = join(folder(t), 'control.sock')
  const control = await open(path, {log: lines.store.persistence, status: () => ({})})
  t.after(() => control.close(0))
  const one = await sender(t, lines)
  one.socket.write('first\nsecond\n')
  await lines.holds(2)

  const line = await dial(t, path)
  const checkpoint = await order(line, {do: 'checkpoint', ttl_ms: 60_000})
  assert.equal(checkpoint['ok'], true)
  assert.equal(checkpoint['seq'], 3)
  const segments = checkpoint['segments'] as {name: string; bytes: number}[]
  for (const {name, bytes} of segments) {
    assert.ok(statSync(join(String(checkpoint['folder']), name)).size >= bytes)
  }
  assert.ok(segments.length > 0)

  const {lease} = checkpoint
  assert.deepEqual(await order(line, {do: 'release', lease}), {ok: true})
  const again = await order(line, {do: 'release', lease})
  assert.equal((again['error'] as {code: string}).code, 'unknown-lease')
  assert.deepEqual(await order(line, {do: 'reopen'}), {ok: true, seq: 3})
})

test('control port: only its owner may call it, and its file is gone after the end', async (t) => {
  const path = join(folder(t), 'control.sock')
  const control = await open(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const line = await dial(t, path)
  assert.deepEqual(await order(line, {do: 'status'}), {ok: true, status: 'healthy'})
  await control.close(60_000)
  assert.equal(statSync(path, {throwIfNoEntry: false}), undefined)
})

test('control port: a socket that nobody answers is replaced, one that is answered is not', async (t) => {
  const path = join(folder(t), 'control.sock')
  assert.ok(leaveBehind(path))
  const control = await open(path)
  t.after(() => control.close(0))
  await assert.rejects(open(path), (cause) => {
    assert.ok(cause instanceof Fault && cause.code === 'server-control-unusable')
    assert.deepEqual(cause.values, {path, reason: 'EADDRINUSE'})
    return true
  })
  assert.deepEqual(await order(await dial(t, path), {do: 'status'}), {ok: true, status: 'healthy'})
})

test('control port: a path that no socket can have is a fault, and a file that is none stays', async (t) => {
  const place = folder(t)
  const long = join(place, 'x'.repeat(120))
  mkdirSync(long)
  const taken = join(place, 'control.sock')
  writeFileSync(taken, 'not ours')
  for (const path of [join(long, 'control.sock'), join(place, 'absent', 'control.sock'), taken]) {
    await assert.rejects(open(path), (cause) => cause instanceof Fault && cause.code === 'server-control-unusable')
  }
  assert.equal(readFileSync(taken, 'utf8'), 'not ours')
})

test('control port: orders on one connection are done one after the other, and answered before the end', async (t) => {
  const path = join(folder(t), 'control.sock')
  const done: number[] = []
  const log: ControlledLog = {
    async checkpoint(ttlMs) {
      await delay(100 - ttlMs)
      done.push(ttlMs)
      return {seq: ttlMs}
    },
    release: () => true,
    reopen: () => Promise.reject(new Error('disk gone'))
  }
  const control = await open(path, {log, status: () => ({})})
  t.after(() => control.close(0))
  const {socket} = await dial(t, path)
  socket.end([1, 50, 99].map((ttl) => `{"do":"checkpoint","ttl_ms":${ttl}}\n`).join('') + '{"do":"reopen"}\n')
  const answers = (await text(socket)).trimEnd().split('\n')
  assert.deepEqual(done, [1, 50, 99])
  assert.deepEqual(answers, [
    '{"ok":true,"seq":1}',
    '{"ok":true,"seq":50}',
    '{"ok":true,"seq":99}',
    '{"ok":false,"error":{"code":"failed","message":"disk gone"}}'
  ])
})

test('control port: the end waits for the order under way, up to its deadline', async (t) => {
  const path = join(folder(t), 'control.sock')
  const release = Promise.withResolvers<{seq: number}>()
  const log: ControlledLog = {checkpoint: () => release.promise, release: () => true, reopen: () => Promise.resolve(1)}
  const control = await open(path, {log, status: () => ({})})
  const asked = await dial(t, path)
  asked.socket.write('{"do":"checkpoint","ttl_ms":1}\n')
  await delay(50)
  const closed = control.close(60_000)
  release.resolve({seq: 7})
  assert.equal((await asked.lines.next()).value, '{"ok":true,"seq":7}')
  await closed

  const stuck = await open(path, {...idleDesk, log: {...log, checkpoint: () => new Promise(() => undefined)}})
  const waiting = await dial(t, path)
  waiting.socket.write('{"do":"checkpoint","ttl_ms":1}\n')
  await delay(50)
  await stuck.close(50)
  assert.equal((await waiting.lines.next()).done, true)
})

test('control port: lines without end, callers who say nothing, and those who leave are bounded', async (t) => {
  const path = join(folder(t), 'control.sock')
  const control = await open(path, idleDesk, {lineBytesMax: 100, idleMsMax: 200})
  t.after(() => control.close(0))
  const endless = await dial(t, path)
  endless.socket.write('x'.repeat(1000))
  assert.equal(
    (await endless.lines.next()).value,
    '{"ok":false,"error":{"code":"too-long","message":"order longer than 100 bytes"}}'
  )
  const silent = await dial(t, path)
  assert.equal((await silent.lines.next()).done, true)
  const leaving = await dial(t, path)
  leaving.socket.write('{"do":"status"}\n{"do"')
  leaving.socket.destroy()
  assert.deepEqual(await order(await dial(t, path), {do: 'status'}), {ok: true, status: 'healthy'})
})

test('control protocol: what is no order is told what an order is, and nothing throws', async () => {
  const code = async (line: string, desk = idleDesk): Promise<string> => {
    const answer = await answerControl(line, desk)
    return answer.ok ? 'ok' : answer.error.code
  }
  for (const line of ['', 'x', '[]', '1', 'null', '"do"', '{"do":']) assert.equal(await code(line), 'bad-json', line)
  for (const line of ['{}', '{"do":1}', '{"do":"constructor"}']) assert.equal(await code(line), 'unknown-order', line)
  assert.equal(await code('{"do":"reopen"}'), 'no-data-dir')
  const log: ControlledLog = {
    checkpoint: () => Promise.resolve({}),
    release: () => false,
    reopen: () => Promise.resolve(1)
  }
  const desk = {...idleDesk, log}
  for (const ttl of ['0', '-1', '1.5', '"60"', 'null', '86400001']) {
    assert.equal(await code(`{"do":"checkpoint","ttl_ms":${ttl}}`, desk), 'bad-value', ttl)
  }
  assert.equal(await code('{"do":"checkpoint"}', desk), 'bad-value')
  assert.equal(await code('{"do":"checkpoint","ttl_ms":86400000}', desk), 'ok')
  assert.equal(await code('{"do":"release"}', desk), 'bad-value')
  assert.equal(await code('{"do":"release","lease":"a"}', desk), 'unknown-lease')
})

/** What a server that was killed leaves: a socket in the folder, and nobody behind it. */
function leaveBehind(path: string): boolean {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  assert.throws(() => execFileSync(process.execPath, ['--eval', program], {stdio: 'ignore'}))
  return statSync(path).isSocket()
}

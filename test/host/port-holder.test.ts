import assert from 'node:assert/strict'
import {once} from 'node:events'
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {connect, createServer, type AddressInfo, type Server} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {holderOf, isPortFree} from '../../src/host/port-holder.ts'

async function listening(t: TestContext, host: string): Promise<{server: Server; port: number}> {
  const server = createServer().listen(0, host)
  t.after(() => server.close())
  await once(server, 'listening')
  return {server, port: (server.address() as AddressInfo).port}
}

for (const host of ['127.0.0.1', '::1']) {
  test(`port holder: who listens on ${host} is found`, async (t) => {
    const {server, port} = await listening(t, host)
    assert.match(holderOf(port) ?? '', new RegExp(`^\\S.* \\(${process.pid}\\)$`))
    assert.equal(await isPortFree(port, host), false)
    server.close()
    await once(server, 'close')
    assert.equal(holderOf(port), undefined)
    assert.equal(await isPortFree(port, host), true)
  })
}

test('port holder: where nobody listens, it is who has the port as its end of a connection', async (t) => {
  const {port} = await listening(t, '127.0.0.1')
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  assert.match(holderOf(socket.localPort ?? 0) ?? '', new RegExp(`\\(${process.pid}\\)$`))
})

test("port holder: an address that this machine does not have is nobody's", async () => {
  assert.equal(await isPortFree(9999, '192.0.2.1'), true)
})

/** A /proc of our own, with one socket that listens on port 9999 as inode 77. */
function proc(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-proc-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  mkdirSync(join(folder, 'net'))
  const line =
    '   0: 0100007F:270F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0\n'
  writeFileSync(join(folder, 'net/tcp'), `  sl  local_address rem_address   st\n${line}`)
  return folder
}

interface Shown {
  readonly name?: string
  readonly argv?: readonly string[]
  readonly target: string
}

function addProcess(folder: string, pid: number, {name, argv, target}: Shown): void {
  mkdirSync(join(folder, `${pid}/fd`), {recursive: true})
  if (name !== undefined) writeFileSync(join(folder, `${pid}/comm`), `${name}\n`)
  if (argv !== undefined) writeFileSync(join(folder, `${pid}/cmdline`), argv.map((word) => `${word}\0`).join(''))
  symlinkSync(target, join(folder, `${pid}/fd/3`))
}

test('port holder: of a server and the processes that it started, it is the oldest', (t) => {
  const folder = proc(t)
  addProcess(folder, 900, {name: 'worker', target: 'socket:[77]'})
  addProcess(folder, 89, {name: 'other', target: 'socket:[78]'})
  addProcess(folder, 100, {name: 'rsyslogd', target: 'socket:[77]'})
  assert.equal(holderOf(9999, folder), 'rsyslogd (100)')
})

test('port holder: a program has the name that it was called with, and what Node runs that of its script', (t) => {
  const named = (...argv: readonly string[]): string | undefined => {
    const folder = proc(t)
    addProcess(folder, 100, {name: 'MainThread', argv, target: 'socket:[77]'})
    return holderOf(9999, folder)
  }
  assert.equal(named('/usr/sbin/rsyslogd', '-n'), 'rsyslogd (100)')
  assert.equal(
    named('/opt/node/bin/node', '--no-warnings', '/opt/logcaster/dist/logcaster.cjs', 'up'),
    'logcaster (100)'
  )
  assert.equal(named('node'), 'node (100)')
  assert.equal(named(), 'MainThread (100)')
})

test('port holder: what cannot be looked into tells nothing', (t) => {
  const folder = proc(t)
  mkdirSync(join(folder, '5'))
  assert.equal(holderOf(9999, folder), undefined)
  addProcess(folder, 6, {target: 'socket:[77]'})
  assert.equal(holderOf(9999, folder), 'process (6)')
  assert.equal(holderOf(9999, join(folder, 'nowhere')), undefined)
})

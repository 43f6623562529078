import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {checkout, startLab, type Executed, type Lab} from './lab.ts'

/** The unit that we ship, under a real systemd: as it stands there, but for where the server itself is. */

const unit = readFileSync(join(checkout, 'templates/logcaster.service'), 'utf8')
const program = `${process.execPath} ${checkout}/src/cli/entry.ts`

// Tenths: 13 is what the unit has; a line that is lost from it costs more than the rest.
const exposureMax = 15

test('the unit is understood by systemd, and as tight as it was', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    t.skip('needs systemd-analyze')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-unit-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  const path = join(folder, 'logcaster.service')
  writeFileSync(path, unit.replaceAll('/usr/local/bin/logcaster', '/bin/true'))
  const verified = spawnSync('systemd-analyze', ['verify', path], {encoding: 'utf8'})
  assert.deepEqual([verified.status, verified.stdout, verified.stderr], [0, '', ''])
  const asked = ['security', '--offline=true', `--threshold=${exposureMax}`, path]
  const judged = spawnSync('systemd-analyze', asked, {encoding: 'utf8'})
  assert.equal(judged.status, 0, judged.stdout + judged.stderr)
})

// A user that is made up for the unit has a temporary folder of its own, and comes into no home.
const obstacle = /^\/(?:tmp|var\/tmp|root)\//.test(checkout) && 'needs a checkout where other users may read it'

test('the server under a real systemd', {skip: obstacle}, async (t) => {
  const lab = await startLab(t)
  if (lab === undefined) return
  install(lab)
  await lab.exec(['systemctl', 'daemon-reload'])
  await t.test('a start is over when all ports answer, and the status says where', () => start(lab))
  await t.test('what it keeps is for its own user alone', () => keepPrivate(lab))
  await t.test('a reload is a reload, and not a restart', () => reload(lab))
  await t.test('one that hangs is ended by the watchdog and comes back with all that it had stored', () => hang(lab))
  await t.test('a stop under load stores what was taken, and ends well', () => stopUnderLoad(lab))
  await t.test('one that refuses to run is not started again and again', () => refuse(lab))
})

/** The checkout may be where the unit sees nothing; and nobody wants to wait for half a minute of silence. */
function install(lab: Lab): void {
  const folder = join(lab.root, '/etc/systemd/system')
  writeFileSync(join(folder, 'logcaster.service'), unit.replaceAll('/usr/local/bin/logcaster', program))
  const sees = /^\/(?:home|root|tmp)\//.test(checkout) ? ['ProtectHome=read-only', 'PrivateTmp=no'] : []
  mkdirSync(join(folder, 'logcaster.service.d'))
  const lines = ['[Service]', 'WatchdogSec=3s', 'Environment=LOGCASTER_SERVER_RETAIN_BYTES=8MiB', ...sees]
  const own = ['Environment=LOGCASTER_SERVER_MIN_FREE=0', 'Environment=LOGCASTER_CONFIG=/etc/logcaster.yaml']
  writeFileSync(join(folder, 'logcaster.service.d/lab.conf'), `${[...lines, ...own].join('\n')}\n`)
  writeFileSync(join(lab.root, '/etc/logcaster.yaml'), '{}\n')
}

async function start(lab: Lab): Promise<void> {
  const {code, stderr} = await lab.exec(['systemctl', 'start', 'logcaster'])
  assert.equal(code, 0, stderr + (await journal(lab)))
  const {ActiveState, StatusText} = await properties(lab)
  assert.equal(ActiveState, 'active')
  assert.equal(StatusText, 'listens: lines on 127.0.0.1:9999, queries on 127.0.0.1:9998, HTTP on 127.0.0.1:8080')
  assert.equal(await ask(lab, 9998, 'COUNT'), 'COUNT: 0')
  await send(lab, 'one')
  assert.match(await ask(lab, 9998, 'QUERY keyword=one'), /^FOUND: 1 matches/)
  assert.match(await ask(lab, 8080, 'GET /health HTTP/1.0\\r\\n\\r'), /"status":"healthy"/)
}

async function keepPrivate(lab: Lab): Promise<void> {
  const folder = '/var/lib/private/logcaster-server'
  const {stdout} = await lab.exec(['stat', '-c', '%a %u', folder, `${folder}/wal`, `${folder}/control.sock`])
  const {MainPID = ''} = await properties(lab)
  const uid = /^Uid:\t(\d+)/m.exec((await lab.exec(['cat', `/proc/${MainPID}/status`])).stdout)?.[1]
  assert.ok(Number(uid) > 0, uid)
  assert.deepEqual(stdout.trim().split('\n'), [`700 ${uid}`, `700 ${uid}`, `600 ${uid}`])
}

async function reload(lab: Lab): Promise<void> {
  const before = await properties(lab)
  writeFileSync(join(lab.root, '/etc/logcaster.yaml'), 'server: {ring_lines: 77}\n')
  const {code, stderr} = await lab.exec(['systemctl', 'reload', 'logcaster'])
  assert.equal(code, 0, stderr)
  await until(async () => (await journal(lab)).includes('"code":"server-restart-needed"'), lab)
  await until(async () => (await properties(lab))['ActiveState'] === 'active', lab)
  const after = await properties(lab)
  assert.deepEqual([after['MainPID'], after['NRestarts']], [before['MainPID'], '0'])
}

async function hang(lab: Lab): Promise<void> {
  const before = await properties(lab)
  // The watchdog hears of it for longer than it waits.
  await delay(4000)
  assert.equal((await properties(lab))['MainPID'], before['MainPID'])
  assert.ok(Number(before['MainPID']) > 1, 'there is nothing to stop: 0 would stop ourselves')
  await lab.exec(['kill', '-STOP', before['MainPID'] ?? ''])
  await until(async () => {
    const {ActiveState, MainPID} = await properties(lab)
    return ActiveState === 'active' && MainPID !== before['MainPID']
  }, lab)
  assert.equal((await properties(lab))['NRestarts'], '1')
  assert.match(await ask(lab, 9998, 'QUERY keyword=one'), /^FOUND: 1 matches/)
}

async function stopUnderLoad(lab: Lab): Promise<void> {
  const senders = [1, 2, 3, 4].map((sender) => {
    const script = `exec 3<>/dev/tcp/127.0.0.1/9999 || exit 0; while echo "load ${sender}" >&3; do :; done 2> /dev/null`
    return lab.exec(['bash', '-c', script])
  })
  await until(async () => Number(/Total=(\d+)/.exec(await ask(lab, 9998, 'STATS'))?.[1]) > 1000, lab)
  const {code, stderr} = await lab.exec(['systemctl', 'stop', 'logcaster'])
  assert.equal(code, 0, stderr)
  await Promise.all(senders)
  const {Result, ExecMainStatus, ActiveState} = await properties(lab)
  assert.deepEqual([Result, ExecMainStatus, ActiveState], ['success', '0', 'inactive'])
  assert.match(await journal(lab), /"code":"server-stopped","message":"stopped; \d+ records taken, all of them stored"/)
}

async function refuse(lab: Lab): Promise<void> {
  writeFileSync(join(lab.root, '/etc/logcaster.yaml'), 'server: {listen: 0.0.0.0}\n')
  const {code} = await lab.exec(['systemctl', 'start', 'logcaster'])
  assert.notEqual(code, 0)
  // Longer than it would wait before the next attempt.
  await delay(2000)
  const {ActiveState, ExecMainStatus, NRestarts} = await properties(lab)
  assert.deepEqual([ActiveState, ExecMainStatus, NRestarts], ['failed', '5', '0'])
  assert.ok(existsSync(join(lab.root, '/var/lib/private/logcaster-server/wal')))
}

async function properties(lab: Lab): Promise<Readonly<Record<string, string>>> {
  const {stdout} = await lab.exec(['systemctl', 'show', 'logcaster'])
  return Object.fromEntries(stdout.split('\n').map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]))
}

async function journal(lab: Lab): Promise<string> {
  return (await lab.exec(['journalctl', '--no-pager', '-o', 'cat', '-u', 'logcaster'])).stdout
}

function send(lab: Lab, line: string): Promise<Executed> {
  return lab.exec(['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/9999; echo '${line}' >&3; sleep 0.3`])
}

/** The answer to one line, without its line break. */
async function ask(lab: Lab, port: number, line: string): Promise<string> {
  const {stdout} = await lab.exec(['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}; echo -e '${line}' >&3; cat <&3`])
  return stdout.trim()
}

/** Far beyond what anything here takes, on a machine whose cores are all taken. */
const patienceMs = 45_000

async function until(isSo: () => Promise<boolean>, lab: Lab): Promise<void> {
  const endMs = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > endMs) assert.fail(`it never came to it: ${await journal(lab)}`)
    await delay(100)
  }
}

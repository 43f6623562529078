import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test} from 'node:test'
import {fileSystemProbeMs, FileSystems, watchedPaths, type FileSystem} from '../../src/checks/file-systems.ts'
import {realClock} from '../../src/host/clock.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {never} from '../fixtures/network-servers.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {ended, exited, type Script} from '../sim/processes.ts'
import {inTime, loadedWith} from './context.ts'
import {statLine} from './healthy.ts'

function simulated(script?: Script): {host: SimHost; systems: FileSystems} {
  const host = simHost({seed: 1})
  if (script !== undefined) host.processes.script(['stat'], script)
  return {host, systems: new FileSystems(host, never())}
}

function temporary(t: {after(call: () => void): void}): string {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-disk-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  return folder
}

test('file systems: a real one is known by the numbers that the kernel gives', async (t) => {
  const path = temporary(t)
  const clock = realClock()
  const systems = new FileSystems({processes: realProcesses(clock, realRandom())}, never())
  const expected = statfsSync(path)
  const found = await systems.of(path)
  assert.equal(found.status, 'known')
  const {totalBytes, inodes, usedBytes, availableBytes} = found.space
  assert.deepEqual([totalBytes, inodes], [expected.blocks * expected.bsize, expected.files])
  assert.ok(usedBytes > 0 && availableBytes > 0 && usedBytes + availableBytes <= totalBytes)
})

test('file systems: nothing at a path, or a file on the way to it, is missing; the nearest folder above is found', async (t) => {
  const folder = temporary(t)
  writeFileSync(join(folder, 'file'), '')
  const systems = new FileSystems({processes: realProcesses(realClock(), realRandom())}, never())
  const absent = join(folder, 'not/there/at all')
  assert.deepEqual(await systems.of(absent), {status: 'missing', path: absent})
  assert.equal((await systems.of(join(folder, 'file/below'))).status, 'missing')
  assert.deepEqual([(await systems.nearest(absent)).status, (await systems.nearest(absent)).path], ['known', folder])
})

test('file systems: a path is never an option, and goes to the program as it is', async () => {
  const {host, systems} = simulated(exited(0, statLine()))
  await systems.of('/-rf /x')
  assert.deepEqual(host.processes.runs[0]?.argv.slice(-2), ['--', '/-rf /x'])
})

test('file systems: each path is asked about once, however many checks want to know', async () => {
  const {host, systems} = simulated(exited(0, statLine()))
  const [one, other] = await Promise.all([systems.of('/srv'), systems.of('/srv')])
  assert.equal(one, other)
  await systems.nearest('/srv')
  assert.equal(host.processes.runs.length, 1)
})

test('file systems: what stat counts in blocks is told in bytes', async () => {
  const {systems} = simulated(exited(0, 'a1 512 1000 400 300 50 40\n'))
  assert.deepEqual(await systems.of('/srv'), {
    status: 'known',
    path: '/srv',
    space: {id: 'a1:1000', totalBytes: 512_000, usedBytes: 307_200, availableBytes: 153_600, inodes: 50, inodesFree: 40}
  })
})

test('S-02: where stat is not installed, its name is what is told', async () => {
  const {systems} = simulated()
  assert.deepEqual(await systems.of('/srv'), {status: 'no-program', path: '/srv', program: 'stat'})
})

const failures: readonly [what: string, script: Script, expected: FileSystem][] = [
  [
    'a path that may not be looked at',
    exited(1, '', "stat: cannot read file system information for '/srv': Permission denied\n"),
    {
      status: 'failed',
      path: '/srv',
      reason: "stat: cannot read file system information for '/srv': Permission denied"
    }
  ],
  ['a program that was killed', ended({how: 'signalled', signal: 'SIGKILL'}), failed('stat: signalled')],
  ['a program that could not be started', ended({how: 'refused', reason: 'EAGAIN'}), failed('stat: refused')],
  ['an answer that is too short', exited(0, 'a1 4096 1 2 3\n'), failed('stat: exited')],
  ['an answer that is too long', exited(0, 'a1 4096 1 2 3 4 5 6\n'), failed('stat: exited')],
  ['an answer with a word in it', exited(0, 'a1 4096 1 2 3 4 ?\n'), failed('stat: exited')],
  ['an empty answer', exited(0, ''), failed('stat: exited')]
]

function failed(reason: string): FileSystem {
  return {status: 'failed', path: '/srv', reason}
}

for (const [what, script, expected] of failures) {
  test(`file systems: ${what} is told with its reason, not taken for numbers`, async () => {
    assert.deepEqual(await simulated(script).systems.of('/srv'), expected)
  })
}

test('S-10: a mount that does not answer is silent after its own time, and the root is not asked for in its place', async () => {
  const {host, systems} = simulated('hangs')
  const found = await inTime(host.clock, systems.nearest('/mnt/dead/logs'))
  assert.deepEqual(found, {status: 'silent', path: '/mnt/dead/logs'})
  assert.equal(host.processes.runs.length, 1)
  assert.ok(host.clock.elapsed() < 2 * fileSystemProbeMs)
})

test('S-10: a run that is stopped leaves nobody waiting for a mount', async () => {
  const host = simHost({seed: 1})
  host.processes.script(['stat'], 'hangs')
  const stop = new AbortController()
  const asked = new FileSystems(host, stop.signal).of('/mnt/dead')
  stop.abort('SIGINT')
  assert.equal((await asked).status, 'silent')
  assert.equal(host.clock.elapsed(), 0)
})

test('S-10: a real mount behind which nobody is left is silent, and the process that asked ends', async (t) => {
  if (!canMount()) {
    t.skip('needs root, unshare and /dev/fuse')
    return
  }
  const folder = temporary(t)
  const fixture = join(import.meta.dirname, '../fixtures/dead-mount.ts')
  // In a namespace of its own, so that nothing else on this machine can stumble on the mount, and it goes with it.
  const child = spawn('unshare', ['--mount', process.execPath, fixture, folder], {stdio: ['ignore', 'pipe', 'inherit']})
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(output), {
    onMount: {status: 'silent', path: folder},
    below: {status: 'silent', path: `${folder}/logs`},
    root: 'known'
  })
})

function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    accessSync('/usr/bin/unshare', constants.X_OK)
    return process.getuid?.() === 0
  } catch {
    return false
  }
}

test('S-07: the paths that are looked at are the root and those of the configuration, required where somebody set them', async () => {
  const loaded = await loadedWith(['paths.logs=/srv/logs', 'checks.disk.space.paths=/mnt/a,/mnt/b'])
  const watched = watchedPaths(loaded.config, (key) => loaded.isSet(key))
  const extra = {setting: 'checks.disk.space.paths', isRequired: true, isWritten: false}
  assert.deepEqual(watched, [
    {path: '/', setting: '/', isRequired: true, isWritten: false},
    {path: '/var/lib/logcaster', setting: 'paths.data', isRequired: false, isWritten: false},
    {path: '/etc/logcaster', setting: 'paths.config', isRequired: false, isWritten: false},
    {path: '/srv/logs', setting: 'paths.logs', isRequired: true, isWritten: true},
    {path: '/mnt/a', ...extra},
    {path: '/mnt/b', ...extra}
  ])
})

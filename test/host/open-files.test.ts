import assert from 'node:assert/strict'
import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import * as fs from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {realClock} from '../../src/host/clock.ts'
import {fileKey, isOpen, realOpenFiles, type OpenLook} from '../../src/host/open-files.ts'
import {lacking, ordinaryUser, unlessRoot} from '../cli/run.ts'
import {SimClock} from '../sim/clock.ts'

const {signal} = new AbortController()

function folderFor(t: TestContext): string {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'logcaster-open-')))
  t.after(() => {
    fs.rmSync(folder, {recursive: true, force: true})
  })
  return folder
}

function look(): Promise<OpenLook> {
  return realOpenFiles(realClock()).look(signal)
}

function numbersOf(path: string): {device: number; inode: number} {
  const {dev: device, ino: inode} = fs.statSync(path)
  return {device, inode}
}

async function isHeld(path: string): Promise<boolean> {
  return isOpen(await look(), numbersOf(path))
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

test('open files: a file that another process reads or writes is open until it lets go of it', async (t) => {
  const folder = folderFor(t)
  const [held, other] = [join(folder, 'held'), join(folder, 'other')]
  for (const path of [held, other]) fs.writeFileSync(path, 'x')
  for (const flags of ['r', 'a']) {
    const descriptor = fs.openSync(held, flags)
    const child = spawn('sleep', ['600'], {stdio: ['ignore', descriptor, 'ignore']})
    fs.closeSync(descriptor)
    assert.deepEqual([await isHeld(held), await isHeld(other)], [true, false])
    await end(child)
    assert.equal(await isHeld(held), false)
  }
})

test('open files: a file is open by whatever name it is found', async (t) => {
  const folder = folderFor(t)
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  fs.writeFileSync(first, 'x')
  const descriptor = fs.openSync(first, 'r')
  fs.linkSync(first, second)
  fs.unlinkSync(first)
  assert.equal(await isHeld(second), true)
  fs.closeSync(descriptor)
  assert.equal(await isHeld(second), false)
})

test('open files: a file that is mapped into memory is open, although no descriptor is left of it', async (t) => {
  const program = join(folderFor(t), 'program')
  fs.copyFileSync(fs.realpathSync('/bin/sleep'), program)
  const child = spawn(program, ['600'], {stdio: 'ignore'})
  await once(child, 'spawn')
  assert.ok(fs.readdirSync(`/proc/${child.pid}/fd`).every((name) => !linkOf(child, name).startsWith(program)))
  assert.equal(await isHeld(program), true)
  await end(child)
  assert.equal(await isHeld(program), false)
})

function linkOf(child: ChildProcess, name: string): string {
  return fs.readlinkSync(`/proc/${child.pid}/fd/${name}`)
}

const lookFixture = join(import.meta.dirname, '../fixtures/open-files-look.ts')
// Processes of its own alone: nobody is then too privileged to be looked into.
const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

interface Answer {
  readonly answers: readonly boolean[]
  readonly isComplete: boolean
}

function told(words: readonly string[]): unknown {
  const [program = '', ...args] = words
  const ran = spawnSync(program, args, {encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL'})
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

test('open files: root sees all there is', {skip: unlessRoot('unshare')}, () => {
  const {isComplete} = told([...apart, process.execPath, lookFixture]) as Answer
  assert.equal(isComplete, true)
})

test('open files: another user knows of own files, and that this is not all', (t) => {
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return
  }
  const path = join(folderFor(t), 'own')
  fs.writeFileSync(path, 'x')
  fs.chmodSync(join(path, '..'), 0o755)
  const holding = ['/bin/sh', '-c', `exec 3< '${path}'; '${process.execPath}' '${lookFixture}' '${path}'`]
  assert.deepEqual(told([...user.under, ...holding]), {answers: [true], isComplete: false})
})

test('open files: on an overlay, whose files have other numbers below', {skip: unlessRoot('unshare')}, (t) => {
  const folder = folderFor(t)
  const script = `
    cd '${folder}'; mkdir lower space both
    echo x > lower/held; echo x > lower/other; cp "$(readlink -f /bin/sleep)" lower/program
    mount -t tmpfs space space; mkdir space/upper space/work
    mount -t overlay -o lowerdir=lower,upperdir=space/upper,workdir=space/work both both
    echo x > both/new
    exec 3< both/held 4>> both/new
    both/program 600 3<&- 4>&- & trap "kill $!" EXIT
    '${process.execPath}' '${lookFixture}' both/held both/other both/new both/program`
  const answers = [true, false, true, true]
  assert.deepEqual(told([...apart, '/bin/sh', '-euc', script]), {answers, isComplete: true})
})

function unlessFuse(): string | false {
  return fs.existsSync('/dev/fuse') ? unlessRoot('unshare') : 'needs /dev/fuse'
}

test('open files: a file behind a dead mount is told without asking there', {skip: unlessFuse()}, (t) => {
  const fixture = join(import.meta.dirname, '../fixtures/open-files-dead-mount.ts')
  const answer = told([...apart, process.execPath, fixture, folderFor(t)])
  assert.deepEqual(answer, {isFound: true, isComplete: true})
})

/** What /proc says of one process, as far as anybody asks. */
interface Process {
  readonly mountinfo?: string
  readonly maps?: string
  /** Targets of links. */
  readonly fd?: Readonly<Record<string, string>>
  readonly fdinfo?: Readonly<Record<string, string>>
  readonly map_files?: Readonly<Record<string, string>>
}

/** A folder that looks like /proc, with init and one more process in it. */
function procWith(t: TestContext, process: Process): string {
  const folder = folderFor(t)
  const own = join(folder, '200')
  fs.mkdirSync(join(folder, '1'))
  for (const name of ['fd', 'fdinfo', 'map_files']) fs.mkdirSync(join(own, name), {recursive: true})
  for (const name of ['mountinfo', 'maps'] as const) fs.writeFileSync(join(own, name), process[name] ?? '')
  for (const name of ['fd', 'map_files'] as const) {
    for (const [link, target] of Object.entries(process[name] ?? {})) fs.symlinkSync(target, join(own, name, link))
  }
  for (const [name, text] of Object.entries(process.fdinfo ?? {})) fs.writeFileSync(join(own, 'fdinfo', name), text)
  return folder
}

function lookAt(folder: string): Promise<OpenLook> {
  return realOpenFiles(realClock(), folder).look(signal)
}

const mounts = [
  '30 1 8:17 / / rw,relatime shared:1 - ext4 /dev/sdb1 rw',
  '31 30 0:300 / /mnt/far rw shared:2 master:3 - nfs4 server:/x rw\\040,hard',
  'not a mount'
].join('\n')
// As the kernel puts 0 and 300 together.
const farDevice = 300 - 256 + 2 ** 20

test('open files: on a file system that may not answer, what the kernel knows is believed', async (t) => {
  const target = '/mnt/far/a.log'
  const far = {mountinfo: mounts, fd: {3: target}}
  const known = await lookAt(procWith(t, {...far, fdinfo: {3: 'pos:\t0\nflags:\t02\nmnt_id:\t31\nino:\t77\n'}}))
  assert.deepEqual([[...known.open], known.isComplete], [[`${farDevice}:77`], true])
  // Before Linux 5.14.
  const unknown = await lookAt(procWith(t, {...far, fdinfo: {3: 'pos:\t0\nflags:\t02\nmnt_id:\t31\n'}}))
  assert.deepEqual([[...unknown.open], unknown.isComplete], [[], false])
})

test('open files: where the kernel does not tell the number, the file on a local disk is asked', async (t) => {
  const path = join(folderFor(t), 'a.log')
  fs.writeFileSync(path, '')
  const fdinfo = {3: 'mnt_id:\t30\n', 4: 'mnt_id:\t30\n', 5: 'mnt_id:\t30\n'}
  const fd = {3: path, 4: join(path, '..'), 5: join(path, '../gone')}
  const {open, isComplete} = await lookAt(procWith(t, {mountinfo: mounts, fd, fdinfo}))
  assert.deepEqual([[...open], isComplete], [[fileKey(numbersOf(path))], true])
})

test('open files: a file of no mount is open on any device, unless it is memory that has no name', async (t) => {
  const fd = {3: '/detached/a.log', 4: '/memfd:shared (deleted)', 5: 'socket:[4711]', 6: 'pipe:[4712]'}
  const info = 'mnt_id:\t99\nino:\t77\n'
  const {open, isComplete} = await lookAt(procWith(t, {fd, fdinfo: {3: info, 4: info, 5: info, 6: info}}))
  const found = {open, isComplete}
  assert.deepEqual([...open], ['*:77'])
  assert.ok(isComplete && isOpen(found, {device: 5, inode: 77}) && !isOpen(found, {device: 77, inode: 5}))
  const older = await lookAt(procWith(t, {fd, fdinfo: {3: 'mnt_id:\t99\n', 4: 'mnt_id:\t99\n'}}))
  assert.equal(older.isComplete, false)
})

test('open files: mapped files are taken by their devices, and asked where that is safe and allowed', async (t) => {
  const path = join(folderFor(t), 'a.log')
  fs.writeFileSync(path, '')
  const maps = [
    '00400000-00500000 r-xp 00000000 08:11 12                 /var/a b.log',
    '00500000-00600000 r-xp 00100000 08:11 12                 /var/a b.log',
    '7f0000000000-7f0000001000 rw-s 00000000 00:12c 13        /mnt/far/b.log',
    '7f0000002000-7f0000003000 rw-s 00000000 08:11 14         /var/refused.log',
    '7f0000004000-7f0000005000 rw-s 00000000 00:01 15         /dev/zero (deleted)',
    '7f0000006000-7f0000007000 rw-s 00000000 09:01 16         /unknown/c.log',
    '7f0000008000-7f0000009000 rw-p 00000000 00:00 0          [heap]'
  ].join('\n')
  // A link that leads to itself stands for one that may not be followed.
  const map_files = {'400000-500000': path, '7f0000002000-7f0000003000': '7f0000002000-7f0000003000'}
  const {open, isComplete} = await lookAt(procWith(t, {mountinfo: mounts, maps, map_files}))
  assert.deepEqual([...open], [fileKey(numbersOf(path)), `${farDevice}:13`, '*:14', '*:16'])
  assert.equal(isComplete, true)
})

test('open files: what cannot be looked into is no reason to think that nothing is open', async (t) => {
  const folder = procWith(t, {})
  assert.equal((await lookAt(folder)).isComplete, true)
  fs.rmSync(join(folder, '200/fd'), {recursive: true})
  assert.equal((await lookAt(folder)).isComplete, true, 'it has ended')
  fs.symlinkSync('fd', join(folder, '200/fd'))
  assert.equal((await lookAt(folder)).isComplete, false, 'it refuses')
  const unreadable = procWith(t, {})
  fs.rmSync(join(unreadable, '200/maps'))
  fs.symlinkSync('maps', join(unreadable, '200/maps'))
  assert.equal((await lookAt(unreadable)).isComplete, false)
  const hidden = procWith(t, {})
  fs.rmdirSync(join(hidden, '1'))
  assert.equal((await lookAt(hidden)).isComplete, false)
  assert.equal((await lookAt(join(hidden, 'none'))).isComplete, false)
})

test('open files: a process that keeps us waiting is not waited for long', {skip: lacking('mkfifo')}, async (t) => {
  const path = join(folderFor(t), 'a.log')
  fs.writeFileSync(path, '')
  const folder = procWith(t, {mountinfo: mounts, fd: {3: path}, fdinfo: {3: 'mnt_id:\t30\n'}})
  const maps = join(folder, '200/maps')
  fs.rmSync(maps)
  spawnSync('mkfifo', [maps])
  const clock = new SimClock()
  try {
    const looking = realOpenFiles(clock, folder).look(signal)
    await until(() => clock.advance(5000), looking)
    const {open, isComplete} = await looking
    assert.deepEqual([[...open], isComplete, clock.waiting], [[fileKey(numbersOf(path))], false, 0])
  } finally {
    // Whoever reads the FIFO would wait for ever, and the test with it.
    fs.closeSync(fs.openSync(maps, 'r+'))
  }
})

/** Lets time pass as soon as the search is where it waits. */
async function until(pass: () => Promise<void>, looking: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  void looking.then(() => {
    over.abort()
  })
  while (!over.signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    await pass()
  }
}

test('open files: told to stop, it stops, and says that this is not all', async (t) => {
  const folder = procWith(t, {fd: {3: '/a.log'}, fdinfo: {3: 'ino:\t77\n'}})
  const {open, isComplete} = await realOpenFiles(realClock(), folder).look(AbortSignal.abort())
  assert.deepEqual([[...open], isComplete], [[], false])
})

import assert from 'node:assert/strict'
import {execFile, execFileSync} from 'node:child_process'
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {promisify} from 'node:util'
import {realDisk} from '../../src/host/disk.ts'
import {makeFolder, moveAside, readText, readWhole, writeAtomic} from '../../src/host/files.ts'
import {realRandom} from '../../src/host/random.ts'
import {SimDisk} from '../sim/disk.ts'
import {seeded} from '../sim/random.ts'
import {faultOf} from '../fixtures/fault-of.ts'

const oldText = 'old '.repeat(400)
const newText = 'new! '.repeat(500)

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'logcaster-files-'))
  t.after(() => rm(folder, {recursive: true, force: true}))
  return folder
}

function contentOf(text: string): {bytes: Uint8Array; mode: number; random: ReturnType<typeof realRandom>} {
  return {bytes: new TextEncoder().encode(text), mode: 0o640, random: realRandom()}
}

test('files: what writeAtomic wrote is read back, with the mode it was given, replacing what was there', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'file')
  for (const text of [oldText, newText, '']) {
    await writeAtomic(realDisk(), path, {...contentOf(text), mode: 0o400})
    assert.equal(await readText(realDisk(), path, 1 << 20), text)
  }
  assert.equal((await stat(path)).mode & 0o777, 0o400)
  assert.deepEqual(await readdir(folder), ['file'])
})

test('files: writeAtomic on a full file system keeps the old content and leaves nothing beside it', async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('needs root: mount a tmpfs')
    return
  }
  const folder = await folderFor(t)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
  try {
    const path = join(folder, 'file')
    await writeAtomic(realDisk(), path, contentOf(oldText))
    const fault = await faultOf(writeAtomic(realDisk(), path, contentOf('x'.repeat(1 << 17))))
    assert.deepEqual([fault?.code, fault?.values], ['file-unwritable', {path, reason: 'ENOSPC'}])
    assert.equal(await readFile(path, 'utf8'), oldText)
    assert.deepEqual(await readdir(folder), ['file'])
  } finally {
    execFileSync('umount', [folder])
  }
})

/** Runs it without root's right to write and read everything. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

test('files: a folder that may not be written and a file that may not be read give Faults that say so', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'file')
  await writeFile(path, oldText, {mode: 0o000})
  await chmod(folder, 0o555)
  await asNobody(async () => {
    const unwritable = await faultOf(writeAtomic(realDisk(), path, contentOf(newText)))
    assert.deepEqual([unwritable?.code, unwritable?.values], ['file-unwritable', {path, reason: 'EACCES'}])
    assert.equal((unwritable?.cause as NodeJS.ErrnoException).code, 'EACCES')
    const unreadable = await faultOf(readWhole(realDisk(), path, 1 << 20))
    assert.deepEqual([unreadable?.code, unreadable?.values], ['file-unreadable', {path, reason: 'EACCES'}])
    const below = join(folder, 'a/b')
    const unmade = await faultOf(makeFolder(realDisk(), below, 0o700))
    assert.deepEqual([unmade?.code, unmade?.values], ['file-unwritable', {path: below, reason: 'EACCES'}])
  })
  await chmod(folder, 0o755)
  await chmod(path, 0o644)
  assert.equal(await readFile(path, 'utf8'), oldText)
})

test('files: writeAtomic does not follow a link that somebody put at its temporary name', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'file')
  const victim = join(folder, 'victim')
  const link = join(folder, '.file.00000000.tmp')
  await writeFile(victim, 'untouched')
  for (const target of [victim, join(folder, 'nowhere')]) {
    await symlink(target, link)
    const fault = await faultOf(writeAtomic(realDisk(), path, {...contentOf(newText), random: {below: () => 0}}))
    assert.deepEqual([fault?.code, fault?.values], ['file-unwritable', {path, reason: 'EEXIST'}])
    assert.deepEqual((await readdir(folder)).sort(), ['.file.00000000.tmp', 'victim'])
    assert.equal(await readFile(victim, 'utf8'), 'untouched')
    await rm(link)
  }
})

/** The argv of a process that does this to the path and prints `done`, or why not. */
function inNode(work: string, path: string): [string, ...string[]] {
  const script = `
    const {readWhole, writeAtomic} = await import('${new URL('../../src/host/files.ts', import.meta.url).href}')
    const {realDisk} = await import('${new URL('../../src/host/disk.ts', import.meta.url).href}')
    await ${work}.then(() => console.log('done'), (cause) => console.log(cause.message))`
  return [process.execPath, '--input-type=module', '-e', script, path]
}

test('files: writeAtomic asks the kernel itself to sync, and believes it when that fails', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'file')
  const content = "{bytes: new TextEncoder().encode('new'), mode: 0o600, random: {below: () => 1}}"
  const node = inNode(`writeAtomic(realDisk(), process.argv[1], ${content})`, path)
  const run = async (fault: string): Promise<string> => {
    const strace = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', fault]
    return (await promisify(execFile)('strace', [...strace, ...node])).stdout
  }
  try {
    execFileSync('strace', ['-V'], {stdio: 'ignore'})
  } catch {
    t.skip('needs strace')
    return
  }
  await writeFile(path, 'old')
  const refusal = `file-unwritable {"path":"${path}","reason":"EIO"}\n`
  assert.equal(await run('inject=fsync:error=EIO:when=1'), refusal)
  assert.equal(await readFile(path, 'utf8'), 'old')
  assert.deepEqual(await readdir(folder), ['file'])
  assert.equal(await run('inject=fsync:error=EIO:when=2'), refusal)
  assert.equal(await readFile(path, 'utf8'), 'new')
  assert.equal(await run('inject=fsync:error=EIO:when=3'), 'done\n')
})

test('files: readWhole keeps to its bound to the byte, and knows absent from unreadable', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'file')
  for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
    const bytes = seeded(length).bytes(length)
    await writeFile(path, bytes)
    assert.deepEqual(await readWhole(realDisk(), path, length), bytes)
    if (length === 0) continue
    const fault = await faultOf(readWhole(realDisk(), path, length - 1))
    assert.deepEqual([fault?.code, fault?.values], ['file-unreadable', {path, reason: 'too big'}])
  }
  assert.equal(await readWhole(realDisk(), join(folder, 'none'), 10), undefined)
  assert.equal(await readWhole(realDisk(), join(path, 'below-a-file'), 10), undefined)
  assert.equal(await readText(realDisk(), join(folder, 'none'), 10), undefined)
})

test('files: readWhole reads files of /proc, whose size is 0, and keeps to its bound there too', async () => {
  const status = await readText(realDisk(), '/proc/self/status', 1 << 16)
  assert.match(status ?? '', new RegExp(`^Pid:\\t${process.pid}$`, 'm'))
  const fault = await faultOf(readWhole(realDisk(), '/proc/self/status', 10))
  assert.deepEqual(fault?.values, {path: '/proc/self/status', reason: 'too big'})
  const disk = new SimDisk({seed: 1})
  disk.putProc('/proc/loadavg', '0.00 0.01 0.05 1/234 5678\n')
  assert.equal(await readText(disk, '/proc/loadavg', 1 << 16), '0.00 0.01 0.05 1/234 5678\n')
})

test('files: readWhole refuses folders, devices and FIFOs, and does not wait for a writer', async (t) => {
  const folder = await folderFor(t)
  for (const path of [folder, '/dev/zero']) {
    const fault = await faultOf(readWhole(realDisk(), path, 1 << 20))
    assert.deepEqual([fault?.code, fault?.values], ['file-unreadable', {path, reason: 'not a file'}])
  }
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  // In a process of its own: one that waits in `open` can be ended by nothing but SIGKILL.
  const [node, ...args] = inNode('readWhole(realDisk(), process.argv[1], 1 << 20)', fifo)
  const said = execFileSync(node, args, {timeout: 10_000, killSignal: 'SIGKILL', encoding: 'utf8'})
  assert.equal(said, `file-unreadable {"path":"${fifo}","reason":"not a file"}\n`)
})

test('files: readText drops a byte order mark and shows bytes that are no UTF-8', async (t) => {
  const path = join(await folderFor(t), 'file')
  await writeFile(path, Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62))
  assert.equal(await readText(realDisk(), path, 10), 'a\u{fffd}b')
})

test('files: makeFolder makes what is missing, keeps what is there, and many may call it at once', async (t) => {
  const folder = await folderFor(t)
  await mkdir(join(folder, 'there'), {mode: 0o711})
  const path = join(folder, 'there/a/b/c')
  await Promise.all(Array.from({length: 8}, () => makeFolder(realDisk(), path, 0o700)))
  assert.equal((await stat(path)).mode & 0o777, 0o700)
  assert.equal((await stat(join(folder, 'there'))).mode & 0o777, 0o711)
  await writeFile(join(folder, 'file'), '')
  for (const inTheWay of [join(folder, 'file'), join(folder, 'file/below')]) {
    const fault = await faultOf(makeFolder(realDisk(), inTheWay, 0o700))
    const values = {path: join(folder, 'file'), reason: 'ENOTDIR'}
    assert.deepEqual([fault?.code, fault?.values], ['file-unwritable', values])
  }
})

test('files: moveAside numbers the damaged copies, and stops at a hundred of them', async (t) => {
  const path = join(await folderFor(t), 'file')
  await writeFile(path, 'first')
  assert.equal(await moveAside(realDisk(), path, 'damaged'), `${path}.damaged`)
  await writeFile(path, 'second')
  assert.equal(await moveAside(realDisk(), path, 'damaged'), `${path}.damaged.2`)
  assert.equal(await readFile(`${path}.damaged`, 'utf8'), 'first')
  assert.equal(await readFile(`${path}.damaged.2`, 'utf8'), 'second')
  const absent = await faultOf(moveAside(realDisk(), path, 'damaged'))
  assert.deepEqual([absent?.code, absent?.values], ['file-unwritable', {path, reason: 'ENOENT'}])
  await assert.rejects(stat(`${path}.damaged.3`), {code: 'ENOENT'})
  for (let count = 3; count <= 100; count += 1) await writeFile(`${path}.damaged.${count}`, '')
  await writeFile(path, 'one too many')
  const full = await faultOf(moveAside(realDisk(), path, 'damaged'))
  assert.deepEqual([full?.code, full?.values], ['file-unwritable', {path, reason: 'EEXIST'}])
  assert.equal(await readFile(path, 'utf8'), 'one too many')
})

import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {realDisk} from '../../src/host/disk.ts'

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'logcaster-disk-'))
  t.after(() => rm(folder, {recursive: true, force: true}))
  return folder
}

test('disk: a file that was created can be written anywhere, and what was written is read back', async (t) => {
  const path = join(await folderFor(t), 'file')
  const disk = realDisk()
  const file = await disk.open(path, 'create', 0o600)
  await file.write(Uint8Array.of(7, 8, 9), 5)
  await file.write(Uint8Array.of(1, 2), 0)
  await file.sync()
  await file.close()
  assert.deepEqual([...(await readFile(path))], [1, 2, 0, 0, 0, 7, 8, 9])
  const again = await disk.open(path, 'read')
  const into = new Uint8Array(4)
  assert.equal(await again.read(into, 6), 2)
  assert.deepEqual([...into], [8, 9, 0, 0])
  assert.equal(await again.read(into, 8), 0)
  assert.equal(await again.read(new Uint8Array(0), 0), 0)
  await again.close()
})

test('disk: create takes a free name only, follows no link, and is for the owner alone unless told otherwise', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  await symlink(join(folder, 'nowhere'), join(folder, 'link'))
  await assert.rejects(disk.open(join(folder, 'link'), 'create'), {code: 'EEXIST'})
  await assert.rejects(disk.open(folder, 'create'), {code: 'EEXIST'})
  const file = await disk.open(join(folder, 'file'), 'create')
  await file.close()
  assert.equal((await stat(join(folder, 'file'))).mode & 0o777, 0o600)
  await assert.rejects(disk.open(join(folder, 'file'), 'create'), {code: 'EEXIST'})
})

test('disk: the real path is without links, and undefined where nothing is', async (t) => {
  const folder = await realpath(await folderFor(t))
  const disk = realDisk()
  await mkdir(join(folder, 'real'))
  await symlink('real', join(folder, 'link'))
  await symlink('nowhere', join(folder, 'dangling'))
  assert.equal(await disk.realPath(join(folder, 'link')), join(folder, 'real'))
  assert.equal(await disk.realPath(join(folder, 'dangling')), undefined)
  assert.equal(await disk.realPath(join(folder, 'none/x')), undefined)
})

test('disk: read-unlinked opens a real path, and no path with a link in any part of it', async (t) => {
  const folder = await realpath(await folderFor(t))
  const disk = realDisk()
  await mkdir(join(folder, 'real'))
  await writeFile(join(folder, 'real/file'), 'x')
  await symlink('real', join(folder, 'link'))
  await symlink('file', join(folder, 'real/other'))
  const file = await disk.open(join(folder, 'real/file'), 'read-unlinked')
  assert.equal(await file.read(new Uint8Array(2), 0), 1)
  await file.close()
  await assert.rejects(disk.open(join(folder, 'real/other'), 'read-unlinked'), {code: 'ELOOP'})
  await assert.rejects(disk.open(join(folder, 'link/file'), 'read-unlinked'), {code: 'ELOOP'})
})

test('disk: stat follows links, says what a thing is, and undefined where nothing is', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  const path = join(folder, 'file')
  await writeFile(path, 'four')
  await chmod(path, 0o640)
  await utimes(path, 1_700_000_000, 1_700_000_000.5)
  await symlink(path, join(folder, 'link'))
  const found = await disk.stat(join(folder, 'link'))
  assert.deepEqual(
    [found?.kind, found?.size, found?.mode, found?.uid, found?.modifiedMs],
    ['file', 4, 0o640, process.getuid?.(), 1_700_000_000_500]
  )
  assert.equal((await disk.stat(folder))?.kind, 'directory')
  assert.equal((await disk.stat('/dev/null'))?.kind, 'other')
  assert.equal(await disk.stat(join(folder, 'none')), undefined)
  assert.equal(await disk.stat(join(path, 'below-a-file')), undefined)
  await disk.rename(path, join(folder, 'renamed'))
  const renamed = await disk.stat(join(folder, 'renamed'))
  assert.deepEqual([renamed?.inode, renamed?.device], [found?.inode, found?.device])
})

test('disk: an error that is not absence comes out of stat', async (t) => {
  const folder = await folderFor(t)
  await assert.rejects(realDisk().stat(join(folder, 'x'.repeat(300))), {code: 'ENAMETOOLONG'})
})

test('disk: remove takes a file, a link but not its target, and a folder only when it is empty', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'sub/file'), '')
  await symlink(join(folder, 'sub'), join(folder, 'link'))
  await disk.remove(join(folder, 'link'))
  assert.deepEqual(await disk.list(folder), ['sub'])
  await assert.rejects(disk.remove(join(folder, 'sub')), {code: 'ENOTEMPTY'})
  await disk.remove(join(folder, 'sub/file'))
  await disk.remove(join(folder, 'sub'))
  assert.deepEqual(await disk.list(folder), [])
  await assert.rejects(disk.remove(join(folder, 'sub')), {code: 'ENOENT'})
})

test('disk: syncDirectory works on folders only, and lets pass that a file system cannot', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  await writeFile(join(folder, 'file'), '')
  await disk.syncDirectory(folder)
  // Folders of /proc answer EINVAL.
  await disk.syncDirectory('/proc/self')
  await assert.rejects(disk.syncDirectory(join(folder, 'file')), {code: 'ENOTDIR'})
  await assert.rejects(disk.syncDirectory(join(folder, 'none')), {code: 'ENOENT'})
})

test('disk: a file opened for reading takes no bytes, and a closed one gives none', async (t) => {
  const path = join(await folderFor(t), 'file')
  await writeFile(path, 'four')
  const file = await realDisk().open(path, 'read')
  await assert.rejects(file.write(Uint8Array.of(1), 0), {code: 'EBADF'})
  await file.close()
  await assert.rejects(file.read(new Uint8Array(1), 0), {code: 'EBADF'})
  assert.equal(await readFile(path, 'utf8'), 'four')
})

test('disk: lstat tells of a link itself, and of anything else what stat does', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  await writeFile(join(folder, 'file'), 'four')
  await symlink('file', join(folder, 'link'))
  await symlink('nowhere', join(folder, 'dangling'))
  const link = await disk.lstat(join(folder, 'link'))
  assert.deepEqual([link?.kind, link?.size], ['link', 4])
  assert.equal((await disk.lstat(join(folder, 'dangling')))?.kind, 'link')
  for (const path of ['file', '.', 'none', 'file/none']) {
    assert.deepEqual(await disk.lstat(join(folder, path)), await disk.stat(join(folder, path)))
  }
})

test('disk: a hard link is a second name of the same file, counted, and never replaces', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  await writeFile(one, '1')
  assert.equal((await disk.stat(one))?.links, 1)
  await disk.link(one, other)
  assert.deepEqual(await disk.stat(other), await disk.stat(one))
  assert.equal((await disk.stat(one))?.links, 2)
  await assert.rejects(disk.link(one, other), {code: 'EEXIST'})
  await symlink('nowhere', join(folder, 'link'))
  await assert.rejects(disk.link(one, join(folder, 'link')), {code: 'EEXIST'})
  await assert.rejects(disk.link(folder, join(folder, 'folder')), {code: 'EPERM'})
  await disk.link(join(folder, 'link'), join(folder, 'link2'))
  assert.equal((await disk.lstat(join(folder, 'link2')))?.kind, 'link')
  await disk.remove(one)
  assert.equal((await disk.stat(other))?.links, 1)
})

test('disk: write takes a regular file as it is, makes none, and follows no link', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  await writeFile(join(folder, 'file'), 'abc')
  await symlink('file', join(folder, 'link'))
  const file = await disk.open(join(folder, 'file'), 'write')
  await file.write(Uint8Array.of(100), 3)
  await assert.rejects(file.read(new Uint8Array(1), 0), {code: 'EBADF'})
  await file.close()
  assert.equal(await readFile(join(folder, 'file'), 'utf8'), 'abcd')
  await assert.rejects(disk.open(join(folder, 'link'), 'write'), {code: 'ELOOP'})
  await assert.rejects(disk.open(join(folder, 'none'), 'write'), {code: 'ENOENT'})
  await assert.rejects(disk.open(folder, 'write'), {code: 'EISDIR'})
})

test('disk: write refuses at once what is no regular file, and leaves nothing open', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  const fifo = join(folder, 'fifo')
  spawnSync('mkfifo', [fifo])
  await assert.rejects(disk.open(fifo, 'write'), {code: 'ENXIO'})
  const reader = await disk.open(fifo, 'read')
  const before = (await disk.list('/proc/self/fd')).length
  await assert.rejects(disk.open(fifo, 'write'), {code: 'ENXIO'})
  await assert.rejects(disk.open('/dev/null', 'write'), {code: 'ENXIO'})
  assert.equal((await disk.list('/proc/self/fd')).length, before)
  await reader.close()
  const server = createServer().listen(join(folder, 'socket'))
  await assert.rejects(disk.open(join(folder, 'socket'), 'write'), {code: 'ENXIO'})
  server.close()
})

test('disk: the mode that is set is exact, of folders too, and an owner that stays needs no privilege', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  const before = process.umask(0o077)
  t.after(() => process.umask(before))
  await writeFile(join(folder, 'file'), '')
  await mkdir(join(folder, 'sub'))
  for (const [name, mode] of [
    ['file', 0o4664],
    ['sub', 0o1777]
  ] as const) {
    const file = await disk.open(join(folder, name), 'read')
    const {uid, gid} = await file.stat()
    await file.setAttributes({uid, gid, mode})
    assert.equal((await file.stat()).mode, mode)
    await file.sync()
    await file.close()
  }
})

const isRoot = process.getuid?.() === 0

test(
  'disk: root can give a file away, and the bits that a new owner would cost are there',
  {skip: !isRoot},
  async (t) => {
    const path = join(await folderFor(t), 'file')
    await writeFile(path, '')
    const file = await realDisk().open(path, 'read')
    await file.setAttributes({uid: 65534, gid: 65533, mode: 0o6755})
    const {uid, gid, mode} = await file.stat()
    await file.close()
    assert.deepEqual([uid, gid, mode], [65534, 65533, 0o6755])
  }
)

/** Runs an expression that is given `disk` and `folder`, as a user who is not root. */
function asUser(expression: string, folder: string): unknown {
  const disk = new URL('../../src/host/disk.ts', import.meta.url).href
  const script = `
    const disk = (await import('${disk}')).realDisk()
    const folder = process.argv[1]
    process.stdout.write(JSON.stringify(await (${expression})))`
  // The capability is for a checkout below a folder that is closed to others; writing needs another one.
  const caps = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...caps]
  const [program, ...words] = [...(isRoot ? user : []), process.execPath, '--input-type=module', '--eval', script]
  const ran = spawnSync(program, [...words, folder], {encoding: 'utf8'})
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

test('disk: mayWrite says whether we may, and no where nothing is', async (t) => {
  const folder = await folderFor(t)
  const disk = realDisk()
  await mkdir(join(folder, 'closed'))
  await writeFile(join(folder, 'closed/file'), '')
  await mkdir(join(folder, 'unsearchable'))
  await writeFile(join(folder, 'loose'), '')
  await symlink('loop', join(folder, 'loop'))
  for (const path of ['', 'closed', 'loose']) assert.equal(await disk.mayWrite(join(folder, path)), true)
  for (const path of ['none', 'loose/none']) assert.equal(await disk.mayWrite(join(folder, path)), false)
  await assert.rejects(disk.mayWrite(join(folder, 'loop')), {code: 'ELOOP'})
  await chmod(folder, 0o755)
  await chmod(join(folder, 'closed/file'), 0o666)
  await chmod(join(folder, 'closed'), 0o555)
  await chmod(join(folder, 'unsearchable'), 0o666)
  await chmod(join(folder, 'loose'), 0o444)
  const names = ['closed', 'closed/file', 'unsearchable', 'loose']
  const asked = `Promise.all(${JSON.stringify(names)}.map((name) => disk.mayWrite(folder + '/' + name)))`
  assert.deepEqual(asUser(asked, folder), [false, true, false, false])
  await chmod(join(folder, 'closed'), 0o755)
})

test('disk: a user can set the mode of an own file, and cannot give it away', async (t) => {
  const folder = await folderFor(t)
  await chmod(folder, 0o777)
  await writeFile(join(folder, 'mine'), '')
  if (isRoot) await chown(join(folder, 'mine'), 65534, 65534)
  const tried = `(async () => {
    const file = await disk.open(folder + '/mine', 'read')
    const {uid, gid} = await file.stat()
    await file.setAttributes({uid, gid, mode: 0o604})
    const refused = await file.setAttributes({uid: uid + 1, gid, mode: 0o600}).catch((cause) => cause.code)
    return [(await file.stat()).mode, refused]
  })()`
  assert.deepEqual(asUser(tried, folder), [0o604, 'EPERM'])
})

test('disk: parts are written one behind the other, empty ones too, from shared memory and from any place in it', async (t) => {
  const path = join(await folderFor(t), 'file')
  const shared = new Uint8Array(new SharedArrayBuffer(100)).map((_, at) => at)
  const file = await realDisk().open(path, 'create')
  await file.writeAll([shared.subarray(1, 3), new Uint8Array(0), Uint8Array.of(200), shared.subarray(50, 52)], 2)
  await file.writeAll([], 100)
  await file.syncData()
  await file.close()
  assert.deepEqual([...(await readFile(path))], [0, 0, 1, 2, 200, 50, 51])
  await assert.rejects(file.writeAll([shared], 0), {code: 'EBADF'})
  await assert.rejects(file.syncData(), {code: 'EBADF'})
})

test('disk: more parts than the system takes at once are written all the same', async (t) => {
  const path = join(await folderFor(t), 'file')
  const parts = Array.from({length: 5000}, (_, at) => Uint8Array.of(at & 255, at >>> 8))
  const file = await realDisk().open(path, 'create')
  await file.writeAll(parts, 1)
  await file.close()
  assert.deepEqual(await readFile(path), Buffer.concat([Uint8Array.of(0), ...parts]))
})

test('disk: a write that the system cuts short goes on where it was cut, within a part too', async (t) => {
  const path = join(await folderFor(t), 'file')
  const disk = new URL('../../src/host/disk.ts', import.meta.url).href
  // The system writes up to the limit, and refuses what begins behind it: so the second attempt says EFBIG.
  const script = `
    const file = await (await import('${disk}')).realDisk().open(process.argv[1], 'create')
    const parts = [new Uint8Array(1000).fill(1), new Uint8Array(1000).fill(2), new Uint8Array(1000).fill(3)]
    const cause = await file.writeAll(parts, 0).catch((cause) => cause)
    process.stdout.write(cause.code)`
  const words = ['--fsize=1536', process.execPath, '--input-type=module', '--eval', script, path]
  const ran = spawnSync('prlimit', words, {encoding: 'utf8'})
  assert.equal(ran.stdout, 'EFBIG', ran.stderr)
  const written = await readFile(path)
  assert.deepEqual([written.length, written.lastIndexOf(1), written[1535]], [1536, 999, 2])
})

test('disk: the space of a file system is told as df tells it', async (t) => {
  const folder = await folderFor(t)
  const {freeBytes, totalBytes} = await realDisk().space(folder)
  const {stdout} = spawnSync('df', ['--block-size=1', '--output=size,avail', folder], {encoding: 'utf8'})
  const [size = 0, available = 0] = stdout.trim().split('\n').at(-1)?.trim().split(/ +/).map(Number) ?? []
  assert.equal(totalBytes, size)
  // Others write meanwhile.
  assert.ok(Math.abs(freeBytes - available) < 1 << 30, `${freeBytes} ${available}`)
  await assert.rejects(realDisk().space(join(folder, 'none')), {code: 'ENOENT'})
})

import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises'
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

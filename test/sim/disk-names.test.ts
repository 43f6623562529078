import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Attributes} from '../../src/host/disk.ts'
import {SimDisk} from './disk.ts'
import {outcomes, seeds, shown, write} from './outcomes.ts'

test('sim disk: a hard link is a second name that power loss may take or leave, and never another file', async () => {
  const link = async (disk: SimDisk): Promise<void> => {
    disk.seed({'/a': '1'})
    disk.putFolder('/d')
    await disk.link('/a', '/d/b')
  }
  assert.deepEqual(await outcomes(link, shown), ['/a=1', '/a=1 /d/b=1'])
  const synced = (disk: SimDisk): Promise<void> => link(disk).then(() => disk.syncDirectory('/d'))
  assert.deepEqual(await outcomes(synced, shown), ['/a=1 /d/b=1'])
  const moved = (disk: SimDisk): Promise<void> => synced(disk).then(() => disk.remove('/a'))
  assert.deepEqual(await outcomes(moved, shown), ['/a=1 /d/b=1', '/d/b=1'])
  const disk = new SimDisk({seed: 1})
  await synced(disk)
  const found = disk.crash()
  const [one, other] = [await found.stat('/a'), await found.stat('/d/b')]
  assert.deepEqual([one, one?.links], [other, 2])
  const file = await found.open('/d/b', 'write')
  await file.write(Uint8Array.of(50), 0)
  assert.equal(found.text('/a'), '2')
  await found.remove('/a')
  await found.remove('/d/b')
  assert.equal((await file.stat()).links, 0)
})

test('sim disk: a link never replaces, and is of a file only, on the same device only', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/a': '1', '/b': '2'})
  disk.putFolder('/d')
  disk.putMount('/mnt')
  await assert.rejects(disk.link('/a', '/b'), {code: 'EEXIST'})
  await assert.rejects(disk.link('/none', '/c'), {code: 'ENOENT'})
  await assert.rejects(disk.link('/d', '/c'), {code: 'EPERM'})
  await assert.rejects(disk.link('/a', '/mnt/a'), {code: 'EXDEV'})
  await assert.rejects(disk.rename('/a', '/mnt/a'), {code: 'EXDEV'})
  await write(disk, '/mnt/c', '3')
  await disk.makeDirectory('/mnt/d', 0o700)
  await disk.rename('/mnt/c', '/mnt/d/c')
  for (const folder of ['/mnt', '/mnt/d', '/']) await disk.syncDirectory(folder)
  for (const each of [disk, disk.crash()]) {
    assert.equal(each.look('/mnt/d/c').device, each.look('/mnt').device)
    assert.notEqual(each.look('/mnt').device, each.look('/a').device)
  }
})

test('sim disk: where no file can have a second name, asking for one fails, after a crash too', async () => {
  const disk = new SimDisk({seed: 1, isLinkless: true})
  disk.seed({'/a': '1'})
  for (const each of [disk.crash(), disk.kill()]) await assert.rejects(each.link('/a', '/b'), {code: 'EPERM'})
})

const owned: Attributes = {uid: 7, gid: 8, mode: 0o640}

/** What is found of owner and mode, over all seeds. */
function attributesFound(path: string, change: (disk: SimDisk) => Promise<void>): Promise<string[]> {
  const prepare = async (disk: SimDisk): Promise<void> => {
    disk.put('/f', '1', {mode: 0o644})
    disk.putFolder('/d', {mode: 0o755})
    await change(disk)
  }
  return outcomes(prepare, (found) => {
    const {uid, gid, mode} = found.look(path)
    return `${uid}:${gid} ${mode.toString(8)}`
  })
}

test('sim disk: owner and mode that were not synced may be lost, of files and folders alike', async () => {
  for (const [path, before] of [
    ['/f', '0:0 644'],
    ['/d', '0:0 755'],
    ['/', '0:0 755']
  ] as const) {
    const set = async (disk: SimDisk, isSynced: boolean): Promise<void> => {
      const file = await disk.open(path, 'read')
      await file.setAttributes(owned)
      assert.deepEqual([(await file.stat()).uid, (await disk.stat(path))?.mode], [7, 0o640])
      if (isSynced) await file.sync()
      await file.close()
    }
    assert.deepEqual(await attributesFound(path, (disk) => set(disk, false)), [before, '7:8 640'], path)
    assert.deepEqual(await attributesFound(path, (disk) => set(disk, true)), ['7:8 640'], path)
  }
  const byName = async (disk: SimDisk): Promise<void> => {
    const folder = await disk.open('/d', 'read')
    await folder.setAttributes(owned)
    await disk.syncDirectory('/d')
  }
  assert.deepEqual(await attributesFound('/d', byName), ['7:8 640'])
})

test('sim disk: owner and mode stay in doubt when their sync failed, until they are changed and synced again', async () => {
  for (const isChangedAgain of [false, true]) {
    const seen = new Set<number>()
    for (const seed of seeds) {
      const disk = new SimDisk({seed, failAt: 3})
      disk.put('/f', '1', {mode: 0o644})
      const file = await disk.open('/f', 'read')
      await file.setAttributes({...owned, mode: 0o600})
      await assert.rejects(file.sync(), {code: 'EIO'})
      if (isChangedAgain) await file.setAttributes(owned)
      await file.sync()
      seen.add(disk.crash().look('/f').mode)
    }
    assert.deepEqual([...seen].sort(), isChangedAgain ? [0o640] : [0o600, 0o644])
  }
})

test('sim disk: a failing change of attributes leaves them, or comes between the owner and the mode', async () => {
  const seen = new Set<string>()
  for (const seed of seeds) {
    const disk = new SimDisk({seed, failAt: 2, error: 'EPERM'})
    disk.seed({'/f': '1'})
    const file = await disk.open('/f', 'read')
    await assert.rejects(file.setAttributes(owned), {code: 'EPERM'})
    const {uid, mode} = disk.look('/f')
    seen.add(`${uid} ${mode.toString(8)}`)
  }
  assert.deepEqual([...seen].sort(), ['0 644', '7 644'])
})

test('sim disk: the names in a folder are durable when the open folder is synced, too', async () => {
  const create = async (disk: SimDisk): Promise<void> => {
    await write(disk, '/a', 'new')
    const folder = await disk.open('/', 'read')
    await folder.sync()
  }
  assert.deepEqual(await outcomes(create, shown), ['/a=new'])
})

test('sim disk: links are followed but where the real disk refuses them, and outlive power loss', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/real/file': 'x'})
  disk.putLink('/etc/link', '../real')
  disk.putLink('/etc/absolute', '/etc/link')
  disk.putLink('/loop', 'loop')
  for (const each of [disk, disk.crash()]) {
    const link = await each.lstat('/etc/link')
    assert.deepEqual([link?.kind, link?.size], ['link', 7])
    assert.deepEqual([(await each.stat('/etc/link'))?.kind, await each.list('/etc/link')], ['directory', ['file']])
    for (const name of ['link', 'absolute']) assert.equal(await each.realPath(`/etc/${name}/file`), '/real/file')
    assert.equal(await each.realPath('/'), '/')
    await assert.rejects(each.open('/etc/link/file', 'read-unlinked'), {code: 'ELOOP'})
    await assert.rejects(each.open('/etc/link', 'write'), {code: 'ELOOP'})
    await assert.rejects(each.open('/etc/link', 'create'), {code: 'EEXIST'})
    await assert.rejects(each.stat('/loop'), {code: 'ELOOP'})
    assert.equal((await each.lstat('/loop'))?.kind, 'link')
    await (await each.open('/etc/link/file', 'write')).close()
    assert.deepEqual([...each.files().keys()], ['/real/file'])
  }
})

test('sim disk: where it is forbidden, nothing can be changed, and asking says so', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/etc/a': '1', '/etc/sub/b': '2', '/c': '3'})
  disk.forbid('/etc')
  disk.forbid('/c')
  for (const each of [disk.crash(), disk.kill()]) {
    const asked = ['/etc', '/c', '/etc/a', '/etc/sub', '/none']
    const answers = await Promise.all(asked.map((path) => each.mayWrite(path)))
    assert.deepEqual(answers, [false, false, true, true, false])
    const refused = [
      each.open('/etc/new', 'create'),
      each.open('/c', 'write'),
      each.makeDirectory('/etc/d', 0o700),
      each.remove('/etc/a'),
      each.link('/c', '/etc/c'),
      each.rename('/etc/a', '/a'),
      each.rename('/c', '/etc/c')
    ]
    for (const one of refused) await assert.rejects(one, {code: 'EACCES'})
    await assert.rejects(each.open('/etc/a', 'create'), {code: 'EEXIST'})
    await each.rename('/etc/sub/b', '/b')
  }
})

test('sim disk: of a disk that became read-only, mayWrite says so, and of one that fails it throws', async () => {
  const readOnly = new SimDisk({seed: 1, failAfter: 1, error: 'EROFS'})
  assert.equal(await readOnly.mayWrite('/'), false)
  const full = new SimDisk({seed: 1, failAfter: 1, error: 'ENOSPC'})
  assert.equal(await full.mayWrite('/'), true)
  await assert.rejects(new SimDisk({seed: 1, failAt: 1}).mayWrite('/'), {code: 'EIO'})
})

test('sim disk: write takes a regular file as it is, and nothing else', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/d/a': 'abc'})
  disk.put('/fifo', '', {kind: 'other'})
  const file = await disk.open('/d/a', 'write')
  await file.write(Uint8Array.of(100), 3)
  assert.equal(disk.text('/d/a'), 'abcd')
  await assert.rejects(file.read(new Uint8Array(1), 0), {code: 'EBADF'})
  await assert.rejects(disk.open('/d', 'write'), {code: 'EISDIR'})
  await assert.rejects(disk.open('/fifo', 'write'), {code: 'ENXIO'})
  await assert.rejects(disk.open('/none', 'write'), {code: 'ENOENT'})
})

test('sim disk: each of the newer operations can be the one that fails', async () => {
  const work = async (disk: SimDisk): Promise<void> => {
    disk.seed({'/a': '1'})
    await disk.lstat('/a')
    await disk.mayWrite('/')
    await disk.link('/a', '/b')
    const file = await disk.open('/a', 'write')
    await file.setAttributes(owned)
  }
  const failed: (string | undefined)[] = []
  for (let failAt = 1; failAt <= 5; failAt += 1) {
    const disk = new SimDisk({seed: 1, failAt})
    await assert.rejects(work(disk), {code: 'EIO'})
    failed.push(disk.failedOperation)
  }
  assert.deepEqual(failed, ['lstat /a', 'mayWrite /', 'link /a', 'open /a', 'setAttributes /a'])
})

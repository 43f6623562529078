import assert from 'node:assert/strict'
import {test} from 'node:test'
import {SimDisk} from './disk.ts'
import {outcomes, seeds, shown, write} from './outcomes.ts'

test('sim disk: the name of a new file may be lost until its folder is synced', async () => {
  const create = (disk: SimDisk): Promise<void> => write(disk, '/a', 'new')
  assert.deepEqual(await outcomes(create, shown), ['', '/a=new'])
  const synced = (disk: SimDisk): Promise<void> => create(disk).then(() => disk.syncDirectory('/'))
  assert.deepEqual(await outcomes(synced, shown), ['/a=new'])
})

test('sim disk: a rename shows the old name, both, or the new one until it is synced, and never loses the file', async () => {
  const rename = async (disk: SimDisk): Promise<void> => {
    disk.seed({'/a': 'moved', '/b': 'replaced'})
    await disk.rename('/a', '/b')
  }
  assert.deepEqual(await outcomes(rename, shown), ['/a=moved /b=moved', '/a=moved /b=replaced', '/b=moved'])
  const synced = (disk: SimDisk): Promise<void> => rename(disk).then(() => disk.syncDirectory('/'))
  assert.deepEqual(await outcomes(synced, shown), ['/b=moved'])
})

test('sim disk: a rename between folders is safe on the side that was synced', async () => {
  const rename = async (disk: SimDisk, synced: string): Promise<void> => {
    disk.seed({'/from/x': '1'})
    disk.putFolder('/to')
    await disk.rename('/from/x', '/to/x')
    await disk.syncDirectory(synced)
  }
  assert.deepEqual(await outcomes((disk) => rename(disk, '/to'), shown), ['/from/x=1 /to/x=1', '/to/x=1'])
  assert.deepEqual(await outcomes((disk) => rename(disk, '/from'), shown), ['/to/x=1'])
})

test('sim disk: a folder that is renamed has one name at any time', async () => {
  const rename = async (disk: SimDisk): Promise<void> => {
    disk.seed({'/set.partial/x': '1'})
    await disk.rename('/set.partial', '/set')
  }
  assert.deepEqual(await outcomes(rename, shown), ['/set.partial/x=1', '/set/x=1'])
})

test('sim disk: what was removed may come back until its folder is synced', async () => {
  const remove = async (disk: SimDisk): Promise<void> => {
    disk.seed({'/a': '1', '/b': '2'})
    await disk.remove('/a')
    await disk.remove('/b')
  }
  assert.deepEqual(await outcomes(remove, shown), ['', '/a=1', '/a=1 /b=2', '/b=2'])
})

test('sim disk: a synced file in a folder whose own name is not synced may be lost with it', async () => {
  const make = async (disk: SimDisk): Promise<void> => {
    await disk.makeDirectory('/d', 0o700)
    await write(disk, '/d/a', '1')
    await disk.syncDirectory('/d')
  }
  assert.deepEqual(await outcomes(make, shown), ['', '/d/a=1'])
})

test('sim disk: sectors of unsynced writes are kept or lost each by itself, and the size apart from them', async () => {
  const append = async (disk: SimDisk): Promise<void> => {
    const file = await disk.open('/a', 'create')
    await file.write(new Uint8Array(512).fill(1), 0)
    await file.sync()
    await disk.syncDirectory('/')
    await file.write(new Uint8Array(1024).fill(2), 512)
  }
  const look = (found: SimDisk): string => {
    const bytes = found.files().get('/a') ?? new Uint8Array(0)
    assert.ok(bytes.subarray(0, 512).every((byte) => byte === 1) && bytes.length >= 512)
    for (const sector of [bytes.subarray(512, 1024), bytes.subarray(1024)])
      assert.equal(new Set(sector).size <= 1, true)
    return bytes.length < 1536 ? 'short' : `${bytes[512]}${bytes[1024]}`
  }
  assert.deepEqual(await outcomes(append, look), ['00', '02', '20', '22', 'short'])
})

test('sim disk: what a failed sync was to save stays in doubt, though a later sync succeeds', async () => {
  const lose = async (disk: SimDisk): Promise<void> => {
    const file = await disk.open('/a', 'create')
    await disk.syncDirectory('/')
    await file.write(Uint8Array.of(49), 0)
    await assert.rejects(file.sync(), {code: 'EIO'})
    await file.sync()
  }
  const seen = new Set<string | undefined>()
  for (const seed of seeds) {
    const disk = new SimDisk({seed, failAt: 4})
    await lose(disk)
    assert.equal(disk.failedOperation, 'sync /a')
    seen.add(disk.crash().text('/a'))
  }
  assert.deepEqual([...seen].sort(), ['', '1', '\0'].sort())
})

test('sim disk: a failing write leaves any part of its beginning', async () => {
  const seen = new Set<string | undefined>()
  for (const seed of seeds) {
    const disk = new SimDisk({seed, failAt: 2})
    await assert.rejects(write(disk, '/a', '123'), {code: 'EIO'})
    seen.add(disk.text('/a'))
  }
  assert.deepEqual([...seen].sort(), ['', '1', '12', '123'])
})

test('sim disk: failAt fails one operation with the error it is given, failAfter all changes from there on', async () => {
  const once = new SimDisk({seed: 1, failAt: 2, error: 'ENOSPC'})
  await once.makeDirectory('/a', 0o700)
  assert.equal(once.failed, false)
  await assert.rejects(once.makeDirectory('/b', 0o700), {code: 'ENOSPC'})
  await once.makeDirectory('/b', 0o700)
  assert.deepEqual([once.failed, once.failedOperation, once.operations], [true, 'makeDirectory /b', 3])
  for (const [error, isRemoved] of [
    ['ENOSPC', true],
    ['EROFS', false]
  ] as const) {
    const disk = new SimDisk({seed: 1, failAfter: 2, error})
    disk.seed({'/a': '1'})
    await disk.stat('/a')
    await assert.rejects(write(disk, '/b', '2'), {code: error})
    await assert.rejects(disk.rename('/a', '/b'), {code: error})
    assert.deepEqual(await disk.list('/'), ['a'])
    if (isRemoved) await disk.remove('/a')
    else await assert.rejects(disk.remove('/a'), {code: error})
  }
})

test('sim disk: a full disk takes what fits; a removed file frees its space when it is closed, too', async () => {
  const disk = new SimDisk({seed: 1, capacityBytes: 5})
  disk.seed({'/a': '123'})
  await assert.rejects(write(disk, '/b', '4567'), {code: 'ENOSPC'})
  assert.equal(disk.text('/b'), '45')
  const left = new SimDisk({seed: 1, capacityBytes: 3})
  left.seed({'/a': '123'})
  const held = await left.open('/a', 'read')
  await left.remove('/a')
  await assert.rejects(write(left, '/b', '4'), {code: 'ENOSPC'})
  await held.close()
  await write(left, '/c', '4')
})

test('sim disk: a killed process leaves all it wrote and can do nothing more; power may still go afterwards', async () => {
  const seen = new Set<string | undefined>()
  for (const seed of seeds) {
    const disk = new SimDisk({seed})
    const file = await disk.open('/a', 'create')
    await file.write(Uint8Array.of(49), 0)
    const next = disk.kill()
    assert.equal(next.text('/a'), '1')
    assert.deepEqual([disk.openFiles, next.openFiles], [0, 0])
    await assert.rejects(file.write(Uint8Array.of(50), 0), /dead/)
    await assert.rejects(disk.remove('/a'), /dead/)
    assert.equal(next.text('/a'), '1')
    seen.add(next.crash().text('/a'))
  }
  assert.deepEqual([...seen].map(String).sort(), ['', '\0', '1', 'undefined'].sort())
})

test('sim disk: the same seed gives the same crash', async () => {
  const crashed = async (seed: number): Promise<string> => {
    const disk = new SimDisk({seed})
    for (const name of 'abcdefgh') await write(disk, `/${name}`, name)
    return shown(disk.crash())
  }
  for (const seed of seeds.slice(0, 20)) assert.equal(await crashed(seed), await crashed(seed))
})

test('sim disk: knows which paths were looked at', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/etc/a': '', '/etc/b': ''})
  await (await disk.open('/etc/a', 'read')).close()
  await disk.list('/etc')
  await disk.stat('/none')
  assert.deepEqual([...disk.touched], ['/etc/a', '/etc', '/none'])
})

test('sim disk: files of /proc have bytes but no size, and others have what they are put with', async () => {
  const disk = new SimDisk({seed: 1})
  disk.putProc('/proc/loadavg', '0.1')
  disk.putProc('/proc/loadavg', '0.2')
  disk.put('/etc/loose', '', {mode: 0o666, uid: 7, gid: 8, modifiedMs: 9})
  disk.put('/dev/sda', '', {kind: 'other'})
  const proc = await disk.stat('/proc/loadavg')
  assert.deepEqual([proc?.kind, proc?.size], ['file', 0])
  const into = new Uint8Array(10)
  assert.equal(await (await disk.open('/proc/loadavg', 'read')).read(into, 0), 3)
  assert.equal(new TextDecoder().decode(into.subarray(0, 3)), '0.2')
  const loose = await disk.stat('/etc/loose')
  assert.deepEqual([loose?.mode, loose?.uid, loose?.gid, loose?.modifiedMs], [0o666, 7, 8, 9])
  assert.equal((await disk.stat('/dev/sda'))?.kind, 'other')
  assert.deepEqual([...disk.files().keys()], ['/etc/loose'])
})

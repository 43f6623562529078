import assert from 'node:assert/strict'
import {test} from 'node:test'
import {SimDisk} from './disk.ts'
import {outcomes, shown} from './outcomes.ts'

test('sim disk: parts are written as one operation, which may see what changes in them before it is over', async () => {
  const texts = new Set<string | undefined>()
  for (let seed = 0; seed < 50; seed += 1) {
    const disk = new SimDisk({seed})
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(97)
    const file = await disk.open('/a', 'create')
    const write = file.writeAll([shared, Uint8Array.of(98), new Uint8Array(0)], 1)
    shared[0] = 99
    await write
    assert.equal(disk.operations, 2)
    texts.add(disk.text('/a'))
  }
  assert.deepEqual([...texts].sort(), ['\0aaab', '\0caab'])
})

test('sim disk: parts that fail are there up to some byte, of any part', async () => {
  const lengths = new Set<number>()
  for (let seed = 0; seed < 200; seed += 1) {
    const disk = new SimDisk({seed, failAt: 2})
    const file = await disk.open('/a', 'create')
    await assert.rejects(file.writeAll([Uint8Array.of(1, 2), Uint8Array.of(3, 4)], 0), {code: 'EIO'})
    lengths.add(disk.look('/a').size)
  }
  assert.deepEqual([...lengths].sort(), [0, 1, 2, 3, 4])
})

test('sim disk: parts that do not fit are there as far as they do', async () => {
  const disk = new SimDisk({seed: 1, capacityBytes: 3})
  const file = await disk.open('/a', 'create')
  await assert.rejects(file.writeAll([Uint8Array.of(97, 98), Uint8Array.of(99, 100)], 0), {code: 'ENOSPC'})
  assert.equal(disk.text('/a'), 'abc')
})

test('sim disk: the data that were synced are there after power loss, owner and mode that were changed may not be', async () => {
  const prepare = async (disk: SimDisk): Promise<void> => {
    disk.put('/a', '1', {mode: 0o644})
    const file = await disk.open('/a', 'write')
    await file.write(Uint8Array.of(50, 51), 0)
    await file.setAttributes({uid: 0, gid: 0, mode: 0o600})
    await file.syncData()
  }
  assert.deepEqual(await outcomes(prepare, shown), ['/a=23'])
  assert.deepEqual(await outcomes(prepare, (found) => found.look('/a').mode.toString(8)), ['600', '644'])
})

test('sim disk: data whose sync failed stay in doubt, though a later sync succeeds', async () => {
  const prepare = async (disk: SimDisk): Promise<void> => {
    disk.seed({'/a': '1'})
    const file = await disk.open('/a', 'write')
    await file.write(Uint8Array.of(50), 0)
    await assert.rejects(file.syncData(), {code: 'EIO'})
    await file.syncData()
  }
  const seen = new Set<string>()
  for (let seed = 0; seed < 200; seed += 1) {
    const disk = new SimDisk({seed, failAt: 3})
    await prepare(disk)
    seen.add(shown(disk.crash()))
  }
  assert.deepEqual([...seen].sort(), ['/a=1', '/a=2'])
})

test('sim disk: data are synced of a file that is open for writing only', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/d/a': '1'})
  const [file, folder] = [await disk.open('/d/a', 'read'), await disk.open('/d', 'read')]
  await assert.rejects(file.syncData(), {code: 'EBADF'})
  await assert.rejects(folder.syncData(), {code: 'EBADF'})
  await assert.rejects(file.writeAll([Uint8Array.of(1)], 0), {code: 'EBADF'})
})

test('sim disk: space is what files may still take, of a full disk too, and fails where it is told to', async () => {
  const disk = new SimDisk({seed: 1, capacityBytes: 100, failAfter: 2, error: 'ENOSPC'})
  disk.seed({'/d/a': 'x'.repeat(30)})
  for (let times = 0; times < 3; times += 1) {
    assert.deepEqual(await disk.space('/d'), {freeBytes: 70, totalBytes: 100})
  }
  await assert.rejects(disk.space('/none'), {code: 'ENOENT'})
  const {freeBytes, totalBytes} = await new SimDisk({seed: 1}).space('/')
  assert.ok(freeBytes > 2 ** 40 && freeBytes === totalBytes)
  await assert.rejects(new SimDisk({seed: 1, failAt: 1}).space('/'), {code: 'EIO'})
})

test('sim disk: with more turns for each operation, more happens before it takes effect', async () => {
  const turnsOf = async (turnsMax: number): Promise<number> => {
    const disk = new SimDisk({seed: 1, turnsMax})
    const state = {isOver: false}
    let most = 0
    for (let times = 0; times < 50; times += 1) {
      state.isOver = false
      void disk.stat('/').then(() => (state.isOver = true))
      let turns = 0
      while (!Object.values(state).includes(true)) {
        await Promise.resolve()
        turns += 1
      }
      most = Math.max(most, turns)
    }
    return most
  }
  assert.ok((await turnsOf(100)) > 50)
  assert.ok((await turnsOf(3)) < 20)
})

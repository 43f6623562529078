import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {makeFolder, moveAside, readText, writeAtomic} from '../../src/host/files.ts'
import {SimDisk} from '../sim/disk.ts'
import {seeded, seedFromEnvironment, times} from '../sim/random.ts'
import type {TroubleOptions} from '../sim/trouble.ts'
import {faultOf} from '../fixtures/fault-of.ts'

const firstSeed = seedFromEnvironment()
const seeds = Array.from({length: times(20)}, (_, index) => firstSeed + index)
const crashesPerRun = 10

// Several sectors each, of different lengths, so that a torn or a mixed file is neither.
const oldText = 'old '.repeat(400)
const newText = 'new! '.repeat(500)

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Calls with operation 1 failing, then 2, … until a run meets no failure; from it on all of them fail where so chosen. */
async function sweep(
  how: 'once' | 'from then on',
  run: (disk: SimDisk, where: string) => Promise<void>
): Promise<void> {
  for (const seed of seeds) {
    for (let operation = 1; ; operation += 1) {
      const trouble: TroubleOptions = how === 'once' ? {failAt: operation} : {failAfter: operation}
      const disk = new SimDisk({seed, ...trouble})
      await run(disk, `SEED=${seed} ${JSON.stringify(trouble)}`)
      assert.equal(disk.openFiles, 0, `SEED=${seed}: a file was left open, failing ${disk.failedOperation}`)
      if (!disk.failed) break
    }
  }
}

test('files: writeAtomic leaves all of the old content or all of the new, whichever operation fails', async () => {
  await sweep('once', async (disk, where) => {
    disk.seed({'/state/file': oldText})
    const content = {bytes: bytesOf(newText), mode: 0o640, random: seeded(1)}
    const fault = await faultOf(writeAtomic(disk, '/state/file', content))
    const place = `${where} (${disk.failedOperation})`
    assert.deepEqual([...disk.files().keys()], ['/state/file'], `${place}: something is left beside the file`)
    const isAtTheEnd = fault === undefined || disk.failedOperation === 'syncDirectory /state'
    assert.equal(disk.text('/state/file'), isAtTheEnd ? newText : oldText, place)
    if (fault !== undefined)
      assert.deepEqual([fault.code, fault.values], ['file-unwritable', eio('/state/file')], place)
    for (let crash = 0; crash < crashesPerRun; crash += 1) {
      const found = disk.crash().text('/state/file')
      assert.ok(found === newText || (fault !== undefined && found === oldText), `${place}: ${found}`)
    }
  })
})

test('files: writeAtomic leaves all of the old content or all of the new, wherever the power goes', async () => {
  await sweep('from then on', async (disk, where) => {
    disk.seed({'/state/file': oldText})
    const content = {bytes: bytesOf(newText), mode: 0o640, random: seeded(1)}
    const fault = await faultOf(writeAtomic(disk, '/state/file', content))
    for (let crash = 0; crash < crashesPerRun; crash += 1) {
      const found = disk.crash().text('/state/file')
      assert.ok(found === newText || (fault !== undefined && found === oldText), `${where}: ${found}`)
    }
  })
})

test('files: writeAtomic leaves no half file where there was none, and takes its temporary file back', async () => {
  await sweep('once', async (disk, where) => {
    disk.putFolder('/state')
    const content = {bytes: bytesOf(newText), mode: 0o640, random: seeded(1)}
    const fault = await faultOf(writeAtomic(disk, '/state/file', content))
    const left = disk.failedOperation === 'syncDirectory /state' || fault === undefined ? ['/state/file'] : []
    assert.deepEqual([...disk.files().keys()], left, where)
    for (let crash = 0; crash < crashesPerRun; crash += 1) {
      const found = disk.crash().text('/state/file')
      assert.ok(found === newText || (fault !== undefined && found === undefined), `${where}: ${found}`)
    }
  })
})

test('files: writeAtomic on a full disk keeps the old content and leaves nothing beside it', async () => {
  const disk = new SimDisk({seed: firstSeed, capacityBytes: oldText.length + 600})
  disk.seed({'/state/file': oldText})
  const content = {bytes: bytesOf(newText), mode: 0o640, random: seeded(1)}
  const fault = await faultOf(writeAtomic(disk, '/state/file', content))
  assert.deepEqual(fault?.values, {path: '/state/file', reason: 'ENOSPC'})
  assert.deepEqual([...disk.files().keys()], ['/state/file'])
  assert.equal(disk.text('/state/file'), oldText)
})

test('files: readWhole gives all of a file or a Fault, whichever operation fails', async () => {
  await sweep('once', async (disk, where) => {
    const text = 'more than the first reading gets '.repeat(3000)
    disk.seed({'/state/file': text})
    try {
      assert.equal(await readText(disk, '/state/file', 1 << 20), text, where)
    } catch (cause) {
      assert.ok(cause instanceof Fault && disk.failed, where)
      assert.deepEqual([cause.code, cause.values], ['file-unreadable', eio('/state/file')], where)
    }
  })
})

test('files: a folder made by makeFolder is there after power loss, at the latest when a second attempt succeeds', async () => {
  await sweep('once', async (disk, where) => {
    disk.putFolder('/var')
    const fault = await faultOf(makeFolder(disk, '/var/lib/logcaster', 0o750))
    if (fault !== undefined) {
      assert.deepEqual([fault.code, fault.values], ['file-unwritable', eio('/var/lib/logcaster')], where)
      await makeFolder(disk, '/var/lib/logcaster', 0o750)
    }
    for (let crash = 0; crash < crashesPerRun; crash += 1) {
      const found = await disk.crash().stat('/var/lib/logcaster')
      assert.deepEqual([found?.kind, found?.mode], ['directory', 0o750], where)
    }
  })
})

test('files: moveAside never loses the damaged file nor one that was moved before, whichever operation fails', async () => {
  await sweep('once', async (disk, where) => {
    disk.seed({'/state/file': oldText, '/state/file.damaged': 'from before'})
    let movedTo: string | undefined
    const fault = await faultOf(moveAside(disk, '/state/file', 'damaged').then((path) => (movedTo = path)))
    if (fault === undefined) assert.equal(movedTo, '/state/file.damaged.2', where)
    const isMoved = fault === undefined || disk.failedOperation === 'syncDirectory /state'
    const left = isMoved ? '/state/file.damaged.2' : '/state/file'
    assert.deepEqual([...disk.files().keys()].sort(), ['/state/file.damaged', left].sort(), where)
    assert.equal(disk.text(left), oldText, where)
    for (let crash = 0; crash < crashesPerRun; crash += 1) {
      const found = disk.crash()
      assert.equal(found.text('/state/file.damaged'), 'from before', where)
      const places = ['/state/file', '/state/file.damaged.2'].filter((path) => found.text(path) === oldText)
      assert.ok(places.length > 0, where)
      if (fault === undefined) assert.deepEqual(places, ['/state/file.damaged.2'], where)
    }
  })
})

function eio(path: string): {path: string; reason: string} {
  return {path, reason: 'EIO'}
}

import assert from 'node:assert/strict'
import {chmodSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test} from 'node:test'
import fc from 'fast-check'
import type {Remembered} from '../../src/checks/check.ts'
import {recall, remember, type Memory} from '../../src/checks/memory.ts'
import {realDisk, type FileStat} from '../../src/host/disk.ts'
import {hourMs} from './context.ts'
import {SimClock} from '../sim/clock.ts'
import {SimDisk} from '../sim/disk.ts'
import {seeded, seedFromEnvironment} from '../sim/random.ts'

const path = '/srv/state/daily-check.json'
const old = memoryOf(1)
const random = seeded(1)
const clock = new SimClock()
const machine = {uid: 0}

function memoryOf(kills: number): Memory {
  return new Map([['mem.oom', {atMs: 1_700_000_000_000, values: {kills, of: 'machine'}}]])
}

function written(memory: Memory, format = 1): string {
  const checks = Object.fromEntries([...memory].map(([id, {atMs, values}]) => [id, {at_ms: atMs, values}]))
  return JSON.stringify({format, checks}) + '\n'
}

function codes(warnings: readonly {readonly code: string}[]): string[] {
  return warnings.map(({code}) => code)
}

test('the memory: where none is there, nothing is remembered, without a word', async () => {
  const disk = new SimDisk({seed: 1})
  assert.deepEqual(await recall({disk, machine, random}, path), {memory: new Map(), warnings: [], mayWrite: true})
})

test('the memory: what is remembered is recalled, whatever JSON can hold', async () => {
  const plain = {noNullPrototype: true} as const
  const key = fc.string().filter((text) => text !== '__proto__')
  const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  const values = fc.dictionary(key, json, plain)
  const entry = fc.record({atMs: fc.nat(), values}, plain)
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, entry, plain), async (entries) => {
      const memory: Memory = new Map<string, Remembered>(Object.entries(entries))
      const disk = new SimDisk({seed: 1})
      assert.equal(await remember({disk, clock, random}, path, memory), undefined)
      const recalled = await recall({disk, machine, random}, path)
      assert.deepEqual(recalled.memory, memory)
      assert.deepEqual(recalled.warnings, [])
    })
  )
})

test('the memory: on a real disk it is made with its folder, readable by the group and nobody else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-memory-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  const host = {disk: realDisk(), machine: {uid: process.getuid?.() ?? 0}, clock, random}
  const file = join(folder, 'a/b/daily-check.json')
  assert.equal(await remember(host, file, old), undefined)
  assert.equal(await remember(host, file, memoryOf(2)), undefined)
  assert.equal(readFileSync(file, 'utf8'), written(memoryOf(2)))
  assert.equal(statSync(file).mode & 0o137, 0)
  assert.equal(statSync(join(folder, 'a')).mode & 0o027, 0)
  assert.deepEqual((await recall(host, file)).memory, memoryOf(2))
  if (process.getuid?.() === 0) return
  chmodSync(file, 0)
  const unreadable = await recall(host, file)
  assert.deepEqual(codes(unreadable.warnings), ['file-unreadable'])
})

const damaged = [
  '',
  'nonsense',
  '{"format":1,"checks":{"mem.oom":{"at_ms":1,"val',
  '[]',
  'null',
  '{"checks":{}}',
  '{"format":"1","checks":{}}',
  '{"format":1}',
  '{"format":1,"checks":[]}',
  '{"format":1,"checks":{"mem.oom":null}}',
  '{"format":1,"checks":{"mem.oom":{"at_ms":"1","values":{}}}}',
  '{"format":1,"checks":{"mem.oom":{"at_ms":1,"values":[]}}}',
  '{"format":1,"checks":{"mem.oom":{"at_ms":1}}}',
  '\u0000'.repeat(100)
]

test('the memory: a damaged one is set aside whole, told, and started anew', async () => {
  for (const text of damaged) {
    const disk = new SimDisk({seed: 1})
    disk.seed({[path]: text})
    const {memory, warnings, mayWrite} = await recall({disk, machine, random}, path)
    assert.deepEqual([memory, mayWrite], [new Map(), true])
    assert.deepEqual(
      warnings.map(({code, values}) => ({code, values})),
      [{code: 'state-damaged', values: {path, movedTo: `${path}.damaged`}}]
    )
    assert.deepEqual([...disk.files().keys()], [`${path}.damaged`])
    assert.equal(disk.text(`${path}.damaged`), text)
  }
})

test('the memory: root trusts none that others can change, and leaves it as it is; anyone else trusts what they name', async () => {
  const mine = new SimDisk({seed: 1})
  mine.put(path, written(old), {mode: 0o640})
  assert.deepEqual((await recall({disk: mine, machine, random}, path)).memory, old)
  for (const [attributes, reason] of [
    [{uid: 65_534, mode: 0o644}, 'owner'],
    [{mode: 0o666}, 'mode']
  ] as const) {
    const disk = new SimDisk({seed: 1})
    disk.put(path, written(old), attributes)
    const {memory, warnings, mayWrite} = await recall({disk, machine, random}, path)
    assert.deepEqual([memory, mayWrite], [new Map(), false])
    const values = {path, reason, owner: reason === 'owner' ? 65_534 : 0, mode: reason === 'owner' ? '0644' : '0666'}
    assert.deepEqual(
      warnings.map((one) => [one.code, one.values]),
      [['state-unsafe', values]]
    )
    assert.deepEqual((await recall({disk, machine: {uid: 1000}, random}, path)).memory, old)
  }
})

test('the memory: root trusts none in a folder that others can write, nor begins one there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-memory-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  // Whoever runs the tests owns the files; only root's would do.
  const real = realDisk()
  const stat = async (one: string): Promise<FileStat | undefined> => {
    const found = await real.stat(one)
    return found === undefined ? undefined : {...found, uid: 0}
  }
  const host = {disk: {...real, stat}, machine, random}
  const file = join(folder, 'state/daily-check.json')
  assert.equal((await recall(host, file)).mayWrite, true)
  chmodSync(folder, 0o777)
  const {warnings, mayWrite} = await recall(host, file)
  assert.deepEqual([codes(warnings), mayWrite], [['state-unsafe'], false])
  assert.deepEqual(warnings[0]?.values, {path: folder, reason: 'mode', owner: 0, mode: '0777'})
})

test('the memory: of damaged ones, the three youngest are kept, however many there were', async () => {
  const disk = new SimDisk({seed: 1})
  for (let at = 1; at <= 100; at += 1) {
    disk.put(at === 1 ? `${path}.damaged` : `${path}.damaged.${at}`, `copy ${at}`, {modifiedMs: at})
  }
  disk.put(`${path}.damaged.by-hand`, 'kept', {modifiedMs: 0})
  disk.put(path, 'newly damaged', {modifiedMs: 200})
  const {warnings, mayWrite} = await recall({disk, machine, random}, path)
  assert.deepEqual([codes(warnings), mayWrite], [['state-damaged'], true])
  assert.deepEqual(textsOn(disk).toSorted(), ['copy 100', 'copy 99', 'kept', 'newly damaged'])
})

test('the memory: one of a newer version is refused and left as it is', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({[path]: '{"format":2,"checks":"quite different"}'})
  const {memory, warnings, mayWrite} = await recall({disk, machine, random}, path)
  assert.deepEqual([memory, mayWrite], [new Map(), false])
  assert.deepEqual(warnings[0]?.values, {path, format: 2, known: 1})
  assert.deepEqual(codes(warnings), ['state-newer'])
  assert.equal(disk.text(path), '{"format":2,"checks":"quite different"}')
})

test('the memory: one that cannot be read is told, and not written over', async () => {
  const folder = new SimDisk({seed: 1})
  folder.putFolder(path)
  const big = new SimDisk({seed: 1})
  big.seed({[path]: new Uint8Array(4 * 1024 * 1024 + 1)})
  const broken = new SimDisk({seed: 1, failAt: 1, error: 'EACCES'})
  broken.seed({[path]: written(old)})
  for (const [disk, reason] of [
    [folder, 'not a file'],
    [big, 'too big'],
    [broken, 'EACCES']
  ] as const) {
    const {memory, warnings, mayWrite} = await recall({disk, machine, random}, path)
    assert.deepEqual([memory, mayWrite], [new Map(), false])
    assert.deepEqual(codes(warnings), ['file-unreadable'])
    assert.deepEqual(warnings[0]?.values, {path, reason})
  }
})

test('the memory: a full or read-only disk is told with its reason, and keeps the old one', async () => {
  const old1 = written(old)
  const full = new SimDisk({seed: 1, capacityBytes: old1.length + 10})
  const readOnly = new SimDisk({seed: 1, failAfter: 1, error: 'EROFS'})
  for (const [disk, reason] of [
    [full, 'ENOSPC'],
    [readOnly, 'EROFS']
  ] as const) {
    disk.seed({[path]: old1})
    const fault = await remember({disk, clock, random}, path, memoryOf(2))
    assert.deepEqual([fault?.code, fault?.values], ['state-unwritable', {path, reason}])
    assert.deepEqual([...disk.files().keys()], [path])
    assert.equal(disk.text(path), old1)
  }
})

test('the memory: what is in the way of its folder is told', async () => {
  const disk = new SimDisk({seed: 1})
  disk.seed({'/srv/state': 'a file'})
  const fault = await remember({disk, clock, random}, path, old)
  assert.deepEqual([fault?.code, fault?.values], ['state-unwritable', {path, reason: 'ENOTDIR'}])
  assert.equal(disk.text('/srv/state'), 'a file')
})

test('the memory: what crashes have left beside it goes, once it is old; what a run may be writing stays', async () => {
  const disk = new SimDisk({seed: 1, clock})
  const nowMs = clock.now()
  disk.put('/srv/state/.daily-check.json.abandond.tmp', 'x', {modifiedMs: nowMs - 2 * hourMs})
  disk.put('/srv/state/.daily-check.json.inwriting.tmp', 'x', {modifiedMs: nowMs - hourMs / 2})
  disk.put('/srv/state/.other.json.abandond.tmp', 'x', {modifiedMs: nowMs - 2 * hourMs})
  assert.equal(await remember({disk, clock, random}, path, old), undefined)
  assert.deepEqual([...disk.files().keys()].toSorted(), [
    '/srv/state/.daily-check.json.inwriting.tmp',
    '/srv/state/.other.json.abandond.tmp',
    path
  ])
})

// Enough for the crash of the simulated disk to lose nothing, something and everything.
const rounds = 20

test('the memory: whichever disk operation fails, and after power loss, it is the old one or the new one', async () => {
  const seed = seedFromEnvironment()
  for (let round = 0; round < rounds; round += 1) {
    for (let failAt = 1; ; failAt += 1) {
      const label = `SEED=${seed} round ${round} failAt ${failAt}`
      const disk = new SimDisk({seed: seed + round, failAt})
      disk.seed({[path]: written(old)})
      const fault = await remember({disk, clock, random: seeded(seed)}, path, memoryOf(2))
      assert.equal(disk.openFiles, 0, label)
      // Only looking for what older runs left behind lists the folder: by then the new one is safe.
      if (disk.failedOperation?.startsWith('list ') === true) assert.equal(fault, undefined, label)
      const after = disk.crash()
      const recalled = await recall({disk: after, machine, random: seeded(seed)}, path)
      assert.deepEqual(recalled.warnings, [], label)
      const kills = recalled.memory.get('mem.oom')?.values['kills']
      assert.ok(kills === 2 || (kills === 1 && fault !== undefined), `${label}: ${String(kills)}`)
      if (!disk.failed) break
    }
  }
})

for (const precious of ['{"format":2,"checks":{}}', '{"format":1,"chec']) {
  test(`the memory: whichever disk operation fails, ${precious} is still somewhere, also after power loss`, async () => {
    const seed = seedFromEnvironment()
    for (let round = 0; round < rounds; round += 1) {
      for (let failAt = 1, failed = true; failed; failAt += 1) {
        const disk = new SimDisk({seed: seed + round, failAt})
        disk.seed({[path]: precious})
        const host = {disk, machine, clock, random: seeded(seed)}
        const {warnings, mayWrite} = await recall(host, path)
        if (mayWrite) await remember(host, path, old)
        failed = disk.failed
        const label = `SEED=${seed} round ${round} failAt ${failAt} ${String(disk.failedOperation)}`
        assert.equal(warnings.length, 1, label)
        assert.ok(textsOn(disk).includes(precious), label)
        assert.ok(textsOn(disk.crash()).includes(precious), label)
      }
    }
  })
}

function textsOn(disk: SimDisk): (string | undefined)[] {
  return [...disk.files().keys()].map((file) => disk.text(file))
}

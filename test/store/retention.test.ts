import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {WalOptions} from '../../src/store/wal.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {folder, Ground, linesIn, tiny, Writing} from './wal-ground.ts'

const ground = new Ground()
const recycling: WalOptions = {...tiny, retainBytes: 8 * tiny.segmentBytes}
const day = 86_400_000

function hostWith(options: {readonly capacityBytes?: number} = {}): SimHost {
  const host = simHost({seed: 1, ...options})
  host.disk.putFolder(folder)
  return host
}

/** Two lines fill a segment. */
async function fill(writing: Writing, lines: number): Promise<void> {
  for (let line = 0; line < lines; line += 1) {
    writing.add([`${writing.nextSeq} `.padEnd(4050, 'x')])
    assert.ok(await writing.settle(2000), `record ${writing.nextSeq - 1} waits`)
  }
}

function filesIn(disk: SimDisk): string[] {
  return [...disk.files().keys()].map((path) => path.slice(folder.length + 1)).sort()
}

function bytesIn(disk: SimDisk): number {
  return [...disk.files().values()].reduce((sum, {length}) => sum + length, 0)
}

/** What is there is the newest, without a gap. */
function assertNewest(disk: SimDisk, lines: readonly string[]): number {
  const stored = linesIn(disk)
  const first = Math.min(...stored.keys())
  assert.deepEqual([...stored.values()], lines.slice(first - 1))
  return lines.length + 1 - first
}

test('retention: files are used again in turn, and never take more than is retained', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground, {options: recycling})
  const inodes = new Set<number>()
  for (let round = 0; round < 40; round += 1) {
    await fill(writing, 2)
    await host.clock.advance(0)
    for (const name of filesIn(host.disk)) inodes.add(host.disk.look(`${folder}/${name}`).inode)
    assert.ok(bytesIn(host.disk) <= recycling.retainBytes, `${bytesIn(host.disk)} bytes`)
  }
  assert.equal(inodes.size, 8)
  assert.equal(writing.wal.stats().bytes, bytesIn(host.disk))
  assert.ok(assertNewest(host.disk, writing.lines) >= 2 * 6)
  const {segments, retired, oldestSeq} = writing.wal.stats()
  assert.ok(segments >= 7 && retired >= 30 && oldestSeq > 60, JSON.stringify(writing.wal.stats()))
  await writing.wal.close()
})

test('retention: segments of the real smallest size work as well', async () => {
  const host = hostWith()
  const large = new Ground(4 << 20)
  const options = {...tiny, segmentBytes: 1 << 20, retainBytes: 8 << 20}
  const writing = await Writing.open(host, large, {options})
  for (let read = 0; read < 300; read += 1) {
    writing.add(Array.from({length: 15}, (_, at) => `${writing.nextSeq + at} `.padEnd(4000, 'x')))
    assert.ok(await writing.settle(1000))
  }
  assert.ok(bytesIn(host.disk) <= 8 << 20)
  assertNewest(host.disk.crash(), writing.lines)
  await writing.wal.close()
})

test('retention: the next segment is ready before it is needed, and taken up again after a restart', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  await fill(writing, 1)
  await host.clock.advance(0)
  assert.deepEqual(filesIn(host.disk), ['0000000000000001.lcw', 'spare.tmp'])
  assert.equal(host.disk.look(`${folder}/spare.tmp`).size, tiny.segmentBytes)
  const {inode} = host.disk.look(`${folder}/spare.tmp`)
  await writing.wal.close()
  const next = await Writing.open(host, ground, {lines: writing.lines})
  await fill(next, 3)
  assert.equal(host.disk.look(`${folder}/0000000000000003.lcw`).inode, inode)
  await next.wal.close()
})

test('retention: what has the name of the spare and cannot be one is removed', async () => {
  for (const put of [
    (disk: SimDisk): void => {
      disk.put(`${folder}/spare.tmp`, new Uint8Array(tiny.segmentBytes + 1))
    },
    (disk: SimDisk): void => {
      disk.putLink(`${folder}/spare.tmp`, '/elsewhere')
    },
    (disk: SimDisk): void => {
      disk.putFolder(`${folder}/spare.tmp`)
    }
  ]) {
    const host = hostWith()
    put(host.disk)
    const writing = await Writing.open(host, ground)
    await fill(writing, 4)
    assert.equal(assertNewest(host.disk.crash(), writing.lines), 4)
    assert.ok(!host.disk.files().has('/elsewhere'))
    await writing.wal.close()
  }
})

test('retention: a spare that power loss has left as a second name of a segment is none', async () => {
  const host = hostWith()
  const first = await Writing.open(host, ground)
  await fill(first, 4)
  await first.wal.close()
  const [oldest = '', newest = ''] = filesIn(host.disk).filter((name) => name.endsWith('.lcw'))
  for (const name of [oldest, newest]) {
    const disk = host.disk.crash()
    await disk.remove(`${folder}/spare.tmp`)
    await disk.link(`${folder}/${name}`, `${folder}/spare.tmp`)
    const next = await Writing.open({...host, disk}, ground, {lines: first.lines})
    await fill(next, 4)
    assert.equal(assertNewest(disk.crash(), next.lines), 8)
    await next.wal.close()
  }
})

test('retention: segments whose records are all too old go, those with a younger one stay', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground, {options: {...tiny, retainAgeMs: 7 * day}})
  await fill(writing, 4)
  host.clock.step(6 * day)
  await fill(writing, 2)
  await host.clock.advance(10_000)
  assert.equal(assertNewest(host.disk, writing.lines), 6)
  // A segment is taken to be as old as the beginning of the next one.
  for (const [days, oldestSeq] of [
    [2, 3],
    [5, 5]
  ] as const) {
    host.clock.step(days * day)
    await host.clock.advance(10_000)
    assert.equal(writing.wal.stats().oldestSeq, oldestSeq)
    assert.equal(assertNewest(host.disk, writing.lines), 7 - oldestSeq)
  }
  host.clock.step(100 * day)
  await host.clock.advance(10_000)
  assert.ok(assertNewest(host.disk, writing.lines) > 0, 'the segment that is written stays')
  await writing.wal.close()
  assert.equal(host.clock.waiting, 0)
})

test('retention: where less is free than is to be kept free, the oldest go, and no more of them', async () => {
  const host = hostWith({capacityBytes: 20 * tiny.segmentBytes})
  const options = {...tiny, minFreeBytes: 4 * tiny.segmentBytes}
  const writing = await Writing.open(host, ground, {options})
  await fill(writing, 60)
  await host.clock.advance(10_000)
  assert.ok(bytesIn(host.disk) <= 16 * tiny.segmentBytes)
  assert.ok(assertNewest(host.disk, writing.lines) >= 24)
  host.disk.put('/other', new Uint8Array(10 * tiny.segmentBytes))
  await host.clock.advance(10_000)
  assert.ok(bytesIn(host.disk) <= 16 * tiny.segmentBytes)
  assert.ok(assertNewest(host.disk, writing.lines) >= 6)
  await fill(writing, 20)
  await writing.wal.close()
})

test('retention: where all but the newest have gone and less is still free, it is trouble until there is room', async () => {
  const host = hostWith({capacityBytes: 20 * tiny.segmentBytes})
  const options = {...tiny, minFreeBytes: 4 * tiny.segmentBytes}
  const writing = await Writing.open(host, ground, {options})
  await fill(writing, 1)
  host.disk.put('/other', new Uint8Array(17 * tiny.segmentBytes))
  await fill(writing, 1)
  for (let line = 0; line < 8; line += 1) writing.add(['x'.repeat(4000)])
  assert.equal(await writing.settle(3000), false)
  assert.deepEqual(writing.wal.trouble, {code: 'full', reason: 'min_free'})
  await host.disk.remove('/other')
  assert.ok(await writing.settle(11_000))
  // The two in the first segment went for the second one, which had been made ready before.
  assert.equal(assertNewest(host.disk.crash(), writing.lines), 8)
  await writing.wal.close()
})

test('retention: a full disk takes the oldest, one for each new one', async () => {
  const host = hostWith({capacityBytes: 6 * tiny.segmentBytes})
  const writing = await Writing.open(host, ground)
  await fill(writing, 40)
  assert.ok(assertNewest(host.disk.crash(), writing.lines) >= 6)
  assert.equal(writing.wal.trouble, undefined)
  await writing.wal.close()
})

test('retention: a checkpoint names all that was added before, and its segments stay until its lease is over', async () => {
  for (const end of ['released', 'expired'] as const) {
    const host = hostWith()
    const writing = await Writing.open(host, ground, {options: recycling})
    await fill(writing, 30)
    writing.add(['not acknowledged yet'])
    const asked = writing.wal.checkpoint(60_000)
    await writing.settle()
    const {seq, lease, segments, expiresMs, epoch} = await asked
    assert.deepEqual([seq, epoch, expiresMs], [writing.nextSeq, writing.found.epoch, host.clock.now() + 60_000])
    const {firstSeq = 0} = segments[0] ?? {}
    assert.equal(firstSeq, writing.wal.stats().oldestSeq)
    const before = filesIn(host.disk)
    await fill(writing, 30)
    await host.clock.advance(10_000)
    assert.deepEqual(
      segments.map(({name}) => name).filter((name) => !filesIn(host.disk).includes(name)),
      []
    )
    assert.ok(before.length > 6)
    assert.equal(writing.wal.stats().leases, 1)
    if (end === 'released') assert.equal(writing.wal.release(lease), true)
    else await host.clock.advance(60_000)
    assert.equal(writing.wal.release(lease), false)
    await host.clock.advance(10_000)
    assert.ok(bytesIn(host.disk) <= recycling.retainBytes, end)
    assert.deepEqual([writing.wal.stats().leases, linesIn(host.disk).has(seq - 1)], [0, false])
    await writing.wal.close()
  }
})

test('retention: the files of a checkpoint hold, up to the bytes it names, every record below it', async () => {
  for (const durability of ['commit', 'os'] as const) {
    const host = hostWith()
    const writing = await Writing.open(host, ground, {options: {...tiny, durability}})
    await fill(writing, 7)
    const asked = writing.wal.checkpoint(1000)
    await writing.settle()
    for (let turns = 0; turns < 50; turns += 1) await host.clock.advance(0)
    const {seq, segments} = await asked
    await fill(writing, 3)
    const copy = hostWith()
    for (const {name, bytes} of segments) {
      const whole = host.disk.crash().files().get(`${folder}/${name}`) ?? new Uint8Array(0)
      copy.disk.put(`${folder}/${name}`, whole.slice(0, bytes))
    }
    assert.deepEqual([...linesIn(copy.disk).values()], writing.lines.slice(0, seq - 1), durability)
    await writing.wal.close()
  }
})

test('retention: a checkpoint of nothing names no segment, and reopening it begins no other one', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  const asked = [writing.wal.checkpoint(1000), writing.wal.reopen()] as const
  for (let turns = 0; turns < 20; turns += 1) await host.clock.advance(0)
  const checkpoint = await asked[0]
  assert.deepEqual([checkpoint.seq, checkpoint.segments, await asked[1]], [1, [], 1])
  assert.equal(writing.wal.stats().segments, 1)
  await writing.wal.close()
})

test('retention: reopening begins a new segment with what comes next', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  writing.add(['before'])
  const asked = writing.wal.reopen()
  await writing.settle()
  for (let turns = 0; turns < 20; turns += 1) await host.clock.advance(0)
  assert.equal(await asked, 2)
  writing.add(['after'])
  await writing.settle()
  assert.ok(filesIn(host.disk.crash()).includes('0000000000000002.lcw'))
  assert.deepEqual([...linesIn(host.disk.crash()).values()], ['before', 'after'])
  await writing.wal.close()
})

test('retention: that somebody else has removed a segment keeps nothing from going on', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground, {options: recycling})
  await fill(writing, 10)
  await host.disk.remove(`${folder}/0000000000000001.lcw`)
  await fill(writing, 30)
  assertNewest(host.disk.crash(), writing.lines)
  await writing.wal.close()
})

test('retention: segments of another size are let go one by one', async () => {
  const host = hostWith()
  const first = await Writing.open(host, ground, {options: {...recycling, segmentBytes: 2 * tiny.segmentBytes}})
  await fill(first, 20)
  await first.wal.close()
  const next = await Writing.open(host, ground, {options: recycling, lines: first.lines})
  await fill(next, 40)
  const sizes = [...host.disk.files().values()].map(({length}) => length)
  assert.deepEqual([...new Set(sizes)], [tiny.segmentBytes])
  assert.ok(bytesIn(host.disk) <= recycling.retainBytes)
  assertNewest(host.disk.crash(), next.lines)
  await next.wal.close()
})

test('retention: the sessions are known as long as they are remembered, though all segments but the newest go', async () => {
  const host = hostWith()
  const options = {...tiny, retainAgeMs: day}
  const writing = await Writing.open(host, ground, {options})
  writing.add(['first'], 'web', 'quiet')
  await fill(writing, 4)
  // The process ends when the new segment has a name, and nothing else.
  const asked = writing.wal.reopen()
  await host.clock.advance(0)
  await asked
  host.clock.step(2 * day)
  await host.clock.advance(10_000)
  const disk = host.disk.kill()
  assert.equal(disk.files().get(`${folder}/0000000000000006.lcw`)?.length, tiny.segmentBytes)
  const next = await Writing.open({...host, disk}, ground, {lines: writing.lines})
  assert.deepEqual([...next.found.sessions].sort(), [
    ['quiet', 1],
    ['web1', 5]
  ])
  assert.ok(next.wal.stats().oldestSeq < 6)
  await next.wal.close()
  await writing.wal.close()
})

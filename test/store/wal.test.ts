import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {OpenFile} from '../../src/host/disk.ts'
import type {Run} from '../../src/store/pending.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import type {TroubleOptions} from '../sim/trouble.ts'
import {folder, Ground, linesIn, storedIn, tiny, Writing} from './wal-ground.ts'

const ground = new Ground(16 << 20)
const large = {...tiny, segmentBytes: 1 << 20, retainBytes: 64 << 20}

function hostWith(options: TroubleOptions & {readonly capacityBytes?: number} = {}): SimHost {
  const host = simHost({seed: 1, ...options})
  host.disk.putFolder(folder)
  return host
}

/** Lines of 4000 bytes each. */
function linesFrom(from: number, count: number): string[] {
  return Array.from({length: count}, (_, at) => `${from + at} `.padEnd(4000, 'x'))
}

function framesIn(disk: SimDisk): ReturnType<typeof storedIn>[number]['frames'] {
  return storedIn(disk).flatMap(({frames}) => frames)
}

function messageOf(act: () => void): string {
  try {
    act()
    return ''
  } catch (cause) {
    return (cause as Error).message
  }
}

test('wal: what is added is acknowledged once it is synced, and found again after power loss', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  writing.add(['one', 'two'])
  assert.equal(writing.wal.acknowledgedSeq, 1)
  assert.ok(writing.wal.pendingBytes > 8)
  assert.ok(await writing.settle())
  const {acknowledgedSeq, writtenSeq, syncedSeq, pendingBytes, trouble} = writing.wal
  assert.deepEqual([acknowledgedSeq, writtenSeq, syncedSeq, pendingBytes, trouble], [3, 3, 3, 0, undefined])
  assert.deepEqual([...linesIn(host.disk.crash()).values()], ['one', 'two'])
  await writing.wal.close()
  assert.equal(host.disk.openFiles, 0)
  assert.equal(host.clock.waiting, 0)
})

test('wal: where the disk is idle, a record costs one write and, at commit, one sync', async () => {
  for (const [durability, operations] of [
    ['commit', 2],
    ['interval', 1],
    ['os', 1]
  ] as const) {
    const host = hostWith()
    const writing = await Writing.open(host, ground, {options: {...tiny, durability}})
    writing.add(['first'])
    await writing.settle(100)
    const before = host.disk.operations
    writing.add(['second'])
    assert.ok(await writing.settle())
    assert.equal(host.disk.operations - before, operations, durability)
    await writing.wal.close()
  }
})

test('wal: at interval, what was written is synced once a second, into the next segment too', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground, {options: {...tiny, durability: 'interval'}})
  writing.add(['one'])
  assert.ok(await writing.settle())
  assert.deepEqual([writing.wal.acknowledgedSeq, writing.wal.syncedSeq], [2, 1])
  await host.clock.advance(999)
  assert.equal(writing.wal.syncedSeq, 1)
  await host.clock.advance(1)
  assert.equal(writing.wal.syncedSeq, 2)
  writing.add(['two'])
  await writing.settle()
  const boundary = writing.wal.reopen()
  await writing.settle()
  assert.equal(await boundary, 3)
  writing.add(['three'])
  await writing.settle()
  await host.clock.advance(1000)
  assert.equal(writing.wal.syncedSeq, 4)
  await writing.wal.close()
})

test('wal: at interval, much is synced before the second is over, so that no segment ends with all of it', async () => {
  const host = hostWith()
  const options = {...large, segmentBytes: 16 << 20, durability: 'interval'} as const
  const writing = await Writing.open(host, ground, {options})
  for (let read = 0; read < 160; read += 1) {
    writing.add(linesFrom(writing.nextSeq, 15))
    if (read === 40) assert.ok((await writing.settle()) && writing.wal.syncedSeq === 1)
  }
  await writing.settle()
  assert.equal(writing.wal.syncedSeq, writing.nextSeq)
  await writing.wal.close()
})

test('wal: what came within one turn is one frame; runs that a reader could not tell apart are one', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  writing.add(['INFO a1', 'a2'], 'a')
  writing.add(['ERROR a3'], 'a')
  writing.add(['b4'], 'b')
  writing.add(['a5'], 'a')
  host.clock.step(1)
  writing.add(['a6'], 'a')
  await writing.settle()
  const frames = framesIn(host.disk)
  const [frame] = frames
  assert.ok(frame !== undefined && frames.length === 1)
  assert.deepEqual(
    frame.runs.map(({source, records, flags}) => [source, records, flags]),
    [
      ['a', 3, 0],
      ['b', 1, 0],
      ['a', 1, 0],
      ['a', 1, 0]
    ]
  )
  assert.equal((frame.runs[3]?.arrivalMs ?? 0) - (frame.runs[0]?.arrivalMs ?? 0), 1)
  assert.deepEqual([frame.firstSeq, frame.records, frame.epoch], [1, 6, writing.found.epoch])
  // Unknown, info and error.
  assert.equal(frame.levels, 0b101001)
  assert.deepEqual(frame.sessions, [{id: 'web1', number: 6}])
  await writing.wal.close()
})

test('wal: a whole record stays alone in its run, with what is to be known of it', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  const whole = {source: 'a', arrivalMs: 5, flags: 8, seq: 1}
  writing.wal.add({...ground.take('in\ntwo\n'), ...whole, records: 1})
  writing.wal.add({...ground.take('cut\n'), ...whole, flags: 9, seq: 2})
  writing.wal.add({...ground.take('rest\n'), ...whole, flags: 0, seq: 3})
  writing.wal.add({...ground.take('\n\r\n'), ...whole, flags: 0, seq: 4, records: 0})
  for (let turns = 0; writing.wal.pendingBytes > 0 && turns < 100; turns += 1) await host.clock.advance(0)
  assert.equal(writing.wal.acknowledgedSeq, 4)
  assert.deepEqual(
    framesIn(host.disk)[0]?.runs.map(({bytes, records, flags}) => [bytes, records, flags]),
    [
      [7, 1, 8],
      [4, 1, 9],
      [8, 1, 0]
    ]
  )
  await writing.wal.close()
})

test('wal: a session is noted in the frame that holds its records, however frames are cut', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground, {options: large})
  for (let read = 0; read < 200; read += 1) writing.add(linesFrom(writing.nextSeq, 15), `source${read % 7}`)
  assert.ok(await writing.settle(1000))
  const frames = framesIn(host.disk).filter(({records}) => records > 0)
  assert.ok(frames.length >= 20, `${frames.length} frames`)
  for (const {firstSeq, records, bodyBytes, sessions} of frames) {
    assert.deepEqual(sessions, [{id: 'web1', number: firstSeq + records - 1}])
    assert.ok(bodyBytes <= 512 * 1024)
  }
  assert.deepEqual([...linesIn(host.disk).values()], writing.lines)
  await writing.wal.close()
})

test('wal: around the end of the arena, records stay what they are', async () => {
  const small = new Ground(1 << 16)
  const host = hostWith()
  const writing = await Writing.open(host, small, {options: large})
  for (let read = 0; read < 100; read += 1) {
    writing.add(linesFrom(writing.nextSeq, 1 + (read % 3)))
    if (read % 2 === 1) assert.ok(await writing.settle())
  }
  assert.ok(await writing.settle())
  assert.deepEqual([...linesIn(host.disk).values()], writing.lines)
  await writing.wal.close()
})

/** A disk on which the next syncs of data end when they are let, one by one. */
function withHeldSyncs(disk: SimDisk): {readonly disk: SimDisk; readonly held: (() => void)[]} {
  const held: (() => void)[] = []
  const holding = (file: OpenFile): OpenFile =>
    new Proxy(file, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key, target)
        if (key !== 'syncData') return typeof member === 'function' ? (member.bind(target) as unknown) : member
        return async () => {
          // The sync covers what is written by now, and no more; only that it is over is told late.
          await target.syncData()
          await new Promise<void>((resolve) => held.push(resolve))
        }
      }
    })
  const proxy = new Proxy(disk, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      if (key !== 'open') return member.bind(target) as unknown
      return async (...given: Parameters<SimDisk['open']>) => holding(await target.open(...given))
    }
  })
  return {disk: proxy, held}
}

test('wal: what is written during a sync is not acknowledged by it', async () => {
  const host = hostWith()
  const first = await Writing.open(host, ground, {options: large})
  first.add(['first'])
  await first.settle()
  await first.wal.close()
  const {disk, held} = withHeldSyncs(host.disk)
  const writing = await Writing.open({...host, disk}, ground, {options: large, lines: first.lines})
  const {wal} = writing
  writing.add(['second'])
  for (let turns = 0; held.length === 0 && turns < 100; turns += 1) await host.clock.advance(0)
  writing.add(['waits: not worth a write of its own'])
  await host.clock.advance(0)
  assert.deepEqual([wal.writtenSeq, wal.acknowledgedSeq], [3, 2])
  for (let read = 0; read < 5; read += 1) writing.add(linesFrom(writing.nextSeq, 15))
  await host.clock.advance(0)
  assert.deepEqual([wal.writtenSeq, wal.acknowledgedSeq], [writing.nextSeq, 2])
  held.shift()?.()
  await host.clock.advance(0)
  assert.deepEqual([wal.syncedSeq, wal.acknowledgedSeq], [3, 3])
  const closing = wal.close()
  for (let turns = 0; turns < 20; turns += 1) {
    held.shift()?.()
    await host.clock.advance(0)
  }
  await closing
  assert.equal(wal.acknowledgedSeq, writing.nextSeq)
})

test('wal: a full disk is told of, acknowledges nothing, and is gone on with as soon as there is room', async () => {
  const host = hostWith({capacityBytes: 4 * tiny.segmentBytes})
  host.disk.put('/other', new Uint8Array(4 * tiny.segmentBytes - 100))
  const writing = await Writing.open(host, ground)
  writing.add(['waits'])
  assert.equal(await writing.settle(3000), false)
  assert.deepEqual(writing.wal.trouble, {code: 'full', reason: 'ENOSPC'})
  assert.deepEqual([writing.wal.acknowledgedSeq, writing.wal.writtenSeq], [1, 1])
  const asked = [writing.wal.checkpoint(1000), writing.wal.reopen()]
  const answers = Promise.allSettled(asked)
  await host.clock.advance(5000)
  assert.deepEqual(
    (await answers).map((answer) => answer.status === 'rejected' && (answer.reason as {code?: string}).code),
    ['file-unwritable', 'file-unwritable']
  )
  await host.disk.remove('/other')
  const before = writing.progress
  assert.ok(await writing.settle(6000))
  assert.ok(writing.progress > before)
  assert.equal(writing.wal.trouble, undefined)
  assert.deepEqual([...linesIn(host.disk.crash()).values()], ['waits'])
  await writing.wal.close()
})

test('wal: a disk that is read-only is called so, and closing does not wait for it', async () => {
  const host = hostWith({failAfter: 20, error: 'EROFS'})
  const writing = await Writing.open(host, ground)
  for (let count = 0; count < 20; count += 1) {
    writing.add([`${count}`])
    await writing.settle()
  }
  await host.clock.advance(1000)
  assert.deepEqual(writing.wal.trouble, {code: 'read-only', reason: 'EROFS'})
  const {acknowledgedSeq} = writing.wal
  await writing.wal.close()
  assert.equal(writing.wal.acknowledgedSeq, acknowledgedSeq)
  assert.ok(writing.wal.pendingBytes > 0)
  assert.equal(host.disk.openFiles, 0)
  await assert.rejects(writing.wal.checkpoint(1), {code: 'file-unwritable'})
  await assert.rejects(writing.wal.reopen(), {code: 'file-unwritable'})
})

test('wal: attempts come after longer and longer pauses, and never stop', async () => {
  const host = hostWith({failAfter: 1, error: 'EIO'})
  const writing = await Writing.open({...host, disk: hostWith().disk}, ground)
  await writing.wal.close()
  const failing = hostWith({failAfter: 3, error: 'EIO'})
  const stuck = await Writing.open(failing, ground)
  const operationsIn = async (ms: number): Promise<number> => {
    const before = failing.disk.operations
    await failing.clock.advance(ms)
    return failing.disk.operations - before
  }
  assert.ok((await operationsIn(1000)) > (await operationsIn(1000)))
  await failing.clock.advance(60_000)
  assert.ok((await operationsIn(5000)) > 0)
  assert.equal(stuck.wal.trouble?.code, 'error')
  await stuck.wal.close()
})

test('wal: records that could not be kept are refused as what they are, a bug of the caller', async () => {
  const small = new Ground(1 << 16)
  const host = hostWith({failAfter: 3, error: 'EIO'})
  const writing = await Writing.open(host, small, {options: large})
  const run: Run = {at: 0, bytes: 1, records: 1, levels: 1, arrivalMs: 0, source: '', flags: 0, seq: 1}
  assert.match(
    messageOf(() => {
      writing.wal.add({...run, seq: 2})
    }),
    /^bug: records are missing/
  )
  assert.match(
    messageOf(() => {
      writing.wal.add({...run, bytes: 900_000})
    }),
    /^bug: .* larger than a segment/
  )
  const fill = (): void => {
    for (let read = 0; read < 20; read += 1) writing.add(linesFrom(writing.nextSeq, 1))
  }
  assert.match(messageOf(fill), /^bug: records were overwritten/)
  await writing.wal.close()
  assert.match(
    messageOf(() => {
      writing.wal.add(run)
    }),
    /^bug: .* after the log was closed/
  )
})

test('wal: what is added while the disk stands still waits in its order, however much it is', async () => {
  const host = hostWith({capacityBytes: 40 * tiny.segmentBytes})
  const writing = await Writing.open(host, ground)
  for (let count = 0; count < 37; count += 1) {
    writing.add([`early ${count}`])
    assert.ok(await writing.settle())
  }
  host.disk.put('/other', new Uint8Array((await host.disk.space('/')).freeBytes))
  for (let count = 0; count < 1000; count += 1) writing.add([`${count}`], `source${count % 3}`)
  assert.equal(await writing.settle(1000), false)
  await host.disk.remove('/other')
  assert.ok(await writing.settle(10_000))
  assert.deepEqual([...linesIn(host.disk).values()].slice(-1000), writing.lines.slice(-1000))
  await writing.wal.close()
})

test('wal: commits are counted by how long they took and how much was in them', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  writing.add(['one'])
  await writing.settle()
  writing.add(['two', 'three', 'four'])
  await writing.settle()
  const {commitRecords, commitSeconds, writeErrors, syncErrors, segments, oldestSeq, oldestMs} = writing.wal.stats()
  assert.deepEqual([commitRecords.count, commitRecords.sum, commitRecords.counts.slice(0, 2)], [2, 4, [1, 2]])
  assert.deepEqual([commitSeconds.count, commitSeconds.sum], [2, 0])
  assert.deepEqual([writeErrors, syncErrors, segments, oldestSeq, oldestMs], [0, 0, 1, 1, host.clock.now()])
  await writing.wal.close()
})

test('wal: failures of writes and of syncs are counted', async () => {
  const errors = {write: 0, sync: 0}
  for (let failAt = 1; ; failAt += 1) {
    const host = hostWith({failAt})
    const writing = await Writing.open(host, ground).catch(() => undefined)
    if (writing === undefined) continue
    writing.add(['one'])
    await writing.settle(1000)
    errors.write += writing.wal.stats().writeErrors
    errors.sync += writing.wal.stats().syncErrors
    await writing.wal.close()
    if (!host.disk.failed) break
  }
  assert.deepEqual(errors, {write: 1, sync: 1})
})

test('wal: sessions are told at the beginning of each segment, as many as have room in it', async () => {
  const host = hostWith()
  const writing = await Writing.open(host, ground)
  const ids = Array.from({length: 300}, (_, index) => `session-${index}`)
  for (const id of ids) {
    writing.add([id], 'web', id)
    await writing.settle()
  }
  const boundary = writing.wal.reopen()
  await writing.settle()
  writing.add(['next'])
  await writing.settle()
  await boundary
  const tables =
    storedIn(host.disk)
      .at(-1)
      ?.frames.filter(({flags}) => flags === 2) ?? []
  const told = tables.flatMap(({sessions}) => sessions)
  assert.ok(told.length > 80 && told.length < 300, `${told.length} of them`)
  assert.deepEqual(told, ids.map((id, index) => ({id, number: index + 1})).slice(-told.length))
  await writing.wal.close()
})

test('wal: a log that is closed cleanly goes on in the same segment, and nothing is written for nothing', async () => {
  const host = hostWith()
  const first = await Writing.open(host, ground)
  first.add(['one'])
  await first.settle()
  await first.wal.close()
  assert.deepEqual(
    framesIn(host.disk).map(({flags}) => flags),
    [0, 1]
  )
  for (let times = 0; times < 3; times += 1) {
    const next = await Writing.open(host, ground, {lines: first.lines})
    assert.deepEqual([next.found.isClean, next.wal.acknowledgedSeq, next.wal.syncedSeq], [true, 2, 2])
    await next.wal.close()
  }
  assert.equal(framesIn(host.disk).length, 2)
  const again = await Writing.open(host, ground, {lines: first.lines})
  again.add(['two'])
  await again.settle()
  assert.deepEqual(
    framesIn(host.disk).map(({firstSeq, flags}) => [firstSeq, flags]),
    [
      [1, 0],
      [2, 1],
      [2, 0]
    ]
  )
  assert.equal(again.wal.stats().segments, 1)
  await again.wal.close()
})

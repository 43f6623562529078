import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {test} from 'node:test'
import type {OpenFile} from '../../src/host/disk.ts'
import {OpenSegment} from '../../src/store/open-segment.ts'
import {recover} from '../../src/store/recovery.ts'
import {headerBytes} from '../../src/store/segment.ts'
import type {Wal, WalOptions} from '../../src/store/wal.ts'
import {WrittenSessions} from '../../src/store/written-sessions.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import type {TroubleOptions} from '../sim/trouble.ts'
import {folder, Ground, linesIn, tiny, Writing} from './wal-ground.ts'

const ground = new Ground()

function on(disk: SimDisk, seed = 1): SimHost {
  return {...simHost({seed}), disk}
}

function newHost(trouble: TroubleOptions & {readonly capacityBytes?: number} = {}): SimHost {
  const host = simHost({seed: 1, ...trouble})
  host.disk.putFolder(folder)
  return host
}

type FirstEnd = 'closed' | 'killed' | 'powerless'

interface Ended {
  readonly disk: SimDisk
  readonly acknowledgedSeq: number
  readonly lines: readonly string[]
}

interface Promised {
  readonly seq: number
  readonly lines: readonly string[]
  readonly where: string
}

/** A log of a few segments, and the disk on which somebody finds it. */
async function firstLife(options: WalOptions, end: FirstEnd, trouble: TroubleOptions): Promise<Ended> {
  const host = newHost()
  const writing = await Writing.open(host, ground, {options})
  for (let count = 0; count < 18; count += 1) {
    writing.add([`${writing.nextSeq} `.padEnd(3500, 'x'), 'short'])
    await writing.settle()
  }
  if (end === 'closed') await writing.wal.close()
  const {acknowledgedSeq} = writing.wal
  const disk = end === 'powerless' ? host.disk.crash(trouble) : host.disk.kill(trouble)
  return {disk, acknowledgedSeq, lines: writing.lines}
}

async function assertKept(disk: SimDisk, {seq, lines, where}: Promised): Promise<void> {
  const {nextSeq, damaged} = await recover(on(disk), folder, ground.desk)
  // Of what was not promised yet, power loss may take a header, and that is told.
  assert.deepEqual(
    damaged.filter(({seqFrom, seqTo}) => seqTo > seqFrom && seqFrom < seq),
    [],
    where
  )
  assert.ok(nextSeq >= seq, `${where}: ${seq - nextSeq} records are lost`)
  const stored = linesIn(disk)
  for (let at = 1; at < seq; at += 1) assert.equal(stored.get(at), lines[at - 1], `${where}: record ${at}`)
}

for (const end of ['closed', 'killed', 'powerless'] as const) {
  for (const durability of ['commit', 'os'] as const) {
    if (end === 'powerless' && durability === 'os') continue
    test(`wal-writer: a log that was ${end} at ${durability} keeps all that is acknowledged, whatever fails in its next life`, async () => {
      for (let failAt = 1; ; failAt += 1) {
        const {disk, acknowledgedSeq, lines} = await firstLife({...tiny, durability}, end, {failAt})
        const where = `${end} ${durability} failAt ${failAt}`
        const opened = await Writing.open(on(disk), ground, {lines}).catch(() => undefined)
        if (opened === undefined) continue
        assert.equal(opened.nextSeq, acknowledgedSeq, where)
        await assertKept(disk.crash(), {seq: opened.wal.acknowledgedSeq, lines, where: `${where}, opened`})
        opened.add(['again'])
        assert.ok(await opened.settle(2000), `${where} (${disk.failedOperation}): does not go on`)
        await assertKept(disk.crash(), {seq: opened.nextSeq, lines: opened.lines, where})
        const {failed} = disk
        await opened.wal.close()
        if (!failed) break
      }
    })
  }
}

/** Says how far all was told to be durable. */
async function writeAndAsk(host: SimHost, {wal, add}: {wal: Wal; add: () => Promise<unknown>}): Promise<number> {
  let seq = 1
  for (let count = 0; count < 8; count += 1) {
    await add()
    await host.clock.advance(1000)
    const asked = wal.checkpoint(1000).catch(() => undefined)
    if (count % 3 === 1) seq = (await asked)?.seq ?? seq
  }
  return Math.max(seq, wal.syncedSeq)
}

for (const durability of ['interval', 'os'] as const) {
  test(`wal-writer: at ${durability}, what was told to be synced is durable, whichever operation fails`, async () => {
    for (let failAt = 1; ; failAt += 1) {
      const host = newHost({failAt})
      const opened = await Writing.open(host, ground, {options: {...tiny, durability}}).catch(() => undefined)
      if (opened === undefined) continue
      const add = (): Promise<unknown> => {
        opened.add([`${opened.nextSeq} `.padEnd(1500, 'x'), `b${opened.nextSeq}`])
        return opened.settle(500)
      }
      const seq = await writeAndAsk(host, {wal: opened.wal, add})
      const where = `${durability} failAt ${failAt} (${host.disk.failedOperation})`
      await assertKept(host.disk.crash(), {seq, lines: opened.lines, where})
      await opened.wal.close()
      if (!host.disk.failed) break
    }
  })
}

test('wal-writer: sessions outlive a clean close right after a segment was begun', async () => {
  const host = newHost()
  const first = await Writing.open(host, ground)
  first.add(['one', 'two'], 'web', 'web1')
  await first.settle()
  const boundary = first.wal.reopen()
  await first.settle()
  assert.equal(await boundary, 3)
  await first.wal.close()
  const second = await Writing.open(on(host.disk), ground, {lines: first.lines})
  second.add(['three'], 'db', 'db1')
  assert.ok(await second.settle())
  const {sessions} = await recover(on(host.disk.crash()), folder, ground.desk)
  assert.deepEqual([...sessions].sort(), [
    ['db1', 3],
    ['web1', 2]
  ])
  await second.wal.close()
})

test('wal-writer: a log that was written to and closed is clean, however far its last segment reaches', async () => {
  for (let bytes = 1; bytes < 300; bytes += 8) {
    const host = newHost()
    const first = await Writing.open(host, ground)
    first.add(['x'.repeat(200)])
    await first.settle()
    await first.wal.close()
    const second = await Writing.open(on(host.disk), ground, {lines: first.lines})
    const boundary = second.wal.reopen()
    await second.settle()
    await boundary
    second.add(['y'.repeat(bytes)])
    await second.settle()
    await second.wal.close()
    assert.equal((await recover(on(host.disk), folder, ground.desk)).isClean, true, `${bytes} bytes`)
  }
})

test('wal-writer: a sync beside a write does not say that the write is synced', async () => {
  const host = newHost()
  const path = `${folder}/file`
  const file = await host.disk.open(path, 'create')
  const release: (() => void)[] = []
  const slow: OpenFile = {
    ...on(host.disk),
    ...handleOf(file),
    async writeAll(parts, position) {
      await new Promise<void>((resolve) => release.push(resolve))
      await file.writeAll(parts, position)
    }
  }
  const states = {usedBytes: 0, isSynced: false, isSuspect: false, isFounded: false}
  const segment = {name: 'file', firstSeq: 1, createdMs: 0, bytes: 1 << 20, ...states}
  const open = new OpenSegment(segment, slow, {idLow: 1, idHigh: 2, offset: headerBytes, hasTable: false})
  const write = open.write([new Uint8Array(16)], 16)
  await open.sync()
  release[0]?.()
  await write
  assert.equal(open.isSynced, false)
  await open.sync()
  assert.equal(open.isSynced, true)
  await open.close()
})

function handleOf(file: OpenFile): OpenFile {
  return {
    read: (into, position) => file.read(into, position),
    write: (bytes, position) => file.write(bytes, position),
    writeAll: (parts, position) => file.writeAll(parts, position),
    sync: () => file.sync(),
    syncData: () => file.syncData(),
    stat: () => file.stat(),
    setAttributes: (attributes) => file.setAttributes(attributes),
    close: () => file.close()
  }
}

/** A disk on which syncs end no sooner than they are let. */
function hanging(disk: SimDisk, gate: {hold: Promise<void> | undefined}): SimDisk {
  return new Proxy(disk, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      if (key !== 'open') return value.bind(target) as unknown
      return async (...given: Parameters<SimDisk['open']>): Promise<OpenFile> => {
        const file = await target.open(...given)
        return {
          ...handleOf(file),
          async syncData() {
            await gate.hold
            await file.syncData()
          }
        }
      }
    }
  })
}

test('wal-writer: a disk that hangs for ten seconds is told of, and so is that it goes on', async () => {
  const host = newHost()
  const gate: {hold: Promise<void> | undefined} = {hold: undefined}
  const writing = await Writing.open({...host, disk: hanging(host.disk, gate)}, ground)
  writing.add(['fine'])
  assert.ok(await writing.settle())
  await host.clock.advance(60_000)
  assert.equal(writing.wal.trouble, undefined)
  const {promise, resolve} = Promise.withResolvers<undefined>()
  gate.hold = promise
  writing.add(['waits'])
  await host.clock.advance(9_999)
  const before = writing.progress
  assert.equal(writing.wal.trouble, undefined)
  await host.clock.advance(1)
  assert.deepEqual(writing.wal.trouble, {code: 'stalled', reason: 'ETIMEDOUT'})
  assert.equal(writing.progress, before + 1)
  gate.hold = undefined
  resolve(undefined)
  assert.ok(await writing.settle())
  assert.equal(writing.wal.trouble, undefined)
  assert.equal(writing.progress, before + 2)
  await writing.wal.close()
  assert.equal(host.clock.waiting, 0)
})

test('wal-writer: where only a lease keeps the disk full, it is dropped and told', async () => {
  const host = newHost({capacityBytes: 5 * tiny.segmentBytes})
  const writing = await Writing.open(host, ground)
  writing.add(['first'])
  await writing.settle()
  const asked = writing.wal.checkpoint(86_400_000)
  await writing.settle()
  const {lease} = await asked
  for (let count = 0; count < 40; count += 1) {
    writing.add([`${writing.nextSeq} `.padEnd(3000, 'x')])
    assert.ok(await writing.settle(20_000), `record ${writing.nextSeq} waits`)
  }
  assert.deepEqual(writing.leasesDropped, [lease])
  assert.equal(writing.wal.release(lease), false)
  await writing.wal.close()
})

test('wal-writer: what a listener throws is nobody else to catch, and no trouble of the disk', () => {
  const path = fileURLToPath(new URL('wal-ground.ts', import.meta.url))
  const host = fileURLToPath(new URL('../sim/host.ts', import.meta.url))
  const script = `
    import {Ground, Writing} from ${JSON.stringify(path)}
    import {simHost} from ${JSON.stringify(host)}
    const writing = await Writing.open(simHost({seed: 1}), new Ground())
    Object.defineProperty(writing, 'progress', {set() { throw new Error('a listener failed') }, get: () => 0})
    writing.add(['one'])
    await writing.settle(5000)
    console.log('nobody noticed', writing.wal.trouble)`
  const {status, stderr, stdout} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8'
  })
  assert.equal(stdout, '')
  assert.match(stderr, /a listener failed/)
  assert.equal(status, 1)
})

test('written-sessions: as many are kept as the server remembers, with the longest names there are', () => {
  const sessions = new WrittenSessions({elapsed: () => 0}, (8 << 20) / 8)
  const ids = Array.from({length: 10_001}, (_, index) => String(index).padStart(64, 's'))
  for (const id of ids) sessions.note(id, 1)
  assert.deepEqual(
    [...sessions].map(({id}) => id),
    ids.slice(1)
  )
})

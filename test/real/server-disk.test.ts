import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {holdPromises, NumberedSender} from '../cli/numbered.ts'
import {place} from '../cli/run.ts'
import {ask, serve, statsOf, until, type Served} from '../cli/serving.ts'
import {Flood} from './flood.ts'
import {healthOf, holdNewest, keepAll, linesOf} from './kept.ts'
import {loopDisk, loopDiskObstacle, type LoopDisk} from './loop-disk.ts'

/** The log server on a real disk that fills up, stalls, or takes no writes for a while. */

function onDisk(name: string, body: (t: TestContext, disk: LoopDisk) => Promise<void>): void {
  test(`server: ${name}`, {skip: loopDiskObstacle()}, async (t) => body(t, await loopDisk(t, place(t), 64)))
}

/** They need tens of seconds where the disk is slow: not for every run. */
const onDiskInLongRuns = process.env['LONG'] === '1' ? onDisk : (): undefined => undefined

onDisk('on a disk that is full it promises nothing, stays up, and goes on by itself', async (t, disk) => {
  // Too little is left for a second segment: there is none that could be given up.
  disk.sh(`${fillUp}; truncate --size=-512K other`)
  const server = await servedOn(t, disk, ['--min-free', '0', '--retain-bytes', '32MiB'])
  const senders = await sendersTo(t, server)
  await heldUp(server, senders, /^wal-full: .*ENOSPC/)
  disk.sh('rm other')
  await healthy(server)
  await onward(senders)
  await stopped(server, senders)
  holdPromises(await linesOf(disk.at, join(disk.folder, 'data')), senders)
  const told = server.notices().filter(({code}) => code.startsWith('wal-'))
  assert.deepEqual(
    told.map(({level, code, values}) => [level, code, values['why']]),
    [
      ['error', 'wal-stuck', 'full'],
      ['info', 'wal-goes-on', undefined]
    ]
  )
})

onDiskInLongRuns(
  'on a disk that others fill up it gives up its oldest lines, and goes on in their space',
  async (t, disk) => {
    const server = await servedOn(t, disk, ['--min-free', '0', '--retain-bytes', '512MiB'])
    const senders = await sendersTo(t, server)
    disk.sh(fillUp)
    const before = await totalOf(server)
    await until(async () => (await totalOf(server)) > before + manyLines)
    await stopped(server, senders)
    await holdGivenUp(disk, senders)
  }
)

onDiskInLongRuns(
  'it leaves to others the space that is theirs, and gives up its oldest lines for that',
  async (t, disk) => {
    const server = await servedOn(t, disk, ['--min-free', '24MiB', '--retain-bytes', '30MiB'])
    const senders = await sendersTo(t, server)
    disk.sh('head --bytes=20M /dev/zero > other')
    while ((await totalOf(server)) < manyLines) {
      // Of the two segments that are being written and made ready, neither was known to be needed when there was room.
      assert.ok(disk.freeBytes() >= (24 << 20) - 2 * (2 << 20), `${disk.freeBytes()} bytes are free`)
    }
    disk.sh('head --bytes=20M /dev/zero > more')
    await heldUp(server, senders, /^wal-full: /)
    disk.sh('rm more')
    await healthy(server)
    await onward(senders)
    await stopped(server, senders)
    await holdGivenUp(disk, senders)
  }
)

onDisk('on a disk that stalls it holds senders back and tells them, answers, and takes no memory', async (t, disk) => {
  const server = await servedOn(t, disk, ['--min-free', '0', '--queue-bytes', '1MiB', '--ring-bytes', '8MiB'])
  const floods = await Promise.all([Flood.raw(server.ports.log), Flood.acknowledged(server.ports.log, 'flood')])
  t.after(() => {
    for (const flood of floods) flood.destroy()
  })
  await until(async () => (await totalOf(server)) > 20_000)
  const bytesBefore = residentBytes(server)
  disk.sh('fsfreeze --freeze .')
  const frozenMs = Date.now()
  await until(() => Promise.resolve(floods.every(({slowDownsMs}) => slowDownsMs.length > 0)))
  // They are told a little before nothing more is taken.
  const held = await standing(() => totalOf(server))
  assert.deepEqual(
    (await healthOf(server)).reasons.map((reason) => reason.split(':', 1)),
    [['queue-full']]
  )
  assert.match(await ask(server.ports.query, 'QUERY keyword=flood\n'), /^FOUND: \d+ matches\n/)
  await delay(stallMs - (Date.now() - frozenMs))
  assert.equal(await totalOf(server), held)
  const grown = residentBytes(server) - bytesBefore
  disk.sh('fsfreeze --unfreeze .')
  await until(() => Promise.resolve(floods.every(({resumes}) => resumes > 0)))
  await until(async () => (await totalOf(server)) > held + 20_000)
  await healthy(server)
  assert.ok(grown < 64 << 20, `grew by ${grown} bytes`)
  for (const {slowDownsMs} of floods) {
    assert.ok((slowDownsMs[0] ?? 0) >= frozenMs, 'told before there was a reason')
    for (const [index, atMs] of slowDownsMs.slice(1).entries()) assert.ok(atMs - (slowDownsMs[index] ?? 0) >= 950)
  }
})

onDisk('on a disk that has become read-only it promises nothing, stays up, and goes on by itself', async (t, disk) => {
  const server = await servedOn(t, disk, ['--min-free', '0', '--retain-bytes', '8MiB'])
  const first = await keepAll(server, join(disk.seen, 'data'))
  const senders = await sendersTo(t, server)
  // What is open for writing would keep a whole file system from being made read-only.
  disk.sh('mount --bind data data; mount -o remount,bind,ro data')
  await heldUp(server, senders, /^wal-read-only: .*EROFS/)
  disk.sh('umount data')
  await healthy(server)
  await onward(senders)
  await stopped(server, senders)
  holdPromises(await linesOf(disk.at, join(disk.folder, 'data')), [first, ...senders])
  assert.ok(server.notices().some(({code, values}) => code === 'wal-stuck' && values['why'] === 'read-only'))
})

const fillUp = 'head --bytes=1G /dev/zero > other 2> /dev/null || true'
// Some 30 MiB of them.
const manyLines = 300_000
const stallMs = 2000

async function servedOn(t: TestContext, {at, folder}: LoopDisk, argv: readonly string[]): Promise<Served> {
  const server = await serve(at, ['--data-dir', join(folder, 'data'), ...argv])
  t.after(() => server.started.child.kill('SIGKILL'))
  return server
}

async function sendersTo(t: TestContext, server: Served): Promise<readonly NumberedSender[]> {
  const senders = ['a', 'b', 'c', 'd'].map((session) => new NumberedSender(session, 'commit'))
  t.after(() => {
    for (const sender of senders) sender.destroy()
  })
  await Promise.all(senders.map((sender) => sender.connect(server.ports.log)))
  await onward(senders)
  return senders
}

/** Until each of them has been promised more than by now. */
async function onward(senders: readonly NumberedSender[]): Promise<void> {
  const now = senders.map(({acknowledged}) => acknowledged)
  await until(() => Promise.resolve(senders.every(({acknowledged}, index) => acknowledged > (now[index] ?? 0))))
}

/** Until it says that nothing gets to the disk; then nobody is promised anything, and whoever asks is answered. */
async function heldUp(server: Served, senders: readonly NumberedSender[], reason: RegExp): Promise<void> {
  await until(async () => (await healthOf(server)).reasons.some((said) => reason.test(said)))
  const promised = senders.map(({acknowledged}) => acknowledged)
  await delay(500)
  assert.deepEqual(
    senders.map(({acknowledged}) => acknowledged),
    promised
  )
  assert.equal((await healthOf(server)).status, 'degraded')
  assert.ok((await totalOf(server)) > 0)
}

async function healthy(server: Served): Promise<void> {
  await until(async () => (await healthOf(server)).status === 'healthy')
}

async function stopped(server: Served, senders: readonly NumberedSender[]): Promise<void> {
  const {code, stderr} = await server.end('SIGTERM')
  assert.equal(code, 0, stderr)
  await Promise.all(senders.map((sender) => sender.closed()))
}

async function holdGivenUp(disk: LoopDisk, senders: readonly NumberedSender[]): Promise<void> {
  const first = holdNewest(await linesOf(disk.at, join(disk.folder, 'data')), senders)
  assert.ok(
    first.some((number) => number > 1),
    'nothing had to go'
  )
}

async function totalOf(server: Served): Promise<number> {
  return (await statsOf(server))['Total'] ?? 0
}

function residentBytes({pid}: Served): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}

/** The figure, once it has stood still for a while. */
async function standing(read: () => Promise<number>): Promise<number> {
  for (let last = await read(); ;) {
    await delay(300)
    const next = await read()
    if (next === last) return next
    last = next
  }
}

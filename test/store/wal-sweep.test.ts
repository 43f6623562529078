import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Durability, WalOptions} from '../../src/store/wal.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import type {TroubleOptions} from '../sim/trouble.ts'
import {Ground, linesIn, tiny, Writing} from './wal-ground.ts'

const firstSeed = seedFromEnvironment()

const ground = new Ground(16 << 20)

/** The same machine, with another disk, or with what it finds on its own. */
function after(host: SimHost, disk: SimDisk): SimHost {
  return {...simHost({seed: host.random.below(2 ** 32), nowMs: host.clock.now()}), disk}
}

type Story = (host: SimHost, writing: Writing, random: Seeded) => Promise<void>

/** Records come in reads, small and large, and now and then something else is asked. What fails is left to the log. */
async function someOfAll(host: SimHost, writing: Writing, random: Seeded): Promise<void> {
  const {wal} = writing
  writing.add(['first'], 'web', 'first')
  let leftSteps = 20
  for (let step = 0; step < leftSteps; step += 1) {
    for (let reads = random.below(3); reads >= 0; reads -= 1) {
      // One line to many sectors.
      const lengths = Array.from({length: 1 + random.below(random.pick([2, 20]))}, () =>
        random.below(random.pick([8, 600]))
      )
      writing.add(linesOf(writing.nextSeq, lengths), random.pick(['web', 'db', 'cache']))
      await turns(random.below(8))
    }
    if (random.below(3) > 0) await writing.settle(random.below(2) * 200)
    if (step % 6 === 2) void wal.checkpoint(random.below(30_000)).catch(() => undefined)
    if (step % 6 === 4) void wal.reopen().catch(() => undefined)
    if (step % 7 === 5) await host.clock.advance(10_000)
    // The end may come at once, or after the log has gone on in spite of it.
    if (host.disk.failed) leftSteps = Math.min(leftSteps, step + 1 + random.below(4))
  }
  if (random.below(2) === 0) await writing.settle(2000)
}

/** While a little is synced so much comes that it is written at once. */
async function muchDuringSyncs(host: SimHost, writing: Writing, random: Seeded): Promise<void> {
  writing.add(['first'], 'web', 'first')
  for (let step = 0; step < 4; step += 1) {
    writing.add(linesOf(writing.nextSeq, [5]))
    for (let left = 300; left > 0 && writing.wal.writtenSeq < writing.nextSeq; left -= 1) await turns(1)
    for (let reads = 5 + random.below(5); reads > 0; reads -= 1) {
      writing.add(
        linesOf(
          writing.nextSeq,
          Array.from({length: 15}, () => 4000)
        )
      )
    }
    if (random.below(2) === 0) await writing.settle(200)
    else await turns(random.below(150))
    if (host.disk.failed && random.below(2) === 0) return
  }
}

function linesOf(from: number, lengths: readonly number[]): string[] {
  return lengths.map((length, at) => `${from + at} `.padEnd(8 + length, 'x'))
}

/** The disk gets on a little, but not to the end of what it does. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await Promise.resolve()
}

/** What was acknowledged, before the disk came to its end, and all that it has to be like. */
interface Before {
  readonly host: SimHost
  readonly options: WalOptions
  readonly acknowledgedSeq: number
  readonly lines: readonly string[]
  readonly where: string
}

type End = (disk: SimDisk) => SimDisk

/** How the first life of the log ends, and how the second. */
type Ends = readonly [End, End]

/** Everything that was acknowledged is there, all is what was written, and whoever comes next can build on all of it. */
async function check(disk: SimDisk, end: End, {host, options, acknowledgedSeq, lines, where}: Before): Promise<void> {
  const stored = linesIn(disk)
  const writing = await Writing.open(after(host, disk), ground, {options, lines})
  const {nextSeq, damaged, segments, sessions} = writing.found
  assert.ok(nextSeq >= acknowledgedSeq, `${where}: ${acknowledgedSeq - nextSeq} records are lost`)
  assert.deepEqual(damaged, [], where)
  const firstSeq = segments[0]?.firstSeq ?? 1
  assertLines(stored, lines.slice(0, nextSeq - 1), {firstSeq, where})
  assert.equal(sessions.get('web1') ?? 0, nextSeq > 2 ? nextSeq - 1 : 0, `${where}: where the session goes on`)
  assert.equal(
    sessions.get('first') ?? 0,
    nextSeq > 1 ? 1 : 0,
    `${where}: where a session goes on that was quiet since`
  )

  writing.add(['again', 'and again'])
  assert.ok(await writing.settle(1000), `${where}: does not go on`)
  const [oldest] = writing.wal.stats().segments === 0 ? [] : [writing.wal.stats().oldestSeq]
  assertLines(linesIn(end(disk)), writing.lines, {firstSeq: oldest ?? 1, where: `${where}, gone on and ended again`})
  await writing.wal.close()
  assert.equal(disk.openFiles, 0, `${where}: a file was left open`)
}

function assertLines(
  stored: ReadonlyMap<number, string>,
  lines: readonly string[],
  {firstSeq, where}: {readonly firstSeq: number; readonly where: string}
): void {
  for (let seq = firstSeq; seq <= lines.length; seq += 1) {
    assert.equal(stored.get(seq), lines[seq - 1], `${where}: record ${seq} of ${lines.length}`)
  }
}

interface Sweep {
  readonly options: WalOptions
  readonly how: 'failAt' | 'failAfter'
  readonly error: string
  readonly ends: Ends
  readonly story?: Story
  readonly rounds?: number
}

/** Calls with operation 1 failing, then 2, … until a run meets no failure; from it on all of them, where so chosen. */
async function sweep({
  options,
  how,
  error,
  ends: [end, endAgain],
  story = someOfAll,
  rounds = 1
}: Sweep): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + times(rounds); seed += 1) {
    for (let operation = 1; ; operation += 1) {
      const trouble: TroubleOptions = {[how]: operation, error, ...(story === muchDuringSyncs ? {turnsMax: 40} : {})}
      const host = simHost({seed, ...trouble})
      host.disk.putFolder('/wal')
      // Where the log cannot even be opened, nothing is acknowledged.
      const writing = await Writing.open(host, ground, {options}).catch(() => undefined)
      if (writing === undefined) continue
      await story(host, writing, seeded(seed + operation))
      const {failed, failedOperation} = host.disk
      const {acknowledgedSeq} = writing.wal
      const where = `SEED=${seed} ${options.durability} ${JSON.stringify(trouble)} (${failedOperation})`
      await check(end(host.disk), endAgain, {host, options, acknowledgedSeq, lines: [...writing.lines], where})
      await writing.wal.close()
      assert.equal(host.disk.openFiles, 0, `${where}: a file was left open`)
      if (!failed) break
    }
  }
}

const powerLoss: End = (disk) => disk.crash()
const processEnd: End = (disk) => disk.kill()
// Segments are used again, a few times in each story.
const recycling = {...tiny, retainBytes: 5 * tiny.segmentBytes}

test('wal: whichever disk operation fails, power loss then takes nothing that was acknowledged', async () => {
  await sweep({options: tiny, how: 'failAt', error: 'EIO', ends: [powerLoss, powerLoss]})
  await sweep({options: recycling, how: 'failAt', error: 'EIO', ends: [powerLoss, powerLoss]})
  await sweep({options: recycling, how: 'failAt', error: 'ENOSPC', ends: [powerLoss, powerLoss]})
})

test('wal: wherever the power goes, nothing that was acknowledged is lost', async () => {
  await sweep({options: tiny, how: 'failAfter', error: 'EIO', ends: [powerLoss, powerLoss]})
  await sweep({options: recycling, how: 'failAfter', error: 'ENOSPC', ends: [powerLoss, powerLoss]})
  await sweep({options: recycling, how: 'failAfter', error: 'EROFS', ends: [powerLoss, powerLoss]})
})

test('wal: nothing that was acknowledged is lost when it is written and synced at the same time', async () => {
  const options = {...tiny, segmentBytes: 1 << 20, retainBytes: 64 << 20}
  const much = {options, ends: [powerLoss, powerLoss], story: muchDuringSyncs} as const
  await sweep({...much, how: 'failAt', error: 'EIO'})
  // The moment that matters is short: after one sync, of which a write was no part, and before the next one.
  await sweep({...much, how: 'failAfter', error: 'EIO', rounds: 5})
})

test('wal: what was found after the end of the process outlives power loss, whatever failed before', async () => {
  await sweep({options: tiny, how: 'failAt', error: 'EIO', ends: [processEnd, powerLoss]})
  await sweep({options: recycling, how: 'failAfter', error: 'EIO', ends: [processEnd, powerLoss]})
})

for (const durability of ['os', 'interval', 'commit'] as const satisfies readonly Durability[]) {
  test(`wal: at ${durability}, the end of the process takes nothing that was acknowledged`, async () => {
    const ends: Ends = [processEnd, processEnd]
    await sweep({options: {...tiny, durability}, how: 'failAt', error: 'EIO', ends})
    await sweep({options: {...recycling, durability}, how: 'failAt', error: 'ENOSPC', ends})
    await sweep({options: {...recycling, durability}, how: 'failAfter', error: 'EROFS', ends})
  })
}

test('wal: what power loss leaves of records that were not promised to survive it is never something else', async () => {
  for (const durability of ['os', 'interval'] as const) {
    for (let operation = 1; ; operation += 1) {
      const trouble: TroubleOptions = {failAfter: operation}
      const host = simHost({seed: firstSeed, ...trouble})
      host.disk.putFolder('/wal')
      const writing = await Writing.open(host, ground, {options: {...recycling, durability}}).catch(() => undefined)
      if (writing === undefined) continue
      await someOfAll(host, writing, seeded(firstSeed + operation))
      const disk = host.disk.crash()
      const {nextSeq} = (await Writing.open(after(host, disk), ground)).found
      const found = [...linesIn(disk)].filter(([seq]) => seq < nextSeq)
      const written = found.map(([seq]) => [seq, writing.lines[seq - 1]])
      assert.deepEqual(found, written, `SEED=${firstSeed} ${durability} ${operation}`)
      if (!host.disk.failed) break
    }
  }
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {readRuns, verify, type JournalEntry} from '../../src/ledger/journal.ts'
import type {SimDisk} from '../sim/disk.ts'
import type {SimHost} from '../sim/host.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import type {TroubleOptions} from '../sim/trouble.ts'
import {journalOf, randomEntries, runStart, state, stepEnd} from './entries.ts'
import {ledgerHost, passing, processOf} from './ground.ts'

const firstSeed = seedFromEnvironment()
const seeds = Array.from({length: times(1)}, (_, index) => firstSeed + index)

/** What two processes append in turn, as far as it is acknowledged; each goes on after a failure, as a server would. */
async function appendAll(host: SimHost, entries: readonly JournalEntry[]): Promise<readonly string[]> {
  const durable: string[] = []
  const opened = await Promise.allSettled([10, 11].map((pid) => journalOf(processOf(host, pid) as SimHost, pid)))
  for (const [at, entry] of entries.entries()) {
    const journal = opened[at % 2]
    if (journal?.status !== 'fulfilled') continue
    const sync = at % 4 === 0
    const marked = {...entry, run: `mark-${at}`} as JournalEntry
    try {
      await journal.value.append(marked, {sync})
      if (sync || entry.type === 'run_start' || entry.type === 'run_end') durable.push(`"run":"mark-${at}"`)
    } catch (cause) {
      assert.ok(cause instanceof Fault, String(cause))
      // One that could not let go of the lock keeps the other out until its own next append.
      const isKeptOut = cause.code === 'lock-conflict' && host.disk.failedOperation?.startsWith('remove ') === true
      assert.ok(cause.code === 'journal-unwritable' || isKeptOut, String(cause))
    }
  }
  return durable
}

async function check(
  host: SimHost,
  disk: SimDisk,
  {durable, where}: {durable: readonly string[]; where: string}
): Promise<void> {
  const after = {...host, disk}
  const found = await passing(host.clock, verify(after, state))
  assert.ok(['ok', 'torn'].includes(found.state), `${where}: ${JSON.stringify(found)}`)
  const text = [...disk.files()].map(([path]) => (path.endsWith('.jsonl') ? disk.text(path) : '')).join('')
  for (const mark of durable) assert.ok(text.includes(mark), `${where}: ${mark} is lost`)
  // Whoever comes next goes on from there, and what was torn stays explained.
  const next = await journalOf(processOf(after, 20) as SimHost, 20)
  await passing(host.clock, next.append(stepEnd('next', 1)))
  await passing(host.clock, next.append(runStart('next')))
  const again = await passing(host.clock, verify(after, state))
  assert.ok(['ok', 'torn'].includes(again.state), `${where}: after going on: ${JSON.stringify(again)}`)
  const runs = await readRuns(after, state)
  assert.equal(runs[0]?.runId, 'next', where)
}

async function sweep(how: 'failAt' | 'failAfter', after: (disk: SimDisk) => SimDisk): Promise<void> {
  for (const seed of seeds) {
    const entries = randomEntries(seeded(seed), 8)
    for (let operation = 1; ; operation += 1) {
      const trouble: TroubleOptions = {[how]: operation}
      const host = ledgerHost({seed, ...trouble})
      const durable = await passing(host.clock, appendAll(host, entries))
      const where = `SEED=${seed} ${JSON.stringify(trouble)} (${host.disk.failedOperation})`
      assert.equal(host.disk.openFiles, 0, `${where}: a file was left open`)
      await host.clock.advance(1000)
      host.processes.living.delete(10)
      host.processes.living.delete(11)
      const {failed} = host.disk
      await check(host, after(host.disk), {durable, where})
      if (!failed) break
    }
  }
}

/** What the machine finds when it comes back; its kernel has run for a moment only. */
function rebooted(disk: SimDisk): SimDisk {
  const found = disk.crash()
  found.putProc('/proc/uptime', '0.50 0.50\n')
  return found
}

test('journal: whichever disk operation fails, power loss then takes nothing that was durable, and looks like no tampering', async () => {
  await sweep('failAt', rebooted)
})

test('journal: wherever the power goes, nothing that was durable is lost, and it looks like no tampering', async () => {
  await sweep('failAfter', rebooted)
})

test('journal: wherever a process is killed, the next one goes on', async () => {
  await sweep('failAt', (disk) => disk.kill())
  await sweep('failAfter', (disk) => disk.kill())
})

/** A process that appends what comes, until the power goes; what was acknowledged as durable is added to the list. */
async function liveOnce(
  host: SimHost,
  life: number,
  {random, durable}: {random: Seeded; durable: string[]}
): Promise<SimHost> {
  const pid = 100 + life
  const journal = await journalOf(processOf(host, pid) as SimHost, pid)
  for (const [at, entry] of randomEntries(random, random.below(8)).entries()) {
    const sync = random.below(3) === 0
    const run = `mark-${life}-${at}`
    await journal.append({...entry, run} as JournalEntry, {sync})
    if (sync || entry.type === 'run_start') durable.push(`"run":"${run}"`)
  }
  await host.clock.advance(1000)
  host.processes.living.delete(pid)
  return {...host, disk: rebooted(host.disk)}
}

test('journal: power loss again and again leaves a chain in which each tear is explained', async () => {
  let torn = 0
  for (let seed = firstSeed; seed < firstSeed + times(40); seed += 1) {
    const random = seeded(seed)
    const durable: string[] = []
    let host = ledgerHost({seed})
    for (let life = 0; life < 5; life += 1) host = await liveOnce(host, life, {random, durable})
    const text = [...host.disk.files().keys()].map((path) => host.disk.text(path)).join('')
    for (const mark of durable) assert.ok(text.includes(mark), `SEED=${seed}: ${mark} is lost`)
    const found = await passing(host.clock, verify(host, state))
    assert.ok(['ok', 'torn'].includes(found.state), `SEED=${seed}: ${JSON.stringify(found)}`)
    if (found.state === 'torn') torn += 1
  }
  assert.ok(torn > 0, 'nothing was ever torn')
})

test('journal: what a failed sync was to save is not built upon, by nobody, though later syncs succeed', async () => {
  const segmentSync = 'sync /state/journal/00000001.jsonl'
  for (let failAt = 1; ; failAt += 1) {
    const host = ledgerHost({seed: firstSeed, failAt})
    const where = `SEED=${firstSeed} failAt=${failAt}`
    const append = async (pid: number, run: string): Promise<void> => {
      await (await journalOf(processOf(host, pid) as SimHost, pid)).append(runStart(run))
    }
    try {
      await append(10, 'first')
    } catch (cause) {
      assert.ok(cause instanceof Fault, where)
    }
    assert.ok(host.disk.failed, 'the sync of the segment never failed')
    if (host.disk.failedOperation !== segmentSync) continue
    await append(11, 'second')
    for (let crash = 0; crash < 50; crash += 1) {
      const found = await passing(host.clock, verify({...host, disk: rebooted(host.disk)}, state))
      assert.ok(['ok', 'torn'].includes(found.state) && found.runs > 0, `${where}: ${JSON.stringify(found)}`)
    }
    return
  }
})

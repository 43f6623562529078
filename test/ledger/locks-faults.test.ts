import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {acquire, type Acquired, type LockOwner} from '../../src/ledger/locks.ts'
import type {SimDisk} from '../sim/disk.ts'
import type {SimHost} from '../sim/host.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {identityOf, ledgerHost, ownerOf, passing, processOf, runsOf, wishFor} from './ground.ts'

const firstSeed = seedFromEnvironment()
const seeds = Array.from({length: times(5)}, (_, index) => firstSeed + index)
const wishes = [wishFor('data'), wishFor('service', {mode: 'shared'})]

function hold(host: SimHost, pid: number, given: Partial<LockOwner> = {}): Promise<Acquired> {
  return passing(host.clock, acquire(processOf(host, pid), wishes, {owner: ownerOf(pid, given), waitMs: 0}))
}

/** With operation 1 failing, then 2, … until a run meets no failure. */
async function sweep(run: (host: SimHost, where: string) => Promise<void>): Promise<void> {
  for (const seed of seeds) {
    for (let failAt = 1; ; failAt += 1) {
      const host = ledgerHost({seed, failAt})
      await run(host, `SEED=${seed} failAt=${failAt}`)
      assert.equal(
        host.disk.openFiles,
        0,
        `SEED=${seed} failAt=${failAt}: ${host.disk.failedOperation} left a file open`
      )
      if (!host.disk.failed) break
    }
  }
}

function lockFiles(disk: SimDisk): readonly string[] {
  return [...disk.files().keys()].filter((path) => path.includes('.logcaster-locks'))
}

async function faultOrHeld(work: Promise<Acquired>, where: string): Promise<Acquired | Fault> {
  try {
    return await work
  } catch (cause) {
    assert.ok(cause instanceof Fault && cause.code === 'lock-unwritable', `${where}: ${String(cause)}`)
    assert.equal((cause.values as {reason: string}).reason, 'EIO', where)
    return cause
  }
}

test('locks: whichever disk operation fails, all are held or none, and nothing is left of those', async () => {
  await sweep(async (host, where) => {
    const acquired = await faultOrHeld(hold(host, 10), where)
    const place = `${where} (${host.disk.failedOperation})`
    if (!(acquired instanceof Fault)) {
      assert.equal(acquired.status, 'held', place)
      assert.equal(lockFiles(host.disk).length, 2, place)
      return
    }
    assert.deepEqual(lockFiles(host.disk), [], place)
    assert.equal((await hold(host, 11)).status, 'held', place)
  })
})

test('locks: whichever disk operation fails, a conflict leaves nothing of the one who was refused', async () => {
  await sweep(async (host, where) => {
    const first = await faultOrHeld(hold(host, 10), where)
    if (first instanceof Fault) return
    const before = lockFiles(host.disk)
    const second = await faultOrHeld(hold(host, 11), where)
    assert.ok(second instanceof Fault || second.status === 'conflict', where)
    assert.deepEqual(lockFiles(host.disk), before, `${where} (${host.disk.failedOperation})`)
  })
})

test('locks: a release that fails can be done again', async () => {
  await sweep(async (host, where) => {
    const acquired = await faultOrHeld(hold(host, 10), where)
    if (acquired instanceof Fault || acquired.status !== 'held') return
    try {
      await acquired.lease.release()
    } catch (cause) {
      assert.ok(cause instanceof Fault && cause.code === 'lock-unwritable', where)
      await acquired.lease.release()
    }
    assert.deepEqual(lockFiles(host.disk), [], where)
  })
})

test('locks: whichever disk operation fails, the lock of one who is gone is taken over or stays to be', async () => {
  await sweep(async (host, where) => {
    const first = await faultOrHeld(hold(host, 10), where)
    if (first instanceof Fault) return
    host.processes.living.delete(10)
    const second = await faultOrHeld(hold(host, 11), where)
    const third = second instanceof Fault ? await hold(host, 11) : second
    if (third.status === 'held')
      assert.ok(
        runsOf(third.takenOver).every((run) => run === 'run-10'),
        where
      )
    // A claim that could not be read counts as somebody's: once.
    else assert.equal(third.holder.condition, 'unreadable', `${where} (${host.disk.failedOperation})`)
  })
})

test('locks: after a power loss at any moment everything can be locked again', async () => {
  for (const seed of seeds) {
    for (let failAfter = 1; ; failAfter += 1) {
      const where = `SEED=${seed} failAfter=${failAfter}`
      const host = ledgerHost({seed, failAfter})
      const acquired = await faultOrHeld(hold(host, 10), where)
      for (let crash = 0; crash < 5; crash += 1) {
        await host.clock.advance(1000)
        const after = rebooted(host, host.disk.crash())
        const identity = identityOf(20, {bootId: 'another'})
        const again = await hold(after, 20, {identity})
        assert.ok(again.status === 'held', `${where}: ${JSON.stringify(again)}`)
      }
      if (!(acquired instanceof Fault)) break
    }
  }
})

function rebooted(host: SimHost, disk: SimDisk): SimHost {
  disk.putProc('/proc/sys/kernel/random/boot_id', 'another\n')
  disk.putProc('/proc/uptime', '0.50 0.50\n')
  return {...host, disk}
}

test('locks: a disk that is full, or may only be read, is told with its path', async () => {
  for (const error of ['ENOSPC', 'EROFS', 'EACCES']) {
    const host = ledgerHost({seed: 1, failAfter: 1, error})
    await assert.rejects(hold(host, 10), {
      code: 'lock-unwritable',
      values: {path: '/srv/data/.logcaster-locks', reason: error}
    })
  }
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Disk} from '../../src/host/disk.ts'
import {sleep} from '../../src/host/clock.ts'
import {acquire, type LockMode, type LockRecord} from '../../src/ledger/locks.ts'
import type {SimHost} from '../sim/host.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {ledgerHost, mortal, ownerOf, passing, processOf, wishFor} from './ground.ts'

const firstSeed = seedFromEnvironment()

/** Who holds what at this moment, by the word of those who were told so. */
class Referee {
  readonly #holders = new Map<number, LockMode>()
  readonly #where: string
  readonly #leaving = new Set<number>()
  /** Who was killed while his lock was there. */
  readonly fallen = new Set<number>()
  readonly takenOver: LockRecord[] = []
  granted = 0

  constructor(where: string) {
    this.#where = where
  }

  enter(pid: number, mode: LockMode): void {
    const others = [...this.#holders].filter(([other]) => other !== pid)
    const rivals = others.filter(([, other]) => mode === 'exclusive' || other === 'exclusive')
    assert.deepEqual(rivals, [], `${this.#where}: ${pid} (${mode}) holds beside others`)
    this.#holders.set(pid, mode)
    this.granted += 1
  }

  /** From now on others may hold, as soon as the lock is gone. */
  async leave(pid: number, release: () => Promise<void>): Promise<void> {
    this.#holders.delete(pid)
    this.#leaving.add(pid)
    await release()
    this.#leaving.delete(pid)
  }

  /** Before its next operation, which of those who held is the removal of the lock. */
  kill(pid: number): void {
    if (this.#leaving.has(pid)) this.fallen.add(pid)
  }
}

interface Contender {
  readonly host: SimHost
  readonly pid: number
  readonly disk?: Disk
  readonly referee: Referee
  readonly random: Seeded
}

/** Some rounds of waiting, holding and letting go, each for a random number of turns. */
async function contend({host, pid, disk, referee, random}: Contender, waitMs: number): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (let turns = random.below(30); turns > 0; turns -= 1) await Promise.resolve()
    const mode = random.pick(['shared', 'exclusive', 'exclusive'] as const)
    const owner = ownerOf(pid, {runId: `run-${pid}-${round}`})
    const acquired = await acquire(processOf(host, pid, disk), [wishFor('data', {mode})], {owner, waitMs})
    referee.takenOver.push(...acquired.takenOver)
    if (acquired.status !== 'held') continue
    referee.enter(pid, mode)
    if (random.below(2) === 0) await sleep(host.clock, random.below(20))
    await referee.leave(pid, () => acquired.lease.release())
  }
}

test('claims: however two or three processes interleave, never do two hold that exclude each other', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(1500); seed += 1) {
    const host = ledgerHost({seed})
    const random = seeded(seed)
    const referee = new Referee(`SEED=${seed}`)
    const pids = [10, 11, 12].slice(0, 2 + random.below(2))
    const all = pids.map((pid) => contend({host, pid, referee, random}, 60_000))
    await passing(host.clock, Promise.all(all))
    assert.equal(referee.granted, pids.length * 2, `SEED=${seed}: somebody who waited long enough did not get it`)
    assert.deepEqual(referee.takenOver, [], `SEED=${seed}: somebody who lived was robbed`)
    assert.deepEqual([...host.disk.files().keys()], [], `SEED=${seed}: something is left behind`)
  }
})

test('claims: of those who come at once and do not wait, one gets it', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(500); seed += 1) {
    const host = ledgerHost({seed})
    const owners = [10, 11, 12]
    const all = owners.map((pid) => acquire(processOf(host, pid), [wishFor('data')], {owner: ownerOf(pid), waitMs: 0}))
    const acquired = await passing(host.clock, Promise.all(all))
    assert.equal(acquired.filter(({status}) => status === 'held').length, 1, `SEED=${seed}`)
    for (const one of acquired) {
      if (one.status === 'conflict') assert.equal(one.holder.state, 'held', `SEED=${seed}`)
    }
  }
})

test('claims: wherever one is killed, the others get on, and a lock it held is taken over exactly once', async () => {
  let fallen = 0
  for (let seed = firstSeed; seed < firstSeed + times(1000); seed += 1) {
    const host = ledgerHost({seed})
    const random = seeded(seed)
    const referee = new Referee(`SEED=${seed}`)
    const killed = new Promise<void>((resolve) => {
      const die = (): void => {
        host.processes.living.delete(10)
        referee.kill(10)
        resolve()
      }
      const disk = mortal(host.disk, random.below(45), die)
      void contend({host, pid: 10, disk, referee, random}, 60_000).then(resolve)
    })
    const others = [11, 12].map((pid) => contend({host, pid, referee, random}, 60_000))
    await passing(host.clock, Promise.all([killed, ...others]))
    const last = acquire(processOf(host, 13), [wishFor('data')], {owner: ownerOf(13), waitMs: 0})
    const acquired = await passing(host.clock, last)
    assert.equal(acquired.status, 'held', `SEED=${seed}`)
    const takenOver = [...referee.takenOver, ...acquired.takenOver]
    assert.ok(takenOver.length <= 1, `SEED=${seed}: told ${takenOver.length} times`)
    if (referee.fallen.has(10)) assert.equal(takenOver.length, 1, `SEED=${seed}: nobody was told`)
    fallen += referee.fallen.size
  }
  assert.ok(fallen > 0, 'nobody was killed while he held')
})

test('claims: who finds his own claim gone does not hold', async () => {
  const host = ledgerHost({seed: 1})
  const process = processOf(host, 10)
  const list = host.disk.list.bind(host.disk)
  host.disk.list = async (folder) => (await list(folder)).filter((name) => !name.startsWith('data.run-10.'))
  const options = {owner: ownerOf(10), waitMs: 0}
  await assert.rejects(acquire(process, [wishFor('data')], options), {code: 'lock-unwritable'})
  assert.deepEqual([...host.disk.files().keys()], [])
})

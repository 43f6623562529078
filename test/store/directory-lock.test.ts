import assert from 'node:assert/strict'
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {sleep} from '../../src/host/clock.ts'
import {realHost} from '../../src/host/real.ts'
import {isHeld, lockDirectory, type DirectoryLock} from '../../src/store/directory-lock.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import {bootId, identityOf, ledgerHost, mortal, passing, processOf, putProcess} from '../ledger/ground.ts'
import {SimClock} from '../sim/clock.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import type {SimHost} from '../sim/host.ts'
import {refusing} from './log-files.ts'

const directory = '/srv/data'

function claims(host: SimHost): readonly string[] {
  return [...host.disk.files().keys()].filter((path) => path.endsWith('.lock'))
}

test('directory lock: one holds it, and whoever comes second is told who', async () => {
  const host = ledgerHost({seed: 1})
  const lock = await lockDirectory(host, directory)
  const fault = await faultOf(passing(host.clock, lockDirectory(processOf(host, 77), directory)))
  const sinceMs = host.clock.now()
  assert.deepEqual({...fault?.values, sinceMs}, {path: directory, pid: 4242, user: 'root', host: 'sim', sinceMs})
  assert.equal(fault?.code, 'data-locked')
  assert.deepEqual([claims(host).length, await isHeld(host, directory)], [1, true])
  await lock.release()
  assert.deepEqual([claims(host), await isHeld(host, directory)], [[], false])
  const next = await lockDirectory(processOf(host, 77), directory)
  assert.deepEqual(next.takenOver, [])
  await next.release()
})

test('directory lock: the same process does not get it twice', async () => {
  const host = ledgerHost({seed: 1})
  const lock = await lockDirectory(host, directory)
  assert.equal((await faultOf(passing(host.clock, lockDirectory(host, directory))))?.code, 'data-locked')
  await lock.release()
})

test('directory lock: what a process that is gone has left is taken over, and told', async () => {
  const host = ledgerHost({seed: 1})
  await lockDirectory(processOf(host, 77), directory)
  host.processes.living.delete(77)
  assert.equal(await isHeld(host, directory), false)
  const lock = await lockDirectory(host, directory)
  assert.deepEqual([lock.takenOver, claims(host).length], [[77], 1])
  await lock.release()
})

test('directory lock: a number that was given to another process is another process, as after a reboot', async () => {
  const host = ledgerHost({seed: 1})
  await lockDirectory(processOf(host, 77), directory)
  putProcess(host, 77, {startTicks: 5})
  await (await lockDirectory(host, directory)).release()
  await lockDirectory(processOf(host, 77), directory)
  host.disk.putProc('/proc/sys/kernel/random/boot_id', 'another\n')
  await (await lockDirectory(host, directory)).release()
  assert.deepEqual(claims(host), [])
})

test('directory lock: of a container nobody can ask, and so the beat of its claim decides', async () => {
  for (const isAlive of [true, false]) {
    const host = ledgerHost({seed: 1})
    host.disk.put('/proc/self/ns/pid', '')
    const elsewhere = processOf(host, 77)
    const held = await lockDirectory(elsewhere, directory)
    host.disk.put('/proc/self/ns/pid', 'another')
    const dead = isAlive ? undefined : host.disk.files().get(claims(host)[0] ?? '')
    if (dead !== undefined) {
      await held.release()
      host.disk.put(`${directory}/server.gone.lock`, dead)
    }
    const tried = passing(host.clock, lockDirectory(host, directory))
    if (isAlive) {
      assert.equal((await faultOf(tried))?.code, 'data-locked')
      await held.release()
    } else {
      const lock = await tried
      assert.deepEqual(lock.takenOver, [77])
      await lock.release()
    }
    assert.deepEqual(claims(host), [])
  }
})

test('directory lock: who stood still until another took it over learns of it as soon as it goes on', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put('/proc/self/ns/pid', '')
  // A container that is paused: for it no time passes, and after it all at once.
  const paused = {...processOf(host, 77), clock: new SimClock()}
  let losses = 0
  const lost = await lockDirectory(paused, directory, () => {
    losses += 1
  })
  host.disk.put('/proc/self/ns/pid', 'another')
  const lock = await passing(
    host.clock,
    lockDirectory(host, directory, () => assert.fail('it is held'))
  )
  const [claim = ''] = claims(host)
  assert.deepEqual([lock.takenOver, losses], [[77], 0])
  await paused.clock.advance(20_000)
  assert.deepEqual([losses, paused.clock.waiting], [1, 0])
  await lost.release()
  await passing(host.clock, sleep(host.clock, 10_000))
  assert.deepEqual(claims(host), [claim])
  await lock.release()
  assert.deepEqual(claims(host), [])
})

test('directory lock: a disk that cannot tell whether the claim is there robs nobody', async () => {
  const host = ledgerHost({seed: 1})
  const disk = refusing(host.disk, 'lstat', {reason: 'EIO', path: '.lock'})
  const lock = await lockDirectory({...host, disk}, directory, () => assert.fail('it is held'))
  await host.clock.advance(20_000)
  await lock.release()
  assert.deepEqual(claims(host), [])
})

test('directory lock: a disk that became read-only does not keep us from ending', async () => {
  const host = ledgerHost({seed: 1})
  const disk = refusing(host.disk, 'remove', {reason: 'EROFS', path: '.lock'})
  const lock = await lockDirectory({...host, disk}, directory)
  await lock.release()
  assert.equal(claims(host).length, 1)
  host.processes.living.delete(host.machine.pid)
  await (await lockDirectory(processOf(host, 77), directory)).release()
})

test('directory lock: half a claim, as a loss of power leaves it, keeps nobody out for long', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put(`${directory}/server.half.lock`, '{"format":1,"he')
  const lock = await passing(host.clock, lockDirectory(host, directory))
  assert.deepEqual(lock.takenOver, [0])
  await lock.release()
})

test('directory lock: a claim that changes and cannot be understood is somebody', async () => {
  const host = ledgerHost({seed: 1})
  const path = `${directory}/server.new.lock`
  host.disk.put(path, '{"format":9}')
  const tried = faultOf(passing(host.clock, lockDirectory(host, directory)))
  host.clock.after(5000, () => {
    host.disk.put(path, '{"format":9,"beat":1}')
  })
  const fault = await tried
  assert.deepEqual(fault?.values, {path: directory, pid: null, user: null, host: null, sinceMs: null})
})

test('directory lock: files of others, and claims that were being made, are not in the way', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put(`${directory}/server.lock`, '')
  host.disk.put(`${directory}/.server.young.lock.tmp`, '', {modifiedMs: host.clock.now()})
  host.disk.put(`${directory}/.server.old.lock.tmp`, '', {modifiedMs: host.clock.now() - 7_200_000})
  await (await lockDirectory(host, directory)).release()
  const left = [...host.disk.files().keys()].filter((path) => path.startsWith(directory)).sort()
  assert.deepEqual(left, [`${directory}/.server.young.lock.tmp`, `${directory}/server.lock`])
})

test('directory lock: it is made where it is missing; where it may not be, or be written, that is a Fault', async () => {
  const host = ledgerHost({seed: 1})
  await (await lockDirectory(host, '/srv/new/data')).release()
  for (const operation of ['makeDirectory', 'open', 'list', 'rename'] as const) {
    const disk = refusing(host.disk, operation, {reason: 'EACCES', path: '/srv/closed'})
    if (operation !== 'makeDirectory') host.disk.putFolder('/srv/closed')
    const fault = await faultOf(lockDirectory({...host, disk}, '/srv/closed/deeper'))
    assert.equal(fault?.code, 'file-unwritable', operation)
  }
})

test('directory lock: whichever operation of the disk fails, nothing stays behind that keeps others out', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const host = ledgerHost({seed: 1})
    await lockDirectory(processOf(host, 77), directory)
    host.processes.living.delete(77)
    const disk = host.disk.kill({failAt})
    const lock = await lockDirectory({...host, disk}, directory).catch((cause: unknown) => {
      if (cause instanceof Fault) return undefined
      throw cause
    })
    await lock?.release().catch(() => undefined)
    host.processes.living.delete(host.machine.pid)
    const after = processOf({...host, disk: disk.kill()}, 78)
    await (await lockDirectory(after, directory)).release()
    if (!disk.failed) break
  }
})

const firstSeed = seedFromEnvironment()

test('directory lock: of many that come and are killed at any moment, never do two hold it', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(60); seed += 1) {
    const host = ledgerHost({seed})
    const holding = new Set<number>()
    let most = 0
    const contend = async (pid: number): Promise<void> => {
      const death = Promise.withResolvers<undefined>()
      const disk = mortal(host.disk, host.random.pick([host.random.below(40), Infinity]), () => {
        host.processes.living.delete(pid)
        holding.delete(pid)
        death.resolve(undefined)
      })
      const locked = lockDirectory(processOf(host, pid, disk), directory).catch(() => undefined)
      const lock = await Promise.race([locked, death.promise])
      if (lock === undefined) return
      holding.add(pid)
      most = Math.max(most, holding.size)
      for (let turns = host.random.below(50); turns > 0; turns -= 1) await Promise.resolve()
      holding.delete(pid)
      await Promise.race([lock.release().catch(() => undefined), death.promise])
    }
    await passing(host.clock, Promise.all(Array.from({length: 6}, (_, index) => contend(100 + index))))
    assert.ok(most <= 1, `SEED=${seed}`)
  }
})

async function holder(t: TestContext, folder: string): Promise<ChildProcess> {
  const source = new URL('../../src/store/directory-lock.ts', import.meta.url).pathname
  const real = new URL('../../src/host/real.ts', import.meta.url).pathname
  const script = `
    import {lockDirectory} from ${JSON.stringify(source)}
    import {realHost} from ${JSON.stringify(real)}
    await lockDirectory(realHost(), ${JSON.stringify(folder)})
    process.stdout.write('held')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: ['ignore', 'pipe', 'inherit']})
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('directory lock: of several that come at one moment, one gets it', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(30); seed += 1) {
    const host = ledgerHost({seed})
    const contenders = [100, 101, 102].map((pid) => lockDirectory(processOf(host, pid), directory))
    const results = await passing(host.clock, Promise.allSettled(contenders))
    assert.equal(results.filter(({status}) => status === 'fulfilled').length, 1, `SEED=${seed}`)
  }
})

test('directory lock: real processes exclude each other, and a killed one is taken over', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  const child = await holder(t, folder)
  const fault = await faultOf(lockDirectory(realHost(), folder))
  assert.deepEqual([fault?.code, (fault?.values as {pid?: number} | undefined)?.pid], ['data-locked', child.pid])
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
  const lock: DirectoryLock = await lockDirectory(realHost(), folder)
  assert.deepEqual(lock.takenOver, [child.pid])
  await lock.release()
  assert.deepEqual(readdirSync(folder), [])
})

test('directory lock: the claim says who and since when', async () => {
  const host = ledgerHost({seed: 1})
  const lock = await lockDirectory(host, directory)
  const raw = JSON.parse(host.disk.text(claims(host)[0] ?? '') ?? '') as Record<string, unknown>
  const {pid, startTicks} = identityOf(4242)
  assert.deepEqual([raw['format'], raw['held']], [1, 1])
  assert.deepEqual(raw['identity'], {
    ...{pid, start_ticks: startTicks, boot_id: bootId, pid_namespace: 0},
    ...{host: 'sim', uid: 0, user: 'root'}
  })
  await lock.release()
})

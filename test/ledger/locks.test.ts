import assert from 'node:assert/strict'
import {test} from 'node:test'
import {ownIdentity} from '../../src/host/identity.ts'
import {acquire, breakLock, conflictFault, listLocks, type Acquired} from '../../src/ledger/locks.ts'
import type {SimHost} from '../sim/host.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import {identityOf, ledgerHost, ownerOf, passing, processOf, putProcess, runsOf, wishFor} from './ground.ts'

const folder = '/srv/data/.logcaster-locks'

async function hold(host: SimHost, pid: number, ...wishes: ReturnType<typeof wishFor>[]): Promise<Acquired> {
  return passing(host.clock, acquire(processOf(host, pid), wishes, {owner: ownerOf(pid), waitMs: 0}))
}

function holderOf(acquired: Acquired): string | undefined {
  return acquired.status === 'conflict' ? acquired.holder.runId : undefined
}

function lockFiles(host: SimHost): readonly string[] {
  return [...host.disk.files().keys()].filter((path) => path.startsWith(folder))
}

test('locks: one holds, the next is told who, and gets it once it is released', async () => {
  const host = ledgerHost({seed: 1})
  const first = await hold(host, 10, wishFor('data'))
  assert.ok(first.status === 'held')
  const second = await hold(host, 11, wishFor('data'))
  assert.ok(second.status === 'conflict')
  const {runId, command, identity, state, mode, life, isPastLease, condition} = second.holder
  assert.deepEqual([runId, command, identity], ['run-10', 'command-10', identityOf(10)])
  assert.deepEqual([state, mode, life, isPastLease, condition], ['held', 'exclusive', 'alive', false, 'whole'])
  assert.deepEqual(
    [second.holder.sinceMs, second.holder.leaseUntilMs],
    [Date.parse('2026-11-20T09:15:00Z'), ownerOf(10).leaseUntilMs]
  )
  await first.lease.release()
  assert.deepEqual(lockFiles(host), [])
  assert.equal((await hold(host, 11, wishFor('data'))).status, 'held')
})

test('locks: other resources, and other folders, do not conflict', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.putFolder('/srv/other')
  for (const [pid, wish] of [wishFor('data'), wishFor('service'), wishFor('data', {folder: '/srv/other'})].entries()) {
    assert.equal((await hold(host, 10 + pid, wish)).status, 'held')
  }
})

test('locks: those who share exclude only those who do not', async () => {
  const host = ledgerHost({seed: 1})
  const shared = wishFor('data', {mode: 'shared'})
  assert.equal((await hold(host, 10, shared)).status, 'held')
  assert.equal((await hold(host, 11, shared)).status, 'held')
  assert.notEqual(holderOf(await hold(host, 12, wishFor('data'))), undefined)
  const alone = ledgerHost({seed: 2})
  await hold(alone, 10, wishFor('data'))
  assert.equal(holderOf(await hold(alone, 11, shared)), 'run-10')
})

test('locks: all of several or none, whichever of them is taken', async () => {
  for (const taken of ['data', 'service', 'store']) {
    const host = ledgerHost({seed: 1})
    await hold(host, 10, wishFor(taken))
    const before = lockFiles(host)
    const all = ['store', 'data', 'service'].map((resource) => wishFor(resource))
    assert.equal(holderOf(await hold(host, 11, ...all)), 'run-10')
    assert.deepEqual(lockFiles(host), before)
  }
})

test('locks: the lock of a process that is gone is taken over, once, and told', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'), wishFor('service'))
  host.processes.living.delete(10)
  const next = await hold(host, 11, wishFor('data'))
  assert.equal(next.status, 'held')
  assert.deepEqual([runsOf(next.takenOver), next.takenOver[0]?.resource], [['run-10'], 'data'])
  assert.deepEqual((await hold(host, 12, wishFor('data'))).takenOver, [])
})

test('locks: a takeover is told also by one who then does not get the lock', async () => {
  const host = ledgerHost({seed: 1})
  const shared = wishFor('data', {mode: 'shared'})
  await hold(host, 10, shared)
  await hold(host, 11, shared)
  host.processes.living.delete(10)
  const next = await hold(host, 12, wishFor('data'))
  assert.deepEqual([holderOf(next), runsOf(next.takenOver)], ['run-11', ['run-10']])
})

test('locks: who only claimed before he was killed held nothing, and is not told of', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  const [path = ''] = lockFiles(host)
  host.disk.put(path, host.disk.text(path)?.replace('"held":1', '"held":0') ?? '')
  host.processes.living.delete(10)
  const next = await hold(host, 11, wishFor('data'))
  assert.deepEqual([next.status, next.takenOver], ['held', []])
  assert.equal(lockFiles(host).length, 1)
})

test('locks: a living owner past his lease is told to be, and not robbed', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  await host.clock.advance(2 * 3_600_000)
  const next = await hold(host, 11, wishFor('data'))
  assert.ok(next.status === 'conflict' && next.holder.isPastLease && next.holder.life === 'alive')
})

test('locks: an owner on another machine is believed until his lease is over', async () => {
  const host = ledgerHost({seed: 1})
  const identity = identityOf(10, {host: 'logs2', bootId: 'another'})
  const there = acquire(processOf(host, 10), [wishFor('data')], {owner: ownerOf(10, {identity}), waitMs: 0})
  assert.equal((await passing(host.clock, there)).status, 'held')
  const within = await hold(host, 11, wishFor('data'))
  assert.ok(within.status === 'conflict' && within.holder.life === 'unknowable')
  await host.clock.advance(2 * 3_600_000)
  const after = await hold(host, 12, wishFor('data'))
  assert.deepEqual([after.status, runsOf(after.takenOver)], ['held', ['run-10']])
})

test('locks: waits for the release, no longer than it was told to, and no longer than its signal', async () => {
  const host = ledgerHost({seed: 1})
  const first = await hold(host, 10, wishFor('data'))
  assert.ok(first.status === 'held')
  const startMs = host.clock.elapsed()
  const options = {owner: ownerOf(11), waitMs: 5000}
  const late = await passing(host.clock, acquire(processOf(host, 11), [wishFor('data')], options))
  assert.equal(late.status, 'conflict')
  assert.ok(host.clock.elapsed() - startMs >= 5000 && host.clock.elapsed() - startMs < 5300)
  const controller = new AbortController()
  const waiting = acquire(processOf(host, 12), [wishFor('data')], {...options, signal: controller.signal})
  await host.clock.advance(1000)
  controller.abort()
  assert.equal((await passing(host.clock, waiting)).status, 'conflict')
  const patient = acquire(processOf(host, 13), [wishFor('data')], {owner: ownerOf(13), waitMs: 60_000})
  await host.clock.advance(30_000)
  await first.lease.release()
  assert.equal((await passing(host.clock, patient)).status, 'held')
})

test('locks: who may be pre-empted is told to stop, and waited for', async () => {
  const host = ledgerHost({seed: 1})
  const first = await hold(host, 10, wishFor('data'))
  assert.ok(first.status === 'held')
  const wish = wishFor('data', {preempts: ['rotate', 'command-10']})
  const next = acquire(processOf(host, 11), [wish], {owner: ownerOf(11), waitMs: 0})
  await host.clock.advance(20_000)
  assert.deepEqual(host.processes.signals, [{pid: 10, name: 'SIGTERM'}])
  await first.lease.release()
  const acquired = await passing(host.clock, next)
  assert.deepEqual([acquired.status, runsOf(acquired.preempted), acquired.takenOver], ['held', ['run-10'], []])
})

test('locks: one who is told to stop and does not is a conflict after half a minute', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  const startMs = host.clock.elapsed()
  const next = await hold(host, 11, wishFor('data', {preempts: ['command-10']}))
  assert.deepEqual([holderOf(next), runsOf(next.preempted)], ['run-10', ['run-10']])
  assert.equal(host.processes.signals.length, 1)
  assert.ok(host.clock.elapsed() - startMs >= 30_000 && host.clock.elapsed() - startMs < 31_000)
})

test('locks: nobody is told to stop whom the wish does not name, or whose process cannot be seen from here', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  assert.equal(holderOf(await hold(host, 11, wishFor('data', {preempts: ['restore']}))), 'run-10')
  const identity = identityOf(12, {pidNamespace: 1})
  await passing(
    host.clock,
    acquire(processOf(host, 12), [wishFor('service')], {owner: ownerOf(12, {identity}), waitMs: 0})
  )
  assert.equal(holderOf(await hold(host, 13, wishFor('service', {preempts: ['command-12']}))), 'run-12')
  assert.deepEqual(host.processes.signals, [])
})

test('locks: nobody is told to stop whose start is hidden from us, or is another one by now', async () => {
  for (const change of ['hidden', 'reused', 'over']) {
    const host = ledgerHost({seed: 1})
    await hold(host, 10, wishFor('data'))
    let looks = 0
    const open = host.disk.open.bind(host.disk)
    host.disk.open = (path, ...how) => {
      // Only the look right before the signal finds it so.
      if (path === '/proc/10/stat' && (looks += 1) === 2) {
        if (change === 'hidden') return Promise.reject(Object.assign(new Error('ENOENT'), {code: 'ENOENT'}))
        putProcess(host, 10, change === 'over' ? {state: 'Z'} : {startTicks: 7})
      }
      return open(path, ...how)
    }
    await hold(host, 11, wishFor('data', {preempts: ['command-10']}))
    assert.deepEqual(host.processes.signals, [], change)
    assert.ok(looks >= 2, change)
  }
})

test('locks: one who was stopped while he claimed keeps nobody for a second who does not want to wait', async () => {
  for (const run of ['run-10', 'run-99']) {
    const host = ledgerHost({seed: 1})
    await hold(host, 10, wishFor('data'))
    const [path = ''] = lockFiles(host)
    const claim = host.disk.text(path)?.replace('"held":1', '"held":0') ?? ''
    await host.disk.remove(path)
    host.disk.put(path.replace('run-10', run), claim.replace('run-10', run))
    const startMs = host.clock.elapsed()
    const next = await hold(host, 11, wishFor('data'))
    assert.ok(next.status === 'conflict' && next.holder.state === 'claiming')
    assert.ok(host.clock.elapsed() - startMs < 1000, `${run}: ${host.clock.elapsed() - startMs} ms`)
  }
})

test('locks: one who may not be signalled is a conflict at once', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  host.processes.signal = () => {
    throw Object.assign(new Error('EPERM'), {code: 'EPERM'})
  }
  const startMs = host.clock.elapsed()
  const next = await hold(host, 11, wishFor('data', {preempts: ['command-10']}))
  assert.deepEqual([holderOf(next), next.preempted], ['run-10', []])
  assert.ok(host.clock.elapsed() - startMs < 1000)
})

test('locks: a claim that never becomes a lock is waited for a while, then told', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  const [path = ''] = lockFiles(host)
  const claim = host.disk.text(path)?.replace('"held":1', '"held":0') ?? ''
  host.disk.put(path, claim)
  const younger = await hold(host, 11, wishFor('data'))
  assert.ok(younger.status === 'conflict' && younger.holder.state === 'claiming')
  // One whose name sorts first does not withdraw, and waits for the other to do so.
  host.disk.put(path.replace('run-10', 'run-99'), claim.replace('run-10', 'run-99'))
  await host.disk.remove(path)
  assert.equal(holderOf(await hold(host, 11, wishFor('data'))), 'run-99')
})

test('locks: all that lie in some folders are listed, oldest first, with those of processes that are gone', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.putFolder('/srv/other')
  const holdAs = async (pid: number, wish: ReturnType<typeof wishFor>): Promise<void> => {
    const process = processOf(host, pid)
    const owner = ownerOf(pid, {identity: await ownIdentity(process)})
    await passing(host.clock, acquire(process, [wish], {owner, waitMs: 0}))
    await host.clock.advance(1000)
  }
  await holdAs(11, wishFor('service'))
  await holdAs(10, wishFor('data', {folder: '/srv/other'}))
  host.processes.living.delete(10)
  const found = await listLocks(host, ['/srv/other', '/srv/data', '/srv/none', '/srv/data'])
  assert.deepEqual(
    found.map(({runId, resource, life}) => [runId, resource, life]),
    [
      ['run-11', 'service', 'alive'],
      ['run-10', 'data', 'gone']
    ]
  )
})

test('locks: a folder of locks that cannot be listed is told', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 11, wishFor('service'))
  host.disk.list = () => Promise.reject(Object.assign(new Error('EACCES'), {code: 'EACCES'}))
  const fault = await faultOf(listLocks(host, ['/srv/data']))
  assert.deepEqual([fault?.code, fault?.values], ['file-unreadable', {path: folder, reason: 'EACCES'}])
})

test('locks: one is broken by removing it, however often', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  const [record] = await listLocks(host, ['/srv/data'])
  assert.ok(record !== undefined)
  await breakLock(host, record)
  await breakLock(host, record)
  assert.equal((await hold(host, 11, wishFor('data'))).status, 'held')
  host.disk.remove = () => Promise.reject(Object.assign(new Error('EROFS'), {code: 'EROFS'}))
  assert.deepEqual((await faultOf(breakLock(host, record)))?.values, {path: record.path, reason: 'EROFS'})
})

test('locks: a release takes nothing away but its own, and does not mind that this is gone', async () => {
  const host = ledgerHost({seed: 1})
  const first = await hold(host, 10, wishFor('data'))
  assert.ok(first.status === 'held')
  const [path = ''] = lockFiles(host)
  await host.disk.remove(path)
  const second = await hold(host, 11, wishFor('data'))
  assert.ok(second.status === 'held')
  await first.lease.release()
  await first.lease.release()
  assert.equal(lockFiles(host).length, 1)
})

test('locks: a conflict tells who holds it since when', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10, wishFor('data'))
  const next = await hold(host, 11, wishFor('data'))
  assert.ok(next.status === 'conflict')
  const {code, values} = conflictFault(next.holder)
  assert.equal(code, 'lock-conflict')
  assert.deepEqual(values, {
    resource: 'data',
    run: 'run-10',
    command: 'command-10',
    user: 'root',
    pid: 10,
    host: 'sim',
    sinceMs: Date.parse('2026-11-20T09:15:00Z'),
    isPastLease: false
  })
})

test('locks: names that are no plain words are a bug, not a path', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 10)
  for (const [resource, runId] of [
    ['../etc', 'run'],
    ['data', '../run'],
    ['data.x', 'run']
  ] as const) {
    const options = {owner: ownerOf(10, {runId}), waitMs: 0}
    await assert.rejects(acquire(host, [wishFor(resource)], options), /bug: a lock is named by plain words/)
  }
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {acquire, listLocks, type Acquired} from '../../src/ledger/locks.ts'
import type {SimHost} from '../sim/host.ts'
import {ledgerHost, ownerOf, passing, processOf, wishFor} from './ground.ts'

const folder = '/srv/data/.logcaster-locks'
const hourMs = 3_600_000

function hold(host: SimHost, pid: number): Promise<Acquired> {
  return passing(host.clock, acquire(processOf(host, pid), [wishFor('data')], {owner: ownerOf(pid), waitMs: 0}))
}

/** The lock of process 10, changed in its file. */
async function changed(host: SimHost, change: (text: string) => string): Promise<string> {
  assert.equal((await hold(host, 10)).status, 'held')
  const path = [...host.disk.files().keys()].find((name) => name.startsWith(folder)) ?? ''
  host.disk.put(path, change(host.disk.text(path) ?? ''), {uid: 1007, modifiedMs: host.clock.now()})
  return path
}

test('lock file: says in one line of JSON who holds what, and others may read it', async () => {
  const host = ledgerHost({seed: 1})
  await hold(host, 10)
  const [[path, bytes] = ['', new Uint8Array(0)]] = [...host.disk.files()]
  assert.match(path, /^\/srv\/data\/\.logcaster-locks\/data\.run-10\.[a-z0-9]{8}\.lock$/)
  assert.equal((await host.disk.stat(path))?.mode, 0o644)
  const text = new TextDecoder().decode(bytes)
  assert.ok(text.startsWith('{"format":1,"held":1,"resource":"data","mode":"exclusive","run_id":"run-10"'), text)
  assert.deepEqual(JSON.parse(text), {
    format: 1,
    held: 1,
    resource: 'data',
    mode: 'exclusive',
    run_id: 'run-10',
    command: 'command-10',
    identity: {
      pid: 10,
      start_ticks: 100,
      boot_id: '9836e562-1f38-484c-950f-ff7172cfaf68',
      pid_namespace: 4026531836,
      host: 'sim',
      uid: 0,
      user: 'root'
    },
    since: '2026-11-20T09:15:00.000Z',
    lease_until: '2026-11-20T10:15:00.000Z'
  })
})

test('lock file: one that a power loss left half written is over with the machine’s next start', async () => {
  for (const half of ['', '{"format":1,"he', '\0'.repeat(200)]) {
    const host = ledgerHost({seed: 1})
    await changed(host, () => half)
    await host.clock.advance(hourMs)
    host.disk.putProc('/proc/uptime', '60.00 60.00\n')
    const next = await hold(host, 11)
    assert.deepEqual(
      [next.status, next.takenOver[0]?.runId, next.takenOver[0]?.condition],
      ['held', 'run-10', 'damaged']
    )
  }
})

test('lock file: one that cannot be understood excludes everybody while the machine runs, and for ever where that is unknown', async () => {
  const damage: readonly ((text: string) => string)[] = [
    () => '',
    () => '[]',
    (text) => text.slice(0, -20),
    (text) => text.replace('"resource":"data"', '"resource":"other"'),
    (text) => text.replace('"run_id":"run-10"', '"run_id":"run-1"'),
    (text) => text.replace('"mode":"exclusive"', '"mode":"some"'),
    (text) => text.replace('"format":1', '"format":0'),
    (text) => text.replace('"format":1,', ''),
    (text) => text.replace('"pid":10', '"pid":"10"'),
    (text) => text.replace('"command"', '"commando"'),
    (text) => text.replace('2026-11-20T10', 'when it is over')
  ]
  for (const change of damage) {
    const host = ledgerHost({seed: 1})
    const path = await changed(host, change)
    host.processes.living.delete(10)
    await host.clock.advance(48 * hourMs)
    host.disk.putProc('/proc/uptime', `${50 * 3600} 1\n`)
    const next = await hold(host, 11)
    assert.ok(next.status === 'conflict', String(change))
    const {condition, runId, identity, command, mode, life, leaseUntilMs, isPastLease} = next.holder
    assert.deepEqual([condition, runId, identity.uid, identity.user], ['damaged', 'run-10', 1007, '1007'])
    assert.deepEqual([command, mode, life, leaseUntilMs, isPastLease], ['', 'exclusive', 'unknowable', null, false])
    assert.equal(next.holder.path, path)
    await host.disk.remove('/proc/uptime')
    assert.equal((await hold(host, 12)).status, 'conflict')
  }
})

test('lock file: one of a newer version, or that may not be read, excludes everybody', async () => {
  const newer = ledgerHost({seed: 1})
  await changed(newer, (text) => text.replace('"format":1', '"format":2'))
  newer.processes.living.delete(10)
  const first = await hold(newer, 11)
  assert.ok(first.status === 'conflict' && first.holder.condition === 'newer')
  const unreadable = ledgerHost({seed: 1})
  unreadable.disk.putFolder(`${folder}/data.run-9.x.lock`)
  const second = await hold(unreadable, 11)
  assert.ok(second.status === 'conflict' && second.holder.condition === 'unreadable')
  assert.deepEqual([second.holder.runId, second.holder.life], ['run-9', 'unknowable'])
})

test('lock file: what else lies in the folder is left alone, but for what was never finished an hour ago', async () => {
  const host = ledgerHost({seed: 1})
  const others = ['README', 'other.run-1.x.lock', '.keep', 'data.lock.old'].map((name) => `${folder}/${name}`)
  for (const path of others) host.disk.put(path, 'x')
  const old = `${folder}/.data.run-8.x.lock.tmp`
  host.disk.put(old, '', {modifiedMs: host.clock.now() - 2 * hourMs})
  host.disk.put(`${folder}/.data.run-9.x.lock.tmp`, '')
  assert.equal((await hold(host, 11)).status, 'held')
  const left = [...host.disk.files().keys()].filter((path) => !path.includes('data.run-11.'))
  assert.deepEqual(left.sort(), [...others, `${folder}/.data.run-9.x.lock.tmp`].sort())
  assert.deepEqual((await listLocks(host, ['/srv/data'])).map(({resource, runId}) => [resource, runId]).sort(), [
    ['data', 'run-11'],
    ['other', 'run-1']
  ])
})

test('lock file: one that goes while it is looked at holds nothing', async () => {
  for (const operation of ['open', 'lstat'] as const) {
    const host = ledgerHost({seed: 1})
    const path = await changed(host, () => (operation === 'open' ? 'x' : ''))
    const process = processOf(host, 11)
    const original = host.disk[operation].bind(host.disk) as (...given: unknown[]) => Promise<never>
    host.disk[operation] = async (...given: [string, ...never[]]) => {
      if (given[0] === path && (await host.disk.stat(path)) !== undefined) await host.disk.remove(path)
      return original(...given)
    }
    const options = {owner: ownerOf(11), waitMs: 0}
    assert.equal((await passing(host.clock, acquire(process, [wishFor('data')], options))).status, 'held')
  }
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {LockSpec} from '../../src/runbook/runbook.ts'
import {resources} from '../../src/runbook/runbook.ts'
import {estateOf, leaseMs, lockFolders, wishesFor, type Estate} from '../../src/runbook/locking.ts'
import type {Plan} from '../../src/runbook/plan.ts'
import {codesOf, exitOf, logs, stageWith, state, steps} from './stage.ts'

function planWith(locks: readonly LockSpec[], runbook = 'demo'): Plan {
  return {runbook, steps: [], refusals: [], hash: '', locks, timeoutMs: 1000, until: null}
}

function lock(resource: LockSpec['resource'], preempts: readonly string[] = []): LockSpec {
  return {resource, mode: 'exclusive', preempts}
}

async function estate(): Promise<Estate> {
  return estateOf(await stageWith().place())
}

test('locking: each resource is locked where it lies, so that everybody who works on it meets the lock', async () => {
  const wishes = await wishesFor(planWith(resources.map((resource) => lock(resource))), await estate())
  assert.deepEqual(Object.fromEntries(wishes.map(({resource, folder}) => [resource, folder])), {
    'runbook-demo': state,
    data: '/srv/data',
    logs,
    service: '/srv/data',
    sysctl: state,
    'backup-store': state,
    incident: state,
    scheduler: state
  })
})

test('locking: what is not there has its lock in the state folder', async () => {
  const place = await stageWith({set: ['paths.logs=/srv/none', 'paths.data=/srv/none']}).place()
  const wishes = await wishesFor(planWith([lock('data'), lock('logs')]), estateOf(place))
  assert.deepEqual(
    wishes.map(({folder}) => folder),
    [state, state, state]
  )
  assert.deepEqual(await lockFolders(estateOf(place)), [state, `${state}/journal`])
  assert.deepEqual(await lockFolders(await estate()), ['/srv/data', logs, state, `${state}/journal`])
})

test('locking: a runbook with any good name can be locked', async () => {
  const stage = stageWith({runbooks: {'my_own.runbook-2': steps('- {id: wait, use: wait, with: {for: 1s}}')}})
  assert.equal((await stage.run('my_own.runbook-2')).status, 'done')
  const [own] = await wishesFor(planWith([], 'my_own.runbook-2'), await estate())
  assert.deepEqual([own?.resource, own?.mode], ['runbook-my-own-runbook-2', 'exclusive'])
})

test('locking: a runbook may tell another one to stop, by its name', async () => {
  const [, logsWish] = await wishesFor(planWith([lock('logs', ['free-space'])]), await estate())
  assert.deepEqual(logsWish?.preempts, ['free-space', 'runbook run free-space'])
  const stage = stageWith({
    runbooks: {
      'free-space': steps('- {id: wait, use: wait, with: {for: 1h}}', 'locks: [logs]'),
      urgent: steps('- {id: wait, use: wait, with: {for: 1s}}', 'locks: [{resource: logs, preempts: [free-space]}]')
    }
  })
  const urgent = stage.beside()
  const first = stage.run('free-space')
  await stage.clock.advance(1000)
  const second = urgent.run('urgent')
  urgent.clock.after(5000, () => {
    assert.deepEqual(urgent.host.processes.signals, [{pid: stage.host.machine.pid, name: 'SIGTERM'}])
    stage.stop.abort('SIGTERM')
  })
  assert.equal(exitOf(await second), 0)
  assert.deepEqual(codesOf((await first).errors), ['step-stopped'])
})

test('locking: of two runs that want the same, the second one is told who has it, since when and for what', async () => {
  const text = steps('- {id: wait, use: wait, with: {for: 1m}}', 'locks: [logs]')
  const stage = stageWith({runbooks: {one: text, two: text}})
  const other = stage.beside()
  const sinceMs = stage.clock.now()
  const first = stage.run('one')
  await stage.clock.advance(1000)
  const report = await other.run('two')
  const [fault] = report.errors
  assert.ok(fault?.code === 'lock-conflict')
  const {run, ...values} = fault.values as {readonly run: string}
  assert.deepEqual(values, {
    resource: 'logs',
    command: 'runbook run one',
    user: 'root',
    pid: 4242,
    host: 'sim',
    sinceMs,
    isPastLease: false
  })
  assert.equal(exitOf(report), 11)
  assert.equal((await first).runId, run)
  assert.equal((await other.runs()).length, 1)
  assert.deepEqual(codesOf((await other.run('two')).errors), [])
})

test('locking: who waits gets the lock when it is free, and one runbook never runs twice at once', async () => {
  const stage = stageWith({runbooks: {one: steps('- {id: wait, use: wait, with: {for: 1m}}')}})
  const other = stage.beside()
  const first = stage.run('one')
  await stage.clock.advance(1000)
  const refused = await other.run('one')
  assert.deepEqual([codesOf(refused.errors), exitOf(refused)], [['lock-conflict'], 11])
  const waiting = await other.run('one', {waitMs: 120_000})
  assert.equal(waiting.status, 'done')
  assert.equal((await first).status, 'done')
})

test('locking: what was locked may be shared', async () => {
  const text = steps('- {id: wait, use: wait, with: {for: 1m}}', 'locks: [{resource: logs, mode: shared}]')
  const stage = stageWith({runbooks: {one: text, two: text}})
  const other = stage.beside()
  const first = stage.run('one')
  await stage.clock.advance(1000)
  assert.equal((await other.run('two')).status, 'done')
  assert.equal((await first).status, 'done')
})

test('locking: a lease is long enough for the wait, the run, and putting back each step that can be', async () => {
  const leaseOf = async (list: readonly string[], waitMs = 0): Promise<number> => {
    const stage = stageWith({runbooks: {demo: steps(list.join('\n'), 'timeout: 1h')}})
    return leaseMs((await stage.plan('demo')).plan, waitMs) - 3_600_000 - 30_000
  }
  const write = (at: number, timeout: string): string =>
    `- {id: w${at}, use: file.write, with: {path: /srv/conf/${at}, content: x}, timeout: ${timeout}}`
  const writes = (count: number, timeout: string): string[] =>
    Array.from({length: count}, (_, at) => write(at, timeout))
  assert.equal(await leaseOf(writes(1, '1s')), 600_000)
  assert.equal(await leaseOf(writes(1, '1s'), 5000), 605_000)
  assert.equal(await leaseOf(writes(11, '1s')), 660_000)
  assert.equal(await leaseOf(writes(2, '30m')), 3_600_000)
  assert.equal(await leaseOf(writes(60, '30m')), 86_400_000)
  const look = '- {id: look, run: [look], with: {changes: false}, timeout: 30m}'
  assert.equal(await leaseOf([look]), 600_000)
  const late = "- {id: late, use: file.write, with: {path: '/srv/conf/${steps.look.code}', content: x}, timeout: 30m}"
  assert.equal(await leaseOf([look, late]), 1_800_000)
})

test('locking: a lock that was waited for is believed from elsewhere as long as one that was free', async () => {
  const stage = stageWith({runbooks: {one: steps('- {id: wait, use: wait, with: {for: 50m}}', 'timeout: 1h')}})
  const other = stage.beside()
  const first = stage.run('one')
  await stage.clock.advance(1000)
  const second = other.run('one', {waitMs: 7_200_000})
  await first
  const [lock] = (await other.locks()).filter(({resource}) => resource === 'runbook-one')
  assert.ok(lock !== undefined && (lock.leaseUntilMs ?? 0) >= stage.clock.now() + 3_600_000)
  await second
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {readRuns, type RunRecord} from '../../src/ledger/journal.ts'
import type {SimHost} from '../sim/host.ts'
import {
  buildJournal,
  journalOf,
  lockBroken,
  runContinue,
  runEnd,
  runStart,
  state,
  stepBegin,
  stepEnd
} from './entries.ts'
import {identityOf, ledgerHost, pidNamespace, putProcess} from './ground.ts'

/** Its kernel says of us what `identityOf` does. */
function runsHost(): SimHost {
  const host = ledgerHost({seed: 1})
  const stat = host.disk.stat.bind(host.disk)
  host.disk.stat = async (path) => {
    const found = await stat(path === '/proc/self/ns/pid' ? '/proc/uptime' : path)
    return path === '/proc/self/ns/pid' && found !== undefined ? {...found, inode: pidNamespace} : found
  }
  return host
}

async function statusOf(host: SimHost): Promise<RunRecord['status'] | undefined> {
  return (await readRuns(host, state))[0]?.status
}

test('runs: none where there is no journal', async () => {
  assert.deepEqual(await readRuns(runsHost(), state), [])
})

test('runs: one is told with all that its lines say', async () => {
  const host = runsHost()
  const journal = await journalOf(host)
  const startedMs = host.clock.now()
  await journal.append(runStart('run-1'))
  await host.clock.advance(1500)
  await journal.append({type: 'run_holds', run: 'run-1', holds: ['/srv/late']})
  await journal.append(runEnd('run-1', {status: 'partial', exit_code: 3}))
  assert.deepEqual(await readRuns(host, state), [
    {
      runId: 'run-1',
      command: 'runbook run',
      runbook: 'free-space',
      version: '0.1.0',
      status: 'partial',
      startedMs,
      endedMs: startedMs + 1500,
      durationMs: 1234,
      deadlineMs: 600_000,
      user: 'root',
      argv: ['runbook', 'run', 'free-space'],
      configHash: 'c1',
      planHash: 'p1',
      locks: [{resource: 'logs', mode: 'exclusive', folder: '/srv/logs'}],
      identity: identityOf(10),
      continuedAs: null,
      exitCode: 3,
      changed: ['/etc/x'],
      holds: ['/srv/conf', '/srv/late'],
      steps: []
    }
  ])
})

test('runs: one without an end runs while its process lives, and has crashed when it is gone', async () => {
  const host = runsHost()
  putProcess(host, 10)
  const journal = await journalOf(host)
  await journal.append(runStart('run-1'))
  assert.equal(await statusOf(host), 'running')
  host.processes.living.delete(10)
  const [run] = await readRuns(host, state)
  assert.deepEqual([run?.status, run?.endedMs, run?.exitCode, run?.durationMs], ['crashed', null, null, null])
})

test('runs: one of another machine is believed to run until its lease is over', async () => {
  const host = runsHost()
  const journal = await journalOf(host)
  await journal.append(runStart('run-1', {identity: identityOf(10, {host: 'logs2', bootId: 'another'})}))
  assert.equal(await statusOf(host), 'running')
  await host.clock.advance(2 * 3_600_000)
  assert.equal(await statusOf(host), 'crashed')
})

test('runs: who continues one is who it belongs to then, and its old end counts no more', async () => {
  const host = runsHost()
  putProcess(host, 11)
  const journal = await journalOf(host)
  await journal.append(runStart('run-1'))
  await journal.append(runEnd('run-1'))
  await journal.append(runContinue('run-1', 'undo', 11))
  const [run] = await readRuns(host, state)
  assert.deepEqual([run?.status, run?.continuedAs, run?.identity.pid, run?.exitCode], ['running', 'undo', 11, null])
  host.processes.living.delete(11)
  assert.equal(await statusOf(host), 'crashed')
  await journal.append(runContinue('run-1', 'resume', 12))
  await journal.append(runEnd('run-1', {status: 'undone'}))
  const [last] = await readRuns(host, state)
  assert.deepEqual([last?.status, last?.continuedAs], ['undone', 'resume'])
})

test('runs: newest first, and no more than asked for', async () => {
  const host = runsHost()
  const journal = await journalOf(host)
  for (let run = 1; run <= 5; run += 1) {
    await journal.append(runStart(`run-${run}`))
    await journal.append(stepBegin(`run-${run}`, 1))
    await journal.append(runEnd(`run-${run}`))
  }
  const ids = async (limit?: number): Promise<readonly string[]> =>
    (await readRuns(host, state, limit === undefined ? {} : {limit})).map(({runId}) => runId)
  assert.deepEqual(await ids(2), ['run-5', 'run-4'])
  assert.deepEqual(await ids(), ['run-5', 'run-4', 'run-3', 'run-2', 'run-1'])
  assert.deepEqual(await ids(0), [])
})

test('runs: only as many segments are read as are needed, from the newest back', async () => {
  const host = runsHost()
  buildJournal(host, {segments: 9})
  const read = async (query: {limit?: number; id?: string}): Promise<[readonly string[], readonly string[]]> => {
    host.disk.touched.clear()
    const runs = await readRuns(host, state, query)
    const segments = [...host.disk.touched].filter((path) => path.endsWith('.jsonl'))
    return [runs.map(({runId}) => runId), segments.map((path) => path.slice(-7, -6))]
  }
  assert.deepEqual(await read({limit: 2}), [
    ['run-9', 'run-8'],
    ['9', '8']
  ])
  assert.deepEqual(await read({id: 'run-7'}), [['run-7'], ['9', '8', '7']])
  assert.equal((await read({}))[1].length, 9)
  assert.deepEqual((await read({id: 'run-none'}))[0], [])
})

test('runs: asked for by id, one comes with its steps as they stand', async () => {
  const host = runsHost()
  const journal = await journalOf(host)
  const fault = {code: 'file-unwritable', values: {path: '/etc/x'}}
  await journal.append(runStart('run-1'))
  await journal.append(stepBegin('run-1', 1))
  await journal.append(stepEnd('run-1', 1, {outputs: {size: 3}, output_tail: 'ok'}))
  await journal.append(runStart('run-2', {argv: ['"run":"run-1"']}))
  await journal.append(stepBegin('run-2', 1))
  await journal.append(stepEnd('run-1', 2, {status: 'nothing', changed: false, before: null, after: null}))
  await journal.append(stepBegin('run-1', 3))
  await journal.append(stepEnd('run-1', 3, {status: 'failed', fault}))
  await journal.append(stepBegin('run-1', 4))
  await journal.append(stepEnd('run-1', 1, {status: 'undone', changed: false, before: 1, after: 2, duration_ms: 99}))
  await journal.append(stepEnd('run-1', 3, {status: 'undo_failed', fault}))
  const [run, ...others] = await readRuns(host, state, {id: 'run-1'})
  assert.deepEqual(others, [])
  const known = {kind: 'file.write', target: '/etc/x', changed: true, durationMs: 12, fault: null, outputs: null}
  const written = {before: {sha256: null}, after: {sha256: 'a'}, outputTail: null}
  const nothing = {before: null, after: null, outputTail: null}
  assert.deepEqual(run?.steps, [
    {...known, ...written, step: 'step-1', number: 1, status: 'undone', outputs: {size: 3}, outputTail: 'ok'},
    {...known, ...nothing, step: 'step-2', number: 2, status: 'nothing', kind: '', target: '', changed: false},
    {...known, ...written, step: 'step-3', number: 3, status: 'undo_failed', fault},
    {...known, ...nothing, step: 'step-4', number: 4, status: 'begun', changed: false, durationMs: null}
  ])
})

test('runs: lines that cannot be read are passed over, and so is what a crash left behind the chain', async () => {
  const host = runsHost()
  const path = '/state/journal/00000001.jsonl'
  await (await journalOf(host)).append(runStart('run-1'))
  const whole = host.disk.text(path) ?? ''
  const ghost = whole.split('\n')[1]?.replace('run-1', 'run-ghost') ?? ''
  host.disk.put(path, `${whole}${ghost}\n`)
  await (await journalOf(host)).append(runStart('run-2'))
  assert.deepEqual(
    (await readRuns(host, state)).map(({runId}) => runId),
    ['run-2', 'run-1']
  )
  const spoilt: readonly [string, string][] = [
    ['"at":"2', '"at":"x'],
    ['"pid":10', '"pid":null'],
    ['{"type":"run_start"', '{"type":"run_other"'],
    ['"run":"run-1"', '"run":1'],
    ['"argv"', 'argv']
  ]
  for (const [from, to] of spoilt) {
    const [header = '', line = '', ...rest] = whole.split('\n')
    host.disk.put(path, [header, line.replace(from, to), ...rest].join('\n'))
    assert.deepEqual(
      (await readRuns(host, state)).map(({runId}) => runId),
      ['run-2'],
      to
    )
  }
})

test('runs: a field that is missing or strange leaves the rest readable', async () => {
  const host = runsHost()
  const path = '/state/journal/00000001.jsonl'
  const journal = await journalOf(host)
  await journal.append(runStart('run-1'))
  await journal.append(stepBegin('run-1', 1))
  await journal.append(stepEnd('run-1', 1, {fault: {code: 'x', values: {}}}))
  await journal.append(runContinue('run-1', 'resume', 11))
  await journal.append(runEnd('run-1'))
  const whole = host.disk.text(path) ?? ''
  const strange = async (from: string, to: string): Promise<RunRecord | undefined> => {
    assert.ok(whole.includes(from), from)
    host.disk.put(path, whole.replaceAll(from, to))
    return (await readRuns(host, state, {id: 'run-1'}))[0]
  }
  assert.equal((await strange('"who":{', '"whose":{'))?.user, 'root')
  const bare = await strange('"command"', '"c"')
  assert.equal(bare?.command, '')
  for (const key of ['runbook', 'version', 'config_hash', 'plan_hash', 'deadline_ms', 'lease_until', 'argv', 'locks']) {
    assert.equal((await strange(`"${key}":`, `"x_${key}":`))?.runId, 'run-1')
  }
  assert.deepEqual((await strange('"mode":"exclusive"', '"mode":"some"'))?.locks, [])
  assert.deepEqual((await strange('[{"resource"', '[7,{"resource"'))?.locks.length, 1)
  assert.deepEqual((await strange('"holds":[', '"x":['))?.holds, [])
  assert.equal((await strange('"as":"resume"', '"as":"other"'))?.continuedAs, null)
  assert.equal((await strange('"status":"done","exit_code"', '"status":"other","exit_code"'))?.status, 'crashed')
  assert.equal((await strange('"status":"done","changed"', '"status":"other","changed"'))?.steps[0]?.status, 'begun')
  assert.equal((await strange('"exit_code"', '"x"'))?.exitCode, null)
  assert.equal((await strange('"duration_ms"', '"x"'))?.durationMs, null)
  assert.deepEqual((await strange('"step":"step-1"', '"step":1'))?.steps, [])
  assert.equal((await strange('"fault":{"code"', '"fault":{"c"'))?.steps[0]?.fault, null)
  assert.equal((await strange('"before"', '"x"'))?.steps[0]?.before, null)
  assert.equal((await strange('"after":', '"x":'))?.steps[0]?.after, null)
  assert.equal((await strange('"kind"', '"x"'))?.steps[0]?.kind, '')
  assert.equal((await strange('"target"', '"x"'))?.steps[0]?.target, '')
})

test('runs: with steps, all of them are told in one reading as each is by its id', async () => {
  const host = runsHost()
  const journal = await journalOf(host)
  for (const run of ['run-1', 'run-2']) {
    await journal.append(runStart(run))
    await journal.append(stepBegin(run, 1))
    await journal.append(stepEnd(run, 1))
    await journal.append(lockBroken())
    await journal.append(runEnd(run))
  }
  const byId = await Promise.all(['run-2', 'run-1'].map((id) => readRuns(host, state, {id})))
  let reads = 0
  const open = host.disk.open.bind(host.disk)
  host.disk.open = (path, ...how) => {
    if (path.endsWith('.jsonl')) reads += 1
    return open(path, ...how)
  }
  assert.deepEqual(await readRuns(host, state, {withSteps: true}), byId.flat())
  assert.equal(reads, 1)
  assert.equal(byId[0]?.[0]?.steps.length, 1)
})

test('runs: a segment that is gone meanwhile is passed over', async () => {
  const host = runsHost()
  buildJournal(host, {segments: 3})
  const list = host.disk.list.bind(host.disk)
  host.disk.list = async (folder) => [...(await list(folder)), '00000004.jsonl']
  assert.equal((await readRuns(host, state)).length, 3)
})

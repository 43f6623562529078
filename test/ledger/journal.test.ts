import assert from 'node:assert/strict'
import {test} from 'node:test'
import {openJournal, verify, whoIs, type JournalEntry} from '../../src/ledger/journal.ts'
import {acquire} from '../../src/ledger/locks.ts'
import {mask} from '../../src/base/masking.ts'
import {faultOf} from '../fixtures/fault-of.ts'
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
import {identityOf, ledgerHost, ownerOf, passing, processOf} from './ground.ts'

const folder = '/state/journal'
const firstSegment = `${folder}/00000001.jsonl`

function linesOf(host: SimHost, path = firstSegment): readonly Record<string, unknown>[] {
  const text = host.disk.text(path) ?? ''
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

function headOf(host: SimHost): Record<string, unknown> {
  return JSON.parse(host.disk.text('/state/journal-head.json') ?? '') as Record<string, unknown>
}

test('journal: entries become lines in their order, each with its number and the time', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  await journal.append(runStart('run-1'))
  await host.clock.advance(1000)
  await journal.append(stepBegin('run-1', 1))
  const [header, start, step] = linesOf(host)
  assert.deepEqual(
    [header?.['type'], header?.['seq'], header?.['format'], header?.['after_bytes'], header?.['torn_bytes']],
    ['segment', 1, 1, 0, 0]
  )
  assert.deepEqual([start?.['type'], start?.['seq'], start?.['at']], ['run_start', 2, '2026-11-20T09:15:00.000Z'])
  const {seq, prev, at, ...rest} = step ?? {}
  assert.deepEqual([seq, at], [3, '2026-11-20T09:15:01.000Z'])
  assert.match(String(prev), /^[0-9a-f]{64}$/)
  assert.deepEqual(rest, {
    type: 'step_begin',
    run: 'run-1',
    step: 'step-1',
    number: 1,
    kind: 'file.write',
    target: '/etc/x'
  })
  assert.deepEqual(start?.['identity'], {
    pid: 10,
    start_ticks: 100,
    boot_id: '9836e562-1f38-484c-950f-ff7172cfaf68',
    pid_namespace: 4026531836,
    host: 'sim',
    uid: 0,
    user: 'root'
  })
})

test('journal: its files are for their owner and his group', async () => {
  const host = ledgerHost({seed: 1})
  await (await journalOf(host)).append(runStart('run-1'))
  for (const path of [firstSegment, '/state/journal-head.json']) assert.equal((await host.disk.stat(path))?.mode, 0o640)
})

test('journal: the head moves with what survives power loss, and with nothing else', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  const steps: readonly [JournalEntry, boolean, boolean][] = [
    [runStart('run-1'), false, true],
    [stepBegin('run-1', 1), false, false],
    [stepEnd('run-1', 1), true, true],
    [stepBegin('run-1', 2), false, false],
    [runContinue('run-1', 'undo', 11), false, true],
    [
      {
        type: 'lock_taken',
        run: 'run-1',
        resource: 'data',
        from: {run: 'r', command: 'c', user: 'u', pid: 1, since: 's'}
      },
      false,
      false
    ],
    [lockBroken(), false, true],
    [runEnd('run-1'), false, true]
  ]
  for (const [entry, sync, isSynced] of steps) {
    await journal.append(entry, {sync})
    assert.equal(headOf(host)['seq'] === linesOf(host).length, isSynced, entry.type)
  }
  assert.deepEqual(headOf(host)['first'], {segment: 1, seq: 1, prev: '0'.repeat(64)})
  assert.equal((await verify(host, state)).state, 'ok')
})

test('journal: what several processes append, at once or in turn, is one chain', async () => {
  const host = ledgerHost({seed: 1})
  const journals = await Promise.all([10, 11, 12].map((pid) => journalOf(processOf(host, pid) as SimHost, pid)))
  const all = journals.flatMap((journal, at) =>
    Array.from({length: 8}, (_, number) => journal.append(stepEnd(`run-${at}`, number), {sync: number % 3 === 0}))
  )
  await passing(host.clock, Promise.all(all))
  const found = await verify(host, state)
  assert.deepEqual([found.state, found.lines], ['ok', 25])
  for (const at of [0, 1, 2]) {
    const numbers = linesOf(host).filter(({run}) => run === `run-${at}`)
    assert.deepEqual(
      numbers.map(({number}) => number),
      [0, 1, 2, 3, 4, 5, 6, 7]
    )
  }
  assert.deepEqual(await host.disk.list(`${folder}/.logcaster-locks`), [])
})

test('journal: no secret reaches it, and no word that it is read by is masked', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host, 10, ['hunter22', 'done', 'run-1', 'root', 'true'])
  const argv = ['tool', '--password', 'x1', 'url=https://a:b@h/hunter22']
  await journal.append(runStart('run-1', {argv, plan_hash: 'hunter22'}))
  await journal.append(
    stepEnd('run-1', 1, {output_tail: 'token=abc hunter22', fault: {code: 'c', values: ['hunter22']}})
  )
  await journal.append(runEnd('run-1'))
  const [, start, step, end] = linesOf(host)
  assert.ok(start !== undefined && end !== undefined)
  assert.deepEqual(start['argv'], ['tool', '--password', mask, `url=https://${mask}@h/${mask}`])
  assert.deepEqual([start['run'], start['plan_hash'], end['status']], ['run-1', 'hunter22', 'done'])
  assert.equal((start['identity'] as {user: string}).user, 'root')
  assert.deepEqual([step?.['output_tail'], step?.['fault']], [`token=${mask} ${mask}`, {code: 'c', values: [mask]}])
})

test('journal: a line is never longer than 64 KiB', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  const texts = Object.fromEntries(Array.from({length: 500}, (_, at) => [`k${at}`, '\0'.repeat(9000)]))
  await journal.append(stepEnd('run-1', 1, {before: texts, after: texts, output_tail: 'x'.repeat(1 << 20)}))
  const longest = Math.max(...(host.disk.text(firstSegment) ?? '').split('\n').map((line) => line.length))
  assert.ok(longest <= 65_536 && longest > 1000, String(longest))
  assert.equal(linesOf(host)[1]?.['status'], 'done')
})

test('journal: a segment that is full is followed by a new one', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  const large = Array.from({length: 15}, () => 'x'.repeat(4000))
  for (let line = 0; line < 145; line += 1) await journal.append(stepEnd('run-1', line, {before: large}))
  assert.deepEqual(segmentsOf(host), [1, 2])
  const [header] = linesOf(host, `${folder}/00000002.jsonl`)
  const size = host.disk.files().get(firstSegment)?.length
  assert.deepEqual([header?.['after_bytes'], header?.['torn_bytes']], [size, 0])
  assert.ok(Number(size) <= 8 << 20 && Number(size) > 7.9 * (1 << 20))
  assert.equal((await verify(host, state)).state, 'ok')
})

test('journal: of sixteen segments the oldest goes, and the head knows where the journal begins now', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 16, lastBytes: 8 << 20})
  assert.equal((await verify(host, state)).state, 'ok')
  const journal = await journalOf(host)
  await journal.append(runStart('run-x'))
  assert.deepEqual(
    segmentsOf(host),
    Array.from({length: 16}, (_, at) => at + 2)
  )
  const [header] = linesOf(host, `${folder}/00000002.jsonl`)
  assert.deepEqual(headOf(host)['first'], {segment: 2, seq: header?.['seq'], prev: header?.['prev']})
  assert.equal((await verify(host, state)).state, 'ok')
})

test('journal: a beginning that was spoilt is passed over when the oldest goes, and one that cannot be removed stays', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 16, lastBytes: 8 << 20})
  host.disk.put(`${folder}/00000002.jsonl`, 'spoilt')
  await host.disk.remove(`${folder}/00000003.jsonl`)
  const remove = host.disk.remove.bind(host.disk)
  host.disk.remove = (path) =>
    path === firstSegment ? Promise.reject(Object.assign(new Error('EPERM'), {code: 'EPERM'})) : remove(path)
  await (await journalOf(host)).append(runStart('run-x'))
  assert.equal((headOf(host)['first'] as {segment: number}).segment, 4)
  assert.equal(segmentsOf(host)[0], 1)
  assert.equal((await verify(host, state)).state, 'ok')
})

function segmentsOf(host: SimHost): readonly number[] {
  return [...host.disk.files().keys()]
    .filter((path) => path.endsWith('.jsonl'))
    .map((path) => Number(path.slice(-14, -6)))
    .sort((one, other) => one - other)
}

test('journal: one of a newer version is refused, by its head or by its newest segment', async () => {
  for (const [path, known] of [
    ['/state/journal-head.json', '/state/journal-head.json'],
    [firstSegment, folder]
  ] as const) {
    const host = ledgerHost({seed: 1})
    await (await journalOf(host)).append(runStart('run-1'))
    host.disk.put(path, host.disk.text(path)?.replace('"format":1', '"format":7') ?? '')
    // A head that was not moved yet: then the segment itself is looked at.
    if (path === firstSegment) {
      const head = headOf(host)
      host.disk.put('/state/journal-head.json', JSON.stringify({...head, segment: 0, bytes: 0, seq: 0}))
    }
    const fault = await faultOf((await journalOf(host)).append(runStart('run-2')))
    assert.deepEqual([fault?.code, fault?.values], ['journal-newer', {path: known, format: 7, known: 1}])
    assert.equal((await verify(host, state)).state, 'newer')
  }
})

test('journal: a disk that takes nothing is told, and what was to be recorded is not begun', async () => {
  for (const error of ['ENOSPC', 'EROFS', 'EACCES']) {
    const host = ledgerHost({seed: 1, failAfter: 1, error})
    const values = {path: folder, reason: error}
    assert.deepEqual((await faultOf(journalOf(host)))?.values, values)
    const full = ledgerHost({seed: 1})
    const journal = await journalOf(full)
    full.disk.open = () => Promise.reject(Object.assign(new Error(error), {code: error}))
    const fault = await faultOf(journal.append(runStart('run-1')))
    assert.deepEqual([fault?.code, fault?.values], ['journal-unwritable', values])
  }
})

test('journal: somebody who was stopped in the middle of an append is waited for, then named', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  const wish = {resource: 'journal', folder, mode: 'exclusive'} as const
  const other = await acquire(processOf(host, 11), [wish], {owner: ownerOf(11), waitMs: 0})
  assert.ok(other.status === 'held')
  const startMs = host.clock.elapsed()
  const fault = await passing(host.clock, faultOf(journal.append(runStart('run-1'))))
  assert.deepEqual([fault?.code, (fault?.values as {run: string}).run], ['lock-conflict', 'run-11'])
  assert.ok(host.clock.elapsed() - startMs >= 10_000)
  await other.lease.release()
  await journal.append(runStart('run-1'))
  assert.equal(linesOf(host).length, 2)
})

test('journal: an append that could not let go of the lock does not keep the next one out', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  await journal.append(runStart('run-1'))
  const remove = host.disk.remove.bind(host.disk)
  let failures = 1
  host.disk.remove = (path) => {
    failures -= 1
    return failures < 0 ? remove(path) : Promise.reject(Object.assign(new Error('EIO'), {code: 'EIO'}))
  }
  assert.equal((await faultOf(journal.append(stepBegin('run-1', 1))))?.code, 'journal-unwritable')
  await journal.append(stepEnd('run-1', 1))
  assert.equal(linesOf(host).length, 4)
})

test('journal: what a crash left half made is cleared away once it is old', async () => {
  const host = ledgerHost({seed: 1})
  const old = {modifiedMs: host.clock.now() - 7_200_000}
  const left = [`${folder}/.00000002.jsonl.abc.tmp`, '/state/.journal-head.json.abc.tmp']
  const kept = [`${folder}/.00000003.jsonl.abc.tmp`, `${folder}/other.tmp`]
  for (const path of left) host.disk.put(path, 'x', old)
  host.disk.put(kept[0] ?? '', 'x')
  host.disk.put(kept[1] ?? '', 'x', old)
  await journalOf(host)
  assert.deepEqual([...host.disk.files().keys()].sort(), kept.toSorted())
})

test('journal: opening it in an unsafe folder is refused before anything is made', async () => {
  const host = ledgerHost({seed: 1})
  const identity = identityOf(10, {uid: 1007})
  const fault = await faultOf(openJournal(host, {stateFolder: state, secrets: [], identity}))
  assert.equal(fault?.code, 'journal-unsafe')
  assert.deepEqual(await host.disk.list(state), [])
})

test('journal: who is behind a command is told through sudo and ssh', () => {
  const {machine} = ledgerHost({
    seed: 1,
    machine: {
      uid: 0,
      user: 'root',
      tty: '/dev/pts/1',
      env: {SUDO_USER: 'kim', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22'}
    }
  })
  assert.deepEqual(whoIs(machine), {
    uid: 0,
    user: 'root',
    sudo_user: 'kim',
    tty: '/dev/pts/1',
    ssh: '10.0.0.1 1 10.0.0.2 22'
  })
  assert.deepEqual(whoIs({...machine, env: {}, tty: null}), {
    uid: 0,
    user: 'root',
    sudo_user: null,
    tty: null,
    ssh: null
  })
})

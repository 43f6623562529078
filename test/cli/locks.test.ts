import assert from 'node:assert/strict'
import {chownSync, existsSync, mkdirSync, readFileSync, readdirSync, unlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {dieAt, estate, journalOf, type Estate} from './estate.ts'
import {codesOf, documentIn, isRoot, ordinaryUser, type Document, type Given, type Started} from './run.ts'

test('S-02: of two runs that are started together one goes on, and the other is told who and since when', async (t) => {
  const at = estate(t)
  const patient = waitingRunbook(at)
  const runs = [1, 2].map(() => at.start([...patient, '--json']))
  const loser = documentIn(await Promise.race(runs.map(({ended}) => ended)))
  writeFileSync(join(at.data, 'go'), '')
  const documents = (await Promise.all(runs.map(({ended}) => ended))).map(documentIn)
  assert.deepEqual(codesIn(documents), [0, 11])
  const winner = documents.find(({exit_code: code}) => code === 0)
  const started = journalOf(at.state).filter(({type}) => type === 'run_start')
  assert.deepEqual(
    started.map(({run}) => run),
    [winner?.['run_id']]
  )
  const [error] = loser.errors
  assert.equal(error?.code, 'lock-conflict')
  const {run, command, user, pid, sinceMs} = valuesOf(loser)
  assert.deepEqual([run, command], [winner?.['run_id'], 'runbook run patient'])
  assert.equal(user, winner?.['user'])
  assert.ok(runs.some(({child}) => child.pid === pid))
  assert.ok(Math.abs(Number(sinceMs) - Date.parse(String(winner?.['started_at']))) < 60_000)
  for (const word of [String(run), 'runbook run patient', String(user)]) assert.ok(error.message.includes(word), word)
})

test('with --wait the second of two runs begins when the first has ended', async (t) => {
  const at = estate(t)
  const patient = waitingRunbook(at)
  const first = at.start([...patient, '--json'])
  await begun(at, first)
  const second = at.start([...patient, '--json', '--wait', '40s'])
  // Should it not wait, it is over before the first one may go on.
  assert.equal(await Promise.race([second.ended, delay(800, 'waits')]), 'waits')
  writeFileSync(join(at.data, 'go'), '')
  const ids = (await Promise.all([first.ended, second.ended])).map(documentIn).map((one) => one['run_id'])
  const lines = journalOf(at.state).filter(({type}) => type === 'run_start' || type === 'run_end')
  assert.deepEqual(
    lines.map(({run}) => run),
    [ids[0], ids[0], ids[1], ids[1]]
  )
})

test('the lock of a killed process is taken over and told; a process that now has its number is not trusted', async (t) => {
  const at = estate(t)
  const patient = waitingRunbook(at)
  writeFileSync(join(at.data, 'go'), '')
  const run = await dieAt('after:2', at, patient)
  // We live, but are not who took the lock: we began at another time.
  forgeLocks(at, ({identity}) => ({identity: {...identity, pid: process.pid}}))
  // It may have died while it wrote to the journal, whose lock is not forged.
  const listed = locksIn(await at.json(['locks'])).filter(({resource}) => resource !== 'journal')
  assert.deepEqual(listed, [
    {life: 'gone', run_id: run, pid: process.pid, resource: 'logs'},
    {life: 'gone', run_id: run, pid: process.pid, resource: 'runbook-patient'}
  ])
  const taken = await at.json(patient)
  assert.deepEqual([taken.exit_code, codesOf(taken.warnings)], [0, ['run-crashed']])
  const notes = journalOf(at.state).filter(({type}) => type === 'lock_taken')
  for (const {run: by, from} of notes) {
    assert.deepEqual([by, (from as {run: string; pid: number}).run], [taken['run_id'], run])
    assert.equal((from as {pid: number}).pid, process.pid)
  }
  assert.deepEqual(notes.map(({resource}) => resource).toSorted(), ['logs', 'runbook-patient'])
  assert.deepEqual(locksIn(await at.json(['locks'])), [])
})

test('locks of a living process are kept until --yes; that they were broken, and why, is in the journal', async (t) => {
  const at = estate(t)
  const patient = waitingRunbook(at)
  const started = at.start([...patient, '--json'])
  await begun(at, started)
  const listed = await at.run(['locks'])
  assert.match(listed.stdout, /^logs +exclusive +alive +\S+ \d+ +\S+ +\S+ +runbook run patient$/m)
  const [lock] = locksIn(await at.json(['locks']))
  assert.deepEqual([lock?.life, lock?.pid], ['alive', started.child.pid])
  forgeLocks(at, () => ({lease_until: '2026-01-01T00:00:00.000Z'}))
  assert.match((await at.run(['locks'])).stdout, /^logs +exclusive +alive, past its time /m)
  const run = String(lock?.run_id)
  const asked = await at.json(['locks', 'break', run, '--reason', 'in the way'])
  assert.deepEqual([asked.exit_code, codesOf(asked.errors)], [5, ['lock-alive']])
  assert.equal(locksIn(await at.json(['locks'])).length, 2)
  const broken = await at.json(['locks', 'break', run, '--reason', 'in the way', '--yes'])
  assert.deepEqual([broken.exit_code, broken.changed.length], [0, 2])
  assert.deepEqual(locksIn(await at.json(['locks'])), [])
  const notes = journalOf(at.state).filter(({type}) => type === 'lock_broken')
  assert.deepEqual(
    notes.map(({reason, of}) => [reason, (of as {run: string}).run]),
    [
      ['in the way', run],
      ['in the way', run]
    ]
  )
  writeFileSync(join(at.data, 'go'), '')
  assert.equal((await started.ended).code, 0)
  assert.equal((await at.json(['runs', 'verify'])).exit_code, 0)
})

test('a lock of the journal that was left behind on another machine is listed, and can be broken', async (t) => {
  const at = estate(t)
  const patient = waitingRunbook(at)
  writeFileSync(join(at.data, 'go'), '')
  const {run_id: run} = await at.json(patient)
  const folder = join(at.state, 'journal', '.logcaster-locks')
  const identity = {pid: 7, start_ticks: 7, boot_id: 'b', pid_namespace: 7, host: 'elsewhere', uid: 0, user: 'root'}
  const since = new Date().toISOString()
  const lease = new Date(Date.now() + 3_600_000).toISOString()
  const lock = {resource: 'journal', mode: 'exclusive', run_id: run, command: 'journal', identity, since}
  writeFileSync(
    join(folder, `journal.${String(run)}.abcdefgh.lock`),
    `${JSON.stringify({format: 1, held: 1, ...lock, lease_until: lease})}\n`
  )
  assert.deepEqual(locksIn(await at.json(['locks'])), [{life: 'unknowable', run_id: run, pid: 7, resource: 'journal'}])
  const broken = await at.json(['locks', 'break', String(run), '--reason', 'that machine is gone'])
  assert.deepEqual([broken.exit_code, broken.changed.length], [0, 1])
  assert.deepEqual(readdirSync(folder), [])
  const notes = journalOf(at.state).filter(({type}) => type === 'lock_broken')
  assert.deepEqual(
    notes.map(({resource, reason}) => [resource, reason]),
    [['journal', 'that machine is gone']]
  )
})

test('root and a user exclude each other over a folder that both may write to', async (t) => {
  const user = ordinaryUser()
  if (!isRoot || typeof user === 'string') {
    t.skip(typeof user === 'string' ? user : 'needs root')
    return
  }
  const at = estate(t)
  const patient = waitingRunbook(at)
  for (const folder of [at.logs, at.data]) chownSync(folder, user.id, user.id)
  const own = join(at.folder, 'own-state')
  mkdirSync(own, 0o700)
  chownSync(own, user.id, user.id)
  const theirs = withState(own, user.under)
  for (const [first, second] of [
    [theirs, {}],
    [{}, theirs]
  ]) {
    const started = at.start([...patient, '--json'], first)
    await begun(at, started)
    const refused = await at.json(patient, second)
    writeFileSync(join(at.data, 'go'), '')
    const winner = documentIn(await started.ended)
    assert.deepEqual([winner.exit_code, refused.exit_code], [0, 11])
    const {run, user: holder} = valuesOf(refused)
    assert.deepEqual([run, holder], [winner['run_id'], winner['user']])
    for (const name of readdirSync(at.data)) unlinkSync(join(at.data, name))
  }
})

test('a state folder of another user is refused before anything is done', async (t) => {
  const user = ordinaryUser()
  if (!isRoot || typeof user === 'string') {
    t.skip(typeof user === 'string' ? user : 'needs root')
    return
  }
  const at = estate(t)
  const patient = waitingRunbook(at)
  writeFileSync(join(at.data, 'go'), '')
  mkdirSync(at.state)
  chownSync(at.state, user.id, user.id)
  const asRoot = await at.json(patient)
  assert.deepEqual([asRoot.exit_code, codesOf(asRoot.errors)], [5, ['journal-unsafe']])
  assert.deepEqual([readdirSync(at.state), readdirSync(at.data)], [[], ['go']])
  const others = join(at.folder, 'others')
  mkdirSync(others, 0o755)
  const asUser = await at.json(patient, withState(others, user.under))
  assert.deepEqual([asUser.exit_code, codesOf(asUser.errors)], [5, ['journal-unsafe']])
  assert.deepEqual(readdirSync(others), [])
})

/** Takes the lock of the logs, says that it has begun, and waits until it may go on. */
function waitingRunbook(at: Estate): readonly string[] {
  at.runbook('patient', [
    'locks: [logs]',
    'steps:',
    "  - sh: 'touch begun; while [ ! -e go ]; do sleep 0.05; done'",
    `    with: {cwd: ${at.data}}`
  ])
  return ['runbook', 'run', 'patient']
}

async function begun(at: Estate, {child}: Started): Promise<void> {
  while (!existsSync(join(at.data, 'begun'))) {
    assert.equal(child.exitCode, null)
    await delay(20)
  }
}

/** A state folder of one's own, in front of the one in the configuration. */
function withState(state: string, under: readonly string[]): Given {
  return {under, env: {LOGCASTER_PATHS_STATE: state, NODE_V8_COVERAGE: undefined, CACHE_DIRECTORY: undefined}}
}

interface LockLine {
  readonly identity: object
}

/** Changes what the lock files say, where they lie. */
function forgeLocks(at: Estate, change: (lock: LockLine) => object): void {
  for (const folder of [at.logs, at.state].map((above) => join(above, '.logcaster-locks'))) {
    for (const name of readdirSync(folder)) {
      const lock = JSON.parse(readFileSync(join(folder, name), 'utf8')) as LockLine
      writeFileSync(join(folder, name), `${JSON.stringify({...lock, ...change(lock)})}\n`)
    }
  }
}

interface ListedLock {
  readonly life: string
  readonly run_id: string
  readonly pid: number
  readonly resource: string
}

function locksIn(document: Document): readonly ListedLock[] {
  const locks = document['locks'] as readonly ListedLock[]
  return locks
    .map(({life, run_id, pid, resource}) => ({life, run_id, pid, resource}))
    .toSorted((one, other) => (one.resource < other.resource ? -1 : 1))
}

function codesIn(documents: readonly Document[]): readonly number[] {
  return documents.map(({exit_code: code}) => code).toSorted((one, other) => one - other)
}

/** Of the only error. */
function valuesOf({errors}: Document): Readonly<Record<string, unknown>> {
  return (errors[0] as unknown as {values: Readonly<Record<string, unknown>>}).values
}

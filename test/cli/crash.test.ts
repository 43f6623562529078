import assert from 'node:assert/strict'
import {existsSync, readFileSync, readdirSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {dieAt, estate, journalOf, treeOf, type Estate} from './estate.ts'
import {codesOf, type Document} from './run.ts'

/**
 * `kill -9` at every boundary between two lines of the journal, in processes of their own: between them lies one act of
 * a run. What a kill in the middle of an act leaves is swept in simulation.
 */
interface Subject {
  readonly argv: readonly string[]
  /** Lines that a whole run adds to the journal. */
  readonly lines: number
  /** Given to `runs resume`, too. */
  readonly consent?: '--yes'
  prepare(at: Estate): void | Promise<void>
  /** What is there once it has been finished, however often it was killed. */
  holdFinished(at: Estate): void
}

const twoAtOnce = {concurrency: 2} as const

/** From the start of a run to its end; what is not even begun is another test. */
function boundariesOf(lines: number): readonly string[] {
  return [...Array.from({length: lines - 1}, (_, index) => `before:${index + 2}`), `after:${lines}`]
}

/** Every kind of step that changes something without a service manager. Only `once` does harm when it is done twice. */
const tour: Subject = {
  argv: ['runbook', 'run', 'tour'],
  lines: 12,
  prepare(at) {
    for (const [name, text] of [
      ['replaced', 'old\n'],
      ['moved', 'moves\n']
    ] as const) {
      writeFileSync(join(at.data, name), text, {mode: 0o604})
      utimesSync(join(at.data, name), 1_700_000_000, 1_700_000_000)
    }
    at.log('removed.log', 'goes\n', 9)
    const {data, logs} = at
    at.runbook('tour', [
      'locks: [logs]',
      'steps:',
      `  - {id: write, use: file.write, with: {path: ${data}/replaced, content: "new\\n", mode: '0640'}}`,
      `  - {id: move, use: file.move, with: {from: ${data}/moved, to: ${data}/there}}`,
      `  - {id: remove, use: file.remove, with: {path: ${logs}/removed.log, reason: old}}`,
      `  - {id: once, sh: 'echo done >> "$FILE"', with: {env: {FILE: ${data}/once}, undo: [rm, -f, ${data}/once]}}`,
      `  - {id: make, run: [mkdir, ${data}/made], with: {creates: ${data}/made, undo: [rmdir, ${data}/made]}}`
    ])
  },
  holdFinished({data, logs}) {
    assert.deepEqual(readdirSync(data).toSorted(), ['.logcaster-held', 'made', 'once', 'replaced', 'there'])
    assert.equal(readFileSync(join(data, 'replaced'), 'utf8'), 'new\n')
    assert.equal(readFileSync(join(data, 'once'), 'utf8'), 'done\n', 'what must be done once was done once')
    assert.ok(!readdirSync(logs).includes('removed.log'))
  }
}

const freeSpace: Subject = {
  argv: ['runbook', 'run', 'free-space', '--input', 'keep_newest=1'],
  lines: 6,
  prepare(at) {
    // The youngest one stays.
    for (const days of [40, 30, 20]) at.log(`${days}-days.log`, `${days}\n`, days)
  },
  holdFinished({logs}) {
    assert.deepEqual(
      readdirSync(logs).filter((name) => name.endsWith('.log')),
      ['20-days.log']
    )
  }
}

/** What it removes cannot be brought back, so that there is nothing to be undone. */
const purgeHeld: Subject = {
  argv: ['runbook', 'run', 'purge-held', '--yes'],
  lines: 4,
  consent: '--yes',
  async prepare(at) {
    await freeSpace.prepare(at)
    const held = await at.json([...freeSpace.argv, '--input', 'hold=1ms'])
    assert.equal(held.changed.length, 2)
    // What is held is kept for whole seconds.
    await delay(1100)
  },
  holdFinished({logs}) {
    const area = join(logs, '.logcaster-held')
    assert.deepEqual(existsSync(area) ? readdirSync(area) : [], [])
  }
}

const reversible = {'all kinds of steps': tour, 'free-space': freeSpace}

for (const [name, subject] of Object.entries({...reversible, 'purge-held': purgeHeld})) {
  test(`${name}: killed anywhere, it is told, and resume finishes it`, twoAtOnce, (t) =>
    sweep(t, subject, async (at, {run, isEnded}) => {
      await (subject === purgeHeld ? holdListed(at, isEnded) : holdTold(at, run, isEnded))
      const resumed = await resume(at, run, subject)
      const open = isEnded ? [5, ['run-not-open']] : [0, []]
      assert.deepEqual([resumed.exit_code, codesOf(resumed.errors)], open)
      subject.holdFinished(at)
    })
  )
}

for (const [name, subject] of Object.entries(reversible)) {
  test(`${name}: killed anywhere, undo restores every byte, mode, owner and time`, twoAtOnce, (t) =>
    sweep(t, subject, async (at, {run, isEnded, before}) => {
      await holdListed(at, isEnded)
      assert.equal((await at.json(['runs', 'undo', run])).exit_code, 0)
      assert.deepEqual(filesOf(at), before)
    })
  )
}

interface Crash {
  readonly run: string
  /** It was killed after its last word. */
  readonly isEnded: boolean
  /** What there was before it. */
  readonly before: readonly string[]
}

async function sweep(
  t: TestContext,
  subject: Subject,
  hold: (at: Estate, crash: Crash) => Promise<void>
): Promise<void> {
  await Promise.all(
    boundariesOf(subject.lines).map((boundary) =>
      t.test(`killed ${boundary.replace(':', ' line ')}`, async (t) => {
        const at = estate(t)
        at.runbook('next', ['locks: [logs]', 'steps:', "  - run: ['true']"])
        await subject.prepare(at)
        const before = filesOf(at)
        const run = await dieAt(boundary, at, subject.argv)
        await hold(at, {run, isEnded: boundary === `after:${subject.lines}`, before})
      })
    )
  )
}

/** The next run on the same logs takes over what the dead one held, and says so. */
async function holdTold(at: Estate, run: string, isEnded: boolean): Promise<void> {
  const next = await at.json(['runbook', 'run', 'next'])
  assert.deepEqual([next.exit_code, codesOf(next.warnings)], [0, isEnded ? [] : ['run-crashed']])
  assert.ok(journalOf(at.state).some(({type, from}) => type === 'lock_taken' && isOf(from, run)))
}

async function holdListed(at: Estate, isEnded: boolean): Promise<void> {
  const {exit_code: code, checks} = await at.json(['daily-check', '--only', 'runs.crashed'])
  assert.deepEqual([code, checks[0]?.status], isEnded ? [0, 'ok'] : [2, 'critical'])
}

async function resume(at: Estate, run: string, {consent}: Subject): Promise<Document> {
  const resumed = await at.json(['runs', 'resume', run, ...(consent === undefined ? [] : [consent])])
  if (!codesOf(resumed.errors).includes('step-uncertain')) return resumed
  // Only where its line is missing can it have come to this; that it was done is there to be seen.
  return at.json(['runs', 'resume', run, '--done', 'once'])
}

function isOf(from: unknown, run: string): boolean {
  return typeof from === 'object' && from !== null && 'run' in from && from.run === run
}

function filesOf({logs, data}: Estate): readonly string[] {
  return [logs, data].flatMap((folder) => treeOf(folder, {isComplete: false}))
}

test('killed while what must be done once was under way, nobody does it again unasked', async (t) => {
  for (const [boundary, answer] of [
    ['after:8', '--again'],
    ['before:9', '--done']
  ] as const) {
    const at = estate(t)
    await tour.prepare(at)
    const run = await dieAt(boundary, at, tour.argv)
    const refused = await at.json(['runs', 'resume', run])
    assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [5, ['step-uncertain']])
    assert.match(refused.errors[0]?.hint ?? '', new RegExp(`${run} --done once`))
    const unknown = await at.json(['runs', 'resume', run, answer, 'onec'])
    assert.deepEqual([unknown.exit_code, codesOf(unknown.errors)], [64, ['step-unknown-id']])
    assert.equal((await at.json(['runs', 'resume', run, answer, 'once'])).exit_code, 0)
    tour.holdFinished(at)
  }
})

test('killed before the journal has its first line, a run has done nothing, and can be run again', async (t) => {
  const at = estate(t)
  await tour.prepare(at)
  const before = filesOf(at)
  await dieAt('before:1', at, tour.argv)
  assert.deepEqual(filesOf(at), before)
  assert.equal((await at.json(tour.argv)).exit_code, 0)
  tour.holdFinished(at)
})

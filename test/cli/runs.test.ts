import assert from 'node:assert/strict'
import {readFileSync, readdirSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {after, test} from 'node:test'
import {estate, journalLines, journalOf, treeOf, type Estate} from './estate.ts'
import {makePast} from './past.ts'
import {codesOf, type Document} from './run.ts'

const past = await makePast({after})

test('runs list shows what was run, by whom and how it ended, the newest first, and no more than asked for', async (t) => {
  const at = estate(t)
  past.giveTo(at)
  const ids = ['crashed', 'lasting', 'undone', 'done'] as const
  const {stdout} = await at.run(['runs', 'list'])
  const words = {crashed: 'broken off', lasting: 'done', undone: 'put back', done: 'done'}
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, ids.length)
  for (const [index, id] of ids.entries()) {
    assert.match(lines[index] ?? '', new RegExp(`^${past[id]} .* ${words[id]} +\\S+ +runbook run \\w+$`))
  }
  const {runs} = (await at.json(['runs', 'list', '--limit', '2'])) as unknown as {runs: readonly ShownRun[]}
  assert.deepEqual(
    runs.map(({run_id: id, status}) => [id, status]),
    [
      [past.crashed, 'crashed'],
      [past.lasting, 'done']
    ]
  )
  assert.equal(((await at.json(['runs', 'list', '--all']))['runs'] as readonly unknown[]).length, ids.length)
  assert.match((await at.run(['runs', 'list', '--lang', 'ko'])).stdout, /중단|끊김/)
})

test('a run that nobody knows is told, with the one that was meant', async (t) => {
  const at = estate(t)
  past.giveTo(at)
  const close = `${past.done.slice(0, -1)}${past.done.endsWith('a') ? 'b' : 'a'}`
  for (const verb of ['show', 'resume', 'undo']) {
    const document = await at.json(['runs', verb, close])
    assert.deepEqual([document.exit_code, codesOf(document.errors)], [10, ['run-unknown']])
    assert.match(document.errors[0]?.hint ?? '', new RegExp(past.done))
  }
})

test('the report of a run, the journal and runs show have one id, and tell the same', async (t) => {
  const at = estate(t)
  writeFileSync(join(at.data, 'file'), 'old\n')
  at.runbook('write', [
    'steps:',
    `  - {id: write, use: file.write, with: {path: ${at.data}/file, content: "new\\n"}}`,
    "  - {id: say, sh: 'echo said', with: {changes: false}}"
  ])
  const report = await at.json(['runbook', 'run', 'write'])
  assert.deepEqual([report.schema, report.exit_code, report['dry_run']], ['logcaster.runbook.run/1', 0, false])
  assert.deepEqual(report.changed, [join(at.data, 'file')])
  const id = String(report['run_id'])
  const named = journalOf(at.state).filter(({run}) => run === id)
  assert.deepEqual(
    named.map(({type}) => type),
    ['run_start', 'step_begin', 'step_end', 'step_end', 'run_end']
  )
  const document = await at.json(['runs', 'show', id])
  assert.deepEqual([document['run_id'], document.schema], [id, 'logcaster.runs.show/1'])
  const run = document['run'] as ShownRun
  assert.deepEqual([run.status, run.exit_code, run.changed, run.runbook], ['done', 0, report.changed, 'write'])
  assert.equal(run.plan_hash, named[0]?.['plan_hash'])
  assert.deepEqual(
    run.steps.map((step) => [step.id, step.status, step.changed, step.output_tail]),
    [
      ['write', 'done', true, null],
      ['say', 'done', false, '--- stdout\nsaid\n']
    ]
  )
  const shown = await at.run(['runs', 'show', id])
  assert.match(shown.stdout, new RegExp(`^${id} +runbook run write: done`))
  assert.doesNotMatch(shown.stdout, /^said$/m)
  assert.match((await at.run(['runs', 'show', id, '--verbose'])).stdout, /^--- say\n--- stdout\nsaid$/m)
})

test('what a run did is undone once: the preview says what, and another time there is nothing to be undone', async (t) => {
  const at = estate(t)
  writeFileSync(join(at.data, 'file'), 'old\n')
  const before = treeOf(at.data, {isComplete: false})
  at.runbook('write', [
    'steps:',
    `  - {id: one, use: file.write, with: {path: ${at.data}/file, content: "new\\n"}}`,
    `  - {id: two, use: file.write, with: {path: ${at.data}/other, content: "more\\n"}}`
  ])
  const id = String((await at.json(['runbook', 'run', 'write']))['run_id'])
  const whole = treeOf(at.folder, {isComplete: true})
  const preview = await at.json(['runs', 'undo', id, '--dry-run'])
  assert.deepEqual([preview.exit_code, preview.status, preview['dry_run']], [0, 'planned', true])
  assert.deepEqual(
    (preview['plan'] as readonly {id: string}[]).map((step) => step.id),
    ['two', 'one']
  )
  assert.deepEqual(treeOf(at.folder, {isComplete: true}), whole)
  const undone = await at.json(['runs', 'undo', id])
  assert.deepEqual([undone.exit_code, undone.status, undone['run_id']], [0, 'done', id])
  assert.deepEqual(treeOf(at.data, {isComplete: false}), before)
  for (const verb of ['undo', 'resume']) {
    const again = await at.json(['runs', verb, id])
    assert.deepEqual([again.exit_code, codesOf(again.errors)], [5, ['run-not-open']])
  }
})

test('a file that somebody has changed since is not undone over their work', async (t) => {
  const at = estate(t)
  writeFileSync(join(at.data, 'file'), 'old\n')
  at.runbook('write', ['steps:', `  - {id: write, use: file.write, with: {path: ${at.data}/file, content: "new\\n"}}`])
  const id = String((await at.json(['runbook', 'run', 'write']))['run_id'])
  writeFileSync(join(at.data, 'file'), 'theirs\n')
  const undone = await at.json(['runs', 'undo', id])
  assert.deepEqual([undone.exit_code, codesOf(undone.errors)], [4, ['run-stuck', 'target-changed']])
  assert.equal(readFileSync(join(at.data, 'file'), 'utf8'), 'theirs\n')
  assert.equal((await at.json(['daily-check', '--only', 'runs.crashed'])).exit_code, 2)
})

test('S-02: runs verify finds a byte that was changed and a tail that was cut off', async (t) => {
  const at = estate(t)
  assert.deepEqual(await verdictIn(at), [3, 'unknown'])
  past.giveTo(at)
  assert.deepEqual(await verdictIn(at), [0, 'ok'])
  const [segment = ''] = segmentsIn(at)
  const whole = readFileSync(segment, 'utf8')
  // A letter for a letter, in a line that was synced long ago.
  writeFileSync(segment, whole.replace('"status":"done"', '"status":"dona"'))
  assert.deepEqual(await verdictIn(at), [2, 'critical'])
  writeFileSync(segment, whole)
  // The very last one was written by a process that died before it was durable: nobody can miss that.
  const tail = `${journalLines(at.state).slice(-2).join('\n')}\n`
  truncateSync(segment, statSync(segment).size - tail.length)
  assert.deepEqual(await verdictIn(at), [2, 'critical'])
  const told = await at.run(['runs', 'verify'])
  assert.deepEqual([told.code, told.stdout.split(' ').slice(0, 3)], [2, ['runs', 'verify:', 'CRITICAL']])
})

test('every line of runs export is a whole run with its steps', async (t) => {
  const at = estate(t)
  past.giveTo(at)
  const {code, stdout} = await at.run(['runs', 'export'])
  assert.equal(code, 0)
  const runs = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ShownRun)
  assert.deepEqual(
    runs.map((run) => [run.run_id, run.steps.map((step) => [step.id, step.status])]),
    [
      [past.crashed, [['announce', 'begun']]],
      [past.lasting, [['announce', 'done']]],
      [past.undone, [['announce', 'undone']]],
      [past.done, [['announce', 'done']]]
    ]
  )
  assert.deepEqual((await at.json(['runs', 'export', '--since', '1h']))['runs'], runs)
  assert.equal((await at.run(['runs', 'export', '--since', '1ms'])).stdout, '')
})

interface ShownRun {
  readonly run_id: string
  readonly runbook: string
  readonly status: string
  readonly exit_code: number | null
  readonly changed: readonly string[]
  readonly plan_hash: string
  readonly steps: readonly {
    readonly id: string
    readonly status: string
    readonly changed: boolean
    readonly output_tail: string | null
  }[]
}

async function verdictIn(at: Estate): Promise<readonly [number, string]> {
  const {exit_code: code, status}: Document = await at.json(['runs', 'verify'])
  return [code, status]
}

function segmentsIn(at: Estate): readonly string[] {
  const folder = join(at.state, 'journal')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name))
}

import assert from 'node:assert/strict'
import {existsSync, readFileSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {estate, journalOf, treeOf, type Estate} from './estate.ts'
import {codesOf, documentIn, type Document} from './run.ts'

const signals = [
  {name: 'SIGINT', exit: 130, code: 'interrupted'},
  {name: 'SIGTERM', exit: 143, code: 'terminated'}
] as const

for (const {name, exit, code} of signals) {
  test(`${name}: a run that is to be undone is put back, and nothing it started is left`, async (t) => {
    const at = estate(t)
    const before = prepare(t, at, {onFailure: 'undo'})
    const document = await stopped(at, name)
    assert.deepEqual([document.exit_code, codesOf(document.errors)[0]], [exit, code])
    assert.deepEqual(filesOf(at), before)
    assert.deepEqual(processesOf(at), [])
    assert.deepEqual([document.changed, endOf(at)], [[], {status: 'interrupted', exit_code: exit}])
    assert.equal((await at.json(['daily-check', '--only', 'runs.crashed'])).exit_code, 0)
  })

  test(`${name}: a run that is to stop stays as it is, and resume finishes it`, async (t) => {
    const at = estate(t)
    prepare(t, at, {onFailure: 'stop'})
    const document = await stopped(at, name)
    assert.deepEqual([document.exit_code, codesOf(document.errors)[0]], [exit, code])
    assert.deepEqual(processesOf(at), [])
    assert.equal(readFileSync(join(at.data, 'written'), 'utf8'), 'new\n')
    assert.deepEqual(endOf(at), {status: 'interrupted', exit_code: exit})
    writeFileSync(join(at.data, 'go'), '')
    const run = String(document['run_id'])
    // Nobody can know how far a program came that was ended: whoever resumes has to say.
    assert.deepEqual(codesOf((await at.json(['runs', 'resume', run])).errors), ['step-uncertain'])
    const resumed = await at.json(['runs', 'resume', run, '--again', 'hang'])
    assert.deepEqual([resumed.exit_code, resumed['run_id']], [0, run])
    assert.ok(existsSync(join(at.data, 'last')))
    assert.deepEqual(endOf(at), {status: 'done', exit_code: 0})
  })
}

test('S-31: a step that hangs ends with its time, with all it started, and the steps behind it wait for nobody', async (t) => {
  const at = estate(t)
  const before = prepare(t, at, {onFailure: 'undo', timeout: '3s'})
  const {code, stdout} = await at.run(['runbook', 'run', 'long'])
  assert.equal(code, 1, stdout)
  assert.match(stdout, /^ +undone +hang +.* was ended, since it had not finished after /m)
  assert.match(stdout, /^ +not reached +last /m)
  assert.deepEqual(processesOf(at), [])
  assert.deepEqual(filesOf(at), before)
})

test('S-31: the time of a whole run is limited as well, and then it is put back', async (t) => {
  const at = estate(t)
  const before = prepare(t, at, {onFailure: 'undo'})
  const runbook = join(at.folder, 'runbooks/long.yaml')
  writeFileSync(runbook, readFileSync(runbook, 'utf8').replace('on_failure', 'timeout: 3s\non_failure'))
  const document = await at.json(['runbook', 'run', 'long'])
  assert.deepEqual([document.exit_code, codesOf(document.errors)[0]], [124, 'run-deadline'])
  assert.deepEqual([processesOf(at), filesOf(at)], [[], before])
})

interface Policy {
  readonly onFailure: 'undo' | 'stop'
  /** Of the step that hangs. */
  readonly timeout?: string
}

/**
 * A file is written, then a program hangs: it and a child that left its session take no SIGTERM. Says what there was
 * before.
 */
function prepare(t: TestContext, at: Estate, {onFailure, timeout = '10m'}: Policy): readonly string[] {
  writeFileSync(join(at.data, 'written'), 'old\n', {mode: 0o600})
  const before = filesOf(at)
  at.file('hang.sh', hanging)
  at.runbook('long', [
    `on_failure: ${onFailure}`,
    'steps:',
    `  - {id: write, use: file.write, with: {path: ${at.data}/written, content: "new\\n"}}`,
    `  - {id: hang, run: [/bin/sh, ${at.folder}/hang.sh, ${at.data}], with: {undo: ['true']}, timeout: ${timeout}}`,
    `  - {id: last, run: [touch, ${at.data}/last], with: {undo: [rm, -f, ${at.data}/last]}}`
  ])
  t.after(() => {
    for (const pid of processesOf(at)) process.kill(pid, 'SIGKILL')
  })
  return before
}

/** Called once more by itself, with a second word, it is the child. */
const hanging = `
trap '' TERM INT
[ ! -e "$1/go" ] || exit 0
[ $# -eq 2 ] || setsid /bin/sh "$0" "$1" child &
while :; do sleep 0.2; done
`

async function stopped(at: Estate, signal: NodeJS.Signals): Promise<Document> {
  const {child, ended} = at.start(['runbook', 'run', 'long', '--json'])
  while (processesOf(at).length < 2) {
    assert.equal(child.exitCode, null)
    await delay(20)
  }
  child.kill(signal)
  return documentIn(await ended)
}

function filesOf({data, logs}: Estate): readonly string[] {
  return [data, logs].flatMap((folder) => treeOf(folder, {isComplete: false}))
}

function endOf(at: Estate): unknown {
  const line = journalOf(at.state).findLast(({type}) => type === 'run_end')
  return line === undefined ? undefined : {status: line['status'], exit_code: line['exit_code']}
}

/** Those that hang: no other process has that script and this place in its words. */
function processesOf(at: Estate): readonly number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => wordsOf(pid).includes(`${at.folder}/hang.sh`))
}

function wordsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has just ended.
    return ''
  }
}

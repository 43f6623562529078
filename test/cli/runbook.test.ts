import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {test} from 'node:test'
import {estate, journalOf, treeOf, type Estate} from './estate.ts'
import {checkout, codesOf, lacking, type Document, type Ran} from './run.ts'

const shipped = readdirSync(join(checkout, 'runbooks')).map((name) => name.replace('.yaml', ''))
const withHello = [...shipped, 'hello'].toSorted()

test('runbook list has the shipped ones and those of one’s own, and tells of one that cannot be read', async (t) => {
  const at = estate(t)
  at.runbook('hello', ['steps:', "  - run: ['true']"])
  at.runbook('broken', ['setps: []', 'steps:', "  - run: ['true']"])
  const plain = await at.run(['runbook', 'list'])
  assert.equal(plain.code, 0)
  assert.deepEqual(plain.stdout.match(/^\S+/gm), withHello)
  assert.match(plain.stderr, /^warning: .*broken\.yaml:2:1.*setps/m)
  const korean = await at.run(['runbook', 'list', '--lang', 'ko'])
  assert.match(korean.stdout, /^free-space +로그 폴더/m)
  const document = await at.json(['runbook', 'list'])
  assert.deepEqual(codesOf(document.warnings), ['runbook-unknown-key'])
  assert.deepEqual(
    (document['runbooks'] as readonly {name: string; path: string}[]).map(({name}) => name),
    withHello
  )
})

test('runbook show tells what one takes, with defaults, and its steps', async (t) => {
  const at = estate(t)
  const {stdout} = await at.run(['runbook', 'show', 'free-space'])
  assert.match(stdout, /^free-space: Frees space/)
  assert.match(stdout, /^ +--input older_than=DURATION +\S.* \[14d\]$/m)
  assert.match(stdout, /^ +hold \(file\.remove\) +\S/m)
  const document = await at.json(['runbook', 'show', 'free-space'])
  const inputs = document['inputs'] as readonly {name: string; default: unknown}[]
  assert.equal(inputs.find(({name}) => name === 'keep_newest')?.default, 3)
  assert.deepEqual(document['locks'], [{resource: 'logs', mode: 'exclusive', preempts: []}])
})

test('S-04: runbook check names every problem with its place, also what does not exist', async (t) => {
  const at = estate(t)
  const path = at.runbook('bad', [
    'steps:',
    '  - {id: a, use: file.wrote}',
    '  - {id: b, run: [ls], needs: [c]}',
    '  - {id: c, run: [ls], needs: [b]}',
    '  - {id: d, use: runbook, with: {name: nonesuch}}'
  ])
  const {code, stderr} = await at.run(['runbook', 'check', path])
  assert.equal(code, 78)
  for (const place of ['3:', '4:', '6:']) assert.ok(stderr.includes(`${path}:${place}`), `${place} in ${stderr}`)
  assert.equal((await at.run(['runbook', 'check', 'free-space'])).code, 0)
  const all = await at.run(['runbook', 'check'])
  assert.deepEqual([all.code, all.stdout], [78, ''])
})

test('S-04: a program that is not there refuses the run before its first step', async (t) => {
  const at = estate(t)
  at.runbook('helpers', [
    'steps:',
    `  - {id: first, use: file.write, with: {path: ${at.data}/first, content: x}}`,
    '  - {id: script, run: [./no-such-script.sh]}',
    '  - {id: other, run: [no-such-program]}'
  ])
  const document = await at.json(['runbook', 'run', 'helpers'])
  assert.deepEqual([document.exit_code, document.status], [69, 'refused'])
  assert.deepEqual(codesOf(document.errors), ['program-missing', 'program-missing'])
  assert.deepEqual(readdirSync(at.data), [])
})

test('S-01: whatever a step prints, how it ended decides how the run ends', async (t) => {
  const at = estate(t)
  at.runbook('liar', ['steps:', "  - {id: lie, sh: 'false; echo ✅ done', with: {changes: false}}"])
  at.runbook('half', [
    'steps:',
    `  - {id: kept, use: file.write, with: {path: ${at.data}/kept, content: x}}`,
    "  - {id: fails, run: ['false'], with: {changes: false}}"
  ])
  assert.equal((await at.run(['runbook', 'run', 'liar'])).code, 1)
  const half = await at.json(['runbook', 'run', 'half'])
  assert.deepEqual([half.exit_code, half.status, half.changed], [3, 'partial', [join(at.data, 'kept')]])
  assert.equal(journalOf(at.state).at(-1)?.['exit_code'], 3)
})

test('S-31: what comes after a failed step is decided, and told', async (t) => {
  const at = estate(t)
  for (const policy of ['stop', 'continue', 'undo']) {
    at.runbook(policy, [
      `on_failure: ${policy}`,
      'steps:',
      `  - {id: one, use: file.write, with: {path: ${at.data}/${policy}-1, content: x}}`,
      "  - {id: two, run: ['false'], with: {undo: ['true']}}",
      `  - {id: three, use: file.write, with: {path: ${at.data}/${policy}-3, content: x}}`
    ])
  }
  const outcomes = async (policy: string): Promise<readonly unknown[]> => {
    const document = await at.json(['runbook', 'run', policy])
    return [document.exit_code, ...stepsOf(document).map(({outcome}) => outcome?.status)]
  }
  assert.deepEqual(await outcomes('stop'), [3, 'done', 'failed', 'not-reached'])
  assert.deepEqual(await outcomes('continue'), [3, 'done', 'failed', 'done'])
  assert.deepEqual(await outcomes('undo'), [1, 'undone', 'undone', 'not-reached'])
  assert.deepEqual(
    readdirSync(at.data).filter((name) => !name.startsWith('.')),
    ['continue-1', 'continue-3', 'stop-1']
  )
})

test('a second run changes nothing', async (t) => {
  const at = estate(t)
  for (const days of [50, 40, 30, 20]) at.log(`${days}.log`, 'text\n', days)
  writeFileSync(join(at.data, 'moves'), 'x')
  at.runbook('own', [
    'steps:',
    `  - {id: write, use: file.write, with: {path: ${at.data}/written, content: x}}`,
    `  - {id: move, use: file.move, with: {from: ${at.data}/moves, to: ${at.data}/moved}}`,
    `  - {id: make, run: [mkdir, ${at.data}/made], with: {creates: ${at.data}/made}}`
  ])
  for (const [name, changes] of [
    ['free-space', 1],
    ['own', 3]
  ] as const) {
    const first = await at.json(['runbook', 'run', name])
    assert.deepEqual([first.exit_code, first.status, first.changed.length], [0, 'done', changes])
    const before = treeOf(at.folder, {isComplete: true})
    const second = await at.json(['runbook', 'run', name])
    assert.deepEqual([second.exit_code, second.status, second.changed], [0, 'nothing', []])
    assert.deepEqual(treeOf(at.folder, {isComplete: true}), before)
  }
})

test('S-90: free-space leaves a quiet file that somebody has open, and what is held can be brought back', async (t) => {
  const at = estate(t)
  const open = at.log('open.log', 'still written to\n', 60)
  const closed = at.log('closed.log', 'over\n', 60)
  const writer = spawn('sleep', ['60'], {stdio: ['ignore', openSync(open, 'a'), 'ignore']})
  t.after(() => writer.kill('SIGKILL'))
  const before = treeOf(at.logs, {isComplete: false})
  const document = await at.json(['runbook', 'run', 'free-space', '--input', 'keep_newest=0'])
  assert.deepEqual([document.exit_code, document.changed], [0, [closed]])
  assert.deepEqual([existsSync(open), existsSync(closed)], [true, false])
  const run = document['run_id']
  const end = journalOf(at.state).find(({type, changed}) => type === 'step_end' && changed === true)
  const {held} = end?.['outputs'] as {readonly held: string}
  assert.equal(readFileSync(held, 'utf8'), 'over\n')
  assert.equal((await at.json(['runs', 'undo', String(run)])).exit_code, 0)
  assert.deepEqual(treeOf(at.logs, {isComplete: false}), before)
})

test('S-93: free-space takes regular files of the given names only: no links, sockets, folders or locks', async (t) => {
  const at = estate(t)
  const outside = at.file('outside.log', 'elsewhere\n')
  at.log('other.txt', 'not one of the names\n', 60)
  symlinkSync(outside, join(at.logs, 'link.log'))
  mkdirSync(join(at.logs, 'folder.log'))
  writeFileSync(join(at.logs, 'folder.log/.hidden.log'), 'x')
  const server = createServer().listen(join(at.logs, 'socket.log'))
  t.after(() => server.close())
  await once(server, 'listening')
  for (const name of ['link.log', 'socket.log', 'folder.log', 'folder.log/.hidden.log']) {
    lutimesSync(join(at.logs, name), 1_700_000_000, 1_700_000_000)
  }
  const before = namesIn(at)
  const document = await at.json(['runbook', 'run', 'free-space', '--input', 'keep_newest=0'])
  assert.deepEqual([document.exit_code, document.status, document.changed], [0, 'nothing', []])
  assert.deepEqual(namesIn(at), before)
})

test(
  'whoever is at the terminal is asked before what cannot be put back, and told which steps those are',
  {skip: lacking('script')},
  async (t) => {
    const at = estate(t)
    at.runbook('risky', [
      'steps:',
      `  - {id: mark, use: file.write, with: {path: ${at.data}/mark, content: x}}`,
      `  - {id: cut, run: [touch, by-program], with: {cwd: ${at.data}, risk: high}}`
    ])
    const asTyped = async (answer: string): Promise<Ran> => {
      const under = ['/bin/sh', '-c', 'exec script -qec "$*" /dev/null < answer', 'sh']
      at.file('answer', `${answer}\n`)
      return at.run(['runbook', 'run', 'risky'], {under})
    }
    const refused = await asTyped('n')
    assert.equal(refused.code, 5)
    assert.match(refused.stdout, /These steps interrupt the service or cannot be put back: cut\. Go on\? \[y\/N\]/)
    assert.deepEqual(readdirSync(at.data), [])
    assert.equal((await asTyped('y')).code, 0)
    assert.deepEqual(readdirSync(at.data).toSorted(), ['.logcaster-held', 'by-program', 'mark'])
  }
)

interface ShownStep {
  readonly id: string
  readonly outcome?: {readonly status: string}
}

function stepsOf(document: Document): readonly ShownStep[] {
  return document['plan'] as readonly ShownStep[]
}

/** But for those that logcaster keeps for itself. */
function namesIn({logs}: Estate): readonly string[] {
  const names = readdirSync(logs, {recursive: true}) as readonly string[]
  return names.filter((name) => !name.startsWith('.logcaster-')).toSorted()
}

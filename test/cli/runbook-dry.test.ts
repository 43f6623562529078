import assert from 'node:assert/strict'
import {chownSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {estate, treeOf, type Estate} from './estate.ts'
import {codesOf, isRoot, lacking, ordinaryUser, type Document, type Given} from './run.ts'

/** A runbook of all kinds of steps that change something, and one that calls it. */
function prepare(at: Estate): void {
  for (const days of [50, 40, 30, 20, 10]) at.log(`${days}.log`, 'text\n', days)
  writeFileSync(join(at.data, 'here'), 'one\ntwo\nthree\n')
  const {data, logs} = at
  at.runbook('own', [
    'inputs:',
    '  text: {type: text, default: "2", about: what it says}',
    'locks: [logs, data]',
    'steps:',
    `  - {id: write, use: file.write, with: {path: ${data}/here, content: "one\\n\${inputs.text}\\nthree\\n"}}`,
    `  - {id: move, use: file.move, with: {from: ${data}/here, to: ${data}/there}}`,
    `  - {id: remove, use: file.remove, with: {path: ${logs}/50.log, reason: old}}`,
    `  - {id: say, sh: 'echo x > file; echo "$TEXT"', with: {cwd: ${data}, env: {TEXT: '\${inputs.text}'}}}`,
    "  - {id: late, run: [printf, '%s', '${steps.say.stdout}']}",
    '  - {id: verify, use: check, with: {id: disk.space}}',
    '  - {id: rest, use: wait, with: {for: 1h}}'
  ])
  at.runbook('caller', ['steps:', '  - {id: call, use: runbook, with: {name: own, inputs: {text: other}}}'])
}

const dryRuns = [
  ['free-space', 'planned'],
  ['purge-held', 'nothing'],
  ['own', 'planned'],
  ['caller', 'planned']
] as const

test('a dry run leaves every name, byte and time as it was, and makes no state of its own', async (t) => {
  const at = estate(t)
  prepare(at)
  const before = treeOf(at.folder, {isComplete: true})
  for (const [name, status] of dryRuns) {
    const document = await dry(at, name)
    assert.deepEqual([document.exit_code, document.status, document['dry_run']], [0, status, true], name)
    assert.deepEqual(document.changed, [])
  }
  await at.run(['runbook', 'run', 'own', '--dry-run', '--diff', '--verbose'])
  assert.deepEqual(treeOf(at.folder, {isComplete: true}), before)
  assert.ok(!existsSync(at.state))
})

test('a dry run says of each step what it would do, and what nobody can know yet', async (t) => {
  const at = estate(t)
  prepare(at)
  const plan = stepsOf(await dry(at, 'own'))
  assert.deepEqual(
    plan.map(({id, kind, action, reversible}) => [id, kind, action, reversible]),
    [
      ['write', 'file.write', 'change', true],
      ['move', 'file.move', 'change', true],
      ['remove', 'file.remove', 'change', true],
      ['say', 'sh', 'change', false],
      ['late', 'run', 'unknown', false],
      ['verify', 'check', 'look', true],
      ['rest', 'wait', 'look', true]
    ]
  )
  assert.equal(plan.find(({id}) => id === 'say')?.after, null)
  const {stdout} = await at.run(['runbook', 'run', 'own', '--dry-run', '--diff'])
  assert.match(stdout, /^runbook run own: this would be done, nothing was/)
  assert.match(stdout, /^ +-two\n +\+2$/m)
  assert.match(stdout, /unknown until applied/)
})

test('--detailed-exitcode tells a plan that would change something from one that would not', async (t) => {
  const at = estate(t)
  prepare(at)
  const codes = await Promise.all(
    ['own', 'purge-held'].map(
      async (name) => (await at.json(['runbook', 'run', name, '--dry-run', '--detailed-exitcode'])).exit_code
    )
  )
  assert.deepEqual(codes, [2, 0])
})

test('what was dry-run is what is done then, step by step', async (t) => {
  const at = estate(t)
  prepare(at)
  const idsOf = (document: Document): readonly unknown[] => stepsOf(document).map(({id, target}) => [id, target])
  const planned = await dry(at, 'free-space')
  const done = await at.json(['runbook', 'run', 'free-space'])
  assert.deepEqual(idsOf(done), idsOf(planned))
})

test('a dry run opens no socket', {skip: lacking('strace')}, async (t) => {
  const at = estate(t)
  prepare(at)
  for (const [name] of dryRuns) {
    const trace = join(at.folder, `${name}.trace`)
    const under = ['strace', '-f', '-qq', '-e', 'trace=network', '-o', trace]
    assert.equal((await dry(at, name, {under})).exit_code, 0)
    assert.doesNotMatch(readFileSync(trace, 'utf8'), /\b(?:socket|connect|bind|sendto)\(/)
  }
})

test('who is not root sees the plan, and is refused before the first step what needs root', async (t) => {
  const user = ordinaryUser()
  if (!isRoot || typeof user === 'string') {
    t.skip(typeof user === 'string' ? user : 'needs root, to make what only root may change')
    return
  }
  const at = estate(t)
  prepare(at)
  const own = join(at.folder, 'own')
  mkdirSync(own)
  chownSync(own, user.id, user.id)
  at.runbook('mixed', [
    'steps:',
    `  - {id: mine, use: file.write, with: {path: ${own}/file, content: x}}`,
    `  - {id: roots, use: file.write, with: {path: ${at.data}/here, content: x}}`,
    `  - {id: too, use: file.move, with: {from: ${at.logs}/50.log, to: ${at.logs}/51.log}}`
  ])
  const given = {under: user.under, env: {NODE_V8_COVERAGE: undefined, CACHE_DIRECTORY: undefined}}
  const before = treeOf(at.folder, {isComplete: true})
  for (const [name] of dryRuns) assert.ok(Array.isArray((await dry(at, name, given))['plan']), name)
  for (const more of [[], ['--dry-run']]) {
    const refused = await at.json(['runbook', 'run', 'mixed', ...more], given)
    assert.deepEqual([refused.exit_code, refused.status], [5, 'refused'])
    assert.deepEqual(codesOf(refused.errors), ['run-needs-root'])
    assert.match(refused.errors[0]?.message ?? '', /: roots, too\.$/)
  }
  assert.deepEqual(treeOf(at.folder, {isComplete: true}), before)
  at.runbook('mine', ['steps:', `  - {id: mine, use: file.write, with: {path: ${own}/file, content: x}}`])
  const state = {...given, env: {...given.env, LOGCASTER_PATHS_STATE: join(own, 'state')}}
  assert.equal((await at.json(['runbook', 'run', 'mine'], state)).exit_code, 0)
})

test('a world that has moved since it was planned on is not acted upon', async (t) => {
  const at = estate(t)
  at.runbook('slow', [
    'steps:',
    `  - {id: pause, use: wait, with: {for: 2s}}`,
    `  - {id: write, use: file.write, with: {path: ${at.data}/file, content: ours}}`
  ])
  writeFileSync(join(at.data, 'file'), 'old')
  const {ended} = at.start(['runbook', 'run', 'slow'])
  while (!existsSync(join(at.state, 'journal/00000001.jsonl'))) await delay(20)
  writeFileSync(join(at.data, 'file'), 'theirs')
  const {code, stderr} = await ended
  assert.deepEqual([code, readFileSync(join(at.data, 'file'), 'utf8')], [5, 'theirs'])
  assert.match(stderr, /^error: Step write was not begun: .* has changed since the plan was made/m)
})

function dry(at: Estate, name: string, given: Given = {}): Promise<Document> {
  return at.json(['runbook', 'run', name, '--dry-run'], given)
}

interface PlannedStep {
  readonly id: string
  readonly kind: string
  readonly action: string
  readonly target: string
  readonly reversible: boolean
  readonly after: unknown
}

function stepsOf(document: Document): readonly PlannedStep[] {
  return document['plan'] as readonly PlannedStep[]
}

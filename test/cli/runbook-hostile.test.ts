import assert from 'node:assert/strict'
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {estate, journalLines, journalOf, type Estate} from './estate.ts'
import {codesOf, type Ran} from './run.ts'

/** Run by a shell it would leave a file; printed as it is it would paint, forge a line, or turn the reading direction. */
const hostile: Readonly<Record<string, string>> = {
  'text for a shell': `$(touch executed) \`touch executed\`; touch executed; '; touch executed; "; touch executed; '`,
  'orders to a terminal': 'one\nerror: forged\r\n\u001b[2J\u001b[31mred\u009b0m\u0007\b\u202etxt\u061c',
  'an option, a reference, a path upwards': '--help ${config.paths.state} ../../../etc/passwd'
}

for (const [what, value] of Object.entries(hostile)) {
  test(`an input that is ${what} is a value: programs and files get it as it is`, async (t) => {
    const at = estate(t)
    prepare(at)
    const argv = ['runbook', 'run', 'takes', '--input', `x=${value}`]
    for (const more of [['--dry-run', '--diff', '--verbose'], ['--verbose']]) {
      const ran = await at.run([...argv, ...more])
      assert.equal(ran.code, 0, ran.stderr)
      holdHarmless(at, ran)
    }
    assert.equal(readFileSync(join(at.data, 'file'), 'utf8'), `<${value}>`)
    assert.equal(readFileSync(join(at.data, 'by-shell'), 'utf8'), value)
    assert.equal(readFileSync(join(at.data, 'by-word'), 'utf8'), `<${value}>`)
    const run = String(journalOf(at.state)[1]?.['run'])
    for (const more of [['show', run, '--verbose'], ['list'], ['export']])
      holdHarmless(at, await at.run(['runs', ...more]))
  })
}

test('a value that begins with a dash is no option of a program, unless the runbook says so', async (t) => {
  const at = estate(t)
  prepare(at)
  at.runbook('lists', [...takesText, 'steps:', "  - {id: list, run: [ls, '${inputs.x}'], with: {changes: false}}"])
  const document = await at.json(['runbook', 'run', 'lists', '--input', 'x=--all'])
  assert.deepEqual([document.exit_code, codesOf(document.errors)], [5, ['step-value-option']])
})

test('a path that leads out of the logs is not removed, and one with .. in it is no path', async (t) => {
  const at = estate(t)
  const outside = at.file('outside.log', 'x')
  at.runbook('removes', [
    'inputs:',
    '  path: {type: path, about: what goes}',
    'steps:',
    "  - {id: go, use: file.remove, with: {path: '${inputs.path}', reason: asked for}}"
  ])
  const codes = async (path: string): Promise<readonly unknown[]> => {
    const document = await at.json(['runbook', 'run', 'removes', '--input', `path=${path}`])
    return [document.exit_code, ...codesOf(document.errors)]
  }
  assert.deepEqual(await codes(outside), [5, 'target-outside', 'target-refused'])
  assert.deepEqual(await codes(`${at.logs}/../outside.log`), [64, 'runbook-bad-input'])
  assert.deepEqual(await codes('outside.log'), [64, 'runbook-bad-input'])
  assert.ok(existsSync(outside))
})

test('a value as large as the system lets one be is taken whole, and shown short', async (t) => {
  const at = estate(t)
  prepare(at)
  // One word of a command, and one variable, can have 128 KiB.
  const value = 'v'.repeat(120 * 1024)
  const ran = await at.run(['runbook', 'run', 'takes', '--input', `x=${value}`])
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(readFileSync(join(at.data, 'by-shell'), 'utf8'), value)
  assert.ok(ran.stdout.length + ran.stderr.length < 10_000)
  const wrong = await at.run(['runbook', 'run', 'takes', '--input', `${value}=1`])
  assert.equal(wrong.code, 64)
  assert.ok(wrong.stderr.length < 1000)
})

test('a program that floods its output is kept to its first and its last, and the rest is counted', async (t) => {
  const at = estate(t)
  at.runbook('floods', [
    'steps:',
    "  - {id: flood, sh: 'echo first; yes | head -c 50000000; echo last', with: {changes: false}}"
  ])
  const document = await at.json(['runbook', 'run', 'floods'])
  assert.equal(document.exit_code, 0)
  const folder = join(at.state, 'runs', String(document['run_id']))
  const kept = readFileSync(join(folder, '1.txt'), 'utf8')
  assert.ok(kept.length < 2 << 20)
  const [, dropped] = /^--- stdout \((\d+) bytes in between were not kept\)\nfirst\ny\n/.exec(kept) ?? []
  assert.ok(Number(dropped) > 48_000_000)
  assert.match(kept, /y\nlast\n$/)
  assert.equal(statSync(join(folder, '1.txt')).mode & 0o777, 0o600)
  for (const line of journalLines(at.state)) assert.ok(line.length < 200_000)
})

test('a secret of the configuration reaches no program, and is in nothing that a run prints or keeps', async (t) => {
  const at = estate(t)
  at.runbook('prints', ['steps:', "  - {id: look, sh: 'env; exit 3', with: {changes: false}}"])
  const ran = await at.run(['runbook', 'run', 'prints', '--verbose'], withSecret)
  assert.equal(ran.code, 1)
  const run = String(journalOf(at.state)[1]?.['run'])
  const shown = await at.run(['runs', 'show', run, '--verbose'], withSecret)
  for (const {stdout, stderr} of [ran, shown]) assert.doesNotMatch(stdout + stderr, /t0ken/)
  assert.match(shown.stdout, /^LOGCASTER_RUN=/m)
  for (const name of readdirSync(at.state, {recursive: true}) as readonly string[]) {
    const path = join(at.state, name)
    if (statSync(path).isFile()) assert.doesNotMatch(readFileSync(path, 'utf8'), /t0ken/, name)
  }
})

test('a runbook cannot name a secret, and the journal masks one that a program prints', async (t) => {
  const at = estate(t)
  at.runbook('names', ['steps:', "  - {id: say, run: [echo, '${config.checks.ping_url}']}"])
  const refused = await at.json(['runbook', 'run', 'names'], withSecret)
  assert.equal(refused.exit_code, 78)
  const file = at.file('secret', `${secret}\n`)
  at.runbook('prints', ['steps:', `  - {id: say, run: [cat, ${file}], with: {changes: false}}`])
  assert.equal((await at.json(['runbook', 'run', 'prints'], withSecret)).exit_code, 0)
  for (const line of journalLines(at.state)) assert.doesNotMatch(line, /t0ken/)
})

const secret = 'https://ping.example/t0ps3cret-t0ken'
const withSecret = {env: {LOGCASTER_CHECKS_PING_URL: secret}}

const takesText = ['inputs:', '  x: {type: text, about: anything}']

/** A value on every way that there is: into a file, into a variable of a shell, and as a word of a program. */
function prepare(at: Estate): void {
  at.runbook('takes', [
    ...takesText,
    'steps:',
    `  - {id: file, use: file.write, with: {path: ${at.data}/file, content: '<\${inputs.x}>'}}`,
    `  - {id: shell, sh: 'printf %s "$LOGCASTER_INPUT_X" > by-shell', with: {cwd: ${at.data}}}`,
    `  - {id: word, run: [sh, -c, 'printf %s "$1" > by-word', sh, '<\${inputs.x}>'], with: {cwd: ${at.data}}}`
  ])
}

const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

function holdHarmless(at: Estate, {stdout, stderr}: Ran): void {
  for (const said of [stdout, stderr]) {
    assert.doesNotMatch(said, acting)
    assert.doesNotMatch(said, /^error: forged/m)
  }
  for (const folder of [at.folder, at.data, process.cwd(), '/']) assert.ok(!existsSync(join(folder, 'executed')))
}

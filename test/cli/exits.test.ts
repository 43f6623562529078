import assert from 'node:assert/strict'
import {test, type TestContext} from 'node:test'
import {commands} from '../../src/cli/main.ts'
import {codesOf, documentIn, place, type Document, type Place, type Ran} from './run.ts'

/** What can come of a command, whichever it is. */
type Kind = 'success' | 'failure' | 'bad flag' | 'unexpected argument' | 'missing value' | 'bad value' | 'refusal'

interface Case {
  argv(at: Place): readonly string[]
  readonly code: number
  /** Of the first error, if there is to be one. */
  readonly error?: string
}

const descriptors = ['--only', 'fd.usage', '--set', 'checks.fd.usage.warning=null', '--set']

function usage(code: number): Pick<Record<Kind, Case>, 'bad flag' | 'bad value'> {
  return {
    'bad flag': {argv: () => ['--bogus'], code, error: 'usage-unknown-flag'},
    'bad value': {argv: () => ['--lang', 'tlh'], code, error: 'usage-bad-value'}
  }
}

/** Every command: a new one does not pass before it is in here. */
const table: Readonly<Record<string, Readonly<Record<Kind, Case>>>> = {
  'daily-check': {
    ...usage(3),
    success: {argv: () => [...descriptors, 'checks.fd.usage.critical=null'], code: 0},
    failure: {argv: () => [...descriptors, 'checks.fd.usage.critical=0:0'], code: 2},
    'unexpected argument': {argv: () => ['disk.space'], code: 3, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--only'], code: 3, error: 'usage-missing-value'},
    'bad value': {argv: () => ['--since', '5'], code: 3, error: 'usage-bad-value'},
    refusal: {argv: badFile, code: 3, error: 'config-unknown-key'}
  },
  'config init': {
    ...usage(64),
    success: {argv: (at) => ['--path', `${at.folder}/new/logcaster.yaml`], code: 0},
    failure: {argv: () => ['--path', '/dev/null/logcaster.yaml'], code: 1, error: 'file-unwritable'},
    'unexpected argument': {argv: () => ['./logcaster.yaml'], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--path'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: (at) => ['--path', at.config], code: 5, error: 'config-exists'}
  },
  'config check': {
    ...usage(64),
    success: {argv: () => [], code: 0},
    failure: {argv: badFile, code: 78, error: 'config-unknown-key'},
    'unexpected argument': {argv: (at) => [at.config, 'more'], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--set'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: (at) => [at.folder], code: 78, error: 'config-unreadable'}
  },
  'config show': {
    ...usage(64),
    success: {argv: () => ['--changed'], code: 0},
    failure: {argv: (at) => ['--config', `${at.folder}/absent.yaml`], code: 78, error: 'config-absent'},
    'unexpected argument': {argv: () => ['checks'], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--config'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: badFile, code: 78, error: 'config-unknown-key'}
  }
}

test('every command is held to the exit codes', () => {
  assert.deepEqual(Object.keys(table), Object.keys(commands))
})

for (const [command, cases] of Object.entries(table)) {
  for (const [kind, expected] of Object.entries(cases)) {
    test(`${command}, ${kind}: ends with ${expected.code}, plain or as JSON, in either language`, async (t) => {
      await meet(t, command, expected)
    })
  }
}

test('a command or topic that nobody knows is a wrong use: 64', async (t) => {
  const at = place(t)
  for (const words of [
    ['nonesuch'],
    ['config', 'nonesuch'],
    ['nonesuch', '--help'],
    ['help', 'nonesuch'],
    // Words that every object knows.
    ['constructor', '--help'],
    ['help', 'toString'],
    ['hasOwnProperty'],
    ['--bogus']
  ]) {
    const ran = await at.run(words)
    assert.deepEqual([ran.code, ran.stdout], [64, ''], words.join(' '))
    const json = await at.run(['--json', ...words])
    assert.equal(json.code, 64)
    assert.deepEqual(codesOf(documentIn(json).errors), ['usage-unknown-command'])
  }
})

function badFile(at: Place): readonly string[] {
  return ['--config', at.file('bad.yaml', 'chekcs: {}\n')]
}

async function meet(t: TestContext, command: string, expected: Case): Promise<void> {
  const forms = [[], ['--json']].flatMap((form) => ['C', 'ko_KR.UTF-8'].map((language) => ({form, language})))
  const runs = await Promise.all(
    forms.map(async ({form, language}) => {
      const at = place(t)
      // The form first: a flag that lacks its value must not take it for one.
      const ran = await at.run([...command.split(' '), ...form, ...expected.argv(at)], {env: {LC_ALL: language}})
      return {...ran, stdout: ran.stdout.replaceAll(at.folder, '/place')}
    })
  )
  assert.deepEqual(
    runs.map(({code}) => code),
    runs.map(() => expected.code),
    runs.map(({stderr}) => stderr).join('')
  )
  const [english, korean, ...documents] = runs
  const parsed = documents.map((ran) => holdDocument(ran, command, expected))
  assert.deepEqual(parsed[1], parsed[0])
  if (expected.error === undefined) return
  assert.deepEqual([english?.stdout, korean?.stdout], ['', ''])
  assert.match(english?.stderr ?? '', /^error: /)
  // Who asks for a language that there is not gets English.
  assert.match(korean?.stderr ?? '', korean?.stderr.includes('--lang') === true ? /^error: / : /^오류: /)
}

/** Every field is there and says what the process did. What no two runs have in common is taken out. */
function holdDocument(ran: Ran, command: string, {code, error}: Case): Document {
  assert.equal(ran.stderr, '')
  const document = documentIn(ran)
  const {run_id: runId, started_at: startedAt, ended_at: endedAt, duration_ms: durationMs, ...rest} = document
  assert.match(String(runId), /^\d{8}T\d{6}Z-\w{6}$/)
  assert.ok(Date.parse(String(startedAt)) <= Date.parse(String(endedAt)))
  assert.equal(typeof durationMs, 'number')
  assert.equal(rest.schema, `logcaster.${command.replace(' ', '.')}/1`)
  assert.deepEqual([rest.exit_code, rest.ok, rest['dry_run']], [code, code === 0, false])
  for (const name of ['changed', 'checks', 'warnings', 'errors', 'next']) assert.ok(Array.isArray(rest[name]), name)
  for (const name of ['status', 'host', 'user']) assert.equal(typeof rest[name], 'string', name)
  assert.deepEqual(codesOf(rest.errors), error === undefined ? [] : [error])
  for (const fault of rest.errors) {
    for (const name of ['code', 'message', 'target', 'hint']) assert.ok(name in fault, name)
  }
  return {...rest, checks: rest.checks.map(withoutReadings)}
}

/** What was open a moment ago is closed now. */
function withoutReadings(check: Document['checks'][number]): Document['checks'][number] {
  const text = JSON.stringify({...check, duration_ms: 0}).replaceAll(/\d+(?:\.\d+)?(?:e-?\d+)?/g, '0')
  return JSON.parse(text) as typeof check
}

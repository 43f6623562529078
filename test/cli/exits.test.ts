import assert from 'node:assert/strict'
import {after, test, type TestContext} from 'node:test'
import {commands} from '../../src/cli/main.ts'
import {endAll} from '../host/supervised-place.ts'
import {estate, type Estate} from './estate.ts'
import {badFile, reading, usage, type Case, type Kind} from './exit-case.ts'
import {makePast} from './past.ts'
import {serverCases} from './server-exits.ts'
import {codesOf, documentIn, place, type Document, type Ran} from './run.ts'
import {walCases} from './wal-exits.ts'

const past = await makePast({after})

const descriptors = ['--only', 'fd.usage', '--set', 'checks.fd.usage.warning=null', '--set']

const nobodysRun = '20260101T000000Z-aaaaaa'
const unknownRun: Case = {argv: () => [nobodysRun], code: 10, error: 'run-unknown'}
const secondRun: Case = {argv: () => [nobodysRun, nobodysRun], code: 64, error: 'usage-unexpected-argument'}
const why = ['--reason', 'the machine is gone']

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
  },
  'runbook list': {
    ...usage(64),
    ...reading,
    success: {argv: () => [], code: 0}
  },
  'runbook show': {
    ...usage(64),
    ...reading,
    success: {argv: () => ['free-space'], code: 0},
    failure: {argv: () => ['free-spice'], code: 10, error: 'runbook-unknown'},
    'unexpected argument': {argv: () => ['free-space', 'more'], code: 64, error: 'usage-unexpected-argument'},
    refusal: {argv: (at) => [badRunbook(at)], code: 78, error: 'runbook-unknown-key'}
  },
  'runbook check': {
    ...usage(64),
    ...reading,
    success: {argv: (at) => [own(at, "run: ['true']")], code: 0},
    failure: {argv: (at) => [badRunbook(at)], code: 78, error: 'runbook-unknown-key'},
    'unexpected argument': {argv: () => ['free-space', 'more'], code: 64, error: 'usage-unexpected-argument'},
    refusal: {argv: (at) => [`${at.folder}/absent.yaml`], code: 10, error: 'runbook-unknown'}
  },
  'runbook run': {
    ...usage(64),
    success: {argv: (at) => [own(at, "run: ['true']")], code: 0},
    failure: {
      argv: (at) => [own(at, "run: ['false']", 'changes: false')],
      code: 1,
      error: 'step-program-failed',
      hasResult: true
    },
    'unexpected argument': {argv: () => ['free-space', 'more'], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['free-space', '--input'], code: 64, error: 'usage-missing-value'},
    'bad value': {argv: () => ['free-space', '--wait', '0'], code: 64, error: 'usage-bad-value'},
    refusal: {argv: (at) => [own(at, "run: ['true']", 'risk: high')], code: 5, error: 'run-not-confirmed'}
  },
  'runs list': {
    ...usage(64),
    ...reading,
    success: {argv: withPast(), code: 0},
    'missing value': {argv: () => ['--limit'], code: 64, error: 'usage-missing-value'},
    'bad value': {argv: () => ['--limit', '0'], code: 64, error: 'usage-bad-value'}
  },
  'runs show': {
    ...usage(64),
    ...reading,
    success: {argv: withPast(past.crashed), code: 0},
    failure: unknownRun,
    'unexpected argument': secondRun,
    refusal: {argv: (at) => [nobodysRun, ...badFile(at)], code: 78, error: 'config-unknown-key'}
  },
  'runs resume': {
    ...usage(64),
    success: {argv: withPast(past.crashed, '--again', 'announce'), code: 0},
    failure: unknownRun,
    'unexpected argument': secondRun,
    'missing value': {argv: () => [nobodysRun, '--done'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: withPast(past.crashed), code: 5, error: 'step-uncertain', hasResult: true}
  },
  'runs undo': {
    ...usage(64),
    success: {argv: withPast(past.done), code: 0},
    failure: unknownRun,
    'unexpected argument': secondRun,
    'missing value': {argv: () => [nobodysRun, '--wait'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: withPast(past.undone), code: 5, error: 'run-not-open'}
  },
  'runs close': {
    ...usage(64),
    success: {argv: withPast(past.crashed, ...why), code: 0},
    failure: {argv: () => [nobodysRun, ...why], code: 10, error: 'run-unknown'},
    'unexpected argument': {argv: () => [nobodysRun, 'more', ...why], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => [nobodysRun, '--reason'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: withPast(past.done, ...why), code: 5, error: 'run-not-open'}
  },
  'runs verify': {
    ...usage(3),
    success: {argv: withPast(), code: 0},
    failure: {argv: forged, code: 2},
    'unexpected argument': {argv: () => ['more'], code: 3, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--set'], code: 3, error: 'usage-missing-value'},
    refusal: {argv: badFile, code: 3, error: 'config-unknown-key'}
  },
  'runs export': {
    ...usage(64),
    ...reading,
    success: {argv: withPast(), code: 0},
    'missing value': {argv: () => ['--since'], code: 64, error: 'usage-missing-value'},
    'bad value': {argv: () => ['--since', '5'], code: 64, error: 'usage-bad-value'}
  },
  locks: {
    ...usage(64),
    ...reading,
    success: {argv: withPast(), code: 0}
  },
  'locks break': {
    ...usage(64),
    ...reading,
    success: {argv: withPast(past.crashed, ...why), code: 0},
    failure: {argv: () => [nobodysRun, ...why], code: 10, error: 'lock-unknown'},
    'unexpected argument': {argv: () => [nobodysRun, 'more', ...why], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => [nobodysRun, '--reason'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: () => [nobodysRun], code: 64, error: 'usage-missing-value'}
  },
  send: {
    ...usage(64),
    success: {
      argv: (at) => [at.file('empty.log', ''), '--session', 'web1', '--cursor', `${at.folder}/cursor.json`],
      code: 0
    },
    failure: {argv: () => ['absent.log'], code: 10, error: 'send-file-absent'},
    'unexpected argument': {argv: () => ['-', 'more'], code: 64, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['-', '--to'], code: 64, error: 'usage-missing-value'},
    refusal: {
      argv: (at) => [at.file('app.log', 'one'), '--cursor', at.file('cursor.json', '{}')],
      code: 5,
      error: 'send-cursor-damaged'
    }
  },
  ...serverCases,
  ...walCases
}

test('every command is held to the exit codes', () => {
  assert.deepEqual(Object.keys(table), Object.keys(commands))
})

for (const [command, cases] of Object.entries(table)) {
  for (const [kind, expected] of Object.entries(cases)) {
    test(`${command}, ${kind}: ends with ${expected.code}, for people or as JSON, in either language`, async (t) => {
      await meet(t, {command, kind: kind as Kind}, expected)
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

/** A runbook with one step, in the folder that the configuration names. */
function own(at: Estate, ...step: readonly [action: string, detail?: string]): string {
  const [action, detail = 'changes: true'] = step
  at.runbook('errand', ['steps:', '  - id: only', `    ${action}`, `    with: {${detail}}`])
  return 'errand'
}

function badRunbook(at: Estate): string {
  return at.runbook('bad', ['setps: []', 'steps:', "  - run: ['true']"])
}

function withPast(...argv: readonly string[]): Case['argv'] {
  return (at) => {
    past.giveTo(at)
    return argv
  }
}

function forged(at: Estate): readonly string[] {
  past.giveForged(at)
  return []
}

interface Met {
  readonly command: string
  readonly kind: Kind
}

interface Form {
  readonly form?: '--json'
  readonly language: string
}

const [english, korean] = ['C', 'ko_KR.UTF-8'] as const

/** All four; of wrong uses, which all commands answer in one place, each kind two, so that every command gets all. */
function formsOf(kind: Kind): readonly Form[] {
  const forms: Readonly<Partial<Record<Kind, readonly Form[]>>> = {
    'bad flag': [{language: english}, {form: '--json', language: korean}],
    'unexpected argument': [{language: korean}, {form: '--json', language: english}],
    'missing value': [{language: korean}, {form: '--json', language: korean}],
    'bad value': [{language: english}, {form: '--json', language: english}]
  }
  const all = [english, korean].flatMap((language): Form[] => [{language}, {form: '--json', language}])
  return forms[kind] ?? all
}

async function meet(t: TestContext, {command, kind}: Met, expected: Case): Promise<void> {
  const forms = formsOf(kind)
  const runs = await Promise.all(
    forms.map(async ({form, language}) => {
      const at = estate(t)
      if (expected.leavesProcesses === true) t.after(() => endAll(at.folder))
      // The form first: a flag that lacks its value must not take it for one.
      const argv = [...command.split(' '), ...(form === undefined ? [] : [form]), ...expected.argv(at)]
      const under = expected.under === undefined ? {} : {under: expected.under}
      const ran = await at.run(argv, {env: {LC_ALL: language}, ...under})
      return {...ran, form, language, stdout: ran.stdout.replaceAll(at.folder, '/place')}
    })
  )
  assert.deepEqual(
    runs.map(({code}) => code),
    runs.map(() => expected.code),
    runs.map(({stderr}) => stderr).join('')
  )
  const documents = runs.filter(({form}) => form === '--json')
  const parsed = documents.map((ran) => comparable(holdDocument(ran, command, expected)))
  for (const one of parsed) assert.deepEqual(one, parsed[0])
  if (expected.error === undefined) return
  for (const {stdout, stderr, language} of runs.filter(({form}) => form === undefined)) {
    assert.equal(stdout !== '', expected.hasResult === true)
    // Who asks for a language that there is not gets English.
    assert.match(stderr, language === english || stderr.includes('--lang') ? /^error: /m : /^오류: /m)
  }
}

/** Every field is there and says what the process did. What no two runs have in common is taken out. */
function holdDocument(ran: Ran, command: string, {code, error, isTelling}: Case): Document {
  if (isTelling !== true) assert.equal(ran.stderr, '')
  const document = documentIn(ran)
  const {run_id: runId, started_at: startedAt, ended_at: endedAt, duration_ms: durationMs, ...rest} = document
  assert.match(String(runId), /^\d{8}T\d{6}Z-\w{6}$/)
  assert.ok(Date.parse(String(startedAt)) <= Date.parse(String(endedAt)))
  assert.equal(typeof durationMs, 'number')
  assert.equal(rest.schema, `logcaster.${command.replaceAll(' ', '.')}/1`)
  assert.deepEqual([rest.exit_code, rest.ok, rest['dry_run']], [code, code === 0, false])
  for (const name of ['changed', 'checks', 'warnings', 'errors', 'next']) assert.ok(Array.isArray(rest[name]), name)
  for (const name of ['status', 'host', 'user']) assert.equal(typeof rest[name], 'string', name)
  assert.deepEqual(codesOf(rest.errors), error === undefined ? [] : [error])
  for (const fault of rest.errors) {
    for (const name of ['code', 'message', 'target', 'hint']) assert.ok(name in fault, name)
  }
  return rest
}

/** Without names that no two runs share, times, and numbers: what was open a moment ago is closed now. */
function comparable(document: Document): unknown {
  const text = JSON.stringify(document)
    .replaceAll(/\d{8}T\d{6}Z-\w{6}/g, 'RUN')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replaceAll(/RUN\.\w+\.lock/g, 'LOCK')
    .replaceAll(/\d+(?:\.\d+)?(?:e-?\d+)?/g, '0')
  return JSON.parse(text)
}

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {example} from '../../src/config/example.ts'
import {loadAs, type Loaded, type Sources} from '../../src/config/load.ts'
import {duration, secret, section, setting, type ValueOf} from '../../src/config/shape.ts'
import {show} from '../../src/config/show.ts'
import {faultsOf, problemsOf, sources} from './loading.ts'

// A schema of its own, so that what holds for secrets is held whichever of them the product has.
const about = {en: 'Test', ko: '시험'}
const shape = section(about, {
  notify: section(about, {hook: secret(about), wait: setting(duration(), 1000, about)})
})

const files = new Map([
  ['/secret', 'from file\n'],
  ['/other', 'from other file'],
  ['/empty', '\n'],
  ['/credentials/notify.hook', 'from credential\r\n'],
  ['credentials/notify.hook', 'from where somebody stands']
])

function loadSecret(given: Partial<Sources> & {readonly text?: string}): Promise<Loaded<ValueOf<typeof shape>>> {
  return loadAs(shape, sources({readSecret: readFrom, ...given}))
}

function readFrom(path: string): Promise<string | undefined> {
  if (path === '/forbidden') return Promise.reject(Object.assign(new Error('no'), {code: 'EACCES'}))
  if (path === '/huge') return Promise.reject(new Fault('file-unreadable', {path, reason: 'too big'}))
  return Promise.resolve(files.get(path))
}

const file = 'notify: {hook_file: /secret}'
const credentials = {CREDENTIALS_DIRECTORY: '/credentials'}
const found: readonly (readonly [
  name: string,
  given: Parameters<typeof loadSecret>[0],
  value: string | null,
  origin: string
])[] = [
  ['nowhere', {}, null, 'default'],
  ['in the file that the configuration names', {text: file}, 'from file', 'file'],
  ['among the credentials before that', {text: file, env: credentials}, 'from credential', 'environment'],
  [
    'in the file that the environment names before that',
    {env: {...credentials, LOGCASTER_NOTIFY_HOOK_FILE: '/other'}},
    'from other file',
    'environment'
  ],
  [
    'in the environment before that',
    {env: {...credentials, LOGCASTER_NOTIFY_HOOK_FILE: '/other', LOGCASTER_NOTIFY_HOOK: 'direct'}},
    'direct',
    'environment'
  ],
  [
    'in the file that a flag names before all',
    {env: {LOGCASTER_NOTIFY_HOOK: 'direct'}, overrides: ['notify.hook_file=/secret']},
    'from file',
    'flag'
  ],
  ['not among credentials that were not handed over', {env: {CREDENTIALS_DIRECTORY: '/elsewhere'}}, null, 'default'],
  ['not in a folder without a fixed place', {env: {CREDENTIALS_DIRECTORY: 'credentials'}}, null, 'default'],
  ['nowhere when the variable is empty', {env: {LOGCASTER_NOTIFY_HOOK: ''}}, null, 'default']
]

for (const [name, given, value, origin] of found) {
  test(`secrets: looked for and found ${name}`, async () => {
    const {config, origins} = await loadSecret(given)
    assert.equal(config.notify.hook, value)
    assert.equal(origins.get('notify.hook'), origin)
  })
}

test('secrets: one that stands in the configuration itself is refused and not repeated', async () => {
  const faults = await faultsOf(loadSecret({text: 'notify:\n  hook: hunter2\n'}))
  assert.deepEqual(
    faults.map((fault) => [fault.code, fault.values]),
    [['config-secret-inline', {file: 'a.yaml', line: 2, column: 9, key: 'notify.hook'}]]
  )
  assert.doesNotMatch(JSON.stringify(faults), /hunter2/)
})

test('secrets: one on the command line is refused and not repeated', async () => {
  const problems = await problemsOf(loadSecret({overrides: ['notify.hook=hunter2']}))
  assert.deepEqual(problems, ['config-bad-override --set notify.hook ******** secret-file'])
})

const unreadable: readonly (readonly [path: string, problem: string])[] = [
  ['/absent', 'config-absent /absent'],
  ['/empty', 'config-unreadable /empty empty'],
  ['/forbidden', 'config-unreadable /forbidden EACCES'],
  ['/huge', 'config-unreadable /huge too big']
]

for (const [path, problem] of unreadable) {
  test(`secrets: a named file that cannot serve is a problem (${problem})`, async () => {
    assert.deepEqual(await problemsOf(loadSecret({text: `notify: {hook_file: ${path}}`})), [problem])
  })
}

test('secrets: a credential that cannot be read is a problem', async () => {
  const readSecret = (): Promise<undefined> => Promise.reject(new Error('broken'))
  const problems = await problemsOf(loadSecret({env: credentials, readSecret}))
  assert.deepEqual(problems, ['config-unreadable /credentials/notify.hook broken'])
})

test('secrets: without a way to read files there are none', async () => {
  const {config} = await loadAs(shape, sources({env: credentials}))
  assert.equal(config.notify.hook, null)
})

test('secrets: shown as a mask when set, and as null when not', async () => {
  const shown = show(await loadSecret({text: file}), shape)
  assert.deepEqual(shown[0], {key: 'notify.hook', value: '********', origin: 'file'})
  assert.doesNotMatch(JSON.stringify(shown), /from file/)
  assert.equal(show(await loadSecret({}), shape)[0]?.value, null)
})

test('secrets: the example offers the file that holds one, never the secret itself', () => {
  const lines = example('en', shape).split('\n')
  assert.ok(lines.includes('  #hook_file: null'))
  assert.ok(!lines.some((line) => line.includes('hook:')))
})

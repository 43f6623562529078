import assert from 'node:assert/strict'
import {test} from 'node:test'
import {load} from '../../src/config/load.ts'
import {loadText, problemsOf, sources} from './loading.ts'

/** Each text with all the problems it has, in the order they are told. */
const cases: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
  [
    'an unknown key is told at the key, with the nearest',
    'checks:\n  deadlin: 5s\n',
    ['a.yaml:2:3 config-unknown-key checks.deadlin checks.deadline']
  ],
  [
    'an unknown section is told, and nothing below it',
    'cheks:\n  a: 1\n  b: 2\n',
    ['a.yaml:1:1 config-unknown-key cheks checks']
  ],
  [
    'a nested spelling of a dotted section is told with the dotted one',
    'checks:\n  disk:\n    space: {}\n',
    ['a.yaml:2:3 config-unknown-key checks.disk checks.disk.space']
  ],
  ['a key unlike any other has no suggestion', 'zzzzzzzz: 1\n', ['a.yaml:1:1 config-unknown-key zzzzzzzz null']],
  [
    'a bad value is told at the value',
    'server:\n  log_port:   70000\n',
    ['a.yaml:2:15 config-bad-value server.log_port 70000 whole:1|65535']
  ],
  [
    'keys of objects in JavaScript are unknown in records, too',
    'checks: {skip: [{id: disk.space, reason: x, toString: 1}]}',
    ['a.yaml:1:45 config-unknown-key checks.skip[0].toString null']
  ],
  ['a key that is nothing', 'checks:\n  : 5\n', ['a.yaml:2:3 config-unknown-key checks. null']],
  ['a duration needs a unit', 'checks: {deadline: 10}', ['a.yaml:1:20 config-bad-value checks.deadline 10 duration']],
  [
    'a duration needs a unit that exists',
    'checks: {deadline: 10 parsecs}',
    ['a.yaml:1:20 config-bad-value checks.deadline 10 parsecs duration']
  ],
  [
    'a range of percents takes no bytes',
    "checks:\n  disk.space:\n    warning: '10GB:'\n",
    ["a.yaml:3:14 config-bad-value checks.disk.space.warning '10GB:' range-percent"]
  ],
  [
    'a value where null is not allowed',
    'checks:\n  deadline:\n',
    ['a.yaml:2:12 config-bad-value checks.deadline null duration']
  ],
  [
    'a map where a scalar belongs',
    'paths:\n  data:\n    folder: /x\n',
    ['a.yaml:3:5 config-bad-value paths.data folder: /x absolute-path']
  ],
  [
    'a list where a scalar belongs',
    'paths: {data: [/x]}',
    ['a.yaml:1:15 config-bad-value paths.data [/x] absolute-path']
  ],
  [
    'a scalar where a list belongs',
    'runbooks: {folders: /x}',
    ['a.yaml:1:21 config-bad-value runbooks.folders /x list']
  ],
  [
    'a map where a list belongs',
    'runbooks: {folders: {a: b}}',
    ['a.yaml:1:21 config-bad-value runbooks.folders {a: b} list']
  ],
  ['a scalar where a section belongs', 'checks: 5\n', ['a.yaml:1:9 config-bad-value checks 5 section']],
  ['a list where a section belongs', 'checks:\n- a\n', ['a.yaml:2:1 config-bad-value checks - a section']],
  ['a list at the top', '- a\n- b\n', ['a.yaml:1:1 config-bad-value . - a - b section']],
  ['a word at the top, as from a missing blank', 'checks:5\n', ['a.yaml:1:1 config-bad-value . checks:5 section']],
  [
    'each bad item of a list is told by itself',
    'runbooks:\n  folders:\n    - /good\n    - bad\n    - 5\n',
    [
      'a.yaml:4:7 config-bad-value runbooks.folders[1] bad absolute-path',
      'a.yaml:5:7 config-bad-value runbooks.folders[2] 5 absolute-path'
    ]
  ],
  [
    'each bad field of a record is told by itself',
    'checks:\n  skip:\n    - id: disk.space\n      until: 2026-02-31\n      why: x\n',
    [
      'a.yaml:3:7 config-bad-value checks.skip[0].reason null text',
      'a.yaml:4:14 config-bad-value checks.skip[0].until 2026-02-31 date',
      'a.yaml:5:7 config-unknown-key checks.skip[0].why null'
    ]
  ],
  [
    'a word where a record belongs',
    'checks: {skip: [disk.space]}',
    ['a.yaml:1:17 config-bad-value checks.skip[0] disk.space record']
  ],
  [
    'a check that there is not',
    'checks: {skip: [{id: disk.spce, reason: x}]}',
    ['a.yaml:1:22 config-unknown-check checks.skip[0].id disk.spce disk.space']
  ],
  [
    'a pattern where one check is meant',
    'checks: {skip: [{id: disk.*, reason: x}]}',
    ['a.yaml:1:22 config-unknown-check checks.skip[0].id disk.* null']
  ],
  [
    'profiles with unknown checks and patterns that fit none',
    'checks:\n  profiles:\n    night: [disk.*, dsk.*, log.error, "*", disk*]\n    day: 5\n',
    [
      'a.yaml:3:21 config-unknown-check checks.profiles.night[1] dsk.* null',
      'a.yaml:3:28 config-unknown-check checks.profiles.night[2] log.error log.errors',
      'a.yaml:3:44 config-unknown-check checks.profiles.night[4] disk* null',
      'a.yaml:4:10 config-bad-value checks.profiles.day 5 list'
    ]
  ],
  [
    'a duplicate key, at its second place',
    'checks:\n  deadline: 5s\n  deadline: 6s\nchecks: {}\n',
    ['a.yaml:3:3 config-duplicate-key deadline', 'a.yaml:4:1 config-duplicate-key checks']
  ],
  [
    'keys of objects in JavaScript are unknown keys',
    '__proto__: {x: 1}\nconstructor: 1\nchecks: {toString: 1, __proto__: {deadline: 1s}}\n',
    [
      'a.yaml:1:1 config-unknown-key __proto__ null',
      'a.yaml:2:1 config-unknown-key constructor null',
      'a.yaml:3:10 config-unknown-key checks.toString null',
      'a.yaml:3:23 config-unknown-key checks.__proto__ null'
    ]
  ],
  [
    'merge keys are unknown keys',
    'a: &a {deadline: 5s}\nchecks:\n  <<: *a\n',
    ['a.yaml:1:1 config-unknown-key a null', 'a.yaml:3:3 config-unknown-key checks.<< null']
  ],
  [
    'an alias that is bad where it stands is told there',
    'paths: {data: &x /x}\nchecks: {deadline: *x}\n',
    ['a.yaml:2:20 config-bad-value checks.deadline *x duration']
  ],
  [
    'columns count characters',
    'service: {unit: "😀é", maneger: auto}\n',
    ['a.yaml:1:23 config-unknown-key service.maneger service.manager']
  ],
  ['a byte order mark takes no column', '\uFEFFcheks: 1\n', ['a.yaml:1:1 config-unknown-key cheks checks']],
  ['lines end in CR LF, too', 'paths:\r\n  dta: /x\r\n', ['a.yaml:2:3 config-unknown-key paths.dta paths.data']],
  [
    'hostile values are shown short and harmless',
    `service: {manager: "\\e[2J\\u202E${'x'.repeat(100)}"}`,
    [`a.yaml:1:20 config-bad-value service.manager "\\e[2J\\u202E${'x'.repeat(48)}… one-of:auto|systemd|pidfile|none`]
  ],
  [
    'raw direction marks are shown escaped',
    'service: {manager: a\u202Eb}',
    ['a.yaml:1:20 config-bad-value service.manager a\\u{202e}b one-of:auto|systemd|pidfile|none']
  ],
  [
    'the address of a web hook is not shown',
    'service: {manager: https://hooks.example.com/T0/secret}',
    ['a.yaml:1:20 config-bad-value service.manager https://… one-of:auto|systemd|pidfile|none']
  ],
  [
    'what stands in place of a file that holds a secret is not shown',
    'checks: {ping_url_file: xoxb-secret}',
    ['a.yaml:1:25 config-bad-value checks.ping_url_file ******** absolute-path']
  ],
  [
    'all problems at once, in the order of the file',
    'paths:\n  data: x\nzzzzzz: 1\nserver:\n  log_port: 0\n  log_port: 1\nchecks: []\n',
    [
      'a.yaml:2:9 config-bad-value paths.data x absolute-path',
      'a.yaml:3:1 config-unknown-key zzzzzz null',
      'a.yaml:5:13 config-bad-value server.log_port 0 whole:1|65535',
      'a.yaml:6:3 config-duplicate-key log_port',
      'a.yaml:7:9 config-bad-value checks [] section'
    ]
  ]
]

for (const [name, text, problems] of cases) {
  test(`configuration file: ${name}`, async () => {
    assert.deepEqual(await problemsOf(loadText(text)), problems)
  })
}

for (const text of [
  '',
  '\uFEFF',
  '# nothing\n',
  '---\n',
  'checks:\n',
  'checks: ~\npaths: {}\n',
  'checks:\n  disk.space:\n'
]) {
  test(`configuration file: ${JSON.stringify(text)} sets nothing`, async () => {
    const loaded = await loadText(text)
    assert.deepEqual(loaded.config, (await load(sources())).config)
    assert.equal(loaded.isSet('checks'), false)
  })
}

test('configuration file: words that older YAML took for something else stay words', async () => {
  const {config} = await loadText('%YAML 1.1\n---\nservice: {unit: no}\nchecks: {k8s.pods: {selector: 2026-12-01}}\n')
  assert.equal(config.service.unit, 'no')
  assert.equal(config.checks['k8s.pods'].selector, '2026-12-01')
})

test('configuration file: a few aliases are fine', async () => {
  const text = 'runbooks: {folders: &f [/a, /b]}\nchecks:\n  disk.space: {paths: *f}\n'
  assert.deepEqual((await loadText(text)).config.checks['disk.space'].paths, ['/a', '/b'])
})

test('configuration file: the null of a setting that can be without is a value', async () => {
  const loaded = await loadText('checks: {disk.space: {warning: null}}\nserver: {log_port: ~}\n')
  assert.equal(loaded.config.checks['disk.space'].warning, null)
  assert.equal(loaded.config.server.log_port, null)
  assert.equal(loaded.origins.get('server.log_port'), 'file')
})

test('configuration file: a hundred problems are told and the others counted', async () => {
  const text = Array.from({length: 170_000}, (_, index) => `k${index}:`).join('\n')
  const problems = await problemsOf(loadText(text))
  assert.equal(problems.length, 101)
  assert.equal(problems[99], 'a.yaml:100:1 config-unknown-key k99 null')
  assert.equal(problems[100], 'a.yaml config-more-problems 169900')
})

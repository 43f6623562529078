import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {Faults} from '../../src/base/fault.ts'
import {writtenRaw} from '../../src/runbook/shelf.ts'
import {problemsOf} from '../config/loading.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {good, readText, steps, testProblems} from './reading-runbooks.ts'

test('parse: a good runbook is read as it was meant, in the order in which it is applied', async () => {
  const runbook = await readText(good)
  assert.equal(runbook.name, 'a')
  assert.equal(runbook.path, '/etc/r/a.yaml')
  assert.equal(runbook.folder, '/etc/r')
  assert.match(runbook.sha256, /^[0-9a-f]{64}$/)
  assert.deepEqual(runbook.about, {en: 'Moves old files away', ko: '오래된 파일을 옮김'})
  assert.deepEqual(
    runbook.inputs.map(({name, typeName, about, fallback}) => [
      name,
      typeName,
      about.ko,
      fallback === undefined ? null : writtenRaw(fallback)
    ]),
    [
      ['older_than', 'duration', '나이', '7d'],
      ['unit', 'text', 'The unit', '${config.service.unit}'],
      ['mode', 'one of: fast, full', 'How much', 'full'],
      ['token', 'secret_file', 'For the web hook', null]
    ]
  )
  assert.deepEqual(
    runbook.facts.map((fact) => [fact.name, fact.use, writtenRaw(fact.with)]),
    [['old', 'files.find', {folder: '${config.paths.logs}', older_than: '${inputs.older_than}'}]]
  )
  assert.deepEqual(runbook.locks, [
    {resource: 'logs', mode: 'exclusive', preempts: []},
    {resource: 'data', mode: 'shared', preempts: []},
    {resource: 'service', mode: 'exclusive', preempts: ['rotate-logs', 'backup']}
  ])
  assert.deepEqual([runbook.timeoutMs, runbook.onFailure], [7_200_000, 'undo'])
  assert.deepEqual(runbook.until, {check: 'service.state', times: 2, everyMs: 1000})
  assert.deepEqual(
    runbook.steps.map(({id, use, line}) => [id, use, line]),
    [
      ['look', 'run', 27],
      ['move', 'file.remove', 15],
      ['sh-3', 'sh', 30],
      ['zx-4', 'zx', 34],
      ['runbook-5', 'runbook', 36],
      ['check-6', 'check', 38]
    ]
  )
})

test('parse: a step keeps all that was said of it', async () => {
  const {steps} = await readText(good)
  const [look, move, sh, zx, call] = steps
  assert.ok(look && move && sh && zx && call)
  assert.deepEqual(writtenRaw(move.with), {
    path: '${item.path}',
    reason: 'older than ${inputs.older_than}, $${kept}'
  })
  assert.deepEqual(move.about, {en: 'One by one', ko: 'One by one'})
  assert.deepEqual(
    [move.each?.parts.length, move.needs, move.timeoutMs, move.onFailure],
    [1, ['look'], 30_000, 'continue']
  )
  assert.deepEqual(move.retry, {times: 3, backoffMs: 250})
  assert.equal(move.when?.compare?.how, '==')
  assert.deepEqual(writtenRaw(look.with), {
    argv: ['journalctl', '-u', '${inputs.unit}', '-n', 5],
    changes: false
  })
  assert.deepEqual(
    [look.about, look.when, look.each, look.retry, look.timeoutMs, look.onFailure],
    [null, null, null, null, null, null]
  )
  assert.deepEqual(sh.with, {...(sh.with as object), text: 'df -P "${HOME}" > "$OUT"\n'})
  assert.deepEqual(zx.with, {script: './x.mjs'})
  assert.deepEqual(writtenRaw(call.with), {
    name: 'clean',
    inputs: {age: '${inputs.older_than}', deep: {a: [1, 2]}}
  })
})

test('parse: little is needed, and the rest has its usual value', async () => {
  const runbook = await readText('about: x\ninputs:\nfacts: {}\nlocks: []\nuntil: disk.space\nsteps: [{run: [df]}]\n')
  assert.deepEqual([runbook.inputs, runbook.facts, runbook.locks], [[], [], []])
  assert.deepEqual([runbook.timeoutMs, runbook.onFailure], [3_600_000, 'stop'])
  assert.deepEqual(runbook.until, {check: 'disk.space', times: 1, everyMs: 5000})
})

testProblems([
  ['nothing', '', ['1:1 config-bad-value . null record']],
  ['a list', '- a', ['1:1 config-bad-value . - a record']],
  ['no steps', 'about: x\n', ['1:1 config-bad-value steps null steps']],
  ['an empty list of steps', 'about: x\nsteps: []\n', ['2:8 config-bad-value steps [] steps']],
  ['steps that are a map', 'about: x\nsteps: {a: b}\n', ['2:8 config-bad-value steps {a: b} steps']],
  ['no about', 'steps: [{run: [df]}]', ['1:1 config-bad-value about null meaning']],
  [
    'about in one language of two',
    'about: {en: x}\nsteps: [{run: [df]}]',
    ['1:8 config-bad-value about {en: x} meaning']
  ],
  [
    'unknown keys everywhere',
    'abot: x\nabout: x\nlocks: [{resourc: logs, resource: logs}]\nuntil: {check: disk.space, time: 2}\nsteps:\n  - {rum: [df], run: [df]}\n',
    [
      '1:1 runbook-unknown-key abot about',
      '3:10 runbook-unknown-key locks[0].resourc locks[0].resource',
      '4:28 runbook-unknown-key until.time until.times',
      '6:6 runbook-unknown-key steps[0].rum steps[0].run'
    ]
  ],
  [
    'a key twice',
    'about: x\nabout: y\nsteps: [{run: [df], run: [du]}]',
    ['2:1 config-duplicate-key about', '3:21 config-duplicate-key run']
  ],
  [
    'broken YAML, told alone',
    'about: x\nsteps: [',
    ['2:9 config-syntax Flow sequence in block collection must be sufficiently indented and end with a ]']
  ],
  [
    'bad values at the top',
    'about: x\ntimeout: 0\non_failure: retry\nlocks: [lgos, {resource: logs, mode: both}]\nuntil: 5\nsteps: [{run: [df]}]\n',
    [
      '2:10 config-bad-value timeout 0 duration',
      '3:13 config-bad-value on_failure retry one-of:stop|continue|undo',
      '4:9 config-bad-value locks[0].resource lgos one-of:data|logs|service|sysctl|backup-store|incident|scheduler',
      '4:38 config-bad-value locks[1].mode both one-of:exclusive|shared',
      '5:8 config-bad-value until.check 5 check-id'
    ]
  ],
  [
    'one resource locked twice',
    'about: x\nlocks: [logs, {resource: logs, mode: shared}]\nsteps: [{run: [df]}]',
    ['2:15 config-duplicate-key logs']
  ],
  [
    'locks and needs that are no lists',
    'about: x\nlocks: logs\nsteps: [{run: [df], needs: a}]',
    ['2:8 config-bad-value locks logs list', '3:28 config-bad-value steps[0].needs a list']
  ],
  [
    'a check that there is not',
    'about: x\nuntil: disk.spce\nsteps: [{use: check, with: {id: service.stat}}]',
    [
      '2:8 config-unknown-check until.check disk.spce disk.space',
      '3:33 config-unknown-check steps[0].with.id service.stat service.state'
    ]
  ],
  [
    'keys that every object has',
    '__proto__: {x: 1}\nabout: x\ninputs: {__proto__: {type: text, about: x}}\nsteps: [{run: [df], constructor: 1, with: {toString: 1}}]',
    [
      '1:1 runbook-unknown-key __proto__ null',
      '3:10 config-bad-value inputs.__proto__ __proto__ label',
      '4:21 runbook-unknown-key steps[0].constructor null',
      '4:44 runbook-unknown-key steps[0].with.toString null'
    ]
  ],
  [
    'a byte order mark, which takes no column',
    '\uFEFFabot: x\nabout: x\nsteps: [{run: [df]}]',
    ['1:1 runbook-unknown-key abot about']
  ],
  [
    'hostile texts, shown short and harmless',
    steps(`  - {use: "\\e[2J${'x'.repeat(200)}"}`),
    [`4:11 config-bad-value steps[0].use "\\e[2J${'x'.repeat(54)}… name`]
  ]
])

test('parse: an alias stands for a number as well as the number itself', async () => {
  const {steps: read} = await readText(steps('  - run: [a, &n 5, *n]'))
  assert.deepEqual(read[0]?.with, {argv: ['a', 5, 5]})
})

test('parse: five hundred steps are read, one more is too many', async () => {
  const many = (count: number): string => steps(...Array.from({length: count}, () => '  - run: [df]'))
  const {steps: read} = await readText(many(500))
  assert.deepEqual(
    read.map(({line}) => line),
    Array.from({length: 500}, (_, index) => index + 4)
  )
  const [problem, ...more] = await problemsOf(readText(many(501)))
  assert.match(String(problem), /^\/etc\/r\/a\.yaml:4:3 config-bad-value steps - run.* steps$/)
  assert.deepEqual(more, [])
})

const hostile: readonly (readonly [name: string, text: string])[] = [
  [
    'a long chain of needs',
    steps(...Array.from({length: 500}, (_, index) => `  - {run: [a], id: s${index}, needs: [s${(index + 1) % 500}]}`))
  ],
  [
    'steps that all need all',
    steps(
      ...Array.from(
        {length: 200},
        (_, index) =>
          `  - {run: [a], id: s${index}, needs: [${Array.from({length: 200}, (_, need) => `s${need}`).join(', ')}]}`
      )
    )
  ],
  ['a hundred thousand bad references', steps(`  - run: [echo, '${'${a} '.repeat(100_000)}']`)],
  ['a hundred thousand unknown inputs', steps(`  - run: [echo, '${'${inputs.a}'.repeat(90_000)}']`)],
  ['a megabyte of unknown keys', steps(...Array.from({length: 60_000}, (_, index) => `  - {k${index}: 1}`))],
  ['a word of a megabyte', steps(`  - use: ${'a'.repeat(1 << 20)}`)],
  ['depth', steps(`  - {use: runbook, with: {name: clean, inputs: {x: ${'['.repeat(50)}${']'.repeat(50)}}}}`)],
  ['aliases that grow', `a: &a [${'x,'.repeat(500)}]\nb: [${'*a,'.repeat(500)}]\n`]
]

for (const [name, text] of hostile) {
  test(`parse: ${name} is told in a hundred problems at most`, async () => {
    const problems = await problemsOf(readText(text))
    assert.ok(problems.length >= 1 && problems.length <= 101, String(problems.length))
  })
}

/** Parts of runbooks, put together without sense, and characters that mean something to YAML or to us. */
const word = fc.constantFrom(
  ...[
    'about',
    'inputs',
    'facts',
    'locks',
    'until',
    'steps',
    'run',
    'sh',
    'zx',
    'use',
    'with',
    'each',
    'when',
    'needs',
    'id',
    'type'
  ],
  ...[
    '${item}',
    '${inputs.x}',
    '${',
    '$${',
    '}',
    '{',
    '[',
    ']',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    ', ',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
    '?',
    '#',
    '!x',
    '%'
  ],
  ...[
    '__proto__',
    'text',
    'runbook',
    'clean',
    'file.remove',
    '0640',
    'null',
    '~',
    'true',
    '\0',
    '\u001b[2J',
    '\uFEFF',
    '\r\n',
    '\t',
    '=='
  ],
  ...['duration', '7d', 'template', 'parts', 'constructor', '../', '$(touch x)', '\u202E', '😀', '\ud800']
)

async function onlyFaults(text: string): Promise<void> {
  try {
    await readText(text)
  } catch (error) {
    assert.ok(error instanceof Faults, String(error))
    assert.notEqual(error.all.length, 0)
  }
}

test('parse: whatever is written, it is a runbook or told what is wrong with it', async () => {
  const texts = fc.array(word, {maxLength: 60}).map((words) => words.join(''))
  await fc.assert(fc.asyncProperty(texts, onlyFaults), {seed: seedFromEnvironment(), numRuns: times(300)})
})

test('parse: a good runbook with something changed anywhere is a runbook or told what is wrong with it', async () => {
  const change = fc.tuple(fc.nat(good.length), fc.nat(12), fc.array(word, {maxLength: 3}))
  const changed = fc.array(change, {minLength: 1, maxLength: 3}).map((changes) => {
    return changes.reduce(
      (text, [at, length, words]) => text.slice(0, at) + words.join('') + text.slice(at + length),
      good
    )
  })
  await fc.assert(fc.asyncProperty(changed, onlyFaults), {seed: seedFromEnvironment(), numRuns: times(300)})
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {inputTypes} from '../../src/runbook/input-types.ts'
import {resolveInputs, type Given} from '../../src/runbook/inputs.ts'
import type {InputSpec, Raw} from '../../src/runbook/runbook.ts'
import type {Json} from '../../src/runbook/step.ts'
import {parseTemplate} from '../../src/runbook/template.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

const about = {en: 'Test', ko: '시험'}

/** As it would be declared: `type` and what belongs to it. */
function input(name: string, declared: Readonly<Record<string, unknown>>): InputSpec {
  const type = inputTypes.get(String(declared['type']))
  const options = type?.declaration.parse({about: 'Test', ...declared})
  assert.ok(type !== undefined && options !== undefined, JSON.stringify(declared))
  const {default: fallback} = declared
  const template = typeof fallback === 'string' ? parseTemplate(fallback) : fallback
  return {name, about, ...type.kindOf(options), fallback: template as Raw | undefined}
}

const settings: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['service.unit', null],
  ['paths.logs', '/var/log/x'],
  ['runbooks.folders', ['/r']],
  ['checks.deadline', '10s']
])

function resolved(specs: readonly InputSpec[], given: Given): unknown {
  const result = resolveInputs(specs, given, settings)
  if ('values' in result) return Object.fromEntries(result.values)
  return result.faults.map(({code, values}) =>
    [code.replace('runbook-', ''), ...Object.values({...values} as Readonly<Record<string, unknown>>)].join(' ')
  )
}

const cases: readonly (readonly [
  declared: Record<string, unknown>,
  texts: Record<string, Json>,
  bad: readonly string[]
])[] = [
  [{type: 'text'}, {x: 'x', '': '', '5': '5', 'a=b': 'a=b', '${item}': '${item}'}, ['\0']],
  [
    {type: 'path'},
    {'/a b/c': '/a b/c'},
    ['', 'a', './a', '/', '/a/../b', '/a/./b', '/a//b', '/a/', '/a\u001b[2J', '~/a']
  ],
  [{type: 'duration'}, {'90s': '90s', '168h': '1w', '0': '0ms'}, ['', '5', '-1s', '1 h']],
  [{type: 'size'}, {'64MiB': '64MiB', '512': '512B'}, ['', 'big', '-1']],
  [{type: 'flag'}, {true: true, false: false}, ['', 'yes', '1', 'True']],
  [{type: 'list'}, {'': [], a: ['a'], 'a, b': ['a', 'b'], '["a, b"]': ['a, b']}, ['a,,b', '[5]']],
  [{type: 'secret_file'}, {'/run/s': {secret_file: '/run/s'}}, ['', 's', '/run/../s']],
  [{type: 'whole'}, {'0': 0, '5': 5}, ['', '1.5', 'x', '-1', '1e99']],
  [{type: 'whole', min: 1, max: 9}, {'1': 1, '9': 9}, ['0', '10']],
  [{type: 'whole', min: -9}, {'-9': -9}, ['-10']],
  [{type: 'choice', one_of: ['fast', 'full']}, {fast: 'fast'}, ['', 'Fast', 'fast|full']]
]

for (const [declared, texts, bad] of cases) {
  test(`inputs: ${JSON.stringify(declared)} takes what it should and nothing else`, () => {
    const spec = input('x', declared)
    for (const [text, value] of Object.entries(texts)) assert.deepEqual(resolved([spec], [`x=${text}`]), {x: value})
    for (const text of bad) {
      const [fault, ...more] = resolved([spec], [`x=${text}`]) as readonly string[]
      assert.match(String(fault), /^bad-input x /, text)
      assert.deepEqual(more, [])
    }
  })

  test(`inputs: what ${JSON.stringify(declared)} has become can be given on to another runbook`, () => {
    const spec = input('x', declared)
    for (const value of Object.values(texts)) assert.deepEqual(resolved([spec], new Map([['x', value]])), {x: value})
  })
}

test('inputs: each says in a few words what it takes', () => {
  assert.deepEqual(
    cases.map(([declared]) => input('x', declared).typeName),
    [
      'text',
      'path',
      'duration',
      'size',
      'flag',
      'list',
      'secret_file',
      'whole 0..1000000000',
      'whole 1..9',
      'whole -9..1000000000',
      'one of: fast, full'
    ]
  )
})

test('inputs: what is not given has its default, which may come from the configuration', () => {
  const specs = [
    input('age', {type: 'duration', default: '7d'}),
    input('folder', {type: 'path', default: '${config.paths.logs}/old'}),
    input('wait', {type: 'duration', default: '${config.checks.deadline}'}),
    input('note', {type: 'text', default: ''})
  ]
  assert.deepEqual(resolved(specs, []), {age: '1w', folder: '/var/log/x/old', wait: '10s', note: ''})
  assert.deepEqual(resolved(specs, new Map([['age', null]])), {
    age: '1w',
    folder: '/var/log/x/old',
    wait: '10s',
    note: ''
  })
  assert.deepEqual(resolved(specs, ['age=1d', 'age=2d', 'wait=0']), {
    age: '2d',
    folder: '/var/log/x/old',
    wait: '0ms',
    note: ''
  })
})

test('inputs: all that is wrong is told at once', () => {
  const specs = [
    input('unit', {type: 'text', default: '${config.service.unit}'}),
    input('age', {type: 'duration'}),
    input('mode', {type: 'choice', one_of: ['fast', 'full']}),
    input('force', {type: 'flag', default: false}),
    input('logs', {type: 'duration', default: '${config.paths.logs}'}),
    input('list', {type: 'list', default: ['${config.paths.logs}']})
  ]
  assert.deepEqual(resolved(specs, ['mode=ful', 'forse=true', 'moon=1', 'force', '=x']), [
    'unknown-input forse force',
    'unknown-input moon ',
    'unknown-input  ',
    'missing-input unit text service.unit',
    'missing-input age duration ',
    'bad-input mode ful one-of:fast|full',
    'missing-input force flag ',
    'bad-input logs /var/log/x duration'
  ])
})

test('inputs: a list in the default is filled, and its setting is named where that is not set', () => {
  const list = (text: string): InputSpec => {
    return {...input('x', {type: 'list'}), fallback: ['a', parseTemplate(text) as Raw, 'b']}
  }
  assert.deepEqual(resolved([list('${config.paths.logs}')], []), {x: ['a', '/var/log/x', 'b']})
  assert.deepEqual(resolved([list('${config.service.unit}')], []), ['missing-input x list service.unit'])
  const folders = '${config.runbooks.folders}'
  assert.deepEqual(resolved([list(folders)], []), ['bad-input x ["a",["/r"],"b"] list'])
  assert.deepEqual(resolved([list(`in ${folders}`)], []), [`no-value ${folders} not-text`])
})

test('inputs: what may be a secret is not shown, and what is shown is short and harmless', () => {
  assert.deepEqual(resolved([input('x', {type: 'secret_file'})], ['x=hunter2']), ['bad-input x ******** plain-path'])
  const [fault] = resolved([input('x', {type: 'size'})], [`x=\u001b[2J${'9'.repeat(200)}`]) as readonly string[]
  assert.match(String(fault), /^bad-input x \\u\{1b\}\[2J9+… size$/)
  assert.deepEqual(resolved([input('x', {type: 'size'})], ['x=']), ['bad-input x "" size'])
  assert.deepEqual(resolved([input('x', {type: 'size'})], new Map([['x', {a: 1}]])), ['bad-input x {"a":1} size'])
})

test('inputs: a text stays what was given, to the last character', () => {
  const specs = [input('x', {type: 'text'}), input('y', {type: 'text', default: '$${item}'})]
  const piece = fc.oneof(
    fc.constantFrom('$(touch x)', '`', '\n', '../', '\u001b[31m', '${config.paths.logs}', '=', '__proto__'),
    fc.string({unit: 'binary'})
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('').replaceAll('\0', '')
      assert.deepEqual(resolved(specs, [`x=${text}`]), {x: text, y: '${item}'})
    }),
    {seed: seedFromEnvironment(), numRuns: times(200)}
  )
})

test('inputs: names of what every object has are names like others', () => {
  assert.deepEqual(resolved([], ['__proto__=1', 'toString=2']), ['unknown-input __proto__ ', 'unknown-input toString '])
})

test('inputs: a hundred thousand items are one list', () => {
  const items = Array.from({length: 100_000}, (_, index) => `f${index}`)
  assert.deepEqual(resolved([input('x', {type: 'list'})], [`x=${items.join(',')}`]), {x: items})
})

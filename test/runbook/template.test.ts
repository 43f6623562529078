import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {load} from '../../src/config/load.ts'
import type {Json} from '../../src/runbook/step.ts'
import {
  fill,
  isTemplate,
  parseTemplate,
  referencesIn,
  settingValues,
  soleReference,
  type Filled,
  type Scope,
  type Template
} from '../../src/runbook/template.ts'
import {sources} from '../config/loading.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

function scope(given: Partial<Record<'inputs' | 'config' | 'facts', Record<string, Json>>> = {}): Scope {
  const {inputs = {}, config = {}, facts = {}} = given
  return {
    inputs: new Map(Object.entries(inputs)),
    config: new Map(Object.entries(config)),
    facts: new Map(Object.entries(facts)),
    steps: new Map(),
    item: undefined
  }
}

function template(text: string): Template {
  const parsed = parseTemplate(text)
  assert.ok(isTemplate(parsed), text)
  return parsed
}

/** What comes of it: the value, `waiting` with what is left, or the reasons why there is none. */
function filled(text: string, given: Scope): unknown {
  return outcome(fill(template(text), given))
}

function outcome(one: Filled): unknown {
  if (one.state === 'ready') return one.value
  if (one.state === 'waiting')
    return ['waiting', ...one.template.parts.map((part) => (typeof part === 'string' ? part : part.text))]
  return one.faults.map(({code, values}) =>
    [code, ...Object.values({...values} as Readonly<Record<string, unknown>>)].join(' ')
  )
}

test('template: a text without references is a text', () => {
  for (const text of [
    '',
    'a',
    '$',
    '$$',
    '{}',
    '$HOME',
    '$(rm -rf /)',
    '`x`',
    '}{',
    '\0',
    '%{inputs.x}',
    '$ {inputs.x}'
  ]) {
    assert.equal(parseTemplate(text), text)
  }
})

test('template: a doubled dollar before a brace is one, and begins no reference', () => {
  assert.equal(parseTemplate('$${inputs.x}'), '${inputs.x}')
  assert.equal(parseTemplate('$$${'), '$${')
  assert.equal(parseTemplate('$${$${'), '${${')
  assert.equal(filled('$${a} ${inputs.x}$${', scope({inputs: {x: 'X'}})), '${a} X${')
})

test('template: references say what they name', () => {
  const parsed = template(
    'a ${inputs.x}${config.checks.disk.space.paths}${facts.old}${facts.f.a.b}${steps.file.move-1.to}${item}${item.path}'
  )
  assert.deepEqual(
    referencesIn(parsed).map(({from, path}) => [from, ...path]),
    [
      ['inputs', 'x'],
      ['config', 'checks.disk.space.paths'],
      ['facts', 'old'],
      ['facts', 'f', 'a', 'b'],
      ['steps', 'file.move-1', 'to'],
      ['item'],
      ['item', 'path']
    ]
  )
  assert.equal(soleReference(parsed), undefined)
  assert.equal(soleReference(template('${item}'))?.text, '${item}')
})

test('template: what is no reference is told with its place, all of it at once', () => {
  const bad = (text: string): unknown => {
    const parsed = parseTemplate(text)
    assert.ok(typeof parsed === 'object' && parsed.type === 'bad', text)
    return parsed.problems.map((problem) => [problem.at, problem.text, problem.why])
  }
  assert.deepEqual(bad('a ${HOME} ${item'), [
    [2, '${HOME}', 'unknown'],
    [10, '${item', 'unclosed']
  ])
  const nothings = [
    '${}',
    '${inputs}',
    '${inputs.}',
    '${inputs.a.b}',
    '${inputs.a b}',
    '${ item }',
    '${steps.a}',
    '${steps..a}'
  ]
  for (const text of [
    ...nothings,
    '${facts}',
    '${config}',
    '${item.}',
    '${Item}',
    '${inputs.${item}}',
    '${item|x}',
    '${__proto__.x}'
  ]) {
    assert.equal((bad(text) as readonly unknown[]).length, 1, text)
  }
  assert.deepEqual(bad('${a}$${b}${c'), [
    [0, '${a}', 'unknown'],
    [9, '${c', 'unclosed']
  ])
})

test('template: alone, a reference keeps the type of its value', () => {
  const list = Array.from({length: 100_000}, (_, index) => `f${index}`)
  const values: readonly Json[] = [5, 0, true, false, '', 'x', [], ['a'], {a: 1}, {}, list]
  for (const value of values) assert.equal(filled('${inputs.x}', scope({inputs: {x: value}})), value)
})

test('template: in a longer text, values are texts, and what has parts is refused', () => {
  const given = scope({inputs: {n: 5, yes: true, list: ['a'], none: null}, facts: {f: {a: 1}}})
  assert.equal(filled('${inputs.n}|${inputs.yes}', given), '5|true')
  assert.deepEqual(filled('a ${inputs.list} ${facts.f} ${inputs.none} ${inputs.n}', given), [
    'runbook-no-value ${inputs.list} not-text',
    'runbook-no-value ${facts.f} not-text',
    'runbook-no-value ${inputs.none} missing'
  ])
})

test('template: what has no value says so, and nothing is taken from what every object has', () => {
  const given = scope({facts: {f: {a: {b: 7}, list: ['x']}}, config: {'service.unit': null}})
  assert.equal(filled('${facts.f.a.b}', given), 7)
  for (const text of [
    '${config.service.unit}',
    '${facts.f.c}',
    '${facts.f.a.b.c}',
    '${facts.g}',
    '${facts.f.toString}',
    '${facts.f.__proto__}',
    '${facts.f.list.0}'
  ]) {
    assert.deepEqual(filled(text, given), [`runbook-no-value ${text} missing`])
  }
})

test('template: what is unknown until applied is left, and all else is filled in', () => {
  const first = scope({inputs: {x: 'X', e: ''}})
  assert.deepEqual(filled('${steps.a.out}', first), ['waiting', '${steps.a.out}'])
  assert.deepEqual(filled('${item}', first), ['waiting', '${item}'])
  assert.deepEqual(filled('<${inputs.x}-${steps.a.out}-${inputs.x}>', first), [
    'waiting',
    '<X-',
    '${steps.a.out}',
    '-X>'
  ])
  const late = {...first, steps: new Map([['a', {out: 5}]]), item: {path: '/p'}}
  assert.equal(filled('<${inputs.x}-${steps.a.out}-${inputs.x}>', late), '<X-5-X>')
  assert.equal(filled('${steps.a.out}', late), 5)
  assert.equal(filled('${item.path}', late), '/p')
  assert.deepEqual(filled('${steps.a.err}', late), ['runbook-no-value ${steps.a.err} missing'])
})

test('template: a part of a text stays one, also where all else of it turns out to be empty', () => {
  const first = fill(template('${inputs.e}${steps.a.out}'), scope({inputs: {e: ''}}))
  assert.ok(first.state === 'waiting')
  const late = {...scope(), steps: new Map<string, Record<string, Json>>([['a', {out: 5}]])}
  assert.equal(outcome(fill(first.template, late)), '5')
  assert.equal(typeof first.template.parts[0], 'object')
})

test('template: data that looks like a template of ours is refused, since it would be filled the next time', () => {
  const looksLike = {type: 'template', parts: ['${config.paths.logs}']}
  const given = scope({facts: {f: looksLike, deep: [{a: looksLike}]}})
  assert.deepEqual(filled('${facts.f}', given), ['runbook-no-value ${facts.f} template'])
  assert.deepEqual(filled('${facts.deep}', given), ['runbook-no-value ${facts.deep} template'])
})

test('template: the settings can be named as they are written in the file, secrets cannot', async () => {
  const {config} = await load(sources({overrides: ['checks.deadline=90s', 'service.unit=a.service']}))
  const values = settingValues(config)
  assert.equal(values.get('checks.deadline'), '90s')
  assert.equal(values.get('checks.disk.space.warning'), '20%:')
  assert.equal(values.get('service.unit'), 'a.service')
  assert.equal(values.get('paths.state'), null)
  assert.deepEqual(values.get('runbooks.folders'), [])
  assert.equal(values.has('checks.ping_url'), false)
})

/** Pieces that texts from outside are made of: some look like references, some act in a shell or on a terminal. */
const piece = fc.oneof(
  fc.constantFrom(
    '${',
    '}',
    '$',
    '$$',
    '$${',
    '${inputs.a}',
    '${config.b}',
    '${steps.s.k}',
    '${item}',
    '$(touch x)',
    '\n',
    '../'
  ),
  fc.constantFrom('\u001b[2J', '__proto__', '"', "'", '\\', '\0', '{', 'inputs.a'),
  fc.string({unit: 'binary', maxLength: 5})
)
const anyText = fc.array(piece, {maxLength: 12}).map((pieces) => pieces.join(''))

test('template: any text is a text, a template or bad, and a text written out parses back to itself', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const parsed = parseTemplate(text)
      if (typeof parsed === 'object') return
      assert.equal(parseTemplate(parsed.replaceAll('${', () => '$${')), parsed)
    }),
    {seed: seedFromEnvironment(), numRuns: times(500)}
  )
})

test('template: values arrive as they are, whatever is in them, and in one piece or two', () => {
  const literals = fc.string({unit: fc.constantFrom('x', ' ', '}', '{', '\n')})
  fc.assert(
    fc.property(
      fc.array(fc.tuple(literals, anyText, fc.boolean()), {minLength: 1, maxLength: 6}),
      literals,
      (parts, end) => {
        // Written beside the template and never through it: what has to come out.
        const expected = parts.map(([literal, value]) => literal + value).join('') + end
        const names = parts.map(
          ([literal, , isLate], index) => `${literal}\${${isLate ? `steps.s.k${index}` : `inputs.i${index}`}}`
        )
        const inputs = Object.fromEntries(parts.map(([, value], index) => [`i${index}`, value]))
        const outputs = Object.fromEntries(parts.map(([, value], index) => [`k${index}`, value]))
        const late = {...scope(), steps: new Map([['s', outputs]])}
        const first = fill(template(names.join('') + end), scope({inputs}))
        const whole = first.state === 'waiting' ? fill(first.template, late) : first
        assert.equal(outcome(whole), expected)
      }
    ),
    {seed: seedFromEnvironment(), numRuns: times(300)}
  )
})

test('template: a megabyte of anything is read at once', () => {
  for (const text of [
    '${'.repeat(500_000),
    '${inputs.x}'.repeat(90_000),
    '$'.repeat(1 << 20),
    '$${'.repeat(300_000),
    `\${inputs${'.a'.repeat(500_000)}}`
  ]) {
    assert.notEqual(parseTemplate(text), undefined)
  }
})

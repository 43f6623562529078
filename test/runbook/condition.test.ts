import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {decide, parseCondition, type Condition, type Decision} from '../../src/runbook/condition.ts'
import type {Json} from '../../src/runbook/step.ts'
import type {Scope} from '../../src/runbook/template.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

function condition(text: string): Condition {
  const parsed = parseCondition(text)
  assert.ok(parsed !== undefined && !('problems' in parsed), text)
  return parsed
}

function scope(
  inputs: Readonly<Record<string, Json>>,
  steps: Readonly<Record<string, Record<string, Json>>> = {}
): Scope {
  return {
    inputs: new Map(Object.entries(inputs)),
    config: new Map(),
    facts: new Map(),
    steps: new Map(Object.entries(steps)),
    item: undefined
  }
}

function outcome(decision: Decision): unknown {
  if (decision.state === 'ready') return decision.value
  return decision.state === 'waiting' ? 'waiting' : decision.faults.map(({values}) => Object.values(values).join(' '))
}

function decided(text: string, inputs: Readonly<Record<string, Json>> = {}): unknown {
  return outcome(decide(condition(text), scope(inputs)))
}

test('condition: one reference decides by being true or false, and by nothing else', () => {
  for (const value of [true, 'true']) assert.equal(decided('${inputs.x}', {x: value}), true)
  for (const value of [false, 'false']) assert.equal(decided('${inputs.x}', {x: value}), false)
  for (const value of [0, 1, '', 'yes', 'True', 'false\n', [], ['true'], {}]) {
    assert.deepEqual(decided('${inputs.x}', {x: value}), ['${inputs.x} not-flag'])
  }
  assert.deepEqual(decided('${inputs.x}'), ['${inputs.x} missing'])
})

test('condition: two sides are compared as texts', () => {
  assert.equal(decided('${inputs.x} == full', {x: 'full'}), true)
  assert.equal(decided('${inputs.x} == full', {x: 'fast'}), false)
  assert.equal(decided('${inputs.x} != 0', {x: 0}), false)
  assert.equal(decided('${inputs.x} != 0', {x: 1}), true)
  assert.equal(decided('  full   ==\n${inputs.x}\n', {x: 'full'}), true)
  assert.equal(decided('${inputs.x} == ${inputs.y}', {x: true, y: 'true'}), true)
  assert.equal(decided('a-${inputs.x} == a-b', {x: 'b'}), true)
  assert.equal(decided("${inputs.x} == 'two words'", {x: 'two words'}), true)
  assert.equal(decided('${inputs.x} == ""', {x: ''}), true)
  assert.equal(decided('"${inputs.x} == y" == "a == y"', {x: 'a'}), true)
})

test('condition: a side with parts or without a value is no text', () => {
  assert.deepEqual(decided('${inputs.x} == ${inputs.y}', {x: ['a']}), ['${inputs.x} not-text', '${inputs.y} missing'])
  assert.deepEqual(decided('${inputs.x} != a', {x: {}}), ['${inputs.x} not-text'])
})

test('condition: what only looks like a condition is none', () => {
  const none = [
    '',
    ' ',
    'true',
    'inputs.mode == full',
    '${inputs.a} && ${inputs.b}',
    '${inputs.a} == x && ${inputs.b} == y'
  ]
  const more = [
    '!${inputs.a}',
    'not ${inputs.a}',
    '${inputs.a} = x',
    '${inputs.a}==x',
    '${inputs.a} == ',
    '== x',
    '${inputs.a} == x y'
  ]
  for (const text of [
    ...none,
    ...more,
    '${inputs.a}${inputs.b}',
    "${inputs.a} == 'x",
    '${inputs.a} > 5',
    "'${inputs.a}'x == y"
  ]) {
    assert.equal(parseCondition(text), undefined, text)
  }
})

test('condition: a bad reference is told as what it is', () => {
  const parsed = parseCondition('${inputs.a} == ${HOME} && ${x')
  assert.ok(parsed !== undefined && 'problems' in parsed)
  assert.deepEqual(
    parsed.problems.map(({at, why}) => [at, why]),
    [
      [15, 'unknown'],
      [26, 'unclosed']
    ]
  )
})

test('condition: what waits for a step is decided when that is known, with the other side as it was', () => {
  const late = scope({}, {look: {code: 0, ok: true}})
  const cases = [
    ['${steps.look.code} == ${inputs.x}', true],
    ['${inputs.x} != ${steps.look.code}', false],
    ['${steps.look.ok}', true]
  ] as const
  for (const [text, expected] of cases) {
    const first = decide(condition(text), scope({x: 0}))
    assert.ok(first.state === 'waiting', text)
    assert.equal(outcome(decide(first.condition, late)), expected, text)
  }
})

test('condition: a value is never read as a part of the condition', () => {
  const value = fc.oneof(
    fc.constantFrom('a == a', '${inputs.y}', '"', "' == '", 'x && y', '\n', '$${'),
    fc.string({unit: 'binary'})
  )
  fc.assert(
    fc.property(value, value, (x, y) => {
      assert.equal(decided('${inputs.x} == ${inputs.y}', {x, y}), x === y)
      assert.equal(decided('"${inputs.x}" != \'${inputs.y}\'', {x, y}), x !== y)
    }),
    {seed: seedFromEnvironment(), numRuns: times(200)}
  )
})

test('condition: any text is read at once', () => {
  for (const text of [
    ' '.repeat(1 << 18),
    '"'.repeat(1 << 18),
    'a '.repeat(1 << 17),
    `\${inputs.x} == ${'a'.repeat(1 << 18)} `,
    `"${' '.repeat(1 << 18)}`
  ]) {
    assert.equal(parseCondition(text) === undefined, !text.includes('=='))
  }
})

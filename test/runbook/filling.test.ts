import assert from 'node:assert/strict'
import {test} from 'node:test'
import {parseCondition, type Condition} from '../../src/runbook/condition.ts'
import type {Draft} from '../../src/runbook/draft.ts'
import {fillLate, fillRaw, parseInputs, smuggledOptions} from '../../src/runbook/filling.ts'
import type {Raw} from '../../src/runbook/runbook.ts'
import type {Json, StepKind} from '../../src/runbook/step.ts'
import {fileWrite} from '../../src/runbook/steps/file-write.ts'
import {wait} from '../../src/runbook/steps/wait.ts'
import {run} from '../../src/runbook/steps/run.ts'
import {parseTemplate, type Scope} from '../../src/runbook/template.ts'
import {codesOf} from './stage.ts'

function template(text: string): Raw {
  const parsed = parseTemplate(text)
  if (typeof parsed === 'string' || parsed.type === 'template') return parsed
  return assert.fail(text)
}

function condition(text: string): Condition {
  const parsed = parseCondition(text)
  assert.ok(parsed !== undefined && !('problems' in parsed))
  return parsed
}

function scopeWith(inputs: Readonly<Record<string, Json>>, given: Partial<Scope> = {}): Scope {
  const nothing = new Map<string, Json>()
  const own = new Map(Object.entries(inputs))
  return {inputs: own, config: nothing, facts: nothing, steps: new Map(), item: undefined, ...given}
}

function draftOf(kind: StepKind, inputs: Raw, given: Partial<Draft> = {}): Draft {
  const usual = {number: 1, id: 'step', folder: '/srv/runbooks', when: 'yes', needs: [], timeoutMs: 1000} as const
  return {...usual, kind, inputs, retry: {times: 0, backoffMs: 0}, onFailure: 'stop', ...given}
}

test('filling: values are put in wherever they are named, and all else stays', () => {
  const raw = {a: [template('x ${inputs.one}'), 7, null], b: {c: template('${inputs.list}')}, d: true}
  const {raw: filled, faults} = fillRaw(raw, scopeWith({one: '1', list: ['p', 'q']}))
  assert.deepEqual(faults, [])
  assert.deepEqual(filled, {a: ['x 1', 7, null], b: {c: ['p', 'q']}, d: true})
})

test('filling: all values that are missing are told', () => {
  const raw = [template('${inputs.one}'), {two: template('a ${inputs.two}')}]
  const {faults} = fillRaw(raw, scopeWith({}))
  assert.deepEqual(
    faults.map(({values}) => values),
    [
      {reference: '${inputs.one}', why: 'missing'},
      {reference: '${inputs.two}', why: 'missing'}
    ]
  )
})

test('filling: what earlier steps give is waited for, with all else filled in', () => {
  const {raw} = fillRaw(template('${inputs.one} ${steps.look.out}'), scopeWith({one: '1'}))
  assert.deepEqual(raw, template('1 ${steps.look.out}'))
})

test('filling: a value that begins with - is no option of a program unless the runbook says so', () => {
  const hostile = {value: '--force', list: ['-x'], mild: 'a-b', empty: ''}
  const told = (raw: Raw): string[] => {
    const {raw: filled} = fillRaw(raw, scopeWith(hostile))
    return smuggledOptions('step', raw, filled).map(({values}) => String((values as {value?: string}).value))
  }
  assert.deepEqual(told({argv: ['rm', template('${inputs.value}')]}), ['--force'])
  assert.deepEqual(told({argv: ['rm', template('${inputs.empty}${inputs.value}')]}), ['--force'])
  assert.deepEqual(told({argv: ['rm', template('${inputs.value}${steps.later.out}')]}), ['--force'])
  assert.deepEqual(told({argv: ['rm', '--', template('${inputs.value}')]}), [])
  assert.deepEqual(told({argv: ['rm', template('${inputs.value}'), '--']}), ['--force'])
  assert.deepEqual(told({argv: ['rm', template('--name=${inputs.value}')]}), [])
  assert.deepEqual(told({argv: ['rm', '--force', template('${inputs.mild}')]}), [])
  assert.deepEqual(told({argv: ['rm', template('${steps.later.out}')]}), [])
  assert.deepEqual(told({env: {A: template('${inputs.value}')}}), [])
  assert.deepEqual(told(template('${inputs.value}')), [])
  assert.deepEqual(told(7), [])
})

test('filling: what a step gave late is held to the same', () => {
  const draft = draftOf(run, {argv: ['rm', template('${steps.look.out}')]})
  const given = new Map([['look', {out: '-rf'}]])
  assert.deepEqual(codesOf(fillLate(draft, given).faults), ['step-value-option'])
})

test('filling: late values come from the steps of the same runbook, by the names that they have in it', () => {
  const given = new Map([
    ['look', {out: 'outer'}],
    ['call/look', {out: 'inner'}],
    ['else/look', {out: 'of another one'}]
  ])
  const inputs = {content: template('${steps.look.out}')}
  assert.deepEqual(fillLate(draftOf(fileWrite, inputs, {id: 'write'}), given).inputs, {content: 'outer'})
  assert.deepEqual(fillLate(draftOf(fileWrite, inputs, {id: 'call/write'}), given).inputs, {content: 'inner'})
})

test('filling: a condition that waited is decided by what the steps gave; without an answer it does not hold', () => {
  const draft = draftOf(fileWrite, {}, {when: condition('${steps.look.code} == 0')})
  assert.equal(fillLate(draft, new Map([['look', {code: 0}]])).when, 'yes')
  assert.equal(fillLate(draft, new Map([['look', {code: 1}]])).when, 'no')
  assert.equal(fillLate(draft, new Map()).when, 'no')
  assert.equal(fillLate(draftOf(fileWrite, {}), new Map()).when, 'yes')
  assert.equal(fillLate(draftOf(fileWrite, {}, {when: 'no'}), new Map()).when, 'no')
  const {faults} = fillLate(draft, new Map([['look', {other: 1}]]))
  assert.deepEqual(codesOf(faults), ['runbook-no-value'])
})

test('filling: inputs are ready, wait for a step, or are told with their keys', () => {
  const ready = parseInputs(draftOf(fileWrite, {path: '/srv/a', content: 'text', mode: '0640'}))
  assert.ok(ready.state === 'ready')
  const waiting = parseInputs(draftOf(fileWrite, {path: '/srv/a', content: [1, {a: template('x${steps.look.out}')}]}))
  assert.deepEqual(waiting, {state: 'waiting', reference: '${steps.look.out}'})
  const both = parseInputs(draftOf(wait, {for: '1s', until: 'service.state'}))
  assert.ok(both.state === 'bad')
  const value = '{"for":"1s","until":"service.state"}'
  assert.deepEqual(both.faults[0]?.values, {step: 'step', key: 'with', value, expected: 'for-or-until'})
  const bad = parseInputs(draftOf(fileWrite, {path: '../a', content: 'text', mode: 640}))
  assert.ok(bad.state === 'bad')
  assert.deepEqual(
    bad.faults.map(({values}) => values),
    [
      {step: 'step', key: 'with.path', value: '"../a"', expected: 'plain-path'},
      {step: 'step', key: 'with.mode', value: '640', expected: 'file-mode'}
    ]
  )
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {checkId, flag, list, text, type Kind} from '../../src/config/shape.ts'
import {
  environment,
  fileMode,
  filled,
  label,
  meaning,
  name,
  plainPath,
  programName,
  rawValue,
  scriptPath,
  secretFile,
  time,
  unitName,
  withDefault,
  word,
  words
} from '../../src/runbook/fields.ts'

interface Case {
  readonly kind: Kind<unknown>
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
}

const hostile = ['a\0', 'a\nb', '\u001b[2J', 'a\u202Eb', '\ud800']

const cases: Readonly<Record<string, Case>> = {
  plainPath: {
    kind: plainPath(),
    good: ['/a', '/a b/..c/.d', '/$(touch x)', '/한글'],
    bad: [
      '/',
      '',
      'a',
      './a',
      '/a/',
      '//a',
      '/a//b',
      '/a/../b',
      '/..',
      '/a/.',
      ...hostile.map((part) => `/${part}`),
      5,
      null,
      ['/a']
    ]
  },
  scriptPath: {
    kind: scriptPath(),
    good: ['./x.mjs', './a/b', '/opt/x.mjs'],
    bad: ['x.mjs', '../x', './../x', './', '.', '/', '.x', '', ...hostile.map((part) => `./${part}`), 5, null]
  },
  programName: {
    kind: programName(),
    good: ['df', '/usr/bin/df', './df.sh', 'g++'],
    bad: ['', '-x', '.', '..', 'a/b', '../a', '/', ...hostile, 5, null]
  },
  flag: {kind: flag(), good: [true, false], bad: ['true', 'yes', 1, 0, null]},
  fileMode: {
    kind: fileMode(),
    good: ['0640', '0000', '0777'],
    bad: [640, 0o640, '640', '4755', '04755', '0888', '0o640', '', null]
  },
  word: {kind: word(), good: ['', 'a', 'a\nb', '$(x)', '-x'], bad: ['a\0b', null, undefined, [], {}]},
  words: {
    kind: words(),
    good: [['df'], ['df', '-P', '', '\u001b[2J']],
    bad: [[], ['-x'], [''], ['a/b'], ['df', null], 'df', null]
  },
  environment: {
    kind: environment(),
    good: [{}, {A: 'x', _b1: ''}, {A: {secret_file: '/run/s'}}],
    bad: [
      {'A-B': 'x'},
      {'': 'x'},
      {'1A': 'x'},
      {A: null},
      {A: ['x']},
      {A: {secret_file: 's'}},
      {A: {secret_file: '/s', x: 1}},
      {A: {}},
      [],
      'A=x',
      null
    ]
  },
  secretFile: {kind: secretFile(), good: [{secret_file: '/run/s'}], bad: ['s', '', {}, {secret_file: 5}, null]},
  name: {
    kind: name(),
    good: ['a', '0', 'a.b_c-d', 'a'.repeat(64)],
    bad: ['', 'A', '.a', '-a', 'a b', 'a/b', 'a\n', 'é', '__proto__', 'a'.repeat(65), 5, null]
  },
  label: {kind: label(), good: ['a', 'a-b_c'], bad: ['a.b', 'A', '', 5, null]},
  unitName: {
    kind: unitName(),
    good: ['a.service', 'a@b-1.service', 'dev-sda\\x2d1.device'],
    bad: ['', '-x', '--force', 'a b', 'a/b', 'a\n', 'a'.repeat(256), 5, null]
  },
  filled: {kind: filled(list(text())), good: [['a']], bad: [[], [5], 'a', null]},
  time: {kind: time(), good: ['1ms', '1h'], bad: ['0', 0, '0s', '5', null]},
  rawValue: {kind: rawValue(), good: [null, 0, '', [], {}], bad: [undefined]}
}

for (const [called, {kind, good, bad}] of Object.entries(cases)) {
  test(`fields: ${called} takes what it should and nothing else, and reads what it writes`, () => {
    for (const raw of bad) assert.equal(kind.parse(raw), undefined, JSON.stringify(raw))
    for (const raw of good) {
      const value = kind.parse(raw)
      assert.notEqual(value, undefined, JSON.stringify(raw))
      assert.deepEqual(kind.write(value), raw)
    }
  })
}

test('fields: a mode is what chmod would make of it', () => {
  assert.equal(fileMode().parse('0640'), 0o640)
})

test('fields: numbers and flags can be words', () => {
  assert.deepEqual(words().parse(['head', '-n', 5, true]), ['head', '-n', '5', 'true'])
  assert.deepEqual(environment().parse({A: 0}), new Map([['A', '0']]))
})

test('fields: the path of a secret alone is enough', () => {
  assert.deepEqual(secretFile().parse('/run/s'), {secret_file: '/run/s'})
})

test('fields: a meaning in one text holds for both languages', () => {
  assert.deepEqual(meaning().parse('x'), {en: 'x', ko: 'x'})
  const both = {en: 'x', ko: '가'}
  assert.deepEqual(meaning().write(both), both)
  assert.deepEqual(meaning().parse(both), both)
  for (const raw of ['', 5, {en: 'x'}, {en: 'x', ko: 'y', de: 'z'}, null]) assert.equal(meaning().parse(raw), undefined)
})

test('fields: what is left out has its default, what is there has to be good', () => {
  const kind = withDefault(flag(), true)
  assert.deepEqual(
    [kind.parse(undefined), kind.parse(null), kind.parse(false), kind.parse('x')],
    [true, true, false, undefined]
  )
  assert.equal(withDefault(checkId(), 'a').names, 'check')
})

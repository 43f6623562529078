import assert from 'node:assert/strict'
import {test} from 'node:test'
import {loadText, problemsOf} from './loading.ts'

const cases: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
  [
    'a slip that breaks three rules at one place is told once',
    'paths: {}\n- x\n"y": 1\n',
    ['a.yaml:2:1 config-syntax Implicit keys need to be on a single line']
  ],
  [
    'a tab as indentation',
    'checks:\n\tdeadline: 5s\n',
    ['a.yaml:2:1 config-syntax Tabs are not allowed as indentation']
  ],
  [
    'thresholds that need quotes',
    'checks:\n  disk.space:\n    warning: 20%:\n    critical: 10%:  # percent\n',
    ['a.yaml:3:14 config-unquoted-range 20%:', 'a.yaml:4:15 config-unquoted-range 10%:']
  ],
  [
    'thresholds that need quotes, on one line',
    'checks: {disk.space: {warning: 20%:, critical: 10%:}}',
    ['a.yaml:1:32 config-unquoted-range 20%:', 'a.yaml:1:48 config-unquoted-range 10%:']
  ],
  [
    'a threshold that begins with @',
    'checks:\n  clock.sync:\n    warning: @1s:2s\n',
    ['a.yaml:3:14 config-unquoted-range @1s:2s']
  ],
  [
    'a colon too many elsewhere',
    'paths:\n  data: a: b\n',
    ['a.yaml:2:9 config-syntax Nested mappings are not allowed in compact mappings']
  ],
  [
    'a quote that is not closed, at the end of the file',
    'paths:\n  data: "/x\n',
    ['a.yaml:3:1 config-syntax Missing closing "quote']
  ],
  [
    'a second document',
    'paths: {}\n---\nchecks: {}\n',
    ['a.yaml:2:1 config-syntax a second document begins here, and only one is read']
  ],
  [
    'an alias without its anchor',
    'paths:\n  data: *nowhere\n',
    ['a.yaml:2:9 config-syntax there is no anchor &nowhere before this alias']
  ],
  [
    'an alias in what it stands for',
    'paths: &p\n  data: *p\n',
    ['a.yaml:2:9 config-syntax there is no anchor &p before this alias']
  ],
  [
    'a tag that changes what a value is',
    'paths:\n  data: !!binary L3g=\n  logs: !mine /x\n',
    [
      'a.yaml:2:9 config-syntax Unresolved tag: tag:yaml.org,2002:binary',
      'a.yaml:3:9 config-syntax Unresolved tag: !mine'
    ]
  ],
  ['a directive that is none', '%SECRET x\n---\n{}\n', ['a.yaml:1:1 config-syntax Unknown directive %SECRET']],
  ['a list as a key', '? [a]\n: 1\n', ['a.yaml:1:3 config-syntax With stringKeys, all keys must be strings']],
  [
    'a secret is not repeated from a broken line',
    '- x\nhook: "hunter2"\n',
    [
      'a.yaml:2:1 config-syntax Unexpected scalar at node end',
      'a.yaml:2:5 config-syntax Unexpected map-value-ind token in YAML stream',
      'a.yaml:2:7 config-syntax Unexpected double-quoted-scalar token in YAML stream'
    ]
  ],
  [
    'what is not sound YAML is told alone',
    'cheks: 1\npaths: [\n',
    ['a.yaml:3:1 config-syntax Flow sequence in block collection must be sufficiently indented and end with a ]']
  ]
]

for (const [name, text, problems] of cases) {
  test(`document: ${name}`, async () => {
    assert.deepEqual(await problemsOf(loadText(text)), problems)
  })
}

/** Nine levels, each nine times the one below: a few hundred bytes that stand for 400 million words. */
const billionLaughs = Array.from({length: 9}, (_, level) => {
  const items = Array.from({length: 9}, () => (level === 0 ? 'lol' : `*l${level - 1}`))
  return `k${level}: &l${level} [${items.join(', ')}]`
}).join('\n')

const hostile: readonly (readonly [name: string, text: string])[] = [
  ['a billion laughs', billionLaughs],
  ['a long list repeated often', `a: &a [${'x,'.repeat(500)}]\nb: [${'*a,'.repeat(500)}]\n`],
  ['one word repeated often', `a: &a x\nb: [${'*a,'.repeat(100_000)}]\n`],
  ['brackets a hundred thousand deep', '['.repeat(100_000)],
  ['brackets forty deep, and closed', `paths: ${'['.repeat(40)}${']'.repeat(40)}`],
  ['maps two thousand deep', Array.from({length: 2000}, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
  ['lists a hundred thousand deep', '- '.repeat(100_000)],
  ['keys a hundred thousand deep', '? '.repeat(100_000)]
]

for (const [name, text] of hostile) {
  test(`document: ${name} is one problem`, async () => {
    assert.deepEqual(await problemsOf(loadText(text)), ['a.yaml config-alias-bomb'])
  })
}

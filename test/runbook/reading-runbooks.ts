import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {test} from 'node:test'
import {checkId, duration, flag, list, map, nullable, record, text, whole} from '../../src/config/shape.ts'
import {
  environment,
  fileMode,
  name,
  plainPath,
  rawValue,
  scriptPath,
  withDefault,
  word,
  words
} from '../../src/runbook/fields.ts'
import {readRunbook, type Known} from '../../src/runbook/parse.ts'
import type {Runbook} from '../../src/runbook/runbook.ts'
import {problemsOf} from '../config/loading.ts'

const program = {
  env: withDefault(environment(), new Map()),
  undo: nullable(words()),
  changes: withDefault(flag(), true)
}

/** A few kinds of steps and facts, of which only the fields count here. */
const known: Known = {
  kinds: new Map([
    ['run', {fields: record({argv: words(), ...program})}],
    ['sh', {fields: record({text: text(), ...program})}],
    ['zx', {fields: record({script: scriptPath(), args: withDefault(list(word()), []), ...program})}],
    ['check', {fields: record({id: checkId(), times: withDefault(whole({min: 1, max: 9}), 1)})}],
    [
      'file.remove',
      {fields: record({path: plainPath(), reason: text(), hold: nullable(duration()), mode: nullable(fileMode())})}
    ],
    ['runbook', {fields: record({name: name(), inputs: nullable(map(rawValue()))})}]
  ]),
  readings: new Map([['files.find', {fields: record({folder: plainPath(), older_than: nullable(duration())})}]]),
  checks: ['disk.space', 'service.state'],
  runbooks: ['clean', 'restart-service']
}

export function readText(source: string): Promise<Runbook> {
  const sha256 = createHash('sha256').update(source).digest('hex')
  return readRunbook({path: '/etc/r/a.yaml', text: source, name: 'a', sha256}, known)
}

/** A runbook with everything in it that one can have. */
export const good = `# The usual way.
about: {en: Moves old files away, ko: 오래된 파일을 옮김}
inputs:
  older_than: {type: duration, default: 7d, about: {en: How old, ko: 나이}}
  unit: {type: text, default: '\${config.service.unit}', about: The unit}
  mode: {type: choice, one_of: [fast, full], default: full, about: How much}
  token: {type: secret_file, about: For the web hook}
facts:
  old: {use: files.find, with: {folder: '\${config.paths.logs}', older_than: '\${inputs.older_than}'}}
locks: [logs, {resource: data, mode: shared}, {resource: service, preempts: [rotate-logs, backup]}]
timeout: 2h
on_failure: undo
until: {check: service.state, times: 2, every: 1s}
steps:
  - id: move
    about: One by one
    use: file.remove
    each: \${facts.old}
    with:
      path: \${item.path}
      reason: older than \${inputs.older_than}, $\${kept}
    when: \${inputs.mode} == full
    needs: [look]
    timeout: 30s
    retry: {times: 3, backoff: 250ms}
    on_failure: continue
  - run: [journalctl, -u, '\${inputs.unit}', -n, 5]
    id: look
    with: {changes: false}
  - sh: |
      df -P "\${HOME}" > "$OUT"
    with: {env: {OUT: '\${inputs.unit}', TOKEN: {secret_file: /run/token}}, undo: [rm, '\${inputs.unit}']}
    needs: [look]
  - zx: ./x.mjs
    when: \${steps.look.code} != 0
  - use: runbook
    with: {name: clean, inputs: {age: '\${inputs.older_than}', deep: {a: [1, 2]}}}
  - {use: check, with: {id: disk.space}}
`

/** A runbook of these steps, the first of which begins at line 4. */
export function steps(...lines: readonly string[]): string {
  return ['about: x', 'inputs: {age: {type: duration, default: 7d, about: x}}', 'steps:', ...lines, ''].join('\n')
}

/** A text, and all the problems that it has, in the order in which they are told. */
export type BadRunbook = readonly [name: string, text: string, problems: readonly string[]]

/** One test for each: nothing is left out and nothing else is told, and keys and references at their first character. */
export function testProblems(cases: readonly BadRunbook[]): void {
  for (const [name, text, problems] of cases) {
    test(`a bad runbook: ${name}`, async () => {
      const found = await problemsOf(readText(text))
      assert.deepEqual(
        found,
        problems.map((problem) => `/etc/r/a.yaml:${problem}`)
      )
      for (const problem of problems) assert.ok(isInPlace(text, problem), problem)
    })
  }
}

/** Where the source has the key or the reference as it is told, which only an alias has not. */
function isInPlace(text: string, problem: string): boolean {
  const pattern = /^(\d+):(\d+) runbook-(?:unknown-key|bad-reference|fixed-text) (\S+)/
  const [, line, column, named] = pattern.exec(problem) ?? []
  if (named === undefined || named === 'type:' || text.startsWith('\uFEFF')) return true
  const there = text.split('\n')[Number(line) - 1]?.slice(Number(column) - 1) ?? ''
  return there.startsWith('*') || there.startsWith(named.startsWith('$') ? named : String(named.split('.').at(-1)))
}

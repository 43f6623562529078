import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test} from 'node:test'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import type {FaultCode} from '../../src/base/faults.ts'
import {finding, type Finding, type FindingCode} from '../../src/base/findings.ts'
import {catalogueOf} from '../../src/text/catalogue.ts'
import {languages, type Language} from '../../src/text/language.ts'
import {sayFault, sayFinding} from '../../src/text/say.ts'
import {writing} from '../../src/text/writing.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {faultSamples, findingSamples} from './samples.ts'

const write = writing('utc')

/** Each leaves a file called `ran` when a shell takes it for more than a word, in one way of quoting or another. */
const hostile = ['/x$(touch ran)`touch ran`', '/x;touch ran;#', "/x';touch ran;'", '/x";touch ran;"', '/x\ntouch ran\n']

/** Where the part to be pasted begins. */
const commands =
  /\b(?:sudo|ls|du|tail|curl|getent|openssl|kubectl|systemctl|journalctl|namei|readlink|fuser|tail|logcaster) /g

/** Hints that name a value in a sentence, and have no command around it. */
const prose: readonly string[] = [
  ...['usage-unknown-command', 'usage-unknown-flag', 'check-unknown-id', 'profile-unknown'],
  ...['config-unknown-key', 'config-unknown-override', 'config-unknown-check'],
  ...['config-secret-inline', 'config-unquoted-range', 'path-missing', 'program-missing'],
  ...['runbook-unknown-key', 'runbook-unknown-name', 'runbook-bad-reference', 'runbook-unknown'],
  ...['runbook-unknown-input', 'runbook-missing-input', 'run-unknown', 'step-unknown-id'],
  ...['step-call-ladder', 'server-port-taken', 'server-port-unusable', 'server-protocol-refused']
]

test('whatever a value has in it, a hint that is pasted into a shell runs nothing of it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-hints-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  symlinkSync(touch(), join(folder, 'touch'))
  const seen = new Set<string>()
  for (const {code, hint} of hints()) {
    const pasted = [...hint.matchAll(commands)].map(({index}) => hint.slice(index))
    if (prose.includes(code)) continue
    assert.notDeepEqual(pasted, [], `${code}: ${hint}`)
    seen.add(code)
    for (const command of pasted) runsNothing(folder, command)
  }
  assert.ok(seen.size >= 15, [...seen].join(' '))
})

test('any text is one word to a shell, and what needs no quotes has none', () => {
  fc.assert(
    fc.property(fc.array(fc.string({unit: 'binary'}).filter((text) => !text.includes('\0'))), (texts) => {
      const whole = texts.map((text) => text.toWellFormed())
      const line = `printf '%s\\0' ${whole.map((text) => write.word(text)).join(' ')}`
      const {stdout} = spawnSync('/bin/sh', ['-c', line], {encoding: 'utf8'})
      assert.equal(stdout, whole.length === 0 ? '\0' : whole.map((text) => `${text}\0`).join(''))
    }),
    {seed: seedFromEnvironment(), numRuns: times(50)}
  )
  for (const text of ['/srv/a-b_c.log', 'logs.example.com:443', 'app=x,y', 'a@1.service', '10%+']) {
    assert.equal(write.word(text), text)
  }
  assert.equal(write.word(''), "''")
  assert.equal(write.word("it's"), String.raw`'it'\''s'`)
})

interface Hint {
  readonly code: string
  readonly hint: string
}

/** Every hint that a hostile value changes. */
function hints(): readonly Hint[] {
  return languages.flatMap((language) => [...faultSamples, ...findingSamples].flatMap((one) => hintsOf(one, language)))
}

function hintsOf(one: Fault | Finding, language: Language): readonly Hint[] {
  const plain = hintOf(one, language)
  return hostile
    .map((value) => hintOf(poisoned(one, value), language))
    .filter((hint) => hint !== undefined && hint !== plain)
    .map((hint = '') => ({code: one.code, hint}))
}

function hintOf(one: Fault | Finding, language: Language): string | undefined {
  const catalogue = catalogueOf(language)
  return (one instanceof Error ? sayFault(one, catalogue, write) : sayFinding(one, catalogue, write)).hint
}

const ourWords: readonly string[] = [
  'expected',
  'command',
  'reason',
  'why',
  'thing',
  'kind',
  'state',
  'how',
  'flag',
  'resource',
  'limitedBy'
]

/** But for words of our own: what is expected, and the command that was called. */
function poisoned(one: Fault | Finding, value: string): Fault | Finding {
  const values = Object.fromEntries(
    Object.entries(one.values).map(([key, own]: [string, unknown]) => {
      const isOurs = typeof own !== 'string' || ourWords.includes(key)
      return [key, isOurs ? own : value]
    })
  )
  return one instanceof Error
    ? new Fault<FaultCode>(one.code, values as never)
    : finding<FindingCode>(one.code, values as never)
}

/** In a shell that finds no program but `touch`: what the hint calls is not found, and what it must not call would be. */
function runsNothing(folder: string, command: string): void {
  const options = {cwd: folder, env: {PATH: folder}, encoding: 'utf8'} as const
  const {status, stderr} = spawnSync('/bin/sh', ['-n', '-c', command], options)
  assert.equal(status, 0, `${command}\n${stderr}`)
  spawnSync('/bin/sh', ['-c', command], options)
  assert.ok(!existsSync(join(folder, 'ran')), command)
}

function touch(): string {
  return spawnSync('/bin/sh', ['-c', 'command -v touch'], {encoding: 'utf8'}).stdout.trim()
}

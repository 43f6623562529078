import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Expectation, PlainExpectation} from '../../src/base/expectations.ts'
import type {Fault} from '../../src/base/fault.ts'
import type {Finding} from '../../src/base/findings.ts'
import {catalogueOf} from '../../src/text/catalogue.ts'
import {counted} from '../../src/text/counted-en.ts'
import {expectsEn} from '../../src/text/expects-en.ts'
import {expectsKo} from '../../src/text/expects-ko.ts'
import {languages, type Language} from '../../src/text/language.ts'
import {sayFault, sayFinding, type Sentence} from '../../src/text/say.ts'
import {writing} from '../../src/text/writing.ts'
import {acting, faultSamples, findingSamples, poisonedFault, poisonedFinding} from './samples.ts'

const write = writing('utc')

interface Said extends Sentence {
  readonly code: string
  readonly values: Readonly<Record<string, unknown>>
  readonly language: Language
  readonly whole: string
}

function said(one: Fault | Finding, language: Language): Said {
  const catalogue = catalogueOf(language)
  const sentence = one instanceof Error ? sayFault(one, catalogue, write) : sayFinding(one, catalogue, write)
  const {code} = one
  const whole = `${sentence.text} ${sentence.hint ?? ''}`
  return {code, values: {...one.values}, language, whole, ...sentence}
}

const saidFaults = languages.flatMap((language) => faultSamples.map((fault) => said(fault, language)))
const saidFindings = languages.flatMap((language) => findingSamples.map((finding) => said(finding, language)))
const everything = [...saidFaults, ...saidFindings]

test('every fault and every finding is said in whole, in both languages', () => {
  for (const {code, language, text, hint} of everything) {
    for (const sentence of hint === undefined ? [text] : [text, hint]) {
      const where = `${language} ${code}: ${sentence}`
      assert.match(sentence, /\p{Letter}/u, where)
      assert.doesNotMatch(sentence, /undefined|null|NaN|Infinity|\[object|function|=>/, where)
      assert.doesNotMatch(sentence, / {2}|^ | $|[,:;(\-\s]$|\(\)|"{2}|\.{2}$| [.,](?!\w)/, where)
      assert.equal(sentence.split('(').length, sentence.split(')').length, where)
    }
  }
})

test('a fault is a sentence with a stop, but where it ends in words from elsewhere, and says what to do', () => {
  for (const {code, language, text, hint, values} of saidFaults) {
    const where = `${language} ${code}: ${text}`
    assert.ok(text.endsWith('.') || text.endsWith(String(values['detail'])), where)
    assert.notEqual(hint, undefined, where)
  }
})

test('a finding is a phrase: where it stands decides what comes after it', () => {
  for (const {code, language, text} of saidFindings) assert.doesNotMatch(text, /[.!?]$/, `${language} ${code}: ${text}`)
})

test('English has no Korean in it, and Korean is Korean wherever it has words of its own', () => {
  const hangul = /\p{Script=Hangul}/u
  const korean = everything.filter(({language}) => language === 'ko')
  const english = everything.filter(({language}) => language === 'en')
  english.forEach(({code, whole}, at) => {
    assert.doesNotMatch(whole, hangul, code)
    const translated = korean[at]?.whole ?? ''
    assert.ok(hangul.test(translated) || allValues.includes(code), `${code}: ${translated}`)
  })
})

/** Of these all is said by the values, with at most a comma between them. */
const allValues: readonly string[] = ['service-up', 'skipped-by-config', 'oom-victim']

test('both languages give advice about the same things', () => {
  for (const samples of [faultSamples, findingSamples]) {
    for (const sample of samples) {
      const [english, korean] = [said(sample, 'en'), said(sample, 'ko')]
      assert.equal(korean.hint === undefined, english.hint === undefined, sample.code)
    }
  }
})

/** Texts that choose between sentences instead of standing in one. */
const choosing: Readonly<Record<string, readonly string[]>> = {
  'config-unsafe': ['reason', 'mode'],
  'state-unsafe': ['reason', 'mode'],
  'runbook-unsafe': ['reason', 'mode'],
  'journal-unsafe': ['reason', 'mode'],
  'runbook-unknown-name': ['thing'],
  'runbook-bad-reference': ['why'],
  'runbook-no-value': ['why'],
  'target-refused': ['reason'],
  'run-not-open': ['how'],
  'send-file-changed': ['how'],
  'wal-stuck': ['why'],
  'server-protocol-refused': ['protocol'],
  'run-left': ['status'],
  'journal-wrong': ['state'],
  'journal-problem': ['kind'],
  'step-unknown': ['reason'],
  'log-file-unreadable': ['reason'],
  'memory-available': ['limitedBy'],
  pressure: ['resource'],
  // systemd calls it `success` when somebody stopped the unit, which would mislead.
  'service-down': ['result'],
  // A limit that is none is not worth its nineteen digits.
  'descriptors-used': ['limit']
}

test('both languages say every text that they are given', () => {
  for (const {code, language, whole, values} of everything) {
    const expects = language === 'ko' ? expectsKo : expectsEn
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== 'string' || choosing[code]?.includes(key) === true) continue
      const words = key === 'expected' ? expects(value as Expectation) : value
      assert.ok(whole.includes(words), `${language} ${code} does not say ${key}: ${whole}`)
    }
  }
})

test('whatever makes a difference is said differently', () => {
  for (const one of everything) {
    const same = everything.filter((other) => {
      return other.language === one.language && other.code === one.code && other.whole === one.whole
    })
    assert.equal(same.length, 1, `${one.language} ${one.code}: ${one.whole}`)
  }
})

test('what is unsafe about a file decides which way it is put right', () => {
  const unsafe = everything.filter(({code, language}) => code === 'config-unsafe' && language === 'en')
  assert.deepEqual(
    unsafe.map(({values, hint}) => [values['reason'], hint]),
    [
      [
        'owner',
        'Look at it, keep what is right in a copy of your own, then: sudo install -D -m 0644 COPY /etc/logcaster/logcaster.yaml'
      ],
      ['mode', 'sudo chmod go-w /etc/x.yaml']
    ]
  )
})

test('descriptors are a share of their limit, and a number where there is none', () => {
  const texts = (limit: string): readonly string[] =>
    languages.map((language) => {
      const values = {scope: 'machine', usedPercent: 10, used: 1314, limit}
      return said({code: 'descriptors-used', values}, language).text
    })
  assert.deepEqual(texts('13140'), [
    'machine: 10% of descriptors used (1314 of 13140)',
    'machine: 디스크립터 10% 사용 (13140 중 1314)'
  ])
  for (const limit of ['9223372036854775807', 'unlimited']) {
    assert.deepEqual(texts(limit), [
      'machine: 1314 descriptors used, no limit',
      'machine: 디스크립터 1314개 사용, 한도 없음'
    ])
  }
})

test('a check that ran out of time names the setting that gives it more', () => {
  for (const {code, hint} of saidFindings) {
    if (code === 'check-timed-out') assert.match(hint ?? '', /checks\.deadline/)
  }
})

test('nothing from outside acts in a sentence: no colours, no new lines, no turned reading direction', () => {
  const poisoned = [...faultSamples.map(poisonedFault), ...findingSamples.map(poisonedFinding)]
  for (const language of languages) {
    for (const one of poisoned) assert.doesNotMatch(said(one, language).whole, acting, `${language} ${one.code}`)
  }
})

test('every expectation of a setting or a flag is put into words, with what belongs to it', () => {
  for (const {key, en, ko} of expectationSamples) assert.deepEqual([expectsEn(key), expectsKo(key)], [en, ko])
  const plain: readonly PlainExpectation[] = [
    ...(['text', 'absolute-path', 'duration', 'size', 'date', 'endpoint', 'check-id', 'key-value'] as const),
    ...(['range-count', 'range-percent', 'range-duration'] as const),
    ...(['list', 'map', 'section', 'record', 'secret-file'] as const),
    ...(['plain-path', 'script-path', 'program', 'flag', 'file-mode', 'word', 'words', 'environment'] as const),
    ...(['name', 'unit', 'label', 'filled-list', 'meaning', 'anything'] as const),
    ...(['input', 'reference', 'condition', 'steps'] as const)
  ]
  for (const words of [expectsEn, expectsKo]) {
    assert.equal(new Set(plain.map(words)).size, plain.length)
    for (const expectation of plain) assert.match(words(expectation), /^\S.*[^\s.]$/, expectation)
  }
})

const expectationSamples: readonly {readonly key: Expectation; readonly en: string; readonly ko: string}[] = [
  {key: 'whole:1|65535', en: 'a whole number from 1 to 65535', ko: '1에서 65535 사이의 정수'},
  {key: 'size-between:1MiB|2GiB', en: 'a size from 1MiB to 2GiB', ko: '1MiB에서 2GiB 사이의 크기'},
  {key: 'one-of:en|ko|de', en: 'one of en, ko, de', ko: 'en, ko, de 가운데 하나'}
]

test('English counts one differently', () => {
  assert.deepEqual(
    [0, 1, 2].map((amount) => counted(amount, 'line')),
    ['0 lines', '1 line', '2 lines']
  )
  assert.equal(counted(1, 'process', 'processes'), '1 process')
  assert.equal(counted(3, 'process', 'processes'), '3 processes')
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {regexFlags, translateRegex} from '../../src/store/regex.ts'

function matches(source: string, text: string): boolean {
  const translated = translateRegex(source)
  if (translated.status === 'refused') assert.fail(`${source}: ${translated.detail}`)
  return new RegExp(translated.pattern, regexFlags).test(text)
}

function yes(source: string, ...texts: readonly string[]): void {
  for (const text of texts) assert.ok(matches(source, text), `${source} in ${text}`)
}

function no(source: string, ...texts: readonly string[]): void {
  for (const text of texts) assert.ok(!matches(source, text), `${source} in ${text}`)
}

function refused(source: string, detail: RegExp): void {
  const translated = translateRegex(source)
  assert.ok(translated.status === 'refused', source)
  assert.match(translated.detail, detail)
}

test('regex: a match anywhere counts, and case does', () => {
  yes('ERROR.*timeout', 'x ERROR: a timeout')
  no('error', 'ERROR')
  yes('^a.c$', 'abc')
  no('^a.c$', 'xabc')
})

test('regex: POSIX classes mean what they mean to grep', () => {
  yes('user_id=[[:digit:]]+$', 'user_id=42')
  no('[[:digit:]]', 'none')
  yes('^[^[:space:]_]+$', 'a-b')
  no('^[^[:space:]_]+$', 'a b', 'a_b')
  yes('^[[:upper:][:digit:]-]+$', 'A-1')
  yes('^[[:punct:]]+$', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')
  no('[[:punct:]]', 'aZ09 \t')
  yes('^[[:alnum:]]+$', 'aZ9')
  yes('[[:cntrl:]]', '\x1b')
  yes('^[[:xdigit:]]+$', 'dEadBEEF09')
  yes('^[[:blank:]]+$', ' \t')
  yes('^[[:print:]]+$', ' ~')
  no('[[:graph:]]', ' ')
  yes('^[[:alpha:][:lower:]]+$', 'aB')
  refused('[[:digits:]]', /Unknown character class \[:digits:\]/)
})

test('regex: brackets as POSIX has them: a first ], a [ anywhere, a - beside a set', () => {
  yes('^[]a]+$', ']a')
  yes('^[^]a]$', 'b')
  yes('^[[a]+$', '[a')
  yes('^[[:]+$', '[:')
  yes('^[\\w-.]+$', 'a-b.c')
  yes('^[+-\\d]+$', '+-1')
  yes('^[\\d-]+$', '1-')
  yes('^[\\s\\-x]+$', ' -x')
  yes('^[a-c]+$', 'abc')
  no('^[a-c]+$', '-')
})

test('regex: signs stand for themselves where they close nothing, escaped or not', () => {
  yes('{"level":50}', '{"level":50}')
  yes('\\{"level"\\:\\"x\\"\\}', '{"level":"x"}')
  yes('a{2}', 'aa')
  yes('^a{1,}$', 'aaa')
  yes('^a{,3}$', 'a{,3}')
  yes(']', ']')
  yes('10\\.0\\.0\\.1', '10.0.0.1')
  no('10\\.0', '1000')
  yes('a\\-b', 'a-b')
  yes('\\[core\\]', '[core]')
})

test('regex: characters of any language are one each', () => {
  yes('^.$', '🌍')
  yes('^[가-힣]+$', '로그')
  yes('^\\p{Script=Hangul}+$', '로그')
  yes('^[\\p{L}]+$', 'é로')
  yes('\\u{1F30D}', '🌍')
})

test('regex: look-around and back-references are refused, groups are not', () => {
  for (const source of ['(?=a)', '(?!a)', '(?<=a)', '(?<!a)']) refused(source, /Look-around/)
  for (const source of ['(a)\\1', '(?<x>a)\\k<x>']) refused(source, /Back-references/)
  yes('(?:a|b)(?<year>\\d{4})', 'b2026')
})

test('regex: what is no pattern is refused with the reason alone', () => {
  refused('(', /^Unterminated group$/)
  refused('*a', /^Nothing to repeat$/)
  refused('a\\', /^\\ at end of pattern$/)
  refused('[a', /^Unterminated character class$/)
  refused('[z-a]', /^Range out of order/)
  refused('\\y', /^Invalid escape$/)
})

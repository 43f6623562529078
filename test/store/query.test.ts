import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {parseQuery, type ParsedQuery, type Query, type QueryProblem} from '../../src/store/query.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

const seed = seedFromEnvironment()

function parse(text: string): ParsedQuery {
  return parseQuery(text, {isLenient: false})
}

function understood(text: string, wanted: Partial<Query>): void {
  const anything = {keywords: [], operator: 'and', patterns: [], fromMs: -Infinity, toMs: Infinity} as const
  assert.deepEqual(parse(text), {status: 'understood', query: {...anything, ...wanted}}, text)
}

function refused(text: string, problem: QueryProblem): void {
  assert.deepEqual(parse(text), {status: 'refused', problem}, text)
}

test('query: both keyword and keywords take a list, and bare words are keywords', () => {
  understood('keyword=ERROR', {keywords: ['ERROR']})
  understood('keyword=a,b keywords=c,,d', {keywords: ['a', 'b', 'c', 'd']})
  understood('keyword=user logged in', {keywords: ['user', 'logged', 'in']})
  understood('  timeout \t refused\r', {keywords: ['timeout', 'refused']})
  understood('keyword="level":"error"', {keywords: ['"level":"error"']})
  understood('keyword=a=b', {keywords: ['a=b']})
})

test('query: the operator is read in any case, and the last one counts', () => {
  understood('keywords=a,b operator=or', {keywords: ['a', 'b'], operator: 'or'})
  understood('operator=OR keywords=a operator=And', {keywords: ['a'], operator: 'and'})
  refused('keywords=a operator=XOR', {code: 'bad-operator', value: 'XOR'})
  refused('keywords=a operator=', {code: 'bad-operator', value: ''})
})

test('query: seconds are whole ones, and a time given twice narrows', () => {
  understood('time_from=100 time_to=200', {fromMs: 100_000, toMs: 200_999})
  understood('time_from=100 time_from=150 time_to=200 time_to=180', {fromMs: 150_000, toMs: 180_999})
  understood('time_from=-1', {fromMs: -1000})
  understood('time_from=9 time_to=1', {fromMs: 9000, toMs: 1999})
  for (const value of ['abc', '', '1.5', '1e3', '1234567890123', '0x10']) {
    refused(`time_from=${value}`, {code: 'bad-time', key: 'time_from', value})
  }
  refused('time_to=now', {code: 'bad-time', key: 'time_to', value: 'now'})
})

test('query: every regex given must match, and one that cannot be is refused with the reason', () => {
  understood('regex=a+ regex=b', {patterns: ['a+', 'b']})
  understood('regex=[[:digit:]]+ keyword=x', {patterns: ['[0-9]+'], keywords: ['x']})
  refused('regex=(', {code: 'bad-regex', detail: 'Unterminated group'})
  refused('regex=[unclosed', {code: 'bad-regex', detail: 'Unterminated character class'})
  understood(`regex=${'a'.repeat(512)}`, {patterns: ['a'.repeat(512)]})
  refused(`regex=${'a'.repeat(513)}`, {code: 'long-regex', lengthMax: 512})
})

test('query: what asks for nothing is refused, so that nobody gets everything by a slip', () => {
  for (const text of ['', '   ', 'keyword=', 'keywords=,,', 'regex=', 'operator=OR']) {
    refused(text, {code: 'no-criteria'})
  }
})

test('query: an unknown key is an error that suggests the nearest one, unless leniency is asked for', () => {
  refused('keywrd=a', {code: 'unknown-key', key: 'keywrd', token: 'keywrd=a', nearest: 'keyword'})
  refused('KEYWORD=a', {code: 'unknown-key', key: 'KEYWORD', token: 'KEYWORD=a', nearest: 'keyword'})
  refused('foo=bar', {code: 'unknown-key', key: 'foo', token: 'foo=bar', nearest: null})
  refused('=x', {code: 'unknown-key', key: '', token: '=x', nearest: null})
  const lenient = parseQuery('foo=bar keyword=a', {isLenient: true})
  assert.equal(lenient.status === 'understood' && lenient.query.keywords.join(), 'a')
  assert.equal(parseQuery('foo=bar', {isLenient: true}).status, 'refused')
})

test('query: more than 64 keywords are refused', () => {
  understood(`keywords=${'a,'.repeat(64)}`, {keywords: Array<string>(64).fill('a')})
  refused(`keywords=${'a,'.repeat(64)} b`, {code: 'many-keywords', countMax: 64})
})

test('query: no text makes the parser throw, and what it understands asks for something', () => {
  const token = fc.oneof(
    fc.string(),
    fc.constantFrom('keyword=', 'regex=', 'time_to=', 'operator=', '[', '\\', '(?<', '{2,', '[[:'),
    fc.string().map((text) => `regex=${text}`)
  )
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      const parsed = parse(tokens.join(' '))
      if (parsed.status === 'refused') return
      const {keywords, patterns, fromMs, toMs} = parsed.query
      assert.ok(keywords.length + patterns.length > 0 || fromMs > -Infinity || toMs < Infinity)
      for (const pattern of patterns) new RegExp(pattern, 'u')
    }),
    {seed, numRuns: times(2000)}
  )
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {padEnd, plain, widthOf, wrap} from '../../src/text/columns.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {acting, hostile} from './samples.ts'

const seed = seedFromEnvironment()

/** Letters of every width, with blanks among them so that there is something to break. */
const letters = fc.constantFrom(
  ...Array.from('abcXYZ09-_/.,é→×한국어로그漢字カナ'),
  '\u0301',
  'ᄒ',
  'ᅡ',
  'ᆫ',
  '🔥',
  '✅',
  '\u200d',
  ' ',
  ' '
)
const texts = fc.string({unit: letters, maxLength: 120})

test('a letter takes as many columns as a terminal gives it', () => {
  const widths: Readonly<Record<string, number>> = {
    '': 0,
    disk: 4,
    é: 1,
    'e\u0301': 1,
    '→': 1,
    '×': 1,
    '…': 1,
    한글: 4,
    정상: 4,
    漢字: 4,
    カナ: 4,
    // Half as wide as they usually are.
    ｶﾅ: 2,
    ＯＫ: 4,
    '、': 2,
    '㎏': 2,
    '🔥': 2,
    '🚀': 2,
    '🟢': 2,
    '✅': 2,
    '❌': 2,
    '⚠': 1,
    // The second points ask for the picture, join two of them, or are half of a flag.
    '⚠\ufe0f': 1,
    '👩\u200d🚒': 4,
    '🇰🇷': 2,
    'a\u200bb': 2,
    '𠀀': 2,
    '𝐀': 1
  }
  for (const [text, width] of Object.entries(widths)) assert.equal(widthOf(text), width, text)
})

test('a Korean word is as wide in its parts, as macOS writes file names, as in its syllables', () => {
  for (const word of ['로그', '한글파일', '값', '꿹']) {
    assert.notEqual(word.normalize('NFD'), word)
    assert.equal(widthOf(word.normalize('NFD')), widthOf(word), word)
  }
})

test('the width of two texts side by side is the sum of theirs', () => {
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      assert.equal(widthOf(left + right), widthOf(left) + widthOf(right))
    }),
    {seed}
  )
})

test('padding fills up to a column, and never cuts', () => {
  assert.equal(padEnd('정상', 8), '정상    ')
  assert.equal(padEnd('OK', 8), 'OK      ')
  assert.equal(padEnd('알 수 없음', 3), '알 수 없음')
  fc.assert(
    fc.property(texts, fc.nat({max: 40}), (text, width) => {
      const padded = padEnd(text, width)
      assert.ok(padded.startsWith(text))
      assert.equal(widthOf(padded), Math.max(width, widthOf(text)))
    }),
    {seed}
  )
})

test('wrapping breaks at blanks, and inside a word only where it is wider than a line', () => {
  assert.deepEqual(wrap('', 10), [''])
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrap('one two three', 13), ['one two three'])
  assert.deepEqual(wrap('abcdefgh ij', 3), ['abc', 'def', 'gh', 'ij'])
  assert.deepEqual(wrap('로그 파일이 없음', 6), ['로그', '파일이', '없음'])
  assert.deepEqual(wrap('로그파일', 5), ['로그', '파일'])
  // An accent stays with its letter.
  assert.deepEqual(wrap('aae\u0301b', 3), ['aae\u0301', 'b'])
})

test('wrapping keeps the blanks inside a line, and makes no line of those at its end', () => {
  assert.deepEqual(wrap('a  b', 10), ['a  b'])
  assert.deepEqual(wrap('abcd ', 4), ['abcd'])
  assert.deepEqual(wrap('abcd  efgh', 4), ['abcd', 'efgh'])
})

test('no wrapped line is wider than asked, and no letter is lost or moved', () => {
  fc.assert(
    fc.property(texts, fc.integer({min: 2, max: 60}), (text, width) => {
      const lines = wrap(text, width)
      for (const line of lines) assert.ok(widthOf(line) <= width, JSON.stringify(line))
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
    }),
    {seed}
  )
})

test('a word is only broken when it had to be', () => {
  fc.assert(
    fc.property(texts, fc.integer({min: 2, max: 60}), (text, width) => {
      const words = wrap(text, width).flatMap((line) => line.split(' '))
      for (const word of text.split(' ').filter((one) => one !== '' && widthOf(one) <= width)) {
        assert.ok(words.includes(word), `${JSON.stringify(word)} in ${JSON.stringify(words)}`)
      }
    }),
    {seed}
  )
})

test('characters that act or reorder are shown as what they are', () => {
  assert.equal(plain('a\u001b[31mb'), 'a\\x1b[31mb')
  assert.equal(plain('one\r\ntwo\tthree\u0000'), 'one\\x0d\\x0atwo\\x09three\\x00')
  assert.equal(plain('\u007f\u0085\u009b'), '\\x7f\\x85\\x9b')
  assert.equal(plain('a\u202eb\u2066c\u200fd\u061ce\u2028f'), 'a\\u202eb\\u2066c\\u200fd\\u061ce\\u2028f')
})

test('everything else stays as it is', () => {
  for (const text of ['', 'a b', '한글 漢字', 'e\u0301', '🔥', 'C:\\x', '\u00a0']) assert.equal(plain(text), text)
})

test('whatever comes in, what goes out is one line that acts on nothing, and stays the same from then on', () => {
  const anything = fc.oneof(fc.string({unit: 'binary'}), fc.string({unit: fc.constantFrom(...Array.from(hostile))}))
  fc.assert(
    fc.property(anything, (text) => {
      const shown = plain(text)
      assert.doesNotMatch(shown, acting)
      assert.equal(plain(shown), shown)
      assert.equal(shown === text, !acting.test(text))
    }),
    {seed, numRuns: times(500)}
  )
})

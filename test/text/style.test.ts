import assert from 'node:assert/strict'
import {test} from 'node:test'
import {formats, styleOf, type Style} from '../../src/text/style.ts'

function style(...argv: readonly string[]): Style {
  return styleOf(argv, {}, {columns: 100, hasColours: true})
}

test('without a word about it, the answer is text in local time, as the screen allows', () => {
  assert.deepEqual(style('daily-check'), {
    format: 'text',
    reading: {language: 'en', zone: 'local', columns: 100, colours: true, detail: 'normal'}
  })
  const {reading} = styleOf([], {LANG: 'ko_KR.UTF-8'}, {columns: 80, hasColours: false})
  assert.deepEqual(reading, {language: 'ko', zone: 'local', columns: 80, colours: false, detail: 'normal'})
})

test('every format can be asked for, and what is none is answered as text', () => {
  for (const format of formats) assert.equal(style('--format', format).format, format)
  for (const odd of ['yaml', '', 'JSON']) assert.equal(style(`--format=${odd}`).format, 'text')
  assert.equal(style('--format').format, 'text')
})

test('`--json` wins over any format', () => {
  assert.equal(style('--json').format, 'json')
  assert.equal(style('--format=nagios', '--json').format, 'json')
  assert.equal(style('--', '--json').format, 'text')
})

test('zone, detail and language follow their flags', () => {
  assert.equal(style('--utc').reading.zone, 'utc')
  assert.equal(style('--quiet').reading.detail, 'quiet')
  assert.equal(style('--verbose').reading.detail, 'verbose')
  assert.equal(style('--verbose', '--quiet').reading.detail, 'quiet')
  assert.equal(style('--lang', 'ko').reading.language, 'ko')
})

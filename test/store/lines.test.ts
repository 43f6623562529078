import assert from 'node:assert/strict'
import {test} from 'node:test'
import {flags} from '../../src/store/layout.ts'
import {LineWriter} from '../../src/store/lines.ts'

function written(contents: readonly (string | Uint8Array)[], recordFlags = 0, arrivalMs = 0): string {
  const lines = new LineWriter()
  for (const content of contents) lines.write(match(Buffer.from(content), recordFlags, arrivalMs))
  return Buffer.concat(lines.finish()).toString()
}

function match(content: Uint8Array, recordFlags: number, arrivalMs: number): Parameters<LineWriter['write']>[0] {
  return {counter: 0, at: 0, bytes: content.length, level: 0, source: 0, flags: recordFlags, arrivalMs, content}
}

/** What a line says behind its time. */
function shown(content: string | Uint8Array, recordFlags = 0): string {
  return /^\[[^\]]*\] (.*)\n$/s.exec(written([content], recordFlags))?.[1] ?? 'no line'
}

test('lines: the time of arrival in the time of this machine, in whole seconds, then the record', () => {
  const arrivalMs = new Date(2026, 2, 4, 5, 6, 7, 999).getTime()
  assert.equal(written(['a message'], 0, arrivalMs), '[2026-03-04 05:06:07] a message\n')
  const lines = new LineWriter()
  for (const ms of [999, 1000, 1999, 2000]) lines.write(match(Buffer.from('x'), 0, arrivalMs + ms))
  const seconds = [
    ...Buffer.concat(lines.finish())
      .toString()
      .matchAll(/:(\d\d)\]/g)
  ].map(([, second]) => second)
  assert.deepEqual(seconds, ['08', '08', '09', '09'])
})

test('lines: bytes stay as they are, but control characters are shown', () => {
  assert.equal(shown('tab\there, 로그 🌍, \\n as text'), 'tab\there, 로그 🌍, \\n as text')
  assert.equal(shown('two\nlines\r\n'), 'two\\nlines\\r\\n')
  assert.equal(shown('\x1b[31mred\x07\0\x7f'), '\\x1b[31mred\\x07\\x00\\x7f')
  assert.equal(shown('로\u009b31m그\u0080'), '로\\x9b31m그\\x80')
  assert.equal(shown('\u00a0 \u00ff'), '\u00a0 \u00ff')
  assert.equal(written([Buffer.of(0xff, 0xc2)]).slice(22), Buffer.of(0xff, 0xc2, 0x0a).toString())
})

test('lines: a record that was cut on arrival ends in dots and is no longer for it', () => {
  assert.equal(shown('A'.repeat(1024), flags.truncated), `${'A'.repeat(1021)}...`)
  assert.equal(shown(`abc${'가'.repeat(2)}`, flags.truncated), 'abc가...')
  assert.equal(shown('abcd가', flags.truncated), 'abcd...')
  assert.equal(shown('ab', flags.truncated), '...')
  assert.equal(shown(Buffer.alloc(9, 0x80), flags.truncated), '...')
  assert.equal(shown('partial', flags.partial), 'partial')
})

test('lines: they come in chunks of bounded size, none split, none lost', () => {
  const contents = Array.from({length: 3000}, (_, index) => `${index} ${'x'.repeat(200)}`)
  const lines = new LineWriter()
  for (const content of [...contents, 'y'.repeat(1 << 20)]) lines.write(match(Buffer.from(content), 0, 0))
  const chunks = lines.finish()
  assert.equal(lines.bytes, Buffer.concat(chunks).length)
  assert.ok(chunks.length > 2)
  for (const chunk of chunks) assert.equal(chunk.at(-1), 0x0a)
  assert.deepEqual(
    chunks.map(({length}) => length > 256 * 1024),
    [...Array<boolean>(chunks.length - 1).fill(false), true]
  )
  assert.equal(new LineWriter().finish().length, 0)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {finding} from '../../src/base/findings.ts'
import type {Tell} from '../../src/base/notice.ts'
import {jsonNotices, jsonWarnings, plainNotices} from '../../src/cli/notices.ts'
import {styleOf} from '../../src/text/style.ts'
import {acting, hostile} from '../text/samples.ts'
import {simHost, type SimHost} from '../sim/host.ts'

interface Heard {
  readonly host: SimHost
  readonly tell: Tell
  readonly lines: string[]
}

function hear(notices: typeof jsonNotices, argv: readonly string[] = []): Heard {
  const host = simHost({seed: 1})
  const lines: string[] = []
  const take = (text: string): Promise<{readonly status: 'written'}> => {
    lines.push(text)
    return Promise.resolve({status: 'written'})
  }
  const screen = {columns: 80, hasColours: false}
  const terminal = {
    ...screen,
    isWatched: false,
    print: take,
    tell: take,
    ask: (): Promise<'nobody'> => Promise.resolve('nobody')
  }
  return {host, tell: notices({host, terminal, style: styleOf(argv, {}, screen)}), lines}
}

const listens = finding('server-listens', {log: '127.0.0.1:9999', query: null, http: null})
const unused = finding('server-variable-unused', {name: 'THREAD_POOL_SIZE'})

test('notices: one JSON object a line, with the time, the code, the sentence and what to do', () => {
  const {tell, lines} = hear(jsonNotices, ['--lang', 'ko'])
  tell('info', listens)
  tell('warn', unused)
  assert.equal(lines.length, 2)
  for (const line of lines) assert.ok(line.endsWith('}\n') && !line.slice(0, -1).includes('\n'))
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    timestamp: '2026-11-20T09:15:00Z',
    level: 'info',
    service: 'logcaster',
    code: 'server-listens',
    message: 'listens: lines on 127.0.0.1:9999',
    values: {log: '127.0.0.1:9999', query: null, http: null}
  })
  const {level, hint} = JSON.parse(lines[1] ?? '') as Readonly<Record<string, string>>
  assert.deepEqual([level, hint?.startsWith('Take it out of the environment')], ['warn', true])
})

test('notices: what others have sent cannot act on the terminal that shows it', () => {
  for (const notices of [jsonNotices, plainNotices]) {
    const {tell, lines} = hear(notices)
    tell('warn', finding('server-variable-unused', {name: hostile}))
    const shown = lines.join('').replaceAll('\n', '')
    assert.doesNotMatch(shown, acting)
  }
})

test('notices: for people they are sentences in their language, with what to do where something is wrong', () => {
  const {tell, lines} = hear(plainNotices)
  tell('info', listens)
  tell('warn', unused)
  tell('error', finding('server-reload-refused', {problems: 1, first: 'x', path: null}))
  assert.deepEqual(lines, [
    'listens: lines on 127.0.0.1:9999\n',
    'warning: THREAD_POOL_SIZE has no meaning here and is ignored\n  → Take it out of the environment; writes and threads are sized by themselves.\n',
    'error: keeps its settings: the new ones have 1 problem, the first: x\n  → All of them: logcaster config check\n'
  ])
  const korean = hear(plainNotices, ['--lang', 'ko'])
  korean.tell('info', finding('server-in-front', {}))
  assert.deepEqual(korean.lines, ['Ctrl-C 로 멈출 때까지 실행됨\n'])
})

test('notices: --quiet, and a document of its own, leave out what is well', () => {
  for (const {tell, lines} of [hear(plainNotices, ['--quiet']), hear(jsonWarnings, ['--json'])]) {
    tell('info', listens)
    tell('warn', unused)
    assert.equal(lines.length, 1)
  }
})

test('notices: more than anybody reads is counted and told once there is room again', async () => {
  const {host, tell, lines} = hear(jsonNotices)
  for (let time = 0; time < 1000; time += 1) tell('warn', unused)
  assert.equal(lines.length, 100)
  await host.clock.advance(10_000)
  for (let time = 0; time < 100; time += 1) tell('warn', unused)
  // Two a second, and the count of those that were left out.
  assert.equal(lines.length, 121)
  const {code, values} = JSON.parse(lines[100] ?? '') as {readonly code: string; readonly values: object}
  assert.deepEqual([code, values], ['server-notices-left-out', {count: 900}])
})

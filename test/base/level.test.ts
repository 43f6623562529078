import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {type Level, levelOf} from '../../src/base/level.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

const seed = seedFromEnvironment()

function check(expected: Level, lines: readonly string[]): void {
  for (const line of lines) assert.equal(levelOf(line), expected, line)
}

test('S-12: a line that only talks about errors is no error', () => {
  check('unknown', [
    '0 errors',
    'found 0 errors in 12 files',
    'no error found',
    'errors=0',
    'error=0',
    'err=<nil> done',
    'error_count: 0',
    'errors: 0',
    'error-free since Monday',
    'error.log was rotated',
    'the errors page was shown',
    'terror reigns',
    'error가 없습니다',
    'ERROR가 없습니다',
    'GET /error 200'
  ])
  check('info', ['2026-10-10T13:55:36Z INFO 0 errors', 'level=info msg="error count is 0"', '[info] no error'])
})

test('a syslog priority at the start decides by its severity, whatever the text says', () => {
  const severities: readonly Level[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug']
  severities.forEach((level, severity) => {
    check(level, [`<${severity}>ERROR x`, `<${8 * 16 + severity}>Oct 10 13:55:36 host app: INFO x`])
    check(level, [`<${8 * 23 + severity}>1 2026-10-10T13:55:36Z host app - - - [debug] x`])
  })
  check('unknown', ['<192>x', '<>x', '<1234>x', '<-1>x'])
})

test('tier 1: a word at the start, or after the time, is the level in any case', () => {
  check('error', ['ERROR: x', 'error something', 'Error', 'ERR|x', 'ERROR[0001] x', 'SEVERE: x', 'error\tx'])
  check('fatal', ['FATAL x', 'Critical: x', 'panic: runtime error', 'EMERG x', 'emergency! x', 'alert: x', 'crit: x'])
  check('warn', ['WARNING:root:x', 'warn x', 'WRN x'])
  check('info', ['INFO:     x', 'notice: x', 'information: x', 'INF x'])
  check('debug', ['debug: x', 'DBG x'])
  check('trace', ['TRACE x', 'trc x'])
  check('error', [
    '2026-10-10T13:55:36Z ERROR x',
    '2026-10-10 13:55:36,123 error x',
    '2026-10-10T13:55:36.000Z\terror\tmain.go:10\tx',
    '2026-10-10 13:55:36|ERROR|x',
    '[2026-10-10 13:55:36] error: x',
    '[2026-10-10T13:55:36Z ERROR module] x',
    '[2026-10-10 13:55:36,123: ERROR/MainProcess] Task raised',
    'Oct 10 13:55:36 ERROR x',
    '1791640536 ERROR x',
    'time="2026-10-10T13:55:36Z" level=error msg="x"'
  ])
  check('unknown', ['errors: x', 'ERRORS x', 'myerror: x', 'x error: y', 'warn_me: x', 'infos x'])
})

test('tier 1: klog says the level with one letter before the date', () => {
  check('error', ['E0806 13:55:36.000000 123 file.go:10] x', '2026-10-10T13:55:36Z E1010 13:55:36 x'])
  check('warn', ['W0806 x'])
  check('info', ['I0806 x'])
  check('fatal', ['F0806 x'])
  check('unknown', ['E08061 x', 'X0806 x', 'E080 x', 'e0806 x', 'E0806x y'])
})

test('tier 2: a word alone in square or angle brackets', () => {
  check('error', [
    'x [error] y',
    'x [ERROR ] y',
    '10:11 [ ERROR] y',
    '[core:error] [pid 1] y',
    '1 {} <Error> y',
    '[ERR] y'
  ])
  check('error', ['2026/10/10 13:55:36 [error] 123#123: *1 open() failed', '[123] [error] y', '[[error]] y'])
  check('unknown', ['[errors] y', '[error y', '(error) y', '[error in x] y', '<error/> y', '[error> y', 'x error] y'])
})

test('tier 3: the value of a level key', () => {
  check('error', [
    'a=1 level=error b=2',
    'x "severity": "ERROR"',
    'x lvl=err',
    'severity_text=Error',
    'x levelname="ERROR"'
  ])
  check('error', ['{"a":1,"level":"error"}', '{"log.level":"error"}', '{ "@l" : "Error" }', '{"loglevel":"error"}'])
  check('unknown', [
    'errorlevel=error',
    'level=errors',
    'level==error',
    'level: error',
    '{"level":null}',
    '"level" "error"'
  ])
  check('unknown', ['log_level=debug', 'water level=50%', 'level=', '{"level":0.5}', '{"alevel":"error"}'])
})

test('tier 3: numbers are of pino, syslog or OpenTelemetry', () => {
  const pino: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
  pino.forEach((level, at) => {
    check(level, [`{"level":${10 * (at + 1)},"time":1791640536123,"msg":"x"}`])
  })
  check('fatal', ['{"level":0}', '{"level":2}', '{"severity":"1"}', '{"severity":21}', '{"severity":24}'])
  check('error', ['{"level":3}', '{"severity":17}'])
  check('warn', ['{"level":4}', '{"severity":13}'])
  check('info', ['{"level":5}', '{"level":6}', '{"severity":9}'])
  check('debug', ['{"level":7}', '{"severity":8}'])
  check('unknown', ['{"level":25}', '{"level":61}', '{"level":300}', '{"level":-3}'])
})

test('a JSON record says its level in a key, whatever its message quotes', () => {
  check('info', ['{"level":"info","msg":"saw [ERROR] in x"}', '{"msg":"x ERROR y","level":30}'])
  check('error', ['{"msg":"x [ERROR] y"}', '{"msg":"an ERROR came"}'])
})

test('tier 4: a word in capitals between blanks', () => {
  check('error', [
    'Oct 10 13:55:36 host app[1]: ERROR x',
    'a ERROR',
    'a - ERROR - b',
    '2026-10-10 13:55:36.1 UTC [12] ERROR:  x'
  ])
  check('unknown', [
    'a error b',
    'a Error b',
    'a ERROR, b',
    'a "ERROR" b',
    'a ERRORS b',
    'aERROR b',
    'a ERROR:b',
    'a 에ERROR b'
  ])
})

test('an earlier tier decides, and two levels in one tier make it unknown', () => {
  check('info', ['INFO [error] level=fatal WARN'])
  check('error', ['x [error] level=info WARN', 'x level=error INFO y'])
  check('unknown', ['[info] [error] level=warn', 'level=info severity=error', 'a INFO b ERROR c', '[info] <error>'])
  check('error', ['[error] [ERR]', 'level=error severity=err', 'a ERROR b ERROR c'])
})

test('only the first 256 characters are looked at', () => {
  check('error', [`${' '.repeat(250)} ERROR`, `x [error]${'y'.repeat(1_000_000)}`])
  check('unknown', [
    `${' '.repeat(256)}ERROR x`,
    `${'['.repeat(1_000_000)}error]`,
    `"level"${' '.repeat(1_000_000)}:"error"`
  ])
  fc.assert(
    fc.property(hostile(), (line) => {
      assert.equal(levelOf(line.repeat(100)), levelOf(line.repeat(100).slice(0, 256)))
    }),
    {seed}
  )
})

test('every string has one of the levels', () => {
  const levels: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unknown']
  fc.assert(
    fc.property(hostile(), (line) => {
      assert.ok(levels.includes(levelOf(line)))
    }),
    {seed, numRuns: times(2000)}
  )
})

/** Strings of the pieces that the tiers look for, in any order, with anything between. */
function hostile(): fc.Arbitrary<string> {
  const pieces = [
    '<',
    '>',
    '[',
    ']',
    '"',
    '=',
    ':',
    ' ',
    '{',
    'level',
    'error',
    'INFO',
    'E0806',
    '<3>',
    '2026-10-10T13:55:36Z'
  ]
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({unit: 'binary', maxLength: 3}))
  return fc.array(piece, {maxLength: 30}).map((parts) => parts.join(''))
}

import assert from 'node:assert/strict'
import {suite, test} from 'node:test'
import {type Level, levelOf} from '../../src/base/level.ts'
import {checksumOf} from '../../src/store/checksum.ts'
import {createModel, levelsByNumber} from '../../src/store/kernel-model.ts'
import {createKernel, createMemory, type Kernel} from '../../src/store/kernel.ts'
import {cells, flags, type Layout} from '../../src/store/layout.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {Bench, Pair, smallLayout} from './kernels.ts'
import {NearlyLogs} from './nearly-logs.ts'

const seed = seedFromEnvironment()
const roomy = smallLayout({ringLines: 1000, arenaBytes: 1 << 20, lineBytesMax: 65_536})
const tiny = smallLayout({ringLines: 10, arenaBytes: 64, lineBytesMax: 20})

suite('taking lines', () => {
  test('takes whole lines with LF and CR LF, and leaves the rest', () => {
    const bench = new Bench(roomy)
    assert.equal(bench.takeLines('one\ntwo\r\nthree'), 9)
    assert.deepEqual(bench.records(), ['one', 'two'])
    assert.equal(bench.cell('takenAt'), 0)
    assert.equal(bench.cell('takenRecords'), 2)
    assert.equal(bench.takeLines('three'), 0)
    assert.equal(bench.cell('takenRecords'), 0)
    assert.equal(bench.takeLines('three\n'), 6)
    assert.equal(bench.cell('takenAt'), 9)
    assert.equal(bench.cell('head'), 15)
  })

  test('keeps the bytes of blank lines, which are no records', () => {
    const bench = new Bench(roomy)
    const text = '\n\r\n\na\n\r\n\r\r\n \n'
    assert.equal(bench.takeLines(text), text.length)
    assert.deepEqual(bench.records(), ['a', '\r', ' '])
    const {arenaAt} = bench.layout
    assert.equal(bench.bytes.toString('latin1', arenaAt, arenaAt + text.length), text)
    assert.equal(bench.takeLines('\n\r\n'), 3)
    assert.equal(bench.cell('takenRecords'), 0)
    assert.equal(bench.cell('takenLevels'), 0)
  })

  test('a CR that was left in front of the input belongs to no line', () => {
    const bench = new Bench(roomy)
    bench.bytes[roomy.inputAt - 1] = 13
    assert.equal(bench.takeLines('\nx\n'), 3)
    assert.deepEqual(bench.records(), ['x'])
  })

  test('stops before a line that is too long, whose LF and CR do not count', () => {
    const bench = new Bench(smallLayout({ringLines: 10, arenaBytes: 4096, lineBytesMax: 20}))
    const longest = 'x'.repeat(20)
    assert.equal(bench.takeLines(`${longest}\n`), 21)
    assert.equal(bench.takeLines(`${longest}\r\n`), 22)
    assert.equal(bench.takeLines(`${longest}x\n`), 0)
    assert.equal(bench.takeLines(`${longest}x\r\n`), 0)
    assert.equal(bench.takeLines(`${longest}\r\r\n`), 0)
    assert.equal(bench.takeLines(`a\n${longest}x\nb\n`), 2)
    assert.equal(bench.takeLines(`a\n${longest}\r\n${longest}x\nb\n`), 24)
    assert.deepEqual(bench.records(), [longest, longest, 'a', 'a', longest])
  })

  test('entries know offset, length, level, arrival and source', () => {
    const bench = new Bench(roomy)
    const arrivalMs = 2 ** 48 - 5
    bench.takeLines('x\nERROR y\r\n', {arrivalMs, source: 65_535})
    bench.takeRecord('WARN\nz', {arrivalMs: 7, source: 1, flags: flags.whole | flags.truncated})
    assert.deepEqual(bench.ring.entry(1), {at: 2, bytes: 7, level: 5, flags: 0, arrivalMs, source: 65_535})
    assert.deepEqual(bench.ring.entry(2), {at: 11, bytes: 6, level: 4, flags: 9, arrivalMs: 7, source: 1})
    assert.equal(bench.cell('takenLevels'), 1 << 4)
    assert.deepEqual([...bench.control.subarray(cells.levels)], [1, 0, 0, 0, 1, 1, 0])
  })

  test('a record may hold anything, also CR and LF at its end', () => {
    const bench = new Bench(roomy)
    for (const text of ['\n', 'a\nb\r\n', '\r', '\0']) bench.takeRecord(text)
    assert.deepEqual(bench.records(), ['\n', 'a\nb\r\n', '\r', '\0'])
    assert.equal(bench.bytes[roomy.arenaAt + 1], 10)
  })
})

suite('making room', () => {
  test('what does not fit before the end of the arena begins at its start', () => {
    const bench = new Bench(tiny)
    for (const letter of 'abc') bench.takeLines(`${letter.repeat(19)}\n`)
    assert.equal(bench.cell('head'), 60)
    bench.takeLines('12345\n')
    assert.equal(bench.cell('takenAt'), 0)
    assert.equal(bench.cell('takenEvicted'), 1)
    assert.deepEqual(bench.records(), ['b'.repeat(19), 'c'.repeat(19), '12345'])
  })

  test('records behind the place that stays unused are dropped first', () => {
    const bench = new Bench(tiny)
    bench.takeLines(`${'a'.repeat(19)}\n`)
    bench.takeLines(`${'b'.repeat(19)}\n`)
    for (const letter of 'cdefg') bench.takeLines(`${letter.repeat(3)}\n`)
    assert.equal(bench.cell('head'), 60)
    // Overwrites a, and b with the next one; then c to e lie behind the head.
    bench.takeLines(`${'h'.repeat(18)}\n`)
    bench.takeLines(`${'i'.repeat(18)}\n`)
    assert.deepEqual(bench.records(), ['ccc', 'ddd', 'eee', 'fff', 'ggg', 'h'.repeat(18), 'i'.repeat(18)])
    bench.takeLines(`${'j'.repeat(20)}\r\n`)
    assert.deepEqual(bench.records(), ['h'.repeat(18), 'i'.repeat(18), 'j'.repeat(20)].slice(0))
  })

  test('a piece may end exactly where the arena ends', () => {
    const bench = new Bench(tiny)
    for (const letter of 'abcd') bench.takeLines(`${letter.repeat(15)}\n`)
    assert.equal(bench.cell('head'), 64)
    assert.equal(bench.records().length, 4)
    bench.takeLines('e\n')
    assert.equal(bench.cell('takenAt'), 0)
    assert.deepEqual(bench.records(), ['b'.repeat(15), 'c'.repeat(15), 'd'.repeat(15), 'e'])
  })

  test('no more than ringLines are kept, also of one call', () => {
    const bench = new Bench(smallLayout({ringLines: 3, arenaBytes: 4096, lineBytesMax: 20}))
    bench.takeLines('a\nb\n')
    assert.equal(bench.cell('takenEvicted'), 0)
    bench.takeLines('c\nd\n')
    assert.equal(bench.cell('takenEvicted'), 1)
    assert.deepEqual(bench.records(), ['b', 'c', 'd'])
    bench.takeLines(
      Array.from({length: 900}, (_, number) => `${number}\n`)
        .join('')
        .slice(0, 2000)
    )
    assert.equal(bench.records().length, 3)
    bench.takeRecord('z')
    assert.deepEqual(bench.records().slice(-1), ['z'])
    assert.equal(bench.cell('takenEvicted'), 1)
  })

  test('a ring of one line keeps the last one', () => {
    const bench = new Bench(smallLayout({ringLines: 1, arenaBytes: 4096, lineBytesMax: 20}))
    bench.takeLines('a\nb\n\nc\n')
    assert.deepEqual(bench.records(), ['c'])
    assert.equal(bench.cell('takenEvicted'), 2)
    bench.takeRecord('d')
    assert.deepEqual(bench.records(), ['d'])
  })

  test('counters go on at zero behind 2^32', () => {
    const pair = new Pair(smallLayout({ringLines: 5, arenaBytes: 256, lineBytesMax: 20}))
    for (const bench of [pair.kernel, pair.model]) {
      bench.control[cells.first] = 2 ** 32 - 3
      bench.control[cells.end] = 2 ** 32 - 3
      bench.control[cells.levels] = 2 ** 32 - 1
    }
    for (const text of ['a\nb\n', 'c\nd\n', 'e\nf\ng\n', 'h'.repeat(19) + '\n']) {
      pair.do((bench) => bench.takeLines(text), text)
    }
    assert.equal(pair.kernel.ring.end, 5)
    assert.equal(pair.kernel.cell('levels'), 7)
    assert.deepEqual(pair.kernel.records(), ['d', 'e', 'f', 'g', 'h'.repeat(19)])
  })
})

suite('kernel and model', () => {
  const layouts: readonly Layout[] = [
    smallLayout({ringLines: 7, arenaBytes: 2048, lineBytesMax: 300}),
    smallLayout({ringLines: 1, arenaBytes: 1000, lineBytesMax: 40}),
    smallLayout({ringLines: 31, arenaBytes: 777, lineBytesMax: 17}),
    smallLayout({ringLines: 1000, arenaBytes: 20_000, lineBytesMax: 2000})
  ]

  test('leave the same memory behind, byte for byte, through many laps', () => {
    const random = seeded(seed)
    for (const layout of layouts) {
      const pair = new Pair(layout)
      for (let step = 0; step < times(300); step += 1) {
        const act = actionOf(random, layout)
        pair.do(act.action, `SEED=${seed} step ${step}: ${act.what}`)
      }
    }
  })

  test('take the same lines of large reads', () => {
    const random = seeded(seed)
    const lines = new NearlyLogs(random)
    const pair = new Pair(smallLayout({ringLines: 100_000, arenaBytes: 1 << 20, lineBytesMax: 1000}))
    for (let read = 0; read < times(8); read += 1) {
      let text = ''
      while (text.length < 200_000)
        text += lines.line().replaceAll('\n', ' ') + random.pick(['\n', '\n', '\r\n', '\n\n'])
      // Also reads with far more lines than one batch.
      if (read % 4 === 3) text = text.replaceAll(/[^\n]{3,}/g, 'ab')
      pair.do((bench) => bench.takeLines(text, {arrivalMs: read * 2 ** 40, source: read}), `SEED=${seed} read ${read}`)
    }
  })

  test('compute the checksum of checksum.ts, at any place, of any length', () => {
    const random = seeded(seed)
    const pair = new Pair(roomy)
    const noise = random.bytes(70_000)
    for (const {bytes} of [pair.kernel, pair.model]) bytes.set(noise, roomy.scratchAt)
    for (let round = 0; round < times(300); round += 1) {
      const at = random.below(1000)
      const length = round < 200 ? round : random.below(68_000)
      const [low, high] = [random.below(2 ** 32), random.below(2 ** 32)]
      const where = `SEED=${seed} round ${round}`
      pair.do((bench) => {
        bench.kernel.checksum(roomy.scratchAt + at, length, low, high)
      }, where)
      const sum = {low: pair.kernel.cell('sumLow'), high: pair.kernel.cell('sumHigh')}
      assert.deepEqual(sum, checksumOf(noise.subarray(at, at + length), low, high), where)
    }
  })
})

suite('levels', () => {
  test('a line has the level of levelOf, however close it comes to have another', () => {
    const random = seeded(seed)
    const lines = new NearlyLogs(random)
    const judge = new Judge()
    for (let round = 0; round < times(100_000); round += 1) {
      const line = lines.line()
      if (round % 4 === 0) judge.record(line)
      else judge.line(line.replaceAll('\n', ' '))
    }
    for (const level of levelsByNumber) assert.ok(judge.seen.has(level), level)
  })

  test('a line has the level of levelOf, whichever byte of it is another one', () => {
    const judge = new Judge()
    for (const sample of samples) {
      for (let at = 0; at < sample.length; at += 1) judgeEveryByte(judge, sample, at)
    }
  })

  test('a line has the level of levelOf, wherever it is cut', () => {
    const judge = new Judge()
    for (const sample of samples) {
      for (let length = 1; length <= sample.length; length += 1) judge.line(sample.slice(0, length))
      // What is beyond 256 bytes does not count, not even as the end of a word.
      for (let before = 256 - sample.length - 3; before <= 256; before += 1) {
        judge.record(`${'z'.repeat(before - 1)} ${sample}`)
        judge.line(`${' '.repeat(before)}${sample} x`)
      }
    }
  })
})

test('what the index has no room for is a bug of the caller', () => {
  const memory = createMemory(roomy)
  const create =
    (change: Partial<Layout>): (() => Kernel) =>
    () =>
      createKernel(memory, {...roomy, ...change})
  assert.throws(create({lineBytesMax: 1 << 21}), /bug: .* length of every line/)
  assert.throws(create({ringLines: 0}), /bug: .* every record/)
  assert.throws(create({indexEntries: 1000}), /bug: .* every record/)
  for (const kernel of [createKernel(memory, roomy), createModel(memory, roomy)]) {
    const {inputAt, arenaBytes} = roomy
    assert.throws(() => kernel.takeLines(inputAt, inputAt + arenaBytes / 2 + 1, 0, 0), /bug: .* half of the arena/)
    assert.throws(() => kernel.takeLines(inputAt, inputAt - 1, 0, 0), /bug: .* half of the arena/)
    assert.throws(() => {
      kernel.takeRecord(inputAt, 0, 0, 0, 0)
    }, /bug: .* length/)
    assert.throws(() => {
      kernel.takeRecord(inputAt, 1 << 21, 0, 0, 0)
    }, /bug: .* length/)
    assert.throws(() => {
      kernel.takeRecord(inputAt, arenaBytes / 2, 0, 0, 0)
    }, /bug: .* half of the arena/)
  }
})

/** Asks the kernel for the level of one line after the other. */
class Judge {
  readonly seen = new Set<Level>()
  readonly #bench = new Bench(roomy)

  line(line: string): void {
    if (line === '' || line === '\r') return
    this.#bench.takeLines(`${line}\n`)
    this.#compare(line.endsWith('\r') ? line.slice(0, -1) : line)
  }

  record(record: string): void {
    if (record === '') return
    this.#bench.takeRecord(record)
    this.#compare(record)
  }

  #compare(text: string): void {
    const newest = this.#bench.ring.entry((this.#bench.ring.end - 1) >>> 0)
    const expected = levelOf(text.slice(0, 256))
    this.seen.add(expected)
    const found = newest === undefined ? 'none' : levelsByNumber[newest.level]
    if (found !== expected) assert.fail(`SEED=${seed} ${JSON.stringify(text)}: ${found} and not ${expected}`)
  }
}

function judgeEveryByte(judge: Judge, sample: string, at: number): void {
  for (let byte = 0; byte < 256; byte += 1) {
    // The kernel remembers the minute of the line before.
    if (byte % 16 === 0) judge.record(sample)
    judge.record(sample.slice(0, at) + String.fromCharCode(byte) + sample.slice(at + 1))
  }
}

interface Action {
  readonly what: string
  readonly action: (bench: Bench) => number | undefined
}

function actionOf(random: Seeded, layout: Layout): Action {
  const arrivalMs = random.below(2 ** 24) * 2 ** 24
  const source = random.below(65_536)
  if (random.below(3) === 0) {
    const text = textOf(random, 1 + random.below(Math.min(layout.lineBytesMax, layout.arenaBytes / 2 - 2)))
    const bits = random.below(256)
    return {
      what: `record ${JSON.stringify(text)}`,
      action: (bench) => {
        bench.takeRecord(text, {arrivalMs, source, flags: bits})
        return undefined
      }
    }
  }
  let text = ''
  for (let lines = random.below(40); lines > 0; lines -= 1) {
    // Now and then a line is too long, by one byte or by more.
    const length = random.pick([0, 1, 2, 5, 12, layout.lineBytesMax - 1, random.below(layout.lineBytesMax + 3)])
    const line = textOf(random, length).replaceAll('\n', ' ') + random.pick(['\n', '\n', '\r\n', '\n\n', '\r\r\n'])
    if (text.length + line.length <= layout.arenaBytes / 2) text += line
  }
  text = text.slice(0, text.length - random.pick([0, 0, 0, random.below(5)]))
  return {
    what: `lines ${JSON.stringify(text)}`,
    action: (bench) => bench.takeLines(text, {arrivalMs, source})
  }
}

function textOf(random: Seeded, length: number): string {
  const text = new NearlyLogs(random).line()
  return text.padEnd(length, random.pick(['x', ' ', '\r', 'ERROR '])).slice(0, length)
}

// Where a time decides, the word behind it is in small letters: one in capitals would be found without it.
const samples: readonly string[] = [
  '2024-11-20T09:00:00.123Z INFO svc[123]: x',
  '2024-11-20T09:00:00.123Z EMERGENCY x',
  '2024-11-20T09:00:00.123Z info x',
  '2000-02-29 23:59:60,123 warn x',
  '[2024/11/20 09:00:00 +0200] error: x',
  '1900-02-28T00:00:00+02 - err|x',
  '2024-04-30t00:00:00 -03:30 trace x',
  '2024-12-31T00:00:00z | debug x',
  '2024-11-20 09:00:00 UTC; info x',
  '2024-11-20 09:00:00 GMT emerg x',
  'time="2024-11-20T09:00:00Z" level=error msg',
  'time=2024-11-20T09:00:00Z fatal x',
  'timestamp=1791640536.123 fatal x',
  'date=2024-11-20T09:00:00 crit x',
  'ts=1791640536123456 notice x',
  't=1791640536123456789 severe x',
  '1791640536 debug x',
  '1791640536123 trc',
  'Oct 10 13:55:36 error x',
  'Jun  9 13:55:36,5 error x',
  'Sat Feb 29 13:55:36.123 2026 error x',
  '[Sat Feb 29 13:55:36.123 2026] [core:error] x',
  ...['Jan 31', 'Mar 31', 'Apr 30', 'May 31', 'Jul 31', 'Aug 31', 'Sep 30', 'Nov 30', 'Dec 31'].map(
    (day, number) => `${['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sun'][number % 6] ?? ''} ${day} 00:00:00 wrn`
  ),
  '127.0.0.1 - - [10/Oct/2026:13:55:36 +0000] panic: x',
  'ERROR at [10/Oct/2026:13:55:36] x',
  'ERROR at [10/Oct/2026:13:55:36] debug',
  '<191>1 ERROR x',
  '<13>x',
  '{"level":50,"msg":"ERROR x"}',
  '{"severity_text" : "WARNING","x":"y"}',
  'x "@l":"info", @l=7 lvl=23',
  'E0806 13:55:36.000 file.go:10] x',
  '2024-11-20T09:00:00Z W0806 x',
  'information: x',
  'emergency= x',
  'a [ a.module:crit\t] b < Error > c',
  'a [modulewithlength:error] b',
  'a ERROR: b EMERGENCY c',
  'a INFORMATION b',
  'x loglevel=trace log.level="TRACE" levelname=20',
  'severity=alert, severity_text=8 levelname=panic'
]

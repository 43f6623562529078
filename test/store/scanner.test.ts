import assert from 'node:assert/strict'
import {test, type TestContext} from 'node:test'
import {realClock} from '../../src/host/clock.ts'
import {realWorkers, type Workers} from '../../src/host/workers.ts'
import {parseQuery, type Query} from '../../src/store/query.ts'
import {
  createScanner,
  scannerLimits,
  type ScanAnswer,
  type Scanner,
  type ScannerLimits
} from '../../src/store/scanner.ts'
import {filledRing, type FilledRing, type RingSize} from './filled-ring.ts'

// The pattern takes a minute for this line, and longer for each further letter.
const hostile = `regex=${'(.*)*'.repeat(60)}=`
const hostileLine = `${'a'.repeat(60)}!`

function queryOf(text: string): Query {
  const parsed = parseQuery(text, {isLenient: false})
  assert.ok(parsed.status === 'understood', text)
  return parsed.query
}

interface Started {
  readonly scanner: Scanner
  readonly ring: FilledRing
  /** How many threads there were so far. */
  readonly threads: () => number
}

function start(t: TestContext, limits: Partial<ScannerLimits> = {}, size: RingSize = {}): Started {
  const ring = filledRing(size)
  let threads = 0
  const real = realWorkers()
  const workers: Workers = {
    start(file, given) {
      threads += 1
      return real.start(file, given)
    }
  }
  const given = {memory: ring.memory, layout: ring.layout}
  const scanner = createScanner({workers, clock: realClock(), given}, {...scannerLimits, ...limits})
  t.after(() => scanner.close())
  return {scanner, ring, threads: () => threads}
}

function ask(scanner: Scanner, text: string, bytesMax = 1 << 20): Promise<ScanAnswer> {
  return scanner.scan({query: queryOf(text), bytesMax})
}

function linesOf(answer: ScanAnswer): string[] {
  if (answer.status !== 'found') assert.fail(answer.status)
  const text = Buffer.concat(answer.chunks).toString()
  assert.equal(text.split('\n').length - 1, answer.matches)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(22))
}

test('scanner: searches what is in the memory at that moment, with one thread that starts with the first query', async (t) => {
  const {scanner, ring, threads} = start(t)
  ring.put(['one error', 'two', 'three error'])
  assert.equal(threads(), 0)
  assert.deepEqual(linesOf(await ask(scanner, 'keyword=error')), ['one error', 'three error'])
  ring.put(['four error'])
  assert.deepEqual(linesOf(await ask(scanner, 'regex=f.*error')), ['four error'])
  assert.deepEqual(linesOf(await ask(scanner, 'keyword=none')), [])
  assert.equal(threads(), 1)
})

test('scanner: while records are overwritten under its hands, each one it answers with is whole, and they are in order', async (t) => {
  const {scanner, ring} = start(t, {}, {ringLines: 60, ringBytes: 1 << 20})
  let written = 0
  const record = (number: number): string => `${number}:${'abcdefghij'.charAt(number % 10).repeat(9000)}.`
  let seen = 0
  for (let round = 0; round < 20; round += 1) {
    const answer = ask(scanner, 'keyword=:', 4 << 20)
    // In one go, so that the thread runs at the same time.
    for (let more = 0; more < 3000; more += 1) {
      ring.put([record(written)])
      written += 1
    }
    const lines = linesOf(await answer)
    const numbers = lines.map((line) => Number.parseInt(line))
    assert.deepEqual(lines, numbers.map(record))
    assert.deepEqual(
      numbers,
      numbers.toSorted((left, right) => left - right)
    )
    seen += lines.length
  }
  assert.ok(seen > 0)
})

test('scanner: a hostile pattern is broken off at the deadline, and the next query is answered by a new thread', async (t) => {
  const {scanner, ring, threads} = start(t, {deadlineMs: 1000})
  ring.put([hostileLine])
  const [late, next] = await Promise.all([ask(scanner, hostile), ask(scanner, 'keyword=a')])
  assert.deepEqual(late, {status: 'late', deadlineMs: 1000})
  assert.deepEqual(linesOf(next), [hostileLine])
  assert.equal(threads(), 2)
})

test('scanner: queries wait in order, up to a number of them and a time', async (t) => {
  const {scanner, ring} = start(t, {deadlineMs: 1000, waitingMax: 2, waitMsMax: 50})
  ring.put([hostileLine])
  const running = ask(scanner, hostile)
  const waiting = [ask(scanner, 'keyword=a'), ask(scanner, 'keyword=b')]
  const busy = {status: 'busy', waiting: 2}
  assert.deepEqual(await ask(scanner, 'keyword=c'), busy)
  assert.deepEqual(await Promise.all(waiting), [busy, busy])
  assert.equal((await running).status, 'late')
  assert.deepEqual(linesOf(await ask(scanner, 'keyword=!')), [hostileLine])
})

test('scanner: an answer beyond its bytes is not put together', async (t) => {
  const {scanner, ring} = start(t)
  ring.put(Array.from({length: 100}, () => 'x'.repeat(1000)))
  assert.deepEqual(await ask(scanner, 'keyword=x', 50_000), {status: 'too-large', bytesMax: 50_000})
  assert.equal((await ask(scanner, 'keyword=x', 110_000)).status, 'found')
})

test('scanner: a thread that breaks is told, and replaced', async (t) => {
  const {scanner, ring, threads} = start(t)
  ring.put(['x'])
  const broken = await scanner.scan({query: {...queryOf('keyword=x'), patterns: ['(']}, bytesMax: 1})
  assert.ok(broken.status === 'broken' && broken.reason.includes('Unterminated group'), JSON.stringify(broken))
  assert.deepEqual(linesOf(await ask(scanner, 'keyword=x')), ['x'])
  assert.equal(threads(), 2)
})

test('scanner: where the system gives no thread each query is told so, and the next one tries again', async (t) => {
  const ring = filledRing({})
  ring.put(['x'])
  const real = realWorkers()
  let refusals = 0
  const workers: Workers = {
    start(file, given) {
      if (refusals === 2) return real.start(file, given)
      refusals += 1
      throw new Error('ERR_WORKER_INIT_FAILED: EAGAIN')
    }
  }
  const given = {memory: ring.memory, layout: ring.layout}
  const scanner = createScanner({workers, clock: realClock(), given})
  t.after(() => scanner.close())
  const broken = {status: 'broken', reason: 'ERR_WORKER_INIT_FAILED: EAGAIN'}
  const answers = [ask(scanner, 'keyword=x'), ask(scanner, 'keyword=x')]
  assert.deepEqual(await Promise.all(answers), [broken, broken])
  assert.deepEqual(linesOf(await ask(scanner, 'keyword=x')), ['x'])
})

test('scanner: closing answers whatever waits or runs, and nothing is taken any more', async (t) => {
  const {scanner, ring} = start(t)
  ring.put([hostileLine])
  const answers = [ask(scanner, hostile), ask(scanner, 'keyword=a')]
  await scanner.close()
  const closed = {status: 'closed'}
  assert.deepEqual(await Promise.all(answers), [closed, closed])
  assert.deepEqual(await ask(scanner, 'keyword=a'), closed)
})

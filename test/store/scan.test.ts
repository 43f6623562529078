import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {parseQuery, type Query} from '../../src/store/query.ts'
import {scan} from '../../src/store/scan.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {filledRing, type FilledRing} from './filled-ring.ts'

const seed = seedFromEnvironment()

function queryOf(text: string): Query {
  const parsed = parseQuery(text, {isLenient: false})
  assert.ok(parsed.status === 'understood', text)
  return parsed.query
}

function found({memory, layout}: FilledRing, text: string): string[] {
  return Array.from(scan(memory, layout, queryOf(text)), ({content}) => Buffer.from(content).toString())
}

const lines = [
  'ERROR: database timeout',
  'WARNING: high CPU',
  'INFO: user logged in',
  'ERROR: user timeout on CPU 3',
  'DEBUG: 시간 초과 🌍'
]

test('scan: keywords are substrings in their case, joined by AND or OR', () => {
  const ring = filledRing()
  ring.put(lines)
  assert.deepEqual(found(ring, 'keyword=timeout'), [lines[0], lines[3]])
  assert.deepEqual(found(ring, 'keywords=ERROR,CPU'), [lines[3]])
  assert.deepEqual(found(ring, 'keywords=WARNING,INFO operator=OR'), [lines[1], lines[2]])
  assert.deepEqual(found(ring, 'keyword=error'), [])
  assert.deepEqual(found(ring, 'keyword=초과'), [lines[4]])
})

test('scan: patterns are searched for, and all filters must be true', () => {
  const ring = filledRing()
  ring.put(lines)
  assert.deepEqual(found(ring, 'regex=ERROR.*timeout'), [lines[0], lines[3]])
  assert.deepEqual(found(ring, 'regex=CPU$'), [lines[1]])
  assert.deepEqual(found(ring, 'regex=^E regex=[0-9]$'), [lines[3]])
  assert.deepEqual(found(ring, 'regex=timeout keyword=user'), [lines[3]])
  assert.deepEqual(found(ring, 'regex=^.*..🌍$'), [lines[4]])
})

test('scan: times are those of arrival, both ends inclusive', () => {
  const ring = filledRing()
  for (const [index, line] of lines.entries()) ring.put([line], 1_791_640_500_000 + index * 500)
  assert.deepEqual(found(ring, 'time_from=1791640501 time_to=1791640501'), [lines[2], lines[3]])
  assert.deepEqual(found(ring, 'time_to=1791640500'), [lines[0], lines[1]])
  assert.deepEqual(found(ring, 'time_from=1791640502'), [lines[4]])
  assert.deepEqual(found(ring, 'time_from=9 time_to=1'), [])
})

test('scan: a keyword does not reach from one record into the next', () => {
  const ring = filledRing()
  ring.put(['ends with tim', 'eout begins'])
  assert.deepEqual(found(ring, 'keyword=timeout'), [])
  assert.deepEqual(found(ring, 'keyword=tim'), ['ends with tim'])
})

test('scan: of a ring that has wrapped, what is still there is found, oldest first', () => {
  const ring = filledRing({ringLines: 10})
  ring.put(Array.from({length: 25}, (_, index) => `line ${index}`))
  assert.deepEqual(
    found(ring, 'keyword=line'),
    Array.from({length: 10}, (_, index) => `line ${index + 15}`)
  )
})

test('scan: what is overwritten while it goes on is left out, and nothing else', () => {
  const ring = filledRing({ringLines: 10})
  ring.put(Array.from({length: 10}, (_, index) => `line ${index}`))
  const met: string[] = []
  for (const {content} of scan(ring.memory, ring.layout, queryOf('keyword=line'))) {
    met.push(Buffer.from(content).toString())
    if (met.length === 1) ring.put(['line 10', 'line 11', 'line 12'])
  }
  assert.deepEqual(met, ['line 0', ...Array.from({length: 7}, (_, index) => `line ${index + 3}`)])
})

test('scan: a keyword is found on both sides of where the arena begins anew', () => {
  const ring = filledRing({ringBytes: 65_536})
  const records = Array.from(
    {length: 40},
    (_, index) => `${index % 3 === 0 ? 'needle' : ''}${'-'.repeat(4000)}${index}.`
  )
  for (let count = 1; count <= records.length; count += 1) {
    ring.put(records.slice(count - 1, count))
    const kept = found(ring, 'time_from=0')
    assert.deepEqual(
      found(ring, 'keyword=needle'),
      kept.filter((text) => text.startsWith('needle'))
    )
  }
})

test('scan: it finds what a plain filter over the records finds, in rings that wrap anywhere', () => {
  const word = fc.constantFrom('a', 'ab', 'ba', 'abc', 'c', ' ', '가')
  const record = fc.array(word, {minLength: 1, maxLength: 30}).map((words) => words.join(''))
  // Long ones, so that the small arena wraps after few.
  const stretch = fc.tuple(record, fc.nat({max: 9000})).map(([text, padding]) => text + '-'.repeat(padding))
  const keywords = fc.array(fc.constantFrom('a', 'ab', 'bab', 'cc', '가', 'zz'), {minLength: 1, maxLength: 3})
  fc.assert(
    fc.property(fc.array(stretch, {maxLength: 60}), keywords, fc.boolean(), (records, wanted, isOr) => {
      const ring = filledRing({ringLines: 20, ringBytes: 65_536})
      ring.put(records)
      const kept = found(ring, 'time_from=0')
      assert.deepEqual(kept, records.slice(records.length - kept.length))
      const model = kept.filter((text) => {
        const isIn = wanted.map((keyword) => text.includes(keyword))
        return isOr ? isIn.includes(true) : !isIn.includes(false)
      })
      assert.deepEqual(found(ring, `keywords=${wanted.join()} operator=${isOr ? 'OR' : 'AND'}`), model)
    }),
    {seed, numRuns: times(300)}
  )
})

test('scan: a keyword across a border of the windows in which a large arena is searched is found', () => {
  const borderAt = 1 << 24
  for (const before of [0, 1, 3, 5, 6]) {
    const ring = filledRing({ringBytes: 40 << 20})
    ring.put(Array<string>(255).fill('x'.repeat(65_535)))
    const record = `${'x'.repeat(borderAt - 255 * 65_536 - before)}needle`
    ring.put([record, 'another needle', 'none'])
    assert.deepEqual(found(ring, 'keyword=needle'), [record, 'another needle'])
    assert.deepEqual(found(ring, 'keyword=none'), ['none'])
    assert.deepEqual(found(ring, 'keyword=nowhere'), [])
  }
})

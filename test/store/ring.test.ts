import assert from 'node:assert/strict'
import {once} from 'node:events'
import {test} from 'node:test'
import {Worker} from 'node:worker_threads'
import {cells, type Layout} from '../../src/store/layout.ts'
import {lineOf, type Sighting} from './fixtures/ring-watcher.ts'
import {Bench, smallLayout} from './kernels.ts'

const layout = smallLayout({ringLines: 4, arenaBytes: 4096, lineBytesMax: 100})

test('a record is there from the end of the call that took it until it is dropped', () => {
  const bench = new Bench(layout)
  const {ring} = bench
  assert.deepEqual([ring.first, ring.end], [0, 0])
  assert.equal(ring.entry(0), undefined)
  bench.takeLines('a\nb\nc\nd\n')
  assert.deepEqual([ring.first, ring.end], [0, 4])
  assert.equal(String(Buffer.from(ring.bytes(0) ?? [])), 'a')
  bench.takeLines('e\n')
  assert.deepEqual([ring.first, ring.end], [1, 5])
  for (const gone of [0, 5, 2 ** 31, 2 ** 32 - 1]) {
    assert.equal(ring.entry(gone), undefined)
    assert.equal(ring.bytes(gone), undefined)
  }
})

test('what was copied stays what it was', () => {
  const bench = new Bench(smallLayout({ringLines: 4, arenaBytes: 64, lineBytesMax: 20}))
  bench.takeLines('before\n')
  const copy = bench.ring.bytes(0)
  for (let lines = 0; lines < 20; lines += 1) bench.takeLines('xxxxxxxxxxxxxxx\n')
  assert.equal(String(Buffer.from(copy ?? [])), 'before')
})

test('counters behind 2^32 are found', () => {
  const bench = new Bench(layout)
  bench.control[cells.first] = bench.control[cells.end] = 2 ** 32 - 1
  bench.takeLines('a\nb\n')
  assert.deepEqual([bench.ring.first, bench.ring.end], [2 ** 32 - 1, 1])
  assert.deepEqual(bench.records(), ['a', 'b'])
  assert.equal(bench.ring.entry(1), undefined)
  assert.equal(bench.ring.entry(2 ** 32 - 2), undefined)
})

test('another thread reads whole records or none, while their bytes are overwritten', async () => {
  await watch(smallLayout({ringLines: 1000, arenaBytes: 8192, lineBytesMax: 300}))
})

test('another thread reads whole records or none, while their entries are overwritten', async () => {
  await watch(smallLayout({ringLines: 63, arenaBytes: 1 << 16, lineBytesMax: 300}))
})

/** Writes into a ring so small that what is read is overwritten all the time, until the watcher has seen enough. */
async function watch(ring: Layout): Promise<void> {
  const bench = new Bench(ring)
  const workerData = {memory: bench.memory, layout: ring}
  const worker = new Worker(new URL('fixtures/ring-watcher.ts', import.meta.url), {workerData})
  const sighting = once(worker, 'message') as Promise<[Sighting]>
  let number = 0
  const writing = setInterval(() => {
    for (let calls = 0; calls < 200; calls += 1) {
      let text = ''
      for (let lines = 0; lines < 30; lines += 1, number += 1) text += `${lineOf(number)}\n`
      bench.takeLines(text)
    }
  }, 0)
  const [{whole, gone, torn}] = await sighting.finally(() => {
    clearInterval(writing)
  })
  assert.deepEqual(torn, [])
  assert.ok(whole > 0 && gone > 0, `${whole} whole, ${gone} gone`)
}

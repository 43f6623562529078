import assert from 'node:assert/strict'
import {test} from 'node:test'
import {RingReader} from '../../src/store/ring.ts'
import {openStore, type Store, type StoreOptions} from '../../src/store/store.ts'
import {simHost} from '../sim/host.ts'

const options: StoreOptions = {ringLines: 4, ringBytes: 1 << 20, lineBytesMax: 100, queueBytes: 1 << 20}
const quiet = (): void => undefined

function put(store: Store, text: string): {from: number; to: number} {
  const from = store.layout.inputAt
  const bytes = new TextEncoder().encode(text)
  store.memory.set(bytes, from)
  return {from, to: from + bytes.length}
}

function linesOf(store: Store): string[] {
  const ring = new RingReader(store.shared, store.layout)
  const lines: string[] = []
  for (let counter = ring.first; counter !== ring.end; counter += 1) {
    lines.push(new TextDecoder().decode(ring.bytes(counter)))
  }
  return lines
}

test('store: in memory, a record is acknowledged as soon as it is taken, and the oldest give way', async () => {
  const store = await openStore(simHost({seed: 1}), options, quiet)
  const {from, to} = put(store, 'one\ntwo\n\nthree\nunfinished')
  assert.equal(store.takeLines(from, to, store.sourceId('web')), 'one\ntwo\n\nthree\n'.length)
  assert.equal(store.endSeq, 4)
  const whole = put(store, 'four\nfour')
  store.takeRecord(whole.from, whole.to, {source: 0, flags: 2})
  const last = put(store, 'ERROR: five\r\n')
  store.takeLines(last.from, last.to, 0)
  assert.deepEqual(linesOf(store), ['two', 'three', 'four\nfour', 'ERROR: five'])
  assert.deepEqual([store.endSeq, store.acknowledgedSeq, store.pendingBytes, store.durability], [6, 6, 0, 'none'])
  const {ring, taken, evicted, byLevel, wal} = store.stats()
  assert.deepEqual({taken, evicted, lines: ring.lines, wal}, {taken: 5, evicted: 1, lines: 4, wal: undefined})
  assert.deepEqual(byLevel, [4, 0, 0, 0, 0, 1, 0])
  await store.close()
})

test('store: what the ring holds is counted in bytes, also around its end', async () => {
  const store = await openStore(simHost({seed: 1}), {...options, ringLines: 1000}, quiet)
  assert.equal(store.stats().ring.bytes, 0)
  const line = `${'x'.repeat(99)}\n`
  const {from, to} = put(store, line.repeat(100))
  store.takeLines(from, to, 0)
  assert.equal(store.stats().ring.bytes, 10_000)
  const {arenaBytes} = store.layout
  for (let bytes = 10_000; bytes <= arenaBytes; bytes += 10_000) store.takeLines(from, to, 0)
  const {ring} = store.stats()
  assert.equal(ring.lines, 1000)
  assert.ok(ring.bytes >= 100_000 && ring.bytes < 120_000, String(ring.bytes))
  assert.equal(ring.capacityBytes, arenaBytes)
})

test('store: sessions are known by their last number', async () => {
  const store = await openStore(simHost({seed: 1}), options, quiet)
  assert.equal(store.lastOf('web1'), 0)
  store.note('web1', 7)
  assert.equal(store.lastOf('web1'), 7)
  assert.equal(store.sourceName(store.sourceId('web1')), 'web1')
  assert.equal(store.persistence, undefined)
  assert.deepEqual(store.damaged, [])
  assert.equal(store.trouble, undefined)
})

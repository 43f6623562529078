import assert from 'node:assert/strict'
import {mkdtempSync, readdirSync, realpathSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import type {Finding} from '../../src/base/findings.ts'
import type {Disk} from '../../src/host/disk.ts'
import {realHost} from '../../src/host/real.ts'
import {RingReader} from '../../src/store/ring.ts'
import {openStore, type Store, type StoreHost, type StoreOptions} from '../../src/store/store.ts'

const mebibyte = 1 << 20

interface Place {
  readonly directory: string
  readonly host: StoreHost
  readonly told: Finding[]
  open(changed?: Partial<StoreOptions>): Promise<Store>
}

function place(t: TestContext, host: StoreHost = realHost()): Place {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'logcaster-store-'))
  t.after(() => {
    rmSync(directory, {recursive: true, force: true})
  })
  const told: Finding[] = []
  const options: StoreOptions = {
    ringLines: 100,
    ringBytes: mebibyte,
    lineBytesMax: 1000,
    queueBytes: mebibyte,
    persistence: {directory, durability: 'commit', retainBytes: 16 * mebibyte, retainAgeMs: 0, minFreeBytes: 0}
  }
  return {
    directory,
    host,
    told,
    open: (changed) => openStore(host, {...options, ...changed}, (_level, said) => told.push(said))
  }
}

function take(store: Store, text: string): void {
  const from = store.layout.inputAt
  const {written} = new TextEncoder().encodeInto(text, new Uint8Array(text.length * 3))
  const bytes = new TextEncoder().encode(text)
  assert.equal(bytes.length, written)
  store.memory.set(bytes, from)
  assert.equal(store.takeLines(from, from + bytes.length, store.sourceId('web')), bytes.length)
}

function linesOf(store: Store): string[] {
  const ring = new RingReader(store.shared, store.layout)
  const lines: string[] = []
  for (let counter = ring.first; counter !== ring.end; counter += 1) {
    lines.push(new TextDecoder().decode(ring.bytes(counter)))
  }
  return lines
}

function acknowledged(store: Store): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (store.acknowledgedSeq === store.endSeq) resolve()
    }
    store.onProgress(look)
    look()
  })
}

test('store: with a directory, records are acknowledged once they are there, and found again by the next server', async (t) => {
  const at = place(t)
  const first = await at.open()
  assert.equal(first.durability, 'commit')
  take(first, 'ERROR: one\ntwo\r\n\n')
  first.note('session', 2)
  const {inputAt} = first.layout
  first.memory.set(new TextEncoder().encode('three\nthree'), inputAt)
  first.takeRecord(inputAt, inputAt + 11, {source: first.sourceId('other web'), flags: 2})
  assert.equal(first.acknowledgedSeq, 1, 'nothing is acknowledged before it is on the disk')
  assert.ok(first.pendingBytes > 0)
  await acknowledged(first)
  assert.equal(first.pendingBytes, 0)
  await first.close()

  const next = await at.open()
  assert.deepEqual(linesOf(next), ['ERROR: one', 'two', 'three\nthree'])
  assert.deepEqual([next.endSeq, next.acknowledgedSeq, next.lastOf('session')], [4, 4, 2])
  const {taken, evicted, byLevel} = next.stats()
  assert.deepEqual({taken, evicted, errors: byLevel[5]}, {taken: 3, evicted: 0, errors: 1})
  const ring = new RingReader(next.shared, next.layout)
  const entry = ring.entry(ring.end - 1)
  assert.equal(next.sourceName(entry?.source ?? 0), 'other web')
  assert.equal(entry?.flags, 2 | 8)
  assert.deepEqual(at.told, [])
  await next.close()
})

test('store: of a log that is longer than its memory, the newest records are loaded, and none counts as dropped', async (t) => {
  const at = place(t)
  const first = await at.open()
  const line = 'x'.repeat(900)
  for (let read = 0; read < 50; read += 1) {
    take(first, Array.from({length: 100}, (_, number) => `${read * 100 + number} ${line}\n`).join(''))
    await acknowledged(first)
  }
  await first.close()
  assert.ok(readdirSync(join(at.directory, 'wal')).length > 2)
  const next = await at.open()
  assert.deepEqual(
    linesOf(next).map((text) => Number.parseInt(text)),
    Array.from({length: 100}, (_, number) => 4900 + number)
  )
  const {taken, evicted, byLevel} = next.stats()
  assert.deepEqual({taken, evicted, byLevel}, {taken: 100, evicted: 0, byLevel: [100, 0, 0, 0, 0, 0, 0]})
  await next.close()
})

test('store: lines and reads may have been longer in the life before, and are loaded all the same', async (t) => {
  const at = place(t)
  const first = await at.open({lineBytesMax: 1_000_000})
  const {inputAt, headroomAt, inputBytes} = first.layout
  const long = 'y'.repeat(5000)
  const text = `${'x'.repeat(900_000)}\n${long}\nshort\n`
  first.memory.set(new TextEncoder().encode(text), inputAt + inputBytes - text.length)
  assert.ok(text.length <= inputAt + inputBytes - headroomAt)
  assert.equal(first.takeLines(inputAt + inputBytes - text.length, inputAt + inputBytes, 0), text.length)
  first.memory.set(new TextEncoder().encode(long), inputAt)
  first.takeRecord(inputAt, inputAt + long.length, {source: 0, flags: 0})
  await first.close()

  const next = await at.open()
  const loaded = ['x'.repeat(1000), long.slice(0, 1000), 'short', long.slice(0, 1000)]
  assert.deepEqual(linesOf(next), loaded)
  const ring = new RingReader(next.shared, next.layout)
  assert.deepEqual(
    loaded.map((_, index) => ring.entry(ring.first + index)?.flags),
    [9, 9, 0, 9]
  )
  await next.close()
})

test('store: the longest line fits a segment, however little is retained', async (t) => {
  const at = place(t)
  const persistence = {directory: at.directory, durability: 'os' as const, retainAgeMs: 0, minFreeBytes: 0}
  const store = await at.open({lineBytesMax: mebibyte, persistence: {...persistence, retainBytes: 8 * mebibyte}})
  const {headroomAt} = store.layout
  store.memory.fill(0x78, headroomAt, headroomAt + mebibyte)
  store.takeRecord(headroomAt, headroomAt + mebibyte, {source: 0, flags: 0})
  await acknowledged(store)
  await store.close()
})

test('store: at none with a directory, all is acknowledged at once and written all the same', async (t) => {
  const at = place(t)
  const persistence = {directory: at.directory, retainBytes: 16 * mebibyte, retainAgeMs: 0, minFreeBytes: 0}
  const changed = {persistence: {...persistence, durability: 'none' as const}}
  const first = await at.open(changed)
  take(first, 'one\n')
  assert.deepEqual([first.durability, first.acknowledgedSeq, first.endSeq], ['none', 2, 2])
  await first.close()
  const next = await at.open(changed)
  assert.deepEqual(linesOf(next), ['one'])
  await next.close()
})

test('store: a torn end and damage are told once, and what is behind the damage is kept', async (t) => {
  const at = place(t)
  const first = await at.open()
  for (const text of ['one\n', 'two\n', 'three\n']) {
    take(first, text)
    await acknowledged(first)
  }
  await first.close()
  const [name = ''] = readdirSync(join(at.directory, 'wal')).filter((file) => file.endsWith('.lcw'))
  const file = join(at.directory, 'wal', name)
  truncateSync(file, 4096 + 250)
  const next = await at.open()
  assert.deepEqual(
    at.told.map(({code}) => code),
    ['wal-torn']
  )
  assert.ok(next.tornBytes > 0)
  assert.deepEqual(next.damaged, [])
  assert.deepEqual(linesOf(next)[0], 'one')
  await next.close()
})

test('store: a directory has one server at a time, and is free again when opening it fails', async (t) => {
  const at = place(t)
  const first = await at.open()
  await assert.rejects(at.open(), (error) => error instanceof Fault && error.code === 'data-locked')
  await first.close()
  rmSync(join(at.directory, 'wal'), {recursive: true})
  writeFileSync(join(at.directory, 'wal'), 'no folder')
  await assert.rejects(at.open())
  rmSync(join(at.directory, 'wal'))
  const next = await at.open()
  await next.close()
})

test('store: a disk that takes no writes is told once, and once more when it does', async (t) => {
  const state = {isBroken: false}
  const real = realHost()
  const at = place(t, {...real, disk: breakable(real.disk, state)})
  const store = await at.open()
  state.isBroken = true
  take(store, 'one\n')
  while (store.trouble === undefined) await new Promise(setImmediate)
  assert.equal(store.acknowledgedSeq, 1)
  state.isBroken = false
  await acknowledged(store)
  assert.equal(store.trouble, undefined)
  assert.deepEqual(
    at.told.map(({code}) => code),
    ['wal-stuck', 'wal-goes-on']
  )
  await store.close()
})

/** The real one, which refuses to write while it is broken. */
function breakable(disk: Disk, state: {readonly isBroken: boolean}): Disk {
  const refuse = (): void => {
    if (state.isBroken) throw Object.assign(new Error('EIO: for the test'), {code: 'EIO'})
  }
  return new Proxy(disk, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
      return async (...given: unknown[]) => {
        if (key === 'rename') refuse()
        const result: unknown = await Reflect.apply(member, target, given)
        return key === 'open' ? breakableFile(result as object, refuse) : result
      }
    }
  })
}

function breakableFile(file: object, refuse: () => void): object {
  return new Proxy(file, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as ((...given: unknown[]) => unknown) | undefined
      // Whoever waits for it asks whether it is a promise.
      if (member === undefined) return undefined
      return (...given: unknown[]) => {
        if (key === 'writeAll' || key === 'syncData') refuse()
        return Reflect.apply(member, target, given)
      }
    }
  })
}

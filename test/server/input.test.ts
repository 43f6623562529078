import assert from 'node:assert/strict'
import {mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {realDisk, type OpenFile} from '../../src/host/disk.ts'
import {FileInput, keptBytesMax, PipedInput} from '../../src/server/input.ts'
import {openSource} from '../../src/server/source-file.ts'
import {seeded, seedFromEnvironment, type Seeded} from '../sim/random.ts'

const seed = seedFromEnvironment()

/** Bytes that come late, some later than those that were asked for after them. */
function slow(file: OpenFile, random: Seeded): OpenFile {
  return {
    ...file,
    async read(into, position) {
      const bytes = Buffer.alloc(into.length)
      const count = await file.read(bytes, position)
      await delay(random.below(8))
      into.set(bytes.subarray(0, count))
      return count
    }
  }
}

async function opened(t: TestContext, bytes: Uint8Array): Promise<{readonly path: string; readonly input: FileInput}> {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-input-'))
  const path = join(folder, 'input')
  writeFileSync(path, bytes)
  const disk = realDisk()
  const random = seeded(seed)
  const source = await openSource({...disk, open: async (name, how) => slow(await disk.open(name, how), random)}, path)
  t.after(async () => {
    await source.close()
    rmSync(folder, {recursive: true})
  })
  return {path, input: new FileInput(source)}
}

test('input: a file gives the same bytes from wherever it is read, forward, back, or both at once', async (t) => {
  const random = seeded(seed)
  const bytes = random.bytes(3_000_000)
  const {input} = await opened(t, bytes)
  let at = 0
  for (let step = 0; step < 200; step += 1) {
    const abandoned = random.below(5) === 0 ? input.read(random.below(bytes.length)) : undefined
    const piece = await input.read(at)
    assert.ok(Buffer.from(bytes.subarray(at, at + piece.length)).equals(piece), `SEED=${seed} step=${step}`)
    assert.equal(piece.length === 0, at === bytes.length)
    await abandoned
    at += random.below(2) === 0 ? piece.length : random.below(piece.length + 1)
    if (random.below(4) === 0) at = random.below(bytes.length + 1)
  }
  assert.equal((await input.read(bytes.length)).length, 0)
  input.release()
  assert.equal(input.isFullAt(), false)
})

test('input: a file that becomes shorter while it is read is told of', async (t) => {
  const {path, input} = await opened(t, new Uint8Array(2_000_000))
  assert.equal((await input.read(0)).length, 256 << 10)
  truncateSync(path, 100_000)
  await assert.rejects(input.read(1_000_000), {code: 'file-unreadable'})
})

test('input: a pipe keeps what is not released, and is full at its bound', async () => {
  const piece = Buffer.alloc(1 << 20, 'x')
  const count = keptBytesMax / piece.length
  const source = (async function* (): AsyncGenerator<Buffer, undefined> {
    for (let at = 0; at < count; at += 1) yield await Promise.resolve(piece)
    yield Buffer.alloc(0)
    yield Buffer.from('the end')
    return undefined
  })()
  const input = new PipedInput(source)
  let at = 0
  while (!input.isFullAt(at)) at += (await input.read(at)).length
  assert.equal(at, keptBytesMax)
  // What is kept can be read again, even where more cannot be taken.
  assert.equal(input.isFullAt(5), false)
  assert.equal((await input.read(5)).length, piece.length - 5)
  input.release(piece.length * 2 + 7)
  assert.equal(input.isFullAt(at), false)
  assert.equal((await input.read(piece.length * 2)).length, piece.length)
  let end = ''
  for (let piece = await input.read(at); at < keptBytesMax + 7; piece = await input.read(at)) {
    end += piece.toString()
    at += piece.length
  }
  assert.equal(end, 'the end')
  assert.equal((await input.read(at)).length, 0)
})

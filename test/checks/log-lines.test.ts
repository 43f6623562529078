import assert from 'node:assert/strict'
import {appendFileSync, truncateSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {gzipSync, zstdCompressSync} from 'node:zlib'
import fc from 'fast-check'
import {formOf, type LogFile} from '../../src/checks/log-files.ts'
import {lineBytesMax, LineSplitter, type Reading, readLines} from '../../src/checks/log-lines.ts'
import {type Disk, realDisk} from '../../src/host/disk.ts'
import {SimDisk} from '../sim/disk.ts'
import {seeded, seedFromEnvironment} from '../sim/random.ts'
import {temporaryFolder, writeLog} from './log-context.ts'

const seed = seedFromEnvironment()

interface Read {
  readonly lines: string[]
  readonly reading: Reading
}

interface Bounds {
  readonly readBytesMax?: number
  readonly disk?: Disk
  readonly signal?: AbortSignal
  readonly onLine?: (line: string) => void
}

async function read(path: string, bounds: Bounds = {}): Promise<Read> {
  const lines: string[] = []
  const file: LogFile = {path, form: formOf(path), size: 0, modifiedMs: 0}
  const reading = await readLines(bounds.disk ?? realDisk(), file, {
    how: 'read',
    readBytesMax: bounds.readBytesMax ?? 1 << 28,
    signal: bounds.signal ?? new AbortController().signal,
    take(bytes, start, end) {
      const line = bytes.toString('latin1', start, end)
      lines.push(line)
      bounds.onLine?.(line)
    }
  })
  return {lines, reading}
}

/** The plain model: everything in memory, split at once. */
function linesOf(content: string): string[] {
  return content
    .split('\n')
    .map((line) => line.slice(0, lineBytesMax).replace(/\r$/, ''))
    .filter((line) => line !== '')
}

test('however the bytes are cut into chunks, the lines are the same', () => {
  const piece = fc.constantFrom('\n', '\r\n', '\r', '\0', 'a', 'bc ', '\xff', '\xec\x97\x90', 'x'.repeat(40_000))
  fc.assert(
    fc.property(fc.array(piece, {maxLength: 20}), fc.array(fc.nat(), {maxLength: 8}), (pieces, cuts) => {
      const content = pieces.join('')
      const bytes = Buffer.from(content, 'latin1')
      const lines: string[] = []
      const splitter = new LineSplitter(
        (from, start, end) => lines.push(from.toString('latin1', start, end)),
        'at-a-line'
      )
      const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right)
      for (const [at, end] of [...places, bytes.length].entries())
        splitter.push(bytes.subarray(places[at - 1] ?? 0, end))
      splitter.finish()
      assert.deepEqual(lines, linesOf(content))
    }),
    {seed}
  )
})

test('a plain file, its gzip and its zstd archive give the same lines', async (t) => {
  const folder = temporaryFolder(t)
  const content = Array.from({length: 40_000}, (_, at) => `line ${at} ${'x'.repeat(at % 50)}`).join('\n')
  writeLog(join(folder, 'a.log'), content)
  writeLog(
    join(folder, 'b.log.gz'),
    Buffer.concat([gzipSync(content.slice(0, 99_999)), gzipSync(content.slice(99_999))])
  )
  writeLog(join(folder, 'c.log.zst'), zstdCompressSync(content))
  for (const name of ['a.log', 'b.log.gz', 'c.log.zst']) {
    const {lines, reading} = await read(join(folder, name))
    assert.deepEqual(lines, linesOf(content), name)
    assert.deepEqual(reading, {readBytes: content.length, totalBytes: content.length, isWhole: true, failure: null})
  }
})

test('an empty file has no lines', async (t) => {
  const folder = temporaryFolder(t)
  writeLog(join(folder, 'a.log'), '')
  writeLog(join(folder, 'b.log.gz'), gzipSync(''))
  for (const name of ['a.log', 'b.log.gz']) {
    const {lines, reading} = await read(join(folder, name))
    assert.deepEqual(lines, [])
    assert.equal(reading.isWhole, true)
  }
})

test('of a long file the last bytes are read, from the first whole line on, wherever that cuts', async (t) => {
  const path = join(temporaryFolder(t), 'a.log')
  const content = 'first\nsecond\n\nthird\r\nfourth'
  writeLog(path, content)
  for (let readBytesMax = 1; readBytesMax < content.length; readBytesMax += 1) {
    const {lines, reading} = await read(path, {readBytesMax})
    const start = content.length - readBytesMax
    const lineStart = content.indexOf('\n', start) + 1
    assert.deepEqual(lines, lineStart === 0 ? [] : linesOf(content.slice(lineStart)), `readBytesMax=${readBytesMax}`)
    assert.equal(reading.isWhole, false)
    assert.equal(reading.totalBytes, content.length)
  }
})

test('a gzip bomb is read up to the bound and no farther', async (t) => {
  const path = join(temporaryFolder(t), 'bomb.log.gz')
  writeLog(path, gzipSync(Buffer.alloc(50_000_000, 'a line\n')))
  const {lines, reading} = await read(path, {readBytesMax: 700_000})
  assert.equal(lines.length, 100_000)
  assert.deepEqual(reading, {readBytes: 700_000, totalBytes: null, isWhole: false, failure: null})
})

test('once enough is decompressed, the rest of the archive is not even read', async (t) => {
  const path = join(temporaryFolder(t), 'a.log.gz')
  const size = 4_000_000
  // What does not compress fills many chunks.
  writeLog(path, gzipSync(seeded(seed).bytes(size)))
  const real = realDisk()
  let fileBytes = 0
  const open: Disk['open'] = async (name, how) => {
    const file = await real.open(name, how)
    const readAndCount: typeof file.read = async (into, position) => {
      const count = await file.read(into, position)
      fileBytes += count
      return count
    }
    return {...file, read: readAndCount}
  }
  await read(path, {readBytesMax: 1000, disk: {...real, open}})
  assert.ok(fileBytes < size / 2, `SEED=${seed}: ${fileBytes} bytes`)
})

test('of a damaged archive everything before the damage counts, and the damage is told', async (t) => {
  const folder = temporaryFolder(t)
  const content = Array.from({length: 50_000}, (_, at) => `line ${at} ${((at * 7919) % 10_007) ** 3}`).join('\n')
  for (const [name, archive] of [
    ['cut.log.gz', gzipSync(content)],
    ['cut.log.zst', zstdCompressSync(content)]
  ] as const) {
    const path = join(folder, name)
    writeLog(path, archive.subarray(0, archive.length - 20))
    const {lines, reading} = await read(path)
    assert.notEqual(reading.failure, null, name)
    assert.ok(lines.length > 30_000, `${name}: only ${lines.length} lines`)
    assert.deepEqual(lines.slice(0, -1), linesOf(content).slice(0, lines.length - 1))
  }
  writeLog(join(folder, 'none.log.gz'), 'this is no archive\n')
  assert.equal((await read(join(folder, 'none.log.gz'))).reading.failure, 'Z_DATA_ERROR')
})

test('an archive of a kind we cannot open says so', async () => {
  assert.equal((await read('/nowhere/a.log.1.xz')).reading.failure, 'unsupported.xz')
})

test('a file that grows while it is read is read as far as it went when it was opened', async (t) => {
  const path = join(temporaryFolder(t), 'a.log')
  const content = 'a line of text\n'.repeat(20_000)
  writeLog(path, content)
  let isGrown = false
  const {lines, reading} = await read(path, {
    onLine() {
      if (!isGrown) appendFileSync(path, 'more\n'.repeat(100_000))
      isGrown = true
    }
  })
  assert.deepEqual(lines, linesOf(content))
  assert.deepEqual(reading, {readBytes: content.length, totalBytes: content.length, isWhole: true, failure: null})
})

test('a file that is emptied while it is read ends there quietly', async (t) => {
  const path = join(temporaryFolder(t), 'a.log')
  writeLog(path, 'a line of text\n'.repeat(100_000))
  const {lines, reading} = await read(path, {
    onLine() {
      truncateSync(path, 0)
    }
  })
  assert.ok(lines.length > 0 && lines.length < 100_000)
  assert.equal(reading.failure, null)
})

test('when the time is up, nothing more is read', async (t) => {
  const folder = temporaryFolder(t)
  writeLog(join(folder, 'a.log'), 'a line of text\n'.repeat(100_000))
  writeLog(join(folder, 'b.log.gz'), gzipSync('a line of text\n'.repeat(100_000)))
  for (const name of ['a.log', 'b.log.gz']) {
    const stop = new AbortController()
    const {lines, reading} = await read(join(folder, name), {
      signal: stop.signal,
      onLine() {
        stop.abort('deadline')
      }
    })
    assert.ok(lines.length < 50_000, `${name}: ${lines.length} lines`)
    assert.equal(reading.isWhole, false)
  }
})

test('whichever disk operation fails, it is told and the file is closed', async () => {
  for (let failAt = 1; ; failAt += 1) {
    // Creating, writing and closing the file come first.
    const disk = new SimDisk({seed, failAt: failAt + 3})
    const created = await disk.open('/a.log', 'create')
    await created.write(Buffer.from('one\ntwo\n'), 0)
    await created.close()
    const {lines, reading} = await read('/a.log', {disk})
    assert.equal(disk.openFiles, 0, `SEED=${seed} failAt=${failAt}`)
    if (!disk.failed) {
      assert.deepEqual(lines, ['one', 'two'])
      break
    }
    const isOnlyClosing = disk.failedOperation === 'close /a.log'
    assert.equal(reading.failure, isOnlyClosing ? null : 'EIO', `SEED=${seed} failAt=${failAt}`)
  }
})

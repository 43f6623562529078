import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {lockDirectory} from '../../src/store/directory-lock.ts'
import {LegacyLines} from '../../src/store/legacy-lines.ts'
import {lookInto} from '../../src/store/segment-files.ts'
import {exportWal, type Exported, type ExportOptions} from '../../src/store/wal-export.ts'
import {importFiles, planImport, type ImportOptions} from '../../src/store/wal-import.ts'
import {listSegments, missingSegments, verifyWal} from '../../src/store/wal-tools.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import {ledgerHost, passing} from '../ledger/ground.ts'
import type {SimDisk} from '../sim/disk.ts'
import type {SimHost} from '../sim/host.ts'
import {desk, filled, folder, LogFile, nth, refusing, whole} from './log-files.ts'

const directory = '/data'

function hostWith(...logs: readonly {readonly path: string; readonly bytes: Uint8Array}[]): SimHost {
  const host = ledgerHost({seed: 1})
  host.disk.putFolder(folder)
  for (const {path, bytes} of logs) host.disk.put(path, bytes)
  return host
}

test('wal verify: a log that is whole is told with what it holds, and nothing is changed', async () => {
  const logs = [filled(3), filled(4, {firstSeq: 10}).close()]
  const host = hostWith(...logs)
  const before = [...host.disk.files().keys()]
  const found = await verifyWal(host, directory)
  assert.deepEqual(found, {
    ...{status: 'whole', segments: 2, bytes: 131_072, records: 21, firstSeq: 1, nextSeq: 22},
    ...{torn: undefined, damaged: []}
  })
  assert.deepEqual([...host.disk.files().keys()], before)
})

test('wal verify: a torn end is a warning, unless a server is writing there', async () => {
  const log = new LogFile().frame({lines: ['one', 'two']}).frame({lines: ['three']})
  const {from, to} = log.frameAt(1)
  log.bytes[to - 20]! ^= 1
  const host = hostWith(log)
  const found = await verifyWal(host, directory)
  const torn = {file: log.name, from, to, seqFrom: 3, seqTo: 4, bytes: to - from}
  assert.deepEqual([found.status, found.torn, found.records, found.nextSeq], ['torn', torn, 2, 3])
  const lock = await lockDirectory(host, directory)
  assert.deepEqual([(await verifyWal(host, directory)).status], ['whole'])
  await lock.release()
})

test('wal verify: whole frames that a start would forget are a torn end, though a server runs', async () => {
  const log = new LogFile()
    .frame({lines: ['one']})
    .frame({lines: ['two']})
    .frame({lines: ['three']})
  log.bytes[log.frameAt(1).from + 80]! ^= 1
  const host = hostWith(log)
  const lock = await lockDirectory(host, directory)
  assert.equal((await verifyWal(host, directory)).status, 'torn')
  await lock.release()
})

test('wal verify: damage in any segment is told with its bytes and its records', async () => {
  const logs = [filled(3), filled(4, {firstSeq: 10}), filled(2, {firstSeq: 22}), filled(2, {firstSeq: 28}).close()]
  const hit = nth(logs, 1).frameAt(2)
  nth(logs, 1).bytes[hit.from + 90]! ^= 1
  nth(logs, 0).bytes[2]! ^= 1
  const host = hostWith(...logs)
  await host.disk.remove(nth(logs, 2).path)
  const {status, damaged, records, nextSeq} = await verifyWal(host, directory)
  assert.deepEqual([status, records, nextSeq], ['damaged', 33 - 3 - 6, 34])
  assert.deepEqual(damaged, [
    {file: nth(logs, 1).name, from: hit.from, to: hit.to, seqFrom: hit.seqFrom, seqTo: hit.seqTo},
    {file: nth(logs, 1).name, from: nth(logs, 1).at, to: nth(logs, 1).at, seqFrom: 22, seqTo: 28},
    {file: nth(logs, 0).name, from: 0, to: 4096, seqFrom: 1, seqTo: 1}
  ])
})

test('wal verify: a segment that went to later records, or away, while it was read is no damage', async () => {
  const logs = [filled(3), filled(4, {firstSeq: 10}), filled(2, {firstSeq: 22}).close()]
  for (const gone of ['recycled', 'removed'] as const) {
    const host = hostWith(...logs)
    let opened = 0
    const disk = new Proxy(host.disk, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        if (key !== 'open') return value.bind(target) as unknown
        return async (...given: Parameters<SimDisk['open']>): Promise<unknown> => {
          opened += given[0] === nth(logs, 0).path ? 1 : 0
          // The first time, its header is read.
          if (given[0] === nth(logs, 0).path && opened === 2) {
            if (gone === 'removed') await target.remove(given[0])
            else target.put(given[0], new LogFile({firstSeq: 900}).bytes)
          }
          return target.open(...given)
        }
      }
    })
    const found = await verifyWal({...host, disk}, directory)
    assert.deepEqual([found.status, found.records, found.damaged], ['whole', 18, []], gone)
  }
})

test('wal verify: where there is no log, that is said', async () => {
  const host = ledgerHost({seed: 1})
  assert.deepEqual((await faultOf(verifyWal(host, directory)))?.code, 'wal-absent')
  host.disk.put(`${folder}/notes.txt`, 'x')
  assert.deepEqual((await faultOf(verifyWal(host, directory)))?.code, 'wal-absent')
  const closed = refusing(hostWith(filled(1)).disk, 'open', {reason: 'EACCES'})
  assert.equal((await faultOf(verifyWal({...host, disk: closed}, directory)))?.code, 'file-unreadable')
})

test('wal ls: each segment is told by its two ends', async () => {
  const first = new LogFile().frame({lines: ['a', 'b'], arrivalMs: 1000}).frame({lines: ['c'], arrivalMs: 2000})
  const failed = new LogFile({firstSeq: 4}).frame({lines: ['d', 'e', 'f'], arrivalMs: 3000})
  const short = new LogFile({firstSeq: 6}).frame({lines: ['g'], arrivalMs: 4000})
  const last = new LogFile({firstSeq: 9})
    .frame({flags: 2, sessions: {a: 1}})
    .frame({lines: ['h'], arrivalMs: 5000})
    .close()
  const host = hostWith(first, failed, short, last, new LogFile({firstSeq: 10}))
  host.disk.put(`${folder}/0000000000000007.lcw`, 'garbage')
  const listed = await listSegments(host.disk, directory)
  assert.deepEqual(
    listed.map(({firstSeq, endSeq, firstMs, lastMs, state}) => [firstSeq, endSeq, firstMs, lastMs, state]),
    [
      [1, 4, 1000, 2000, 'sealed'],
      [4, 6, 3000, 3000, 'sealed'],
      [6, 7, 4000, 4000, 'short'],
      [7, 7, undefined, undefined, 'headless'],
      [9, 10, 5000, 5000, 'sealed'],
      [10, 10, undefined, undefined, 'newest']
    ]
  )
})

test('wal ls: the end of a large segment is found from behind, wherever it is', async () => {
  const log = new LogFile()
  log.frame({lines: ['first'], arrivalMs: 1000}).frame({lines: ['last'], arrivalMs: 2000})
  const host = hostWith({path: log.path, bytes: Buffer.concat([log.bytes, new Uint8Array(5 << 20)])})
  const [listed] = await listSegments(host.disk, directory)
  assert.deepEqual([listed?.endSeq, listed?.firstMs, listed?.lastMs], [3, 1000, 2000])
})

test('wal: a segment that is gone from the middle is found without reading the others', async () => {
  const logs = [filled(3), filled(4, {firstSeq: 10}), filled(2, {firstSeq: 22}), filled(2, {firstSeq: 28})]
  const host = hostWith(...logs)
  const look = async (): Promise<unknown> => {
    const {segments} = await lookInto(host.disk, folder, desk())
    return missingSegments({disk: host.disk, folder, desk: desk()}, segments)
  }
  assert.deepEqual(await look(), [])
  await host.disk.remove(nth(logs, 1).path)
  await host.disk.remove(nth(logs, 2).path)
  assert.deepEqual(await look(), [
    {file: nth(logs, 0).name, from: nth(logs, 0).at, to: nth(logs, 0).at, seqFrom: 10, seqTo: 28}
  ])
})

const all = {seqFrom: 0, seqTo: Infinity, sinceMs: 0, inert: (json: string): string => json}

async function exported(
  disk: SimDisk,
  options: Partial<ExportOptions> = {}
): Promise<Exported & {readonly text: string; readonly pieces: readonly number[]}> {
  const pieces: Buffer[] = []
  const take = (bytes: Uint8Array): Promise<boolean> => {
    pieces.push(Buffer.from(bytes))
    return Promise.resolve(true)
  }
  const told = await exportWal(disk, directory, {options: {format: 'text', ...all, ...options}, take})
  return {...told, text: Buffer.concat(pieces).toString('latin1'), pieces: pieces.map(({length}) => length)}
}

test('wal export: as text, every record is its bytes and one line break', async () => {
  const log = new LogFile()
    .frame({lines: ['plain', 'lines']})
    .frame({raw: {bytes: 'with\r\n\n\r\nreturns\r\n', records: 2}})
    .frame({raw: {bytes: 'whole\nof\r\nthree\n', records: 1, flags: whole}})
    .frame({raw: {bytes: '\n\n', records: 0}})
    .frame({raw: {bytes: '\nbehind a blank\n', records: 1}})
    .frame({raw: {bytes: 'around\n\na blank\n', records: 2}})
  const told = await exported(hostWith(log).disk)
  assert.equal(told.text, 'plain\nlines\nwith\nreturns\nwhole\nof\r\nthree\nbehind a blank\naround\na blank\n')
  const {records, bytes, firstSeq, nextSeq, missing, holes} = told
  assert.deepEqual([records, bytes, firstSeq, nextSeq, missing, holes], [8, told.text.length, 1, 9, 0, 0])
})

test('wal export: as JSON, a record is an object that is always UTF-8 and says what is odd about it', async () => {
  const arrivalMs = Date.UTC(2026, 10, 20, 9, 15, 0, 7)
  const log = new LogFile()
    .frame({lines: ['ERROR ü'], arrivalMs, source: 'web-1'})
    .frame({raw: {bytes: 'cut\n', records: 1, flags: whole | 1}, arrivalMs})
    .frame({raw: {bytes: 'no end\nhere\n', records: 1, flags: whole | 2}, arrivalMs})
  const host = hostWith(log)
  const lines = async (): Promise<unknown[]> => {
    return (await exported(host.disk, {format: 'json'})).text
      .trimEnd()
      .split('\n')
      .map((line) => {
        return JSON.parse(Buffer.from(line, 'latin1').toString()) as unknown
      })
  }
  const recv = '2026-11-20T09:15:00.007Z'
  const common = {recv, recv_ms: arrivalMs}
  assert.deepEqual(await lines(), [
    {seq: 1, ...common, level: 'error', src: 'web-1', msg: 'ERROR ü', flags: []},
    {seq: 2, ...common, level: 'unknown', src: 'raw', msg: 'cut', flags: ['truncated']},
    {seq: 3, ...common, level: 'unknown', src: 'raw', msg: 'no end\nhere', flags: ['partial']}
  ])
})

test('wal export: bytes that are no UTF-8 are replaced in JSON, and kept in text', async () => {
  const log = new LogFile().frame({bytes: Uint8Array.of(0x61, 0xff, 0x62)})
  const {disk} = hostWith(log)
  const {msg, flags} = JSON.parse(Buffer.from((await exported(disk, {format: 'json'})).text, 'latin1').toString()) as {
    msg: string
    flags: string[]
  }
  assert.deepEqual([msg, flags], ['a\ufffdb', ['invalid_utf8']])
  assert.equal((await exported(disk)).text, 'a\u00ffb\n')
})

test('wal export: gives what was asked for, by sequence and by time', async () => {
  const log = new LogFile()
  for (let minute = 0; minute < 5; minute += 1)
    log.frame({lines: [`a${minute}`, `b${minute}`], arrivalMs: minute * 60_000})
  const {disk} = hostWith(log)
  assert.equal((await exported(disk, {seqFrom: 4, seqTo: 7})).text, 'b1\na2\nb2\n')
  assert.equal((await exported(disk, {sinceMs: 180_000})).text, 'a3\nb3\na4\nb4\n')
  const none = await exported(disk, {seqFrom: 11})
  assert.deepEqual([none.text, none.records, none.firstSeq, none.missing], ['', 0, undefined, 0])
})

test('wal export: what is missing is counted, and what a start would forget is left out', async () => {
  const logs = [filled(3), filled(3, {firstSeq: 10})]
  nth(logs, 0).bytes[nth(logs, 0).frameAt(1).from + 90]! ^= 1
  const torn = new LogFile({firstSeq: 25})
    .frame({lines: ['x'], durableSeq: 25})
    .frame({lines: ['y']})
    .frame({lines: ['z']})
  torn.bytes[torn.frameAt(1).from + 80]! ^= 1
  const told = await exported(hostWith(...logs, torn).disk)
  assert.deepEqual([told.records, told.missing, told.holes, told.nextSeq], [6 + 9 + 1, 3 + 6, 2, 26])
  assert.match(told.text, /line 3\nline 7\n.*line 18\nx\n$/s)
  assert.deepEqual((await exported(hostWith(...logs, torn).disk, {seqFrom: 12, seqTo: 21})).missing, 2)
})

test('wal export: hands over large pieces one after the other, and stops when nobody takes them', async () => {
  const log = new LogFile()
  while (log.at < 60_000) log.frame({lines: Array.from({length: 30}, () => 'x'.repeat(100))})
  const later = Array.from({length: 10}, (_, index) => {
    const one = new LogFile({firstSeq: 1 + (index + 1) * (log.seq - 1)})
    for (let at = 0; one.at < 60_000; at += 1) one.frame({lines: Array.from({length: 30}, () => 'x'.repeat(100))})
    return one
  })
  const {disk} = hostWith(log, ...later)
  const {pieces, records, bytes} = await exported(disk)
  assert.deepEqual(
    pieces.slice(0, -1),
    pieces.slice(0, -1).map(() => 262_144)
  )
  assert.deepEqual([pieces.reduce((sum, length) => sum + length, 0), records * 101], [bytes, bytes])
  let taken = 0
  const told = await exportWal(disk, directory, {
    options: {format: 'text', ...all},
    take: () => Promise.resolve((taken += 1) < 2)
  })
  assert.deepEqual([taken, told.missing, told.records < records], [2, 0, true])
})

const options: ImportOptions = {retainBytes: 8 << 20, minFreeBytes: 0, lineBytesMax: 1000}

async function imported(host: SimHost, paths: readonly string[], given: {stop?: AbortSignal} = {}): Promise<number> {
  const files = await planImport(host.disk, directory, {paths, retainBytes: options.retainBytes})
  const {stop = new AbortController().signal} = given
  return passing(host.clock, importFiles(host, {directory, files, options, stop}))
}

function local(...parts: [number, number, number, number, number, number]): number {
  return new Date(...parts).getTime()
}

test('wal import: lines keep the time that they say, and those without it that of the line before', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put('/old/current.log', '[2020-01-02 03:04:05] ERROR one\r\n  at two\n\n[2020-01-02 03:04:06] three')
  assert.equal(await imported(host, ['/old/current.log']), 3)
  const {text} = await exported(host.disk, {format: 'json'})
  const times = [local(2020, 0, 2, 3, 4, 5), local(2020, 0, 2, 3, 4, 5), local(2020, 0, 2, 3, 4, 6)]
  const found = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    found.map(({msg, recv_ms: ms, level, src, flags}) => [msg, ms, level, src, flags]),
    [
      ['ERROR one', times[0], 'error', 'import', []],
      ['  at two', times[1], 'unknown', 'import', []],
      ['three', times[2], 'unknown', 'import', []]
    ]
  )
})

test('wal import: is done once, however often it is asked for, and goes on where it was broken off', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put(
    '/old/current.log',
    Array.from({length: 50}, (_, index) => `[2020-01-02 03:04:05] line ${index}\n`).join('')
  )
  const stopped = AbortSignal.abort()
  assert.equal(await imported(host, ['/old/current.log'], {stop: stopped}), 0)
  assert.equal(await imported(host, ['/old/current.log']), 50)
  const [plan] = await planImport(host.disk, directory, {paths: ['/old/current.log'], retainBytes: 1 << 30})
  assert.deepEqual([plan?.records, plan?.stored], [50, 50])
  assert.equal(await imported(host, ['/old/current.log']), 0)
  host.disk.put('/old/other.log', 'more\n')
  assert.equal(await imported(host, ['/old/other.log', '/old/current.log']), 1)
  assert.equal((await exported(host.disk)).records, 51)
})

test('wal import: whichever operation of the disk fails, asking again stores each line once', async () => {
  for (let failAt = 1; ; failAt += 7) {
    const host = ledgerHost({seed: failAt})
    host.disk.put('/old/current.log', Array.from({length: 9}, (_, index) => `line ${index}\n`).join(''))
    const disk = host.disk.kill({failAt})
    await imported({...host, disk}, ['/old/current.log']).catch((cause: unknown) => {
      assert.ok(cause instanceof Fault, String(cause))
    })
    const after = {...host, disk: disk.kill()}
    await imported(after, ['/old/current.log'])
    const {text} = await exported(after.disk)
    assert.equal(text, Array.from({length: 9}, (_, index) => `line ${index}\n`).join(''), `failAt=${failAt}`)
    if (!disk.failed) break
  }
})

test('wal import: files come in the order of their first lines, and long lines are cut and marked', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put('/old/b.log', `[2020-01-01 00:00:00] ${'é'.repeat(600)}\n`)
  host.disk.put('/old/a.log', '[2020-01-02 00:00:00] later\n')
  assert.equal(await imported(host, ['/old/a.log', '/old/b.log']), 2)
  const [first, second] = (await exported(host.disk, {format: 'json'})).text.trimEnd().split('\n')
  assert.deepEqual((JSON.parse(first ?? '') as {flags: unknown}).flags, ['truncated'])
  assert.equal(Buffer.from((JSON.parse(first ?? '') as {msg: string}).msg, 'latin1').length, 1000)
  assert.match(second ?? '', /later/)
})

test('wal import: more than waits for the disk at once, as much as is kept, on a disk that has the room', async () => {
  const host = ledgerHost({seed: 1})
  const line = `${'x'.repeat(999)}\n`
  const large = {...options, retainBytes: 16 << 20}
  host.disk.put('/old/large.log', line.repeat(11_000))
  const request = {paths: ['/old/large.log'], retainBytes: large.retainBytes}
  const files = await planImport(host.disk, directory, request)
  const {signal: stop} = new AbortController()
  assert.equal(await passing(host.clock, importFiles(host, {directory, files, options: large, stop})), 11_000)
  assert.equal((await exported(host.disk)).records, 11_000)
  const refused = await faultOf(planImport(host.disk, '/new', {...request, retainBytes: 8 << 20}))
  assert.deepEqual([refused?.code, refused?.values], ['import-too-large', {bytes: 11_000_000, retainBytes: 8 << 20}])
})

test('wal import: a disk that takes nothing is told, and so are lines that had to make room for later ones', async () => {
  const full = ledgerHost({seed: 1, capacityBytes: 1_201_000})
  full.disk.put('/old/some.log', `${'x'.repeat(999)}\n`.repeat(1200))
  const fault = await faultOf(imported(full, ['/old/some.log']))
  assert.deepEqual([fault?.code, fault?.values], ['file-unwritable', {path: folder, reason: 'ENOSPC'}])
  const host = ledgerHost({seed: 1})
  host.disk.put('/old/large.log', `${'x'.repeat(999)}\n`.repeat(11_000))
  const files = await planImport(host.disk, directory, {paths: ['/old/large.log'], retainBytes: 1 << 30})
  const {signal: stop} = new AbortController()
  const cut = await faultOf(passing(host.clock, importFiles(host, {directory, files, options, stop})))
  const kept = (await exported(host.disk)).records
  assert.deepEqual([cut?.code, cut?.values], ['import-cut', {path: folder, records: 11_000 - kept}])
})

test('wal import: while a server holds the folder it is refused, and so is what is no file of lines', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put('/old/current.log', 'x\n')
  host.disk.put('/old/empty.log', '\n\n')
  host.disk.putFolder('/old/folder')
  const lock = await lockDirectory(host, directory)
  assert.equal((await faultOf(imported(host, ['/old/current.log'])))?.code, 'data-locked')
  await lock.release()
  for (const path of ['/old/empty.log', '/old/folder', '/old/absent.log']) {
    assert.equal(
      (await faultOf(planImport(host.disk, directory, {paths: [path], retainBytes: 1 << 30})))?.code,
      'import-nothing'
    )
  }
  for (const operation of ['open', 'stat'] as const) {
    const disk = refusing(host.disk, operation, {reason: 'EACCES', path: '/old/current.log'})
    const fault = await faultOf(planImport(disk, '/new', {paths: ['/old/current.log'], retainBytes: 1 << 30}))
    assert.equal(fault?.code, 'file-unreadable')
  }
})

function linesIn(text: string, pieceBytes: number): readonly [string, number | undefined][] {
  const bytes = Buffer.from(text)
  const lines = new LegacyLines()
  const found = []
  for (let at = 0; at < bytes.length; at += pieceBytes) found.push(...lines.take(bytes.subarray(at, at + pieceBytes)))
  found.push(...lines.end())
  return found.map(({message, arrivalMs}) => [Buffer.from(message).toString(), arrivalMs])
}

test('legacy lines: only a time that there is counts as one, however the bytes come', () => {
  const text =
    'before\n[2020-02-29 23:59:59] leap\n[2021-02-29 00:00:00] no day\n[2020-13-01 00:00:00] no month\n' +
    '[2020-01-01 24:00:00] no hour\n[2020-01-01 00:00:00]no blank\n[2020-01-01 00:00:00] \n[x\n[1960-01-01 00:00:00] old'
  const leap = local(2020, 1, 29, 23, 59, 59)
  const newYear = local(2020, 0, 1, 0, 0, 0)
  const expected = [
    ['before', undefined],
    ['leap', leap],
    ['[2021-02-29 00:00:00] no day', leap],
    ['[2020-13-01 00:00:00] no month', leap],
    ['[2020-01-01 24:00:00] no hour', leap],
    ['[2020-01-01 00:00:00]no blank', leap],
    ['[x', newYear],
    ['[1960-01-01 00:00:00] old', newYear]
  ]
  for (const pieceBytes of [1, 2, 3, 7, 1000]) assert.deepEqual(linesIn(text, pieceBytes), expected)
})

test('legacy lines: of a line without end no more is kept than can be stored', () => {
  const lines = new LegacyLines()
  const piece = Buffer.alloc(1 << 20, 'x')
  for (let count = 0; count < 5; count += 1) assert.deepEqual(lines.take(piece), [])
  const [long, next] = lines.take(Buffer.from('yyy\nnext\n'))
  assert.equal(long?.message.length, 2 << 20)
  assert.equal(Buffer.from(next?.message ?? []).toString(), 'next')
})

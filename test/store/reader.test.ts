import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {OpenFile} from '../../src/host/disk.ts'
import {openDesk} from '../../src/store/desk.ts'
import {decodeHead} from '../../src/store/frame.ts'
import {readRuns} from '../../src/store/log-reader.ts'
import {SegmentReader, type Piece} from '../../src/store/reader.ts'
import {clipped, recordsOf, runsOf, type StoredRun} from '../../src/store/runs.ts'
import {headerBytes} from '../../src/store/segment.ts'
import {lookInto} from '../../src/store/segment-files.ts'
import {desk, filled, folder, LogFile, machineWith, whole} from './log-files.ts'

interface Seen {
  readonly at: number
  readonly what: string
}

async function piecesOf(log: LogFile, bytes = log.bytes): Promise<readonly Seen[]> {
  const {disk} = machineWith({path: log.path, bytes})
  const reader = new SegmentReader(await disk.open(log.path, 'read'), {id: log.header, desk: desk()})
  const seen: Seen[] = []
  for (let pieces = await reader.next(); pieces.length > 0; pieces = await reader.next()) seen.push(...pieces.map(said))
  assert.deepEqual(await reader.next(), [])
  return seen
}

function said(piece: Piece): Seen {
  if (piece.kind === 'gap') return {at: piece.from, what: `gap to ${piece.to}`}
  return {at: piece.at, what: Buffer.from(piece.body.slice()).toString()}
}

test('reader: gives the frames of a segment as they were written', async () => {
  const log = new LogFile()
    .frame({lines: ['one', 'two']})
    .frame({sessions: {a: 1}})
    .frame({lines: ['three']})
  const [one, two, three] = log.frames
  assert.deepEqual(await piecesOf(log), [
    {at: one?.from, what: 'one\ntwo\n'},
    {at: two?.from, what: ''},
    {at: three?.from, what: 'three\n'}
  ])
})

test('reader: what it says of a head is what the codec says', async () => {
  const log = new LogFile({firstSeq: 2 ** 40}).frame({
    lines: ['one', 'two'],
    raw: {bytes: 'x\ny\n', records: 1, flags: whole},
    sessions: {a: 1, 'b-2': 2 ** 50},
    durableSeq: 2 ** 40,
    source: 'wéb-1',
    flags: 1
  })
  const {disk} = machineWith(log)
  const reader = new SegmentReader(await disk.open(log.path, 'read'), {id: log.header, desk: desk()})
  const [piece] = await reader.next()
  const head = decodeHead(log.bytes.subarray(headerBytes), {...log.header, offset: headerBytes})
  assert.ok(piece?.kind === 'frame' && head !== undefined)
  for (const key of Object.keys(head) as (keyof typeof head)[]) assert.deepEqual(piece.head[key], head[key], key)
})

test('reader: finds its way behind bytes that are no frame, and ends where no frame comes', async () => {
  const log = filled(5)
  const hole = log.frameAt(1)
  log.bytes.fill(0xee, hole.from, hole.to)
  log.bytes.fill(0xee, log.at, log.at + 100)
  const seen = await piecesOf(log)
  assert.deepEqual(
    seen.map(({what}) => what.slice(0, 6)),
    ['line 1', 'gap to', 'line 7', 'line 1', 'line 1']
  )
  assert.deepEqual(seen[1], {at: hole.from, what: `gap to ${hole.to}`})
})

test('reader: frames larger than what is read at once, and at its edges, come whole', async () => {
  const small = openDesk()
  const narrow = {...small, area: small.area.subarray(0, 2048)}
  const log = new LogFile()
  while (log.at < 50_000) log.frame({lines: ['x'.repeat(log.seq % 2 === 0 ? 1700 : 10)]})
  const hole = log.frameAt(7)
  log.bytes[hole.from + 100]! ^= 1
  const {disk} = machineWith(log)
  const reader = new SegmentReader(await disk.open(log.path, 'read'), {id: log.header, desk: narrow})
  const found: number[] = []
  for (let pieces = await reader.next(); pieces.length > 0; pieces = await reader.next()) {
    found.push(...pieces.flatMap((piece) => (piece.kind === 'frame' ? [piece.at] : [])))
  }
  assert.deepEqual(
    found,
    log.frames.filter((frame) => frame !== hole).map(({from}) => from)
  )
})

test('reader: what an earlier life of the file has left never comes back, wherever the new frames end', async () => {
  const before = filled(30, {firstSeq: 1001}).bytes
  for (let count = 0; count < 5; count += 1) {
    const log = new LogFile({firstSeq: 2001}, before)
    for (let index = 0; index < count; index += 1) log.frame({lines: [`new ${log.seq}`]})
    assert.deepEqual(
      (await piecesOf(log)).map(({what}) => what),
      numbered(count)
    )
  }
})

function numbered(count: number): readonly string[] {
  return Array.from({length: count}, (_, index) => `new ${2001 + index}\n`)
}

test('reader: a frame that is copied to another place, or into another segment, is none', async () => {
  const log = filled(2)
  const {from, to} = log.frameAt(0)
  log.bytes.copyWithin(log.at, from, to)
  assert.equal((await piecesOf(log)).length, 2)
  const other = new LogFile({firstSeq: 1, idLow: 5})
  other.bytes.set(log.bytes.subarray(headerBytes), headerBytes)
  assert.deepEqual(await piecesOf(other), [])
})

test('reader: lines that are made to look like frames are never taken for one, nor cost more than a look', async () => {
  const log = new LogFile().frame({lines: ['first']})
  const view = new DataView(log.bytes.buffer)
  for (let at = log.at; at + 16 <= log.bytes.length; at += 16) {
    view.setUint32(at, 0x3146434c, true)
    view.setUint32(at + 4, 4096, true)
    view.setUint32(at + 12, 4000, true)
  }
  assert.equal((await piecesOf(log)).length, 1)
})

test('reader: a frame that becomes whole while it is read is no gap', async () => {
  const log = filled(6)
  const {from, to} = log.frameAt(2)
  // What is read six times and more is looked at for the last time before.
  for (let wholeAtRead = 1; wholeAtRead <= 5; wholeAtRead += 1) {
    const {disk} = machineWith(log)
    const writer = await disk.open(log.path, 'write')
    await writer.write(new Uint8Array(to - from), from)
    const file = await disk.open(log.path, 'read')
    let reads = 0
    const read: OpenFile['read'] = async (into, position) => {
      reads += 1
      if (reads === wholeAtRead) await writer.write(log.bytes.subarray(from, to), from)
      return file.read(into, position)
    }
    const reader = new SegmentReader({read}, {id: log.header, desk: desk()})
    const kinds: string[] = []
    for (let pieces = await reader.next(); pieces.length > 0; pieces = await reader.next()) {
      kinds.push(...pieces.map(({kind}) => kind))
    }
    assert.deepEqual(
      kinds,
      log.frames.map(() => 'frame'),
      `whole at read ${wholeAtRead}`
    )
  }
})

function runOf(text: string, records: number, runFlags = 0): StoredRun {
  return {firstSeq: 10, records, arrivalMs: 0, source: '', flags: runFlags, bytes: Buffer.from(text)}
}

function linesOf(run: StoredRun, ...range: [] | [number, number]): readonly string[] {
  return Array.from(
    recordsOf(run, ...range),
    ({seq, from, to}) => `${seq} ${Buffer.from(run.bytes.slice(from, to)).toString()}`
  )
}

test('runs: a record is a line without its end, and a blank line is none', () => {
  assert.deepEqual(linesOf(runOf('a\r\n\n\r\nb\n\rc\n', 3)), ['10 a', '11 b', '12 \rc'])
  assert.deepEqual(linesOf(runOf('a\nb', 2)), ['10 a', '11 b'])
  assert.deepEqual(linesOf(runOf('a\nb\nc\nd\n', 4), 11, 13), ['11 b', '12 c'])
  assert.deepEqual(linesOf(runOf('a\n\nb\r\n', 1, whole)), ['10 a\n\nb\r'])
  assert.deepEqual(linesOf(runOf('a\n', 1, whole), 11, 20), [])
})

test('runs: what is clipped has the bytes of its records and no others', () => {
  const run = runOf('a\n\nbb\r\nc\nd\n', 4)
  assert.equal(clipped(run, 0, 14), run)
  const inner = clipped(run, 11, 13)
  assert.deepEqual([inner?.firstSeq, inner?.records, Buffer.from(inner?.bytes ?? []).toString()], [11, 2, 'bb\r\nc\n'])
  assert.equal(clipped(run, 20, 30), undefined)
  const one = runOf('a\nb\n', 1, whole)
  assert.equal(clipped(one, 10, 11), one)
  assert.equal(clipped(one, 11, 12), undefined)
})

test('runs: a frame whose runs say more than there is ends where that begins', () => {
  const head = decodeHead(filled(1).bytes.subarray(headerBytes), {...filled(1).header, offset: headerBytes})
  assert.ok(head !== undefined)
  assert.deepEqual([...runsOf(head, new Uint8Array(3))], [])
})

test('reader: a frame that repeats records gives those that are new', async () => {
  const log = new LogFile().frame({lines: ['one', 'two']}).frame({lines: ['two', 'three'], firstSeq: 2})
  const {disk} = machineWith(log)
  const {segments} = await lookInto(disk, folder, desk())
  const lines: string[] = []
  for await (const runs of readRuns(disk, {folder, segments, seqFrom: 0, seqTo: 4}, desk())) {
    for (const run of runs) lines.push(...linesOf(run))
  }
  assert.deepEqual(lines, ['1 one', '2 two', '3 three'])
})

test('reader: records of a log come once, in order, from where to where they are asked for', async () => {
  const failed = filled(4)
  const next = new LogFile({firstSeq: 6})
    .frame({lines: ['line 6', 'line 7', 'line 8', 'line 9']})
    .frame({sessions: {a: 1}})
  next.frame({raw: {bytes: '\n\n', records: 0}}).frame({raw: {bytes: 'whole\n1\n', records: 1, flags: whole}})
  const {disk} = machineWith(failed, next)
  const {segments} = await lookInto(disk, folder, desk())
  const read = async (seqFrom: number, seqTo: number): Promise<readonly string[]> => {
    const lines: string[] = []
    for await (const runs of readRuns(disk, {folder, segments, seqFrom, seqTo}, desk())) {
      for (const run of runs) lines.push(...linesOf(run))
    }
    return lines
  }
  const all = [...Array.from({length: 9}, (_, index) => `${index + 1} line ${index + 1}`), '10 whole\n1']
  assert.deepEqual(await read(0, Infinity), all)
  for (let from = 0; from < 12; from += 1) {
    for (let to = from; to < 13; to += 1)
      assert.deepEqual(await read(from, to), all.slice(Math.max(0, from - 1), Math.max(0, to - 1)))
  }
  await disk.remove(failed.path)
  assert.deepEqual(await read(0, 8), all.slice(5, 7))
})

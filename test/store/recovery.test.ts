import assert from 'node:assert/strict'
import {test} from 'node:test'
import {checksumOf} from '../../src/store/checksum.ts'
import {readRuns} from '../../src/store/log-reader.ts'
import {recover, type Recovered} from '../../src/store/recovery.ts'
import {recordsOf} from '../../src/store/runs.ts'
import {headerBytes} from '../../src/store/segment.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import {Fault} from '../../src/base/fault.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {
  desk,
  filled,
  folder,
  LogFile,
  type Machine,
  machineWith,
  nth,
  refusing,
  segmentBytes,
  withBadBlocks
} from './log-files.ts'

function open(machine: Machine): Promise<Recovered> {
  return recover(machine, folder, desk())
}

/** What a reader finds after the start. */
async function linesIn({disk}: Machine, {segments, nextSeq}: Recovered): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const runs of readRuns(disk, {folder, segments, seqFrom: 0, seqTo: nextSeq}, desk())) {
    for (const run of runs) {
      for (const {from, to} of recordsOf(run)) lines.push(Buffer.from(run.bytes.slice(from, to)).toString())
    }
  }
  return lines
}

function numbered(from: number, to: number): readonly string[] {
  return Array.from({length: to - from}, (_, index) => `line ${from + index}`)
}

const kinds = ['unsynced', 'synced', 'recycled'] as const

/** Nine frames: of each those before it are durable, or nobody knows of any, or the file had frames at the same places before. */
function written(kind: (typeof kinds)[number]): LogFile {
  const firstSeq = 2001
  if (kind === 'synced') return filled(9, {firstSeq})
  const before = kind === 'recycled' ? filled(20, {firstSeq: 1001}).bytes : undefined
  const log = new LogFile({firstSeq}, before)
  for (let index = 0; index < 9; index += 1) log.frame({lines: numbered(log.seq, log.seq + 3)})
  return log
}

for (const kind of kinds) {
  test(`recovery: a log of ${kind} frames cut at any byte of the last three goes on behind the last whole one`, async () => {
    const log = written(kind)
    for (let end = log.frameAt(6).from; end <= log.at; end += 1) {
      const machine = machineWith({path: log.path, bytes: log.bytes.slice(0, end)})
      const found = await open(machine)
      const last = log.frames.findLast(({to}) => to <= end)
      assert.ok(last !== undefined)
      assert.equal(found.nextSeq, last.seqTo, `cut at ${end}`)
      assert.deepEqual([found.torn?.bytes ?? 0, found.torn?.from ?? last.to], [end - last.to, last.to], `cut at ${end}`)
      assert.deepEqual([found.damaged, found.goesOnAt], [[], last.to])
      assert.deepEqual(await linesIn(machine, found), numbered(2001, last.seqTo))
    }
  })

  test(`recovery: any byte of the last three ${kind} frames may be wrong: none before is lost, and what is lost is told`, async () => {
    const log = written(kind)
    for (let at = log.frameAt(6).from; at < log.at; at += 1) {
      const bytes = log.bytes.slice()
      bytes[at]! ^= 0x55
      const machine = machineWith({path: log.path, bytes})
      const found = await open(machine)
      const hit = log.frames.findIndex(({to}) => to > at)
      const {from, to, seqFrom, seqTo} = log.frameAt(hit)
      const told = `byte ${at - from} of frame ${hit}`
      if (at >= to - paddingOf(log, hit)) {
        assert.deepEqual([found.nextSeq, found.torn, found.damaged], [2028, undefined, []], told)
      } else if (kind === 'synced' && hit < 8) {
        const [damage, ...more] = found.damaged
        assert.deepEqual([found.nextSeq, found.torn, more], [2028, undefined, []], told)
        const copy = damage?.copy ?? ''
        assert.deepEqual(damage, {file: log.name, from, to, seqFrom, seqTo, copy}, told)
        assert.deepEqual(machine.disk.files().get(`${folder}/${copy}`), bytes.slice(from, to))
        assert.deepEqual(await linesIn(machine, found), [...numbered(2001, seqFrom), ...numbered(seqTo, 2028)])
      } else {
        assert.ok(found.torn !== undefined, told)
        const {bytes: tornBytes, ...torn} = found.torn
        assert.deepEqual([found.nextSeq, tornBytes, found.damaged], [seqFrom, log.at - from, []], told)
        assert.deepEqual(torn, {file: log.name, from, to, seqFrom, seqTo: 2028}, told)
        assert.equal(found.goesOnAt, hit === 8 ? from : undefined, told)
        assert.deepEqual(await linesIn(machine, found), numbered(2001, seqFrom))
      }
    }
  })
}

function paddingOf({bytes, frames}: LogFile, index: number): number {
  const frame = frames[index]
  assert.ok(frame !== undefined)
  const {from, to} = frame
  const view = new DataView(bytes.buffer, from)
  return to - from - view.getUint32(60, true) - view.getUint32(44, true)
}

test('recovery: a new epoch begins whenever the log is opened, after a clean close too', async () => {
  // What is written behind the mark of a clean close may be gone again, and its numbers are then given once more.
  const closed = await open(machineWith(filled(3).close()))
  assert.deepEqual([closed.isClean, closed.epoch === 5, closed.nextSeq, closed.durableSeq], [true, false, 10, 10])
  const gone = filled(3).close()
  for (const log of [filled(3), gone.frame({lines: ['one more']})]) {
    const found = await open(machineWith(log))
    assert.deepEqual([found.isClean, found.epoch === 5], [false, false])
  }
})

test('recovery: sessions are as the newest segment and the frames in it have left them', async () => {
  const older = filled(2).frame({lines: ['x'], sessions: {forgotten: 4, a: 1}})
  const log = new LogFile({firstSeq: older.seq})
  log.frame({flags: 2, sessions: {a: 1, b: 7}, durableSeq: older.seq})
  log.frame({lines: ['y'], sessions: {c: 3, a: 2}, durableSeq: older.seq})
  const {sessions} = await open(machineWith(older, log))
  assert.deepEqual(
    [...sessions],
    [
      ['b', 7],
      ['c', 3],
      ['a', 2]
    ]
  )
})

test('recovery: where the table of sessions is damaged, the segment before it knows them', async () => {
  const older = filled(2).frame({lines: ['x'], sessions: {a: 1, b: 7}})
  const log = new LogFile({firstSeq: older.seq})
  log.frame({flags: 2, sessions: {a: 1, b: 7}, durableSeq: older.seq})
  log.frame({lines: ['y'], sessions: {a: 2}, durableSeq: older.seq})
  log.bytes[headerBytes + 80]! ^= 1
  const found = await open(machineWith(older, log))
  assert.deepEqual(
    [...found.sessions],
    [
      ['b', 7],
      ['a', 2]
    ]
  )
  assert.deepEqual(
    [found.nextSeq, found.torn, found.damaged.map(({seqFrom, seqTo}) => [seqFrom, seqTo])],
    [9, undefined, [[8, 8]]]
  )
})

test('recovery: sessions of frames that are forgotten are forgotten, too', async () => {
  const log = new LogFile().frame({lines: ['x'], sessions: {a: 1}}).frame({lines: ['y'], sessions: {a: 2}})
  log.bytes[log.frameAt(1).to - 20]! ^= 1
  assert.deepEqual([...(await open(machineWith(log))).sessions], [['a', 1]])
})

test('recovery: records that a failed segment holds beyond the beginning of the next one are those of the next one', async () => {
  const failed = filled(4)
  const next = new LogFile({firstSeq: 6}).frame({lines: ['line 6', 'line 7', 'new'], durableSeq: 6})
  const machine = machineWith(failed, next)
  const found = await open(machine)
  assert.deepEqual([found.nextSeq, found.damaged, found.torn], [9, [], undefined])
  assert.deepEqual(await linesIn(machine, found), [...numbered(1, 8), 'new'])
})

test('recovery: what a hole begins with was durable, or else the log ends there', async () => {
  for (const [durableSeq, nextSeq] of [
    [3, 3],
    [4, 6]
  ] as const) {
    const log = new LogFile()
      .frame({lines: ['a', 'b']})
      .frame({lines: ['c', 'd']})
      .frame({lines: ['e'], durableSeq})
    log.bytes[log.frameAt(1).from + 90]! ^= 1
    assert.equal((await open(machineWith(log))).nextSeq, nextSeq)
  }
})

test('recovery: a log that was closed, and torn after the next start, was not closed', async () => {
  const log = filled(2)
    .close()
    .frame({lines: ['more']})
  const machine = machineWith({path: log.path, bytes: log.bytes.slice(0, log.at - 20)})
  const found = await open(machine)
  assert.deepEqual([found.isClean, found.epoch === 5, found.torn?.seqFrom], [false, false, 7])
})

test('recovery: sessions of frames that count as those of the next segment are what that one says', async () => {
  const failed = filled(2).frame({lines: ['lost'], sessions: {ghost: 3, kept: 3}})
  const next = new LogFile({firstSeq: 7}).frame({lines: ['other'], sessions: {kept: 2}})
  assert.deepEqual([...(await open(machineWith(failed, next))).sessions], [['kept', 2]])
})

test('recovery: a segment that was just begun is the one to go on in', async () => {
  const empty = new LogFile({firstSeq: 10})
  const found = await open(machineWith(filled(3), empty))
  assert.deepEqual([found.nextSeq, found.goesOnAt, found.segments.length], [10, headerBytes, 2])
})

test('recovery: when the segment before has lost its end, the new one must not hide what comes', async () => {
  const older = new LogFile().frame({lines: ['one']}).frame({lines: ['two']})
  older.bytes[older.frameAt(1).to - 20]! ^= 1
  const newer = new LogFile({firstSeq: 3}).frame({lines: ['three']})
  const machine = machineWith(older, newer)
  const found = await open(machine)
  assert.deepEqual([found.nextSeq, found.goesOnAt, found.segments.map(({name}) => name)], [2, undefined, [older.name]])
  const [torn, rest] = [older.frameAt(1), newer.frameAt(0)]
  const bytes = torn.to - torn.from + rest.to - rest.from
  assert.deepEqual(found.torn, {file: older.name, from: torn.from, to: torn.to, seqFrom: 2, seqTo: 4, bytes})
  assert.equal(machine.disk.files().has(newer.path), false)
  assert.deepEqual((await open(machine)).nextSeq, 2)
})

test('recovery: a disk that keeps us from removing what would come back is a Fault', async () => {
  const older = new LogFile().frame({lines: ['one']}).frame({lines: ['two']})
  older.bytes[older.frameAt(1).to - 20]! ^= 1
  const machine = machineWith(older, new LogFile({firstSeq: 3}).frame({lines: ['three']}))
  const {disk} = machine
  const readOnly = refusing(disk, 'remove', {reason: 'EROFS'})
  const fault = await faultOf(recover({...machine, disk: readOnly}, folder, desk()))
  assert.deepEqual([fault?.code, fault?.values], ['file-unwritable', {path: folder, reason: 'EROFS'}])
})

test('recovery: any byte of a header may be wrong; the frames are lost only with the id of their segment', async () => {
  for (let at = 0; at < 80; at += 1) {
    for (const isLast of [false, true]) {
      const [one, two] = [filled(3), filled(3, {firstSeq: 10})]
      const hit = isLast ? two : one
      hit.bytes[at]! ^= 0x10
      const machine = machineWith(one, two)
      const found = await open(machine)
      const told = `byte ${at} of the ${isLast ? 'last' : 'first'} header`
      const isId = at >= 24 && at < 32
      const [damage, ...more] = found.damaged
      assert.deepEqual([found.nextSeq, more, found.torn], [19, [], undefined], told)
      if (at >= 64) assert.equal(damage, undefined, told)
      else if (!isId) {
        const {firstSeq} = hit.header
        assert.deepEqual(
          {...damage, copy: ''},
          {file: hit.name, from: 0, to: 4096, seqFrom: firstSeq, seqTo: firstSeq, copy: ''},
          told
        )
        assert.deepEqual(await linesIn(machine, found), numbered(1, 19), told)
      } else {
        const [seqFrom, seqTo] = isLast ? [10, 19] : [1, 10]
        const copy = damage?.copy ?? ''
        assert.deepEqual(damage, {file: hit.name, from: 0, to: segmentBytes, seqFrom, seqTo, copy}, told)
        assert.deepEqual(machine.disk.files().get(`${folder}/${copy}`), hit.bytes)
        assert.deepEqual(await linesIn(machine, found), isLast ? numbered(1, 10) : numbered(10, 19), told)
      }
    }
  }
})

test('recovery: what a killed server was making, and what others have put there, is not in the way', async () => {
  const log = filled(3)
  const machine = machineWith(log)
  const others = ['notes.txt', 'spare.tmp', 'x.lcw', '0000000000000000.lcw', '1.lcw']
  for (const name of others) machine.disk.put(`${folder}/${name}`, 'LCWAL')
  machine.disk.put(`${folder}/half.tmp`, 'x')
  machine.disk.put(`${folder}/0000000000000005.lcw`, '')
  machine.disk.put(`${folder}/0000000000000400.lcw`, '')
  machine.disk.putFolder(`${folder}/0000000000000500.lcw`)
  machine.disk.put(`${folder}/0000000000000600.lcw`, 'not a segment')
  const found = await open(machine)
  assert.deepEqual([found.nextSeq, found.torn, found.goesOnAt], [10, undefined, log.at])
  assert.deepEqual(
    found.damaged.map(({file, from, to, seqFrom, seqTo}) => [file, from, to, seqFrom, seqTo]),
    [['0000000000000600.lcw', 0, 13, 600, 600]]
  )
  assert.deepEqual(await linesIn(machine, found), numbered(1, 10))
  const left = [...machine.disk.files().keys()].map((path) => path.slice(folder.length + 1)).sort()
  assert.deepEqual(left, [...others, log.name, found.damaged[0]?.copy].sort())
})

test('recovery: a segment under another name is put aside, and one that became another without its name is removed', async () => {
  const log = filled(3)
  const machine = machineWith(log)
  machine.disk.put(`${folder}/0000000000000040.lcw`, filled(2, {firstSeq: 20}).bytes)
  machine.disk.put(`${folder}/0000000000000050.lcw`, new LogFile({firstSeq: 60}).bytes)
  const found = await open(machine)
  assert.deepEqual([found.nextSeq, found.damaged.map(({file}) => file)], [10, ['0000000000000040.lcw']])
  assert.deepEqual([...machine.disk.files().keys()].sort(), [log.path, `${folder}/${found.damaged[0]?.copy}`].sort())
})

test('recovery: a segment of a later version of this program is not touched', async () => {
  const log = filled(2)
  const view = new DataView(log.bytes.buffer)
  view.setUint16(6, 2, true)
  const {low, high} = checksumOf(log.bytes.subarray(0, 56), 0, 0)
  view.setUint32(56, low, true)
  view.setUint32(60, high, true)
  const fault = await faultOf(open(machineWith(log)))
  assert.deepEqual([fault?.code, fault?.values], ['wal-newer', {path: log.path, format: 2, known: 1}])
})

test('recovery: a folder that may not be read, or made, is a Fault', async () => {
  const machine = machineWith(filled(1))
  machine.disk.put('/data/file', '')
  assert.equal((await faultOf(recover(machine, '/data/file', desk())))?.code, 'file-unwritable')
  const {disk} = machine
  const closed = refusing(disk, 'list', {reason: 'EACCES'})
  const fault = await faultOf(recover({...machine, disk: closed}, folder, desk()))
  assert.deepEqual([fault?.code, fault?.values], ['file-unreadable', {path: folder, reason: 'EACCES'}])
})

test('recovery: a block that cannot be read is damage, wherever it is, and what is behind it counts', async () => {
  const log = new LogFile()
  while (log.at < 5 * 4096) log.frame({lines: [`line ${log.seq}`]})
  const machine = machineWith(log)
  const found = await recover({...machine, disk: withBadBlocks(machine.disk, log.path, [8192])}, folder, desk())
  const lost = log.frames.filter(({from, to}) => to > 8192 && from < 8192 + 4096)
  const [first, last] = [nth(lost, 0), nth(lost, -1)]
  assert.deepEqual([found.nextSeq, found.torn], [log.seq, undefined])
  assert.deepEqual(
    found.damaged.map(({from, to, seqFrom, seqTo}) => [from, to, seqFrom, seqTo]),
    [[first.from, last.to, first.seqFrom, last.seqTo]]
  )
})

test('recovery: a header that cannot be read costs its segment, and not the start', async () => {
  const older = filled(3)
  const log = filled(3, {firstSeq: older.seq})
  const machine = machineWith(older, log)
  const found = await recover({...machine, disk: withBadBlocks(machine.disk, log.path, [0])}, folder, desk())
  assert.deepEqual([found.damaged.map(({file}) => file), found.segments.length], [[log.name], 1])
  assert.ok(found.nextSeq >= log.seq)
})

test('recovery: a disk that gives nothing any more is a Fault', async () => {
  const log = new LogFile().frame({lines: ['x']})
  const machine = machineWith({path: log.path, bytes: new Uint8Array(1 << 20)})
  const all = Array.from({length: 256}, (_, block) => block * 4096)
  for (const blocks of [all, all.slice(1)]) {
    machine.disk.put(log.path, Buffer.concat([log.bytes, new Uint8Array(1 << 20)]))
    const disk = withBadBlocks(machine.disk, log.path, blocks)
    const fault = await faultOf(recover({...machine, disk}, folder, desk()))
    assert.deepEqual([fault?.code, fault?.values], ['file-unreadable', {path: log.path, reason: 'EIO'}])
  }
})

test('recovery: of older segments the header is read, and of unsynced ones only the newest four', async () => {
  const logs = [filled(3)]
  for (let count = 1; count < 7; count += 1) logs.push(filled(3, {firstSeq: nth(logs, -1).seq}))
  for (const log of logs.slice(0, -1)) log.bytes.fill(0xff, headerBytes)
  const synced = await open(machineWith(...logs))
  assert.deepEqual([synced.nextSeq, synced.damaged, synced.segments.length], [64, [], 7])
  const unsynced = Array.from({length: 7}, (_, index) => new LogFile({firstSeq: index + 1}).frame({lines: ['x']}))
  for (const log of unsynced.slice(0, 3)) log.bytes.fill(0xff, headerBytes)
  const found = await open(machineWith(...unsynced))
  assert.deepEqual([found.nextSeq, found.torn, found.durableSeq], [8, undefined, 0])
})

test('recovery: a quarantine has an end, and one that cannot be written costs only the copies', async () => {
  const log = filled(9)
  log.bytes[log.frameAt(3).from + 90]! ^= 1
  const machine = machineWith(log)
  const disk = refusing(machine.disk, 'makeDirectory', {reason: 'ENOSPC'})
  const refused = await recover({...machine, disk}, folder, desk())
  assert.deepEqual([refused.damaged.length, refused.damaged[0]?.copy, refused.nextSeq], [1, undefined, 28])
  for (let count = 0; count < 40; count += 1) machine.disk.put(`${folder}/quarantine/old.${count}`, 'x')
  const copy = (await open(machine)).damaged[0]?.copy ?? ''
  const kept = [...machine.disk.files().keys()].filter((path) => path.includes('/quarantine/'))
  assert.equal(kept.length, 32)
  const written = machine.disk.look(`${folder}/${copy}`).inode
  assert.equal((await open(machine)).damaged[0]?.copy, copy)
  assert.equal(machine.disk.look(`${folder}/${copy}`).inode, written)
})

test('recovery: whichever operation of the disk fails, it is a Fault or nothing at all', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const [one, two, three] = [filled(3), filled(3, {firstSeq: 10}), new LogFile({firstSeq: 25})]
    two.bytes[two.frameAt(0).from + 90]! ^= 1
    two.bytes[two.frameAt(2).from + 90]! ^= 1
    const machine = machineWith(one, two, three)
    machine.disk.put(`${folder}/half.tmp`, 'x')
    const disk = machine.disk.kill({failAt})
    const tried = await recover({...machine, disk}, folder, desk()).catch((cause: unknown) => {
      if (cause instanceof Fault) return undefined
      throw cause
    })
    const left = {...machine, disk: disk.kill()}
    const found = await open(left)
    assert.deepEqual([found.nextSeq, found.torn?.seqFrom, found.damaged.length], [16, 16, 1], `failAt=${failAt}`)
    assert.deepEqual(await linesIn(left, found), [...numbered(1, 10), ...numbered(13, 16)])
    assert.deepEqual([tried?.nextSeq ?? 16, disk.openFiles], [16, 0], `failAt=${failAt}`)
    if (!disk.failed) break
  }
})

const firstSeed = seedFromEnvironment()

test('recovery: whatever bytes the segments hold, it begins, and what it gives was written there', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(300); seed += 1) {
    const random = seeded(seed)
    const logs = [filled(random.below(6))]
    while (logs.length < 3) logs.push(filled(random.below(6), {firstSeq: nth(logs, -1).seq + random.below(2)}))
    const machine = machineWith(...logs.map((log) => ({path: log.path, bytes: spoilt(log.bytes.slice(), random)})))
    const found = await open(machine)
    const lines = await linesIn(machine, found)
    assert.ok(found.nextSeq <= 100 || found.damaged.length > 0, `SEED=${seed}`)
    for (const line of lines) assert.match(line, /^line \d+$/, `SEED=${seed}`)
    assert.deepEqual(lines, [...new Set(lines)], `SEED=${seed}`)
    const again = await open(machine)
    assert.deepEqual(await linesIn(machine, again), lines, `SEED=${seed}`)
    // A file without its header is put aside, and what its frames said is forgotten with it.
    const isPutAside = found.damaged.some(({from}) => from === 0)
    assert.ok(again.nextSeq === found.nextSeq || isPutAside, `SEED=${seed}`)
  }
})

/** What happens to files: bits, blocks, ends, and pieces of others. */
function spoilt(bytes: Uint8Array<ArrayBuffer>, random: Seeded): Uint8Array<ArrayBuffer> {
  for (let count = random.below(4); count > 0; count -= 1) {
    const [at, length] = [random.below(8192), random.below(2 ** random.below(12))]
    random.pick([
      (): unknown => (bytes[at]! ^= 1 << random.below(8)),
      (): unknown => bytes.fill(random.below(256), at, at + length),
      (): void => {
        bytes.set(random.bytes(length).subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length))
      },
      (): unknown => bytes.copyWithin(at - (at % 16), 4096, 4096 + length),
      (): unknown => (bytes = bytes.slice(0, Math.max(1, at)))
    ])()
  }
  return bytes
}

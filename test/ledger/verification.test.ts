import assert from 'node:assert/strict'
import {test} from 'node:test'
import {readRuns, verify, type Verification} from '../../src/ledger/journal.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import type {SimHost} from '../sim/host.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {buildJournal, journalOf, randomEntries, runEnd, runStart, state, stepEnd} from './entries.ts'
import {ledgerHost, passing} from './ground.ts'

const firstSeed = seedFromEnvironment()
const folder = '/state/journal'
const headPath = '/state/journal-head.json'

function segment(number: number): string {
  return `${folder}/${String(number).padStart(8, '0')}.jsonl`
}

function look(host: SimHost): Promise<Verification> {
  return passing(host.clock, verify(host, state))
}

interface Head {
  readonly segment: number
  readonly bytes: number
}

function headOf(host: SimHost): Head {
  return JSON.parse(host.disk.text(headPath) ?? '') as Head
}

/** A journal of several segments, some of them torn by a power loss, with its last lines synced. */
async function randomJournal(random: Seeded): Promise<SimHost> {
  let host = ledgerHost({seed: random.below(2 ** 31)})
  for (let life = 1 + random.below(3); life > 0; life -= 1) {
    const journal = await journalOf(host)
    for (const entry of randomEntries(random, 1 + random.below(6))) await journal.append(entry)
    const bytes = host.disk.text(segment(headOf(host).segment)) ?? ''
    if (random.below(2) === 0) host.disk.put(segment(headOf(host).segment), `${bytes}{"type":"step_`)
  }
  host = {...host}
  await (await journalOf(host)).append(runEnd('last'))
  return host
}

/** Every segment with the bytes of it that belong to the chain. */
function chained(host: SimHost): readonly {readonly number: number; readonly bytes: Buffer; readonly rest: Buffer}[] {
  const head = headOf(host)
  return Array.from({length: head.segment}, (_, at) => at + 1).map((number) => {
    const bytes = Buffer.from(host.disk.text(segment(number)) ?? '')
    const next = /"after_bytes":(\d+)/.exec(host.disk.text(segment(number + 1))?.split('\n')[0] ?? '')?.[1]
    const end = next === undefined ? head.bytes : Number(next)
    return {number, bytes: bytes.subarray(0, end), rest: bytes.subarray(end)}
  })
}

type Damage = (lines: readonly string[], random: Seeded, other: string) => readonly string[]

const damages: Readonly<Record<string, Damage>> = {
  'a line removed': (lines, random) => lines.toSpliced(random.below(lines.length), 1),
  'a line doubled': (lines, random) => {
    const at = random.below(lines.length)
    return lines.toSpliced(at, 0, lines[at] ?? '')
  },
  'two lines exchanged': (lines, random) => {
    if (lines.length < 2) return lines.slice(1)
    const at = random.below(lines.length - 1)
    return lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? '')
  },
  'a line put in': (lines, random, other) => lines.toSpliced(random.below(lines.length), 0, other),
  'a line replaced': (lines, random, other) => {
    const at = random.below(lines.length)
    return lines[at] === other ? lines.slice(1) : lines.with(at, other)
  }
}

test('verify: a journal that nobody touched is whole, or torn where the power went', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(30); seed += 1) {
    const host = await randomJournal(seeded(seed))
    const found = await look(host)
    const isTorn = chained(host).some(({rest}) => rest.length > 0)
    assert.equal(found.state, isTorn ? 'torn' : 'ok', `SEED=${seed}: ${JSON.stringify(found)}`)
    const lines = chained(host).flatMap(({bytes}) => bytes.toString().trimEnd().split('\n'))
    assert.equal(found.lines, lines.length, `SEED=${seed}`)
    assert.equal(found.runs, lines.filter((line) => line.startsWith('{"type":"run_start"')).length)
  }
})

test('verify: any single byte that is changed is found', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(30); seed += 1) {
    const random = seeded(seed)
    const host = await randomJournal(random)
    for (let change = 0; change < 20; change += 1) {
      const {number, bytes, rest} = random.pick(chained(host))
      const at = random.below(bytes.length)
      const changed = Buffer.from(bytes)
      changed[at] = changed[at]! ^ (1 + random.below(255))
      host.disk.put(segment(number), Buffer.concat([changed, rest]))
      const found = await look(host)
      assert.ok(
        ['altered', 'cut', 'newer'].includes(found.state),
        `SEED=${seed} byte ${at} of ${number}: ${found.state}`
      )
      assert.ok(found.problemCount > 0 && found.problems.length > 0)
      host.disk.put(segment(number), Buffer.concat([bytes, rest]))
    }
  }
})

test('verify: any line that is removed, doubled, moved, put in or replaced is found', async () => {
  for (let seed = firstSeed; seed < firstSeed + times(20); seed += 1) {
    const random = seeded(seed)
    const host = await randomJournal(random)
    const other = random.pick(random.pick(chained(host)).bytes.toString().split('\n').slice(0, -1))
    for (const [name, damage] of Object.entries(damages)) {
      const {number, bytes, rest} = random.pick(chained(host))
      const lines = bytes.toString().split('\n').slice(0, -1)
      const changed = damage(lines, random, other).map((line) => `${line}\n`)
      host.disk.put(segment(number), Buffer.concat([Buffer.from(changed.join('')), rest]))
      const found = await look(host)
      assert.ok(['altered', 'cut'].includes(found.state), `SEED=${seed} ${name} in ${number}: ${found.state}`)
      host.disk.put(segment(number), Buffer.concat([bytes, rest]))
    }
  }
})

test('verify: an end that is cut off is found at every byte before the head', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  for (const entry of [runStart('a'), stepEnd('a', 1), runEnd('a')]) await journal.append(entry)
  const bytes = host.disk.text(segment(1)) ?? ''
  for (let length = 0; length < bytes.length; length += 1) {
    host.disk.put(segment(1), bytes.slice(0, length))
    assert.equal((await look(host)).state, 'cut', String(length))
  }
})

test('verify: an end that was cut off stays found, whatever is appended afterwards', async () => {
  for (const damage of ['cut', 'removed'] as const) {
    const host = ledgerHost({seed: 1})
    const journal = await journalOf(host)
    for (const entry of [runStart('a'), stepEnd('a', 1), runEnd('a')]) await journal.append(entry)
    const bytes = host.disk.text(segment(1)) ?? ''
    if (damage === 'removed') await host.disk.remove(segment(1))
    else host.disk.put(segment(1), bytes.slice(0, bytes.indexOf('\n', 300) + 1))
    for (const one of [journal, await journalOf(host)]) await one.append(runStart('b'))
    const found = await look(host)
    assert.deepEqual([found.state, found.problems[0]?.segment], ['cut', 1], damage)
    assert.deepEqual((await readRuns(host, state)).map(({runId}) => runId)[0], 'b')
  }
})

test('verify: what was changed stays found after more is appended', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  await journal.append(runStart('a'))
  host.disk.put(segment(1), (host.disk.text(segment(1)) ?? '').replace('"steps":2', '"steps":3'))
  await journal.append(runEnd('a'))
  const found = await look(host)
  assert.deepEqual([found.state, found.problems], ['altered', [{kind: 'altered', segment: 1, line: 2, seq: 2}]])
})

test('verify: a segment that is missing is found, the oldest, one in the middle, and the last', async () => {
  for (const missing of [1, 3, 5]) {
    const host = ledgerHost({seed: 1})
    buildJournal(host, {segments: 5})
    assert.equal((await look(host)).state, 'ok')
    await host.disk.remove(segment(missing))
    const found = await look(host)
    assert.deepEqual([found.state, found.problems], ['cut', [{kind: 'cut', segment: missing, line: null, seq: null}]])
    assert.equal(found.segments, 4)
  }
})

test('verify: all segments gone is a journal cut off', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 2})
  for (const number of [1, 2]) await host.disk.remove(segment(number))
  assert.equal((await look(host)).state, 'cut')
})

test('verify: segments older than the journal is now are no part of it', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 3})
  const text = host.disk.text(headPath) ?? ''
  const [header = ''] = (host.disk.text(segment(2)) ?? '').split('\n')
  const {seq, prev} = JSON.parse(header) as {seq: number; prev: string}
  const head = {...(JSON.parse(text) as object), first: {segment: 2, seq, prev}}
  host.disk.put(headPath, JSON.stringify(head))
  host.disk.put(segment(1), 'left by a removal that failed')
  assert.equal((await look(host)).state, 'ok')
})

test('verify: a head that is missing, or spoilt, is found, also after more was appended', async () => {
  for (const spoilt of [
    undefined,
    '',
    '{}',
    '{"format":1}',
    '{"format":1,"first":{}}',
    '{"format":1,"segment":1,"bytes":1,"seq":1,"hash":"","first":{}}'
  ]) {
    const host = ledgerHost({seed: 1})
    const journal = await journalOf(host)
    await journal.append(runStart('a'))
    await journal.append(runEnd('a'))
    await host.disk.remove(headPath)
    if (spoilt !== undefined) host.disk.put(headPath, spoilt)
    const before = await look(host)
    assert.deepEqual([before.state, before.lines, before.runs], ['head-missing', 3, 1], spoilt)
    await (await journalOf(host)).append(runStart('b'))
    const after = await look(host)
    assert.deepEqual([after.state, after.runs], ['head-missing', 2], spoilt)
    assert.deepEqual(after.problems, [{kind: 'head-missing', segment: 2, line: 1, seq: 4}])
  }
})

test('verify: a head without its journal, and a spoilt one before there is any, are found', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put(headPath, 'spoilt')
  assert.equal((await look(host)).state, 'head-missing')
  await (await journalOf(host)).append(runStart('a'))
  assert.equal((await look(host)).state, 'head-missing')
})

test('verify: where the head and the beginning of the journal are gone, it goes on all the same', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.put(segment(3), 'spoilt\n')
  assert.equal((await look(host)).state, 'head-missing')
  await (await journalOf(host)).append(runStart('a'))
  const found = await look(host)
  assert.deepEqual([found.state, found.runs, found.segments], ['head-missing', 1, 2])
})

test('verify: no journal at all is whole, and so is one that was begun and got no further', async () => {
  const host = ledgerHost({seed: 1})
  const nothing = {state: 'ok', problems: [], problemCount: 0, segments: 0, lines: 0, runs: 0}
  assert.deepEqual(await look(host), nothing)
  const first = {segment: 1, seq: 1, prev: '0'.repeat(64)}
  const head = {format: 1, segment: 0, bytes: 0, seq: 0, hash: '0'.repeat(64), first}
  host.disk.put(headPath, JSON.stringify(head))
  assert.deepEqual(await look(host), nothing)
  await (await journalOf(host)).append(runStart('a'))
  assert.equal((await look(host)).state, 'ok')
})

test('verify: bytes that were added behind a segment that was left are found; those of a crash are only told', async () => {
  const host = ledgerHost({seed: 1})
  await (await journalOf(host)).append(runStart('a'))
  const whole = host.disk.text(segment(1)) ?? ''
  host.disk.put(segment(1), `${whole}{"type":"step_`)
  await (await journalOf(host)).append(runStart('b'))
  const torn = await look(host)
  assert.deepEqual([torn.state, torn.problems], ['torn', [{kind: 'torn', segment: 1, line: null, seq: null}]])
  host.disk.put(segment(1), `${whole}{"type":"step_end"`)
  assert.equal((await look(host)).state, 'altered')
})

test('verify: a tear that nobody has come across yet is told with its line', async () => {
  const host = ledgerHost({seed: 1})
  await (await journalOf(host)).append(runStart('a'))
  host.disk.put(segment(1), `${host.disk.text(segment(1)) ?? ''}{"type":"step_`)
  const found = await look(host)
  assert.deepEqual([found.state, found.problems], ['torn', [{kind: 'torn', segment: 1, line: 3, seq: null}]])
})

test('verify: a segment that goes on from before the head leaves out what was durable, and is found', async () => {
  const host = ledgerHost({seed: 1})
  await (await journalOf(host)).append(runStart('a'))
  const head = headOf(host)
  host.disk.put(segment(1), `${host.disk.text(segment(1)) ?? ''}torn`)
  await (await journalOf(host)).append(runStart('b'))
  const text = host.disk.text(segment(2)) ?? ''
  host.disk.put(segment(2), text.replace(`"after_bytes":${head.bytes}`, '"after_bytes":0'))
  assert.equal((await look(host)).state, 'altered')
})

test('verify: of very many problems the first hundred are told, and all are counted', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 1, lastBytes: 4000})
  host.disk.put(segment(1), 'x\n'.repeat(1500))
  const found = await look(host)
  assert.deepEqual([found.state, found.problems.length], ['altered', 100])
  assert.ok(found.problemCount > 1000)
})

test('verify: what is far too long, or no file, is somebody’s work', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 2})
  await host.disk.remove(segment(1))
  host.disk.putFolder(segment(1))
  const found = await look(host)
  assert.deepEqual([found.state, found.problems[0]], ['altered', {kind: 'altered', segment: 1, line: null, seq: null}])
})

test('verify: what changed while it was looked at is looked at again', async () => {
  const host = ledgerHost({seed: 1})
  const journal = await journalOf(host)
  await journal.append(runStart('a'))
  const whole = host.disk.text(segment(1)) ?? ''
  host.disk.put(segment(1), `${whole}{"type":"step_`)
  const open = host.disk.open.bind(host.disk)
  let looks = 0
  host.disk.open = async (path, how, mode) => {
    const file = await open(path, how, mode)
    looks += path === segment(1) ? 1 : 0
    // The line was on its way: behind our back it is finished.
    if (path === segment(1) && looks === 1) {
      const bytes = Buffer.from(`${whole}{"type":"step_`)
      const close = file.close.bind(file)
      file.close = async () => {
        await close()
        host.disk.put(segment(1), whole)
      }
      assert.ok(bytes.length > 0)
    }
    return file
  }
  assert.deepEqual([(await look(host)).state, looks], ['ok', 2])
})

test('verify: a journal that never rests is judged by the last look', async () => {
  const host = ledgerHost({seed: 1})
  await (await journalOf(host)).append(runStart('a'))
  const whole = host.disk.text(segment(1)) ?? ''
  const stat = host.disk.stat.bind(host.disk)
  let size = 0
  host.disk.stat = async (path) => {
    size += 1
    host.disk.put(segment(1), `${whole}{${'x'.repeat(size)}`)
    return stat(path)
  }
  assert.equal((await look(host)).state, 'torn')
})

test('verify: a disk that cannot be read is told', async () => {
  const host = ledgerHost({seed: 1})
  buildJournal(host, {segments: 1})
  host.disk.list = () => Promise.reject(Object.assign(new Error('EACCES'), {code: 'EACCES'}))
  const expected = ['file-unreadable', {path: folder, reason: 'EACCES'}]
  for (const work of [verify(host, state), readRuns(host, state)]) {
    const fault = await faultOf(work)
    assert.deepEqual([fault?.code, fault?.values], expected)
  }
})

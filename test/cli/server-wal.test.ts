import assert from 'node:assert/strict'
import {existsSync, mkdirSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {LogFile} from '../store/log-files.ts'
import {estate, treeOf, type Estate} from './estate.ts'
import {deliver, serve, until, type Served} from './serving.ts'
import {codesOf} from './run.ts'

const lines = ['ERROR one', 'two', 'três', 'four'].map((line) => `${line}\n`).join('')

interface Listed {
  readonly first_seq: number
  readonly next_seq: number
  readonly records: number
  readonly state: string
}

interface Hole {
  readonly file: string
  readonly from: number
  readonly to: number
  readonly seq_from: number
  readonly seq_to: number
}

/** A server that has read all of it. */
async function served(at: Estate, text = lines): Promise<Served> {
  const server = await serve(at, ['--data-dir', at.data])
  await deliver(server.ports.log, text)
  return server
}

async function exportOf(at: Estate, ...argv: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await at.run(['server', 'wal', 'export', '--data-dir', at.data, ...argv])
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
}

test('server wal: what was sent is exported while the server runs, after it was killed, and after it has stopped', async (t) => {
  const at = estate(t)
  const server = await served(at, `${lines}\r\nwith return\r\n\n`)
  const all = `${lines}with return\n`
  await until(async () => (await exportOf(at)) === all)
  const {status, exit_code: code, records, damage} = await at.json(['server', 'wal', 'verify', '--data-dir', at.data])
  assert.deepEqual([status, code, records, damage], ['ok', 0, 5, []])
  await server.end('SIGKILL')
  assert.equal(await exportOf(at), all)
  const again = await served(at, 'more\n')
  await again.end('SIGTERM')
  assert.equal(await exportOf(at), `${all}more\n`)
  assert.equal(await exportOf(at, '--from', '2', '--to', '3'), 'two\ntrês\n')
  assert.equal(await exportOf(at, '--since', '1h'), `${all}more\n`)
  const found = (await exportOf(at, '--format', 'json')).trimEnd().split('\n')
  const objects = found.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(objects.map(({seq, level, msg, flags}) => [seq, level, msg, flags]).slice(0, 3), [
    [1, 'error', 'ERROR one', []],
    [2, 'unknown', 'two', []],
    [3, 'unknown', 'três', []]
  ])
  const listed = (await at.json(['server', 'wal', 'ls', '--data-dir', at.data]))['segments'] as readonly Listed[]
  assert.equal(
    listed.reduce((sum, one) => sum + one.records, 0),
    6
  )
  assert.equal(listed.at(-1)?.state, 'newest')
  const shown = await at.run(['server', 'wal', 'ls', '--data-dir', at.data])
  assert.match(shown.stdout, /^0{15}1\.lcw +\w+ +1-\d /)
})

test('server wal: a second server is refused, and told who holds the data folder', async (t) => {
  const at = estate(t)
  const server = await served(at)
  await until(async () => (await exportOf(at)) === lines)
  const argv = ['server', '--log-port', '0', '--query-port', '0', '--http-port', '0', '--data-dir', at.data]
  const second = await at.run(argv)
  assert.equal(second.code, 11)
  assert.match(second.stderr, new RegExp(`process ${server.pid} `))
  const file = at.file('current.log', '[2026-01-02 03:04:05] old\n')
  const refused = await at.json(['server', 'wal', 'import-persistence', file, '--data-dir', at.data])
  assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [11, ['data-locked']])
  await server.end('SIGKILL')
  const third = await served(at, 'after\n')
  await third.end('SIGTERM')
  assert.equal(await exportOf(at), `${lines}after\n`)
})

test('server wal: damage is itemised and critical, a torn end a warning, and a server starts with either', async (t) => {
  const at = estate(t)
  const log = new LogFile()
  for (let index = 0; index < 3; index += 1) log.frame({lines: [`line ${index}`], durableSeq: log.seq})
  const [, middle, last] = log.frames
  assert.ok(middle !== undefined && last !== undefined)
  mkdirSync(join(at.data, 'wal'))
  const path = join(at.data, 'wal', log.name)
  writeFileSync(path, log.bytes)
  truncateSync(path, last.to - 20)
  const torn = await at.json(['server', 'wal', 'verify', '--data-dir', at.data])
  assert.deepEqual([torn.exit_code, torn.status, torn.checks[0]?.code], [1, 'warning', 'wal-ends-torn'])
  const end = {
    file: log.name,
    from: last.from,
    to: last.to - 20,
    seq_from: 3,
    seq_to: 4,
    bytes: last.to - 20 - last.from
  }
  assert.deepEqual([torn['torn'], torn['damage']], [end, []])
  log.bytes[middle.from + 90]! ^= 1
  writeFileSync(path, log.bytes)
  const bad = await at.json(['server', 'wal', 'verify', '--data-dir', at.data])
  assert.deepEqual([bad.exit_code, bad.status, bad.checks[0]?.value], [2, 'critical', 1])
  const hole: Hole = {file: log.name, from: middle.from, to: middle.to, seq_from: 2, seq_to: 3}
  assert.deepEqual(bad['damage'], [hole])
  const told = await at.run(['server', 'wal', 'verify', '--data-dir', at.data])
  assert.deepEqual([told.code, told.stdout.split('\n')[0]?.includes('CRITICAL')], [2, true])
  assert.match(told.stdout, new RegExp(`damaged from byte ${middle.from} to`))
  const partial = await at.run(['server', 'wal', 'export', '--data-dir', at.data])
  assert.deepEqual([partial.code, partial.stdout], [3, 'line 0\nline 2\n'])
  assert.match(partial.stderr, /1 record in 1 place/)
  const server = await serve(at, ['--data-dir', at.data])
  assert.equal((await server.told('wal-damaged')).values['seqFrom'], 2)
  await server.end('SIGTERM')
  assert.ok(existsSync(join(at.data, 'wal', 'quarantine')))
})

test('server wal import-persistence: keeps the times, is done once, and a dry run changes nothing at all', async (t) => {
  const at = estate(t)
  const file = at.file('current.log', '[2026-01-02 03:04:05] first\nmore of it\n[2026-01-02 03:04:06] second\n')
  const argv = ['server', 'wal', 'import-persistence', file, '--data-dir', at.data]
  const before = treeOf(at.folder, {isComplete: true})
  const dry = await at.json([...argv, '--dry-run'])
  assert.deepEqual([dry.exit_code, dry.status, dry['dry_run'], dry.changed], [0, 'planned', true, []])
  assert.deepEqual(treeOf(at.folder, {isComplete: true}), before)
  const done = await at.json(argv)
  assert.deepEqual([done.exit_code, done.status, done.changed, done['stored']], [0, 'done', [file], 3])
  const again = await at.json(argv)
  assert.deepEqual([again.exit_code, again.status, again.changed], [0, 'nothing', []])
  const env = {TZ: 'UTC'}
  const {stdout} = await at.run(['server', 'wal', 'export', '--data-dir', at.data, '--format', 'json'], {env})
  const found = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    found.map(({msg, src}) => [msg, src]),
    [
      ['first', 'import'],
      ['more of it', 'import'],
      ['second', 'import']
    ]
  )
  const shown = await at.run([...argv, '--dry-run'])
  assert.match(shown.stdout, /nothing to do/)
})

test('server wal export: a reader that leaves is no failure, a full disk is one', async (t) => {
  const at = estate(t)
  mkdirSync(join(at.data, 'wal'))
  let nextSeq = 1
  for (let count = 0; count < 40; count += 1) {
    const log = new LogFile({firstSeq: nextSeq})
    while (log.at < 60_000) log.frame({lines: Array.from({length: 20}, () => 'x'.repeat(100))})
    writeFileSync(join(at.data, 'wal', log.name), log.bytes)
    nextSeq = log.seq
  }
  const argv = ['server', 'wal', 'export', '--data-dir', at.data]
  const headed = ['/bin/bash', '-c', '"$@" | head -c 10; exit "${PIPESTATUS[0]}"', 'bash']
  const left = await at.run(argv, {under: headed})
  assert.deepEqual([left.code, left.stdout.length, left.stderr], [0, 10, ''])
  const full = await at.run(argv, {redirect: '> /dev/full'})
  assert.equal(full.code, 1)
  assert.match(full.stderr, /ENOSPC/)
  const whole = await at.run(argv)
  assert.equal(whole.stdout.length, (nextSeq - 1) * 101)
  const {records, bytes} = await at.json(argv)
  assert.deepEqual([records, bytes], [nextSeq - 1, whole.stdout.length])
})

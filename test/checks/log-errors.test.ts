import assert from 'node:assert/strict'
import {join} from 'node:path'
import {test} from 'node:test'
import {gzipSync, zstdCompressSync} from 'node:zlib'
import fc from 'fast-check'
import type {FindingValues} from '../../src/base/findings.ts'
import type {Verdict} from '../../src/checks/check.ts'
import {logErrors} from '../../src/checks/log-errors.ts'
import {type Disk, realDisk} from '../../src/host/disk.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {
  type ContextOptions,
  evidenceOf,
  hourMs,
  iso,
  logContext,
  nowMs,
  temporaryFolder,
  valuesOf,
  writeLog
} from './log-context.ts'

const seed = seedFromEnvironment()

function check(options: ContextOptions): Promise<Verdict> {
  return logErrors.read(logContext(options))
}

function counted(verdict: Verdict): FindingValues<'log-errors'> {
  return valuesOf(verdict.finding, 'log-errors')
}

function lines(count: number, make: (at: number) => string): string {
  return Array.from({length: count}, (_, at) => `${make(at)}\n`).join('')
}

test('S-12: lines are chosen by their time and level, never by the word alone', async (t) => {
  const logs = temporaryFolder(t)
  const content = [
    `${iso(hourMs)} INFO 0 errors`,
    `${iso(hourMs)} INFO no error found`,
    `${iso(hourMs)} ERROR disk failed`,
    `${iso(hourMs)} FATAL gave up`,
    `${iso(25 * hourMs)} ERROR before the window`,
    `{"level":50,"time":${nowMs - hourMs},"msg":"job failed"}`,
    `{"level":30,"time":${nowMs - hourMs},"msg":"error count is 0"}`
  ]
  writeLog(join(logs, 'a.log'), `${content.join('\n')}\n`)
  const verdict = await check({logs})
  assert.equal(verdict.value, 3)
  assert.equal(verdict.unit, 'lines')
  assert.equal(counted(verdict).lines, 6)
})

test('S-12: evidence is ordered by time, never by the name of the file', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'z.log'), `${iso(20 * hourMs)} ERROR old one\n`)
  writeLog(join(logs, 'a.log'), `${iso(hourMs)} ERROR recent one\n`)
  writeLog(join(logs, 'm.log'), `${iso(10 * hourMs)} ERROR middle one\n${iso(2 * hourMs)} ERROR old one\n`)
  const seen = evidenceOf(await check({logs}), 'log-signature')
  assert.deepEqual(
    seen.map(({signature, count, path}) => [signature, count, path.slice(-5)]),
    [
      ['ERROR recent one', 1, 'a.log'],
      ['ERROR old one', 2, 'm.log'],
      ['ERROR middle one', 1, 'm.log']
    ]
  )
})

test('S-12: rotated and compressed files count, and files last changed before the window are not even opened', async (t) => {
  const logs = temporaryFolder(t)
  const error = `${iso(2 * hourMs)} ERROR x\n`
  writeLog(join(logs, 'a.log'), error)
  writeLog(join(logs, 'a.log.1'), error, hourMs)
  writeLog(join(logs, 'a.log.2.gz'), gzipSync(error), hourMs)
  writeLog(join(logs, 'a.log-20261010.zst'), zstdCompressSync(error), hourMs)
  writeLog(join(logs, 'a.log.9.xz'), 'cannot be opened by us', 25 * hourMs)
  writeLog(join(logs, 'a.log.9'), error, 25 * hourMs)
  const verdict = await check({logs})
  assert.equal(verdict.value, 4)
  assert.deepEqual(evidenceOf(verdict, 'log-file-unreadable'), [])
})

test('S-16: a name with blanks and a newline is read like any other', async (t) => {
  const logs = temporaryFolder(t)
  const path = join(logs, 'my app\nlog.log')
  writeLog(path, `${iso(hourMs)} ERROR x\n`)
  assert.deepEqual(
    evidenceOf(await check({logs}), 'log-signature').map((one) => one.path),
    [path]
  )
})

test('S-19: the error rate is of one window over all files, whatever their lengths', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(
    join(logs, 'a.log'),
    lines(3000, (at) => `${iso(hourMs)} ${at < 30 ? 'ERROR' : 'INFO'} x`)
  )
  writeLog(
    join(logs, 'b.log'),
    lines(1000, () => `${iso(hourMs)} INFO x`)
  )
  const values = counted(await check({logs}))
  assert.deepEqual([values.errors, values.lines, values.errorPercent], [30, 4000, 0.75])
})

test('S-20: 9 of 1000 is 0.9 percent, and no lines at all is no percentage', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(
    join(logs, 'a.log'),
    lines(1000, (at) => `${iso(hourMs)} ${at < 9 ? 'ERROR' : 'INFO'} x`)
  )
  assert.equal(counted(await check({logs})).errorPercent, 0.9)
  writeLog(join(logs, 'a.log'), '')
  const verdict = await check({logs})
  assert.equal(counted(verdict).errorPercent, null)
  assert.equal(verdict.status, 'ok')
})

test('S-21: the rate is counted over the whole window, so that a burst is not cut off', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(
    join(logs, 'a.log'),
    lines(5000, () => `${iso(hourMs)} ERROR x`)
  )
  const values = counted(await check({logs, sinceMs: 2 * hourMs}))
  assert.deepEqual([values.errors, values.perHour, values.windowMs], [5000, 2500, 2 * hourMs])
})

test('the status follows the thresholds', async (t) => {
  const logs = temporaryFolder(t)
  for (const [errors, status] of [
    [0, 'ok'],
    [10, 'ok'],
    [11, 'warning'],
    [101, 'critical']
  ] as const) {
    writeLog(
      join(logs, 'a.log'),
      lines(errors, () => `${iso(hourMs)} ERROR x`)
    )
    const verdict = await check({logs})
    assert.equal(verdict.status, status, String(errors))
    assert.deepEqual(verdict.threshold, {warning: '10', critical: '100'})
  }
})

test('a line without a time has that of the line before it', async (t) => {
  const logs = temporaryFolder(t)
  const content = [
    'ERROR the rest of an earlier record',
    `${iso(30 * hourMs)} INFO before`,
    'ERROR its continuation',
    `${iso(hourMs)} ERROR inside`,
    '    at something(here)',
    '[ERROR] Caused by: x'
  ]
  writeLog(join(logs, 'a.log'), `${content.join('\n')}\n`)
  const verdict = await check({logs})
  assert.deepEqual([counted(verdict).errors, counted(verdict).lines], [2, 3])
  assert.deepEqual(evidenceOf(verdict, 'log-lines-undated'), [])
})

test('lines before the first time of a file are as old as that', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), `ERROR headless\n${iso(hourMs)} INFO x\n`)
  const verdict = await check({logs})
  assert.deepEqual(
    evidenceOf(verdict, 'log-signature').map(({lastMs}) => lastMs),
    [nowMs - hourMs]
  )
})

test('a file that never says a time counts as of its last change, and that is told', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), 'ERROR x\nfine\n', hourMs)
  writeLog(join(logs, 'b.log'), 'ERROR x\nfine\n', 25 * hourMs)
  writeLog(join(logs, 'c.log'), 'ERROR written while we look\n', -5000)
  const verdict = await check({logs})
  assert.deepEqual([counted(verdict).errors, counted(verdict).lines], [2, 3])
  assert.deepEqual(evidenceOf(verdict, 'log-lines-undated'), [
    {path: join(logs, 'c.log'), lines: 1},
    {path: join(logs, 'a.log'), lines: 2}
  ])
})

test('new kinds of errors come first, the others by their last time, ten at most', async (t) => {
  const logs = temporaryFolder(t)
  const name = (at: number): string => `ERROR kind ${String.fromCharCode(97 + at)}`
  writeLog(
    join(logs, 'a.log'),
    lines(13, (at) => `${iso(hourMs - at * 1000)} ${name(at)}`)
  )
  const known = [name(12), name(11), name(10), name(3)]
  const verdict = await check({logs, remembered: {signatures: ['ERROR long gone', ...known]}})
  const seen = evidenceOf(verdict, 'log-signature')
  assert.deepEqual(
    seen.map(({signature, isNew}) => [signature, isNew]),
    [...[9, 8, 7, 6, 5, 4, 2, 1, 0].map((at) => [name(at), true]), [name(12), false]]
  )
  assert.deepEqual(evidenceOf(verdict, 'log-signatures-more'), [{more: 3}])
  assert.deepEqual([counted(verdict).signatures, counted(verdict).newSignatures], [13, 9])
  const expected = ['ERROR long gone', ...Array.from({length: 13}, (_, at) => name(at))]
  assert.deepEqual(verdict.remember, {signatures: expected})
})

test('at most 500 kinds are remembered, the newest', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), `${iso(hourMs)} ERROR x\n`)
  const signatures = Array.from({length: 500}, (_, at) => `s${at}`)
  const verdict = await check({logs, remembered: {signatures}})
  assert.deepEqual(verdict.remember, {signatures: [...signatures.slice(1), 'ERROR x']})
  for (const damaged of [{}, {signatures: 'x'}, {signatures: [1, null]}]) {
    assert.deepEqual((await check({logs, remembered: damaged})).remember, {signatures: ['ERROR x']})
  }
})

test('a kind has the worst level of its lines', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(
    join(logs, 'a.log'),
    `{"level":"fatal","time":"${iso(hourMs)}","msg":"x"}\n{"level":"error","time":"${iso(hourMs)}","msg":"x"}\n`
  )
  assert.deepEqual(
    evidenceOf(await check({logs}), 'log-signature').map(({level, count}) => [level, count]),
    [['fatal', 2]]
  )
})

test('hostile text stays as it is in the evidence', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), Buffer.from(`${iso(hourMs)} ERROR \u001b]0;title\u0007\0\xff x\n`, 'latin1'))
  const [seen] = evidenceOf(await check({logs}), 'log-signature')
  assert.equal(seen?.signature, 'ERROR \u001b]<n>;title\u0007\0\uFFFD x')
})

test('when a file of the window cannot be read, the answer is never ok', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), `${iso(hourMs)} INFO x\n`)
  writeLog(join(logs, 'b.log'), `${iso(hourMs)} ERROR x\n`)
  const real = realDisk()
  const refused = Object.assign(new Error('refused'), {code: 'EACCES'})
  const disk: Disk = {
    ...real,
    open: (path, how) => (path.endsWith('b.log') ? Promise.reject(refused) : real.open(path, how))
  }
  const verdict = await check({logs, disk})
  assert.equal(verdict.status, 'unknown')
  assert.deepEqual(evidenceOf(verdict, 'log-file-unreadable'), [{path: join(logs, 'b.log'), reason: 'EACCES'}])
  writeLog(
    join(logs, 'a.log'),
    lines(11, () => `${iso(hourMs)} ERROR x`)
  )
  assert.equal((await check({logs, disk})).status, 'warning')
})

test('a damaged archive and a foreign one are told, and what was readable counts', async (t) => {
  const logs = temporaryFolder(t)
  const archive = gzipSync(lines(20, () => `${iso(hourMs)} ERROR x`))
  writeLog(join(logs, 'a.log.1.gz'), archive.subarray(0, archive.length - 8))
  writeLog(join(logs, 'a.log.2.bz2'), 'x')
  const verdict = await check({logs})
  assert.equal(verdict.value, 20)
  assert.deepEqual(
    evidenceOf(verdict, 'log-file-unreadable')
      .map(({reason}) => reason)
      .sort(),
    ['Z_BUF_ERROR', 'unsupported.bz2']
  )
})

test('a long file read from its end is told only when the window goes farther back', async (t) => {
  const logs = temporaryFolder(t)
  const content = lines(1000, (at) => `${iso((1000 - at) * 60_000)} ERROR x`)
  writeLog(join(logs, 'a.log'), content)
  const verdict = await check({logs, readBytesMax: 3301})
  assert.equal(verdict.value, 100)
  assert.equal(verdict.status, 'warning')
  assert.deepEqual(evidenceOf(verdict, 'log-file-read-in-part'), [
    {path: join(logs, 'a.log'), readBytes: 3301, totalBytes: content.length}
  ])
  const enough = await check({logs, readBytesMax: 3301, sinceMs: hourMs})
  assert.equal(enough.value, 60)
  assert.deepEqual(
    enough.evidence?.filter(({code}) => code === 'log-file-read-in-part'),
    []
  )
})

test('errors in what was not read of a file are never a count of none', async (t) => {
  const logs = temporaryFolder(t)
  const errors = lines(500, () => `${iso(2 * hourMs)} ERROR x`)
  const fine = lines(1000, () => `${iso(hourMs)} INFO x`)
  writeLog(join(logs, 'a.log'), errors + fine)
  const verdict = await check({logs, readBytesMax: 3000})
  assert.deepEqual([verdict.value, verdict.status], [0, 'unknown'])
  writeLog(join(logs, 'a.log'), '')
  writeLog(join(logs, 'a.log.1.gz'), gzipSync(fine + errors))
  const archive = await check({logs, readBytesMax: 3000})
  assert.deepEqual([archive.value, archive.status], [0, 'unknown'])
})

test('errors of a clock or a zone that is ahead count as of now, and that is told', async (t) => {
  const logs = temporaryFolder(t)
  const path = join(logs, 'a.log')
  writeLog(path, lines(500, (at) => `${iso(-2 * hourMs - at)} ERROR x`) + `${iso(hourMs)} INFO x\n`)
  const verdict = await check({logs})
  assert.deepEqual([verdict.value, verdict.status, counted(verdict).lines], [500, 'critical', 501])
  assert.deepEqual(evidenceOf(verdict, 'log-lines-ahead'), [{path, lines: 500, byMs: 2 * hourMs + 499}])
  writeLog(path, `${iso(-60_000)} ERROR written while we look\n`)
  const near = await check({logs})
  assert.deepEqual([near.value, evidenceOf(near, 'log-lines-ahead')], [1, []])
})

test('an archive bigger than what may be read is told', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log.1.gz'), gzipSync(lines(1000, () => `${iso(hourMs)} ERROR x`)))
  const verdict = await check({logs, readBytesMax: 3300})
  assert.deepEqual(evidenceOf(verdict, 'log-archive-read-in-part'), [{path: join(logs, 'a.log.1.gz'), readBytes: 3300}])
})

test('many unreadable files do not fill the report', async (t) => {
  const logs = temporaryFolder(t)
  for (let at = 0; at < 13; at += 1) writeLog(join(logs, `${at}.log.xz`), 'x')
  const verdict = await check({logs})
  assert.equal(evidenceOf(verdict, 'log-file-unreadable').length, 10)
  assert.deepEqual(evidenceOf(verdict, 'log-files-more'), [{more: 3}])
})

test('a missing folder is a fault only when it was configured', async (t) => {
  const logs = join(temporaryFolder(t), 'none')
  assert.deepEqual(await check({logs, isSet: false}), {
    status: 'skipped',
    finding: {code: 'not-on-this-machine', values: {what: logs}}
  })
  assert.deepEqual(await check({logs}), {
    status: 'unknown',
    finding: {code: 'path-missing', values: {path: logs, setting: 'paths.logs'}}
  })
})

test('a folder without log files, or that is none, says nothing about errors', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.txt'), 'x')
  assert.equal((await check({logs})).finding.code, 'log-none')
  const verdict = await check({logs: join(logs, 'a.txt')})
  assert.deepEqual(verdict, {
    status: 'unknown',
    finding: {code: 'not-readable', values: {path: join(logs, 'a.txt'), reason: 'ENOTDIR'}}
  })
})

test('a run that is stopped opens no further file', async (t) => {
  const logs = temporaryFolder(t)
  for (const name of ['a.log', 'b.log']) writeLog(join(logs, name), `${iso(hourMs)} ERROR x\n`)
  const stop = new AbortController()
  const real = realDisk()
  const opened: string[] = []
  const open: Disk['open'] = (path, how) => {
    if (path.startsWith(logs)) {
      opened.push(path)
      stop.abort('deadline')
    }
    return real.open(path, how)
  }
  await check({logs, signal: stop.signal, disk: {...real, open}})
  assert.equal(opened.length, 1)
})

test('errors of ever new kinds are all counted, and their kinds are bounded', async (t) => {
  const logs = temporaryFolder(t)
  const letters = (at: number): string => Array.from(String(at), (digit) => 'ghijklmnop'[Number(digit)]).join('')
  writeLog(
    join(logs, 'a.log'),
    lines(12_000, (at) => `${iso(hourMs)} ERROR ${letters(at)}`)
  )
  const values = counted(await check({logs}))
  assert.deepEqual([values.errors, values.signatures], [12_000, 10_000])
})

test('the same lines in any split over files give the same counts', async (t) => {
  const logs = temporaryFolder(t)
  const line = fc.record({
    level: fc.constantFrom('INFO', 'WARN', 'ERROR', 'FATAL'),
    agoMs: fc.integer({min: 0, max: 48 * hourMs})
  })
  const property = fc.asyncProperty(fc.array(line, {maxLength: 40}), fc.nat({max: 40}), async (all, cut) => {
    const written = all.map(({level, agoMs}) => `${iso(agoMs)} ${level} x\n`)
    writeLog(join(logs, 'a.log'), written.slice(0, cut).join(''))
    writeLog(join(logs, 'a.log.1.gz'), gzipSync(written.slice(cut).join('')))
    const inside = all.filter(({agoMs}) => agoMs <= 24 * hourMs)
    const values = counted(await check({logs}))
    const errors = inside.filter(({level}) => level === 'ERROR' || level === 'FATAL').length
    assert.deepEqual([values.errors, values.lines], [errors, inside.length])
  })
  await fc.assert(property, {seed, numRuns: times(50)})
})

import assert from 'node:assert/strict'
import {join} from 'node:path'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {logFreshness} from '../../src/checks/log-freshness.ts'
import {type Disk, realDisk} from '../../src/host/disk.ts'
import {simHost} from '../sim/host.ts'
import {ended, exited} from '../sim/processes.ts'
import {type ContextOptions, evidenceOf, hourMs, logContext, temporaryFolder, writeLog} from './log-context.ts'

function check(options: ContextOptions): Promise<Verdict> {
  return logFreshness.read(logContext(options))
}

test('the youngest log file decides, against thresholds in time', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'old.log'), 'x\n', 100 * hourMs)
  for (const [ageMs, status] of [
    [0, 'ok'],
    [hourMs, 'ok'],
    [hourMs + 1000, 'warning'],
    [25 * hourMs, 'critical']
  ] as const) {
    writeLog(join(logs, 'sub/new.log'), 'x\n', ageMs)
    assert.deepEqual(await check({logs}), {
      status,
      finding: {code: 'log-written', values: {path: join(logs, 'sub/new.log'), ageMs}},
      value: ageMs / 1000,
      unit: 's',
      threshold: {warning: '1h', critical: '24h'},
      evidence: []
    })
  }
})

test('a file changed in the future is as fresh as can be', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), 'x\n', -5 * hourMs)
  const verdict = await check({logs})
  assert.deepEqual([verdict.status, verdict.value], ['ok', 0])
})

test('what rotation makes, empty files and archives, does not look like a line written', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), '', 0)
  writeLog(join(logs, 'a.log.1'), 'x\n', 30 * hourMs)
  writeLog(join(logs, 'a.log.2.gz'), 'x\n', 0)
  const verdict = await check({logs})
  assert.deepEqual([verdict.status, verdict.value], ['critical', (30 * hourMs) / 1000])
})

test('where only archives are left, the youngest of them counts', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log.2.gz'), 'x\n', 2 * hourMs)
  assert.equal((await check({logs})).status, 'warning')
})

test('no log file, or only empty ones, is unknown', async (t) => {
  const logs = temporaryFolder(t)
  assert.equal((await check({logs})).finding.code, 'log-none')
  writeLog(join(logs, 'a.log'), '')
  const verdict = await check({logs})
  assert.deepEqual([verdict.status, verdict.finding.code], ['unknown', 'log-none'])
})

test('a missing folder is a fault only when it was configured', async (t) => {
  const logs = join(temporaryFolder(t), 'none')
  assert.equal((await check({logs, isSet: false})).status, 'skipped')
  assert.deepEqual(await check({logs}), {
    status: 'unknown',
    finding: {code: 'path-missing', values: {path: logs, setting: 'paths.logs'}}
  })
})

test('what could not be looked at is told beside the answer', async (t) => {
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), 'x\n')
  writeLog(join(logs, 'sub/b.log'), 'x\n')
  const real = realDisk()
  const refused = Object.assign(new Error('refused'), {code: 'EACCES'})
  const disk: Disk = {...real, list: (path) => (path.endsWith('sub') ? Promise.reject(refused) : real.list(path))}
  const verdict = await check({logs, disk})
  assert.deepEqual(evidenceOf(verdict, 'log-file-unreadable'), [{path: join(logs, 'sub'), reason: 'EACCES'}])
})

test('a dead mount is told, and its folder not touched', async () => {
  const host = simHost({seed: 1})
  host.processes.script(['stat'], ended({how: 'deadline'}))
  const verdict = await check({host, disk: host.disk, logs: '/mnt/logs'})
  assert.deepEqual(verdict, {
    status: 'unknown',
    finding: {code: 'mount-silent', values: {path: '/mnt/logs', afterMs: 3000}}
  })
  assert.equal(host.disk.touched.size, 0)
})

test('a folder that is missing is missing whether or not the probe can be run', async () => {
  for (const answer of [exited(1, '', 'stat: cannot read: No such file or directory'), ended({how: 'missing'})]) {
    const host = simHost({seed: 1})
    host.processes.script(['stat'], answer)
    assert.equal((await check({host, disk: host.disk, logs: '/mnt/logs'})).finding.code, 'path-missing')
  }
})

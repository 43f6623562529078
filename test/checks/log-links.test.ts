import assert from 'node:assert/strict'
import {rmSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {logErrors} from '../../src/checks/log-errors.ts'
import {type Disk, realDisk} from '../../src/host/disk.ts'
import {simHost} from '../sim/host.ts'
import {ended, exited} from '../sim/processes.ts'
import {
  type ContextOptions,
  evidenceOf,
  hourMs,
  iso,
  logContext,
  nowMs,
  temporaryFolder,
  writeLog
} from './log-context.ts'

/** What leads out of the log folder: links that somebody else may have put there, and mounts that hang. */
function check(options: ContextOptions): Promise<Verdict> {
  return logErrors.read(logContext(options))
}

test('as root, lines of a file that a link leads to are neither shown nor counted', async (t) => {
  const elsewhere = temporaryFolder(t)
  writeLog(join(elsewhere, 'shadow'), `${iso(hourMs)} ERROR of somebody else\n`)
  const logs = temporaryFolder(t)
  writeLog(join(logs, 'a.log'), `${iso(hourMs)} INFO x\n`)
  symlinkSync(join(elsewhere, 'shadow'), join(logs, 'b.log'))
  const asRoot = await check({logs, host: simHost({seed: 1, nowMs})})
  assert.deepEqual([asRoot.value, asRoot.status], [0, 'unknown'])
  assert.deepEqual(evidenceOf(asRoot, 'log-file-unreadable'), [{path: join(logs, 'b.log'), reason: 'link'}])
  const asOther = await check({logs, host: simHost({seed: 1, nowMs, machine: {uid: 1000}})})
  assert.equal(asOther.value, 1)
})

test('as root, a link that takes the place of a file between the look and the reading is not followed', async (t) => {
  const elsewhere = temporaryFolder(t)
  writeLog(join(elsewhere, 'b.log'), `${iso(hourMs)} ERROR of somebody else\n`)
  for (const exchanged of ['sub', 'sub/b.log']) {
    const logs = temporaryFolder(t)
    writeLog(join(logs, 'sub/b.log'), `${iso(hourMs)} INFO x\n`)
    const real = realDisk()
    const open: Disk['open'] = (path, how) => {
      if (path.startsWith(logs)) {
        rmSync(join(logs, exchanged), {recursive: true})
        symlinkSync(join(elsewhere, exchanged.slice('sub/'.length)), join(logs, exchanged))
      }
      return real.open(path, how)
    }
    const verdict = await check({logs, disk: {...real, open}})
    assert.deepEqual([verdict.value, verdict.status], [0, 'unknown'], exchanged)
    assert.deepEqual(evidenceOf(verdict, 'log-file-unreadable'), [{path: join(logs, 'sub/b.log'), reason: 'ELOOP'}])
  }
})

test('a mount below the log folder that does not answer is told, and nothing in it is touched', async () => {
  const host = simHost({seed: 1, nowMs})
  host.disk.putProc(
    '/proc/self/mounts',
    '/dev/a / ext4 rw 0 0\nnas:/l /logs/nas nfs rw 0 0\nnas:/x /other nfs rw 0 0\n'
  )
  host.disk.put('/logs/a.log', `${iso(hourMs)} INFO x\n`)
  host.disk.put('/logs/nas/b.log', `${iso(hourMs)} ERROR x\n`)
  host.processes.script(['stat'], ({argv}) =>
    argv.at(-1) === '/logs' ? exited(0, '1 4096 9 5 5 9 5\n') : ended({how: 'deadline'})
  )
  const verdict = await check({logs: '/logs', host, disk: host.disk})
  assert.equal(verdict.status, 'unknown')
  assert.deepEqual(evidenceOf(verdict, 'log-file-unreadable'), [{path: '/logs/nas', reason: 'mount-silent'}])
  assert.deepEqual(
    [...host.disk.touched].filter((path) => path.startsWith('/logs/nas')),
    []
  )
})

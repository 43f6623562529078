import assert from 'node:assert/strict'
import {test} from 'node:test'
import {filePurge} from '../../../src/runbook/steps/file-purge.ts'
import {fileRemove} from '../../../src/runbook/steps/file-remove.ts'
import {simHost, type SimHost, type SimHostOptions} from '../../sim/host.ts'
import {seedFromEnvironment} from '../../sim/random.ts'
import {altered} from './altered.ts'
import {reasonsOf} from './reasons.ts'
import {apply, changeOf, outlookOf, stageOn, undo, type Stage} from './stage.ts'

const seed = seedFromEnvironment()
const dayMs = 86_400_000
const logs = '/var/log/logcaster'
const area = `${logs}/.logcaster-held`
const run = `${area}/20261120T091500Z-k3v9x2.20261122T091500Z`
const raw = {folder: logs}

/** What the first step removed of these, kept for two days; and then so many days have passed. */
async function stageAfter(days: number, options: Partial<SimHostOptions> = {}): Promise<Stage<SimHost>> {
  const host = simHost({seed, ...options})
  host.disk.put(`${logs}/app.log.9`, 'text', {modifiedMs: host.clock.now() - dayMs})
  const stage = await stageOn(host)
  const removed = await apply(stage, fileRemove, {path: `${logs}/app.log.9`, reason: 'old', hold: '2d'})
  assert.equal(removed.status, 'done')
  host.clock.step(days * dayMs)
  return stageOn(host)
}

test('file.purge: frees what is due, and what has kept it', async () => {
  const stage = await stageAfter(2)
  const change = await changeOf(stage, filePurge, raw)
  assert.deepEqual(change.said, {code: 'step-purge', values: {folder: logs, files: 1, bytes: 4, staying: 0}})
  assert.deepEqual([change.isReversible, change.risk], [false, 'high'])
  const {inode, modifiedMs} = stage.host.disk.look(`${run}/3-app.log.9`)
  const due = [{path: `${run}/3-app.log.9`, size: 4, inode, modified_ms: modifiedMs}]
  assert.deepEqual(change.before, {due, runs: [run], staying: []})
  assert.deepEqual(change.after, {due: [], runs: [], staying: []})
  const applied = await apply(stage, filePurge, raw)
  assert.deepEqual(applied.outputs.values, {folder: logs, files: 1, bytes: 4, staying: []})
  assert.deepEqual(await stage.host.disk.list(area), [])
})

test('file.purge: before the deadline, and where nothing was ever held, there is nothing to do', async () => {
  const early = await stageAfter(1)
  const nothing = {code: 'step-purge-nothing', values: {folder: logs, staying: 0}} as const
  assert.deepEqual(await outlookOf(early, filePurge, raw), {action: 'nothing', target: logs, said: nothing})
  const host = simHost({seed})
  host.disk.putFolder(logs)
  assert.deepEqual(await outlookOf(await stageOn(host), filePurge, raw), {
    action: 'nothing',
    target: logs,
    said: nothing
  })
})

test('file.purge: what somebody has open, or wrote to since, stays and is told', async () => {
  const spoilt: readonly (readonly [string, (host: SimHost) => Promise<void>])[] = [
    [
      'open',
      ({openFiles, disk}) => {
        openFiles.hold(disk.look(`${run}/3-app.log.9`))
        return Promise.resolve()
      }
    ],
    [
      'written-since',
      async ({disk}) => {
        const file = await disk.open(`${run}/3-app.log.9`, 'write')
        await file.write(Uint8Array.of(1), 4)
        await file.close()
      }
    ],
    ['written-since', ({disk}) => disk.remove(`${run}/3.held`)],
    [
      'not-ours',
      async ({disk}) => {
        await disk.remove(`${run}/3-app.log.9`)
        disk.putLink(`${run}/3-app.log.9`, '/etc/shadow')
      }
    ]
  ]
  for (const [reason, spoil] of spoilt) {
    const stage = await stageAfter(30)
    await spoil(stage.host)
    const outlook = await outlookOf(stage, filePurge, raw)
    assert.ok(outlook.action === 'nothing', reason)
    assert.deepEqual(outlook.said.values, {folder: logs, staying: 1})
    const applied = await apply(stage, filePurge, raw)
    assert.deepEqual(applied.outputs.values, {
      folder: logs,
      files: 0,
      bytes: 0,
      staying: [{path: `${run}/3-app.log.9`, reason}]
    })
    assert.equal(stage.host.disk.look(run).kind, 'directory')
  }
})

test('file.purge: what stays keeps staying, however often the rest is freed', async () => {
  const stage = await stageAfter(2)
  const {disk, clock} = stage.host
  disk.put(`${run}/4-late.log`, 'more', {modifiedMs: clock.now()})
  disk.put(`${run}/4.held`, '', {modifiedMs: clock.now() - dayMs})
  assert.equal((await apply(stage, filePurge, raw)).status, 'done')
  for (let days = 0; days < 3; days += 1) {
    clock.step(dayMs)
    assert.equal((await outlookOf(await stageOn(stage.host), filePurge, raw)).action, 'nothing')
  }
  assert.equal(disk.text(`${run}/4-late.log`), 'more')
  assert.equal(disk.text(`${run}/3-app.log.9`), undefined)
})

test('file.purge: others may free what is their own, though they see only their own processes', async () => {
  const host = simHost({seed, machine: {uid: 1000}})
  host.disk.putFolder(area, {mode: 0o700, uid: 1000})
  host.disk.putFolder(run, {mode: 0o700, uid: 1000})
  host.disk.put(`${run}/3.held`, '')
  host.disk.put(`${run}/3-mine.log`, 'text', {uid: 1000})
  host.disk.put(`${run}/4.held`, '')
  host.disk.put(`${run}/4-theirs.log`, 'text', {uid: 33})
  host.openFiles.isComplete = false
  host.clock.step(30 * dayMs)
  const stage = await stageOn(host)
  const applied = await apply(stage, filePurge, raw)
  const staying = [{path: `${run}/4-theirs.log`, reason: 'use-unknown'}]
  assert.deepEqual(applied.outputs.values, {folder: logs, files: 1, bytes: 4, staying})
})

test('file.purge: only in the log folder, or the one that is named, and only in an area that is ours', async () => {
  const stage = await stageAfter(2)
  const {disk} = stage.host
  disk.putFolder('/etc/app')
  disk.putLink(`${logs}/out`, '/etc/app')
  assert.deepEqual(await reasonsOf(stage, filePurge, {folder: '/etc/app'}), ['target-outside'])
  assert.deepEqual(await reasonsOf(stage, filePurge, {folder: `${logs}/out`}), ['target-outside'])
  assert.deepEqual(await reasonsOf(stage, filePurge, {folder: '/etc/app', within: '/etc'}), [])
  assert.deepEqual(await reasonsOf(stage, filePurge, {folder: '/none'}), ['folder-absent'])
  assert.deepEqual(await reasonsOf(stage, filePurge, {folder: area}), ['ours'])
  disk.forbid(logs)
  assert.deepEqual(await reasonsOf(stage, filePurge, raw), ['read-only'])
  disk.putFolder(area, {mode: 0o777})
  assert.deepEqual(await reasonsOf(stage, filePurge, raw), ['held-foreign'])
})

test('file.purge: a file that takes the name of one that is due in the last moment is not removed', async () => {
  const stage = await stageAfter(2)
  const {disk} = stage.host
  let looks = 0
  const lstat: typeof disk.lstat = async (path) => {
    if (path === `${run}/3-app.log.9`) looks += 1
    // The first look is that of the judgement.
    if (looks === 2) disk.put(path, 'theirs')
    return disk.lstat(path)
  }
  const applied = await apply(await stageOn(altered(stage.host, {lstat})), filePurge, raw)
  assert.ok(applied.status === 'failed')
  assert.deepEqual([applied.fault.code, applied.fault.values], ['target-changed', {path: `${run}/3-app.log.9`}])
  assert.equal(disk.text(`${run}/3-app.log.9`), 'theirs')
})

test('file.purge: cannot be undone, and says so', async () => {
  const undone = await undo(await stageAfter(2), filePurge, raw)
  assert.ok(undone.status === 'failed' && undone.fault.code === 'step-not-reversible')
})

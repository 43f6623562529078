import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Effect} from '../../../src/runbook/facts.ts'
import {fileMove} from '../../../src/runbook/steps/file-move.ts'
import {fileRemove} from '../../../src/runbook/steps/file-remove.ts'
import {simHost, type SimHost, type SimHostOptions} from '../../sim/host.ts'
import {seedFromEnvironment} from '../../sim/random.ts'
import {needsRoot, reasonsOf} from './reasons.ts'
import {after, apply, changeOf, outlookOf, stageOn, undo, type Stage} from './stage.ts'

const seed = seedFromEnvironment()
const logs = '/var/log/logcaster'
const path = `${logs}/app.log.9`
const held = `${logs}/.logcaster-held/20261120T091500Z-k3v9x2.20261127T091500Z/3-app.log.9`
const raw = {path, reason: '12d old, 3.4 GiB'}
const untilMs = Date.parse('2026-11-27T09:15:00Z')

function hostWith(options: Partial<SimHostOptions> = {}, uid = 0): SimHost {
  const host = simHost({seed, ...options})
  host.disk.put(path, 'text', {uid, modifiedMs: host.clock.now() - 86_400_000})
  return host
}

async function stageWith(prepare: (host: SimHost) => void): Promise<Stage<SimHost>> {
  const host = hostWith()
  prepare(host)
  return stageOn(host)
}

test('file.remove: says what goes, why, and until when it is kept; and keeps it', async () => {
  const stage = await stageOn(hostWith())
  const change = await changeOf(stage, fileRemove, raw)
  const values = {path, bytes: 4, reason: raw.reason, untilMs, isUseUnknown: false}
  assert.deepEqual(change.said, {code: 'step-file-remove', values})
  assert.deepEqual(change.after, {state: 'absent', folder: logs})
  const applied = await apply(stage, fileRemove, raw)
  assert.deepEqual(applied.outputs, {values: {path, bytes: 4, held}})
  assert.equal(stage.host.disk.text(held), 'text')
  const outlook = await outlookOf(stage, fileRemove, raw)
  assert.deepEqual(outlook, {action: 'nothing', target: path, said: {code: 'step-file-absent', values: {path}}})
})

test('file.remove: S-90: a quiet log that some process has open is never taken', async () => {
  const stage = await stageWith(({disk, openFiles}) => {
    openFiles.hold(disk.look(path))
  })
  assert.deepEqual(await reasonsOf(stage, fileRemove, raw), ['open'])
})

test('file.remove: S-90: what was written within the last minute is never taken, whoever has it open', async () => {
  const stage = await stageOn(hostWith())
  const {disk, clock} = stage.host
  const reasonsAfter = async (quietMs: number): Promise<readonly string[]> => {
    disk.put(path, 'text', {modifiedMs: clock.now() - quietMs})
    return reasonsOf(stage, fileRemove, raw)
  }
  assert.deepEqual(await reasonsAfter(59_999), ['just-written'])
  assert.deepEqual(await reasonsAfter(60_000), [])
  // A clock that was set back: then nobody can say how old it is.
  assert.deepEqual(await reasonsAfter(-3_600_000), ['just-written'])
})

test('file.remove: S-90: where not every process could be looked into, that is told', async () => {
  const stage = await stageWith(({openFiles, disk}) => {
    disk.put(path, 'text', {uid: 33, modifiedMs: 0})
    openFiles.isComplete = false
  })
  const change = await changeOf(stage, fileRemove, raw)
  assert.ok('isUseUnknown' in change.said.values && change.said.values.isUseUnknown)
  assert.equal(await needsRoot(stage, fileRemove, raw), false)
})

test('file.remove: S-90: others see only their own processes: enough for a file of their own, and told', async () => {
  const mine = hostWith({machine: {uid: 1000}}, 1000)
  mine.openFiles.isComplete = false
  assert.equal(await needsRoot(await stageOn(mine), fileRemove, raw), false)
  const change = await changeOf(await stageOn(mine), fileRemove, raw)
  assert.ok('isUseUnknown' in change.said.values && change.said.values.isUseUnknown)
  const theirs = hostWith({machine: {uid: 1000}}, 33)
  theirs.openFiles.isComplete = false
  assert.equal(await needsRoot(await stageOn(theirs), fileRemove, raw), true)
})

test('file.remove: S-93: links, sockets, folders and our own files are left alone', async () => {
  const stage = await stageWith(({disk}) => {
    disk.putLink(`${logs}/link`, path)
    disk.put(`${logs}/socket`, '', {kind: 'other'})
    disk.putFolder(`${logs}/sub`)
    disk.put(`${logs}/.logcaster-locks/data`, '')
  })
  const reasons = async (name: string): Promise<readonly string[]> =>
    reasonsOf(stage, fileRemove, {...raw, path: `${logs}/${name}`})
  assert.deepEqual(await reasons('link'), ['link'])
  assert.deepEqual(await reasons('socket'), ['other'])
  assert.deepEqual(await reasons('sub'), ['directory'])
  assert.deepEqual(await reasons('.logcaster-locks/data'), ['ours'])
})

test('file.remove: S-93: nothing outside of the log folder goes, however the path leads there', async () => {
  const stage = await stageWith(({disk, clock}) => {
    const modifiedMs = clock.now() - 86_400_000
    disk.put('/tmp/logcaster-x', '', {modifiedMs})
    disk.put(`${logs}-old/app.log`, '', {modifiedMs})
    disk.put(`${logs}/sub/app.log`, '', {modifiedMs})
    disk.putLink(`${logs}/out`, '/tmp')
    disk.putLink('/logs', logs)
  })
  const reasons = async (target: string, within?: string): Promise<readonly string[]> =>
    reasonsOf(stage, fileRemove, {...raw, path: target, ...(within === undefined ? {} : {within})})
  assert.deepEqual(await reasons('/tmp/logcaster-x'), ['target-outside'])
  assert.deepEqual(await reasons(`${logs}-old/app.log`), ['target-outside'])
  assert.deepEqual(await reasons(`${logs}/out/logcaster-x`), ['target-outside'])
  assert.deepEqual(await reasons('/logs/app.log.9'), [])
  assert.deepEqual(await reasons(`${logs}/sub/app.log`), [])
  assert.deepEqual(await reasons('/tmp/logcaster-x', '/tmp'), [])
  assert.deepEqual(await reasons(path, '/none'), ['target-outside'])
})

test('file.remove: all that speaks against it is told at once', async () => {
  const stage = await stageWith(({disk, openFiles}) => {
    disk.putFolder(`${logs}/.logcaster-held`, {mode: 0o755})
    disk.forbid(logs)
    openFiles.hold(disk.look(path))
  })
  const reasons = await reasonsOf(stage, fileRemove, {...raw, within: '/tmp'})
  assert.deepEqual(reasons, ['target-outside', 'read-only', 'held-foreign', 'open'])
})

test('file.remove: a file with more names elsewhere goes, and the others stay', async () => {
  const stage = await stageOn(hostWith())
  await stage.host.disk.link(path, `${logs}/copy`)
  assert.equal((await apply(stage, fileRemove, raw)).status, 'done')
  assert.equal(stage.host.disk.text(`${logs}/copy`), 'text')
  assert.deepEqual(await undo(stage, fileRemove, raw), {status: 'undone'})
  assert.equal(stage.host.disk.look(path).links, 2)
})

test('file.remove: what an earlier step moves here is judged by what it was', async () => {
  const stage = await stageOn(hostWith())
  const moved = await changeOf(stage, fileMove, {from: path, to: `${logs}/moved`})
  const inputs = fileRemove.fields.parse({...raw, path: `${logs}/moved`})
  assert.ok(inputs !== undefined)
  const {folder} = after(moved).file(path)
  const world = after(moved).with([
    {subject: {type: 'file', path: `${logs}/.logcaster-held`}, fact: {type: 'file', folder, state: 'absent'}},
    {subject: {type: 'held', folder: logs}, fact: {type: 'held', state: 'absent', runs: []}}
  ])
  const outlook = fileRemove.plan(inputs, world, stage.at)
  assert.ok(outlook.action === 'change')
  const written = fileRemove.plan(
    {...inputs, path: `${logs}/moved`},
    world.with([
      {
        subject: {type: 'file', path: `${logs}/moved`},
        fact: {...world.file(`${logs}/moved`), modifiedMs: null}
      } as Effect
    ]),
    stage.at
  )
  // As a file that an earlier step writes: it will have been written just now.
  assert.ok(written.action === 'refuse')
  assert.deepEqual(written.reasons[0]?.values, {path: `${logs}/moved`, reason: 'just-written'})
})

test('file.remove: what is gone or no file any more when it acts is told', async () => {
  const stage = await stageOn(hostWith())
  await stage.host.disk.remove(path)
  const applied = await apply(stage, fileRemove, raw)
  assert.ok(applied.status === 'failed' && applied.fault.code === 'target-changed')
})

test('file.remove: what is held of an earlier attempt is never replaced', async () => {
  const stage = await stageOn(hostWith())
  await apply(stage, fileRemove, raw)
  stage.host.disk.put(path, 'a new one', {modifiedMs: 0})
  const applied = await apply(stage, fileRemove, raw)
  assert.ok(applied.status === 'failed')
  assert.deepEqual([applied.fault.code, applied.fault.values], ['held-taken', {path, held}])
  assert.deepEqual([stage.host.disk.text(path), stage.host.disk.text(held)], ['a new one', 'text'])
})

test('file.remove: undo never overwrites, and says when there is nothing to bring back', async () => {
  const stage = await stageOn(hostWith())
  await apply(stage, fileRemove, raw)
  stage.host.disk.put(path, 'a new log')
  const taken = await undo(stage, fileRemove, raw)
  assert.ok(taken.status === 'failed')
  assert.deepEqual([taken.fault.code, taken.fault.values], ['target-taken', {path}])
  assert.equal(stage.host.disk.text(held), 'text')
  await stage.host.disk.remove(path)
  await stage.host.disk.remove(held)
  const gone = await undo(stage, fileRemove, raw)
  assert.ok(gone.status === 'failed')
  assert.deepEqual([gone.fault.code, gone.fault.values], ['held-missing', {path, held}])
})

test('file.remove: two steps of a run with files of one name do not meet in the holding area', async () => {
  const stage = await stageOn(hostWith())
  await apply(stage, fileRemove, raw)
  stage.host.disk.put(path, 'second', {modifiedMs: 0})
  const later = {...stage, at: {...stage.at, number: 4}}
  assert.equal((await apply(later, fileRemove, raw)).status, 'done')
  assert.deepEqual(await undo(later, fileRemove, raw), {status: 'undone'})
  assert.deepEqual([stage.host.disk.text(path), stage.host.disk.text(held)], ['second', 'text'])
})

test('file.remove: undo of what was done says so when what it took away is gone, though another file is there', async () => {
  const stage = await stageOn(hostWith())
  const {before} = await changeOf(stage, fileRemove, raw)
  const known = {isDone: true, before}
  await apply(stage, fileRemove, raw)
  for (const round of [1, 2])
    assert.deepEqual(await undo({...stage, known}, fileRemove, raw), {status: 'undone'}, `${round}`)
  await apply(stage, fileRemove, raw)
  await stage.host.disk.remove(held)
  stage.host.disk.put(path, 'text', {modifiedMs: 5})
  const undone = await undo({...stage, known}, fileRemove, raw)
  assert.ok(undone.status === 'failed')
  assert.deepEqual([undone.fault.code, undone.fault.values], ['held-missing', {path, held}])
  assert.equal(stage.host.disk.text(path), 'text')
})

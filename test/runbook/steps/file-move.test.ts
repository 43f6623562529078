import assert from 'node:assert/strict'
import {test} from 'node:test'
import {sha256Of} from '../../../src/runbook/content.ts'
import type {Json} from '../../../src/runbook/step.ts'
import {fileMove} from '../../../src/runbook/steps/file-move.ts'
import {systemError} from '../../sim/error.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {seedFromEnvironment} from '../../sim/random.ts'
import {altered} from './altered.ts'
import {needsRoot, reasonsOf} from './reasons.ts'
import {after, apply, changeOf, outlookOf, stageOn, undo} from './stage.ts'

const seed = seedFromEnvironment()
const from = '/srv/logs/app.log'
const to = '/srv/old/app.log.1'

function hostWith(files: Readonly<Record<string, string>>): SimHost {
  const host = simHost({seed})
  host.disk.putFolder('/srv/logs')
  host.disk.putFolder('/srv/old')
  host.disk.seed(files)
  return host
}

test('file.move: says what moves where, and a later step finds it there', async () => {
  const stage = await stageOn(hostWith({[from]: 'text'}))
  const change = await changeOf(stage, fileMove, {from, to})
  assert.deepEqual(change.said, {code: 'step-file-move', values: {from, to}})
  const world = after(change)
  assert.deepEqual([world.file(from).state, world.file(to).state], ['absent', 'file'])
  assert.equal(fileMove.plan({from, to}, world, stage.at).action, 'nothing')
  assert.deepEqual((await apply(stage, fileMove, {from, to})).outputs, {values: {from, to}})
  assert.deepEqual([...stage.host.disk.files().keys()], [to])
})

test('file.move: where the file is gone and the other is there, nothing is left to do', async () => {
  const outlook = await outlookOf(await stageOn(hostWith({[to]: 'text'})), fileMove, {from, to})
  assert.deepEqual(outlook, {action: 'nothing', target: from, said: {code: 'step-file-moved', values: {from, to}}})
})

test('file.move: never overwrites, not even with the same content', async () => {
  const stage = await stageOn(hostWith({[from]: 'text', [to]: 'text'}))
  assert.deepEqual(await reasonsOf(stage, fileMove, {from, to}), ['taken'])
  const applied = await apply(stage, fileMove, {from, to})
  assert.ok(applied.status === 'failed')
  assert.deepEqual([applied.fault.code, applied.fault.values], ['target-taken', {path: to}])
  assert.equal(stage.host.disk.text(from), 'text')
})

test('file.move: never overwrites what takes the name in the last moment, with links and without', async () => {
  for (const code of ['EEXIST', 'EPERM']) {
    const host = hostWith({[from]: 'text'})
    const link = (source: string): Promise<void> => {
      host.disk.put(to, 'theirs')
      return Promise.reject(systemError(code, 'link', source))
    }
    const applied = await apply(await stageOn(altered(host, {link})), fileMove, {from, to})
    assert.ok(applied.status === 'failed')
    assert.equal(applied.fault.code, 'target-taken', code)
    assert.deepEqual([host.disk.text(from), host.disk.text(to)], ['text', 'theirs'])
  }
})

test('file.move: where a file can have one name only, it is renamed, after a look', async () => {
  const host = hostWith({[from]: 'text'})
  const link = (source: string): Promise<void> => Promise.reject(systemError('ENOTSUP', 'link', source))
  const stage = await stageOn(altered(host, {link}))
  assert.equal((await apply(stage, fileMove, {from, to})).status, 'done')
  assert.deepEqual([...host.disk.crash().files().keys()], [to])
  assert.deepEqual(await undo(stage, fileMove, {from, to}), {status: 'undone'})
  assert.deepEqual([...host.disk.crash().files().keys()], [from])
})

test('file.move: another file system is told before anything is tried', async () => {
  const stage = await stageOn(hostWith({[from]: 'text'}))
  stage.host.disk.putMount('/mnt')
  assert.deepEqual(await reasonsOf(stage, fileMove, {from, to: '/mnt/app.log'}), ['other-file-system'])
})

test('file.move: both ends have to be what they seem, and all reasons are told', async () => {
  const stage = await stageOn(hostWith({[from]: 'text'}))
  const {disk} = stage.host
  disk.putLink('/srv/logs/link', from)
  disk.putLink('/srv/same', '/srv/logs')
  assert.deepEqual(await reasonsOf(stage, fileMove, {from: '/srv/logs/link', to: '/srv/none/x'}), [
    'link',
    'folder-absent'
  ])
  assert.deepEqual(await reasonsOf(stage, fileMove, {from: '/srv/old', to: '/srv/.logcaster-held/x'}), [
    'directory',
    'ours'
  ])
  assert.deepEqual(await reasonsOf(stage, fileMove, {from: '/srv/logs/none', to}), ['absent'])
  assert.deepEqual(await reasonsOf(stage, fileMove, {from, to: from}), ['same-name'])
  assert.deepEqual(await reasonsOf(stage, fileMove, {from, to: '/srv/same/app.log'}), ['same-name'])
  disk.forbid('/srv/logs')
  disk.forbid('/srv/old')
  assert.deepEqual(await reasonsOf(stage, fileMove, {from, to}), ['read-only', 'read-only'])
})

test('file.move: who is not root needs root where one of the folders is locked', async () => {
  const host = simHost({seed, machine: {uid: 1000}})
  host.disk.put(from, 'text')
  host.disk.putFolder('/srv/old')
  assert.equal(await needsRoot(await stageOn(host), fileMove, {from, to}), false)
  host.disk.forbid('/srv/old')
  assert.equal(await needsRoot(await stageOn(host), fileMove, {from, to}), true)
})

test('file.move: one file with two names is a move that was broken off, and is finished', async () => {
  const stage = await stageOn(hostWith({[from]: 'text'}))
  await stage.host.disk.link(from, to)
  assert.equal((await outlookOf(stage, fileMove, {from, to})).action, 'change')
  assert.equal((await apply(stage, fileMove, {from, to})).status, 'done')
  assert.deepEqual([...stage.host.disk.files().keys()], [to])
})

test('file.move: a file that seems to have two names, but has one, is not taken away', async () => {
  // As where one folder is mounted at two places.
  const host = hostWith({[from]: 'text'})
  const stage = await stageOn(altered(host, {lstat: () => host.disk.lstat(from)}))
  assert.deepEqual(await reasonsOf(stage, fileMove, {from, to}), ['taken'])
  const applied = await apply(stage, fileMove, {from, to})
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'target-changed')
  assert.equal(host.disk.text(from), 'text')
})

test('file.move: what is gone, or no file any more, is not moved', async () => {
  const stage = await stageOn(hostWith({}))
  const applied = await apply(stage, fileMove, {from, to})
  assert.ok(applied.status === 'failed')
  assert.deepEqual([applied.fault.code, applied.fault.values], ['target-changed', {path: from}])
})

test('file.move: undo brings it back, but never over what has its name now, and says what is lost', async () => {
  const stage = await stageOn(hostWith({[from]: 'text'}))
  const {disk} = stage.host
  await apply(stage, fileMove, {from, to})
  disk.put(from, 'a new log')
  const taken = await undo(stage, fileMove, {from, to})
  assert.ok(taken.status === 'failed')
  assert.deepEqual([taken.fault.code, taken.fault.values], ['target-taken', {path: from}])
  assert.deepEqual([disk.text(from), disk.text(to)], ['a new log', 'text'])
  await disk.remove(from)
  assert.deepEqual(await undo(stage, fileMove, {from, to}), {status: 'undone'})
  assert.deepEqual(await undo(stage, fileMove, {from, to}), {status: 'undone'})
  await disk.remove(from)
  const lost = await undo(stage, fileMove, {from, to})
  assert.ok(lost.status === 'failed' && lost.fault.code === 'target-changed')
  disk.putLink(to, '/etc/shadow')
  const turned = await undo(stage, fileMove, {from, to})
  assert.ok(turned.status === 'failed' && turned.fault.code === 'target-changed')
})

test('file.move: undo moves nothing back but the file that was moved, however it has grown', async () => {
  const stage = await stageOn(hostWith({[from]: 'text'}))
  const {disk} = stage.host
  const known = {isDone: true, before: (await changeOf(stage, fileMove, {from, to})).before}
  await apply(stage, fileMove, {from, to})
  await disk.rename(to, '/srv/old/kept')
  disk.put(to, 'text')
  const other = await undo({...stage, known}, fileMove, {from, to})
  assert.ok(other.status === 'failed')
  assert.deepEqual([other.fault.code, other.fault.values], ['target-changed', {path: to}])
  assert.deepEqual([disk.text(from), disk.text(to)], [undefined, 'text'])
  await disk.rename('/srv/old/kept', to)
  const file = await disk.open(to, 'write')
  await file.write(Uint8Array.of(33), 4)
  assert.deepEqual(await undo({...stage, known}, fileMove, {from, to}), {status: 'undone'})
  assert.equal(disk.text(from), 'text!')
})

test('file.move: what an earlier step was to write is told by its size and content', async () => {
  const stage = await stageOn(hostWith({[to]: 'text'}))
  const undoneOf = async (state: Readonly<Record<string, Json>>): Promise<string> => {
    const known = {isDone: true, before: {from: {state: 'file', inode: null, ...state}, to: {state: 'absent'}}}
    return (await undo({...stage, known}, fileMove, {from, to})).status
  }
  assert.equal(await undoneOf({size: 5, sha256: null}), 'failed')
  assert.equal(await undoneOf({size: 4, sha256: sha256Of(new TextEncoder().encode('TEXT'))}), 'failed')
  assert.equal(stage.host.disk.text(to), 'text')
  assert.equal(await undoneOf({size: 4, sha256: sha256Of(new TextEncoder().encode('text'))}), 'undone')
  await stage.host.disk.rename(from, to)
  assert.equal(await undoneOf({size: 4, sha256: null}), 'undone')
})

import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {test} from 'node:test'
import {fileWrite} from '../../../src/runbook/steps/file-write.ts'
import {filePurge} from '../../../src/runbook/steps/file-purge.ts'
import type {Undone} from '../../../src/runbook/step.ts'
import {systemError} from '../../sim/error.ts'
import {SimDisk} from '../../sim/disk.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {seedFromEnvironment} from '../../sim/random.ts'
import {altered} from './altered.ts'
import {needsRoot, reasonsOf} from './reasons.ts'
import {after, apply, changeOf, outlookOf, stageOn, undo} from './stage.ts'

const seed = seedFromEnvironment()
const path = '/etc/app/app.conf'
const area = '/etc/app/.logcaster-held'
const run = `${area}/20261120T091500Z-k3v9x2.20261127T091500Z`
const untilMs = Date.parse('2026-11-27T09:15:00Z')

function hostWith(content?: string | Uint8Array): SimHost {
  const host = simHost({seed})
  host.disk.putFolder('/etc/app')
  if (content !== undefined) host.disk.put(path, content, {mode: 0o640, uid: 33, gid: 4, modifiedMs: 5000})
  return host
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function faultIn(undone: Undone): unknown {
  return undone.status === 'failed' ? [undone.fault.code, undone.fault.values] : undone.status
}

test('file.write: says what is there, what will be, what it needs, and shows both texts', async () => {
  const stage = await stageOn(hostWith('old\n'))
  const change = await changeOf(stage, fileWrite, {path, content: 'new!\n'})
  const {inode} = stage.host.disk.look(path)
  const common = {state: 'file', folder: '/etc/app', mode: '0640', uid: 33, gid: 4}
  assert.deepEqual(change.before, {...common, size: 4, inode, modified_ms: 5000, sha256: hash('old\n')})
  assert.deepEqual(change.after, {...common, size: 5, inode: null, modified_ms: null, sha256: hash('new!\n')})
  assert.deepEqual(change.texts, {before: 'old\n', after: 'new!\n'})
  const outlook = await outlookOf(stage, fileWrite, {path, content: 'new!\n'})
  assert.deepEqual('needs' in outlook && outlook.needs, {root: false, programs: [], spaceBytes: 5})
  assert.deepEqual(change.said, {code: 'step-file-replace', values: {path, bytes: 5, untilMs}})
})

test('file.write: a new file is for its owner and the group, and has no text before', async () => {
  const stage = await stageOn(hostWith())
  const change = await changeOf(stage, fileWrite, {path, content: 'new'})
  assert.deepEqual(change.before, {state: 'absent', folder: '/etc/app'})
  assert.deepEqual(change.texts, {before: '', after: 'new'})
  assert.deepEqual(change.said, {code: 'step-file-new', values: {path, bytes: 3}})
  const applied = await apply(stage, fileWrite, {path, content: 'new'})
  assert.deepEqual(applied, {status: 'done', outputs: {values: {path, bytes: 3, sha256: hash('new')}}})
  // A note that there was nothing, for undo.
  assert.equal(stage.host.disk.text(`${run}/3.none`), '')
  assert.equal(stage.host.disk.look(path).mode, 0o640)
})

test('file.write: what it replaces is kept, as the same file, until its time is over', async () => {
  const stage = await stageOn(hostWith('old'))
  const {inode} = stage.host.disk.look(path)
  const applied = await apply(stage, fileWrite, {path, content: 'new', hold: '7d'})
  assert.equal(applied.status, 'done')
  assert.equal(stage.host.disk.look(`${run}/3-app.conf`).inode, inode)
  assert.equal(stage.host.disk.text(`${run}/3-app.conf`), 'old')
  const {mode, uid, gid} = stage.host.disk.look(path)
  assert.deepEqual([mode, uid, gid, stage.host.disk.text(path)], [0o640, 33, 4, 'new'])
  for (const folder of [area, run]) assert.equal(stage.host.disk.look(folder).mode, 0o700)
})

test('file.write: a file that is no text, or very large, is replaced, but not shown', async () => {
  for (const content of [Uint8Array.of(0, 255), 'x'.repeat((1 << 20) + 1)]) {
    const change = await changeOf(await stageOn(hostWith(content)), fileWrite, {path, content: 'new'})
    assert.equal(change.texts, undefined)
  }
})

test('file.write: content and mode decide whether there is anything to do', async () => {
  const stage = await stageOn(hostWith('same'))
  const outlook = await outlookOf(stage, fileWrite, {path, content: 'same'})
  assert.deepEqual(outlook, {action: 'nothing', target: path, said: {code: 'step-file-same', values: {path}}})
  assert.equal((await outlookOf(stage, fileWrite, {path, content: 'same', mode: '0640'})).action, 'nothing')
  assert.equal((await outlookOf(stage, fileWrite, {path, content: 'same', mode: '0600'})).action, 'change')
  assert.equal((await outlookOf(stage, fileWrite, {path, content: 'Same'})).action, 'change')
})

test('file.write: a later step of the same plan finds what this one will have written', async () => {
  const stage = await stageOn(hostWith('old'))
  const raw = {path, content: 'new', mode: '0600'}
  const change = await changeOf(stage, fileWrite, raw)
  const inputs = fileWrite.fields.parse(raw)
  assert.ok(inputs !== undefined)
  const held = {subject: {type: 'held', folder: '/etc/app'}, fact: {type: 'held', state: 'absent', runs: []}} as const
  const world = after(change).with([held])
  assert.equal(fileWrite.plan(inputs, world, stage.at).action, 'nothing')
  const second = fileWrite.plan({...inputs, content: 'newer'}, world, stage.at)
  assert.ok(second.action === 'change')
  assert.deepEqual(second.before, change.after)
})

test('file.write: never through a link, onto a folder or a device, into what is ours, or where nobody may write', async () => {
  const stage = await stageOn(hostWith('old'))
  const {disk} = stage.host
  disk.putLink('/etc/app/link', path)
  disk.putLink('/etc/held', area)
  disk.put('/etc/app/pipe', '', {kind: 'other'})
  disk.putFolder(area, {mode: 0o700})
  disk.putLink('/etc/loop', '/etc/loop')
  const reasons = async (target: string): Promise<readonly string[]> =>
    reasonsOf(stage, fileWrite, {path: target, content: 'new'})
  assert.deepEqual(await reasons('/etc/app/link'), ['link'])
  assert.deepEqual(await reasons('/etc/app'), ['directory'])
  assert.deepEqual(await reasons('/etc/app/pipe'), ['other'])
  assert.deepEqual(await reasons('/etc/none/x'), ['folder-absent'])
  assert.deepEqual(await reasons(`${path}/x`), ['folder-other'])
  assert.deepEqual(await reasons('/etc/loop/x'), ['folder-unreadable'])
  assert.deepEqual(await reasons(`${area}/x`), ['ours'])
  assert.deepEqual(await reasons('/etc/held/x'), ['ours'])
  assert.deepEqual(await reasons('/etc/app/.logcaster-locks'), ['ours'])
  disk.forbid('/etc/app')
  assert.deepEqual(await reasons(path), ['read-only'])
  assert.deepEqual(await reasonsOf(stage, fileWrite, {path, content: 'old'}), [])
})

test('file.write: all that speaks against it is told at once', async () => {
  const stage = await stageOn(hostWith('old'))
  stage.host.disk.putFolder(area, {mode: 0o755})
  stage.host.disk.forbid('/etc/app')
  const reasons = await reasonsOf(stage, fileWrite, {path, content: 'x'.repeat((1 << 20) + 1)})
  assert.deepEqual(reasons, ['read-only', 'held-foreign', 'too-big'])
})

test('file.write: what cannot be read is not replaced, since nobody could say what was lost', async () => {
  const lstat = (): Promise<undefined> => Promise.reject(systemError('EACCES', 'lstat', path))
  const outlook = await outlookOf(await stageOn(altered(hostWith('old'), {lstat})), fileWrite, {path, content: 'new'})
  assert.ok(outlook.action === 'refuse')
  assert.deepEqual(outlook.reasons[0]?.values, {path, reason: 'EACCES'})
})

test('file.write: who is not root needs root for a file of somebody else, and in a folder that is locked', async () => {
  const host = simHost({seed, machine: {uid: 1000}})
  host.disk.put('/srv/mine', 'old', {uid: 1000})
  host.disk.put('/srv/theirs', 'old', {uid: 33})
  host.disk.putFolder('/locked')
  host.disk.forbid('/locked')
  const stage = await stageOn(host)
  const isNeeded = async (target: string): Promise<boolean> =>
    needsRoot(stage, fileWrite, {path: target, content: 'new'})
  assert.deepEqual(
    [await isNeeded('/srv/mine'), await isNeeded('/srv/new'), await isNeeded('/srv/theirs')],
    [false, false, true]
  )
  assert.equal(await isNeeded('/locked/new'), true)
})

test('file.write: undo leaves alone what somebody has changed since, and says so', async () => {
  for (const before of ['old', undefined]) {
    const stage = await stageOn(hostWith(before))
    await apply(stage, fileWrite, {path, content: 'new'})
    stage.host.disk.put(path, 'theirs')
    assert.deepEqual(faultIn(await undo(stage, fileWrite, {path, content: 'new'})), ['target-changed', {path}])
    assert.equal(stage.host.disk.text(path), 'theirs')
    if (before !== undefined) assert.equal(stage.host.disk.text(`${run}/3-app.conf`), before)
  }
})

test('file.write: undo brings the old file back where somebody has removed the new one', async () => {
  for (const before of ['old', undefined]) {
    const stage = await stageOn(hostWith(before))
    await apply(stage, fileWrite, {path, content: 'new'})
    await stage.host.disk.remove(path)
    assert.deepEqual(await undo(stage, fileWrite, {path, content: 'new'}), {status: 'undone'})
    assert.equal(stage.host.disk.text(path), before)
  }
})

test('file.write: undo of what was never begun leaves the file that is there, whatever it holds', async () => {
  const stage = await stageOn(hostWith('old'))
  assert.deepEqual(await undo(stage, fileWrite, {path, content: 'new'}), {status: 'undone'})
  assert.deepEqual(await undo(stage, fileWrite, {path, content: 'old', mode: '0600'}), {status: 'undone'})
  assert.equal(stage.host.disk.text(path), 'old')
})

test('file.write: undo says so when what it would bring back has been purged', async () => {
  const stage = await stageOn(hostWith('old'))
  await apply(stage, fileWrite, {path, content: 'new'})
  for (const name of ['3-app.conf', '3.held']) await stage.host.disk.remove(`${run}/${name}`)
  const held = `${run}/3-app.conf`
  assert.deepEqual(faultIn(await undo(stage, fileWrite, {path, content: 'new'})), ['held-missing', {path, held}])
  assert.equal(stage.host.disk.text(path), 'new')
})

test('file.write: undo of what was done says so when what it would bring back is gone, whatever is there now', async () => {
  for (const now of ['theirs', undefined]) {
    const stage = await stageOn(hostWith('old'))
    const {before} = await changeOf(stage, fileWrite, {path, content: 'new'})
    await apply(stage, fileWrite, {path, content: 'new'})
    await stage.host.disk.remove(`${run}/3-app.conf`)
    await stage.host.disk.remove(path)
    if (now !== undefined) stage.host.disk.put(path, now)
    for (const known of [{isDone: true, before}, {isDone: true}]) {
      const undone = await undo({...stage, known}, fileWrite, {path, content: 'new'})
      assert.deepEqual(faultIn(undone), ['held-missing', {path, held: `${run}/3-app.conf`}])
    }
    assert.equal(stage.host.disk.text(path), now)
  }
})

test('file.write: undo of what was done finds that all is as before, by the content, or by which file it is', async () => {
  for (const old of ['old', 'x'.repeat((1 << 20) + 1), undefined]) {
    const stage = await stageOn(hostWith(old))
    const {before} = await changeOf(stage, fileWrite, {path, content: 'new'})
    const known = {isDone: true, before}
    await apply(stage, fileWrite, {path, content: 'new'})
    for (const round of [1, 2]) {
      assert.deepEqual(await undo({...stage, known}, fileWrite, {path, content: 'new'}), {status: 'undone'}, `${round}`)
    }
    stage.host.disk.put(path, old?.toUpperCase() ?? 'theirs', {mode: 0o640, uid: 33, gid: 4, modifiedMs: 6000})
    const undone = await undo({...stage, known}, fileWrite, {path, content: 'new'})
    assert.ok(undone.status === 'failed' && undone.fault.code === 'held-missing')
  }
})

test('file.write: undo takes nothing out of an area that is not ours', async () => {
  const stage = await stageOn(hostWith('old'))
  await apply(stage, fileWrite, {path, content: 'new'})
  stage.host.disk.putFolder(area, {mode: 0o777})
  assert.deepEqual(faultIn(await undo(stage, fileWrite, {path, content: 'new'})), ['held-foreign', {path: area}])
})

test('file.write: what is held from an earlier attempt is never replaced by something else', async () => {
  const stage = await stageOn(hostWith('old'))
  await apply(stage, fileWrite, {path, content: 'new'})
  stage.host.disk.put(path, 'theirs')
  const applied = await apply(stage, fileWrite, {path, content: 'new'})
  assert.ok(applied.status === 'failed')
  assert.deepEqual(applied.fault.values, {path, held: `${run}/3-app.conf`})
  assert.equal(stage.host.disk.text(`${run}/3-app.conf`), 'old')
  assert.equal(stage.host.disk.text(path), 'theirs')
})

test('file.write: what has taken the name since it was planned is not written over', async () => {
  const stage = await stageOn(hostWith())
  stage.host.disk.putLink(path, '/etc/shadow')
  const applied = await apply(stage, fileWrite, {path, content: 'new'})
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'target-changed')
  assert.equal(stage.host.disk.look('/etc/app').kind, 'directory')
})

test('file.write: where a file can have one name only, a copy with the same owner and mode is kept', async () => {
  for (const code of ['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']) {
    const host = hostWith('old '.repeat(100_000))
    const stage = await stageOn(linkless(host, code))
    const applied = await apply(stage, fileWrite, {path, content: 'new'})
    assert.equal(applied.status, 'done', code)
    const {mode, uid, gid} = host.disk.look(`${run}/3-app.conf`)
    assert.deepEqual([mode, uid, gid], [0o640, 33, 4])
    assert.deepEqual(await undo(stage, fileWrite, {path, content: 'new'}), {status: 'undone'})
    assert.equal(host.disk.text(path), 'old '.repeat(100_000))
    assert.deepEqual([...host.disk.files().keys()], [path])
  }
})

test('file.write: where a file can have one name only, what is kept is not taken for written to, and is purged', async () => {
  const host = hostWith('old')
  let nowMs = host.clock.now()
  const disk = new SimDisk({seed, isLinkless: true, clock: {now: () => (nowMs += 1)}})
  disk.put(path, 'old')
  const stage = await stageOn({...host, disk})
  const given = {path, content: 'new', hold: '1d'}
  assert.equal((await apply(stage, fileWrite, given)).status, 'done')
  host.clock.step(2 * 86_400_000)
  const later = await stageOn({...host, disk: disk.crash()})
  const purged = await apply(later, filePurge, {folder: '/etc/app', within: '/etc'})
  assert.deepEqual(purged.outputs.values, {folder: '/etc/app', files: 1, bytes: 3, staying: []})
  assert.deepEqual(await undo(stage, fileWrite, given), {status: 'undone'})
  assert.equal(disk.text(path), 'old')
})

test('file.write: without links, too, failing anywhere leaves the old file or the new one, and a way to either', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const host = hostWith('old')
    const failing = {...host, disk: host.disk.kill({failAt})}
    await apply(await stageOn(linkless(failing, 'EPERM')), fileWrite, {path, content: 'new'})
    const isReached = failing.disk.failed
    assert.ok(['old', 'new'].includes(failing.disk.text(path) ?? ''), `failAt=${failAt}`)
    const stage = await stageOn(linkless({...host, disk: failing.disk.kill()}, 'EPERM'))
    const isWanted = failAt % 2 === 0 && (await outlookOf(stage, fileWrite, {path, content: 'new'})).action === 'change'
    if (isWanted) assert.equal((await apply(stage, fileWrite, {path, content: 'new'})).status, 'done')
    assert.deepEqual(await undo(stage, fileWrite, {path, content: 'new'}), {status: 'undone'}, `failAt=${failAt}`)
    assert.equal(stage.host.disk.text(path), 'old', `failAt=${failAt}`)
    if (!isReached) break
  }
})

/** The same world on a file system without second names. */
function linkless(host: SimHost, code: string): SimHost {
  return altered(host, {link: (from) => Promise.reject(systemError(code, 'link', from))})
}

test('file.write: a mistake of ours does not look like one of the disk', async () => {
  const host = hostWith('old')
  const stage = await stageOn(altered(host, {lstat: () => Promise.reject(new TypeError('not a function'))}))
  await assert.rejects(apply(stage, fileWrite, {path, content: 'new'}), TypeError)
  await assert.rejects(undo(stage, fileWrite, {path, content: 'new'}), TypeError)
})

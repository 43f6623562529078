import assert from 'node:assert/strict'
import {basename, dirname} from 'node:path'
import {test} from 'node:test'
import fc from 'fast-check'
import {
  holdMsUsual,
  holdTime,
  isOurs,
  isPrivate,
  openSlot,
  partOf,
  slotOf,
  stampOf,
  untilOf
} from '../../src/runbook/holding.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost} from '../sim/host.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {hardNames, placeOn} from './kinds.ts'
import {altered} from './steps/altered.ts'

const seed = seedFromEnvironment()
const at = await placeOn(simHost({seed}), 12)

test('holding: what is held lies beside what it was, in a folder of its run that says until when', () => {
  const slot = slotOf('/srv/logs/app.log', at, holdMsUsual)
  const folder = '/srv/logs/.logcaster-held/20261120T091500Z-k3v9x2.20261127T091500Z'
  assert.deepEqual(slot, {
    path: '/srv/logs/app.log',
    folder,
    held: `${folder}/12-app.log`,
    note: `${folder}/12.held`,
    none: `${folder}/12.none`,
    part: `${folder}/12.part`,
    untilMs: Date.parse('2026-11-27T09:15:00Z')
  })
  assert.equal(slotOf('/app.log', at, 0).folder, '/.logcaster-held/20261120T091500Z-k3v9x2.20261120T091500Z')
})

test('holding: whatever a file is called, its held name fits, and is whole text that is still its own', () => {
  const name = fc.oneof(fc.constantFrom(...hardNames), fc.string({unit: 'binary', minLength: 1, maxLength: 255}))
  const fitting = name.filter((one) => Buffer.byteLength(one) <= 255 && !/[/\0]/.test(one) && one.isWellFormed())
  fc.assert(
    fc.property(fitting, fc.integer({min: 1, max: 99_999}), (one, number) => {
      const held = basename(slotOf(`/srv/${one}`, {...at, number}, 0).held)
      assert.ok(Buffer.byteLength(held) <= 255)
      assert.ok(`${number}-${one}`.startsWith(held))
      assert.deepEqual(partOf(held), {number, kind: 'held'})
    }),
    {seed}
  )
})

test('holding: a stamp reads back as the time it was made of, and is never earlier', () => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: Date.parse('9999-01-01')}), (ms) => {
      const until = untilOf(`run.with.dots.${stampOf(ms)}`)
      assert.ok(until !== undefined && until >= ms && until < ms + 1000)
      assert.equal(untilOf(`run.${stampOf(until)}`), until)
    }),
    {seed}
  )
})

test('holding: a folder that says no time, or one that is none, is not ours', () => {
  const bad = [
    'run',
    'run.20261127',
    'run.20261327T091500Z',
    'run.20260231T000000Z',
    '.20261127T091500Z',
    'x.20261127T096500Z'
  ]
  for (const name of bad) assert.equal(untilOf(name), undefined, name)
})

test('holding: the names in the folder of a run say what they are', () => {
  assert.deepEqual(partOf('3.held'), {number: 3, kind: 'note'})
  assert.deepEqual(partOf('3.none'), {number: 3, kind: 'note'})
  assert.deepEqual(partOf('3.part'), {number: 3, kind: 'note'})
  assert.deepEqual(partOf('3-4.held'), {number: 3, kind: 'held'})
  for (const name of ['app.log', '-app.log', '0-x', '3', '3-', '3.other', ' 3-x']) assert.equal(partOf(name), undefined)
})

test('holding: our own folders are told wherever they stand in a path', () => {
  for (const path of ['/srv/.logcaster-held', '/srv/.logcaster-held/x', '/.logcaster-locks/data'])
    assert.ok(isOurs(path))
  for (const path of ['/srv/logcaster-held', '/srv/.logcaster-held.old/x', '/']) assert.ok(!isOurs(path))
})

test('holding: a folder is ours alone only if nobody else may even look into it', () => {
  const folder = {kind: 'directory', uid: 7, gid: 7, mode: 0o700} as const
  assert.ok(isPrivate(folder, 7))
  // The group of the folder above goes on to it by setgid, which lets nobody in.
  assert.ok(isPrivate({...folder, mode: 0o2700}, 7))
  assert.ok(!isPrivate(folder, 0))
  assert.ok(!isPrivate({...folder, mode: 0o710}, 7))
  assert.ok(!isPrivate({...folder, kind: 'link'}, 7))
})

test('holding: nothing is put into an area that is a link, a file, somebody else’s, or open to others', async () => {
  const area = '/srv/logs/.logcaster-held'
  const slot = slotOf('/srv/logs/app.log', at, holdMsUsual)
  const spoilt: readonly ((host: ReturnType<typeof simHost>) => void)[] = [
    ({disk}) => {
      disk.putFolder('/elsewhere')
      disk.putLink(area, '/elsewhere')
    },
    ({disk}) => {
      disk.put(area, '')
    },
    ({disk}) => {
      disk.putFolder(area, {mode: 0o700, uid: 1000})
    },
    ({disk}) => {
      disk.putFolder(area, {mode: 0o750})
    }
  ]
  for (const spoil of spoilt) {
    const host = simHost({seed})
    host.disk.put('/srv/logs/app.log', 'text')
    spoil(host)
    const fault = await faultOf(openSlot({disk: host.disk, slot, uid: 0}))
    assert.deepEqual([fault?.code, fault?.values], ['held-foreign', {path: dirname(slot.folder)}])
  }
  const host = simHost({seed})
  host.disk.putFolder(slot.folder, {mode: 0o777})
  host.disk.putFolder(area, {mode: 0o700})
  assert.deepEqual((await faultOf(openSlot({disk: host.disk, slot, uid: 0})))?.values, {path: slot.folder})
})

test('holding: a time to hold has an end that a date can say', () => {
  assert.equal(holdTime().parse('7d'), holdMsUsual)
  assert.equal(holdTime().parse('0'), 0)
  assert.equal(holdTime().parse('3660d'), 3660 * 86_400_000)
  assert.equal(holdTime().parse('3661d'), undefined)
  assert.equal(holdTime().parse('soon'), undefined)
})

test('holding: another run may make the area, or take it away, in the very moment in which it is needed', async () => {
  const slot = slotOf('/srv/logs/app.log', at, holdMsUsual)
  const area = dirname(slot.folder)
  const meddlers: readonly ((disk: SimDisk, folder: string) => Promise<void>)[] = [
    async (disk, folder) => {
      if (folder === area) await disk.makeDirectory(area, 0o700)
    },
    async (disk, folder) => {
      if (folder === slot.folder) await disk.remove(area)
    }
  ]
  for (const meddle of meddlers) {
    const {disk} = simHost({seed})
    disk.put('/srv/logs/app.log', 'text')
    let isFirst = true
    const makeDirectory = async (folder: string, mode: number): Promise<void> => {
      if (isFirst && (folder === area) === (meddle === meddlers[0])) {
        isFirst = false
        await meddle(disk, folder)
      }
      await disk.makeDirectory(folder, mode)
    }
    await openSlot({disk: altered({...simHost({seed}), disk}, {makeDirectory}).disk, slot, uid: 0})
    assert.equal(isFirst, false)
    for (const folder of [area, slot.folder]) assert.equal(disk.crash().look(folder).mode, 0o700)
  }
})

test('holding: an area that is gone as soon as it is made is told, and so is a folder that cannot be made', async () => {
  const slot = slotOf('/srv/logs/app.log', at, holdMsUsual)
  const {disk} = simHost({seed})
  const asked = {disk, slot, uid: 0}
  await assert.rejects(openSlot(asked), {code: 'ENOENT'})
  disk.putFolder('/srv/logs')
  const host = {...simHost({seed}), disk}
  const vanishing = altered(host, {makeDirectory: () => Promise.resolve()}).disk
  await assert.rejects(openSlot({...asked, disk: vanishing}), {code: 'ENOENT'})
  disk.forbid('/srv/logs')
  await assert.rejects(openSlot(asked), {code: 'EACCES'})
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Attributes, Disk, FileStat} from '../../src/host/disk.ts'
import {makeLockFolder, removeHalfMade} from '../../src/ledger/lock-folder.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import type {SimHost} from '../sim/host.ts'
import {ledgerHost} from './ground.ts'

const path = '/srv/data/.logcaster-locks'

async function give(host: SimHost, folder: string, attributes: Attributes): Promise<void> {
  const file = await host.disk.open(folder, 'read')
  await file.setAttributes(attributes)
  await file.close()
}

async function attributesOf(host: SimHost): Promise<readonly unknown[]> {
  const found = await host.disk.stat(path)
  return [found?.kind, found?.uid, found?.gid, found?.mode]
}

test('lock folder: root makes it for the one whose the resource is', async () => {
  const host = ledgerHost({seed: 1})
  await give(host, '/srv/data', {uid: 1007, gid: 1008, mode: 0o2775})
  assert.equal(await makeLockFolder(host, '/srv/data'), path)
  assert.deepEqual(await attributesOf(host), ['directory', 1007, 1008, 0o775])
  assert.equal(host.disk.openFiles, 0)
})

test('lock folder: it is not sticky, so that everybody can take over what another user left behind', async () => {
  const host = ledgerHost({seed: 1})
  await give(host, '/srv/data', {uid: 0, gid: 0, mode: 0o1777})
  await makeLockFolder(host, '/srv/data')
  assert.deepEqual(await attributesOf(host), ['directory', 0, 0, 0o777])
})

test('lock folder: one that was left half made is removed once nobody can be at it any more', async () => {
  const host = ledgerHost({seed: 1})
  host.disk.rename = () => new Promise(() => undefined)
  const [madeMs, stat] = [host.clock.now(), host.disk.stat.bind(host.disk)]
  host.disk.stat = async (found) => {
    const stats = await stat(found)
    return stats && {...stats, modifiedMs: madeMs}
  }
  void makeLockFolder(host, '/srv/data')
  await host.clock.advance(1)
  const made = await host.disk.list('/srv/data')
  assert.match(made.join(' '), /^\.\.logcaster-locks\.[a-z0-9]{8}\.tmp$/)
  await removeHalfMade(host, '/srv/data')
  assert.deepEqual(await host.disk.list('/srv/data'), made)
  await host.clock.advance(3_600_001)
  await removeHalfMade(host, '/srv/data')
  assert.deepEqual(await host.disk.list('/srv/data'), [])
  await removeHalfMade(host, '/srv/none')
})

test('lock folder: one that is there is left as it is', async () => {
  const host = ledgerHost({seed: 1})
  await makeLockFolder(host, '/srv/data')
  await give(host, path, {uid: 1, gid: 2, mode: 0o700})
  await makeLockFolder(host, '/srv/data')
  assert.deepEqual(await attributesOf(host), ['directory', 1, 2, 0o700])
})

/** A disk on which we are this user: a folder that is made is his, and given to no group that is not his. */
function asUser(host: SimHost, uid: number, groups: readonly number[]): Disk {
  const made = new Set<string>()
  return Object.assign(Object.create(host.disk) as Disk, bindAll(host.disk), {
    async makeDirectory(folder: string, mode: number) {
      await host.disk.makeDirectory(folder, mode)
      await give(host, folder, {uid, gid: groups[0] ?? uid, mode})
      made.add(folder)
    },
    async open(file: string, how: 'read') {
      const opened = await host.disk.open(file, how)
      return {
        stat: (): Promise<FileStat> => opened.stat(),
        close: (): Promise<void> => opened.close(),
        async setAttributes(attributes: Attributes) {
          const isAllowed = attributes.uid === uid && groups.includes(attributes.gid)
          if (!isAllowed) throw Object.assign(new Error('EPERM'), {code: 'EPERM'})
          await opened.setAttributes(attributes)
        }
      }
    }
  })
}

function bindAll(disk: SimHost['disk']): Partial<Disk> {
  return {
    stat: (found) => disk.stat(found),
    lstat: (found) => disk.lstat(found),
    rename: (from, to) => disk.rename(from, to),
    remove: (found) => disk.remove(found)
  }
}

test('lock folder: a user shares it with the group of the resource, if he is in it', async () => {
  const host = ledgerHost({seed: 1})
  await give(host, '/srv/data', {uid: 1007, gid: 1008, mode: 0o775})
  await makeLockFolder({...host, disk: asUser(host, 2000, [2000, 1008])}, '/srv/data')
  assert.deepEqual(await attributesOf(host), ['directory', 2000, 1008, 0o775])
})

test('lock folder: a user’s own group gets nothing that was meant for another one', async () => {
  const host = ledgerHost({seed: 1})
  await give(host, '/srv/data', {uid: 1007, gid: 1008, mode: 0o777})
  await makeLockFolder({...host, disk: asUser(host, 2000, [2000])}, '/srv/data')
  assert.deepEqual(await attributesOf(host), ['directory', 2000, 2000, 0o707])
})

test('lock folder: a link or a file in its place is refused', async () => {
  for (const put of [
    (host: SimHost): void => {
      host.disk.put(path, '')
    },
    (host: SimHost): void => {
      host.disk.putFolder('/etc')
      host.disk.putLink(path, '/etc')
    }
  ]) {
    const host = ledgerHost({seed: 1})
    put(host)
    const fault = await faultOf(makeLockFolder(host, '/srv/data'))
    assert.deepEqual([fault?.code, fault?.values], ['lock-unwritable', {path, reason: 'ENOTDIR'}])
  }
})

test('lock folder: without the resource there is nothing to lock', async () => {
  const host = ledgerHost({seed: 1})
  const fault = await faultOf(makeLockFolder(host, '/srv/none'))
  assert.deepEqual(fault?.values, {path: '/srv/none/.logcaster-locks', reason: 'ENOENT'})
})

test('lock folder: of two who make it, one is enough, with or without a lock in it already', async () => {
  for (const isUsed of [true, false]) {
    const host = ledgerHost({seed: 1})
    const rename = host.disk.rename.bind(host.disk)
    let isFirst = true
    host.disk.rename = async (from, to) => {
      if (isFirst) {
        isFirst = false
        host.disk.putFolder(path)
        if (isUsed) host.disk.put(`${path}/data.run-1.x.lock`, '')
      }
      await rename(from, to)
    }
    await makeLockFolder(host, '/srv/data')
    assert.deepEqual(await host.disk.list('/srv/data'), ['.logcaster-locks'])
    assert.equal((await host.disk.list(path)).length, isUsed ? 1 : 0)
  }
})

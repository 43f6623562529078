import assert from 'node:assert/strict'
import {test} from 'node:test'
import {openJournal} from '../../src/ledger/journal.ts'
import type {Attributes} from '../../src/host/disk.ts'
import {faultOf} from '../fixtures/fault-of.ts'
import type {SimHost} from '../sim/host.ts'
import {identityOf, ledgerHost} from './ground.ts'

async function opened(
  uid: number,
  folders: Readonly<Record<string, Partial<Attributes>>>,
  prepare?: (host: SimHost) => Promise<void>
): Promise<unknown> {
  const host = ledgerHost({seed: 1})
  host.disk.putFolder('/var/lib/logcaster')
  await prepare?.(host)
  for (const [path, attributes] of Object.entries(folders)) {
    const folder = await host.disk.open(path, 'read')
    await folder.setAttributes({uid: 0, gid: 0, mode: 0o755, ...attributes})
    await folder.close()
  }
  const options = {stateFolder: '/var/lib/logcaster', secrets: [], identity: identityOf(10, {uid})}
  const fault = await faultOf(openJournal(host, options))
  return fault === undefined ? undefined : [fault.code, fault.values]
}

function unsafe(path: string, reason: 'owner' | 'mode', [owner, mode]: [number, string]): unknown {
  return ['journal-unsafe', {path, reason, owner, mode}]
}

const state = '/var/lib/logcaster'

test('journal: a state folder of somebody else is refused, for root and for others', async () => {
  assert.equal(await opened(0, {}), undefined)
  assert.deepEqual(await opened(0, {[state]: {uid: 1007}}), unsafe(state, 'owner', [1007, '0755']))
  assert.deepEqual(await opened(1007, {}), unsafe(state, 'owner', [0, '0755']))
  assert.equal(await opened(1007, {[state]: {uid: 1007}}), undefined)
})

test('journal: a state folder that others can write is refused; a group counts for root alone', async () => {
  assert.deepEqual(await opened(0, {[state]: {mode: 0o777}}), unsafe(state, 'mode', [0, '0777']))
  assert.deepEqual(await opened(0, {[state]: {mode: 0o770}}), unsafe(state, 'mode', [0, '0770']))
  assert.deepEqual(await opened(7, {[state]: {uid: 7, mode: 0o1777}}), unsafe(state, 'mode', [7, '1777']))
  assert.equal(await opened(7, {[state]: {uid: 7, mode: 0o770}}), undefined)
})

test('journal: a folder above it that somebody else could change is refused, unless it is sticky', async () => {
  const above = '/var/lib'
  assert.deepEqual(await opened(0, {[above]: {uid: 1007}}), unsafe(above, 'owner', [1007, '0755']))
  assert.deepEqual(await opened(0, {[above]: {mode: 0o775}}), unsafe(above, 'mode', [0, '0775']))
  assert.equal(await opened(0, {[above]: {mode: 0o1777}}), undefined)
  assert.equal(await opened(7, {[state]: {uid: 7}, [above]: {uid: 7}}), undefined)
})

test('journal: both where a link leads to and where it lies must be safe', async () => {
  const link = async ({disk}: SimHost): Promise<void> => {
    disk.putFolder('/home/kim')
    await disk.remove(state)
    disk.putLink(state, '/home/kim')
  }
  assert.equal(await opened(0, {}, link), undefined)
  const [target, above] = ['/home/kim', '/var/lib']
  assert.deepEqual(await opened(0, {[target]: {uid: 1007}}, link), unsafe(target, 'owner', [1007, '0755']))
  assert.deepEqual(await opened(0, {[above]: {mode: 0o777}}, link), unsafe(above, 'mode', [0, '0777']))
})

test('journal: a state folder that is not there yet is made, for us alone', async () => {
  const host = ledgerHost({seed: 1})
  const options = {stateFolder: '/var/lib/logcaster', secrets: [], identity: identityOf(10)}
  await openJournal(host, options)
  assert.equal((await host.disk.stat('/var/lib/logcaster/journal'))?.mode, 0o750)
})

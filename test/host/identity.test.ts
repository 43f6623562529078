import assert from 'node:assert/strict'
import {test} from 'node:test'
import {lifeOf, ownIdentity, readIdentity, writeIdentity} from '../../src/host/identity.ts'
import {realHost} from '../../src/host/real.ts'
import {bootId, identityOf, ledgerHost, pidNamespace, putProcess} from '../ledger/ground.ts'

const own = identityOf(4242)

test('identity: a process lives while its number and its start are the same', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 77)
  assert.equal(await lifeOf(host, identityOf(77), own), 'alive')
  assert.equal(await lifeOf(host, identityOf(78), own), 'gone')
})

test('identity: a number that was given again is another process', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 77, {startTicks: 5})
  assert.equal(await lifeOf(host, identityOf(77), own), 'gone')
})

test('identity: one that ended and was not waited for is gone', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 77, {state: 'Z'})
  assert.equal(await lifeOf(host, identityOf(77), own), 'gone')
  putProcess(host, 77, {state: 'T'})
  assert.equal(await lifeOf(host, identityOf(77), own), 'alive')
})

test('identity: one that is hidden from us counts as alive', async () => {
  const host = ledgerHost({seed: 1})
  host.processes.living.add(77)
  assert.equal(await lifeOf(host, identityOf(77), own), 'alive')
  host.disk.putFolder('/proc/77/stat')
  assert.equal(await lifeOf(host, identityOf(77), own), 'alive')
})

test('identity: after a reboot everybody is gone, though somebody has the number again', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 77)
  assert.equal(await lifeOf(host, identityOf(77, {bootId: 'another'}), own), 'gone')
})

test('identity: of another machine or another container nothing can be known', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 77)
  for (const other of [
    {bootId: 'another', host: 'logs2'},
    {pidNamespace: 1},
    {bootId: '', host: 'logs2'},
    {pidNamespace: 1, host: 'logs2'}
  ]) {
    assert.equal(await lifeOf(host, identityOf(78, other), own), 'unknowable', JSON.stringify(other))
  }
})

test('identity: a container with a name of its own, but our processes, can be asked', async () => {
  const host = ledgerHost({seed: 1})
  putProcess(host, 77)
  assert.equal(await lifeOf(host, identityOf(77, {host: 'pod'}), own), 'alive')
  assert.equal(await lifeOf(host, identityOf(78, {host: 'pod'}), own), 'gone')
})

test('identity: without /proc the number alone decides on the same machine, and nothing does across machines', async () => {
  const host = ledgerHost({seed: 1})
  host.processes.living.add(79)
  const blind = identityOf(4242, {bootId: '', startTicks: 0})
  assert.equal(await lifeOf(host, identityOf(79, {bootId: ''}), blind), 'alive')
  assert.equal(await lifeOf(host, identityOf(80), blind), 'gone')
  assert.equal(await lifeOf(host, identityOf(80, {host: 'logs2'}), blind), 'unknowable')
})

test('identity: of this very process is read from the kernel', async () => {
  const host = realHost()
  const identity = await ownIdentity(host)
  assert.deepEqual([identity.pid, identity.uid], [process.pid, process.getuid?.()])
  assert.ok(identity.startTicks > 0 && identity.pidNamespace > 0)
  assert.match(identity.bootId, /^[0-9a-f-]{36}$/)
  assert.equal(await lifeOf(host, identity, identity), 'alive')
  assert.equal(await lifeOf(host, {...identity, startTicks: identity.startTicks - 1}, identity), 'gone')
})

test('identity: is told without /proc as far as it is known', async () => {
  const host = ledgerHost({seed: 1})
  const told = await ownIdentity({...host, machine: {...host.machine, pid: 5}})
  assert.deepEqual(told, identityOf(5, {startTicks: 0, bootId, pidNamespace: 0}))
  host.disk.put('/proc/self/ns/pid', '')
  assert.notEqual((await ownIdentity(host)).pidNamespace, pidNamespace - pidNamespace)
})

test('identity: comes back from a file as it went in, and not at all when a part is missing', () => {
  const written = writeIdentity(own)
  assert.deepEqual(readIdentity(JSON.parse(JSON.stringify(written))), own)
  for (const key of Object.keys(written)) assert.equal(readIdentity({...written, [key]: undefined}), undefined, key)
  for (const other of [undefined, null, 'x', [written]]) assert.equal(readIdentity(other), undefined)
})

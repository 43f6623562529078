import assert from 'node:assert/strict'
import {test} from 'node:test'
import {readText} from '../../src/host/files.ts'
import {isOpen} from '../../src/host/open-files.ts'
import {simHost} from './host.ts'
import {down, up} from './services.ts'

const signal = new AbortController().signal

test('sim host: its disk takes the time from its clock, and has the trouble that was asked for', async () => {
  const host = simHost({seed: 1, nowMs: 5000, failAt: 2, error: 'EROFS', capacityBytes: 1})
  await host.clock.advance(10)
  const file = await host.disk.open('/a', 'create')
  await assert.rejects(file.write(Uint8Array.of(1), 0), {code: 'EROFS'})
  assert.equal((await file.stat()).modifiedMs, 5010)
  await assert.rejects(file.write(Uint8Array.of(1, 2), 0), {code: 'ENOSPC'})
})

test('sim host: its programs have their deadline by its clock', async () => {
  const host = simHost({seed: 1})
  host.processes.script(['a'], 'hangs')
  const run = host.processes.run(['a'], {deadlineMs: 100})
  await host.clock.advance(100)
  assert.deepEqual((await run).end, {how: 'deadline'})
})

test('sim host: who and where it is can be said in part', () => {
  const {machine} = simHost({seed: 1, machine: {uid: 1000, env: {LANG: 'ko_KR.UTF-8'}}})
  assert.deepEqual([machine.uid, machine.env['LANG'], machine.hostname], [1000, 'ko_KR.UTF-8', 'sim'])
})

test('sim services: know the units they were given, no others, and none at all without a manager', async () => {
  const {services} = simHost({seed: 1})
  services.put('a.service', up({restarts: 3}))
  services.put('b.service', down({result: 'exit-code'}))
  const running = await services.state('a.service', signal)
  assert.ok(running.answer === 'up' && running.restarts === 3 && running.mainPid > 1)
  const stopped = await services.state('b.service', signal)
  assert.ok(stopped.answer === 'down' && stopped.result === 'exit-code' && stopped.mainPid === 0)
  assert.deepEqual(await services.state('c.service', signal), {answer: 'unknown-unit'})
  assert.equal((await services.state('a.service', AbortSignal.abort())).answer, 'unanswered')
  const none = simHost({seed: 1, manager: 'none'}).services
  assert.deepEqual([none.name, await none.state('a.service', signal)], ['none', {answer: 'no-manager'}])
})

test('sim host: its own process and init are there, and others once a test says so', () => {
  const {machine, processes} = simHost({seed: 1})
  assert.deepEqual(
    [1, machine.pid, 4711, 0, -1].map((pid) => processes.exists(pid)),
    [true, true, false, false, false]
  )
  processes.living.add(4711)
  processes.living.delete(machine.pid)
  assert.deepEqual(
    [machine.pid, 4711].map((pid) => processes.exists(pid)),
    [false, true]
  )
})

test('sim host: a file is open once a test holds it, and not knowing all can be said', async () => {
  const {disk, openFiles} = simHost({seed: 1})
  disk.seed({'/a': '1', '/b': '2'})
  openFiles.hold(disk.look('/a'))
  const look = await openFiles.look(signal)
  assert.deepEqual([isOpen(look, disk.look('/a')), isOpen(look, disk.look('/b')), look.isComplete], [true, false, true])
  openFiles.hold(disk.look('/b'))
  assert.equal(isOpen(look, disk.look('/b')), false)
  openFiles.isComplete = false
  assert.equal((await openFiles.look(signal)).isComplete, false)
})

test('sim host: a process file can be put there for who looks whether a process is still the same', async () => {
  const {disk} = simHost({seed: 1})
  disk.putProc('/proc/4711/stat', '4711 (worker) S 1')
  assert.equal(await readText(disk, '/proc/4711/stat', 4096), '4711 (worker) S 1')
})

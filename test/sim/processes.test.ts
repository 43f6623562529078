import assert from 'node:assert/strict'
import {test} from 'node:test'
import {SimClock} from './clock.ts'
import {exited, SimProcesses} from './processes.ts'

const options = {deadlineMs: 1000}

test('sim processes: a program that no script knows is missing', async () => {
  const processes = new SimProcesses({clock: new SimClock()})
  processes.script(['df', '-P'], exited(0))
  assert.deepEqual((await processes.run(['df'], options)).end, {how: 'missing'})
  assert.deepEqual((await processes.run(['ls', '-P'], options)).end, {how: 'missing'})
  assert.deepEqual(
    processes.runs.map(({argv}) => argv),
    [['df'], ['ls', '-P']]
  )
})

test('sim processes: the longest fitting beginning decides, of equal ones the last, and a function sees the run', async () => {
  const processes = new SimProcesses({clock: new SimClock()})
  processes.script(['ctl', 'show'], exited(0, 'first'))
  processes.script(['ctl', 'show'], ({argv}) => exited(0, `last ${argv[2]}`))
  processes.script(['ctl'], exited(1, 'short'))
  assert.equal((await processes.run(['ctl', 'show', 'x'], options)).stdout.text, 'last x')
  const other = await processes.run(['ctl', 'stop'], options)
  assert.deepEqual([other.end, other.stdout.text], [{how: 'exited', code: 1}, 'short'])
})

test('sim processes: the Nth run can be refused', async () => {
  const processes = new SimProcesses({clock: new SimClock(), failAt: 2})
  processes.script(['a'], exited(0))
  assert.deepEqual((await processes.run(['a'], options)).end, {how: 'exited', code: 0})
  assert.equal(processes.failed, false)
  assert.deepEqual((await processes.run(['a'], options)).end, {how: 'refused', reason: 'EAGAIN'})
  assert.equal(processes.failed, true)
  assert.deepEqual((await processes.run(['a'], options)).end, {how: 'exited', code: 0})
})

test('sim processes: a program that hangs ends at its deadline, or when it is told to stop, and frees its timer', async () => {
  const clock = new SimClock()
  const processes = new SimProcesses({clock})
  processes.script(['a'], 'hangs')
  const late = processes.run(['a'], options)
  await clock.advance(999)
  assert.equal(clock.waiting, 1)
  await clock.advance(1)
  assert.deepEqual([(await late).end, (await late).durationMs], [{how: 'deadline'}, 1000])
  const stop = new AbortController()
  const stopped = processes.run(['a'], {...options, signal: stop.signal})
  await clock.advance(10)
  stop.abort()
  assert.deepEqual([(await stopped).end, (await stopped).durationMs], [{how: 'aborted'}, 10])
  assert.equal(clock.waiting, 0)
  assert.deepEqual((await processes.run(['a'], {...options, signal: stop.signal})).end, {how: 'aborted'})
})

test('sim processes: keeps the signals, and refuses those that would hit ourselves or the machine', () => {
  const processes = new SimProcesses({clock: new SimClock()})
  processes.signal(4711, 'SIGTERM')
  for (const pid of [1, 0, -1, Number.NaN]) {
    assert.throws(() => {
      processes.signal(pid, 'SIGTERM')
    }, /process-protected/)
  }
  assert.deepEqual(processes.signals, [{pid: 4711, name: 'SIGTERM'}])
})

test('sim processes: settled ends what hangs, refuses what comes after, and that all was killed can be seen', async () => {
  const processes = new SimProcesses({clock: new SimClock()})
  processes.script(['a'], 'hangs')
  const running = processes.run(['a'], options)
  await processes.settled()
  assert.deepEqual((await running).end, {how: 'aborted'})
  assert.deepEqual((await processes.run(['a'], options)).end, {how: 'aborted'})
  assert.equal(processes.killed, false)
  processes.kill()
  assert.equal(processes.killed, true)
})

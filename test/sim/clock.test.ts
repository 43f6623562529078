import assert from 'node:assert/strict'
import {test} from 'node:test'
import {deadlineAfter, sleep} from '../../src/host/clock.ts'
import {SimClock} from './clock.ts'

test('sim clock: stands still until it is advanced, and then moves both times', async () => {
  const clock = new SimClock(1000)
  assert.deepEqual([clock.now(), clock.elapsed()], [1000, 0])
  await clock.advance(250)
  assert.deepEqual([clock.now(), clock.elapsed()], [1250, 250])
})

test('sim clock: calls what is due, each at its own moment, in the order of time and then of setting', async () => {
  const clock = new SimClock(0)
  const calls: string[] = []
  const callAfter = (delayMs: number, name: string): (() => void) =>
    clock.after(delayMs, () => calls.push(`${name}@${clock.elapsed()}`))
  callAfter(30, 'c')
  callAfter(10, 'a')
  callAfter(30, 'd')
  callAfter(20, 'b')
  callAfter(31, 'later')
  callAfter(15, 'cancelled')()
  await clock.advance(30)
  assert.deepEqual(calls, ['a@10', 'b@20', 'c@30', 'd@30'])
  assert.equal(clock.waiting, 1)
})

test('sim clock: code that waits again and again gets all its turns within one advance', async () => {
  const clock = new SimClock(0)
  const turns: number[] = []
  const work = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) {
      await sleep(clock, 100)
      turns.push(clock.elapsed())
    }
  }
  void work()
  await clock.advance(350)
  assert.deepEqual(turns, [100, 200, 300])
  await clock.advance(150)
  assert.deepEqual(turns, [100, 200, 300, 400, 500])
  assert.equal(clock.waiting, 0)
})

test('sim clock: a step moves the wall clock alone, back as well; timers and durations do not notice', async () => {
  const clock = new SimClock(1000)
  let calls = 0
  clock.after(100, () => (calls += 1))
  clock.step(-900)
  assert.deepEqual([clock.now(), clock.elapsed()], [100, 0])
  await clock.advance(99)
  assert.equal(calls, 0)
  await clock.advance(1)
  assert.deepEqual([calls, clock.now(), clock.elapsed()], [1, 200, 100])
})

test('sim clock: shows a timer that nobody freed', () => {
  const clock = new SimClock(0)
  const deadline = deadlineAfter(clock, 1000)
  assert.equal(clock.waiting, 1)
  deadline.cancel()
  assert.equal(clock.waiting, 0)
})

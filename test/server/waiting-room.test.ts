import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Clock} from '../../src/host/clock.ts'
import {WaitingRoom} from '../../src/server/waiting-room.ts'
import {SimClock} from '../sim/clock.ts'

interface Scene {
  readonly clock: SimClock
  readonly room: WaitingRoom<string>
  readonly late: string[]
  readonly timers: () => number
}

function scene(): Scene {
  const clock = new SimClock()
  const late: string[] = []
  const start = clock.elapsed()
  let timers = 0
  const counting: Pick<Clock, 'elapsed' | 'after'> = {
    elapsed: () => clock.elapsed(),
    after(delayMs, call) {
      timers += 1
      const cancel = clock.after(delayMs, () => {
        timers -= 1
        call()
      })
      return () => {
        timers -= 1
        cancel()
      }
    }
  }
  const room = new WaitingRoom<string>(counting, 1000, (guest) => late.push(`${guest} ${clock.elapsed() - start}`))
  return {clock, room, late, timers: () => timers}
}

test('waiting room: each guest is late after the same time, and only who has not left', async () => {
  const {clock, room, late} = scene()
  room.enter('a')
  await clock.advance(400)
  room.enter('b')
  room.enter('c')
  await clock.advance(500)
  room.leave('b')
  assert.deepEqual([...room], ['a', 'c'])
  await clock.advance(2000)
  assert.deepEqual(late, ['a 1000', 'c 1400'])
  assert.equal(room.size, 0)
})

test('waiting room: who enters again has the whole time again', async () => {
  const {clock, room, late} = scene()
  room.enter('a')
  await clock.advance(900)
  room.enter('a')
  await clock.advance(900)
  assert.deepEqual(late, [])
  await clock.advance(200)
  assert.deepEqual(late, ['a 1900'])
})

test('waiting room: an empty one has no timer, and the next guest starts one', async () => {
  const {clock, room, late, timers} = scene()
  room.enter('a')
  room.leave('a')
  assert.equal(timers(), 0)
  await clock.advance(500)
  room.enter('b')
  await clock.advance(1000)
  assert.deepEqual(late, ['b 1500'])
})

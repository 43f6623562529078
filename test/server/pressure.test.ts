import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {Pressure, resumeWord, slowDownWord} from '../../src/server/pressure.ts'

test('pressure: says slow at 90 %, full at 100 %, and open again only at 50 %', () => {
  const pressure = new Pressure(1000)
  const states = [0, 899, 900, 600, 501, 999, 1000, 999, 501, 500, 899].map((pending) => {
    pressure.look(pending)
    return pressure.state
  })
  const [open, slow, full] = ['open', 'slow', 'full']
  assert.deepEqual(states, [open, open, slow, slow, slow, slow, full, full, full, open, open])
})

test('pressure: a change is said once', () => {
  const pressure = new Pressure(1000)
  const changes = [899, 900, 950, 1000, 2000, 500, 0].map((pending) => pressure.look(pending))
  assert.deepEqual(changes, [false, true, false, true, false, true, false])
})

test('pressure: a queue that fills at once skips slow', () => {
  const pressure = new Pressure(1000)
  pressure.look(5000)
  assert.equal(pressure.state, 'full')
})

test('pressure: unfinished lines count as the bytes that wait for the disk do', () => {
  const pressure = new Pressure(1000)
  pressure.keep(200)
  pressure.look(700)
  assert.equal(pressure.state, 'slow')
  pressure.look(800)
  assert.equal(pressure.state, 'full')
  pressure.keep(-200)
  pressure.look(500)
  assert.equal(pressure.state, 'open')
})

test('pressure: unfinished lines are crowded above a quarter of the queue, so that an idle disk always opens it again', () => {
  const pressure = new Pressure(1000)
  pressure.keep(250)
  assert.equal(pressure.isCrowded, false)
  pressure.look(1000)
  pressure.look(0)
  assert.equal(pressure.state, 'open')
  pressure.keep(1)
  assert.equal(pressure.isCrowded, true)
})

test('pressure: whatever comes and goes, it is full exactly from the limit to the half', () => {
  const change = fc.record({pending: fc.nat(1500), kept: fc.nat(250)})
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const pressure = new Pressure(1000)
      let isFull = false
      for (const {pending, kept} of changes) {
        pressure.keep(kept - pressure.unfinishedBytes)
        pressure.look(pending)
        if (pending + kept >= 1000) isFull = true
        if (pending + kept <= 500) isFull = false
        assert.equal(pressure.state === 'full', isFull)
        if (pending + kept < 900 && !isFull && pressure.state === 'slow') assert.ok(pending + kept > 500)
      }
    })
  )
})

test('pressure: only senders that may read are told, each in its own words', () => {
  assert.equal(slowDownWord('raw'), 'SLOW_DOWN\n')
  assert.equal(slowDownWord('logcaster'), 'SLOW_DOWN 1000\n')
  for (const silent of ['syslog', 'syslog-octet', 'syslog-nul', 'json'] as const) {
    assert.equal(slowDownWord(silent), undefined)
  }
  assert.equal(resumeWord, 'RESUME\n')
})

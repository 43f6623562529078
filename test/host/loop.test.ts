import assert from 'node:assert/strict'
import {test} from 'node:test'
import {realLoop} from '../../src/host/loop.ts'

test('loop: what is to come after the turn comes after all that is under way in it', async () => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    realLoop().afterTurn(() => {
      order.push('after')
      resolve()
    })
    process.nextTick(() => order.push('next tick'))
    void Promise.resolve().then(() => order.push('promise'))
    order.push('now')
  })
  assert.deepEqual([order.length, order.at(-1)], [4, 'after'])
})

test('loop: nothing else runs while it is held up', async () => {
  let isCalled = false
  const timer = setTimeout(() => {
    isCalled = true
  }, 1)
  const startMs = performance.now()
  realLoop().hold(20)
  assert.ok(performance.now() - startMs >= 19)
  assert.equal(isCalled, false)
  await new Promise((resolve) => setTimeout(resolve, 1))
  clearTimeout(timer)
})

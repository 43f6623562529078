import assert from 'node:assert/strict'
import {test} from 'node:test'
import {liveProgress, plainProgress, silentProgress, type Progress} from '../../src/host/progress.ts'
import type {Terminal} from '../../src/host/terminal.ts'
import {SimClock} from '../sim/clock.ts'

type Make = (terminal: Terminal, clock: SimClock) => Progress

/** What a progress tells, in the order of telling. */
function watched(make: Make): {progress: Progress; clock: SimClock; told: string[]} {
  const told: string[] = []
  const clock = new SimClock()
  const take = (text: string): Promise<{status: 'written'}> => {
    told.push(text)
    return Promise.resolve({status: 'written'})
  }
  const terminal: Terminal = {
    columns: 80,
    isWatched: true,
    hasColours: false,
    print: () => Promise.reject(new Error('results only')),
    tell: take,
    ask: () => Promise.resolve('nobody')
  }
  return {progress: make(terminal, clock), clock, told}
}

/** The lines that stand on the screen after all that was told, without what takes the ones before away. */
function screen(told: readonly string[]): string[] {
  return (told.at(-1) ?? '')
    .replace(/^\u001b\[\d+A\u001b\[J/, '')
    .split('\n')
    .slice(0, -1)
}

test('live progress: shows each running task with its time, its place and how long it may take', async () => {
  const {progress, clock, told} = watched(liveProgress)
  progress.begin('capture')
  progress.begin('verify', {position: '2/5', expectedMs: 15_000})
  await clock.advance(3000)
  assert.deepEqual(screen(told), ['  … capture 3s', '  … [2/5] verify 3s / ~15s'])
  progress.finish('capture', 'done')
  await clock.advance(100)
  assert.deepEqual(screen(told).length, 1)
  await progress.close()
  assert.deepEqual([screen(told), clock.waiting], [[], 0])
})

test('live progress: an expectation that has not held is not told any more', async () => {
  const {progress, clock, told} = watched(liveProgress)
  progress.begin('verify', {expectedMs: 2000})
  await clock.advance(1900)
  assert.match(screen(told)[0] ?? '', / \/ ~2s$/)
  await clock.advance(100)
  assert.deepEqual(screen(told), ['  … verify 2s'])
  await clock.advance(60_000)
  assert.deepEqual(screen(told), ['  … verify 1m 2s'])
  await progress.close()
})

test('live progress: takes away as many lines as it has drawn, and counts what does not fit', async () => {
  const {progress, clock, told} = watched(liveProgress)
  for (let task = 1; task <= 15; task += 1) progress.begin(`task ${task}`)
  await clock.advance(100)
  assert.deepEqual([screen(told).length, screen(told).at(-1)], [13, '  … +3'])
  for (let task = 1; task <= 14; task += 1) progress.finish(`task ${task}`, 'done')
  await clock.advance(100)
  assert.match(told.at(-1) ?? '', /^\u001b\[13A\u001b\[J  … task 15 /)
  await progress.close()
})

test('plain progress: tells each task once it is over, with its place and the time it took', async () => {
  const {progress, clock, told} = watched(plainProgress)
  progress.begin('capture')
  progress.begin('verify', {position: '2/5', expectedMs: 1000})
  await clock.advance(3000)
  assert.deepEqual(told, [])
  progress.finish('capture', 'done')
  progress.finish('verify', 'failed')
  progress.finish('never begun', 'skipped')
  await progress.close()
  assert.deepEqual(told, ['capture: done (3s)\n', '[2/5] verify: failed (3s)\n', 'never begun: skipped (0ms)\n'])
})

test('silent progress: says nothing', async () => {
  const {progress, clock, told} = watched(() => silentProgress)
  progress.begin('capture')
  progress.finish('capture', 'done')
  await progress.close()
  assert.deepEqual([told, clock.waiting], [[], 0])
})

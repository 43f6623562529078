import assert from 'node:assert/strict'
import {once} from 'node:events'
import {after, test} from 'node:test'
import {Worker} from 'node:worker_threads'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {stories} from './stories.ts'
import type {Sweep, Swept} from './sweeping.ts'

const seed = seedFromEnvironment()
const isThorough = times(1) > 1

// The shortest of all runs has some twenty for its locks, and as many for its journal.
const operationsMin = 40

for (const [index, story] of stories.entries()) {
  for (const how of ['fail', 'kill', 'crash'] as const) {
    test(`${story.name}: ${how} before each operation, then resume or undo`, () => {
      return swept({story: index, how, act: 'run', seed, isThorough})
    })
    if (!story.isReversible || how === 'fail') continue
    // What has put itself back has no undo.
    for (const act of story.fails === true ? (['resume'] as const) : (['resume', 'undo'] as const)) {
      test(`${story.name}: ${how} before each operation of ${act}, then resume or undo`, () => {
        return swept({story: index, how, act, seed, isThorough})
      })
    }
  }
}

const worker = new Worker(new URL('sweeping.ts', import.meta.url))
after(() => worker.terminate())

/** Fails as the sweep does. */
async function swept(sweep: Sweep): Promise<void> {
  worker.postMessage(sweep)
  const [{operations, failure}] = (await once(worker, 'message')) as [Swept]
  if (failure !== null) assert.fail(failure)
  assert.ok(operations > operationsMin, `only ${operations} operations`)
}

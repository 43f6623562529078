import assert from 'node:assert/strict'
import {test} from 'node:test'
import {exits} from '../../src/base/exits.ts'

test('exit codes are frozen: scripts, timers and CI jobs decide by them', () => {
  assert.deepEqual(exits, {
    done: 0,
    failed: 1,
    pending: 2,
    partial: 3,
    stuck: 4,
    refused: 5,
    absent: 10,
    locked: 11,
    unauthentic: 12,
    usage: 64,
    unavailable: 69,
    later: 75,
    invalid: 78,
    deadline: 124,
    interrupted: 130,
    terminated: 143
  })
})

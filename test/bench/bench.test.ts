import assert from 'node:assert/strict'
import {test} from 'node:test'
import {bench} from './bench.ts'
import {interleaved, median} from './measure.ts'

test('bench: every goal gets a figure, against the bare runtime of the same run', async () => {
  const goals = await bench({rounds: 1, runs: 200, lines: 100_000})
  assert.equal(goals[0]?.value, 1)
  assert.ok(goals.length >= 10)
  for (const {name, value} of goals) assert.ok(Number.isFinite(value), name)
})

test('bench: a program that fails is not measured', () => {
  const failing = {name: 'fails', argv: [process.execPath, '-e', 'process.exit(3)'], exitCodes: [0]} as const
  assert.throws(() => interleaved([failing], 1, process.env), /fails ended with 3/)
})

test('bench: the median of an even number of runs lies between the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([9, 1, 5]), 5)
})

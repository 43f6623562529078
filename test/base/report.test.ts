import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {failure, worst, type CheckResult} from '../../src/base/report.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()
const worstFirst: readonly CheckResult['status'][] = ['critical', 'warning', 'unknown', 'ok', 'skipped']

test('the worst is critical before warning before unknown before ok', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...worstFirst), {minLength: 1}), (statuses) => {
      const expected = worstFirst[Math.min(...statuses.map((status) => worstFirst.indexOf(status)))]
      const found = worst(statuses.map((status) => ({status})))
      assert.equal(found, expected === 'skipped' ? 'unknown' : expected)
    }),
    {seed}
  )
})

test('where nothing was judged nothing is known', () => {
  assert.equal(worst([]), 'unknown')
  assert.equal(worst([{status: 'skipped'}, {status: 'skipped'}]), 'unknown')
  assert.equal(worst([{status: 'skipped'}, {status: 'ok'}]), 'ok')
})

test('a failure is nothing but its errors', () => {
  const errors = [new Fault('file-unreadable', {path: '/x', reason: 'EACCES'})]
  assert.deepEqual(failure('config show', 'failed', errors), {
    command: 'config show',
    status: 'failed',
    changed: [],
    checks: [],
    warnings: [],
    errors
  })
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {finding} from '../../src/base/findings.ts'
import type {CheckStatus} from '../../src/base/report.ts'
import {rounded, verdictOfParts, type Part} from '../../src/checks/parts.ts'

const limits = {warning: null, critical: null}

function part(status: CheckStatus, order: number, value: number | null = order): Part {
  return {status, order, value, finding: finding('not-configured', {setting: `${status} ${order}`})}
}

function told(parts: readonly Part[]): unknown[] {
  const verdict = verdictOfParts(parts, '%', limits)
  return [verdict?.finding, ...(verdict?.evidence ?? [])].map((said) => said?.values)
}

test('the worst part speaks for all, the others follow from bad to good, each status by its order', () => {
  const parts = [part('ok', 1), part('unknown', 9), part('critical', 5), part('warning', 3), part('critical', 2)]
  assert.deepEqual(
    told(parts),
    ['critical 2', 'critical 5', 'warning 3', 'unknown 9', 'ok 1'].map((setting) => ({setting}))
  )
})

test('a part without a reading gives no value, and no parts give no verdict', () => {
  const verdict = verdictOfParts([part('critical', 0, null)], '%', limits)
  assert.deepEqual([verdict?.status, verdict?.value, verdict?.unit], ['critical', undefined, undefined])
  assert.equal(verdictOfParts([], '%', limits), undefined)
  assert.deepEqual([rounded(1.25), rounded(99.949)], [1.3, 99.9])
})

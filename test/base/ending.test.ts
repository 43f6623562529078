import assert from 'node:assert/strict'
import {test} from 'node:test'
import {exitCodeOf} from '../../src/base/ending.ts'
import {exits} from '../../src/base/exits.ts'
import {Fault} from '../../src/base/fault.ts'
import {faults, type FaultCode} from '../../src/base/faults.ts'
import type {Report, ReportStatus} from '../../src/base/report.ts'

const fault = new Fault('config-exists', {path: '/etc/logcaster/config.yaml'})

function report(status: ReportStatus, more: Partial<Report> = {}): Report {
  return {command: 'x', status, changed: [], checks: [], warnings: [], errors: [], ...more}
}

/** By status: how a check ends, how an action without an error ends. */
const codes: Readonly<Record<ReportStatus, readonly [number, number]>> = {
  ok: [0, 0],
  warning: [1, 1],
  critical: [2, 1],
  unknown: [3, 1],
  done: [3, 0],
  nothing: [3, 0],
  planned: [3, 0],
  partial: [3, 3],
  failed: [3, 1],
  refused: [3, 5]
}
const statuses = Object.keys(codes) as ReportStatus[]

test('every status ends in the code of its family', () => {
  for (const status of statuses) {
    assert.equal(exitCodeOf(report(status), 'check'), codes[status][0], `check ${status}`)
    assert.equal(exitCodeOf(report(status), 'action'), codes[status][1], `action ${status}`)
  }
})

test('a check that also tells of an error never ends with 0, and its verdict keeps its code', () => {
  for (const status of statuses) {
    const code = exitCodeOf(report(status, {errors: [fault]}), 'check')
    assert.equal(code, status === 'ok' ? 3 : codes[status][0], status)
  }
})

test('warnings pass as 0 only when asked, and only warnings do', () => {
  for (const status of statuses) {
    const code = exitCodeOf(report(status, {warningsPass: true}), 'check')
    assert.equal(code, status === 'warning' ? 0 : codes[status][0], status)
  }
  assert.equal(exitCodeOf(report('warning', {warningsPass: false}), 'check'), 1)
  assert.equal(exitCodeOf(report('warning', {warningsPass: true, errors: [fault]}), 'check'), 3)
})

test('an action ends as the first of its errors says, and warnings change nothing', () => {
  const interrupted = new Fault('interrupted', {signal: 'SIGINT'})
  assert.equal(exitCodeOf(report('failed', {errors: [fault, interrupted]}), 'action'), 5)
  assert.equal(exitCodeOf(report('failed', {errors: [interrupted, fault]}), 'action'), 130)
  assert.equal(exitCodeOf(report('done', {warnings: [fault]}), 'action'), 0)
  assert.equal(exitCodeOf(report('partial', {errors: [fault]}), 'action'), 3)
})

test('every fault ends an action with the code it is declared with, and never with 0', () => {
  for (const code of Object.keys(faults) as FaultCode[]) {
    const exit = exitCodeOf(report('failed', {errors: [new Fault<FaultCode>(code, {})]}), 'action')
    assert.equal(exit, exits[faults[code].exit], code)
    assert.notEqual(exit, 0, code)
  }
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault, Faults, reasonOf} from '../../src/base/fault.ts'
import {finding} from '../../src/base/findings.ts'
import {assert as claim} from '../../src/base/assert.ts'

test('a fault carries its code, its values and its cause, and says them to whoever reads a stack', () => {
  const cause = new Error('below')
  const fault = new Fault('file-unreadable', {path: '/x', reason: 'EACCES'}, {cause})
  assert.equal(fault.name, 'Fault')
  assert.equal(fault.code, 'file-unreadable')
  assert.deepEqual(fault.values, {path: '/x', reason: 'EACCES'})
  assert.equal(fault.cause, cause)
  assert.equal(fault.message, 'file-unreadable {"path":"/x","reason":"EACCES"}')
  assert.ok(fault instanceof Error)
})

test('several faults travel as one, in their order', () => {
  const all = [new Fault('config-absent', {path: '/a'}), new Fault('config-absent', {path: '/b'})]
  const together = new Faults(all)
  assert.equal(together.name, 'Faults')
  assert.deepEqual(together.all, all)
  assert.equal(together.message, 'config-absent {"path":"/a"}\nconfig-absent {"path":"/b"}')
})

test('the reason of a failure is its code, else its message, else what was thrown', () => {
  assert.equal(reasonOf(Object.assign(new Error('no space left on device, write'), {code: 'ENOSPC'})), 'ENOSPC')
  assert.equal(reasonOf(Object.assign(new Error('odd'), {code: 7})), 'odd')
  assert.equal(reasonOf(new Error('plain')), 'plain')
  assert.equal(reasonOf('deadline'), 'deadline')
  assert.equal(reasonOf(undefined), 'undefined')
})

test('a finding is a code with its values', () => {
  assert.deepEqual(finding('log-none', {path: '/var/log'}), {code: 'log-none', values: {path: '/var/log'}})
})

test('a claim that is false is a bug, and says so', () => {
  assert.throws(() => {
    claim(false, 'count is within capacity')
  }, /^Error: bug: count is within capacity$/)
  claim(true, 'never thrown')
})

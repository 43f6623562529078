import assert from 'node:assert/strict'
import {test} from 'node:test'
import {SessionTable} from '../../src/store/sessions.ts'
import {SourceTable} from '../../src/store/sources.ts'

const dayMs = 86_400_000

test('sessions: the last number of each is known, and 0 for one that was never heard of', () => {
  const table = new SessionTable({elapsed: () => 0})
  table.restore(new Map([['a', 3]]))
  table.note('a', 5)
  table.note('b', 1)
  assert.deepEqual([table.lastOf('a'), table.lastOf('b'), table.lastOf('c')], [5, 1, 0])
})

test('sessions: after a day of silence one is forgotten, and after ten thousand others', () => {
  const clock = {ms: 0, elapsed: (): number => clock.ms}
  const table = new SessionTable(clock)
  table.note('silent', 1)
  clock.ms = dayMs / 2
  table.note('speaks', 1)
  clock.ms = dayMs
  table.note('new', 1)
  assert.deepEqual([table.lastOf('silent'), table.lastOf('speaks')], [0, 1])
  for (let number = 0; number < 9_999; number += 1) table.note(`one of many ${number}`, 1)
  assert.deepEqual([table.lastOf('speaks'), table.lastOf('new')], [0, 1])
})

test('sources: a name keeps its number, and of more than sixteen bits can tell apart the rest are other', () => {
  const table = new SourceTable()
  assert.equal(table.idOf('web1'), 1)
  assert.equal(table.idOf('web2'), 2)
  assert.equal(table.idOf('web1'), 1)
  assert.equal(table.nameOf(2), 'web2')
  for (let number = 3; number <= 65_535; number += 1) table.idOf(`web${number}`)
  assert.equal(table.idOf('one too many'), 0)
  assert.equal(table.nameOf(0), 'other')
  assert.equal(table.idOf('web65535'), 65_535)
})

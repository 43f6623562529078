import assert from 'node:assert/strict'
import {test} from 'node:test'
import {type Fault, Faults} from '../../src/base/fault.ts'
import {checks} from '../../src/checks/checks.ts'
import {excusedBy, matches, select, type Asked} from '../../src/checks/selection.ts'
import {loadedWith} from './context.ts'

async function selected(asked: Partial<Asked>, set: readonly string[] = []): Promise<readonly string[]> {
  const {config} = await loadedWith(set)
  return select(checks, {only: [], skip: [], profile: undefined, ...asked}, config).map(({id}) => id)
}

async function refusal(asked: Partial<Asked>, set: readonly string[] = []): Promise<readonly Fault[]> {
  try {
    await selected(asked, set)
  } catch (error) {
    assert.ok(error instanceof Faults)
    return error.all
  }
  assert.fail('nothing was refused')
}

const all = checks.map(({id}) => id)
const profiles = ['checks.profiles={"night": ["disk.*", "cert.expiry"], "own": ["service.state"]}']

test('without a wish all checks are selected, in their own order', async () => {
  assert.deepEqual(await selected({}), all)
  assert.deepEqual(await selected({only: ['*']}), all)
})

test('checks are selected by id and by group, each once, in the order in which they are shown', async () => {
  assert.deepEqual(await selected({only: ['fd.usage', 'disk.*', 'disk.space']}), [
    'disk.space',
    'disk.inodes',
    'disk.forecast',
    'fd.usage'
  ])
})

test('what is left out is left out, also of what was asked for; then nothing may remain', async () => {
  const without = all.filter((id) => !id.startsWith('disk.') && id !== 'fd.usage')
  assert.deepEqual(await selected({skip: ['disk.*', 'fd.usage']}), without)
  assert.deepEqual(await selected({only: ['disk.*'], skip: ['disk.space']}), ['disk.inodes', 'disk.forecast'])
  assert.deepEqual(await selected({only: ['disk.space'], skip: ['*']}), [])
})

test('a profile is a selection, and what else is asked for is added to it', async () => {
  assert.deepEqual(await selected({profile: 'own'}, profiles), ['service.state'])
  assert.deepEqual(await selected({profile: 'night', only: ['fd.usage'], skip: ['disk.inodes']}, profiles), [
    'disk.space',
    'disk.forecast',
    'fd.usage',
    'cert.expiry'
  ])
})

test('everything unknown is refused at once, each id with the one that was most likely meant', async () => {
  const faults = await refusal({only: ['disk.spcae', 'disk.space', 'disks.*'], skip: ['nonsense']})
  assert.deepEqual(
    faults.map(({code, values}) => [code, values]),
    [
      ['check-unknown-id', {id: 'disk.spcae', nearest: 'disk.space'}],
      ['check-unknown-id', {id: 'disks.*', nearest: null}],
      ['check-unknown-id', {id: 'nonsense', nearest: null}]
    ]
  )
})

test('an unknown profile is refused with those that there are, beside unknown ids', async () => {
  const faults = await refusal({profile: 'nigth', only: ['disk.spase']}, profiles)
  assert.deepEqual(
    faults.map(({code, values}) => [code, values]),
    [
      ['profile-unknown', {profile: 'nigth', known: 'night, own'}],
      ['check-unknown-id', {id: 'disk.spase', nearest: 'disk.space'}]
    ]
  )
})

test('a pattern stands for one id, for a group, or for all; not for a beginning', () => {
  const wanted: readonly [id: string, pattern: string, isMatch: boolean][] = [
    ['disk.space', 'disk.space', true],
    ['disk.space', 'disk.*', true],
    ['disk.space', '*', true],
    ['disk.space', 'disk', false],
    ['disk.space', 'disk*', false],
    ['disk.space', 'dis.*', false],
    ['disk.space', '.*', false],
    ['disk.space', '', false],
    ['disk.space', 'DISK.SPACE', false]
  ]
  for (const [id, pattern, isMatch] of wanted) assert.equal(matches(id, pattern), isMatch, pattern)
})

test('a check left out by the configuration is skipped with the reason, up to the end of its last day', async () => {
  const skip = 'checks.skip=[{"id": "mem.oom", "reason": "new memory is ordered", "until": "2026-12-01"}]'
  const {config} = await loadedWith([skip])
  const verdict = {
    status: 'skipped',
    finding: {code: 'skipped-by-config', values: {reason: 'new memory is ordered', until: '2026-12-01'}}
  }
  assert.deepEqual(excusedBy(config, '2026-11-30')('mem.oom'), verdict)
  assert.deepEqual(excusedBy(config, '2026-12-01')('mem.oom'), verdict)
  assert.equal(excusedBy(config, '2026-12-02')('mem.oom'), undefined)
  assert.equal(excusedBy(config, '2026-11-30')('mem.available'), undefined)
})

test('one that is left out without a last day stays so', async () => {
  const {config} = await loadedWith(['checks.skip=[{"id": "mem.oom", "reason": "not ours"}]'])
  const verdict = excusedBy(config, '9999-12-31')('mem.oom')
  assert.deepEqual(verdict?.finding.values, {reason: 'not ours', until: null})
})

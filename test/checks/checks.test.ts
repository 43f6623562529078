import assert from 'node:assert/strict'
import {test} from 'node:test'
import {finding} from '../../src/base/findings.ts'
import type {CheckStatus} from '../../src/base/report.ts'
import {skipped, type Check, type CheckContext, type Verdict} from '../../src/checks/check.ts'
import {checks, runChecks, type Checked, type Run} from '../../src/checks/checks.ts'
import {sleep} from '../../src/host/clock.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {contextOf, inTime} from './context.ts'

const deadlineMs = 10_000

interface Setting {
  readonly host?: SimHost
  readonly excused?: Run['excused']
  readonly stop?: AbortSignal
  readonly watch?: Run['watch']
}

async function run(list: readonly Check[], setting: Setting = {}): Promise<readonly Checked[]> {
  const host = setting.host ?? simHost({seed: 1})
  const context = await contextOf(host)
  const checked = runChecks({
    clock: host.clock,
    checks: list,
    excused: setting.excused ?? (() => undefined),
    contextOf: (_id, signal): CheckContext => ({...context, signal}),
    deadlineMs,
    stop: setting.stop ?? new AbortController().signal,
    watch: setting.watch ?? {begin: () => undefined, finish: () => undefined}
  })
  return inTime(host.clock, checked)
}

function says(id: string, status: CheckStatus, parents: readonly string[] = []): Check {
  return {id, parents, read: () => Promise.resolve(verdict(status))}
}

function verdict(status: CheckStatus): Verdict {
  return {status, finding: finding('not-configured', {setting: 'x'}), remember: {seen: status}}
}

function statuses(checked: readonly Checked[]): Record<string, string> {
  return Object.fromEntries(checked.map(({result}) => [result.id, `${result.status} ${result.finding.code}`]))
}

test('checks run side by side: all of them have begun before the first has ended, and the slowest decides', async () => {
  const host = simHost({seed: 1})
  let running = 0
  let most = 0
  const slow = [100, 900, 300, 500].map((ms): Check => ({
    id: `after-${ms}`,
    async read({host: {clock}}) {
      running += 1
      most = Math.max(most, running)
      await sleep(clock, ms)
      running -= 1
      return verdict('ok')
    }
  }))
  const checked = await run(slow, {host})
  assert.equal(most, slow.length)
  assert.deepEqual(
    checked.map(({result}) => [result.id, result.durationMs]),
    [
      ['after-100', 100],
      ['after-900', 900],
      ['after-300', 300],
      ['after-500', 500]
    ]
  )
  assert.equal(host.clock.waiting, 0)
})

test('S-02: a check that hangs, deaf to its signal, is cut at its deadline; the others have long been told', async () => {
  const host = simHost({seed: 1})
  const finished: [string, string, number][] = []
  const watch: Run['watch'] = {
    begin: () => undefined,
    finish: (id, status) => finished.push([id, status, host.clock.elapsed()])
  }
  const hangs: Check = {id: 'hangs', read: () => new Promise(() => undefined)}
  const checked = await run([hangs, says('quick', 'ok')], {host, watch})
  assert.deepEqual(finished, [
    ['quick', 'ok', 0],
    ['hangs', 'unknown', deadlineMs]
  ])
  assert.deepEqual(statuses(checked), {hangs: 'unknown check-timed-out', quick: 'ok not-configured'})
  assert.deepEqual(checked[0]?.result.finding.values, {deadlineMs})
  assert.equal(host.clock.waiting, 0)
})

test('a check that obeys its signal at the deadline is timed out all the same: what it could not see it cannot judge', async () => {
  const obeys: Check = {
    id: 'obeys',
    async read({host: {clock}, signal}) {
      await sleep(clock, 60_000, signal)
      return verdict('ok')
    }
  }
  assert.deepEqual(statuses(await run([obeys])), {obeys: 'unknown check-timed-out'})
})

test('a check that throws, at once or later or something odd, is unknown with the reason, and harms no other', async () => {
  const broken: Check[] = [
    {
      id: 'at-once',
      read() {
        throw new Error('first')
      }
    },
    {id: 'later', read: () => Promise.reject(new Error('second'))},
    {id: 'disk', read: () => Promise.reject(Object.assign(new Error('third'), {code: 'EIO'}))},
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- libraries do that
    {id: 'odd', read: () => Promise.reject('fourth')}
  ]
  const checked = await run([...broken, says('sound', 'ok')])
  assert.deepEqual(
    checked.map(({result: {id, status, finding: said}}) => [id, status, said.code, said.values]),
    [
      ['at-once', 'unknown', 'check-broke', {detail: 'first'}],
      ['later', 'unknown', 'check-broke', {detail: 'second'}],
      ['disk', 'unknown', 'check-broke', {detail: 'EIO'}],
      ['odd', 'unknown', 'check-broke', {detail: 'fourth'}],
      ['sound', 'ok', 'not-configured', {setting: 'x'}]
    ]
  )
})

test('a check that fails only after it was cut takes nothing down', async () => {
  const late: Check = {
    id: 'late',
    async read({host: {clock}}) {
      await sleep(clock, deadlineMs + 1000)
      throw new Error('too late')
    }
  }
  const host = simHost({seed: 1})
  assert.deepEqual(statuses(await run([late], {host})), {late: 'unknown check-timed-out'})
  await host.clock.advance(5000)
})

const ranks = ['unknown', 'warning', 'critical'] as const

for (const [above, parent] of ranks.entries()) {
  for (const [below, child] of ranks.entries()) {
    const hidden = above >= below
    test(`a ${child} child of a ${parent} parent is ${hidden ? 'explained by it' : 'told for itself'}`, async () => {
      const checked = await run([says('parent', parent), says('child', child, ['other', 'parent'])])
      const expected = hidden ? 'skipped skipped-because' : `${child} not-configured`
      assert.deepEqual(statuses(checked), {parent: `${parent} not-configured`, child: expected})
      if (hidden) assert.deepEqual(checked[1]?.result.finding.values, {parent: 'parent'})
    })
  }
}

test('a good child stays good under any parent, and no child is explained by a good, skipped or absent one', async () => {
  for (const parent of [...ranks, 'ok'] as const) {
    const checked = await run([says('parent', parent), says('child', 'ok', ['parent'])])
    assert.equal(checked[1]?.result.status, 'ok')
  }
  for (const child of ranks) {
    const absent = await run([says('child', child, ['parent'])])
    assert.equal(absent[0]?.result.status, child)
    const under = [says('parent', 'critical'), says('child', child, ['parent'])]
    const instead = skipped(finding('skipped-by-config', {reason: 'known', until: null}))
    const excused = await run(under, {excused: (id) => (id === 'parent' ? instead : undefined)})
    assert.deepEqual(statuses(excused), {parent: 'skipped skipped-by-config', child: `${child} not-configured`})
    const good = await run([says('parent', 'ok'), says('child', child, ['parent'])])
    assert.equal(good[1]?.result.status, child)
  }
})

test('an explained child keeps what it has to remember', async () => {
  const checked = await run([says('parent', 'critical'), says('child', 'warning', ['parent'])])
  assert.deepEqual(checked[1]?.remember, {seen: 'warning'})
})

test('the explanation of one child does not cascade: each is put down to the parent it names', async () => {
  const list = [says('a', 'critical'), says('b', 'critical', ['a']), says('c', 'critical', ['b'])]
  const values = (await run(list)).map(({result}) => result.finding.values)
  assert.deepEqual(values, [{setting: 'x'}, {parent: 'a'}, {parent: 'b'}])
})

test('an excused check is not run, and is shown with its reason', async () => {
  const never: Check = {
    id: 'never',
    read() {
      throw new Error('was run')
    }
  }
  const instead = skipped(finding('skipped-by-config', {reason: 'being moved', until: '2026-12-01'}))
  const checked = await run([never], {excused: () => instead})
  assert.deepEqual(checked[0]?.result.finding, instead.finding)
  assert.equal(checked[0].remember, undefined)
})

test('whoever stops the run hears at once of all that was not seen to its end', async () => {
  const host = simHost({seed: 1})
  const stop = new AbortController()
  host.clock.after(700, () => {
    stop.abort('SIGINT')
  })
  const hangs: Check = {id: 'hangs', read: () => new Promise(() => undefined)}
  const checked = await run([hangs, says('quick', 'warning')], {host, stop: stop.signal})
  assert.deepEqual(statuses(checked), {hangs: 'unknown check-interrupted', quick: 'warning not-configured'})
  assert.equal(checked[0]?.result.durationMs, 700)
  assert.equal(host.clock.waiting, 0)
})

test('a run that is stopped before it begins judges nothing that takes time', async () => {
  const hangs: Check = {id: 'hangs', read: () => new Promise(() => undefined)}
  const checked = await run([hangs], {stop: AbortSignal.abort('SIGTERM')})
  assert.deepEqual(statuses(checked), {hangs: 'unknown check-interrupted'})
})

test('ids are unique, and every parent is a check that is shown before its child', () => {
  const ids = checks.map(({id}) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const [at, {id, parents}] of checks.entries()) {
    for (const parent of parents ?? []) assert.ok(ids.slice(0, at).includes(parent), `${id} has ${parent}`)
  }
})

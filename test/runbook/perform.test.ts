import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Progress} from '../../src/host/progress.ts'
import {exited} from '../sim/processes.ts'
import {down, up} from '../sim/services.ts'
import {codesOf, exitOf, outcomes, program, stageWith, state, steps, unit} from './stage.ts'
import type {Stage, StageOptions} from './stage.ts'

/** A stage with this one runbook. */
function staged(text: string, head = '', options: StageOptions = {}): Stage {
  return stageWith({...options, runbooks: {demo: steps(text, head)}})
}

const flag = 'inputs: {flag: {type: flag, default: false, about: x}}'

test('perform: steps are done one after another, and each is told as it begins and ends', async () => {
  const told: string[] = []
  const progress: Progress = {
    begin: (task, hint) => told.push(`${hint?.position ?? ''} ${task} begins`),
    finish: (task, outcome) => told.push(`${task} ${outcome}`),
    close: () => Promise.resolve(void told.push('closed'))
  }
  const text = `- {id: two, use: wait, with: {for: 1s}, needs: [one]}
- {id: one, use: wait, with: {for: 2s}}`
  const stage = staged(text, '', {progress})
  const report = await stage.run('demo')
  assert.deepEqual(told, ['1/2 one begins', 'one done', '2/2 two begins', 'two done', 'closed'])
  assert.deepEqual(
    report.plan?.map(({id, outcome}) => [id, outcome?.status, outcome?.durationMs]),
    [
      ['one', 'done', 2000],
      ['two', 'done', 1000]
    ]
  )
  assert.deepEqual([report.status, report.changed], ['done', []])
})

test('perform: what needs a step that was not done is skipped, and so is what needs that', async () => {
  const stage = staged(
    `- {id: fails, run: [fail], on_failure: continue}
- {id: needy, run: [announce], needs: [fails]}
- {id: needier, run: [announce], needs: [needy]}
- {id: free, run: [look]}
- {id: served, run: [withdraw], needs: [free]}`
  )
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {
    fails: 'failed',
    needy: 'skipped',
    needier: 'skipped',
    free: 'done',
    served: 'done'
  })
  assert.deepEqual(report.plan?.[1]?.outcome?.said?.values, {needed: 'fails'})
  assert.deepEqual([stage.ran('announce'), stage.ran('withdraw')], [0, 1])
})

test('perform: a step that found nothing to do serves those that need it', async () => {
  const stage = staged(`- {id: up, use: service.start, with: {unit: ${unit}}}
- {id: then, run: [announce], needs: [up]}`)
  assert.deepEqual(outcomes(await stage.run('demo')), {up: 'nothing', then: 'done'})
})

test('perform: a condition decides before the run, or when the step before it has spoken', async () => {
  const stage = staged(
    `- {id: no, run: [announce], when: '\${inputs.flag}'}
- {id: look, run: [look], with: {changes: false, expect: [0, 3]}}
- {id: bad, run: [fail], when: '\${steps.look.code} == 3'}
- {id: good, run: [withdraw], when: '\${steps.look.code} == 0'}`,
    flag
  )
  assert.deepEqual(outcomes(await stage.run('demo')), {no: 'skipped', look: 'done', bad: 'skipped', good: 'done'})
  assert.deepEqual(outcomes(await stage.run('demo', {inputs: ['flag=true']})).no, 'done')
  stage.host.processes.script([program('look')], exited(3))
  assert.deepEqual(outcomes(await stage.run('demo')), {no: 'skipped', look: 'done', bad: 'failed', good: 'not-reached'})
})

test('perform: a condition on a step that failed goes by what it gave; on one that was skipped it does not hold', async () => {
  const stage = staged(
    `- {id: fails, run: [fail], on_failure: continue}
- {id: mend, run: [announce], when: '\${steps.fails.code} != 0'}
- {id: skipped, run: [look], when: '\${inputs.flag}'}
- {id: never, run: [look], when: '\${steps.skipped.code} == 0'}`,
    flag
  )
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {fails: 'failed', mend: 'done', skipped: 'skipped', never: 'skipped'})
  assert.deepEqual(codesOf(report.errors), ['step-program-failed'])
})

test('perform: a failure stops the run, and what was done before it stands', async () => {
  const stage = staged(`- {id: one, use: file.write, with: {path: /srv/conf/a, content: x}}
- {id: fails, run: [fail], with: {changes: false}}
- {id: never, run: [announce]}`)
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {one: 'done', fails: 'failed', never: 'not-reached'})
  assert.deepEqual([report.status, exitOf(report), report.changed], ['partial', 3, ['/srv/conf/a']])
  assert.equal(stage.disk.text('/srv/conf/a'), 'x')
})

test('perform: a failure after which nothing was changed leaves the system as it was', async () => {
  const stage = staged(`- {id: fails, run: [fail], with: {changes: false}}
- {id: never, run: [announce]}`)
  const report = await stage.run('demo')
  assert.deepEqual([report.status, exitOf(report), codesOf(report.errors)], ['failed', 1, ['step-program-failed']])
})

test('perform: a failure that may be gone on after is told at the end', async () => {
  const stage = staged(
    `- {id: fails, run: [fail]}
- {id: then, run: [announce]}`,
    'on_failure: continue'
  )
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {fails: 'failed', then: 'done'})
  assert.deepEqual([report.status, exitOf(report), codesOf(report.errors)], ['partial', 3, ['step-program-failed']])
})

test('perform: all the time of the run is up: it ends with what it has, and says what it left', async () => {
  const text = `- {id: one, use: wait, with: {for: 20s}}
- {id: two, use: wait, with: {for: 20s}}
- {id: three, run: [announce]}`
  const stage = staged(text, 'timeout: 30s')
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {one: 'done', two: 'failed', three: 'not-reached'})
  assert.deepEqual(codesOf(report.errors), ['run-deadline', 'step-late'])
  assert.equal(exitOf(report), 124)
  assert.equal((await stage.runs())[0]?.status, 'deadline')
  const changed = staged(`- {id: tool, run: [announce]}\n${text}`, 'timeout: 30s')
  const late = await changed.run('demo')
  assert.deepEqual(codesOf(late.errors), ['run-out-of-time', 'run-deadline', 'step-late'])
  assert.equal(exitOf(late), 4)
})

test('perform: time that is up while a step ends well ends the run before the next one', async () => {
  const stage = staged(
    `- {id: one, run: [announce], with: {undo: [withdraw]}}
- {id: two, run: [look]}`,
    'timeout: 30s\non_failure: undo'
  )
  stage.host.processes.script([program('announce')], async () => {
    await new Promise<void>((resolve) => void stage.clock.after(31_000, resolve))
    return exited(0)
  })
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {one: 'undone', two: 'not-reached'})
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-deadline'], 124])
  assert.equal(stage.ran('withdraw'), 1)
})

test('perform: interrupted inside a step, it stops there, or puts back what was done', async () => {
  const text = `- {id: one, use: file.write, with: {path: /srv/conf/a, content: x}}
- {id: hang, run: [hang], with: {changes: false}}
- {id: never, run: [announce]}`
  for (const [policy, left, outcome] of [
    ['stop', 'x', 'done'],
    ['continue', 'x', 'done'],
    ['undo', undefined, 'undone']
  ] as const) {
    const stage = staged(text, `on_failure: ${policy}`)
    stage.host.processes.script([program('hang')], 'hangs')
    stage.clock.after(5000, () => {
      stage.stop.abort('SIGINT')
    })
    const report = await stage.run('demo')
    assert.deepEqual(outcomes(report), {one: outcome, hang: 'failed', never: 'not-reached'}, policy)
    assert.deepEqual(codesOf(report.errors), ['step-program-stopped'], policy)
    assert.equal(stage.disk.text('/srv/conf/a'), left, policy)
    const [run] = await stage.runs()
    assert.deepEqual([run?.status, run?.exitCode], ['interrupted', 130], policy)
  }
})

test('perform: interrupted between two steps, the next one decides what becomes of those before', async () => {
  for (const [policy, left] of [
    ['stop', 'x'],
    ['undo', undefined]
  ] as const) {
    const stage = staged(
      `- {id: one, use: file.write, with: {path: /srv/conf/a, content: x}}
- {id: next, run: [announce], on_failure: ${policy}}`
    )
    const {disk} = stage
    stage.seen = {
      disk: new Proxy(disk, {
        get(target, key) {
          const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
          return (...given: unknown[]) => {
            if (key === 'link') stage.stop.abort('SIGTERM')
            return Reflect.apply(member, target, given)
          }
        }
      })
    }
    const report = await stage.run('demo')
    assert.deepEqual(outcomes(report)['next'], 'not-reached', policy)
    assert.equal(disk.text('/srv/conf/a'), left, policy)
    const [run] = await stage.runs()
    assert.deepEqual([run?.status, run?.exitCode], ['interrupted', 143], policy)
  }
})

const ladder = `- {id: first, run: [announce]}
- {id: second, run: [withdraw]}
- {id: third, run: [look]}`

/** Until this program has run, the service is down. */
function mendedBy(stage: Stage, name: 'announce' | 'withdraw'): void {
  stage.host.services.put(unit, down())
  stage.host.processes.script([program(name)], () => {
    stage.host.services.put(unit, up())
    return exited(0)
  })
}

test('perform: at its goal already, nothing is done', async () => {
  const stage = staged(ladder, 'until: service.state')
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {first: 'skipped', second: 'skipped', third: 'skipped'})
  assert.equal(report.plan?.[0]?.outcome?.said?.code, 'step-goal-reached')
  assert.deepEqual([report.status, exitOf(report), report.changed], ['nothing', 0, []])
  assert.equal(stage.host.processes.runs.length, 0)
})

test('perform: a ladder ends at the first rung that reaches the goal', async () => {
  const stage = staged(ladder, 'until: service.state')
  mendedBy(stage, 'withdraw')
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {first: 'done', second: 'done', third: 'skipped'})
  assert.deepEqual([report.status, exitOf(report), report.errors], ['done', 0, []])
})

test('perform: a rung that fails leads to the next one, and the goal is what counts', async () => {
  const stage = staged(`- {id: zeroth, run: [fail]}\n${ladder}`, 'until: service.state')
  mendedBy(stage, 'announce')
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {zeroth: 'failed', first: 'done', second: 'skipped', third: 'skipped'})
  assert.deepEqual([report.status, exitOf(report), report.errors], ['done', 0, []])
  assert.equal(report.plan?.[0]?.outcome?.said?.code, 'step-program-failed')
})

test('perform: a goal that no rung reaches is told', async () => {
  const stage = staged(ladder, 'until: service.state')
  stage.host.services.put(unit, down())
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {first: 'done', second: 'done', third: 'done'})
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-goal-missed'], 3])
  assert.deepEqual(report.errors[0]?.values, {check: 'service.state'})
})

test('perform: a goal counts when it is seen as often as asked for, with the pauses between', async () => {
  const goal = 'until: {check: service.state, times: 3, every: 10s}'
  const stage = staged(ladder, goal)
  stage.clock.after(15_000, () => {
    stage.host.services.put(unit, down())
  })
  stage.host.processes.script([program('announce')], () => {
    stage.host.services.put(unit, up())
    return exited(0)
  })
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {first: 'done', second: 'skipped', third: 'skipped'})
  assert.ok(stage.clock.elapsed() >= 40_000)
})

test('perform: the look at the goal ends with the run', async () => {
  const stage = staged(ladder, 'until: {check: service.state, times: 2, every: 10m}\ntimeout: 30s')
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {first: 'not-reached', second: 'not-reached', third: 'not-reached'})
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-deadline'], 124])
})

test('perform: what is done and cannot be written down ends the run, whatever it says of failures', async () => {
  for (const policy of ['stop', 'continue'] as const) {
    const text = `- {id: one, run: [announce]}
- {id: look, run: [look], with: {changes: false}}`
    const stage = staged(text, `on_failure: ${policy}`)
    stage.host.processes.script([program('announce')], () => {
      stage.disk.forbid(`${state}/journal`)
      stage.disk.forbid(`${state}/journal/00000001.jsonl`)
      return exited(0)
    })
    const report = await stage.run('demo')
    assert.deepEqual(outcomes(report), {one: 'failed', look: 'not-reached'}, policy)
    assert.deepEqual(codesOf(report.errors), ['journal-unwritable', 'journal-unwritable'], policy)
    assert.equal(exitOf(report), 3, policy)
  }
})

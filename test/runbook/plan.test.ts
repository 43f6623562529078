import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {hashOf, isEmpty, isFoundAgain, itemOf, plan, stillHolds, type Plan} from '../../src/runbook/plan.ts'
import type {Json} from '../../src/runbook/step.ts'
import {down} from '../sim/services.ts'
import {actions, codesOf, exitOf, logs, stageWith, steps, unit} from './stage.ts'
import type {StageOptions} from './stage.ts'

async function planOf(text: string, head = '', options: StageOptions = {}): Promise<Plan> {
  const stage = stageWith({...options, runbooks: {demo: steps(text, head), ...options.runbooks}})
  return (await stage.plan('demo')).plan
}

function actionsOf({steps: planned}: Plan): Readonly<Record<string, string>> {
  return Object.fromEntries(planned.map(({draft, outlook}) => [draft.id, outlook.action]))
}

const write = '- {id: write, use: file.write, with: {path: /srv/conf/a, content: text}}'

test('plan: a step changes, only looks, finds nothing to do, is skipped, or is unknown until others are applied', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(
        `${write}
- {id: same, use: file.write, with: {path: /srv/conf/same, content: same}}
- {id: look, run: [look], with: {changes: false}}
- {id: skip, use: file.write, with: {path: '\${inputs.none}', content: x}, when: '\${inputs.flag}'}
- {id: value, use: file.write, with: {path: /srv/conf/b, content: '\${steps.look.stdout}'}}
- {id: late, use: wait, with: {for: 1s}, when: '\${steps.look.code} == 0'}`,
        'inputs: {flag: {type: flag, default: false, about: x}, none: {type: text, default: "", about: x}}'
      )
    }
  })
  stage.disk.put('/srv/conf/same', 'same')
  const report = await stage.run('demo', {dryRun: true})
  assert.deepEqual(actions(report), {
    write: 'change',
    same: 'nothing',
    look: 'look',
    skip: 'skip',
    value: 'unknown',
    late: 'unknown'
  })
  const said = Object.fromEntries((report.plan ?? []).map(({id, said: {code, values}}) => [id, {code, ...values}]))
  assert.deepEqual(said['value'], {code: 'step-unknown', reason: 'value'})
  assert.deepEqual(said['skip'], {code: 'step-skipped-when'})
  const unknown = report.plan?.find(({id}) => id === 'value')
  assert.deepEqual([unknown?.before, unknown?.after, unknown?.reversible], [null, null, false])
  assert.equal(report.plan?.find(({id}) => id === 'write')?.reversible, true)
})

test('plan: all that is refused is named, before anything is done', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(
        `${write}
- {id: folder, use: file.write, with: {path: /srv/conf, content: text}}
- {id: gone, use: file.move, with: {from: /srv/conf/gone, to: /srv/conf/there}}
- {id: value, use: file.write, with: {path: '\${inputs.path}', content: text}}
- {id: service, use: service.start, with: {unit: other}}`,
        'inputs: {path: {type: text, about: x}}'
      )
    }
  })
  const report = await stage.run('demo', {inputs: ['path=relative']})
  assert.deepEqual(codesOf(report.errors), ['target-refused', 'target-refused', 'step-bad-value', 'unit-absent'])
  assert.deepEqual(report.errors[2]?.values, {
    step: 'value',
    key: 'with.path',
    value: '"relative"',
    expected: 'plain-path'
  })
  assert.equal(report.status, 'refused')
  assert.equal(exitOf(report), 5)
  assert.deepEqual(await stage.runs(), [])
  assert.equal(stage.disk.text('/srv/conf/a'), undefined)
})

test('plan: what looks impossible behind a program is unknown until it has run, and what is bad stays so', async () => {
  const text = `- {id: prepare, run: [announce]}
- {id: start, use: service.start, with: {unit: other}}
- {id: bad, use: file.write, with: {path: '\${inputs.path}', content: text}}`
  const head = 'inputs: {path: {type: text, default: relative, about: x}}'
  const behind = await planOf(text.split('\n').slice(0, 2).join('\n'))
  assert.deepEqual(actionsOf(behind), {prepare: 'change', start: 'unknown'})
  assert.deepEqual(behind.steps[1]?.outlook, {action: 'unknown', target: 'other.service', reason: 'world'})
  assert.deepEqual(behind.refusals, [])
  assert.deepEqual(codesOf((await planOf(text, head)).refusals), ['step-bad-value'])
  const created = await planOf(
    `- {id: prepare, run: [announce], with: {creates: /srv/conf/made}}
- {id: move, use: file.move, with: {from: /srv/conf/made, to: /srv/conf/there}}`
  )
  assert.deepEqual(actionsOf(created), {prepare: 'change', move: 'unknown'})
  const calm = await planOf(
    `- {id: look, run: [look], with: {changes: false}}
- {id: start, use: service.start, with: {unit: other}}`
  )
  assert.deepEqual(codesOf(calm.refusals), ['unit-absent'])
})

test('plan: a step that cannot be planned hides what comes behind it as a program does', async () => {
  const hidden = await planOf(
    `- {id: look, run: [look], with: {changes: false}}
- {id: value, use: file.write, with: {path: '/srv/conf/\${steps.look.code}', content: text}}
- {id: start, use: service.start, with: {unit: other}}`
  )
  assert.deepEqual(actionsOf(hidden), {look: 'look', value: 'unknown', start: 'unknown'})
})

test('plan: later steps find the world as the earlier ones leave it', async () => {
  const planned = await planOf(
    `${write}
- {id: move, use: file.move, with: {from: /srv/conf/a, to: /srv/conf/b}}
- {id: again, use: file.write, with: {path: /srv/conf/b, content: text}}
- {id: back, use: file.write, with: {path: /srv/conf/a, content: text}}
- {id: stop, use: service.stop, with: {unit: ${unit}}}
- {id: start, use: service.start, with: {unit: ${unit}}}
- {id: stopped, use: service.start, with: {unit: ${unit}}}`
  )
  assert.deepEqual(planned.refusals, [])
  assert.deepEqual(actionsOf(planned), {
    write: 'change',
    move: 'change',
    again: 'nothing',
    back: 'change',
    stop: 'change',
    start: 'change',
    stopped: 'nothing'
  })
})

test('plan: who is not root is told which steps need it, and nothing is begun', async () => {
  const text = `${write}
- {id: stop, use: service.stop, with: {unit: ${unit}}}
- {id: look, run: [look], with: {changes: false}}
- {id: tool, run: [announce], with: {root: true}}`
  const stage = stageWith({runbooks: {demo: steps(text)}, machine: {uid: 1000, user: 'kim'}})
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['run-needs-root'])
  assert.deepEqual(report.errors[0]?.values, {steps: 'stop, tool'})
  assert.equal(exitOf(report), 5)
  const preview = await stage.run('demo', {dryRun: true})
  assert.deepEqual(actions(preview), {write: 'change', stop: 'change', look: 'look', tool: 'change'})
  const root = await planOf(text)
  assert.deepEqual(root.refusals, [])
})

test('plan: the same intent in the same world is the same plan, and nothing is touched for it', async () => {
  const stage = stageWith({runbooks: {demo: steps(`${write}\n- {id: tool, run: [announce, a]}`)}})
  const {intent, facts, at, plan: first} = await stage.plan('demo')
  const {operations} = stage.disk
  stage.disk.touched.clear()
  assert.deepEqual(plan(intent, facts, at), first)
  assert.deepEqual([stage.disk.operations, [...stage.disk.touched]], [operations, []])
  const {plan: later} = await stage.plan('demo')
  assert.equal(later.hash, first.hash)
})

test('plan: the hash tells apart all that decides what is done', async () => {
  const usual = {text: write, head: 'locks: [logs]', options: {}}
  const hashed = async (given: Partial<{text: string; head: string; options: StageOptions}>): Promise<string> => {
    const {text, head, options} = {...usual, ...given}
    return (await planOf(text, head, options)).hash
  }
  const first = await hashed({})
  assert.equal(await hashed({text: write.replace('}}', "}, about: 'in other words'}")}), first)
  const others: readonly Partial<{text: string; head: string; options: StageOptions}>[] = [
    {text: write.replace('text', 'other')},
    {text: write.replace('id: write', 'id: other')},
    {text: write.replace('}}', '}, timeout: 1m}')},
    {text: write.replace('}}', '}, retry: {times: 2}}')},
    {text: write.replace('}}', '}, on_failure: continue}')},
    {text: `${write}\n- {id: two, use: wait, with: {for: 1s}}`},
    {text: `${write}\n- {id: two, use: wait, with: {for: 1s}, needs: [write]}`},
    {text: `${write}\n- {id: two, use: wait, with: {for: 1s}, when: "$\{config.service.unit} == x"}`},
    {head: 'locks: [data]'},
    {head: 'locks: [logs]\ntimeout: 1m'},
    {head: 'locks: [logs]\nuntil: service.state'},
    {head: 'locks: [logs]\non_failure: undo'}
  ]
  const hashes = await Promise.all(others.map(hashed))
  assert.equal(new Set([first, ...hashes]).size, others.length + 1)
})

test('plan: the hash tells apart two worlds in which different things are done', async () => {
  const stage = stageWith({runbooks: {demo: steps(write)}})
  const {plan: fresh} = await stage.plan('demo')
  stage.disk.put('/srv/conf/a', 'something else')
  const {plan: over} = await stage.plan('demo')
  stage.disk.put('/srv/conf/a', 'text')
  const {plan: same} = await stage.plan('demo')
  assert.equal(new Set([fresh.hash, over.hash, same.hash]).size, 3)
  assert.equal(hashOf(fresh), fresh.hash)
  assert.notEqual(hashOf({...fresh, runbook: 'other'}), fresh.hash)
})

test('plan: it is empty when nothing is left to be done or looked at', async () => {
  const head = 'inputs: {flag: {type: flag, default: false, about: x}}'
  const skip = "- {id: skip, run: [announce], when: '${inputs.flag}'}"
  const up = `- {id: up, use: service.start, with: {unit: ${unit}}}`
  assert.equal(isEmpty(await planOf(`${up}\n${skip}`, head)), true)
  assert.equal(isEmpty(await planOf(`${up}\n- {id: wait, use: wait, with: {for: 1s}}`)), false)
  assert.equal(isEmpty(await planOf(write)), false)
})

test('plan: what the world itself tells of, and can be put back, needs no line that survives power loss', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(`${write}
- {id: tool, run: [announce], with: {undo: [withdraw]}}
- {id: made, run: [announce], with: {undo: [withdraw], creates: /srv/conf/made}}
- {id: start, use: service.start, with: {unit: ${unit}}}
- {id: look, run: [look], with: {changes: false}}`)
    }
  })
  stage.host.services.put(unit, down())
  const {plan: planned} = await stage.plan('demo')
  assert.deepEqual(
    planned.steps.map((step) => [step.draft.id, isFoundAgain(step.outlook)]),
    [
      ['write', true],
      ['tool', false],
      ['made', false],
      ['start', false],
      ['look', false]
    ]
  )
})

test('plan: a step is printed with what it needs and what it risks', async () => {
  const {steps: planned} = await planOf(
    `- {id: tool, run: [announce, now], with: {risk: high}}
- {id: move, use: file.write, with: {path: ${logs}/a, content: text}, timeout: 5s}`
  )
  const [tool, file] = planned.map(itemOf)
  assert.deepEqual([tool?.kind, tool?.target, tool?.risk, tool?.reversible], ['run', 'announce now', 'high', false])
  assert.deepEqual(tool?.needs, {root: false, programs: ['announce'], spaceBytes: 0})
  assert.deepEqual([file?.timeoutMs, file?.needs.spaceBytes], [5000, 4])
})

test('plan: what was planned on still holds where it is the same, or was unknown', () => {
  const cases: readonly [Json, Json, boolean][] = [
    [null, {anything: 1}, true],
    ['a', 'a', true],
    ['a', 'b', false],
    [1, '1', false],
    [{a: null}, {a: 5}, true],
    [{a: 1}, {a: 1, b: 2}, true],
    [{a: 1}, {b: 1}, false],
    [{a: 1}, null, false],
    [{a: 1}, [1], false],
    [{a: 1}, 'a', false],
    [[1], {0: 1}, false],
    [[1, null], [1, 2], true],
    [[1], [1, 2], false],
    [[1, 2], [1], false],
    [[2, 1], [1, 2], false]
  ]
  for (const [planned, found, holds] of cases) {
    assert.equal(stillHolds(planned, found), holds, JSON.stringify([planned, found]))
  }
})

test('plan: of lists, a step that was begun may have done away with some, but nothing may have come to them', () => {
  const planned = {
    due: [
      {path: 'a', size: 1},
      {path: 'b', size: 2}
    ],
    folder: 'x'
  }
  const found = (...due: Json[]): Json => ({due, folder: 'x'})
  assert.equal(stillHolds(planned, found({path: 'b', size: 2}), true), true)
  assert.equal(stillHolds(planned, found(), true), true)
  assert.equal(stillHolds(planned, found({path: 'b', size: 2})), false)
  assert.equal(stillHolds(planned, found({path: 'b', size: 3}), true), false)
  assert.equal(stillHolds(planned, found({path: 'c', size: 1}), true), false)
  assert.equal(stillHolds(planned, {due: [], folder: 'y'}, true), false)
})

test('plan: whatever is so, still holds, as it was and after the journal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as Json
      assert.equal(stillHolds(json, json), true)
      assert.equal(stillHolds(json, json, true), true)
    })
  )
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {kinds} from '../../src/runbook/kinds.ts'
import type {Plan} from '../../src/runbook/plan.ts'
import {loadPlan, pruneRuns, runFolder, savePlan} from '../../src/runbook/record.ts'
import {stageWith, state, steps, unit} from './stage.ts'
import type {Stage} from './stage.ts'

const folder = runFolder(state, 'run')
const path = `${folder}/plan.json`

async function saved(): Promise<{readonly stage: Stage; readonly plan: Plan}> {
  const stage = stageWith({
    runbooks: {
      demo: steps(
        `- {id: file, use: file.write, with: {path: /srv/conf/a, content: "text\\u001b"}, retry: {times: 1}}
- {id: tool, run: [announce], with: {undo: [withdraw], risk: high, repeatable: true}, needs: [file]}
- {id: up, use: service.start, with: {unit: ${unit}}}
- {id: late, use: wait, with: {for: 1s}, when: '\${steps.tool.code} == 0'}
- {id: never, run: [look], when: '\${inputs.flag}'}`,
        `inputs: {flag: {type: flag, default: false, about: x}}
locks: [logs]
until: {check: service.state, times: 2}`
      )
    }
  })
  const {plan} = await stage.plan('demo')
  await savePlan(stage.host, folder, {startedMs: 5, plan})
  return {stage, plan}
}

async function reasonOf(stage: Stage, hash: string): Promise<unknown> {
  try {
    await loadPlan(stage.disk, folder, {hash, kinds})
  } catch (error) {
    if (error instanceof Fault) return error.code === 'run-plan-lost' ? error.values : error.code
    throw error
  }
  return 'loaded'
}

/** The file as a text that was changed by hand. */
function edited(stage: Stage, edit: (text: string) => string): void {
  const before = stage.disk.text(path) ?? ''
  const after = edit(before)
  assert.notEqual(after, before)
  stage.disk.put(path, after)
}

test('record: a plan comes back as it was agreed to, but for what only planning needs', async () => {
  const {stage, plan} = await saved()
  const loaded = await loadPlan(stage.disk, folder, {hash: plan.hash, kinds})
  assert.equal(loaded.startedMs, 5)
  const stripped = plan.steps.map(({draft, outlook}) => {
    const kept = Object.entries(outlook).filter(([key]) => key !== 'texts')
    return {draft, outlook: {...Object.fromEntries(kept), effects: []}}
  })
  assert.deepEqual(loaded.plan, {...plan, steps: stripped})
  assert.deepEqual(
    loaded.plan.steps.map(({draft}) => draft.kind),
    plan.steps.map(({draft}) => draft.kind)
  )
})

test('record: nobody else can read what a run intends', async () => {
  const {stage} = await saved()
  assert.deepEqual([stage.disk.look(path).mode, stage.disk.look(folder).mode], [0o600, 0o700])
})

test('record: a plan that was changed since is not acted by', async () => {
  for (const [from, to] of [
    ['/srv/conf/a', '/srv/conf/b'],
    ['"announce"', '"withdraw"'],
    ['"onFailure":"continue"', '"onFailure":"undo"'],
    ['"isReversible":true', '"isReversible":false'],
    ['"isRepeatable":true', '"isRepeatable":false'],
    ['"needs":["file"]', '"needs":[]'],
    ['"folder":"/srv/runbooks"', '"folder":"/tmp"'],
    ['"resource":"logs"', '"resource":"data"'],
    ['"times":2', '"times":1']
  ] as const) {
    const {stage, plan} = await saved()
    edited(stage, (text) => text.replace(from, to))
    assert.deepEqual(await reasonOf(stage, plan.hash), {path, reason: 'hash'}, from)
  }
})

test('record: a plan that is gone, torn, or of another version is told as lost, and why', async () => {
  const {stage, plan} = await saved()
  edited(stage, (text) => text.slice(0, 100))
  assert.match(JSON.stringify(await reasonOf(stage, plan.hash)), /JSON/)
  edited(stage, () => '{"format":2}')
  assert.deepEqual(await reasonOf(stage, plan.hash), {path, reason: 'format 2'})
  edited(stage, () => 'null')
  assert.match(JSON.stringify(await reasonOf(stage, plan.hash)), /null/)
  await stage.disk.remove(path)
  assert.deepEqual(await reasonOf(stage, plan.hash), {path, reason: 'ENOENT'})
  const {stage: other, plan: same} = await saved()
  edited(other, (text) => text.replace('"kind":"run"', '"kind":"fly"'))
  assert.deepEqual(await reasonOf(other, same.hash), {path, reason: 'step kind fly'})
  other.disk.put(path, ' '.repeat((16 << 20) + 1))
  assert.equal(await reasonOf(other, same.hash), 'file-unreadable')
})

test('record: a plan that would be too big to be read again is not begun with', async () => {
  const {stage, plan} = await saved()
  const [step] = plan.steps
  assert.ok(step !== undefined)
  const huge = {...step, draft: {...step.draft, inputs: 'x'.repeat(17 << 20)}}
  await assert.rejects(savePlan(stage.host, folder, {startedMs: 0, plan: {...plan, steps: [huge]}}), {
    code: 'file-unwritable'
  })
})

test('record: of the folders of runs, the newest thousand are kept', async () => {
  const stage = stageWith()
  for (let run = 0; run < 1003; run += 1) {
    const name = `2026${String(run).padStart(4, '0')}`
    stage.disk.put(`${state}/runs/${name}/plan.json`, '{}')
    stage.disk.put(`${state}/runs/${name}/1.txt`, 'printed')
  }
  await pruneRuns(stage.disk, state)
  const left = (await stage.disk.list(`${state}/runs`)).toSorted()
  assert.deepEqual([left.length, left[0], left.at(-1)], [1000, '20260003', '20261002'])
  await pruneRuns(stage.disk, '/srv/none')
})

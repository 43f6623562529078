import assert from 'node:assert/strict'
import {test} from 'node:test'
import {actions, codesOf, exitOf, logs, stageWith, steps, unit} from './stage.ts'
import type {Stage, StageOptions} from './stage.ts'

function staged(text: string, options: StageOptions = {}): Stage {
  return stageWith({...options, runbooks: {demo: steps(text)}})
}

const file = '- {id: file, use: file.write, with: {path: /srv/conf/a, content: "new\\ntext\\n"}}'
const up = `- {id: up, use: service.start, with: {unit: ${unit}}}`
const look = '- {id: look, run: [look], with: {changes: false}}'

test('report: a preview is the plan and nothing but the plan', async () => {
  const report = await staged(`${file}\n${up}`).run('demo', {dryRun: true})
  assert.deepEqual(
    [report.command, report.title, report.status, report.isDryRun, report.changed, report.runId],
    ['runbook run', 'runbook run demo', 'planned', true, [], undefined]
  )
  assert.ok(report.plan?.every(({outcome, diff}) => outcome === undefined && diff === undefined))
  assert.equal(exitOf(report), 0)
})

test('report: a preview tells all that speaks against the run', async () => {
  const report = await staged('- {id: gone, use: service.start, with: {unit: other}}').run('demo', {dryRun: true})
  assert.deepEqual([report.status, codesOf(report.errors), exitOf(report)], ['refused', ['unit-absent'], 10])
})

test('report: a preview with a diff has the changed lines of texts, and of nothing else', async () => {
  const stage = staged(`${file}
- {id: binary, use: file.write, with: {path: /srv/conf/b, content: x}}
- {id: tool, run: [announce]}`)
  stage.disk.put('/srv/conf/a', 'old\ntext\n')
  stage.disk.put('/srv/conf/b', Uint8Array.of(0xff, 0xfe, 0))
  const report = await stage.run('demo', {dryRun: true, diff: true})
  assert.deepEqual(
    report.plan?.map(({diff}) => diff),
    [['-old', '+new', ' text'], undefined, undefined]
  )
})

test('report: with a detailed exit code, changes that are pending are told by it, and what only looks is none', async () => {
  const code = async (text: string): Promise<number> => {
    return exitOf(await staged(text).run('demo', {dryRun: true, isDetailed: true}))
  }
  assert.equal(await code(`${file}\n${look}`), 2)
  assert.equal(
    await code(`${look}\n- {id: late, use: file.write, with: {path: /srv/conf/a, content: '\${steps.look.code}'}}`),
    2
  )
  assert.equal(await code(`${look}\n${up}`), 0)
  assert.equal(await code(up), 0)
  assert.equal(await code('- {id: gone, use: service.start, with: {unit: other}}'), 10)
})

test('report: nothing to do is told with why, step by step', async () => {
  const stage = staged(up)
  const report = await stage.run('demo')
  assert.deepEqual([report.status, exitOf(report), actions(report)], ['nothing', 0, {up: 'nothing'}])
  assert.equal(report.plan?.[0]?.said.code, 'step-service-up')
  const looked = await staged(`${up}\n${look}`).run('demo')
  assert.deepEqual([looked.status, looked.changed], ['done', []])
})

test('report: what was changed is told by its name, also where that was not known before', async () => {
  const stage = staged(`${look}
- {id: late, use: file.write, with: {path: '${logs}/\${steps.look.code}', content: x}}`)
  const report = await stage.run('demo')
  assert.deepEqual(report.changed, [`${logs}/0`])
  assert.deepEqual(
    report.plan?.map(({target}) => target),
    ['look', `${logs}/0`]
  )
})

test('report: an undo tells what it put back, a preview of it what it would', async () => {
  const stage = staged(`${file}\n- {id: tool, run: [announce], with: {undo: [withdraw]}}`)
  const {runId = ''} = await stage.run('demo')
  const preview = await stage.undo(runId, {dryRun: true})
  assert.deepEqual(
    [preview.command, preview.status, preview.plan?.map(({id}) => id), stage.ran('withdraw')],
    ['runs undo', 'planned', ['tool', 'file'], 0]
  )
  const report = await stage.undo(runId)
  assert.deepEqual([report.status, report.changed, exitOf(report)], ['done', ['/srv/conf/a', 'announce'], 0])
})

test('report: the preview of an undo that has nothing to put back says so', async () => {
  const stage = staged(look)
  const {runId = ''} = await stage.run('demo')
  assert.deepEqual((await stage.undo(runId, {dryRun: true})).status, 'nothing')
  const report = await stage.undo(runId)
  assert.deepEqual([report.status, report.changed, exitOf(report)], ['nothing', [], 0])
})

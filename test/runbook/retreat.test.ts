import assert from 'node:assert/strict'
import {test} from 'node:test'
import {exited} from '../sim/processes.ts'
import {codesOf, exitOf, outcomes, program, stageWith, state, steps} from './stage.ts'
import type {Stage} from './stage.ts'

function staged(text: string): Stage {
  return stageWith({runbooks: {demo: steps(text, 'on_failure: undo')}})
}

const file = '- {id: file, use: file.write, with: {path: /srv/conf/a, content: x}}'
const tool = '- {id: tool, run: [announce, x], with: {undo: [withdraw, x]}}'
const fails = '- {id: fails, run: [fail], with: {changes: false}}'

test('retreat: what was done is put back, the last first, and the system is as it was', async () => {
  const stage = staged(`${file}
${tool}
- {id: move, use: file.move, with: {from: /srv/conf/here, to: /srv/data/there}}
${fails}
- {id: never, run: [look]}`)
  stage.disk.put('/srv/conf/here', 'moved')
  const order: string[] = []
  stage.host.processes.script([program('withdraw')], () => {
    order.push(stage.disk.text('/srv/conf/here') ?? 'still away', stage.disk.text('/srv/conf/a') ?? 'gone')
    return exited(0)
  })
  const report = await stage.run('demo')
  assert.deepEqual(order, ['moved', 'x'])
  assert.deepEqual(outcomes(report), {
    file: 'undone',
    tool: 'undone',
    move: 'undone',
    fails: 'failed',
    never: 'not-reached'
  })
  assert.deepEqual([report.status, exitOf(report), report.changed], ['failed', 1, []])
  assert.deepEqual([stage.disk.text('/srv/conf/a'), stage.disk.text('/srv/conf/here')], [undefined, 'moved'])
  const record = await stage.record(report.runId ?? '')
  assert.equal(record?.status, 'undone')
  assert.deepEqual(
    record.steps.map(({step, status}) => [step, status]),
    [
      ['file', 'undone'],
      ['tool', 'undone'],
      ['move', 'undone'],
      ['fails', 'failed']
    ]
  )
})

test('retreat: the step that failed is put back, too, as far as it came', async () => {
  const stage = staged(`${file}\n- {id: half, run: [fail], with: {undo: [withdraw]}}`)
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {file: 'undone', half: 'undone'})
  assert.equal(stage.ran('withdraw'), 1)
})

test('retreat: what has no undo is left, named, and a person is needed; all else is put back', async () => {
  const stage = staged(`${file}
- {id: final, run: [announce]}
${tool}
${fails}`)
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {file: 'undone', final: 'done', tool: 'undone', fails: 'failed'})
  assert.deepEqual(codesOf(report.errors), ['run-stuck', 'step-program-failed'])
  assert.deepEqual(report.errors[0]?.values, {steps: 'final'})
  assert.equal(exitOf(report), 4)
  assert.equal((await stage.runs())[0]?.status, 'stuck')
})

test('retreat: where an undo fails, what lies below it is left alone', async () => {
  const stage = staged(`${file}
- {id: broken, run: [announce], with: {undo: [fail]}}
${tool}
${fails}`)
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {file: 'done', broken: 'stuck', tool: 'undone', fails: 'failed'})
  assert.deepEqual(codesOf(report.errors), ['run-stuck', 'step-program-failed', 'step-program-failed'])
  assert.deepEqual(report.errors[0]?.values, {steps: 'broken, file'})
  assert.deepEqual([exitOf(report), report.changed], [4, ['/srv/conf/a', 'announce']])
  assert.equal(stage.disk.text('/srv/conf/a'), 'x')
})

test('retreat: an undo that never comes back is given up after a while', async () => {
  const stage = staged(`- {id: slow, run: [announce], with: {undo: [hang]}, timeout: 5s}\n${fails}`)
  stage.host.processes.script([program('hang')], () => new Promise(() => undefined))
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['run-stuck', 'step-hangs', 'step-program-failed'])
  assert.deepEqual(report.errors[1]?.values, {step: 'slow', afterMs: 60_000})
})

test('retreat: an undo is not broken off by whoever stopped the run', async () => {
  const stage = staged(
    `- {id: slow, run: [announce], with: {undo: [withdraw]}}\n- {id: hang, run: [hang], with: {changes: false}}`
  )
  stage.host.processes.script([program('hang')], 'hangs')
  stage.host.processes.script([program('withdraw')], ({options}) => {
    assert.equal(options.signal?.aborted, false)
    return exited(0)
  })
  stage.clock.after(5000, () => {
    stage.stop.abort('SIGINT')
  })
  assert.deepEqual(outcomes(await stage.run('demo')), {slow: 'undone', hang: 'failed'})
})

test('retreat: a mistake of ours in an undo is told as such', async () => {
  const stage = staged(`${tool}\n${fails}`)
  stage.host.processes.script([program('withdraw')], () => Promise.reject(new TypeError('a bug')))
  const report = await stage.run('demo')
  assert.deepEqual(report.errors[1]?.values, {step: 'tool', reason: 'a bug'})
  assert.equal(exitOf(report), 4)
})

test('retreat: what was planned only when it was done is put back with the values that it had', async () => {
  const stage = staged(`- {id: look, run: [look], with: {changes: false}}
- {id: late, use: file.write, with: {path: '/srv/conf/\${steps.look.code}', content: x}}
${fails}`)
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {look: 'done', late: 'undone', fails: 'failed'})
  assert.deepEqual([exitOf(report), stage.disk.text('/srv/conf/0')], [1, undefined])
})

test('retreat: what cannot be written down is put back all the same, and that it was not written is told', async () => {
  const stage = staged(`${file}\n${tool}\n${fails}`)
  stage.host.processes.script([program('withdraw')], () => {
    stage.disk.forbid(`${state}/journal/00000001.jsonl`)
    stage.disk.forbid(`${state}/journal`)
    return exited(0)
  })
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {file: 'undone', tool: 'undone', fails: 'failed'})
  assert.deepEqual(codesOf(report.errors), ['step-program-failed', 'journal-unwritable', 'journal-unwritable'])
  assert.deepEqual([exitOf(report), stage.disk.text('/srv/conf/a')], [1, undefined])
})

test('retreat: what was kept and is gone is told, each time, and never said to be put back', async () => {
  const stage = staged(`- {id: file, use: file.write, with: {path: /srv/conf/a, content: x, hold: 1d}}`)
  stage.disk.put('/srv/conf/a', 'before')
  const {runId = ''} = await stage.run('demo')
  for (const path of stage.disk.files().keys()) {
    if (path.includes('/.logcaster-held/')) await stage.disk.remove(path)
  }
  await stage.disk.remove('/srv/conf/a')
  stage.disk.put('/srv/conf/a', 'theirs')
  for (let round = 1; round <= 2; round += 1) {
    const report = await stage.undo(runId)
    assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-stuck', 'held-missing'], 4], `${round}`)
  }
  assert.equal(stage.disk.text('/srv/conf/a'), 'theirs')
})

test('retreat: behind a program that has acted, what was planned on says nothing of the file that was moved', async () => {
  const stage = staged(`${tool}
- {id: move, use: file.move, with: {from: /srv/conf/here, to: /srv/data/there}}
${fails}`)
  stage.disk.put('/srv/conf/here', 'as planned')
  stage.host.processes.script([program('announce')], async () => {
    await stage.disk.rename('/srv/conf/here', '/srv/conf/old')
    stage.disk.put('/srv/conf/here', 'by the program')
    return exited(0)
  })
  assert.deepEqual(outcomes(await stage.run('demo')), {tool: 'undone', move: 'undone', fails: 'failed'})
  assert.equal(stage.disk.text('/srv/conf/here'), 'by the program')
})

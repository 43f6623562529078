import assert from 'node:assert/strict'
import {test} from 'node:test'
import {exited} from '../sim/processes.ts'
import {down, up} from '../sim/services.ts'
import {codesOf, exitOf, outcomes, program, stageWith, state, steps, unit} from './stage.ts'
import type {Stage, StageOptions} from './stage.ts'

function staged(text: string, head = '', options: StageOptions = {}): Stage {
  return stageWith({...options, runbooks: {demo: steps(text, head)}})
}

const file = '- {id: file, use: file.write, with: {path: /srv/conf/a, content: x}}'
const wait = '- {id: wait, use: wait, with: {for: 5m}}'
const last = '- {id: last, use: file.write, with: {path: /srv/conf/b, content: y}}'

/** The next process, after this one was killed in the middle of its run. */
async function broken(stage: Stage, afterMs = 60_000): Promise<{readonly next: Stage; readonly run: string}> {
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(afterMs)
  stage.death.abort()
  const next = stage.next()
  const [run] = await next.runs()
  assert.equal(run?.status, 'crashed')
  return {next, run: run.runId}
}

/** Hangs the first time, as the process that waits for it is killed then. */
function hangingOnce(stage: Stage): void {
  stage.host.processes.script([program('announce')], () => {
    stage.count('announce')
    return new Promise(() => undefined)
  })
}

test('resume: what is done stays done, and what is not is done now', async () => {
  const {next, run} = await broken(staged(`${file}\n${wait}\n${last}`))
  const report = await next.resume(run)
  assert.deepEqual(outcomes(report), {file: 'done', wait: 'done', last: 'done'})
  assert.deepEqual(
    [report.command, report.status, report.runId, report.changed],
    ['runs resume', 'done', run, ['/srv/conf/a', '/srv/conf/b']]
  )
  // Of all runs, this one need not be told that it was broken off.
  assert.deepEqual(report.warnings, [])
  const record = await next.record(run)
  assert.deepEqual([record?.status, record?.continuedAs, record?.identity.pid], ['done', 'resume', 4243])
  const again = await next.resume(run)
  assert.deepEqual([codesOf(again.errors), exitOf(again)], [['run-not-open'], 5])
})

test('resume: it goes by the plan of that time, whatever the runbook says now', async () => {
  const stage = staged(`${file}\n${wait}\n${last}`)
  const {next, run} = await broken(stage)
  next.disk.put('/srv/runbooks/demo.yaml', steps('- {id: other, run: [announce]}'))
  assert.equal((await next.resume(run)).status, 'done')
  assert.equal(next.disk.text('/srv/conf/b'), 'y')
  assert.equal(next.ran('announce'), 0)
})

test('resume: a plan that was tampered with is not acted by', async () => {
  const {next, run} = await broken(staged(`${file}\n${wait}\n${last}`))
  const path = `${state}/runs/${run}/plan.json`
  next.disk.put(path, (next.disk.text(path) ?? '').replace('"/srv/conf/b"', '"/etc/shadow"'))
  for (const report of [await next.resume(run), await next.undo(run)]) {
    assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-plan-lost'], 1])
  }
})

test('resume: a step that nobody can know of is asked about, and done once, as its operator says', async () => {
  for (const said of ['done', 'again'] as const) {
    const stage = staged(`${file}\n- {id: tool, run: [announce]}\n${last}`)
    hangingOnce(stage)
    const {next, run} = await broken(stage)
    const asked = await next.resume(run)
    assert.deepEqual([codesOf(asked.errors), exitOf(asked), asked.status], [['step-uncertain'], 5, 'refused'])
    assert.deepEqual(asked.errors[0]?.values, {step: 'tool', run})
    assert.equal((await next.record(run))?.status, 'crashed')
    assert.equal(next.ran('announce'), 1)
    const report = await next.resume(run, {[said]: ['tool']})
    assert.deepEqual(outcomes(report), {file: 'done', tool: 'done', last: 'done'})
    assert.equal(next.ran('announce'), said === 'done' ? 1 : 2)
    assert.deepEqual(report.changed, ['/srv/conf/a', 'announce', '/srv/conf/b'])
  }
})

test('resume: what the operator said is remembered when the run is broken off again', async () => {
  const stage = staged(`- {id: tool, run: [announce]}\n${wait}\n${last}`)
  hangingOnce(stage)
  const {next, run} = await broken(stage)
  void next.resume(run, {done: ['tool']}).catch(() => undefined)
  await next.clock.advance(60_000)
  next.death.abort()
  const third = next.next()
  assert.equal((await third.record(run))?.status, 'crashed')
  assert.equal((await third.resume(run)).status, 'done')
  assert.equal(third.ran('announce'), 1)
})

test('resume: a program that may be repeated is repeated without asking', async () => {
  const stage = staged(`- {id: tool, run: [announce], with: {repeatable: true}}\n${last}`)
  hangingOnce(stage)
  const {next, run} = await broken(stage)
  assert.equal((await next.resume(run)).status, 'done')
  assert.equal(next.ran('announce'), 2)
})

test('resume: a program whose work can be seen is looked for', async () => {
  const stage = staged(`- {id: tool, run: [announce], with: {creates: /srv/conf/made}}\n${last}`)
  hangingOnce(stage)
  const {next, run} = await broken(stage)
  next.disk.put('/srv/conf/made', '')
  const report = await next.resume(run)
  assert.deepEqual([report.status, report.changed, next.ran('announce')], ['done', ['announce', '/srv/conf/b'], 1])
})

test('resume: who names a step that the run does not have is told', async () => {
  const {next, run} = await broken(staged(`${file}\n${wait}`))
  const report = await next.resume(run, {done: ['fil'], again: ['other']})
  assert.deepEqual(
    report.errors.map(({code, values}) => [code, values]),
    [
      ['step-unknown-id', {step: 'fil', nearest: 'file'}],
      ['step-unknown-id', {step: 'other', nearest: null}]
    ]
  )
  assert.equal(exitOf(report), 64)
})

test('resume: what steps gave before the kill is there for those after it', async () => {
  const {next, run} = await broken(
    staged(`- {id: look, run: [look], with: {changes: false}}
${wait}
- {id: late, use: file.write, with: {path: /srv/conf/b, content: '\${steps.look.stdout}'}}`)
  )
  assert.equal((await next.resume(run)).status, 'done')
  assert.deepEqual([next.disk.text('/srv/conf/b'), next.ran('look')], ['look ran', 1])
})

test('resume: what was masked in the journal is not taken for the value', async () => {
  const stage = staged(`- {id: look, run: [look], with: {changes: false}}
${wait}
- {id: late, use: file.write, with: {path: /srv/conf/b, content: '\${steps.look.stdout}'}}`)
  stage.host.processes.script([program('look')], exited(0, 'it is hunter22'))
  const {next, run} = await broken(stage)
  const report = await next.resume(run)
  assert.deepEqual(codesOf(report.errors), ['runbook-no-value'])
  assert.equal(next.disk.text('/srv/conf/b'), undefined)
})

test('resume: where the world has moved since, nothing is done', async () => {
  const {next, run} = await broken(staged(`${wait}\n${last}`))
  next.disk.put('/srv/conf/b', 'by somebody else')
  const report = await next.resume(run)
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['step-world-moved'], 5])
  assert.equal(next.disk.text('/srv/conf/b'), 'by somebody else')
})

test('resume: what interrupts the service is asked about again, unless it is done', async () => {
  const text = `- {id: stop, use: service.stop, with: {unit: ${unit}}}\n${wait}`
  const {next, run} = await broken(staged(text))
  assert.equal((await next.resume(run, {yes: false})).status, 'done')
  const other = await broken(staged(`${wait}\n- {id: stop, use: service.stop, with: {unit: ${unit}}}`))
  assert.deepEqual(codesOf((await other.next.resume(other.run, {yes: false})).errors), ['run-not-confirmed'])
})

test('resume: a run that lives, that never was, or that ended well has nothing to be resumed', async () => {
  const stage = staged(wait)
  const other = stage.beside()
  const running = stage.run('demo')
  await stage.clock.advance(1000)
  const [run] = await other.runs()
  assert.equal(run?.status, 'running')
  for (const report of [await other.resume(run.runId), await other.undo(run.runId)]) {
    assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-not-open'], 5])
  }
  await running
  const unknown = await other.resume(`${run.runId}x`)
  assert.deepEqual(unknown.errors[0]?.values, {id: `${run.runId}x`, nearest: run.runId})
  assert.equal(exitOf(unknown), 10)
})

test('resume: of two who resume the same run, the second one finds it finished', async () => {
  const stage = staged(`${wait}\n- {id: tool, run: [announce]}`)
  const {next, run} = await broken(stage)
  const other = next.beside()
  const first = next.resume(run, {waitMs: 600_000})
  const second = other.resume(run, {waitMs: 600_000})
  const reports = [await first, await second]
  assert.deepEqual(reports.map(({status}) => status).toSorted(), ['done', 'failed'])
  assert.deepEqual(
    reports.flatMap(({errors}) => codesOf(errors)),
    ['run-not-open']
  )
  assert.equal(next.ran('announce'), 1)
})

test('undo: puts back what a run did, finished or broken off', async () => {
  const stage = staged(`${file}\n${last}`)
  stage.disk.put('/srv/conf/a', 'before', {mode: 0o600, uid: 33})
  const {runId = ''} = await stage.run('demo')
  assert.equal((await stage.undo(runId)).status, 'done')
  assert.deepEqual([stage.disk.text('/srv/conf/a'), stage.disk.text('/srv/conf/b')], ['before', undefined])
  assert.deepEqual([stage.disk.look('/srv/conf/a').mode, stage.disk.look('/srv/conf/a').uid], [0o600, 33])
  assert.equal((await stage.record(runId))?.status, 'undone')
  assert.deepEqual(codesOf((await stage.undo(runId)).errors), ['run-not-open'])
  const {next, run} = await broken(staged(`${file}\n${wait}`))
  const report = await next.undo(run)
  assert.deepEqual([report.status, report.changed, next.disk.text('/srv/conf/a')], ['done', ['/srv/conf/a'], undefined])
})

test('undo: what has no undo is named, all else is put back, and the run is not told to be', async () => {
  const stage = staged(`${file}\n- {id: final, run: [announce]}`)
  const {runId = ''} = await stage.run('demo')
  const report = await stage.undo(runId)
  assert.deepEqual([codesOf(report.errors), report.status, exitOf(report)], [['run-not-reversible'], 'partial', 3])
  assert.deepEqual(report.errors[0]?.values, {steps: 'final'})
  assert.deepEqual([report.changed, stage.disk.text('/srv/conf/a')], [['/srv/conf/a'], undefined])
  assert.equal((await stage.record(runId))?.status, 'partial')
  // What stands is the step that has no undo; going forward again is another run.
  assert.deepEqual(codesOf((await stage.resume(runId)).errors), ['run-not-open'])
})

test('undo: an undo that fails leaves the run stuck, and can be tried again', async () => {
  const stage = staged(`${file}\n- {id: tool, run: [announce], with: {undo: [withdraw]}}`)
  const {runId = ''} = await stage.run('demo')
  stage.host.processes.script([program('withdraw')], exited(1))
  const report = await stage.undo(runId)
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-stuck', 'step-program-failed'], 4])
  assert.equal((await stage.record(runId))?.status, 'stuck')
  assert.deepEqual(codesOf((await stage.resume(runId)).errors), ['run-not-open'])
  stage.host.processes.script([program('withdraw')], exited(0))
  assert.equal((await stage.undo(runId)).status, 'done')
  assert.equal(stage.disk.text('/srv/conf/a'), undefined)
})

test('undo: broken off, it can be gone on with, and nothing is put back a second time', async () => {
  const stage = staged(`${file}
- {id: slow, run: [look], with: {undo: [hang]}}
- {id: tool, run: [announce], with: {undo: [withdraw]}}`)
  const {runId = ''} = await stage.run('demo')
  stage.host.processes.script([program('hang')], () => new Promise(() => undefined))
  void stage.undo(runId).catch(() => undefined)
  await stage.clock.advance(1000)
  stage.death.abort()
  const next = stage.next()
  const record = await next.record(runId)
  assert.deepEqual(
    [record?.status, record?.continuedAs, record?.steps.map(({status}) => status)],
    ['crashed', 'undo', ['done', 'begun', 'undone']]
  )
  assert.equal((await next.undo(runId)).status, 'done')
  assert.deepEqual([next.ran('withdraw'), next.ran('hang'), next.disk.text('/srv/conf/a')], [1, 1, undefined])
})

test('undo: a run that was broken off while it was undone can only be put back, not brought to its end', async () => {
  const stage = staged(`- {id: stop, use: service.stop, with: {unit: ${unit}}}\n${file}`)
  const {runId = ''} = await stage.run('demo')
  stage.host.services.script(unit, 'start', {takesMs: Number.POSITIVE_INFINITY})
  void stage.undo(runId).catch(() => undefined)
  await stage.clock.advance(1000)
  stage.death.abort()
  const next = stage.next()
  next.host.services.put(unit, down())
  next.host.services.script(unit, 'start', {})
  assert.deepEqual(codesOf((await next.resume(runId)).errors), ['run-half-undone'])
  assert.equal((await next.undo(runId)).status, 'done')
  assert.equal((await next.host.services.state(unit, next.stop.signal)).answer, 'up')
})

test('undo: what it interrupts is asked about first', async () => {
  const stage = staged(`- {id: stop, use: service.stop, with: {unit: ${unit}}}`)
  const {runId = ''} = await stage.run('demo')
  assert.deepEqual(codesOf((await stage.undo(runId, {yes: false})).errors), ['run-not-confirmed'])
  assert.equal((await stage.undo(runId)).status, 'done')
})

test('undo: a step that could only be planned when it was done is put back with the values of then', async () => {
  const stage = staged(`- {id: look, run: [look], with: {changes: false}}
- {id: late, use: file.write, with: {path: '/srv/conf/\${steps.look.code}', content: x}}`)
  const {runId = ''} = await stage.run('demo')
  assert.equal(stage.disk.text('/srv/conf/0'), 'x')
  const report = await stage.next().undo(runId)
  assert.deepEqual(
    [report.status, report.changed, stage.disk.text('/srv/conf/0')],
    ['done', ['/srv/conf/0'], undefined]
  )
})

test('resume: what was begun stays begun, also where this process is kept from going on with it', async () => {
  const stage = staged('- {id: tool, run: [announce], with: {undo: [withdraw]}}')
  hangingOnce(stage)
  const {next, run} = await broken(stage)
  await next.disk.remove(program('announce'))
  const report = await next.resume(run, {again: ['tool']})
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['program-missing'], 3])
  assert.deepEqual((await next.record(run))?.steps[0]?.changed, true)
  assert.equal((await next.undo(run)).status, 'done')
  assert.equal(next.ran('withdraw'), 1)
})

test('resume: a step that its own run had put back is done again, though the world is not as it was', async () => {
  const stage = staged(
    `- {id: start, use: service.start, with: {unit: other.service}}
- {id: stop, use: service.stop, with: {unit: ${unit}}}
- {id: fails, run: [fail], with: {changes: false}}`,
    'on_failure: undo'
  )
  const {services} = stage.host
  services.put('other.service', down())
  services.script('other.service', 'stop', {takesMs: Number.POSITIVE_INFINITY})
  const {next, run} = await broken(stage, 10_000)
  assert.deepEqual(
    (await next.record(run))?.steps.map(({status}) => status),
    ['begun', 'undone', 'failed']
  )
  services.put('other.service', up())
  next.host.processes.script([program('fail')], exited(0))
  const report = await next.resume(run)
  assert.deepEqual(outcomes(report), {start: 'done', stop: 'done', fails: 'done'})
  assert.equal((await services.state(unit, next.stop.signal)).answer, 'down')
})

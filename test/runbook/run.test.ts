import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import type {Report} from '../../src/base/report.ts'
import {exited} from '../sim/processes.ts'
import {down} from '../sim/services.ts'
import {actions, codesOf, exitOf, logs, outcomes, program, shipped, stageWith, state, steps, unit} from './stage.ts'
import type {Stage, StageOptions} from './stage.ts'

const dayMs = 86_400_000

function staged(text: string, head = '', options: StageOptions = {}): Stage {
  return stageWith({...options, runbooks: {demo: steps(text, head)}})
}

const file = '- {id: file, use: file.write, with: {path: /srv/conf/a, content: x}}'
const looks = '- {id: look, run: [look], with: {changes: false}}'
const fails = '- {id: fails, run: [fail], with: {changes: false}}'
const tool = '- {id: tool, run: [announce], with: {undo: [withdraw]}}'

/** What the command adds to the report of a run that was stopped. */
function stopped(report: Report, signal: 'SIGINT' | 'SIGTERM'): Report {
  const fault = new Fault(signal === 'SIGINT' ? 'interrupted' : 'terminated', {signal})
  return {...report, errors: [fault, ...report.errors]}
}

test('run: every ending has its exit code', async () => {
  const code = async (text: string, head = '', ask: Parameters<Stage['run']>[1] = {}): Promise<number> => {
    return exitOf(await staged(text, head).run('demo', ask))
  }
  assert.equal(await code(file), 0)
  assert.equal(await code(`- {use: service.start, with: {unit: ${unit}}}`), 0)
  assert.equal(await code(fails), 1)
  assert.equal(await code(`${file}\n${fails}`, 'on_failure: undo'), 1)
  assert.equal(await code(file, '', {dryRun: true, isDetailed: true}), 2)
  assert.equal(await code(`${file}\n${fails}`), 3)
  assert.equal(await code(`- {id: final, run: [announce]}\n${fails}`, 'on_failure: undo'), 4)
  assert.equal(await code('- {use: file.write, with: {path: /srv/conf, content: x}}'), 5)
  assert.equal(await code('- {use: service.stop, with: {unit: other}}'), 10)
  assert.equal(await code(file, '', {inputs: ['a=b']}), 64)
  assert.equal(await code('- {run: [nowhere]}'), 69)
  assert.equal(await code('- {fly: away}'), 78)
  assert.equal(await code('- {use: wait, with: {for: 1h}}', 'timeout: 1m'), 124)
})

test('run: a run that was stopped ends with the code of the signal, and the journal has the same', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const) {
    const stage = staged(`${file}\n- {id: wait, use: wait, with: {for: 1h}}`)
    stage.clock.after(1000, () => {
      stage.stop.abort(signal)
    })
    const report = stopped(await stage.run('demo'), signal)
    assert.equal(exitOf(report), code)
    assert.equal((await stage.runs())[0]?.exitCode, code)
  }
})

test('run: stopped before it has a plan, it says so and does nothing', async () => {
  const stage = staged(file)
  stage.stop.abort('SIGTERM')
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-stopped'])
  assert.deepEqual(await stage.runs(), [])
  assert.deepEqual(codesOf((await stage.run('other')).errors), ['runbook-unknown'])
})

test('run: what interrupts the service or cannot be put back is asked about first', async () => {
  const text = `- {id: stop, use: service.stop, with: {unit: ${unit}}}
- {id: danger, run: [announce], with: {risk: high}}
${file}`
  for (const [answer, wasAsked] of [
    ['no', true],
    ['nobody', false]
  ] as const) {
    const stage = staged(text, '', {answer})
    const report = await stage.run('demo', {yes: false})
    assert.deepEqual(report.errors[0]?.values, {steps: 'stop, danger', wasAsked})
    assert.deepEqual([codesOf(report.errors), exitOf(report)], [['run-not-confirmed'], 5])
    assert.deepEqual([await stage.runs(), stage.host.services.changes], [[], []])
  }
  assert.equal((await staged(text, '', {answer: 'yes'}).run('demo', {yes: false})).status, 'done')
  assert.equal((await staged(text).run('demo')).status, 'done')
  assert.equal((await staged(`${file}\n${tool}`).run('demo', {yes: false})).status, 'done')
})

test('run: with nothing to do, it takes no lock, writes no journal, and asks nobody', async () => {
  const stage = staged(`- {id: up, use: service.start, with: {unit: ${unit}}}`, 'locks: [logs]')
  const before = [...stage.disk.files().keys()]
  const barred = stage.next({trouble: {failAfter: 1}})
  const report = await barred.run('demo', {yes: false})
  assert.deepEqual([report.status, exitOf(report)], ['nothing', 0])
  assert.equal(barred.disk.failed, false)
  assert.deepEqual(
    [...barred.disk.files().keys()].filter((path) => !path.startsWith('/proc')),
    before.filter((path) => !path.startsWith('/proc'))
  )
})

test('run: a called runbook is part of the run: its locks, its steps, and what the others need of them', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(
        `- {id: before, run: [announce]}
- {id: call, use: runbook, with: {name: inner, inputs: {name: b}}, needs: [before]}
- {id: after, run: [look], needs: [call]}`
      ),
      inner: steps(
        `- {id: say, run: [look], with: {changes: false}}
- {id: write, use: file.write, with: {path: '/srv/conf/\${inputs.name}', content: '\${steps.say.stdout}'}}`,
        'inputs: {name: {type: text, about: x}}\nlocks: [logs]'
      )
    }
  })
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {before: 'done', 'call/say': 'done', 'call/write': 'done', after: 'done'})
  assert.equal(stage.disk.text('/srv/conf/b'), 'look ran')
  const [run] = await stage.runs()
  assert.deepEqual(
    run?.locks.map(({resource}) => resource),
    ['runbook-demo', 'logs']
  )
})

test('run: who else could change the runbook is told', async () => {
  const stage = staged(looks, '', {machine: {uid: 1000, user: 'kim'}})
  stage.disk.put('/srv/runbooks/demo.yaml', steps(looks), {mode: 0o666, uid: 1000})
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.warnings), ['runbook-unsafe'])
})

function putLogs(stage: Stage): void {
  for (const [name, days] of [
    ['one', 40],
    ['two', 39],
    ['a', 20],
    ['b', 19],
    ['c', 18]
  ] as const) {
    stage.disk.put(`${logs}/${name}.log`, `${name}\n`, {modifiedMs: stage.clock.now() - days * dayMs})
  }
}

async function freed(): Promise<Stage> {
  const stage = stageWith({runbooks: {'free-space': shipped('free-space')}})
  putLogs(stage)
  assert.equal((await stage.run('free-space')).status, 'done')
  return stage
}

test('run: free-space moves old logs into the holding area, and the second time there is nothing to do', async () => {
  const stage = await freed()
  const left = [...stage.disk.files().keys()].filter((path) => path.startsWith(logs))
  assert.deepEqual(
    left.filter((path) => !path.includes('.logcaster-held')),
    ['a', 'b', 'c'].map((name) => `${logs}/${name}.log`)
  )
  const second = await stage.run('free-space')
  assert.deepEqual([second.status, second.changed], ['nothing', []])
  assert.equal((await stage.runs()).length, 1)
})

test('run: free-space frees what was held for long enough, asks before, and then has nothing to do', async () => {
  const stage = await freed()
  stage.clock.step(2 * dayMs)
  const asked = await stage.run('free-space', {yes: false})
  assert.deepEqual(codesOf(asked.errors), ['run-not-confirmed'])
  const report = await stage.run('free-space')
  assert.deepEqual([report.status, actions(report)], ['done', {'purge[1]': 'change'}])
  assert.deepEqual(
    [...stage.disk.files().keys()].filter((path) => path.includes('.logcaster-held')),
    []
  )
  assert.deepEqual([(await stage.run('free-space')).status], ['nothing'])
})

test('run: free-space leaves alone what somebody has open, what is new, and what is outside of the logs', async () => {
  const stage = stageWith({runbooks: {'free-space': shipped('free-space')}})
  putLogs(stage)
  stage.disk.put('/srv/elsewhere/old.log', 'x', {modifiedMs: 0})
  stage.disk.putLink(`${logs}/out`, '/srv/elsewhere')
  stage.host.openFiles.hold(stage.disk.look(`${logs}/one.log`))
  stage.disk.put(`${logs}/new.log`, 'x')
  const report = await stage.run('free-space', {inputs: ['keep_newest=0']})
  assert.deepEqual(
    report.changed.toSorted(),
    ['a', 'b', 'c', 'two'].map((name) => `${logs}/${name}.log`)
  )
  assert.equal(stage.disk.text('/srv/elsewhere/old.log'), 'x')
})

test('run: restart-service keeps the evidence, restarts once, and a second run changes nothing', async () => {
  const stage = stageWith({runbooks: {'restart-service': shipped('restart-service')}})
  const report = await stage.run('restart-service')
  assert.deepEqual(outcomes(report), {evidence: 'done', restart: 'done', verify: 'done'})
  assert.deepEqual(report.changed, [unit])
  assert.equal(stage.disk.text(`${state}/runs/${report.runId ?? ''}/1.txt`), '--- stdout\nas it is\n')
  const second = await stage.run('restart-service')
  assert.deepEqual([outcomes(second), second.changed], [{evidence: 'done', restart: 'nothing', verify: 'done'}, []])
  assert.equal(stage.host.services.changes.length, 1)
})

test('run: restart-service goes on without evidence, and tells when the service does not stay up', async () => {
  const stage = stageWith({runbooks: {'restart-service': shipped('restart-service')}})
  stage.host.processes.script(['/bin/sh'], exited(1))
  stage.host.services.script(unit, 'restart', {diesAfterMs: 3000})
  const report = await stage.run('restart-service')
  assert.deepEqual(outcomes(report), {evidence: 'failed', restart: 'done', verify: 'failed'})
  assert.deepEqual(codesOf(report.errors), ['step-program-failed', 'step-check-failed'])
  assert.deepEqual([exitOf(report), stage.host.services.changes.length], [3, 1])
})

test('run: a dry run of anything changes nothing, locks nothing, and runs nothing', async () => {
  const all = `- {id: write, use: file.write, with: {path: /srv/conf/a, content: x}}
- {id: move, use: file.move, with: {from: /srv/conf/here, to: /srv/data/there}}
- {id: gone, use: file.remove, with: {path: ${logs}/one.log, reason: old}}
- {id: tool, run: [announce]}
- {id: shell, sh: 'exit 0'}
- {id: check, use: check, with: {id: service.state}}
- {id: wait, use: wait, with: {for: 1h}}
- {id: stop, use: service.stop, with: {unit: ${unit}}}
- {id: start, use: service.start, with: {unit: ${unit}}}
- {id: restart, use: service.restart, with: {unit: ${unit}}}`
  const texts = {
    all: steps(all, 'locks: [logs, data, service]'),
    'free-space': shipped('free-space'),
    'restart-service': shipped('restart-service')
  }
  for (const name of Object.keys(texts)) {
    const stage = stageWith({runbooks: texts})
    putLogs(stage)
    stage.disk.put('/srv/conf/here', 'x')
    await stage.run('free-space')
    stage.clock.step(2 * dayMs)
    stage.disk.put(`${logs}/one.log`, 'again', {modifiedMs: stage.clock.now() - 30 * dayMs})
    const barred = stage.next({trouble: {failAfter: 1}})
    const before = [barred.disk.files(), await barred.locks()]
    const operations = barred.host.services.changes.length
    const report = await barred.run(name, {dryRun: true, diff: true})
    assert.deepEqual([report.status, codesOf(report.errors)], ['planned', []], name)
    assert.equal(barred.disk.failed, false, `${name}: ${barred.disk.failedOperation ?? ''}`)
    assert.deepEqual([barred.disk.files(), await barred.locks()], before, name)
    assert.deepEqual([barred.host.processes.runs, barred.host.services.changes.length], [[], operations], name)
  }
})

test('run: one program that is missing is told before the others have run', async () => {
  const stage = staged(`${tool}\n- {id: nowhere, run: [nowhere]}`)
  const report = await stage.run('demo')
  assert.deepEqual([codesOf(report.errors), stage.ran('announce')], [['program-missing'], 0])
  const first = staged(`- {id: nowhere, run: [nowhere]}\n${tool}`)
  assert.deepEqual(codesOf((await first.run('demo')).errors), ['program-missing'])
  assert.equal(first.ran('announce'), 0)
})

test('run: hundreds of steps are planned and done one after another', async () => {
  const names = Array.from({length: 200}, (_, at) => `n${at}`)
  const stage = staged(
    "- {id: write, use: file.write, each: '${inputs.all}', with: {path: '/srv/conf/${item}', content: x}}",
    `inputs: {all: {type: list, default: [${names.join(', ')}], about: x}}`
  )
  const begunMs = performance.now()
  const {plan} = await stage.plan('demo')
  process.stdout.write(`planning 200 steps took ${Math.round(performance.now() - begunMs)} ms\n`)
  assert.equal(plan.steps.length, 200)
  const report = await stage.run('demo')
  assert.deepEqual([report.status, report.changed.length], ['done', 200])
  assert.deepEqual((await stage.undo(report.runId ?? '')).status, 'done')
  assert.deepEqual(
    [...stage.disk.files().keys()].filter((path) => path.startsWith('/srv/conf/')),
    []
  )
})

test('run: where a program is needed that the machine does not have, no service is touched', async () => {
  const stage = staged(`- {id: stop, use: service.stop, with: {unit: ${unit}}}\n- {id: nowhere, run: [nowhere]}`)
  stage.host.services.put(unit, down())
  const report = await stage.run('demo')
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['program-missing'], 69])
  assert.equal(stage.host.processes.runs.filter(({argv}) => argv[0] === program('announce')).length, 0)
})

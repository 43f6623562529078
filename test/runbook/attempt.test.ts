import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Disk} from '../../src/host/disk.ts'
import {exited} from '../sim/processes.ts'
import {down, up} from '../sim/services.ts'
import {codesOf, exitOf, logs, outcomes, program, stageWith, steps, unit} from './stage.ts'
import type {Stage} from './stage.ts'

const write = '- {id: write, use: file.write, with: {path: /srv/conf/a, content: text}}'

/** Calls back right after this operation, as somebody else who works on the same disk. */
function meddled(disk: Disk, operation: keyof Disk, meddle: () => void): Disk {
  return new Proxy(disk, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, given)
        if (key === operation) meddle()
        return result
      }
    }
  })
}

/** Ends well from the attempt of this number on. */
function failingUntil(stage: Stage, attempt: number): number[] {
  const atMs: number[] = []
  stage.host.processes.script([program('fail')], () => {
    atMs.push(stage.clock.elapsed())
    return exited(atMs.length >= attempt ? 0 : 3)
  })
  return atMs
}

test('attempt: a step is tried again as often as it says, each time after twice the pause', async () => {
  const retried = '- {id: go, run: [fail], retry: {times: 3, backoff: 10s}}'
  const stage = stageWith({runbooks: {demo: steps(retried)}})
  const atMs = failingUntil(stage, 4)
  assert.deepEqual(outcomes(await stage.run('demo')), {go: 'done'})
  assert.deepEqual(
    atMs.map((ms) => ms - (atMs[0] ?? 0)),
    [0, 10_000, 30_000, 70_000]
  )
  const never = stageWith({runbooks: {demo: steps(retried)}})
  const attempts = failingUntil(never, 9)
  const report = await never.run('demo')
  assert.deepEqual([attempts.length, codesOf(report.errors)], [4, ['step-program-failed']])
})

test('attempt: no pause is longer than a minute', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: go, run: [fail], retry: {times: 3, backoff: 50s}}')}})
  const atMs = failingUntil(stage, 9)
  await stage.run('demo')
  assert.deepEqual(
    atMs.slice(1).map((ms, at) => ms - (atMs[at] ?? 0)),
    [50_000, 60_000, 60_000]
  )
})

test('attempt: what only looks is tried again, too', async () => {
  const look = '- {id: check, use: check, with: {id: service.state}, retry: {times: 2, backoff: 10s}}'
  const stage = stageWith({runbooks: {demo: steps(look)}})
  stage.host.services.put(unit, down())
  stage.clock.after(15_000, () => {
    stage.host.services.put(unit, up())
  })
  assert.deepEqual(outcomes(await stage.run('demo')), {check: 'done'})
})

test('attempt: what refuses to act is not tried again', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(`- {id: tool, run: [announce]}
- {id: start, use: service.start, with: {unit: other}, retry: {times: 9, backoff: 1s}}`)
    }
  })
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['unit-absent'])
  assert.ok(stage.clock.elapsed() < 1000)
})

test('attempt: a run that is over soon has no time for another attempt', async () => {
  const late = steps('- {id: go, run: [fail], retry: {times: 9, backoff: 10s}}', 'timeout: 25s')
  const stage = stageWith({runbooks: {demo: late}})
  const atMs = failingUntil(stage, 99)
  const report = await stage.run('demo')
  assert.equal(atMs.length, 2)
  assert.deepEqual(codesOf(report.errors), ['step-program-failed'])
})

test('attempt: what its own first attempt has changed does not keep a step from the second one', async () => {
  const restart = `- {id: go, use: service.restart, with: {unit: ${unit}}, retry: {times: 2, backoff: 1s}}`
  const stage = stageWith({runbooks: {demo: steps(restart)}})
  stage.host.services.script(unit, 'restart', {diesAfterMs: 500})
  stage.clock.after(1200, () => {
    stage.host.services.script(unit, 'restart', {})
  })
  const report = await stage.run('demo')
  assert.deepEqual([outcomes(report), codesOf(report.errors)], [{go: 'done'}, []])
  assert.equal(stage.host.services.changes.length, 2)
})

test('attempt: a step that failed and then refused has acted all the same', async () => {
  const restart = `- {id: go, use: service.restart, with: {unit: ${unit}}, retry: {times: 2, backoff: 1s}}`
  const stage = stageWith({runbooks: {demo: steps(restart)}})
  stage.host.services.script(unit, 'restart', {diesAfterMs: 500})
  stage.clock.after(1200, () => {
    stage.host.services.put(unit, {answer: 'masked'})
  })
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['unit-masked'])
  assert.equal(exitOf(report), 3)
  const [step] = (await stage.record(report.runId ?? ''))?.steps ?? []
  assert.deepEqual([step?.status, step?.changed], ['failed', true])
})

test('attempt: what only failed to tell that it was done, is done', async () => {
  const retried = '- {id: go, run: [fail], with: {creates: /srv/conf/made}, retry: {times: 1, backoff: 1s}}'
  const stage = stageWith({runbooks: {demo: steps(retried)}})
  stage.host.processes.script([program('fail')], () => {
    stage.disk.put('/srv/conf/made', '')
    return exited(1)
  })
  const report = await stage.run('demo')
  assert.deepEqual([outcomes(report), report.changed], [{go: 'done'}, ['fail']])
})

test('attempt: a step has its own time', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: hang, run: [hang], timeout: 5s}')}})
  stage.host.processes.script([program('hang')], 'hangs')
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-program-late'])
  assert.equal(stage.host.processes.runs[0]?.options.deadlineMs, 5000)
})

test('attempt: a step has no more time than the whole run', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: hang, run: [hang], timeout: 50s}', 'timeout: 5s')}})
  stage.host.processes.script([program('hang')], 'hangs')
  const report = await stage.run('demo')
  assert.equal(stage.host.processes.runs[0]?.options.deadlineMs, 5000)
  assert.deepEqual(codesOf(report.errors).slice(0, 2), ['run-out-of-time', 'run-deadline'])
})

test('attempt: a step that never comes back is left alone some time after its own, and not tried again', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(`- {id: hang, run: [hang], timeout: 5s, retry: {times: 3, backoff: 1s}, on_failure: continue}
${write}`)
    }
  })
  stage.host.processes.script([program('hang')], () => new Promise(() => undefined))
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-hangs'])
  assert.deepEqual(report.errors[0]?.values, {step: 'hang', afterMs: 15_000})
  assert.equal(stage.host.processes.runs.length, 1)
  assert.deepEqual(outcomes(report), {hang: 'failed', write: 'done'})
  assert.equal(exitOf(report), 3)
})

test('attempt: a look that never comes back is left alone, too, and the step has not acted', async () => {
  const stage = stageWith({
    runbooks: {demo: steps(`- {id: wait, use: wait, with: {for: 1m}}\n${write.replace('}}', '}, timeout: 5s}')}`)}
  })
  let isDead = false
  stage.clock.after(30_000, () => {
    isDead = true
  })
  const {disk} = stage
  stage.seen = {
    disk: new Proxy(disk, {
      get(target, key) {
        const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
        return (...given: unknown[]) => {
          if (isDead && given[0] === '/srv/conf/a') return new Promise(() => undefined)
          return Reflect.apply(member, target, given)
        }
      }
    })
  }
  const report = await stage.run('demo')
  assert.deepEqual(report.errors[0]?.values, {step: 'write', afterMs: 15_000})
  assert.equal(exitOf(report), 1)
  const record = await stage.record(report.runId ?? '')
  assert.equal(record?.steps.find(({step}) => step === 'write')?.changed, false)
})

test('attempt: where the world has moved between planning and acting, nothing is done', async () => {
  const stage = stageWith({runbooks: {demo: steps(`- {id: wait, use: wait, with: {for: 1m}}\n${write}`)}})
  stage.clock.after(30_000, () => {
    stage.disk.put('/srv/conf/a', 'by somebody else')
  })
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {wait: 'done', write: 'failed'})
  const [fault] = report.errors
  assert.ok(fault?.code === 'step-world-moved')
  assert.deepEqual((fault.values as {step: string}).step, 'write')
  assert.equal(exitOf(report), 5)
  assert.equal(stage.disk.text('/srv/conf/a'), 'by somebody else')
})

test('attempt: where nothing was to be done and now something is, that was not agreed to', async () => {
  const stage = stageWith({runbooks: {demo: steps(`- {id: wait, use: wait, with: {for: 1m}}\n${write}`)}})
  stage.disk.put('/srv/conf/a', 'text')
  stage.clock.after(30_000, () => {
    stage.disk.put('/srv/conf/a', 'by somebody else')
  })
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-world-moved'])
  assert.equal(stage.disk.text('/srv/conf/a'), 'by somebody else')
})

test('attempt: what somebody else has done meanwhile need not be done, and what is refused now says why', async () => {
  const text = `- {id: wait, use: wait, with: {for: 1m}}\n${write}`
  const done = stageWith({runbooks: {demo: steps(text)}})
  done.clock.after(30_000, () => {
    done.disk.put('/srv/conf/a', 'text')
  })
  assert.deepEqual(outcomes(await done.run('demo')), {wait: 'done', write: 'nothing'})
  const refused = stageWith({runbooks: {demo: steps(text)}})
  refused.clock.after(30_000, () => {
    refused.disk.putFolder('/srv/conf/a')
  })
  assert.deepEqual(codesOf((await refused.run('demo')).errors), ['target-refused'])
})

test('attempt: behind a program that has acted, a step goes by what it finds', async () => {
  const stage = stageWith({runbooks: {demo: steps(`- {id: tool, run: [announce]}\n${write}`)}})
  stage.host.processes.script([program('announce')], () => {
    stage.disk.put('/srv/conf/a', 'by the program')
    return exited(0)
  })
  assert.deepEqual(outcomes(await stage.run('demo')), {tool: 'done', write: 'done'})
  assert.equal(stage.disk.text('/srv/conf/a'), 'text')
})

test('attempt: a step that was done is looked at, and what somebody has undone at once is told', async () => {
  const stage = stageWith({runbooks: {demo: steps(write)}})
  const {disk} = stage
  stage.seen = {
    disk: meddled(disk, 'remove', () => {
      if (disk.text('/srv/conf/a') === 'text') disk.put('/srv/conf/a', 'by somebody else')
    })
  }
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-not-verified'])
  assert.equal(exitOf(report), 3)
})

test('attempt: a value that no step gave fails the step that waits for it', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(`- {id: wait, use: wait, with: {for: 1s}}
- {id: value, use: file.write, with: {path: /srv/conf/a, content: '\${steps.wait.out}'}}`)
    }
  })
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-value-missing'])
  assert.deepEqual(report.errors[0]?.values, {step: 'value', value: '${steps.wait.out}'})
})

test('attempt: what a step gave is filled in, and held to the same as any other value', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(
        `- {id: look, run: [look], with: {changes: false}}
- {id: write, use: file.write, with: {path: ${logs}/a, content: '\${steps.look.stdout} $(reboot)'}}
- {id: option, run: [announce, '\${steps.look.stdout}'], on_failure: continue}
- {id: path, use: file.write, with: {path: '\${steps.look.stdout}', content: x}, on_failure: continue}
- {id: part, run: [announce, '\${steps.look.other}'], on_failure: continue}`
      )
    }
  })
  stage.host.processes.script([program('look')], exited(0, '-rf\u001b[31m'))
  const report = await stage.run('demo')
  assert.equal(stage.disk.text(`${logs}/a`), '-rf\u001b[31m $(reboot)')
  assert.deepEqual(codesOf(report.errors), ['step-value-option', 'step-bad-value', 'runbook-no-value'])
  assert.equal(stage.ran('announce'), 0)
})

test('attempt: a step is not begun when the run has been stopped while it looked', async () => {
  const stage = stageWith({runbooks: {demo: steps(`- {id: wait, use: wait, with: {for: 1m}}\n${write}`)}})
  const {disk} = stage
  let hasWaited = false
  stage.clock.after(60_000, () => {
    hasWaited = true
  })
  stage.seen = {
    disk: meddled(disk, 'realPath', () => {
      if (hasWaited) stage.stop.abort('SIGTERM')
    })
  }
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-stopped'])
  assert.equal(disk.text('/srv/conf/a'), undefined)
})

test('attempt: a step that was done as the run was stopped is done, and is looked at', async () => {
  const stage = stageWith({runbooks: {demo: steps(`${write}\n- {id: wait, use: wait, with: {for: 1m}}`)}})
  const {disk} = stage
  stage.seen = {
    disk: meddled(disk, 'link', () => {
      stage.stop.abort('SIGTERM')
    })
  }
  const report = await stage.run('demo')
  assert.deepEqual(outcomes(report), {write: 'done', wait: 'not-reached'})
  assert.equal(disk.text('/srv/conf/a'), 'text')
})

test('attempt: a mistake of ours in a step is told as such, and what it began is not forgotten', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: tool, run: [announce]}')}})
  stage.host.processes.script([program('announce')], () => Promise.reject(new TypeError('a bug')))
  const report = await stage.run('demo')
  assert.deepEqual(codesOf(report.errors), ['step-broke'])
  assert.deepEqual(report.errors[0]?.values, {step: 'tool', reason: 'a bug'})
  assert.ok(report.errors[0].cause instanceof TypeError)
  assert.equal(exitOf(report), 3)
  const [step] = (await stage.record(report.runId ?? ''))?.steps ?? []
  assert.deepEqual([step?.status, step?.changed], ['failed', true])
})

test('attempt: an interruption ends the pause before the next attempt', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: go, run: [fail], retry: {times: 9, backoff: 1m}}')}})
  const atMs = failingUntil(stage, 99)
  const running = stage.run('demo')
  stage.clock.after(30_000, () => {
    stage.stop.abort('SIGINT')
  })
  const report = await running
  assert.deepEqual([atMs.length, codesOf(report.errors)], [1, ['step-program-failed']])
})

test('attempt: who has a file open is asked before the step acts, and not again to see that it is gone', async () => {
  const stage = stageWith({
    runbooks: {demo: steps(`- {id: remove, use: file.remove, with: {path: ${logs}/a.log, reason: old}}`)}
  })
  stage.disk.put(`${logs}/a.log`, 'text', {modifiedMs: 0})
  const look = stage.host.openFiles.look.bind(stage.host.openFiles)
  let looks = 0
  stage.host.openFiles.look = (signal) => {
    looks += 1
    return look(signal)
  }
  assert.deepEqual(outcomes(await stage.run('demo')), {remove: 'done'})
  // For the plan, and right before it.
  assert.equal(looks, 2)
})

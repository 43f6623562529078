import assert from 'node:assert/strict'
import {test} from 'node:test'
import {runsCrashed} from '../../src/checks/runs-crashed.ts'
import {exited} from '../sim/processes.ts'
import {program, stageWith, steps} from '../runbook/stage.ts'
import type {Stage} from '../runbook/stage.ts'
import {contextOf, verdictOf} from './context.ts'

function staged(text: string): Stage {
  return stageWith({runbooks: {demo: steps(text)}})
}

const wait = '- {id: wait, use: wait, with: {for: 5m}}'

test('runs.crashed: where nothing has been run there is nothing to say', async () => {
  const verdict = await verdictOf(runsCrashed, staged(wait).host)
  assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'runs-none'])
})

test('runs.crashed: runs that ended, or that still run, are fine', async () => {
  const stage = staged(wait)
  await stage.run('demo')
  const running = stage.run('demo')
  await stage.clock.advance(1000)
  const verdict = await runsCrashed.read(await contextOf(stage.host))
  assert.deepEqual([verdict.status, verdict.value], ['ok', 0])
  assert.deepEqual(verdict.finding, {code: 'runs-whole', values: {runs: 2}})
  await running
})

test('runs.crashed: a run that was broken off is critical until somebody resumes or undoes it', async () => {
  const stage = staged(wait)
  const sinceMs = stage.clock.now()
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(60_000)
  stage.death.abort()
  const next = stage.next()
  const verdict = await verdictOf(runsCrashed, next.host)
  assert.deepEqual([verdict.status, verdict.value], ['critical', 1])
  assert.deepEqual(verdict.finding, {code: 'runs-crashed', values: {count: 1}})
  const [run] = await next.runs()
  assert.deepEqual(verdict.evidence, [
    {
      code: 'run-left',
      values: {run: run?.runId, command: 'runbook run demo', user: 'root', sinceMs, status: 'crashed'}
    }
  ])
  await next.resume(run?.runId ?? '')
  assert.equal((await verdictOf(runsCrashed, next.host)).status, 'ok')
})

test('runs.crashed: a run that could not be put back is critical, too', async () => {
  const stage = staged('- {id: tool, run: [announce], with: {undo: [withdraw]}}')
  const {runId = ''} = await stage.run('demo')
  stage.host.processes.script([program('withdraw')], exited(1))
  await stage.undo(runId)
  const verdict = await verdictOf(runsCrashed, stage.host)
  assert.equal(verdict.status, 'critical')
  assert.deepEqual((verdict.evidence?.[0]?.values as {status?: string}).status, 'stuck')
})

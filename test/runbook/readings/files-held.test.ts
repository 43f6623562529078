import assert from 'node:assert/strict'
import {test} from 'node:test'
import {filesHeld} from '../../../src/runbook/readings/files-held.ts'
import {logs, stageWith, state, steps, type Stage} from '../stage.ts'

async function heldBy(stage: Stage): Promise<unknown> {
  const {loaded} = await stage.place()
  const {signal} = new AbortController()
  const paths = {...loaded.config.paths, state}
  const run = {id: 'run', startedMs: stage.clock.now()}
  const at = {run, number: 1, folder: '/', config: {...loaded.config, paths}, uid: stage.host.machine.uid}
  const check = (): never => assert.fail('no check is asked for')
  const found = await filesHeld.read({inputs: {folder: null}, at, host: stage.host, check, signal})
  return 'value' in found ? found.value : found.fault
}

test('files.held: what a run put aside is found though the run was killed', async () => {
  const gone = `- {id: gone, use: file.remove, with: {path: ${logs}/a.log, reason: old}}`
  const stage = stageWith({runbooks: {demo: steps(`${gone}\n- {id: wait, use: wait, with: {for: 1h}}`)}})
  stage.disk.put(`${logs}/a.log`, 'x', {modifiedMs: stage.clock.now() - 3_600_000})
  assert.deepEqual(await heldBy(stage), [])
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(60_000)
  stage.death.abort()
  const next = stage.next()
  assert.equal((await next.runs())[0]?.status, 'crashed')
  assert.deepEqual(await heldBy(next), [logs])
})

test('files.held: a folder that a run could have used, and did not, is none', async () => {
  const write = '- {id: write, use: file.write, with: {path: /srv/conf/a, content: x}}'
  const stage = stageWith({runbooks: {demo: steps(`- {id: fail, run: [fail]}\n${write}`)}})
  await stage.run('demo')
  assert.deepEqual((await stage.runs())[0]?.holds, ['/srv/conf'])
  assert.deepEqual(await heldBy(stage), [])
})

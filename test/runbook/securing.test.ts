import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {SimDisk} from '../sim/disk.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {Mortal} from './mortal.ts'
import {Killed, exitOf, logs, stageWith, steps} from './stage.ts'
import type {Stage} from './stage.ts'

const seed = seedFromEnvironment()

/** What each step has come to once it is done: the content at a path, or that nothing is there. */
const each: readonly (readonly [string, string, Readonly<Record<string, string | undefined>>])[] = [
  ['file.write', 'path: /srv/conf/new, content: x', {'/srv/conf/new': 'x'}],
  ['file.write', 'path: /srv/conf/old, content: x', {'/srv/conf/old': 'x'}],
  ['file.move', 'from: /srv/conf/old, to: /srv/data/there', {'/srv/conf/old': undefined, '/srv/data/there': 'old'}],
  ['file.remove', `path: ${logs}/a.log, reason: old`, {[`${logs}/a.log`]: undefined}]
]

function staged(use: string, given: string): Stage {
  const text = steps(`- {id: act, use: ${use}, with: {${given}}, retry: {times: 1, backoff: 1s}}`)
  const stage = stageWith({seed, isLinkless: use !== 'file.write', runbooks: {demo: text}})
  stage.disk.put('/srv/conf/old', 'old')
  stage.disk.put(`${logs}/a.log`, 'log', {modifiedMs: 0})
  return stage
}

const crashes = 8

function seeDurable(disk: SimDisk, wanted: Readonly<Record<string, string | undefined>>, where: string): void {
  for (let crash = 1; crash <= crashes; crash += 1) {
    const found = disk.crash()
    for (const [path, text] of Object.entries(wanted))
      assert.equal(found.text(path), text, `SEED=${seed} ${where}: ${path}`)
  }
}

for (const [use, given, wanted] of each) {
  test(`${use}, ${given}: what a resumed run says is done outlives power loss, wherever it was killed`, async () => {
    for (let operation = 1; ; operation += 1) {
      const stage = staged(use, given)
      const mortal = new Mortal(stage, operation, 'kill')
      await stage.run('demo').catch((cause: unknown) => {
        if (!(cause instanceof Killed)) throw cause
      })
      if (mortal.left === undefined) break
      const next = stage.next({disk: mortal.left})
      const [run] = await next.runs()
      if (run?.status !== 'crashed') continue
      assert.equal(exitOf(await next.resume(run.runId)), 0, `operation ${operation}`)
      seeDurable(next.disk, wanted, `operation ${operation}`)
    }
  })

  test(`${use}, ${given}: what a retry says is done outlives power loss, whatever failed before`, async () => {
    for (let failAt = 1; ; failAt += 1) {
      const stage = staged(use, given).next({trouble: {failAt}})
      const report = await stage.run('demo')
      const {failedOperation} = stage.disk
      if (failedOperation === undefined) break
      if (report.status === 'done') seeDurable(stage.disk, wanted, failedOperation)
    }
  })
}

import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Disk, OpenFile} from '../../src/host/disk.ts'
import {codesOf, exitOf, outcomes, stageWith, state, steps} from './stage.ts'
import type {Stage} from './stage.ts'

const file = '- {id: file, use: file.write, with: {path: /srv/conf/a, content: x}}'
const wait = '- {id: wait, use: wait, with: {for: 5m}}'
const last = '- {id: last, use: file.write, with: {path: /srv/conf/b, content: y}}'

/** Killed a minute into its run. */
async function killed(text: string, seed = 7): Promise<Stage> {
  const stage = stageWith({seed, runbooks: {demo: steps(text, 'locks: [logs]')}})
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(60_000)
  stage.death.abort()
  return stage
}

async function runOf(stage: Stage): Promise<string> {
  return (await stage.runs())[0]?.runId ?? ''
}

test('past: where only the process was killed, a step that it never came to is none of its own', async () => {
  const next = (await killed(`${file}\n${wait}\n${last}`)).next()
  next.disk.put('/srv/conf/b', 'y')
  const preview = await next.undo(await runOf(next), {dryRun: true})
  assert.deepEqual(
    preview.plan?.map(({id}) => id),
    ['file']
  )
  const report = await next.undo(await runOf(next))
  assert.deepEqual([report.status, report.changed, next.disk.text('/srv/conf/b')], ['done', ['/srv/conf/a'], 'y'])
  assert.deepEqual(outcomes(report), {file: 'undone', wait: 'not-reached', last: 'not-reached'})
})

test('past: after a power loss, what was done is put back also where its line is lost', async () => {
  let isLineLost = false
  for (let seed = 0; seed < 40; seed += 1) {
    const stage = await killed(`${file}\n${wait}`, seed)
    const next = stage.next({disk: stage.disk.crash(), hasRebooted: true})
    const run = await runOf(next)
    const isDone = next.disk.text('/srv/conf/a') !== undefined
    isLineLost ||= isDone && (await next.record(run))?.steps.length === 0
    const report = await next.undo(run)
    assert.deepEqual([exitOf(report), next.disk.text('/srv/conf/a')], [0, undefined], `seed ${seed}`)
  }
  assert.equal(isLineLost, true, 'no power loss has taken the line and left the file')
})

test('past: after a power loss, also a later process of the same run knows that lines may be missing', async () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const stage = await killed(`${wait.replace('5m', '1s')}\n${file}\n${wait.replace('id: wait', 'id: more')}`, seed)
    const second = stage.next({disk: stage.disk.crash(), hasRebooted: true})
    const run = await runOf(second)
    const isDone = second.disk.text('/srv/conf/a') !== undefined
    const isLost = (await second.record(run))?.steps.every(({step}) => step !== 'file') === true
    if (!isDone || !isLost) continue
    second.stop.abort('SIGTERM')
    assert.equal((await second.resume(run)).status, 'failed')
    const third = second.next()
    assert.equal((await third.record(run))?.status, 'interrupted')
    assert.equal((await third.undo(run)).status, 'done')
    assert.equal(third.disk.text('/srv/conf/a'), undefined)
    return
  }
  assert.fail('no power loss has taken the line and left the file')
})

test('past: what was done is put back also where the journal lost its line because a sync failed', async () => {
  const stage = stageWith({runbooks: {demo: steps(file)}})
  stage.seen = {disk: unsyncable(stage.disk, (line) => line.includes('"run_end"'))}
  const report = await stage.run('demo')
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['journal-unwritable'], 3])
  const next = stage.next()
  const run = await runOf(next)
  assert.deepEqual((await next.record(run))?.steps, [])
  assert.deepEqual([(await next.undo(run)).changed, next.disk.text('/srv/conf/a')], [['/srv/conf/a'], undefined])
})

test('past: a run that is undone or resumed is not told of any more, and of several each one is', async () => {
  const stage = await killed(wait)
  const second = stage.next()
  const first = await runOf(second)
  void second.run('demo').catch(() => undefined)
  await second.clock.advance(60_000)
  second.death.abort()
  const third = second.next()
  const told = async (): Promise<readonly unknown[]> => {
    third.disk.put('/srv/runbooks/probe.yaml', steps('- {use: wait, with: {for: 0s}}', 'locks: [logs]'))
    const report = await third.run('probe')
    assert.ok(report.warnings.every(({code}) => code === 'run-crashed'))
    return report.warnings.map(({values}) => (values as {run: string}).run)
  }
  const runs = (await third.runs()).map(({runId}) => runId)
  assert.deepEqual(await told(), runs)
  assert.equal((await third.resume(first)).status, 'done')
  assert.deepEqual(await told(), [runs[0]])
  assert.equal((await third.undo(runs[0] ?? '')).status, 'nothing')
  assert.deepEqual(await told(), [])
})

test('past: where the journal cannot be read, nothing is resumed', async () => {
  const next = (await killed(wait)).next()
  const run = await runOf(next)
  next.disk.put(`${state}/runs/${run}/plan.json`, 'x')
  assert.deepEqual(codesOf((await next.resume(run)).errors), ['run-plan-lost'])
  const {disk} = next
  next.seen = {
    disk: new Proxy(disk, {
      get(target, key) {
        const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
        return (...given: unknown[]) => {
          if (key === 'list' && given[0] === `${state}/journal`) return Promise.reject(ioError())
          return Reflect.apply(member, target, given)
        }
      }
    })
  }
  assert.deepEqual(codesOf((await next.resume(run)).errors), ['file-unreadable'])
  assert.equal((await next.locks()).filter(({life}) => life === 'alive').length, 0)
})

/** Where such a line was written to the journal, its next sync fails. */
function unsyncable(disk: Disk, isRefused: (line: string) => boolean): Disk {
  const spoilt = (file: OpenFile): OpenFile => {
    let isSpoilt = false
    return {
      read: (into, position) => file.read(into, position),
      stat: () => file.stat(),
      writeAll: (parts, position) => file.writeAll(parts, position),
      syncData: () => file.syncData(),
      setAttributes: (attributes) => file.setAttributes(attributes),
      close: () => file.close(),
      sync: () => (isSpoilt ? Promise.reject(ioError()) : file.sync()),
      write: (bytes, position) => {
        isSpoilt = isRefused(new TextDecoder().decode(bytes))
        return file.write(bytes, position)
      }
    }
  }
  return new Proxy(disk, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, given)
        return key === 'open' && String(given[0]).endsWith('.jsonl') ? spoilt(result as OpenFile) : result
      }
    }
  })
}

function ioError(): Error {
  return Object.assign(new Error('EIO: simulated'), {code: 'EIO'})
}

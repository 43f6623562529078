import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Disk, OpenFile} from '../../src/host/disk.ts'
import {exited} from '../sim/processes.ts'
import {codesOf, exitOf, logs, outcomes, program, stageWith, state, steps} from './stage.ts'
import type {Stage, StageOptions} from './stage.ts'

function staged(text: string, head = '', options: StageOptions = {}): Stage {
  return stageWith({...options, runbooks: {demo: steps(text, head)}})
}

type Line = Readonly<Record<string, unknown>>

function lines(stage: Stage): readonly Line[] {
  const text = stage.disk.text(`${state}/journal/00000001.jsonl`) ?? ''
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
}

function linesOf(stage: Stage, type: string): readonly Line[] {
  return lines(stage).filter((line) => line['type'] === type)
}

/** How often the journal was synced while the work went on. */
async function syncsOf(stage: Stage, work: () => Promise<unknown>): Promise<number> {
  let syncs = 0
  const {disk} = stage
  stage.seen = {
    disk: new Proxy(disk, {
      get(target, key) {
        const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
        return (...given: unknown[]) => {
          if (key === 'rename' && String(given[1]).endsWith('journal-head.json')) syncs += 1
          return Reflect.apply(member, target, given)
        }
      }
    })
  }
  await work()
  return syncs
}

const file = '- {id: file, use: file.write, with: {path: /srv/conf/a, content: x}}'

test('desk: the journal tells who did what, why it could be done, and what came of it', async () => {
  const stage = staged(`${file}\n- {id: tool, run: [announce]}`, 'locks: [logs]\ntimeout: 1h', {
    machine: {argv: ['runbook', 'run', 'demo'], env: {SUDO_USER: 'kim', SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 22'}}
  })
  const {runId} = await stage.run('demo')
  const [start] = linesOf(stage, 'run_start')
  assert.deepEqual(start?.['who'], {uid: 0, user: 'root', sudo_user: 'kim', tty: null, ssh: '10.0.0.1 5 10.0.0.2 22'})
  assert.deepEqual(
    [start['run'], start['command'], start['runbook'], start['argv'], start['steps'], start['deadline_ms']],
    [runId, 'runbook run demo', 'demo', ['runbook', 'run', 'demo'], 2, 3_600_000]
  )
  assert.deepEqual(start['locks'], [
    {resource: 'runbook-demo', mode: 'exclusive', folder: state},
    {resource: 'logs', mode: 'exclusive', folder: logs}
  ])
  assert.deepEqual(
    lines(stage).map(({type, step}) => [type, step]),
    [
      ['segment', undefined],
      ['run_start', undefined],
      ['step_begin', 'file'],
      ['step_end', 'file'],
      ['step_begin', 'tool'],
      ['step_end', 'tool'],
      ['run_end', undefined]
    ]
  )
  const [written, ran] = linesOf(stage, 'step_end')
  assert.equal((written?.['before'] as Line)['state'], 'absent')
  assert.equal((written?.['after'] as Line)['state'], 'file')
  assert.deepEqual([written?.['changed'], written?.['status']], [true, 'done'])
  assert.deepEqual([ran?.['before'], ran?.['after']], [{program: '/usr/bin/announce'}, null])
  assert.equal(ran?.['output_tail'], '--- stdout\nannounce ran\n')
  const [end] = linesOf(stage, 'run_end')
  assert.deepEqual([end?.['status'], end?.['exit_code'], end?.['changed']], ['done', 0, ['/srv/conf/a', 'announce']])
})

test('desk: the journal tells in which folders something may be kept, also of steps that it knew nothing of', async () => {
  const stage = staged(`- {id: gone, use: file.remove, with: {path: ${logs}/a.log, reason: old, hold: 1d}}
${file}
- {id: look, run: [look], with: {changes: false}}
- {id: late, use: file.write, with: {path: '/srv/data/\${steps.look.code}', content: x}}`)
  stage.disk.put(`${logs}/a.log`, 'x', {modifiedMs: stage.clock.now() - 3_600_000})
  const report = await stage.run('demo')
  assert.deepEqual((await stage.record(report.runId ?? ''))?.holds, [logs, '/srv/conf', '/srv/data'])
  assert.deepEqual(linesOf(stage, 'run_start')[0]?.['holds'], [logs, '/srv/conf'])
})

test('desk: of hundreds of folders where files are put aside, none is left out, and all are told before a step acts', async () => {
  const paths = Array.from({length: 250}, (_, at) => `${logs}/folder-${at}/${'x'.repeat(150)}`)
  const writes = paths.map((path, at) => `- {id: w${at}, use: file.write, with: {path: ${path}/a, content: x}}`)
  const stage = staged(writes.join('\n'), '', {machine: {argv: ['x'.repeat(100_000)]}})
  for (const path of paths) stage.disk.putFolder(path)
  await stage.run('demo')
  assert.deepEqual((await stage.runs())[0]?.holds, paths)
  const types = lines(stage).map(({type}) => type)
  assert.ok(types.lastIndexOf('run_holds') < types.indexOf('step_begin'))
})

test('desk: the journal is synced at the start, before what cannot be found again, after it, and at the end', async () => {
  const counted = async (text: string): Promise<number> => {
    const stage = staged(text)
    return syncsOf(stage, () => stage.run('demo'))
  }
  const none = await counted('- {id: wait, use: wait, with: {for: 1s}}')
  assert.equal(await counted(file), none)
  assert.equal(await counted('- {id: tool, run: [announce]}'), none + 2)
  assert.equal(await counted('- {id: tool, run: [announce], with: {creates: /srv/conf/made}}'), none + 1)
  // Planned only when it is done: whoever resumes the run does not know what it was.
  const look = '- {id: look, run: [look], with: {changes: false}}'
  const late = `${look}\n- {id: late, use: file.write, with: {path: '/srv/conf/\${steps.look.code}', content: x}}`
  assert.equal(await counted(late), none + 1)
})

test('desk: what is secret is not written down', async () => {
  const stage = staged("- {id: tool, run: [announce, '${inputs.word}']}", 'inputs: {word: {type: text, about: x}}', {
    machine: {argv: ['--input', 'word=hunter22']}
  })
  stage.host.processes.script([program('announce')], exited(0, 'the word is hunter22'))
  await stage.run('demo', {inputs: ['word=hunter22']})
  const journal = stage.disk.text(`${state}/journal/00000001.jsonl`) ?? ''
  assert.equal(journal.includes('hunter22'), false)
  assert.ok(journal.includes('the word is ***'))
})

test('desk: what programs print is kept with the run, and the journal has its end', async () => {
  const stage = staged('- {id: tool, run: [announce]}')
  stage.host.processes.script([program('announce')], exited(0, `${'x'.repeat(5000)}end`))
  const {runId = ''} = await stage.run('demo')
  assert.equal(stage.disk.text(`${state}/runs/${runId}/1.txt`)?.length, 5015)
  assert.equal(stage.disk.look(`${state}/runs/${runId}/1.txt`).mode, 0o600)
  const [step] = (await stage.record(runId))?.steps ?? []
  assert.equal(step?.outputTail?.length, 2000)
  assert.ok(step.outputTail.endsWith('end\n'))
})

test('desk: output that cannot be kept is a warning, and the run goes on', async () => {
  const stage = staged('- {id: tool, run: [announce]}')
  stage.host.processes.script([program('announce')], () => {
    const [folder] = [...stage.disk.files().keys()].filter((path) => path.endsWith('plan.json'))
    stage.disk.forbid((folder ?? '').replace('/plan.json', ''))
    return exited(0, 'words')
  })
  const report = await stage.run('demo')
  assert.deepEqual([report.status, codesOf(report.warnings)], ['done', ['output-lost']])
})

test('desk: a run whose end cannot be written down has done its part, and says so', async () => {
  const stage = staged('- {id: look, run: [look], with: {changes: false}}\n- {id: tool, run: [announce]}')
  stage.seen = {disk: deaf(stage.disk, (line) => line.includes('"run_end"'))}
  const report = await stage.run('demo')
  assert.deepEqual([report.status, exitOf(report), codesOf(report.errors)], ['partial', 3, ['journal-unwritable']])
  assert.deepEqual(outcomes(report), {look: 'done', tool: 'done'})
  assert.equal((await stage.next().runs())[0]?.status, 'crashed')
})

/** Fails with EIO where the path says so. */
function failing(disk: Disk, operation: keyof Disk, fails: (path: string) => boolean): Disk {
  return new Proxy(disk, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
      return (...given: unknown[]) => {
        if (key === operation && fails(String(given[0]))) {
          return Promise.reject(Object.assign(new Error('EIO: simulated'), {code: 'EIO'}))
        }
        return Reflect.apply(member, target, given)
      }
    }
  })
}

/** Takes no such lines for the journal. */
function deaf(disk: Disk, isRefused: (line: string) => boolean): Disk {
  const deafened = (file: OpenFile): OpenFile => ({
    read: (into, position) => file.read(into, position),
    sync: () => file.sync(),
    stat: () => file.stat(),
    writeAll: (parts, position) => file.writeAll(parts, position),
    syncData: () => file.syncData(),
    setAttributes: (attributes) => file.setAttributes(attributes),
    close: () => file.close(),
    write: async (bytes, position) => {
      if (isRefused(new TextDecoder().decode(bytes))) throw Object.assign(new Error('EIO: simulated'), {code: 'EIO'})
      await file.write(bytes, position)
    }
  })
  return new Proxy(disk, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as (...given: unknown[]) => unknown
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, given)
        return key === 'open' && String(given[0]).endsWith('.jsonl') ? deafened(result as OpenFile) : result
      }
    }
  })
}

const keeping = '- {id: wait, use: wait, with: {for: 1s}}'

test('desk: a lock that cannot be given back the first time is given back the second time', async () => {
  const stage = staged(keeping, 'locks: [logs]')
  let removals = 0
  const isFirst = (path: string): boolean => path.startsWith(`${logs}/.logcaster-locks`) && (removals += 1) === 1
  stage.seen = {disk: failing(stage.disk, 'remove', isFirst)}
  const report = await stage.run('demo')
  assert.deepEqual([report.status, report.warnings], ['done', []])
  assert.deepEqual(await stage.locks(), [])
})

test('desk: a lock that cannot be given back at all is told, and what the run did is told, too', async () => {
  const stage = staged(keeping, 'locks: [logs]')
  stage.seen = {disk: failing(stage.disk, 'remove', (path) => path.startsWith(`${logs}/.logcaster-locks`))}
  const report = await stage.run('demo')
  assert.deepEqual([report.status, exitOf(report), codesOf(report.warnings)], ['done', 0, ['lock-unwritable']])
})

test('desk: where nothing can be noted, nothing is begun', async () => {
  const stage = staged(file)
  stage.disk.forbid(state)
  const report = await stage.run('demo')
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['journal-unwritable'], 5])
  assert.equal(stage.disk.text('/srv/conf/a'), undefined)
})

test('desk: where it cannot be seen what is to be locked, nothing is begun', async () => {
  for (const blind of ['/proc/self/ns/pid', logs]) {
    const stage = staged(file, 'locks: [logs]')
    let isPlanned = false
    stage.seen = {
      disk: failing(stage.disk, 'stat', (path) => {
        isPlanned ||= path.startsWith('/proc/')
        return isPlanned && path === blind
      })
    }
    const report = await stage.run('demo')
    assert.deepEqual([codesOf(report.errors), exitOf(report)], [['lock-unwritable'], 5], blind)
    assert.deepEqual(await stage.locks(), [], blind)
  }
})

test('desk: a state folder of somebody else is not used', async () => {
  const stage = staged(file)
  stage.disk.putFolder(state, {uid: 1000, mode: 0o755})
  const report = await stage.run('demo')
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['journal-unsafe'], 5])
})

test('desk: whichever line of the journal cannot be written, no step acts without its line', async () => {
  for (let append = 1; append <= 6; append += 1) {
    const stage = staged(`${file}\n- {id: tool, run: [announce]}`)
    let appends = 0
    stage.seen = {disk: deaf(stage.disk, () => (appends += 1) >= append)}
    const report = await stage.run('demo')
    const begun = lines(stage).filter(({type}) => type === 'step_begin')
    const isWritten = stage.disk.text('/srv/conf/a') !== undefined
    assert.equal(isWritten, begun.length > 0, `append ${append}`)
    assert.equal(stage.ran('announce'), begun.length > 1 ? 1 : 0, `append ${append}`)
    assert.notEqual(exitOf(report), 0, `append ${append}`)
    assert.deepEqual(
      (await stage.locks()).filter(({resource}) => resource !== 'journal'),
      [],
      `append ${append}`
    )
  }
})

test('desk: the next run that needs what a broken-off one held is told of it until somebody resumes or undoes it', async () => {
  const stage = stageWith({
    runbooks: {
      demo: steps(`${file}\n- {id: wait, use: wait, with: {for: 1h}}`, 'locks: [logs]'),
      same: steps(keeping, 'locks: [logs]'),
      other: steps(keeping, 'locks: [data]')
    }
  })
  const begun = stage.clock.now()
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(60_000)
  stage.death.abort()
  const next = stage.next()
  const [run] = await next.runs()
  assert.equal(run?.status, 'crashed')
  const values = {run: run.runId, command: 'runbook run demo', user: 'root', sinceMs: begun}
  for (const round of [1, 2]) {
    const report = await next.run('same')
    assert.deepEqual(
      report.warnings.map((warning) => [warning.code, warning.values]),
      [['run-crashed', values]],
      `round ${round}`
    )
  }
  assert.deepEqual((await next.run('other')).warnings, [])
  assert.deepEqual(
    linesOf(next, 'lock_taken')
      .map(({resource}) => resource)
      .toSorted(),
    ['logs', 'runbook-demo'].slice(0, 1)
  )
  assert.equal((await next.undo(run.runId)).status, 'done')
  assert.deepEqual((await next.run('same')).warnings, [])
})

test('desk: of a broken-off run that another user had, its lock tells', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: wait, use: wait, with: {for: 1h}}', 'locks: [logs]')}})
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(60_000)
  stage.death.abort()
  const next = stage.next()
  const [lock] = (await next.locks()).filter(({resource}) => resource === 'logs')
  for (const path of next.disk.files().keys()) if (path.startsWith(state)) await next.disk.remove(path)
  const report = await next.run('demo')
  assert.deepEqual(codesOf(report.warnings), ['run-crashed'])
  assert.equal((report.warnings[0]?.values as {run: string}).run, lock?.runId)
})

test('desk: a lock that is taken over is told and written down even by a run that another lock keeps out', async () => {
  const wait = '- {id: wait, use: wait, with: {for: 1h}}'
  const stage = stageWith({
    runbooks: {
      demo: steps(wait, 'locks: [data]'),
      logs: steps(wait, 'locks: [logs]'),
      both: steps(wait, 'locks: [data, logs]')
    }
  })
  void stage.run('demo').catch(() => undefined)
  await stage.clock.advance(60_000)
  stage.death.abort()
  const next = stage.next()
  const holding = next.beside()
  void holding.run('logs').catch(() => undefined)
  await next.clock.advance(1000)
  const report = await next.run('both')
  holding.death.abort()
  assert.deepEqual([codesOf(report.errors), exitOf(report)], [['lock-conflict', 'run-crashed'], 11])
  assert.deepEqual(
    linesOf(next, 'lock_taken').map(({resource}) => resource),
    ['data']
  )
  assert.equal(linesOf(next, 'run_start').length, 2)
})

test('desk: whom the run told to stop for it is written down', async () => {
  const stage = stageWith({
    runbooks: {
      slow: steps('- {id: wait, use: wait, with: {for: 1h}}', 'locks: [logs]'),
      urgent: steps(keeping, 'locks: [{resource: logs, preempts: [slow]}]')
    }
  })
  const urgent = stage.beside()
  const first = stage.run('slow')
  await stage.clock.advance(1000)
  urgent.clock.after(5000, () => {
    stage.stop.abort('SIGTERM')
  })
  const {runId} = await urgent.run('urgent')
  const slow = (await first).runId
  const [note, ...others] = linesOf(urgent, 'lock_preempted')
  assert.deepEqual([note?.['run'], note?.['resource'], (note?.['from'] as Line)['run']], [runId, 'logs', slow])
  assert.deepEqual(others, [])
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Faults, type Fault} from '../../src/base/fault.ts'
import {parseCondition} from '../../src/runbook/condition.ts'
import {prepare} from '../../src/runbook/prepare.ts'
import type {Draft} from '../../src/runbook/draft.ts'
import type {Intent} from '../../src/runbook/plan.ts'
import {codesOf, exitOf, logs, stageWith, steps} from './stage.ts'
import type {Stage} from './stage.ts'

type Texts = Readonly<Record<string, string>>

async function intentOf(texts: Texts, inputs: readonly string[] = [], seed?: (stage: Stage) => void): Promise<Intent> {
  const stage = stageWith({runbooks: texts})
  seed?.(stage)
  return (await stage.plan('demo', inputs)).intent
}

async function faultsOf(texts: Texts, inputs: readonly string[] = []): Promise<readonly Fault[]> {
  try {
    await intentOf(texts, inputs)
  } catch (error) {
    if (error instanceof Faults) return error.all
    throw error
  }
  return assert.fail('nothing is wrong with it')
}

function idsOf({drafts}: Intent): string[] {
  return drafts.map(({id}) => id)
}

function draft(intent: Intent, id: string): Draft {
  const found = intent.drafts.find((one) => one.id === id)
  assert.ok(found !== undefined, `${id} is not among ${idsOf(intent).join()}`)
  return found
}

test('prepare: steps come numbered, with what they are given, and with the limits of the runbook', async () => {
  const intent = await intentOf({
    demo: steps(
      `- {id: one, use: wait, with: {for: '\${inputs.time}'}, retry: {times: 2, backoff: 3s}, timeout: 7s}
- {id: two, use: wait, with: {for: 1s}, needs: [one], on_failure: continue}`,
      'inputs: {time: {type: duration, default: 5m, about: x}}\non_failure: undo\ntimeout: 2h'
    )
  })
  const [one, two] = intent.drafts
  assert.deepEqual(one?.inputs, {for: '5m'})
  assert.deepEqual([one.number, one.timeoutMs, one.onFailure, one.folder], [1, 7000, 'undo', '/srv/runbooks'])
  assert.deepEqual(one.retry, {times: 2, backoffMs: 3000})
  assert.deepEqual([two?.number, two?.timeoutMs, two?.onFailure, two?.needs], [2, 600_000, 'continue', ['one']])
  assert.deepEqual(two?.retry, {times: 0, backoffMs: 0})
  assert.deepEqual([intent.runbook, intent.timeoutMs, intent.until], ['demo', 7_200_000, null])
})

test('prepare: everything that is wrong with the inputs is told at once, as it was typed', async () => {
  const head = 'inputs: {time: {type: duration, about: x}, size: {type: size, about: x}}'
  const stage = stageWith({runbooks: {demo: steps('- {use: wait, with: {for: "${inputs.time}"}}', head)}})
  const report = await stage.run('demo', {inputs: ['time=soon', 'sise=5']})
  assert.deepEqual(codesOf(report.errors), ['runbook-unknown-input', 'runbook-bad-input', 'runbook-missing-input'])
  assert.equal(exitOf(report), 64)
  assert.deepEqual(codesOf((await stage.run('missing')).errors), ['runbook-unknown'])
})

test('prepare: a step is made for each item of a list, and what needs it needs them all', async () => {
  const intent = await intentOf({
    demo: steps(
      `- {id: write, use: file.write, each: '\${inputs.names}', with: {path: '/srv/conf/\${item}', content: x}}
- {id: none, use: wait, each: '\${inputs.empty}', with: {for: 1s}}
- {id: after, use: wait, with: {for: 1s}, needs: [write, none]}`,
      'inputs: {names: {type: list, default: [a, b], about: x}, empty: {type: list, default: [], about: x}}'
    )
  })
  assert.deepEqual(idsOf(intent), ['write[1]', 'write[2]', 'after'])
  assert.deepEqual(draft(intent, 'write[2]').inputs, {path: '/srv/conf/b', content: 'x'})
  assert.deepEqual(draft(intent, 'after').needs, ['write[1]', 'write[2]'])
})

test('prepare: each takes a list, and one that is known', async () => {
  const head = 'inputs: {name: {type: text, default: a, about: x}}'
  const each = (from: string): Texts => ({
    demo: steps(`- {id: all, use: wait, each: '${from}', with: {for: 1s}}`, head)
  })
  assert.deepEqual(codesOf(await faultsOf(each('${inputs.name}'))), ['step-each-not-list'])
  assert.deepEqual(codesOf(await faultsOf(each('${config.service.unit}'))), ['step-each-not-list'])
  assert.deepEqual(codesOf(await faultsOf(each('${config.server.host}'))), ['runbook-no-value'])
})

test('prepare: facts are read on the way, one with the help of another', async () => {
  const text = steps(
    `- {id: gone, use: file.remove, each: '\${facts.old}', with: {path: '\${item.path}', reason: '\${item.reason}'}}
- {id: service, use: wait, with: {for: 1s}, when: '\${facts.state.status} == ok'}`,
    `facts:
  old: {use: files.find, with: {folder: '\${config.paths.logs}', older_than: 1d}}
  state: {use: check, with: {id: service.state}}`
  )
  const stage = stageWith({runbooks: {demo: text}})
  stage.disk.put(`${logs}/a.log`, 'x', {modifiedMs: stage.clock.now() - 2 * 86_400_000})
  const report = await stage.run('demo', {dryRun: true})
  assert.deepEqual(
    report.plan?.map(({id, action}) => [id, action]),
    [
      ['gone[1]', 'change'],
      ['service', 'look']
    ]
  )
})

test('prepare: a fact that cannot be read, or is given what it does not take, is told', async () => {
  const asking = (wanted: string): Texts => {
    const head = `inputs: {age: {type: text, default: old, about: x}}\nfacts: {old: {use: files.find, with: ${wanted}}}`
    return {demo: steps('- {id: wait, use: wait, with: {for: 1s}}', head)}
  }
  assert.deepEqual(codesOf(await faultsOf(asking('{folder: /srv/none}'))), ['file-unreadable'])
  const bad = await faultsOf(asking("{folder: /srv/logs, older_than: '${inputs.age}'}"))
  assert.deepEqual(codesOf(bad), ['runbook-bad-fact'])
  assert.deepEqual(bad[0]?.values, {runbook: 'demo', fact: 'old', use: 'files.find'})
  assert.deepEqual(codesOf(await faultsOf(asking("{folder: '${config.server.host}'}"))), ['runbook-no-value'])
})

test('prepare: a condition that is known decides at once, and what is skipped needs no values', async () => {
  const intent = await intentOf({
    demo: steps(
      `- {id: no, use: file.write, with: {path: '\${inputs.path}', content: x}, when: '\${inputs.flag}'}
- {id: yes, use: wait, with: {for: 1s}, when: '\${inputs.flag} == false'}
- {id: late, use: wait, with: {for: 1s}, when: '\${steps.yes.code} == 0'}`,
      "inputs: {flag: {type: flag, default: false, about: x}, path: {type: text, default: '', about: x}}"
    )
  })
  assert.equal(draft(intent, 'no').when, 'no')
  assert.equal(draft(intent, 'yes').when, 'yes')
  assert.equal(typeof draft(intent, 'late').when, 'object')
})

test('prepare: a condition on what is no flag is told', async () => {
  const head = 'inputs: {word: {type: text, default: maybe, about: x}}'
  const faults = await faultsOf({demo: steps("- {id: no, use: wait, with: {for: 1s}, when: '${inputs.word}'}", head)})
  assert.deepEqual(faults[0]?.values, {reference: '${inputs.word}', why: 'not-flag'})
})

test('prepare: every input is in the environment of every program, and the runbook has the last word', async () => {
  const intent = await intentOf(
    {
      demo: steps(
        `- {id: program, run: [look]}
- {id: shell, sh: 'true', with: {env: {LOGCASTER_INPUT_COUNT: own, MORE: '1'}}}
- {id: file, use: file.write, with: {path: /srv/conf/a, content: x}}`,
        `inputs:
  count: {type: whole, default: 3, about: x}
  a-list: {type: list, default: [p, q], about: x}`
      )
    },
    ['count=5']
  )
  const env = {LOGCASTER_INPUT_COUNT: 5, LOGCASTER_INPUT_A_LIST: '["p","q"]'}
  assert.deepEqual(draft(intent, 'program').inputs, {argv: ['look'], env})
  assert.deepEqual(draft(intent, 'shell').inputs, {
    text: 'true',
    env: {...env, LOGCASTER_INPUT_COUNT: 'own', MORE: '1'}
  })
  assert.deepEqual(draft(intent, 'file').inputs, {path: '/srv/conf/a', content: 'x'})
})

test('prepare: a value that a program would take for an option is refused before anything is done', async () => {
  const head = 'inputs: {name: {type: text, default: --force, about: x}}'
  const faults = await faultsOf({demo: steps("- {id: go, run: [announce, '${inputs.name}']}", head)})
  assert.deepEqual(faults[0]?.values, {step: 'go', value: '--force'})
})

const inner = steps(
  `- {id: one, use: file.write, with: {path: '\${inputs.path}', content: x}}
- {id: two, use: wait, with: {for: 1s}, needs: [one]}`,
  'inputs: {path: {type: path, about: x}}\nlocks: [{resource: logs, mode: shared, preempts: [a, b]}, data]'
)

test('prepare: the steps of a called runbook have its name before theirs, and need what the call needs', async () => {
  const intent = await intentOf({
    demo: steps(
      `- {id: first, use: wait, with: {for: 1s}}
- {id: call, use: runbook, with: {name: inner, inputs: {path: /srv/conf/a}}, needs: [first]}
- {id: last, use: wait, with: {for: 1s}, needs: [call]}`,
      'locks: [{resource: logs, mode: shared, preempts: [b, c]}, service]'
    ),
    inner
  })
  assert.deepEqual(idsOf(intent), ['first', 'call/one', 'call/two', 'last'])
  assert.deepEqual(draft(intent, 'call/one').needs, ['first'])
  assert.deepEqual(draft(intent, 'call/two').needs, ['first', 'call/one'])
  assert.deepEqual(draft(intent, 'last').needs, ['call/one', 'call/two'])
  assert.deepEqual(draft(intent, 'call/one').inputs, {path: '/srv/conf/a', content: 'x'})
  assert.deepEqual(intent.locks, [
    {resource: 'logs', mode: 'shared', preempts: ['b']},
    {resource: 'service', mode: 'exclusive', preempts: []},
    {resource: 'data', mode: 'exclusive', preempts: []}
  ])
})

test('prepare: a lock is exclusive where any of the runbooks asks for that', async () => {
  const call = '- {use: runbook, with: {name: inner, inputs: {path: /srv/conf/a}}}'
  const intent = await intentOf({demo: steps(call, 'locks: [logs]'), inner})
  assert.equal(intent.locks.find(({resource}) => resource === 'logs')?.mode, 'exclusive')
})

test('prepare: a runbook that is called for each item has its own steps each time', async () => {
  const intent = await intentOf({
    demo: steps(
      "- {id: call, use: runbook, each: '${inputs.all}', with: {name: inner, inputs: {path: '/srv/conf/${item}'}}}",
      'inputs: {all: {type: list, default: [a, b], about: x}}'
    ),
    inner
  })
  assert.deepEqual(idsOf(intent), ['call[1]/one', 'call[1]/two', 'call[2]/one', 'call[2]/two'])
  assert.deepEqual(draft(intent, 'call[2]/two').needs, ['call[2]/one'])
})

test('prepare: a call that is skipped has no steps, takes no values, and serves nobody who needs it', async () => {
  const intent = await intentOf({
    demo: steps(
      `- {id: call, use: runbook, with: {name: inner}, when: '\${inputs.flag}'}
- {id: last, use: wait, with: {for: 1s}, needs: [call]}`,
      'inputs: {flag: {type: flag, default: false, about: x}}'
    ),
    inner
  })
  assert.deepEqual(idsOf(intent), ['last'])
  assert.deepEqual(draft(intent, 'last').needs, ['call'])
  assert.deepEqual(intent.locks, [])
})

test('prepare: a called runbook is held to its inputs, and told what it lacks', async () => {
  const call = (inputs: string): Texts => ({demo: steps(`- {use: runbook, with: {name: inner${inputs}}}`), inner})
  assert.deepEqual(codesOf(await faultsOf(call(''))), ['runbook-missing-input'])
  assert.deepEqual(codesOf(await faultsOf(call(', inputs: {path: relative}'))), ['runbook-bad-input'])
})

test('prepare: runbooks that call each other in a circle are told with the circle', async () => {
  const faults = await faultsOf({
    demo: steps('- {id: go, use: runbook, with: {name: other}}'),
    other: steps('- {id: back, use: runbook, with: {name: demo}}')
  })
  assert.deepEqual(faults[0]?.values, {step: 'go/back', chain: 'demo → other → demo'})
})

test('prepare: calls go no deeper than a person can follow', async () => {
  const calls = Array.from({length: 9}, (_, at) => [
    at === 0 ? 'demo' : `r${at}`,
    steps(`- {id: c, use: runbook, with: {name: r${at + 1}}}`)
  ])
  const faults = await faultsOf({
    ...(Object.fromEntries(calls) as Texts),
    r9: steps('- {use: wait, with: {for: 1s}}')
  })
  assert.deepEqual(codesOf(faults), ['step-call-cycle'])
})

test('prepare: a runbook that stops at its goal can only be run by itself', async () => {
  const faults = await faultsOf({
    demo: steps('- {id: call, use: runbook, with: {name: ladder}}'),
    ladder: steps('- {use: wait, with: {for: 1s}}', 'until: service.state')
  })
  assert.deepEqual(faults[0]?.values, {step: 'call', runbook: 'ladder'})
})

test('prepare: what is called has to be known before the first step', async () => {
  const head = 'inputs: {values: {type: text, default: x, about: x}}'
  const bad = {demo: steps("- {id: call, use: runbook, with: {name: inner, inputs: '${inputs.values}'}}", head), inner}
  assert.deepEqual(codesOf(await faultsOf(bad)), ['step-call-late'])
})

test('prepare: a call does not wait for what a step gives', async () => {
  const stage = stageWith({runbooks: {demo: steps('- {id: call, use: runbook, with: {name: inner}}'), inner}})
  const place = await stage.place()
  const runbook = await place.shelf.read('demo')
  const when = parseCondition('${steps.look.code} == 0')
  assert.ok(when !== undefined && !('problems' in when))
  const late = {...runbook, steps: runbook.steps.map((step) => ({...step, when}))}
  const at = {run: {id: 'run', startedMs: 0}, config: place.loaded.config, uid: 0}
  const preparing = {place, at, check: (): never => assert.fail('no check is asked')}
  await assert.rejects(prepare(late, [], preparing), (error) => {
    return error instanceof Faults && codesOf(error.all).join() === 'step-call-late'
  })
})

test('prepare: a runbook that would become too many steps is refused, and which one it is', async () => {
  const names = Array.from({length: 75}, (_, at) => `n${at}`)
  const head = `inputs: {all: {type: list, default: [${names.join(', ')}], about: x}}`
  const faults = await faultsOf({
    demo: steps(
      "- {id: call, use: runbook, each: '${inputs.all}', with: {name: many, inputs: {all: '${inputs.all}'}}}",
      head
    ),
    many: steps("- {id: wait, use: wait, each: '${inputs.all}', with: {for: 1s}}", head)
  })
  assert.deepEqual(faults[0]?.values, {runbook: 'many', stepsMax: 5000})
  assert.ok(new Set(codesOf(faults)).size === 1)
})

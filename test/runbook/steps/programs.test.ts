import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Ran} from '../../../src/host/processes.ts'
import {programKind} from '../../../src/runbook/steps/programs.ts'
import {run} from '../../../src/runbook/steps/run.ts'
import {sh} from '../../../src/runbook/steps/sh.ts'
import {zx} from '../../../src/runbook/steps/zx.ts'
import type {Applied} from '../../../src/runbook/step.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {exited} from '../../sim/processes.ts'
import {apply, outlookOf, refusalsOf, stageOn, undo, type Stage} from './stage.ts'

async function stage(): Promise<Stage<SimHost>> {
  const host = simHost({seed: 1})
  for (const path of ['/bin/sh', '/usr/bin/tool']) host.disk.put(path, '', {mode: 0o755})
  host.disk.put('/srv/runbooks/collect.mjs', '', {mode: 0o644})
  return stageOn(host)
}

test('sh: the text is run by a shell that stops at the first failure and at a variable that is not set', async () => {
  const place = await stage()
  place.host.processes.script(['/bin/sh'], exited(0))
  const text = 'false | true\necho "$NAME"\n'
  await apply(place, sh, {text, env: {NAME: '$(reboot)'}})
  const [only] = place.host.processes.runs
  assert.deepEqual(only?.argv, ['/bin/sh', '-eu', '-c', text])
  assert.equal(only.options.env?.['NAME'], '$(reboot)')
})

test('sh: a plan shows the first line of the text, and whether there is more', async () => {
  const targetOf = async (text: string): Promise<string> => (await outlookOf(await stage(), sh, {text})).target
  assert.equal(await targetOf('df -P\n'), 'sh: df -P')
  assert.equal(await targetOf('\n df -P\ndu\n'), 'sh: df -P …')
  assert.equal(await targetOf('x'.repeat(121)), `sh: ${'x'.repeat(120)} …`)
})

test('sh: without a shell it is refused', async () => {
  const place = await stage()
  await place.host.disk.remove('/bin/sh')
  assert.deepEqual(await refusalsOf(place, sh, {text: 'true'}), ['program-missing'])
})

test('zx: the script of the runbook is run with its words, by the Node that runs us', async () => {
  const place = await stage()
  place.host.processes.script([process.execPath], exited(0))
  const raw = {script: './collect.mjs', args: ['a b', '-rf', '$(reboot)', 7]}
  assert.equal((await outlookOf(place, zx, raw)).target, "./collect.mjs 'a b' -rf '$(reboot)' 7")
  await apply(place, zx, raw)
  const argv = place.host.processes.runs[0]?.argv ?? []
  assert.deepEqual(argv.slice(-5), ['/srv/runbooks/collect.mjs', 'a b', '-rf', '$(reboot)', '7'])
})

test('zx: S-04: a script that is missing, no file, or changeable by others is refused; nobody has to execute it', async () => {
  const place = await stage()
  assert.deepEqual(await refusalsOf(place, zx, {script: './collect.mjs'}), [])
  assert.deepEqual(await refusalsOf(place, zx, {script: './absent.mjs'}), ['program-missing'])
  assert.deepEqual(await refusalsOf(place, zx, {script: '/srv/runbooks'}), ['program-not-executable'])
  place.host.disk.put('/srv/runbooks/open.mjs', '', {mode: 0o666})
  assert.deepEqual(await refusalsOf(place, zx, {script: './open.mjs'}), ['program-unsafe'])
  const applied = await apply(place, zx, {script: './absent.mjs'})
  assert.equal(applied.status === 'failed' && applied.fault.code, 'program-missing')
})

test('zx: where it is not installed, the step fails and says what is missing', async () => {
  const command = {word: 'tool', argv: (): undefined => undefined, isScript: false, target: 'tool'}
  const kind = programKind({...run, commandOf: () => command})
  const applied = await apply(await stage(), kind, {argv: ['tool']})
  assert.deepEqual(applied.status === 'failed' && applied.fault.values, {program: 'zx'})
})

const raw = {argv: ['tool'], env: {TOKEN: {secret_file: '/etc/secret'}, PLAIN: 'seen'}}

async function ranWithSecret(secret: string, ran: Ran): Promise<Applied> {
  const place = await stage()
  place.host.disk.put('/etc/secret', secret, {mode: 0o600})
  place.host.processes.script(['/usr/bin/tool'], ran)
  const applied = await apply(place, run, raw)
  assert.equal(place.host.processes.runs[0]?.options.env?.['PLAIN'], 'seen')
  return applied
}

test('programs: a secret is read when the program starts, and never planned', async () => {
  const place = await stage()
  place.host.disk.put('/etc/secret', 'hunter2\r\n', {mode: 0o600})
  place.host.processes.script(['/usr/bin/tool'], exited(0))
  const outlook = await outlookOf(place, run, raw)
  assert.doesNotMatch(JSON.stringify(outlook), /hunter2/)
  assert.ok(!place.host.disk.touched.has('/etc/secret'))
  await apply(place, run, raw)
  assert.equal(place.host.processes.runs[0]?.options.env?.['TOKEN'], 'hunter2')
})

test('programs: a secret is kept out of everything that is kept of a program', async () => {
  const told = await ranWithSecret('hunter2\n', exited(1, 'with hunter2\n', 'hunter2hunter2 is wrong'))
  assert.doesNotMatch(JSON.stringify(told), /hunter2/)
  assert.deepEqual(told.outputs.values['stdout'], 'with ***')
  assert.equal(told.status === 'failed' && told.fault.message.includes('****** is wrong'), true)
})

test('programs: each longer line of a secret is hidden, too', async () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nab\n-----END KEY-----\n'
  const {outputs} = await ranWithSecret(key, exited(0, 'line 2 is MIIEvQIBADANBg, line 3 is ab'))
  assert.equal(outputs.values['stdout'], 'line 2 is ***, line 3 is ab')
})

test('programs: where output was dropped, no part of a secret is left that was cut in two', async () => {
  const [head, tail] = ['x'.repeat(524_280), 'y'.repeat(524_280)]
  const stdout = {text: `${head}hunt\ner2${tail}`, droppedBytes: 5}
  const {outputs} = await ranWithSecret('hunter2', {...exited(0), stdout})
  const [values, printed = ''] = [outputs.values, outputs.printed]
  assert.doesNotMatch(printed, /hunt|er2/)
  assert.equal(values['stdout_dropped_bytes'], 5 + Buffer.byteLength(stdout.text) - 65_536)
  // A secret of two halves that is not told to anybody changes nothing.
  const open = await stage()
  open.host.processes.script(['/usr/bin/tool'], {...exited(0), stdout})
  assert.match((await apply(open, run, {argv: ['tool']})).outputs.printed ?? '', /hunt\ner2/)
})

const unreadable: readonly (readonly [string, string | undefined, string])[] = [
  ['missing', undefined, 'ENOENT'],
  ['empty', '\n', 'empty'],
  ['too big', 'x'.repeat(70_000), 'too big']
]

for (const [what, content, reason] of unreadable) {
  test(`programs: with a secret that is ${what}, nothing is started, and nothing undone`, async () => {
    const place = await stage()
    if (content !== undefined) place.host.disk.put('/etc/secret', content)
    for (const one of [await apply(place, run, raw), await undo(place, run, {...raw, undo: ['tool']})]) {
      assert.ok(one.status === 'failed')
      assert.equal(one.fault.code, 'file-unreadable')
      assert.deepEqual(one.fault.values, {path: '/etc/secret', reason})
    }
    assert.equal(place.host.processes.runs.length, 0)
  })
}

test('programs: what is shown of a long command is short', async () => {
  const {target} = await outlookOf(await stage(), run, {argv: ['tool', 'x'.repeat(300)]})
  assert.equal(target, `tool ${'x'.repeat(195)}…`)
})

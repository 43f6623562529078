import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Ran} from '../../../src/host/processes.ts'
import {run} from '../../../src/runbook/steps/run.ts'
import {simHost, type SimHost, type SimHostOptions} from '../../sim/host.ts'
import {ended, exited} from '../../sim/processes.ts'
import {
  apply,
  changeOf,
  inputsOf,
  inSimTime,
  outlookOf,
  refusalsOf,
  stageOn,
  textOf,
  undo,
  type Stage
} from './stage.ts'

const programs = ['/usr/bin/tool', '/usr/bin/untool', '/srv/runbooks/x.sh']

async function stage(options: Partial<SimHostOptions> = {}): Promise<Stage<SimHost>> {
  const host = simHost({seed: 1, ...options})
  for (const path of programs) host.disk.put(path, '', {mode: 0o755})
  return stageOn(host)
}

async function ranWith(ran: Ran, raw: object = {}): ReturnType<typeof apply> {
  const place = await stage()
  place.host.processes.script(['/usr/bin/tool'], ran)
  return apply(place, run, {argv: ['tool'], ...raw})
}

test('run: a program is a change of which nothing is known before, and that cannot be put back', async () => {
  assert.deepEqual(await changeOf(await stage(), run, {argv: ['tool', '-v', 'a b', "it's"]}), {
    action: 'change',
    target: String.raw`tool -v 'a b' 'it'\''s'`,
    said: {code: 'step-program-runs', values: {program: String.raw`tool -v 'a b' 'it'\''s'`}},
    before: {program: '/usr/bin/tool'},
    after: null,
    isReversible: false,
    isObservable: false,
    isRepeatable: false,
    isOpaque: true,
    risk: 'low',
    effects: [],
    needs: {root: false, programs: ['tool'], spaceBytes: 0}
  })
})

test('run: what the runbook says of its program is in the plan', async () => {
  const raw = {argv: ['tool'], undo: ['untool'], risk: 'high', repeatable: true, root: true}
  const outlook = await outlookOf(await stage(), run, raw)
  assert.ok(outlook.action === 'change')
  assert.deepEqual([outlook.isReversible, outlook.isRepeatable, outlook.risk], [true, true, 'high'])
  assert.deepEqual(outlook.needs, {root: true, programs: ['tool', 'untool'], spaceBytes: 0})
})

test('run: a program that changes nothing only looks', async () => {
  assert.deepEqual(await outlookOf(await stage(), run, {argv: ['tool'], changes: false}), {
    action: 'look',
    target: 'tool',
    said: {code: 'step-program-looks', values: {program: 'tool'}},
    needs: {root: false, programs: ['tool'], spaceBytes: 0}
  })
})

test('run: where the file is that the program creates, there is nothing to do, whatever it is', async () => {
  const raw = {argv: ['no-such-program'], creates: '/srv/image'}
  const place = await stage()
  place.host.disk.put('/srv/image', '')
  const said = {code: 'step-created-already', values: {path: '/srv/image'}}
  assert.deepEqual(await outlookOf(place, run, raw), {action: 'nothing', target: 'no-such-program', said})
  await place.host.disk.remove('/srv/image')
  place.host.disk.putLink('/srv/image', '/nowhere')
  assert.equal((await outlookOf(place, run, raw)).action, 'nothing')
})

test('run: with a file to create, looking tells whether it ran', async () => {
  const place = await stage()
  const raw = {argv: ['tool'], creates: '/srv/image'}
  const {before, after, isObservable} = await changeOf(place, run, raw)
  assert.deepEqual(before, {program: '/usr/bin/tool', state: 'absent'})
  assert.deepEqual(after, {state: 'present'})
  assert.equal(isObservable, true)
  place.host.processes.script(['/usr/bin/tool'], () => {
    place.host.disk.put('/srv/image', '')
    return exited(0)
  })
  assert.equal((await apply(place, run, raw)).status, 'done')
  assert.equal((await outlookOf(place, run, raw)).action, 'nothing')
})

test('run: S-01: a program that ends well and leaves nothing of what it was to create has failed', async () => {
  const applied = await ranWith(exited(0), {creates: '/srv/image'})
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'step-created-nothing')
  assert.deepEqual(applied.fault.values, {program: 'tool', path: '/srv/image'})
})

test('run: whether the file is there that the program creates must be known, or nothing is planned', async () => {
  const seen = new Set<string>()
  for (let failAt = 1; ; failAt += 1) {
    const place = await stage({failAt})
    const codes = await refusalsOf(place, run, {argv: ['tool'], creates: '/srv/image'})
    if (!place.host.disk.failed) break
    const operation = place.host.disk.failedOperation ?? ''
    seen.add(operation)
    assert.equal(codes.includes('file-unreadable'), operation === 'lstat /srv/image', `failAt=${failAt} ${operation}`)
  }
  assert.ok(seen.has('lstat /srv/image'))
})

test('run: S-04: a program that is missing is refused before the first step, and so is the one of its undo', async () => {
  const place = await stage()
  assert.deepEqual(await refusalsOf(place, run, {argv: ['./y.sh']}), ['program-missing'])
  assert.deepEqual(await refusalsOf(place, run, {argv: ['./y.sh'], undo: ['nothing']}), [
    'program-missing',
    'program-missing'
  ])
  assert.deepEqual(await refusalsOf(place, run, {argv: ['./x.sh']}), [])
})

test('run: a program that may not be executed is refused, and one that others can change is not run by root', async () => {
  const place = await stage()
  place.host.disk.put('/srv/runbooks/text', '', {mode: 0o644})
  place.host.disk.put('/srv/runbooks/open', '', {mode: 0o777})
  assert.deepEqual(await refusalsOf(place, run, {argv: ['./text']}), ['program-not-executable'])
  assert.deepEqual(await refusalsOf(place, run, {argv: ['./open']}), ['program-unsafe'])
  const asUser = await stage({machine: {uid: 1000}})
  asUser.host.disk.put('/srv/runbooks/open', '', {mode: 0o775, uid: 1000})
  assert.deepEqual(await refusalsOf(asUser, run, {argv: ['./open']}), [])
})

test('run: the program gets its words as they are, its folder, and the run and step that it is of', async () => {
  const place = await stage()
  place.host.processes.script(['/usr/bin/tool'], exited(0))
  const words = ['$(reboot)', '`reboot`', ';reboot', 'a\nb', '-rf', '', '\u001b[2J']
  await apply(place, run, {argv: ['tool', ...words], env: {NAME: '$(reboot)\n', LOGCASTER_RUN: 'forged'}})
  const [only] = place.host.processes.runs
  assert.deepEqual(only?.argv, ['/usr/bin/tool', ...words])
  assert.equal(only.options.cwd, '/srv/runbooks')
  assert.equal(only.options.deadlineMs, 60_000)
  assert.deepEqual(only.options.env, {NAME: '$(reboot)\n', LOGCASTER_RUN: place.at.run.id, LOGCASTER_STEP: '3'})
})

test('run: a program beside the runbook is found there, wherever the step works', async () => {
  const place = await stage()
  place.host.processes.script(['/srv/runbooks/x.sh'], exited(0))
  assert.equal((await apply(place, run, {argv: ['./x.sh'], cwd: '/var/tmp'})).status, 'done')
  assert.equal(place.host.processes.runs[0]?.options.cwd, '/var/tmp')
})

test('run: what a program printed, and how it ended, is there for later steps', async () => {
  const applied = await ranWith({...exited(3, ' 12 %\n', 'careful\n'), strays: 2}, {expect: [0, 3]})
  assert.deepEqual(applied, {
    status: 'done',
    outputs: {
      values: {code: 3, stdout: '12 %', stdout_dropped_bytes: 0, stderr: 'careful', strays: 2},
      printed: '--- stdout\n 12 %\n--- stderr\ncareful\n--- 2 processes outlived it, and were ended\n'
    }
  })
})

test('run: long output is cut for later steps, which can see that, and kept in whole where runs keep theirs', async () => {
  const long = 'é'.repeat(70_000)
  const {outputs} = await ranWith({...exited(0, long), stderr: {text: 'x'.repeat(5000), droppedBytes: 7}})
  const {values, printed = ''} = outputs
  assert.equal(textOf(outputs, 'stdout').length, 65_536)
  assert.equal(values['stdout_dropped_bytes'], 2 * (70_000 - 65_536))
  assert.equal(values['stderr'], 'x'.repeat(4096))
  assert.ok(printed.startsWith(`--- stdout\n${long}\n--- stderr (7 bytes in between were not kept)\nxxx`))
})

test('run: output that the host dropped already is told, too', async () => {
  const {outputs} = await ranWith({...exited(0), stdout: {text: 'begin\nend', droppedBytes: 99}})
  assert.equal(outputs.values['stdout_dropped_bytes'], 99)
})

const ends: readonly (readonly [Ran, string, unknown])[] = [
  [exited(1, '', 'no\u001b[31m space\n\n left \n'), 'step-program-failed', {how: 'exit 1', detail: 'no space / left'}],
  [exited(2), 'step-program-failed', {how: 'exit 2', detail: ''}],
  [ended({how: 'signalled', signal: 'SIGSEGV'}), 'step-program-failed', {how: 'SIGSEGV', detail: ''}],
  [ended({how: 'missing'}), 'step-program-not-started', {reason: 'ENOENT'}],
  [ended({how: 'refused', reason: 'EACCES'}), 'step-program-not-started', {reason: 'EACCES'}],
  [ended({how: 'deadline'}, 1234.5), 'step-program-late', {afterMs: 1235, detail: ''}],
  [ended({how: 'aborted'}), 'step-program-stopped', {detail: ''}]
]

for (const [ran, code, values] of ends) {
  test(`run: S-01: a program that ended by ${JSON.stringify(ran.end)} has failed, and the fault says how`, async () => {
    const applied = await ranWith(ran)
    assert.ok(applied.status === 'failed')
    assert.equal(applied.fault.code, code)
    assert.deepEqual(applied.fault.values, {program: 'tool', ...(values as object)})
  })
}

test('run: the last words of a program are few, short and harmless', async () => {
  const lines = Array.from({length: 50}, (_, at) => `line ${at} ${'x'.repeat(90)}\u202e\u0007`)
  const applied = await ranWith(exited(1, '', lines.join('\r\n')))
  assert.ok(applied.status === 'failed')
  const {detail = ''} = applied.fault.values as {detail?: string}
  assert.equal(detail.length <= 500, true)
  assert.match(detail, / \/ line 49 x+$/)
  const short = await ranWith(exited(1, '', 'a\nb\nc\nd\ne\nf\n'))
  assert.equal(short.status === 'failed' && (short.fault.values as {detail?: string}).detail, 'b / c / d / e / f')
  assert.doesNotMatch(detail, /[\p{Cc}\u202e]|line 44/u)
})

test('run: the deadline of the step ends the program, whichever of its two ways is the first', async () => {
  const place = await stage()
  place.host.processes.script(['/usr/bin/tool'], 'hangs')
  const late = await inSimTime(place, apply({...place, deadlineMs: 5000}, run, {argv: ['tool']}))
  assert.ok(late.status === 'failed')
  assert.equal(late.fault.code, 'step-program-late')
  place.host.processes.script(['/usr/bin/tool'], ended({how: 'aborted'}))
  const cut = await apply({...place, stop: AbortSignal.abort('deadline')}, run, {argv: ['tool']})
  assert.ok(cut.status === 'failed')
  assert.equal(cut.fault.code, 'step-late')
})

test('run: who stops the run stops the program, and starts none any more', async () => {
  const place = await stage()
  const stop = new AbortController()
  place.host.processes.script(['/usr/bin/tool'], () => {
    stop.abort('SIGINT')
    return ended({how: 'aborted'})
  })
  const stopped = await apply({...place, stop: stop.signal}, run, {argv: ['tool']})
  assert.ok(stopped.status === 'failed')
  assert.equal(stopped.fault.code, 'step-program-stopped')
  const never = await apply({...place, stop: stop.signal}, run, {argv: ['tool']})
  assert.ok(never.status === 'failed')
  assert.equal(never.fault.code, 'step-stopped')
  assert.equal(place.host.processes.runs.length, 1)
})

test('run: a deadline that reached the program by the signal is told as one', async () => {
  const place = await stage()
  const stop = new AbortController()
  place.host.processes.script(['/usr/bin/tool'], () => {
    stop.abort('deadline')
    return ended({how: 'aborted'}, 900)
  })
  const late = await apply({...place, stop: stop.signal}, run, {argv: ['tool']})
  assert.ok(late.status === 'failed')
  assert.equal(late.fault.code, 'step-program-late')
})

test('run: a program that went away since it was planned is not started', async () => {
  const place = await stage()
  await place.host.disk.remove('/usr/bin/tool')
  const applied = await apply(place, run, {argv: ['tool']})
  assert.ok(applied.status === 'failed')
  assert.equal(applied.fault.code, 'program-missing')
  assert.equal(place.host.processes.runs.length, 0)
})

test('run: the undo is the program that the runbook names for it, and fails when that fails', async () => {
  const place = await stage()
  const raw = {argv: ['tool'], undo: ['untool', 'a b'], expect: [3], cwd: '/srv', env: {A: 'b'}}
  place.host.processes.script(['/usr/bin/untool'], exited(0))
  assert.deepEqual(await undo(place, run, raw), {status: 'undone'})
  const [only] = place.host.processes.runs
  assert.deepEqual(only?.argv, ['/usr/bin/untool', 'a b'])
  assert.equal(only.options.cwd, '/srv')
  assert.equal(only.options.env?.['A'], 'b')
  place.host.processes.script(['/usr/bin/untool'], exited(3))
  const failed = await undo(place, run, raw)
  assert.ok(failed.status === 'failed')
  assert.equal(failed.fault.code, 'step-program-failed')
  await place.host.disk.remove('/usr/bin/untool')
  const missing = await undo(place, run, raw)
  assert.ok(missing.status === 'failed')
  assert.equal(missing.fault.code, 'program-missing')
})

test('run: without a program for it there is no undo', async () => {
  const undone = await undo(await stage(), run, {argv: ['tool']})
  assert.ok(undone.status === 'failed')
  assert.equal(undone.fault.code, 'step-not-reversible')
})

test('run: fields that no program could be run with are not taken', () => {
  const good = {argv: ['tool'], expect: [0, 255]}
  assert.deepEqual(inputsOf(run, good).expect, [0, 255])
  const bad = [{expect: []}, {expect: [256]}, {expect: [-1]}, {risk: 'none'}, {cwd: 'here'}, {creates: '/a/../b'}]
  const worse = [{argv: []}, {argv: ['-x']}, {undo: []}, {changes: 'no'}, {env: {'A-B': '1'}}, {shell: true}]
  for (const one of [...bad, ...worse]) {
    assert.equal(run.fields.parse({...good, ...one}), undefined, JSON.stringify(one))
  }
})

import assert from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import type {Outlook} from '../../src/runbook/step.ts'
import {checkout, startLab, type Lab} from './lab.ts'

/** The steps that work on services, under a real systemd. What each of them promises is in `test/runbook/steps/`. */

const sleeps = 'ExecStart=sleep infinity'

const units: Readonly<Record<string, readonly string[]>> = {
  plain: ['[Service]', sleeps],
  dies: ['[Service]', 'ExecStart=/bin/sh -c "sleep 0.4; exit 3"'],
  revives: ['[Service]', 'Restart=always', 'ExecStart=/bin/sh -c "sleep 0.4; exit 3"'],
  fails: ['[Service]', 'Type=notify', 'ExecStart=/bin/sh -c "exit 3"'],
  once: ['[Service]', 'Type=oneshot', 'ExecStart=true'],
  stays: ['[Service]', 'Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=true'],
  deaf: ['[Service]', 'TimeoutStopSec=1', `ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 0.1; done'`],
  stubborn: ['[Service]', 'TimeoutStopSec=3', `ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 0.1; done'`],
  slow: ['[Service]', 'Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=sleep 60']
}

test('steps that work on services, under a real systemd', async (t) => {
  const lab = await startLab(t)
  if (lab === undefined) return
  for (const [unit, lines] of Object.entries(units)) {
    writeFileSync(join(lab.root, `/etc/systemd/system/${unit}.service`), `${lines.join('\n')}\n`)
  }
  await lab.exec(['systemctl', 'daemon-reload'])
  await t.test('a service is started once, and put back', () => startAndPutBack(lab))
  await t.test('a service is stopped once, and put back', () => stopAndPutBack(lab))
  await t.test('a service is restarted once in a run, and a frozen one as well', () => restartOnce(lab))
  await t.test('S-01: a service that dies a moment after its start has failed', () => dieAfterStart(lab))
  await t.test('S-01: a service that its manager brings back has not stayed up', () => revive(lab))
  await t.test('S-01: a service that fails at its start has failed, with the words of its manager', () =>
    failAtStart(lab)
  )
  await t.test('a job that ends by itself is no service; one that stays active is', () => runJobs(lab))
  await t.test('a service that ignores SIGTERM is down when its manager has killed it', () => stopDeaf(lab))
  await t.test('a stop that takes too long is told, and put back', () => stopTooLong(lab))
  await t.test('a start that takes too long is told, and put back', () => startTooLong(lab))
  await t.test('a unit that is not there, or masked, is refused', () => refuse(lab))
})

interface Came {
  readonly status?: string
  readonly fault?: {readonly code: string; readonly values: Readonly<Record<string, unknown>>}
}

interface Moment {
  readonly startedMs?: number
  readonly deadlineMs?: number
}

async function act(lab: Lab, words: Words, {startedMs = Date.now(), deadlineMs = 30_000}: Moment): Promise<unknown> {
  const [verb, kind, unit] = words
  const script = [process.execPath, `${checkout}/test/real/act.ts`] as const
  const inputs = JSON.stringify({unit})
  const {code, stdout, stderr} = await lab.exec([...script, verb, kind, inputs, String(startedMs), String(deadlineMs)])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

type Words = readonly [verb: 'plan' | 'apply' | 'undo', kind: string, unit: string]
type Step = readonly [kind: string, unit: string]

async function apply(lab: Lab, step: Step, moment: Moment = {}): Promise<Came> {
  return (await act(lab, ['apply', ...step], moment)) as Came
}

async function undo(lab: Lab, step: Step): Promise<Came> {
  return (await act(lab, ['undo', ...step], {})) as Came
}

async function plan(lab: Lab, step: Step, moment: Moment = {}): Promise<Outlook> {
  return (await act(lab, ['plan', ...step], moment)) as Outlook
}

async function property(lab: Lab, unit: string, name: string): Promise<string> {
  return (await lab.exec(['systemctl', 'show', '--value', `--property=${name}`, unit])).stdout.trim()
}

async function startAndPutBack(lab: Lab): Promise<void> {
  assert.equal((await plan(lab, ['service.start', 'plain'])).action, 'change')
  assert.equal((await apply(lab, ['service.start', 'plain'])).status, 'done')
  const pid = await property(lab, 'plain', 'MainPID')
  assert.equal((await plan(lab, ['service.start', 'plain.service'])).action, 'nothing')
  assert.equal((await apply(lab, ['service.start', 'plain'])).status, 'done')
  assert.equal(await property(lab, 'plain', 'MainPID'), pid)
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await undo(lab, ['service.start', 'plain'])).status, 'undone')
    assert.equal(await property(lab, 'plain', 'ActiveState'), 'inactive')
  }
}

async function stopAndPutBack(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'start', 'plain'])
  const outlook = await plan(lab, ['service.stop', 'plain'])
  assert.ok(outlook.action === 'change')
  assert.equal((outlook.before as {main_pid: number}).main_pid, Number(await property(lab, 'plain', 'MainPID')))
  assert.equal((await apply(lab, ['service.stop', 'plain'])).status, 'done')
  assert.equal((await plan(lab, ['service.stop', 'plain'])).action, 'nothing')
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await undo(lab, ['service.stop', 'plain'])).status, 'undone')
    assert.equal(await property(lab, 'plain', 'ActiveState'), 'active')
  }
}

async function restartOnce(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'start', 'plain'])
  // By now it is up for long, as seen from a run that was begun in an hour.
  const startedMs = Date.now() + 3_600_000
  const pid = await property(lab, 'plain', 'MainPID')
  assert.equal((await plan(lab, ['service.restart', 'plain'], {startedMs})).action, 'change')
  assert.equal((await apply(lab, ['service.restart', 'plain'])).status, 'done')
  const restarted = await property(lab, 'plain', 'MainPID')
  assert.notEqual(restarted, pid)
  assert.equal((await plan(lab, ['service.restart', 'plain'])).action, 'nothing')
  await lab.exec(['systemctl', 'kill', '--signal=STOP', 'plain'])
  assert.equal((await plan(lab, ['service.restart', 'plain'])).action, 'change')
  assert.equal((await plan(lab, ['service.start', 'plain'])).action, 'refuse')
  assert.equal((await apply(lab, ['service.restart', 'plain'])).status, 'done')
  assert.equal((await plan(lab, ['service.restart', 'plain'])).action, 'nothing')
}

async function dieAfterStart(lab: Lab): Promise<void> {
  for (const kind of ['service.start', 'service.restart']) {
    const {fault} = await apply(lab, [kind, 'dies'])
    assert.equal(fault?.code, 'unit-not-up')
    assert.deepEqual([fault.values['active'], fault.values['result']], ['failed', 'exit-code'])
  }
  assert.equal((await undo(lab, ['service.start', 'dies'])).status, 'undone')
}

async function revive(lab: Lab): Promise<void> {
  const {fault} = await apply(lab, ['service.start', 'revives'])
  assert.equal(fault?.code, 'unit-not-up')
  assert.equal((await undo(lab, ['service.start', 'revives'])).status, 'undone')
  assert.match(await property(lab, 'revives', 'ActiveState'), /^(?:inactive|failed)$/)
}

async function failAtStart(lab: Lab): Promise<void> {
  const {fault} = await apply(lab, ['service.start', 'fails'])
  assert.equal(fault?.code, 'unit-order-refused')
  assert.match(String(fault.values['reason']), /fails\.service/)
}

async function runJobs(lab: Lab): Promise<void> {
  const {fault} = await apply(lab, ['service.start', 'once'])
  assert.deepEqual([fault?.code, fault?.values['result']], ['unit-not-up', 'success'])
  assert.equal((await apply(lab, ['service.start', 'stays'])).status, 'done')
}

async function stopDeaf(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'start', 'deaf'])
  await lab.exec(['sleep', '0.3'])
  assert.equal((await apply(lab, ['service.stop', 'deaf'])).status, 'done')
  assert.equal(await property(lab, 'deaf', 'Result'), 'timeout')
  assert.equal((await plan(lab, ['service.stop', 'deaf'])).action, 'nothing')
}

async function stopTooLong(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'start', 'stubborn'])
  await lab.exec(['sleep', '0.3'])
  const {fault} = await apply(lab, ['service.stop', 'stubborn'], {deadlineMs: 1500})
  assert.deepEqual([fault?.code, fault?.values['verb']], ['unit-late', 'stop'])
  const outlook = await plan(lab, ['service.stop', 'stubborn'])
  assert.equal(outlook.action, 'refuse')
  assert.equal((await undo(lab, ['service.stop', 'stubborn'])).status, 'undone')
  assert.equal(await property(lab, 'stubborn', 'ActiveState'), 'active')
}

async function startTooLong(lab: Lab): Promise<void> {
  const {fault} = await apply(lab, ['service.start', 'slow'], {deadlineMs: 1500})
  assert.equal(fault?.code, 'unit-late')
  assert.equal((await undo(lab, ['service.start', 'slow'])).status, 'undone')
  assert.match(await property(lab, 'slow', 'ActiveState'), /^(?:inactive|failed)$/)
}

async function refuse(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'mask', 'hidden'])
  for (const [unit, code] of [
    ['nonesuch', 'unit-absent'],
    ['hidden', 'unit-masked']
  ] as const) {
    const outlook = await plan(lab, ['service.start', unit])
    assert.equal(outlook.action === 'refuse' && outlook.reasons[0]?.code, code)
  }
}

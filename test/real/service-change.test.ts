import assert from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import type {ServiceChange, ServiceFacts, ServiceState, ServiceVerb} from '../../src/host/services.ts'
import {checkout, startLab, type Lab} from './lab.ts'

const sleeps = 'ExecStart=sleep infinity'
const thriceAnHour = ['[Unit]', 'StartLimitBurst=3', 'StartLimitIntervalSec=1h']
const ignoresTerm = `ExecStart=/bin/sh -c 'trap "" TERM; touch /run/%p.deaf; while :; do sleep 0.1; done'`

/** Unit files, by the names of the units. */
const units: Readonly<Record<string, readonly string[]>> = {
  healthy: ['[Service]', sleeps],
  refuses: ['[Service]', 'Type=oneshot', 'ExecStart=false'],
  dies: ['[Service]', 'ExecStart=/bin/sh -c "exit 3"'],
  deaf: ['[Service]', ignoresTerm, 'TimeoutStopSec=1h'],
  limited: [...thriceAnHour, '[Service]', sleeps],
  nearly: [...thriceAnHour, '[Service]', sleeps]
}

test('changes of services under a real systemd', async (t) => {
  const lab = await startLab(t)
  if (lab === undefined) return
  for (const [unit, lines] of Object.entries(units)) write(lab, unit, lines)
  await lab.exec(['systemctl', 'daemon-reload'])
  await t.test('a healthy service is started, restarted and stopped', () => startRestartStop(lab))
  await t.test('the start of a service that fails at it is refused, with the reason of the manager', () => fail(lab))
  await t.test('a service that dies right after its start was started; its state tells the rest', () => dieLater(lab))
  await t.test('one that ignores SIGTERM outlasts a deadline and our patience, and is still stopping', () =>
    outlast(lab)
  )
  await t.test('what is masked, unknown or no unit is refused', () => refuse(lab))
  await t.test('a service that was started too often is started all the same', () => startLimited(lab))
  await t.test('a restart too many does not leave a healthy service stopped', () => restartAtLimit(lab))
  await t.test('another user than root is refused, and asked for no password', () => changeAsNobody(lab))
  await t.test('a warning of systemctl is not taken for the reason', () => warn(lab))
})

function write(lab: Lab, unit: string, lines: readonly string[]): void {
  writeFileSync(join(lab.root, `/etc/systemd/system/${unit}.service`), `${lines.join('\n')}\n`)
}

interface Ordered {
  readonly change: ServiceChange
  readonly state: ServiceState
}

interface Ordering {
  readonly deadlineMs?: number
  readonly patienceMs?: number
  /** Put before the program, to run it as somebody. */
  readonly under?: readonly string[]
}

// Far beyond what anything here takes, on a machine whose cores are all taken.
const amplePatienceMs = 30_000

async function order(
  lab: Lab,
  verb: ServiceVerb,
  [unit, ordering = {}]: readonly [string, Ordering?]
): Promise<Ordered> {
  const {deadlineMs = amplePatienceMs, patienceMs = amplePatienceMs, under = []} = ordering
  const words = [verb, unit, String(deadlineMs), String(patienceMs)]
  const [first, ...rest] = [...under, process.execPath, `${checkout}/test/real/change-service.ts`, ...words]
  assert.ok(first !== undefined)
  const {code, stdout, stderr} = await lab.exec([first, ...rest])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Ordered
}

function factsOf({change, state}: Ordered): ServiceFacts & {readonly answer: string} {
  assert.ok('mainPid' in state, JSON.stringify({change, state}))
  return state
}

async function startRestartStop(lab: Lab): Promise<void> {
  const started = await order(lab, 'start', ['healthy'])
  const again = await order(lab, 'start', ['healthy'])
  const restarted = await order(lab, 'restart', ['healthy'])
  const stopped = await order(lab, 'stop', ['healthy'])
  const stoppedAgain = await order(lab, 'stop', ['healthy'])
  const all = [started, again, restarted, stopped, stoppedAgain]
  for (const {change} of all) assert.deepEqual(change, {status: 'done'})
  assert.deepEqual(
    all.map((ordered) => factsOf(ordered).answer),
    ['up', 'up', 'up', 'down', 'down']
  )
  const [first, second, third] = all.map((ordered) => factsOf(ordered).mainPid)
  assert.equal(first, second)
  assert.notEqual(second, third)
}

async function fail(lab: Lab): Promise<void> {
  const {change, state} = await order(lab, 'start', ['refuses'])
  assert.ok(change.status === 'refused')
  assert.match(change.reason, /^Job for refuses\.service failed/)
  assert.ok(state.answer === 'down' && state.active === 'failed')
}

async function dieLater(lab: Lab): Promise<void> {
  const {change} = await order(lab, 'start', ['dies'])
  assert.deepEqual(change, {status: 'done'})
  const settled = await lab.exec(['/bin/sh', '-c', 'until systemctl is-failed --quiet dies; do sleep 0.05; done'])
  assert.equal(settled.code, 0)
}

async function outlast(lab: Lab): Promise<void> {
  assert.deepEqual((await order(lab, 'start', ['deaf'])).change, {status: 'done'})
  await lab.exec(['/bin/sh', '-c', 'until [ -e /run/deaf.deaf ]; do sleep 0.05; done'])
  const late = await order(lab, 'stop', ['deaf', {deadlineMs: 500}])
  assert.deepEqual([late.change, factsOf(late).sub], [{status: 'deadline'}, 'stop-sigterm'])
  // Time for the program to start and to give the order, or not even that: what comes of it is the same.
  const aborted = await order(lab, 'stop', ['deaf', {patienceMs: 1500}])
  assert.deepEqual([aborted.change, factsOf(aborted).sub], [{status: 'aborted'}, 'stop-sigterm'])
  await lab.exec(['systemctl', 'kill', '--signal=KILL', 'deaf'])
}

async function refuse(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'mask', 'forbidden'])
  const cases = [
    ['start', 'forbidden', 'masked'],
    ['stop', 'nonesuch', 'unknown-unit'],
    ['restart', 'h*', 'unknown-unit'],
    ['stop', '--all', 'unknown-unit']
  ] as const
  for (const [verb, unit, reason] of cases) {
    assert.deepEqual((await order(lab, verb, [unit])).change, {status: 'refused', reason}, `${verb} ${unit}`)
  }
}

async function startLimited(lab: Lab): Promise<void> {
  await lab.exec(['/bin/sh', '-c', 'for start in 1 2 3 4; do systemctl restart limited; done'])
  const plain = await lab.exec(['systemctl', 'start', 'limited'])
  assert.notEqual(plain.code, 0, 'without more ado it would be refused')
  const ordered = await order(lab, 'start', ['limited'])
  assert.deepEqual([ordered.change, factsOf(ordered).answer], [{status: 'done'}, 'up'])
}

async function restartAtLimit(lab: Lab): Promise<void> {
  await lab.exec(['/bin/sh', '-c', 'for start in 1 2 3; do systemctl restart nearly; done'])
  const ordered = await order(lab, 'restart', ['nearly'])
  assert.deepEqual([ordered.change, factsOf(ordered).answer], [{status: 'done'}, 'up'])
}

// The capability is for a checkout below a folder that is closed to others. To systemctl only the user counts.
const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...mayRead]

async function changeAsNobody(lab: Lab): Promise<void> {
  const {change, state} = await order(lab, 'stop', ['nearly', {under: asNobody}])
  assert.ok(change.status === 'refused')
  assert.match(change.reason, /denied|authentication/i)
  assert.equal(state.answer, 'up')
}

async function warn(lab: Lab): Promise<void> {
  write(lab, 'refuses', [...(units['refuses'] ?? []), 'Nice=1'])
  const plain = await lab.exec(['systemctl', 'start', 'refuses'])
  assert.match(plain.stderr, /Warning:/, plain.stderr)
  const {change} = await order(lab, 'start', ['refuses'])
  assert.ok(change.status === 'refused')
  assert.match(change.reason, /^Job for refuses\.service failed/)
}

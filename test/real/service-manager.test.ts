import assert from 'node:assert/strict'
import {existsSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {isDeepStrictEqual} from 'node:util'
import type {ServiceState} from '../../src/host/services.ts'
import {checkout, startLab, type Lab} from './lab.ts'
import {situations, type Situation} from './situations.ts'

test('services under a real systemd', async (t) => {
  const lab = await startLab(t)
  if (lab === undefined) return
  for (const situation of situations) await t.test(situation.what, () => meet(lab, situation))
  await t.test('the time a service is up since is the one it was started at', () => tellSince(lab))
  await t.test('the process number of a stopped service is never signalled', () => refuseToSignal(lab))
  await t.test('another user than root gets the same answer', () => askAsNobody(lab))
  await t.test('without a bus, that user gets no answer, and root still does', () => askWithoutBus(lab))
  await t.test('a manager that hangs gives no answer, in time', () => askHungManager(lab))
  await t.test('without systemctl there is no answer', () => askWithoutSystemctl(lab))
  await t.test('where systemd is installed but did not boot the machine there is no manager', () => askUnbooted(lab))
  await besideAnother(t, lab)
})

// Nothing here takes a second; the bounds are for a machine whose cores are all taken.
const settleMs = 15_000
const patienceMs = 20_000

async function meet(lab: Lab, {unit, file, provoke, expected}: Situation): Promise<void> {
  if (file !== undefined) {
    writeFileSync(join(lab.root, `/etc/systemd/system/${unit}.service`), `${file.join('\n')}\n`)
    await lab.exec(['systemctl', 'daemon-reload'])
  }
  const provoked = provoke === undefined ? undefined : await lab.exec(['/bin/sh', '-c', provoke])
  const until = performance.now() + settleMs
  for (;;) {
    const [state] = (await ask(lab, [unit])).states
    const told = Object.fromEntries(Object.entries(state ?? {}).filter(([name]) => name in expected))
    if (isDeepStrictEqual(told, expected)) return
    if (performance.now() > until) assert.deepEqual(told, expected, provoked?.stderr)
  }
}

interface Asked {
  readonly manager: string
  readonly states: readonly ServiceState[]
}

interface Asking {
  readonly patienceMs?: number
  /** Put before the program, to run it as or under something. */
  readonly under?: readonly string[]
}

async function ask(lab: Lab, units: readonly string[], asking: Asking = {}): Promise<Asked> {
  const program = [process.execPath, `${checkout}/test/real/print-states.ts`, String(asking.patienceMs ?? patienceMs)]
  const [first, ...rest] = [...(asking.under ?? []), ...program, ...units]
  assert.ok(first !== undefined)
  const {code, stdout, stderr} = await lab.exec([first, ...rest])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Asked
}

async function tellSince(lab: Lab): Promise<void> {
  const earliestMs = Date.now()
  await lab.exec(['systemctl', 'restart', 'runs'])
  const latestMs = Date.now()
  const [state] = (await ask(lab, ['runs'])).states
  assert.ok(state?.answer === 'up' && state.sinceMs !== null)
  // systemd tells whole seconds.
  assert.ok(
    state.sinceMs > earliestMs - 1000 && state.sinceMs <= latestMs,
    `${earliestMs} ${state.sinceMs} ${latestMs}`
  )
}

async function refuseToSignal(lab: Lab): Promise<void> {
  const [state] = (await ask(lab, ['idle'])).states
  assert.ok(state?.answer === 'down')
  const signalIt = `
    const {realProcesses} = await import('${checkout}/src/host/processes.ts')
    const {realClock} = await import('${checkout}/src/host/clock.ts')
    const {realRandom} = await import('${checkout}/src/host/random.ts')
    try {
      realProcesses(realClock(), realRandom()).signal(${state.mainPid}, 'SIGKILL')
    } catch (cause) {
      process.stdout.write(cause.code)
    }`
  const {stdout, stderr} = await lab.exec([process.execPath, '--input-type=module', '--eval', signalIt])
  assert.equal(stdout, 'process-protected', stderr)
}

// The capability is for a checkout below a folder that is closed to others. To systemctl only the user counts.
const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...mayRead]

async function askAsNobody(lab: Lab): Promise<void> {
  const asRoot = await ask(lab, ['runs', 'dies', 'halted', 'nonesuch'])
  assert.deepEqual(await ask(lab, ['runs', 'dies', 'halted', 'nonesuch'], {under: asNobody}), asRoot)
}

async function askWithoutBus(lab: Lab): Promise<void> {
  await lab.exec(['systemctl', 'stop', 'dbus.socket', 'dbus.service'])
  try {
    const [asked] = (await ask(lab, ['runs'], {under: asNobody})).states
    assert.ok(asked?.answer === 'unanswered')
    assert.match(asked.reason, /connect/)
    assert.equal((await ask(lab, ['runs'])).states[0]?.answer, 'up')
  } finally {
    await lab.exec(['systemctl', 'start', 'dbus.socket'])
  }
}

async function askHungManager(lab: Lab): Promise<void> {
  process.kill(lab.initPid, 'SIGSTOP')
  try {
    const {manager, states} = await ask(lab, ['runs'], {patienceMs: 500})
    assert.equal(manager, 'systemd')
    assert.deepEqual(states, [{answer: 'unanswered', reason: 'systemctl: stopped before it answered'}])
  } finally {
    process.kill(lab.initPid, 'SIGCONT')
  }
}

async function askWithoutSystemctl(lab: Lab): Promise<void> {
  await lab.exec(['mv', '/usr/bin/systemctl', '/usr/bin/systemctl.away'])
  try {
    const {states} = await ask(lab, ['runs'])
    assert.deepEqual(states, [{answer: 'unanswered', reason: 'systemctl: not found'}])
  } finally {
    await lab.exec(['mv', '/usr/bin/systemctl.away', '/usr/bin/systemctl'])
  }
}

async function askUnbooted(lab: Lab): Promise<void> {
  const under = ['unshare', '--mount', '/bin/sh', '-c', 'mount -t tmpfs run /run && exec "$@"', 'sh']
  assert.deepEqual(await ask(lab, ['runs'], {under}), {manager: 'none', states: [{answer: 'no-manager'}]})
}

async function besideAnother(t: TestContext, lab: Lab): Promise<void> {
  let name = ''
  let initPid = 0
  await t.test('two labs side by side do not know of each other', async (inner) => {
    const other = await startLab(inner)
    assert.ok(other !== undefined)
    initPid = other.initPid
    name = (await other.exec(['cat', '/etc/hostname'])).stdout.trim()
    assert.equal((await ask(other, ['runs'])).states[0]?.answer, 'unknown-unit')
    assert.equal((await ask(lab, ['runs'])).states[0]?.answer, 'up')
  })
  await t.test('a lab that has ended leaves nothing behind', () => {
    assert.notEqual(name, '')
    assert.ok(!existsSync(join(tmpdir(), name)))
    assert.ok(!existsSync(`/proc/${initPid}`))
  })
}

import assert from 'node:assert/strict'
import {nothingSupervised} from '../fixtures/supervisable.ts'
import {readdirSync, readFileSync} from 'node:fs'
import {test} from 'node:test'
import fc from 'fast-check'
import type {RunEnd} from '../../src/host/processes.ts'
import type {ServiceFacts, ServiceState} from '../../src/host/services.ts'
import {serviceManager} from '../../src/host/manager.ts'
import {fullUnitName, isStoppedStat, parseState} from '../../src/host/systemd.ts'
import {ended, exited} from '../sim/processes.ts'
import {simHost, type SimHost, type SimHostOptions} from '../sim/host.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'

const seed = seedFromEnvironment()

/** What `systemctl show` of systemd 252 printed for a unit in each of these situations. */
const recorded = new URL('../fixtures/systemd/', import.meta.url)

function recording(name: string): string {
  return readFileSync(new URL(`${name}.txt`, recorded), 'utf8')
}

const quiet: ServiceFacts = {
  ...{active: 'active', sub: 'running', result: 'success', mainPid: 0, restarts: 0, sinceMs: null},
  ...{isFrozen: false, isStartLimited: false}
}

function up(facts: Partial<ServiceFacts>): ServiceState {
  return {answer: 'up', ...quiet, ...facts}
}

function changing(facts: Partial<ServiceFacts>): ServiceState {
  return {answer: 'changing', ...quiet, active: 'activating', ...facts}
}

function failed(result: string, facts: Partial<ServiceFacts>): ServiceState {
  return {answer: 'down', ...quiet, active: 'failed', sub: 'failed', result, ...facts}
}

function at(time: string): {sinceMs: number} {
  return {sinceMs: Date.parse(`2026-11-20T${time}Z`)}
}

const inactive: ServiceState = {answer: 'down', ...quiet, active: 'inactive', sub: 'dead'}

const meanings: Readonly<Record<string, ServiceState>> = {
  'broken-file': {...inactive, result: 'bad-setting'},
  'crashed-then-ended': failed('exit-code', {restarts: 2, ...at('13:47:58')}),
  'dies-at-once': failed('exit-code', at('13:47:55')),
  'done-and-active': up({sub: 'exited', ...at('13:47:55')}),
  'ignored-term': failed('timeout', at('13:47:55')),
  'ignores-term': changing({active: 'deactivating', sub: 'stop-sigterm', mainPid: 45, ...at('13:47:55')}),
  'in-the-freezer': up({mainPid: 39, isFrozen: true, ...at('13:47:55')}),
  'killed-and-back': up({mainPid: 165, restarts: 1, ...at('13:47:58')}),
  'masked-while-running': up({mainPid: 58, ...at('13:47:55')}),
  'must-not-restart': failed('exit-code', at('13:47:55')),
  'never-ready-then-ended': failed('exit-code', {restarts: 3, ...at('13:47:59')}),
  'never-started': inactive,
  'outlives-its-file': up({mainPid: 57, ...at('13:47:55')}),
  'preparation-fails': failed('exit-code', at('13:51:16')),
  prepares: changing({sub: 'start-pre', ...at('13:47:55')}),
  reloads: up({active: 'reloading', sub: 'reload', mainPid: 55, ...at('13:47:55')}),
  running: up({mainPid: 97, ...at('13:47:55')}),
  socket: up(at('13:47:54')),
  'start-limited-by-crashes': failed('exit-code', {restarts: 3, isStartLimited: true, ...at('13:47:55')}),
  'start-limited-by-ends': failed('start-limit-hit', {restarts: 3, isStartLimited: true, ...at('13:47:55')}),
  'start-limited-by-hand': failed('start-limit-hit', {isStartLimited: true, ...at('13:51:16')}),
  'start-limited-by-kills': failed('signal', {restarts: 3, isStartLimited: true, ...at('13:47:57')}),
  'start-limited-by-preparation': failed('exit-code', {restarts: 3, isStartLimited: true, ...at('13:47:59')}),
  'waits-for-restart': changing({sub: 'auto-restart', result: 'exit-code', ...at('13:47:55')}),
  masked: {answer: 'masked'},
  unknown: {answer: 'unknown-unit'}
}

test('systemd: every recorded answer is understood', () => {
  const names = readdirSync(recorded).map((file) => file.replace(/\.txt$/, ''))
  assert.deepEqual(names.toSorted(), Object.keys(meanings).toSorted())
  for (const name of names) assert.deepEqual(parseState(recording(name)), meanings[name], name)
})

test('systemd: a unit that is up is so since it became active, any other since its last change', () => {
  const later = (name: string): string =>
    recording(name).replace(/^StateChangeTimestamp=.*$/m, 'StateChangeTimestamp=Sat 2026-11-21 00:00:00 UTC')
  const changedMs = Date.parse('2026-11-21T00:00:00Z')
  for (const name of ['running', 'reloads']) assert.deepEqual(parseState(later(name)), meanings[name])
  for (const name of ['dies-at-once', 'ignores-term', 'prepares']) {
    assert.deepEqual(parseState(later(name)), {...meanings[name], sinceMs: changedMs})
  }
})

test('systemd: a service whose process could not even be killed is not taken for start-limited', () => {
  // It was restarted once, became active, and was stopped: systemd gave up on a process that hangs in the kernel.
  const output = recording('ignored-term')
    .replace(/^NRestarts=0$/m, 'NRestarts=1')
    .replace(/^(ExecMainExitTimestampMonotonic)=\d+$/m, '$1=0')
  assert.deepEqual(parseState(output), {...meanings['ignored-term'], restarts: 1})
})

test('systemd: an older systemd that leaves out what it does not know is still understood', () => {
  const output = 'MainPID=97\nActiveState=active\nSubState=running\nLoadState=loaded\nResult=success\n'
  assert.deepEqual(parseState(output), up({mainPid: 97}))
})

test('systemd: whatever is printed, it becomes an answer', () => {
  const words = fc.constantFrom(
    'active',
    'failed',
    'inactive',
    'masked',
    'not-found',
    'loaded',
    '-1',
    '1e9',
    'n/a',
    '[not set]'
  )
  const names = fc.constantFrom(
    ...recording('running')
      .split('\n')
      .map((line) => line.split('=')[0] ?? '')
  )
  const line = fc
    .tuple(names, fc.oneof(words, fc.string(), fc.nat().map(String)))
    .map(([name, value]) => `${name}=${value}`)
  const output = fc.oneof(
    fc.string({unit: 'binary'}),
    fc.array(line).map((lines) => lines.join('\n'))
  )
  const isSound = (text: string): void => {
    const state = parseState(text)
    if (!('mainPid' in state)) return
    assert.ok(Number.isSafeInteger(state.mainPid) && state.mainPid >= 0)
    assert.ok(Number.isSafeInteger(state.restarts) && state.restarts >= 0)
    assert.ok(state.sinceMs === null || Number.isSafeInteger(state.sinceMs))
  }
  fc.assert(fc.property(output, isSound), {seed, numRuns: times(1000)})
})

test('systemd: an answer that names no state we know is none', () => {
  // In a chroot systemctl ends with 0 and prints nothing.
  assert.deepEqual(parseState(''), {answer: 'unanswered', reason: 'systemctl: ActiveState='})
  assert.deepEqual(parseState('ActiveState=dreaming'), {
    answer: 'unanswered',
    reason: 'systemctl: ActiveState=dreaming'
  })
})

test('systemd: a unit name is completed as systemctl does it, and refused where systemd has no such name', () => {
  const names = [
    ['web', 'web.service'],
    ['web.service', 'web.service'],
    ['web.socket', 'web.socket'],
    ['web.1', 'web.1.service'],
    ['worker@7', 'worker@7.service'],
    ['worker@a@b.service', 'worker@a@b.service'],
    ['disk\\x2dcheck', 'disk\\x2dcheck.service'],
    // Thirty-two hexadecimal digits alone would be an invocation id.
    ['0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef.service'],
    ['a'.repeat(247), `${'a'.repeat(247)}.service`]
  ] as const
  for (const [name, full] of names) assert.equal(fullUnitName(name), full)
  const refused = [
    '',
    '.service',
    '@1',
    'worker@',
    'worker@.service',
    '-web',
    '--all',
    'we*',
    'a b',
    '/etc',
    'a\nb',
    'é'
  ]
  for (const name of [...refused, 'a'.repeat(248)]) assert.equal(fullUnitName(name), undefined, name)
})

test('systemd: only a stopped process is frozen, whatever it calls itself', () => {
  assert.ok(isStoppedStat('97 (sleep) T 1 97 97 0 -1 4194560'))
  assert.ok(isStoppedStat('97 (a) S (b) T 1 97 97 0 -1 4194560'))
  assert.ok(!isStoppedStat('97 (a) T 1) S 1 97 97 0 -1 4194560'))
  // Under a tracer.
  assert.ok(!isStoppedStat('97 (sleep) t 1 97 97 0 -1 4194560'))
  assert.ok(!isStoppedStat(''))
})

const never = new AbortController().signal

function bootedHost(options: Partial<SimHostOptions> = {}): SimHost {
  const host = simHost({seed, ...options})
  host.disk.putFolder('/run/systemd/system')
  host.processes.script(['systemctl', 'show'], exited(0, recording('running')))
  return host
}

test('systemd: it is the manager where it booted the machine, unless the operator says otherwise', async () => {
  const booted = bootedHost()
  const unbooted = simHost({seed})
  assert.equal((await serviceManager('auto', booted, nothingSupervised)).name, 'systemd')
  assert.equal((await serviceManager('auto', unbooted, nothingSupervised)).name, 'none')
  assert.equal((await serviceManager('systemd', unbooted, nothingSupervised)).name, 'systemd')
  const none = await serviceManager('none', booted, nothingSupervised)
  assert.equal(none.name, 'none')
  assert.deepEqual(await none.state('web', never), {answer: 'no-manager'})
})

test('systemd: a name that is no unit is never handed to systemctl', async () => {
  const host = bootedHost()
  const manager = await serviceManager('auto', host, nothingSupervised)
  assert.deepEqual(await manager.state('--version', never), {answer: 'unknown-unit'})
  assert.deepEqual(host.processes.runs, [])
})

test('systemd: a process that is stopped makes the unit frozen', async () => {
  const host = bootedHost()
  host.disk.put('/proc/97/stat', '97 (sleep) T 1 97 97 0 -1 4194560\n')
  const manager = await serviceManager('auto', host, nothingSupervised)
  assert.deepEqual(await manager.state('web', never), {...meanings['running'], isFrozen: true})
})

test('systemd: no process is looked at where there is none', async () => {
  const host = bootedHost()
  host.processes.script(['systemctl', 'show'], exited(0, recording('never-started')))
  const manager = await serviceManager('auto', host, nothingSupervised)
  assert.deepEqual(await manager.state('web', never), inactive)
  assert.deepEqual([...host.disk.touched], ['/run/systemd/system'])
})

test('systemd: whichever disk operation fails, the answer of systemctl stands', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const host = bootedHost({failAt})
    host.disk.put('/proc/97/stat', '97 (sleep) S 1 97 97 0 -1 4194560\n')
    const manager = await serviceManager('auto', host, nothingSupervised)
    assert.deepEqual(await manager.state('web', never), meanings['running'], `failAt=${failAt}`)
    assert.equal(host.disk.openFiles, 0)
    if (!host.disk.failed) break
  }
})

test('systemd: a systemctl that gives no answer is a state of its own, with its reason', async () => {
  const refusal = '\nSystem has not been booted with systemd as init system (PID 1).\nFailed to connect to bus.\n'
  assert.equal(await reasonAfter(exited(1, '', refusal)), refusal.split('\n')[1])
  assert.equal(await reasonAfter(exited(1)), 'exit code 1')
  const ends: readonly (readonly [RunEnd, RegExp])[] = [
    [{how: 'missing'}, /not found/],
    [{how: 'deadline'}, /no answer after \d+ ms/],
    [{how: 'aborted'}, /stopped before it answered/],
    [{how: 'signalled', signal: 'SIGSEGV'}, /SIGSEGV/],
    [{how: 'refused', reason: 'EAGAIN'}, /EAGAIN/]
  ]
  for (const [end, reason] of ends) assert.match(await reasonAfter(ended(end)), reason)
})

async function reasonAfter(ran: ReturnType<typeof exited>): Promise<string> {
  const host = bootedHost()
  host.processes.script(['systemctl', 'show'], ran)
  const state = await (await serviceManager('auto', host, nothingSupervised)).state('web', never)
  assert.ok(state.answer === 'unanswered')
  return state.reason
}

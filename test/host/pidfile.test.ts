import assert from 'node:assert/strict'
import {existsSync, readFileSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {serviceManager} from '../../src/host/manager.ts'
import {pidfile} from '../../src/host/pidfile.ts'
import {realHost} from '../../src/host/real.ts'
import type {ServiceState} from '../../src/host/services.ts'
import {processesOf, supervisedPlace} from './supervised-place.ts'

/** Ends when it is told to, as a good service does. */
const good = `trap 'exit 0' TERM; echo begun; touch "$READY"; while :; do sleep 0.05; done`
const deaf = `trap '' TERM; touch "$READY"; while :; do sleep 0.05; done`

function mainPid(state: ServiceState): number {
  assert.ok('mainPid' in state, JSON.stringify(state))
  return state.mainPid
}

test('pidfile: a service that was never started is down, and any other is unknown', async (t) => {
  const place = supervisedPlace(t, good)
  const {answer, active, sub, mainPid: pid, isOurs} = (await place.state()) as Extract<ServiceState, {active: string}>
  assert.deepEqual([answer, active, sub, pid, isOurs], ['down', 'inactive', 'dead', 0, true])
  const signal = new AbortController().signal
  assert.deepEqual(await place.manager.state('web', signal), {answer: 'unknown-unit'})
  const change = await place.manager.change('web', 'start', {deadlineMs: 1000, signal})
  assert.deepEqual(change, {status: 'refused', reason: 'unknown-unit'})
  assert.deepEqual(await place.change('stop'), {status: 'done'})
})

test('pidfile: what is started is up once it is ready, in a session of its own, and stopped it is gone', async (t) => {
  const place = supervisedPlace(t, `sleep 0.3; ${good}`)
  assert.deepEqual(await place.change('start'), {status: 'done'})
  const state = await place.state()
  assert.equal(state.answer, 'up', JSON.stringify(state))
  const pid = mainPid(state)
  assert.ok(existsSync(place.files.ready) && processesOf(place.folder).includes(pid))
  const [, , , session] = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
  assert.notEqual(
    Number(session),
    Number(
      readFileSync('/proc/self/stat', 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')[3]
    )
  )
  assert.match(place.log(), /^begun$/m)

  // Another start changes nothing.
  assert.deepEqual(await place.change('start'), {status: 'done'})
  assert.equal(mainPid(await place.state()), pid)

  assert.deepEqual(await place.change('stop'), {status: 'done'})
  await place.becomes({answer: 'down', active: 'inactive', result: 'success', mainPid: 0})
  assert.deepEqual(processesOf(place.folder), [])
})

test('pidfile: a restart is another process, and starts what was down', async (t) => {
  const place = supervisedPlace(t, good)
  assert.deepEqual(await place.change('restart'), {status: 'done'})
  const before = mainPid(await place.becomes({answer: 'up'}))
  assert.deepEqual(await place.change('restart'), {status: 'done'})
  assert.notEqual(mainPid(await place.becomes({answer: 'up'})), before)
})

test('pidfile: one that dies is started again, and counted', async (t) => {
  const place = supervisedPlace(t, good)
  await place.change('start')
  const first = mainPid(await place.state())
  process.kill(first, 'SIGKILL')
  const state = await place.becomes({answer: 'up', restarts: 1})
  assert.notEqual(mainPid(state), first)
  assert.ok('result' in state && state.result === 'signal')
})

test('pidfile: one that fails again and again is not started for ever', async (t) => {
  const place = supervisedPlace(t, 'echo attempt; touch "$READY"; sleep 0.3; exit 7')
  assert.deepEqual(await place.change('start'), {status: 'done'})
  await place.becomes({answer: 'down', active: 'failed', isStartLimited: true, result: 'exit-code', restarts: 3})
  assert.equal(place.log().match(/attempt/g)?.length, 4)
  assert.match(place.log(), /"how":"limited","reason":"exit code 7","failures":4,"restarts":3/)
  assert.deepEqual(processesOf(place.folder), [])
})

test('pidfile: between two attempts it is changing, and can be stopped', async (t) => {
  const script = 'touch "$READY"; sleep 1; exit 7'
  const place = supervisedPlace(t, script, {pauseMs: 60_000, pauseMsMax: 60_000})
  for (const verb of ['start', 'stop'] as const) {
    await place.change('start')
    await place.becomes({answer: 'changing', active: 'activating', sub: 'auto-restart', mainPid: 0})
    // A start is a new attempt, and does not wait for the next one.
    assert.deepEqual(await place.change(verb), {status: 'done'})
  }
  await place.becomes({answer: 'down', active: 'inactive'})
})

test('pidfile: what does not come up at its start is not tried again', async (t) => {
  const place = supervisedPlace(t, 'echo attempt; exit 7', {pauseMs: 1000})
  assert.deepEqual(await place.change('start'), {status: 'refused', reason: 'exit code 7'})
  await place.becomes({answer: 'down', active: 'inactive', result: 'exit-code'})
  assert.deepEqual(processesOf(place.folder), [])
  assert.equal(place.log().match(/attempt/g)?.length, 1)
})

test('pidfile: a refusal or a bad configuration is not tried again', async (t) => {
  for (const code of [5, 64, 78]) {
    const place = supervisedPlace(t, `echo attempt; exit ${code}`)
    assert.deepEqual(await place.change('start'), {status: 'refused', reason: `exit code ${code}`})
    await place.becomes({answer: 'down', active: 'failed', isStartLimited: false, restarts: 0})
    assert.equal(place.log().match(/attempt/g)?.length, 1)
  }
})

test('pidfile: a service that ends by itself, without an error, is not started again', async (t) => {
  const place = supervisedPlace(t, 'touch "$READY"; sleep 0.3')
  assert.deepEqual(await place.change('start'), {status: 'done'})
  await place.becomes({answer: 'down', active: 'inactive', result: 'success', restarts: 0})
})

test('pidfile: a program that is not there is refused with the reason of the system', async (t) => {
  const place = supervisedPlace(t, good)
  const argv = [...place.own.argv.slice(0, 5), '/nonexistent/program'] as unknown as readonly [string, ...string[]]
  const signal = new AbortController().signal
  const manager = pidfile(realHost(), {...place.own, argv})
  const change = await manager.change('logcaster', 'start', {deadlineMs: 20_000, signal})
  assert.deepEqual(change, {status: 'refused', reason: 'ENOENT'})
  const none = pidfile(realHost(), {...place.own, argv: ['/nonexistent/supervisor']})
  await place.becomes({answer: 'down'})
  assert.deepEqual(await none.change('logcaster', 'start', {deadlineMs: 20_000, signal}), {
    status: 'refused',
    reason: 'ENOENT'
  })
  const broken = pidfile(realHost(), {...place.own, argv: ['/bin/false']})
  const ended = await broken.change('logcaster', 'start', {deadlineMs: 20_000, signal})
  assert.ok(ended.status === 'refused' && ended.reason.startsWith('the supervisor ended'), JSON.stringify(ended))
})

test('pidfile: what takes no SIGTERM is ended after its grace, and that is told', async (t) => {
  const place = supervisedPlace(t, deaf, {graceMs: 200})
  await place.change('start')
  const stopping = place.change('stop')
  await place.becomes({answer: 'changing', active: 'deactivating', sub: 'stop-sigterm'})
  assert.deepEqual(await stopping, {status: 'done'})
  await place.becomes({answer: 'down', active: 'inactive', result: 'timeout'})
  assert.deepEqual(
    processesOf(place.folder).filter((pid) => existsSync(`/proc/${pid}/exe`)),
    []
  )
})

test('pidfile: a killed supervisor leaves a service that is up, and that can be stopped', async (t) => {
  for (const script of [good, deaf]) {
    const place = supervisedPlace(t, script, {graceMs: 200})
    await place.change('start')
    const {supervisor} = JSON.parse(readFileSync(place.files.record, 'utf8')) as {supervisor: {pid: number}}
    process.kill(supervisor.pid, 'SIGKILL')
    await delay(100)
    await place.becomes({answer: 'up', sub: 'unsupervised'})
    assert.deepEqual(await place.change('stop'), {status: 'done'})
    // Nobody was there to note how it ended.
    await place.becomes({answer: 'down', active: 'failed', result: 'signal'})
  }
})

test('pidfile: a start gives a service that lost its supervisor another', async (t) => {
  const place = supervisedPlace(t, good)
  await place.change('start')
  const {supervisor} = JSON.parse(readFileSync(place.files.record, 'utf8')) as {supervisor: {pid: number}}
  process.kill(supervisor.pid, 'SIGKILL')
  const pid = mainPid(await place.becomes({answer: 'up', sub: 'unsupervised'}))
  assert.deepEqual(await place.change('start'), {status: 'done'})
  assert.notEqual(mainPid(await place.becomes({answer: 'up', sub: 'running'})), pid)
  assert.equal(existsSync(`/proc/${pid}/exe`), false)
})

test('pidfile: after a reboot nothing runs, nothing has failed, and no stranger is signalled', async (t) => {
  const place = supervisedPlace(t, good)
  await place.change('start')
  const record = readFileSync(place.files.record, 'utf8')
  await place.change('stop')
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  // The same numbers, given to others.
  const own = realHost().machine.pid
  const other = record
    .replaceAll(bootId, '00000000-0000-4000-8000-000000000000')
    .replaceAll(/"pid":\d+/g, `"pid":${own}`)
  writeFileSync(place.files.record, other)
  await place.becomes({answer: 'down', active: 'inactive', mainPid: 0})
  assert.deepEqual(await place.change('stop'), {status: 'done'})
  writeFileSync(place.files.record, record.replaceAll(/"pid":\d+/g, `"pid":${own}`))
  await place.becomes({answer: 'down', active: 'failed', mainPid: 0})
  assert.deepEqual(await place.change('stop'), {status: 'done'})
})

test('pidfile: a pid file of another machine says nothing about this one', async (t) => {
  const place = supervisedPlace(t, good)
  await place.change('start')
  const record = readFileSync(place.files.record, 'utf8')
  await place.change('stop')
  writeFileSync(place.files.record, record.replaceAll(/"pid_namespace":\d+/g, '"pid_namespace":1'))
  assert.equal((await place.state()).answer, 'unanswered')
})

test('pidfile: a stopped process is told as frozen', async (t) => {
  const place = supervisedPlace(t, good)
  await place.change('start')
  const pid = mainPid(await place.state())
  process.kill(pid, 'SIGSTOP')
  await place.becomes({answer: 'up', isFrozen: true})
  process.kill(pid, 'SIGCONT')
})

test('pidfile: whoever waits no longer is told so, and the service goes on starting', async (t) => {
  const place = supervisedPlace(t, `sleep 0.5; ${good}`)
  assert.deepEqual(await place.change('start', 50), {status: 'deadline'})
  await place.becomes({answer: 'changing', active: 'activating', sub: 'start'})
  // A second start waits for the first.
  assert.deepEqual(await place.change('start'), {status: 'done'})
  const stop = new AbortController()
  stop.abort('SIGINT')
  const change = await place.manager.change('logcaster', 'restart', {deadlineMs: 20_000, signal: stop.signal})
  assert.deepEqual(change, {status: 'aborted'})
})

test('pidfile: SIGHUP to the supervisor reaches the service', async (t) => {
  const place = supervisedPlace(t, `trap 'echo again' HUP; ${good}`)
  await place.change('start')
  const {supervisor} = JSON.parse(readFileSync(place.files.record, 'utf8')) as {supervisor: {pid: number}}
  process.kill(supervisor.pid, 'SIGHUP')
  for (let looks = 0; looks < 200 && !place.log().includes('again'); looks += 1) await delay(25)
  assert.match(place.log(), /^again$/m)
})

test('pidfile: a log that grew too long makes room when the service is started', async (t) => {
  const place = supervisedPlace(t, good)
  writeFileSync(place.files.log, 'old\n')
  truncateSync(place.files.log, (8 << 20) + 1)
  await place.change('start')
  assert.equal(place.log(), 'begun\n')
  assert.ok(readFileSync(`${place.files.log}.1`, 'latin1').startsWith('old\n'))
})

test('pidfile: a pid file that cannot be understood counts as none', async (t) => {
  const place = supervisedPlace(t, good)
  for (const text of ['', '{', '{"format":2}', '{"format":1,"supervisor":{}}', '[]']) {
    writeFileSync(place.files.record, text)
    assert.equal((await place.state()).answer, 'down', text)
  }
  assert.deepEqual(await place.change('start'), {status: 'done'})
  assert.equal((await place.state()).answer, 'up')
  assert.equal(join(place.folder, 'logcaster.service.pid'), place.files.record)
})

test('pidfile: it is the manager where it is chosen, and where it was used and systemd did not boot the machine', async (t) => {
  const place = supervisedPlace(t, good)
  const real = realHost()
  // A machine without systemd, which has our files.
  const unbooted = {
    ...real,
    disk: {...real.disk, stat: (path: string): ReturnType<typeof statUnless> => statUnless('/run/systemd', path)}
  }
  assert.equal((await serviceManager('auto', unbooted, place.own)).name, 'none')
  assert.equal((await serviceManager('pidfile', unbooted, place.own)).name, 'pidfile')
  await place.change('start')
  const manager = await serviceManager('auto', unbooted, place.own)
  assert.equal(manager.name, 'pidfile')
  assert.equal((await manager.state('logcaster', new AbortController().signal)).answer, 'up')
  assert.equal((await serviceManager('none', unbooted, place.own)).name, 'none')
  const closed = {
    ...unbooted,
    disk: {...unbooted.disk, open: (): Promise<never> => Promise.reject(new Error('EACCES'))}
  }
  assert.equal((await serviceManager('auto', closed, place.own)).name, 'none')
})

function statUnless(hidden: string, path: string): ReturnType<ReturnType<typeof realHost>['disk']['stat']> {
  return path.startsWith(hidden) ? Promise.resolve(undefined) : realHost().disk.stat(path)
}

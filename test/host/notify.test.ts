import assert from 'node:assert/strict'
import {test} from 'node:test'
import {notifierOf} from '../../src/host/notify.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {exited} from '../sim/processes.ts'

const socket = '/run/systemd/notify'

function hostWith(env: Readonly<Record<string, string>>): SimHost {
  const host = simHost({seed: 1, machine: {env, pid: 77}})
  host.processes.script(['systemd-notify'], exited(0))
  return host
}

/** What was told, message by message. */
function told(host: SimHost): readonly string[] {
  return host.processes.runs.map(({argv}) => argv.slice(2).join(' '))
}

test('notify: nothing is told where nobody wants to know, and nothing is started for it', async () => {
  for (const env of [{}, {NOTIFY_SOCKET: ''}, {WATCHDOG_USEC: '1000000'}]) {
    const host = hostWith(env)
    const notifier = notifierOf(host)
    await notifier.ready('up')
    await notifier.reloading()
    await notifier.stopping('down')
    notifier.watch(() => true)()
    assert.deepEqual([host.processes.runs, host.clock.waiting], [[], 0])
  }
})

test('notify: each state is one message to the socket of the manager, its status on one line', async () => {
  const host = hostWith({NOTIFY_SOCKET: socket})
  const notifier = notifierOf(host)
  await notifier.ready('takes lines\non 9999')
  await notifier.reloading()
  await notifier.stopping('stops')
  const [ready, reloading, stopping] = told(host)
  assert.equal(ready, 'READY=1 STATUS=takes lines on 9999')
  assert.match(reloading ?? '', /^RELOADING=1 MONOTONIC_USEC=\d+$/)
  assert.equal(stopping, 'STOPPING=1 STATUS=stops')
  for (const {argv, options} of host.processes.runs) {
    assert.deepEqual(argv.slice(0, 2), ['systemd-notify', '--'])
    assert.deepEqual(options.env, {NOTIFY_SOCKET: socket})
  }
})

test('notify: the time of a reload is that of the monotonic clock of the machine', async () => {
  const host = hostWith({NOTIFY_SOCKET: socket})
  await notifierOf(host).reloading()
  const told = Number(/MONOTONIC_USEC=(\d+)/.exec(host.processes.runs[0]?.argv.join(' ') ?? '')?.[1])
  const now = Number(process.hrtime.bigint() / 1000n)
  assert.ok(told <= now && now - told < 60_000_000, `${told} ${now}`)
})

test('notify: the watchdog hears of a living server twice in its time, and of a hung one never', async () => {
  const host = hostWith({NOTIFY_SOCKET: socket, WATCHDOG_USEC: '30000000', WATCHDOG_PID: '77'})
  let isAlive = true
  const end = notifierOf(host).watch(() => isAlive)
  assert.deepEqual(told(host), ['WATCHDOG=1'])
  await host.clock.advance(30_000)
  assert.equal(told(host).length, 3)
  isAlive = false
  await host.clock.advance(60_000)
  assert.equal(told(host).length, 3)
  isAlive = true
  await host.clock.advance(15_000)
  assert.equal(told(host).length, 4)
  end()
  await host.clock.advance(60_000)
  assert.deepEqual([told(host).length, host.clock.waiting], [4, 0])
})

test('notify: a watchdog of another process, or a time that is none, is not answered', async () => {
  const wrong = [{WATCHDOG_PID: '78', WATCHDOG_USEC: '1000000'}, {WATCHDOG_USEC: '0'}, {WATCHDOG_USEC: 'soon'}]
  for (const env of wrong) {
    const host = hostWith({NOTIFY_SOCKET: socket, ...env})
    notifierOf(host).watch(() => true)
    await host.clock.advance(10_000)
    assert.deepEqual([told(host), host.clock.waiting], [[], 0])
  }
})

test('notify: a manager that does not take a message, or a program that is missing, is no failure of the server', async () => {
  const host = simHost({seed: 1, machine: {env: {NOTIFY_SOCKET: socket}}})
  await notifierOf(host).ready('up')
  host.processes.script(['systemd-notify'], exited(1, '', 'Failed to notify init system: Connection refused'))
  await notifierOf(host).ready('up')
  host.processes.script(['systemd-notify'], 'hangs')
  const hanging = notifierOf(host).ready('up')
  await host.clock.advance(5000)
  await hanging
  assert.equal(host.processes.runs.length, 3)
})

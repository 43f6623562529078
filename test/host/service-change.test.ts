import assert from 'node:assert/strict'
import {nothingSupervised} from '../fixtures/supervisable.ts'
import {readFileSync} from 'node:fs'
import {test} from 'node:test'
import type {RunEnd} from '../../src/host/processes.ts'
import type {ServiceChange, ServiceVerb} from '../../src/host/services.ts'
import {serviceManager} from '../../src/host/manager.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {ended, exited, type Script} from '../sim/processes.ts'

/** What `systemctl show` of systemd 252 printed for a unit in this situation. */
function recording(name: string): string {
  return readFileSync(new URL(`../fixtures/systemd/${name}.txt`, import.meta.url), 'utf8')
}

interface Given {
  /** A recording of the unit. */
  readonly unit?: string
  /** What comes of the order itself. */
  readonly order?: Script
}

interface Tried {
  readonly host: SimHost
  readonly change: (verb: ServiceVerb, unit?: string) => Promise<ServiceChange>
  /** The words of systemctl, in their order; without those that are always there. */
  readonly said: () => string[]
}

function withUnit({unit = 'running', order = exited(0)}: Given): Tried {
  const host = simHost({seed: 1})
  host.processes.script(['systemctl', 'show'], exited(0, recording(unit)))
  host.processes.script(['systemctl', '--no-ask-password', 'reset-failed'], exited(1, '', 'not failed'))
  for (const verb of ['start', 'stop', 'restart']) {
    host.processes.script(['systemctl', '--no-ask-password', verb], order)
  }
  return {
    host,
    async change(verb, name = 'web') {
      const manager = await serviceManager('systemd', host, nothingSupervised)
      return manager.change(name, verb, {deadlineMs: 30_000, signal: new AbortController().signal})
    },
    said: () =>
      host.processes.runs
        .map(({argv}) => argv.join(' ').replace(/^systemctl (?:--no-ask-password )?/, ''))
        .filter((words) => !words.startsWith('show'))
  }
}

test('systemd: an order is given in one word for one unit, and done when systemctl says so', async () => {
  for (const verb of ['start', 'stop'] as const) {
    const {host, change, said} = withUnit({})
    assert.deepEqual(await change(verb), {status: 'done'})
    assert.deepEqual(said(), [`${verb} -- web.service`])
    assert.equal(host.processes.runs.at(-1)?.options.deadlineMs, 30_000)
  }
})

test('systemd: the count of starts is put back before a restart, and before a start of what is not up', async () => {
  const reset = 'reset-failed -- web.service'
  const restarted = withUnit({})
  assert.deepEqual(await restarted.change('restart'), {status: 'done'})
  assert.deepEqual(restarted.said(), [reset, 'restart -- web.service'])
  for (const unit of ['start-limited-by-crashes', 'never-started', 'waits-for-restart']) {
    const started = withUnit({unit})
    assert.deepEqual(await started.change('start'), {status: 'done'})
    assert.deepEqual(started.said(), [reset, 'start -- web.service'], unit)
    const stopped = withUnit({unit})
    await stopped.change('stop')
    assert.deepEqual(stopped.said(), ['stop -- web.service'], unit)
  }
})

test('systemd: what is no unit, unknown or masked is refused before anything is asked of the manager', async () => {
  const cases = [
    {unit: 'masked', name: 'web', reason: 'masked'},
    {unit: 'unknown', name: 'web', reason: 'unknown-unit'},
    {unit: 'running', name: '*', reason: 'unknown-unit'},
    {unit: 'running', name: '--all', reason: 'unknown-unit'}
  ]
  for (const {unit, name, reason} of cases) {
    const {change, said} = withUnit({unit})
    assert.deepEqual(await change('restart', name), {status: 'refused', reason})
    assert.deepEqual(said(), [])
  }
})

test('systemd: a refused order gives the manager’s reason, however systemctl ends', async () => {
  const complaint = 'Failed to start web.service: Access denied\nSee system logs for details.\n'
  const ends: readonly [Script, ServiceChange][] = [
    [exited(1, '', complaint), {status: 'refused', reason: 'Failed to start web.service: Access denied'}],
    [exited(1), {status: 'refused', reason: 'exit code 1'}],
    [ended({how: 'signalled', signal: 'SIGKILL'}), {status: 'refused', reason: 'SIGKILL'}],
    [ended({how: 'refused', reason: 'EAGAIN'}), {status: 'refused', reason: 'EAGAIN'}],
    [ended({how: 'missing'}), {status: 'refused', reason: 'systemctl: not found'}],
    [ended({how: 'deadline'}), {status: 'deadline'}],
    [ended({how: 'aborted'}), {status: 'aborted'}]
  ]
  for (const [order, change] of ends) assert.deepEqual(await withUnit({order}).change('stop'), change)
})

test('systemd: where nobody tells how the unit is, nothing is ordered', async () => {
  const ends: readonly RunEnd[] = [{how: 'missing'}, {how: 'deadline'}, {how: 'exited', code: 1}]
  for (const end of ends) {
    const {host, change, said} = withUnit({})
    host.processes.script(['systemctl', 'show'], ended(end))
    const answer = await change('restart')
    assert.equal(answer.status, 'refused')
    assert.deepEqual(said(), [])
  }
})

test('systemd: told to stop, nothing is ordered any more', async () => {
  const {host, said} = withUnit({})
  const manager = await serviceManager('systemd', host, nothingSupervised)
  const limits = {deadlineMs: 30_000, signal: AbortSignal.abort()}
  assert.deepEqual(await manager.change('web', 'stop', limits), {status: 'aborted'})
  assert.deepEqual(said(), [])
})

test('without a service manager, every order is refused', async () => {
  const manager = await serviceManager('none', simHost({seed: 1}), nothingSupervised)
  const limits = {deadlineMs: 30_000, signal: new AbortController().signal}
  assert.deepEqual(await manager.change('web', 'start', limits), {status: 'refused', reason: 'no-manager'})
})

import assert from 'node:assert/strict'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {realClock} from '../../src/host/clock.ts'
import type {Processes, Ran} from '../../src/host/processes.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'

// Far beyond what any of this takes on a busy machine, far below what the programs would sleep if nobody ended them.
const deadlineMs = 60_000

test('processes: settled ends all that still runs, also what takes no SIGTERM, and nothing is started after it', async (t) => {
  const processes = realProcesses(realClock(), realRandom())
  const one = await startDeaf(t, processes)
  const other = await startDeaf(t, processes)
  await processes.settled()
  assert.deepEqual([isAlive(one.pid), isAlive(other.pid)], [false, false])
  for (const {running} of [one, other]) assert.deepEqual((await running).end, {how: 'aborted'})
  assert.deepEqual((await processes.run(['true'], {deadlineMs})).end, {how: 'aborted'})
})

test('processes: settled waits for a run that is being ended already', async (t) => {
  const processes = realProcesses(realClock(), realRandom())
  const stop = new AbortController()
  const {pid} = await startDeaf(t, processes, stop.signal)
  stop.abort()
  await processes.settled()
  assert.equal(isAlive(pid), false)
})

test('processes: what nobody wants to wait for is killed with its group', async (t) => {
  const processes = realProcesses(realClock(), realRandom())
  const {running} = await startDeaf(t, processes)
  processes.kill()
  assert.deepEqual((await running).end, {how: 'signalled', signal: 'SIGKILL'})
})

/** A program that takes no SIGTERM, when it has got so far. */
async function startDeaf(
  t: TestContext,
  processes: Processes,
  signal = new AbortController().signal
): Promise<{readonly pid: number; readonly running: Promise<Ran>}> {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-end-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  const script = "trap '' TERM; echo $$ > made; mv made pid; while :; do sleep 300; done"
  const running = processes.run(['sh', '-c', script], {deadlineMs, graceMs: 100, cwd: folder, signal})
  while (!existsSync(join(folder, 'pid'))) await delay(10)
  return {pid: Number(readFileSync(join(folder, 'pid'))), running}
}

function isAlive(pid: number): boolean {
  try {
    return !/ [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // It is gone altogether.
    return false
  }
}

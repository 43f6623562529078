import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import type {Verdict} from '../../src/checks/check.ts'
import {busyBetween, loadPressure, stalledPercent} from '../../src/checks/load-pressure.ts'
import {simHost} from '../sim/host.ts'
import {contextOf, inTime} from './context.ts'

// Recorded from a machine whose disk was the bottleneck.
const memoryCalm =
  'some avg10=0.00 avg60=1.45 avg300=8.18 total=63791160\nfull avg10=0.00 avg60=0.00 avg300=0.10 total=3006210\n'
const ioBusy =
  'some avg10=0.00 avg60=4.19 avg300=23.61 total=175514484\nfull avg10=0.00 avg60=3.92 avg300=21.93 total=162485025\n'

interface Machine {
  readonly memory?: string
  readonly io?: string
  /** Two readings of /proc/stat. */
  readonly stat?: readonly [before: string, after: string]
}

function read({memory, io, stat}: Machine): Promise<Verdict> {
  const host = simHost({seed: 1})
  if (memory !== undefined) host.disk.putProc('/proc/pressure/memory', memory)
  if (io !== undefined) host.disk.putProc('/proc/pressure/io', io)
  if (stat !== undefined) {
    host.disk.putProc('/proc/stat', stat[0])
    host.clock.after(200, () => {
      host.disk.putProc('/proc/stat', stat[1])
    })
  }
  return contextOf(host).then((context) => inTime(host.clock, loadPressure.read(context)))
}

function pressure(full: number): string {
  return `some avg10=0.00 avg60=0.00 avg300=99.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=${full.toFixed(2)} total=1\n`
}

/** user nice system idle iowait irq softirq steal guest guest_nice. */
function stat(...ticks: readonly number[]): string {
  return `cpu  ${ticks.join(' ')}\ncpu0 ${ticks.join(' ')}\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 5 6\nctxt 7\n`
}

test('the resource that stood still longest decides, by five minutes', async () => {
  const verdict = await read({memory: memoryCalm, io: ioBusy})
  assert.deepEqual([verdict.status, verdict.value, verdict.unit], ['ok', 21.93, '%'])
  assert.deepEqual(verdict.threshold, {warning: '25%', critical: '60%'})
  assert.deepEqual(verdict.finding, {code: 'pressure', values: {resource: 'disk', stalledPercent: 21.93}})
  assert.deepEqual(verdict.evidence, [{code: 'pressure', values: {resource: 'memory', stalledPercent: 0.1}}])
})

test('time in which all work stood still is judged', async () => {
  for (const [full, status] of [
    [25, 'ok'],
    [25.01, 'warning'],
    [60, 'warning'],
    [60.01, 'critical'],
    [100, 'critical']
  ] as const) {
    for (const machine of [
      {memory: pressure(full), io: pressure(0)},
      {memory: pressure(0), io: pressure(full)}
    ]) {
      assert.equal((await read(machine)).status, status, String(full))
    }
  }
})

test('a kernel that does not measure pressure is not judged, and what is known is shown', async () => {
  const ticks = [stat(0, 0, 0, 0), stat(50, 0, 0, 50)] as const
  for (const machine of [{}, {memory: memoryCalm}, {io: ioBusy}, {memory: '', io: ioBusy}]) {
    const verdict = await read({...machine, stat: ticks})
    assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'not-on-this-machine'])
    assert.deepEqual(verdict.evidence, [{code: 'cpu-busy', values: {busyPercent: 50, cores: 2}}])
  }
})

test('S-18: processors that are busy all the time are no fault while nothing waits; it is shown as 100 %', async () => {
  const ticks = [stat(1000, 0, 500, 800, 5, 0, 3, 0), stat(1020, 2, 520, 800, 5, 1, 4, 1)] as const
  const verdict = await read({memory: memoryCalm, io: pressure(0), stat: ticks})
  assert.equal(verdict.status, 'ok')
  assert.deepEqual(verdict.evidence?.at(-1), {code: 'cpu-busy', values: {busyPercent: 100, cores: 2}})
})

test('S-18: everything that processors do counts as busy, not only what users run; waiting for a disk is idle', () => {
  const idle = [10, 10, 10, 100, 100, 10, 10, 10, 0, 0]
  const after = (at: number): string => stat(...idle.map((ticks, column) => (column === at ? ticks + 50 : ticks)))
  const busy = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => busyBetween(stat(...idle), after(at)))
  assert.deepEqual(busy, [100, 100, 100, 0, 0, 100, 100, 100])
})

test('S-18: guests are counted once: the kernel has them in the time of users already', () => {
  assert.equal(busyBetween(stat(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), stat(50, 0, 0, 50, 0, 0, 0, 0, 50, 0)), 50)
})

test('S-18: without a tick in between nothing is known, which is not the same as idle', () => {
  const same = stat(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
  assert.equal(busyBetween(same, same), undefined)
  assert.equal(busyBetween(stat(10, 0, 0, 10), stat(5, 0, 0, 5)), undefined)
})

test('S-18: columns that run into each other, or are missing, are no reading', () => {
  const good = stat(0, 0, 0, 0)
  for (const bad of ['', 'cpu\n', 'cpu  1 2 3\n', 'cpu0 1 2 3 4\n', 'cpu0 1 2 3 4\nintr 5\n']) {
    assert.equal(busyBetween(good, bad), undefined, bad)
    assert.equal(busyBetween(bad, good), undefined, bad)
  }
})

test('S-18: kernels with fewer columns are understood', () => {
  assert.equal(busyBetween('cpu  0 0 0 0\n', 'cpu  50 0 0 50\n'), 50)
})

test('S-18: whatever the counters do, what is told is from 0 to 100 %', () => {
  const ticks = fc.array(fc.nat(), {minLength: 4, maxLength: 10})
  fc.assert(
    fc.property(ticks, ticks, (before, after) => {
      const busy = busyBetween(stat(...before), stat(...after))
      assert.ok(busy === undefined || (busy >= 0 && busy <= 100), String(busy))
    })
  )
})

test('an answer of the kernel in another form is no reading', () => {
  assert.equal(stalledPercent('some avg10=1.00 avg60=1.00 avg300=1.00 total=1\n'), undefined)
  assert.equal(stalledPercent('full avg10=1.00\n'), undefined)
  assert.equal(stalledPercent(''), undefined)
  assert.equal(stalledPercent('full avg10=0 avg60=0 avg300=7 total=1'), 7)
})

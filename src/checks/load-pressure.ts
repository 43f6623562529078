import {finding, type Finding} from '../base/findings.ts'
import {sleep} from '../host/clock.ts'
import type {Host} from '../host/host.ts'
import {judge, skipped, thresholdOf, type Check} from './check.ts'
import {readProc} from './proc.ts'

/** Long enough for a hundred ticks of the kernel's accounting on two cores. */
const sampleMs = 250

/**
 * The share of time in which all work stood still for memory or disk. Busy processors are shown, not judged: they are
 * no fault as long as nothing waits.
 */
export const loadPressure: Check = {
  id: 'load.pressure',
  async read({host, config, signal}) {
    const busy = await processorsBusy(host, signal)
    const memory = stalledPercent((await readProc(host, '/proc/pressure/memory')) ?? '')
    const disk = stalledPercent((await readProc(host, '/proc/pressure/io')) ?? '')
    if (memory === undefined || disk === undefined) {
      return {...skipped(finding('not-on-this-machine', {what: '/proc/pressure'})), evidence: busy}
    }
    const [first, second] = [
      {resource: 'memory', stalledPercent: memory},
      {resource: 'disk', stalledPercent: disk}
    ].toSorted((left, right) => right.stalledPercent - left.stalledPercent) as [Pressure, Pressure]
    const limits = config.checks['load.pressure']
    return {
      status: judge(first.stalledPercent, limits),
      finding: finding('pressure', first),
      value: first.stalledPercent,
      unit: '%',
      threshold: thresholdOf(limits),
      evidence: [finding('pressure', second), ...busy]
    }
  }
}

interface Pressure {
  readonly resource: string
  readonly stalledPercent: number
}

/** `full avg10=0.00 avg60=0.00 avg300=1.25 total=…`: all tasks waited, over five minutes. */
export function stalledPercent(text: string): number | undefined {
  const average = /^full .*\bavg300=(\d+(?:\.\d+)?)/m.exec(text)?.[1]
  return average === undefined ? undefined : Number(average)
}

async function processorsBusy(host: Pick<Host, 'disk' | 'clock'>, signal: AbortSignal): Promise<Finding[]> {
  const first = (await readProc(host, '/proc/stat')) ?? ''
  await sleep(host.clock, sampleMs, signal)
  const second = (await readProc(host, '/proc/stat')) ?? ''
  const busyPercent = busyBetween(first, second)
  const cores = second.match(/^cpu\d+ /gm)?.length ?? 0
  return busyPercent === undefined ? [] : [finding('cpu-busy', {busyPercent, cores})]
}

/** From two readings of the kernel's counters: one reading alone is the average since boot. */
export function busyBetween(first: string, second: string): number | undefined {
  const before = cpuTicks(first)
  const after = cpuTicks(second)
  if (before === undefined || after === undefined) return undefined
  const total = after.total - before.total
  // Nothing was counted in between: then nothing is known, which is not the same as idle.
  return total <= 0 ? undefined : Math.min(100, Math.max(0, (1 - (after.idle - before.idle) / total) * 100))
}

function cpuTicks(stat: string): {total: number; idle: number} | undefined {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(' ').map(Number)
  // user nice system idle iowait irq softirq steal; guest time is already part of user time.
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields ?? []
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return undefined
  const waiting = idle + (iowait ?? 0)
  return {total: user + nice + system + waiting + (irq ?? 0) + (softirq ?? 0) + (steal ?? 0), idle: waiting}
}

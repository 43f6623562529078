import {finding, type Finding} from '../base/findings.ts'
import type {Host} from '../host/host.ts'
import {isBootedBySystemd} from '../host/systemd.ts'
import {judge, skipped, thresholdOf, unknown, type Check} from './check.ts'
import {hasSucceeded, programFailed} from './program.ts'

/** What a time service says of the clock. */
export interface ClockState {
  readonly source: string
  readonly isSynchronised: boolean
  /** Signed, in milliseconds; null where the service does not tell. */
  readonly offsetMs: number | null
}

/** What came of asking: `none` where there is no such service, or it is not switched on; else why it did not answer. */
type Asked = ClockState | 'none' | {readonly failed: Finding}

const askMs = 2000

/** Is the clock kept right, and how far is it off. Without a time service there is nothing to ask. */
export const clockSync: Check = {
  id: 'clock.sync',
  async read({host, config, signal}) {
    const limits = config.checks['clock.sync']
    const chrony = await askChrony(host, signal)
    // Where chrony is installed but does not run, another service may keep the clock.
    const state = isState(chrony) ? chrony : await askTimedate(host, signal)
    if (!isState(state)) {
      // Not knowing is told before `none`: chrony that is there and stopped leaves the clock to nobody.
      const silent = [chrony, state].find((one) => one !== 'none')
      if (silent !== undefined && 'failed' in silent) return unknown(silent.failed)
      return skipped(finding('not-on-this-machine', {what: 'chrony, systemd-timesyncd'}))
    }
    const {source, offsetMs} = state
    if (!state.isSynchronised) {
      const said = finding('clock-unsynchronised', {source})
      return {status: 'critical', value: 'unsynchronised', finding: said, threshold: thresholdOf(limits)}
    }
    return {
      status: offsetMs === null ? 'ok' : judge(Math.abs(offsetMs), limits),
      finding: finding('clock-synchronised', {source, offsetMs}),
      ...(offsetMs === null ? {value: 'synchronised'} : {value: Math.abs(offsetMs) / 1000, unit: 's'}),
      threshold: thresholdOf(limits)
    }
  }
}

function isState(asked: Asked): asked is ClockState {
  return asked !== 'none' && !('failed' in asked)
}

async function askChrony(host: Pick<Host, 'processes'>, signal: AbortSignal): Promise<Asked> {
  const ran = await host.processes.run(['chronyc', '-c', 'tracking'], {deadlineMs: askMs, signal})
  if (ran.end.how === 'missing') return 'none'
  const state = hasSucceeded(ran) ? parseChrony(ran.stdout.text) : undefined
  return state ?? {failed: programFailed('chronyc', ran)}
}

/** Comma-separated: id, name, stratum, time, offset in seconds, …, leap status. */
export function parseChrony(line: string): ClockState | undefined {
  const fields = line.trim().split(',')
  const offset = Number(fields[4])
  const leap = fields.at(-1)
  if (fields.length < 14 || fields[4] === undefined || !Number.isFinite(offset)) return undefined
  return {source: 'chrony', isSynchronised: leap !== 'Not synchronised', offsetMs: offset * 1000}
}

async function askTimedate(host: Pick<Host, 'disk' | 'processes'>, signal: AbortSignal): Promise<Asked> {
  // In containers its programs are often installed, but there is nobody whom they could ask.
  if (!(await isBootedBySystemd(host.disk))) return 'none'
  const argv = ['timedatectl', 'show', '--property=NTP', '--property=NTPSynchronized'] as const
  const ran = await host.processes.run([...argv], {deadlineMs: askMs, signal})
  if (ran.end.how === 'missing') return 'none'
  const state = hasSucceeded(ran) ? parseTimedate(ran.stdout.text) : undefined
  return state ?? {failed: programFailed('timedatectl', ran)}
}

/** Where no time service is switched on, a clock that nobody set is no finding: virtual machines get theirs from the host. */
export function parseTimedate(text: string): ClockState | 'none' | undefined {
  if (!/^NTP=/m.test(text)) return undefined
  const isOn = /^NTP=yes$/m.test(text)
  const isSynchronised = /^NTPSynchronized=yes$/m.test(text)
  return isOn || isSynchronised ? {source: 'systemd-timesyncd', isSynchronised, offsetMs: null} : 'none'
}

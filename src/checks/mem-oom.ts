import {finding, type Finding} from '../base/findings.ts'
import {isRecord} from '../base/record.ts'
import type {Host} from '../host/host.ts'
import {memoryGroup} from './cgroup.ts'
import {judge, skipped, thresholdOf, type Check} from './check.ts'
import {procNumber, readProc} from './proc.ts'

/** Kills for lack of memory since the last run, by the kernel's counter: of this container, or of the machine. */
export const memOom: Check = {
  id: 'mem.oom',
  async read({host, config, remembered, signal}) {
    const counter = await oomCounter(host)
    if (counter === undefined) return skipped(finding('not-on-this-machine', {what: '/proc/vmstat oom_kill'}))
    const boot = ((await readProc(host, '/proc/sys/kernel/random/boot_id')) ?? '').trim()
    const remember = {kills: counter.kills, of: counter.of, boot}
    const before = remembered?.values['kills']
    if (remembered === undefined || typeof before !== 'number' || remembered.values['of'] !== counter.of) {
      return {...skipped(finding('no-history', {})), remember}
    }
    // After a reboot the counter began at zero, so that all of it is new.
    const isSameBoot = remembered.values['boot'] === boot && counter.kills >= before
    const count = isSameBoot ? counter.kills - before : counter.kills
    const limits = config.checks['mem.oom']
    return {
      status: judge(count, limits),
      finding: finding('oom-kills', {count, sinceMs: remembered.atMs}),
      value: count,
      unit: 'kills',
      threshold: thresholdOf(limits),
      evidence: count === 0 ? [] : await victims(host, remembered.atMs, signal),
      remember
    }
  }
}

interface Counter {
  readonly kills: number
  readonly of: 'cgroup' | 'machine'
}

async function oomCounter(host: Pick<Host, 'disk'>): Promise<Counter | undefined> {
  const group = await memoryGroup(host)
  if (group?.oomKills !== undefined) return {kills: group.oomKills, of: 'cgroup'}
  const kills = procNumber((await readProc(host, '/proc/vmstat')) ?? '', 'oom_kill')
  return kills === undefined ? undefined : {kills, of: 'machine'}
}

const victimsMax = 10

/** Who was killed, from the kernel's log where there is a journal to read it from. */
async function victims(host: Pick<Host, 'processes'>, sinceMs: number, signal: AbortSignal): Promise<Finding[]> {
  const since = `@${Math.floor(sinceMs / 1000)}`
  const argv = ['journalctl', '--dmesg', '--output=json', '--no-pager', `--since=${since}`, '--lines=2000'] as const
  const ran = await host.processes.run([...argv], {deadlineMs: 3000, signal})
  return parseVictims(ran.stdout.text).slice(-victimsMax)
}

/** A process may be named `a) b`: the words that the kernel puts behind the name end it, not the first bracket. */
const killed = /Killed process (\d+) \((.*)\),? (?:total-vm|UID)/

export function parseVictims(journal: string): Finding[] {
  return journal.split('\n').flatMap((line) => {
    const {MESSAGE: said, __REALTIME_TIMESTAMP: stamp} = parseLine(line)
    const [, pid, process] = (typeof said === 'string' ? killed.exec(said) : null) ?? []
    if (process === undefined) return []
    return [finding('oom-victim', {process, pid: Number(pid), atMs: Math.floor(Number(stamp) / 1000)})]
  })
}

function parseLine(line: string): Record<string, unknown> {
  try {
    const entry: unknown = JSON.parse(line)
    return isRecord(entry) ? entry : {}
  } catch {
    // The empty line at the end, or one that was cut since there were too many: others may still tell their victim.
    return {}
  }
}

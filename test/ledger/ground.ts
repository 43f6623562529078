import type {Disk, OpenFile} from '../../src/host/disk.ts'
import type {ProcessIdentity} from '../../src/host/identity.ts'
import type {LockOwner, LockRecord, LockWish} from '../../src/ledger/locks.ts'
import type {SimClock} from '../sim/clock.ts'
import {simHost, type SimHost, type SimHostOptions} from '../sim/host.ts'
import {seeded} from '../sim/random.ts'

export const bootId = '9836e562-1f38-484c-950f-ff7172cfaf68'
export const pidNamespace = 4026531836

/** A machine with a folder of data, a state folder, and a kernel that tells who runs. */
export function ledgerHost(options: SimHostOptions): SimHost {
  const host = simHost(options)
  host.disk.putFolder('/srv/data')
  host.disk.putFolder('/state')
  host.disk.putProc('/proc/sys/kernel/random/boot_id', `${bootId}\n`)
  host.disk.putProc('/proc/uptime', '10000.50 20000.10\n')
  putProcess(host, host.machine.pid)
  return host
}

/** The kernel's word on a process that lives. */
export function putProcess(host: SimHost, pid: number, {startTicks = pid * 10, state = 'S'} = {}): void {
  host.processes.living.add(pid)
  const between = Array.from({length: 18}, () => '0').join(' ')
  host.disk.putProc(`/proc/${pid}/stat`, `${pid} (no de) S (x)) ${state} ${between} ${startTicks} 0 0\n`)
}

/** Another process on the same machine: same disk and clock, other number, other luck. */
export function processOf(host: SimHost, pid: number, disk: Disk = host.disk): Omit<SimHost, 'disk'> & {disk: Disk} {
  putProcess(host, pid)
  return {...host, disk, machine: {...host.machine, pid}, random: seeded(pid)}
}

export function identityOf(pid: number, given: Partial<ProcessIdentity> = {}): ProcessIdentity {
  return {pid, startTicks: pid * 10, bootId, pidNamespace, host: 'sim', uid: 0, user: 'root', ...given}
}

export function ownerOf(pid: number, given: Partial<LockOwner> = {}): LockOwner {
  const leaseUntilMs = Date.parse('2026-11-20T10:15:00Z')
  return {runId: `run-${pid}`, command: `command-${pid}`, leaseUntilMs, identity: identityOf(pid), ...given}
}

export function wishFor(resource: string, given: Partial<LockWish> = {}): LockWish {
  return {resource, folder: '/srv/data', mode: 'exclusive', ...given}
}

/** Lets time pass until the work is over. */
export async function passing<Result>(clock: SimClock, work: Promise<Result>): Promise<Result> {
  const over = new AbortController()
  const end = (): void => {
    over.abort()
  }
  work.then(end, end)
  while (!over.signal.aborted) await clock.advance(3)
  return work
}

/** The disk of a process that is killed before its operation of this number, and does nothing more from then on. */
export function mortal(disk: Disk, operationsMax: number, die: () => void): Disk {
  let operations = 0
  const bound = <Of extends object>(of: Of): Of =>
    new Proxy(of, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return async (...given: unknown[]): Promise<unknown> => {
          operations += 1
          if (operations > operationsMax) {
            die()
            return new Promise(() => undefined)
          }
          const result: unknown = await Reflect.apply(member, target, given)
          return name === 'open' ? bound(result as OpenFile) : result
        }
      }
    })
  return bound(disk)
}

export function runsOf(records: readonly LockRecord[]): readonly string[] {
  return records.map(({runId}) => runId)
}

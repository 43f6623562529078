import {isRecord} from '../base/record.ts'
import {numberIn, textIn} from '../base/raw.ts'
import {readText} from './files.ts'
import type {Host} from './host.ts'
import type {Machine} from './machine.ts'

/** Which process, beyond its number: that is given again, after a reboot, and in each container from the start. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTicks: number
  readonly bootId: string
  /** Inode of its pid namespace: in another one, the same number is another process. */
  readonly pidNamespace: number
  readonly host: string
  readonly uid: number
  readonly user: string
}

/** `unknowable`: it lives, or lived, on another machine or in another container, which cannot be asked from here. */
export type Life = 'alive' | 'gone' | 'unknowable'

export type IdentityHost = Pick<Host, 'disk'> & {
  readonly machine: Pick<Machine, 'pid' | 'uid' | 'user' | 'hostname'>
}

/** Who we are, as others will look at it. */
export async function ownIdentity({disk, machine}: IdentityHost): Promise<ProcessIdentity> {
  const {pid, uid, user, hostname: host} = machine
  const [start, namespace] = [await startOf(disk, pid), await disk.stat('/proc/self/ns/pid')]
  return {
    pid,
    startTicks: start?.startTicks ?? 0,
    bootId: await bootIdOf(disk),
    pidNamespace: namespace?.inode ?? 0,
    host,
    uid,
    user
  }
}

/**
 * Whether a process that left a lock or a run behind still lives. A pid alone says nothing: it is given again, after a
 * reboot and in every container from the start.
 */
export async function lifeOf(
  {disk, processes}: Pick<Host, 'disk' | 'processes'>,
  identity: ProcessIdentity,
  own: ProcessIdentity
): Promise<Life> {
  const isBootKnown = identity.bootId !== '' && own.bootId !== ''
  const isSameBoot = isBootKnown && identity.bootId === own.bootId
  if (isBootKnown && !isSameBoot && identity.host === own.host) return 'gone'
  // Another machine writes to the same network disk, or another container of this one: its pids are not ours to ask for.
  if (!isSameBoot && identity.host !== own.host) return 'unknowable'
  if (identity.pidNamespace !== own.pidNamespace) return 'unknowable'
  if (!processes.exists(identity.pid)) return 'gone'
  const found = await startOf(disk, identity.pid)
  // It exists and is hidden from us (hidepid), or there is no /proc at all; or it ended between the two looks.
  if (found === undefined) return processes.exists(identity.pid) ? 'alive' : 'gone'
  return found.isOver || found.startTicks !== identity.startTicks ? 'gone' : 'alive'
}

interface Start {
  /** Since boot, by the kernel's count: no later process of the same number has the same. */
  readonly startTicks: number
  /** It has ended, and only its parent has not taken note yet. */
  readonly isOver: boolean
}

export async function startOf(disk: Host['disk'], pid: number): Promise<Start | undefined> {
  const line = await readShort(disk, `/proc/${pid}/stat`)
  // The second field is the program's name in brackets, and a name may hold blanks and brackets itself.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state = '', startTicks = ''] = [fields[0], fields[19]]
  return /^\d+$/.test(startTicks) ? {startTicks: Number(startTicks), isOver: /^[ZXx]$/.test(state)} : undefined
}

/** Of the running kernel: another one after each boot. Empty where it cannot be told. */
async function bootIdOf(disk: Host['disk']): Promise<string> {
  return (await readShort(disk, '/proc/sys/kernel/random/boot_id')).trim()
}

const shortBytesMax = 1 << 16

/** A file of /proc; empty where it is not there. */
export async function readShort(disk: Host['disk'], path: string): Promise<string> {
  try {
    return (await readText(disk, path, shortBytesMax)) ?? ''
  } catch {
    // Hidden from us: then it says nothing, and whoever it belongs to counts as alive.
    return ''
  }
}

/** As it stands in files. */
export interface WrittenIdentity {
  readonly pid: number
  readonly start_ticks: number
  readonly boot_id: string
  readonly pid_namespace: number
  readonly host: string
  readonly uid: number
  readonly user: string
}

export function writeIdentity(identity: ProcessIdentity): WrittenIdentity {
  const {pid, startTicks, bootId, pidNamespace, host, uid, user} = identity
  return {pid, start_ticks: startTicks, boot_id: bootId, pid_namespace: pidNamespace, host, uid, user}
}

/** Undefined where it is not whole. */
export function readIdentity(raw: unknown): ProcessIdentity | undefined {
  if (!isRecord(raw)) return undefined
  const numbers = ['pid', 'start_ticks', 'pid_namespace', 'uid'].map((key) => numberIn(raw, key))
  const texts = ['boot_id', 'host', 'user'].map((key) => textIn(raw, key))
  const [pid, startTicks, pidNamespace, uid] = numbers
  const [bootId, host, user] = texts
  if (pid === undefined || startTicks === undefined || pidNamespace === undefined || uid === undefined) return undefined
  if (bootId === undefined || host === undefined || user === undefined) return undefined
  return {pid, startTicks, bootId, pidNamespace, host, uid, user}
}

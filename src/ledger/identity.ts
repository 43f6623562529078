import {isRecord} from '../base/record.ts'
import {readText} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Life, ProcessIdentity} from './locks.ts'
import {numberIn, textIn} from './raw.ts'

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
  // It exists and is hidden from us (hidepid), or there is no /proc at all.
  if (found === undefined) return 'alive'
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
export async function bootIdOf(disk: Host['disk']): Promise<string> {
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

import {basename} from 'node:path'
import {Fault} from '../base/fault.ts'
import {readText} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {lifeOf, readIdentity, readShort, writeIdentity, type ProcessIdentity} from '../host/identity.ts'
import type {LockOwner, LockRecord, LockWish} from './locks.ts'
import {numberIn, parseRecord, textIn, timeIn, type Raw} from '../base/raw.ts'

/**
 * A lock file, `RESOURCE.RUN.RANDOM.lock`, one line of JSON:
 *
 *     {"format":1,"held":0,"resource":"data","mode":"shared","run_id":…,"command":…,"identity":{…},"since":…,"lease_until":…}
 *
 * `held` is the one digit that changes, from 0 to 1, where it stands: a single byte is never seen half written. The name
 * appears with the whole line behind it, so a line that is not whole was left by a power loss, or is not ours.
 */
const format = 1
const opening = `{"format":${format},"held":`
export const heldAt = opening.length
export const heldDigit = new TextEncoder().encode('1')

const bytesMax = 1 << 16

export function lockName(wish: LockWish, runId: string, suffix: string): string {
  return `${wish.resource}.${runId}.${suffix}.lock`
}

/** Of which resource a file of the lock folder is a claim. */
export function resourceIn(name: string): string | undefined {
  return /^([^.]+)\..*\.lock$/.exec(name)?.[1]
}

export function writeLock(wish: LockWish, owner: LockOwner, nowMs: number): Uint8Array {
  const rest = {
    resource: wish.resource,
    mode: wish.mode,
    run_id: owner.runId,
    command: owner.command,
    identity: writeIdentity(owner.identity),
    since: new Date(nowMs).toISOString(),
    lease_until: new Date(owner.leaseUntilMs).toISOString()
  }
  return new TextEncoder().encode(`${opening}0,${JSON.stringify(rest).slice(1)}\n`)
}

export type Reader = Pick<Host, 'clock' | 'disk' | 'processes'>

/** Undefined when it is gone meanwhile. */
export async function readLock(host: Reader, path: string, own: ProcessIdentity): Promise<LockRecord | undefined> {
  try {
    const text = await readText(host.disk, path, bytesMax)
    if (text === undefined) return undefined
    const raw = parseRecord(text)
    const written = raw === undefined ? undefined : writtenIn(raw, path)
    if (written === undefined) return await strange(host, path, isNewer(raw) ? 'newer' : 'damaged')
    const isPastLease = written.leaseUntilMs !== null && host.clock.now() > written.leaseUntilMs
    return {...written, isPastLease, life: await lifeOf(host, written.identity, own)}
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    return await strange(host, path, 'unreadable')
  }
}

function isNewer(raw: Raw | undefined): boolean {
  return raw !== undefined && (numberIn(raw, 'format') ?? 0) > format
}

function writtenIn(raw: Raw, path: string): Omit<LockRecord, 'life' | 'isPastLease'> | undefined {
  const [resource, mode, runId] = [textIn(raw, 'resource'), textIn(raw, 'mode'), textIn(raw, 'run_id')]
  const [command, identity] = [textIn(raw, 'command'), readIdentity(raw['identity'])]
  const [sinceMs, leaseUntilMs] = [timeIn(raw, 'since'), timeIn(raw, 'lease_until')]
  if (raw['format'] !== format || resource === undefined || runId === undefined || command === undefined)
    return undefined
  // A line that is whole, but not that of this name, was put there by somebody.
  if (!basename(path).startsWith(`${resource}.${runId}.`) || (mode !== 'shared' && mode !== 'exclusive'))
    return undefined
  if (identity === undefined || sinceMs === undefined || leaseUntilMs === undefined) return undefined
  const state = raw['held'] === 1 ? 'held' : 'claiming'
  return {path, condition: 'whole', state, resource, mode, runId, command, identity, sinceMs, leaseUntilMs}
}

/** What cannot be understood excludes everybody: it may be the lock of somebody whose files we may not read. */
async function strange(
  host: Reader,
  path: string,
  condition: LockRecord['condition']
): Promise<LockRecord | undefined> {
  const found = await host.disk.lstat(path)
  if (found === undefined) return undefined
  const [resource = '', runId = ''] = basename(path).split('.')
  const isLeftover = condition === 'damaged' && found.modifiedMs < (await bootMs(host))
  return {
    path,
    condition,
    state: 'held',
    resource,
    mode: 'exclusive',
    runId,
    command: '',
    identity: {...nobody, uid: found.uid, user: String(found.uid)},
    sinceMs: found.modifiedMs,
    leaseUntilMs: null,
    // Nobody who writes here leaves half a line, but a power loss does; and whoever wrote before it is gone since then.
    life: isLeftover ? 'gone' : 'unknowable',
    isPastLease: false
  }
}

const nobody = {pid: 0, startTicks: 0, bootId: '', pidNamespace: 0, host: ''}

/** When this machine started; 1970 where it cannot be told, so that nothing is older. */
async function bootMs({clock, disk}: Reader): Promise<number> {
  const uptimeSeconds = Number.parseFloat(await readShort(disk, '/proc/uptime'))
  return Number.isNaN(uptimeSeconds) ? 0 : clock.now() - uptimeSeconds * 1000
}

/** The claims among these names of a lock folder, but for those that are gone meanwhile. */
export async function readLocks(
  host: Reader,
  paths: readonly string[],
  own: ProcessIdentity
): Promise<readonly LockRecord[]> {
  const records: LockRecord[] = []
  for (const path of paths) {
    const record = await readLock(host, path, own)
    if (record !== undefined) records.push(record)
  }
  return records
}

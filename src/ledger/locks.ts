import {join} from 'node:path'
import {assert} from '../base/assert.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import {sleep} from '../host/clock.ts'
import {isAbsent} from '../host/disk.ts'
import type {Host} from '../host/host.ts'
import {ownIdentity, startOf, type IdentityHost, type Life, type ProcessIdentity} from '../host/identity.ts'
import {settle, type Claim} from './claims.ts'
import {readLocks, resourceIn} from './lock-file.ts'
import {lockFolderOf, removeHalfMade} from './lock-folder.ts'

/**
 * Who may act on what. A lock lies beside the resource it protects, so that root and a user exclude each other; how
 * processes agree on it is in `claims.ts`. Locks need no clean-up: one whose process is gone is taken over, and told.
 */

export type LedgerHost = Pick<Host, 'clock' | 'disk' | 'processes' | 'random'>

export type LockMode = 'shared' | 'exclusive'

export interface LockWish {
  /** A word: `data`, `backup-store`. */
  readonly resource: string
  /** The resource itself, or where it lies. */
  readonly folder: string
  readonly mode: LockMode
  /** Commands that are told to stop when they hold it. */
  readonly preempts?: readonly string[]
}

export interface LockOwner {
  readonly runId: string
  readonly command: string
  /** Past it, another machine that shares the disk may take the lock over. Nobody does who can see that we live. */
  readonly leaseUntilMs: number
  readonly identity: ProcessIdentity
}

/** One claim, as it is found. */
export interface LockRecord {
  readonly path: string
  /** What is not `whole` excludes everybody; who it is cannot be told but for the owner of the file. */
  readonly condition: 'whole' | 'damaged' | 'unreadable' | 'newer'
  readonly state: 'claiming' | 'held'
  readonly resource: string
  readonly mode: LockMode
  readonly runId: string
  /** Empty when it is not known. */
  readonly command: string
  readonly identity: ProcessIdentity
  readonly sinceMs: number
  /** Null when it is not known. */
  readonly leaseUntilMs: number | null
  readonly life: Life
  readonly isPastLease: boolean
}

export interface Lease {
  /** Removes exactly what was acquired; one that is gone already is fine. After a failure it can be called again. */
  release(): Promise<void>
}

interface Found {
  /** Held by processes that are gone, until this call took them away: to be told and journalled. */
  readonly takenOver: readonly LockRecord[]
  /** Told to stop for us. */
  readonly preempted: readonly LockRecord[]
}

export type Acquired = Found &
  ({readonly status: 'held'; readonly lease: Lease} | {readonly status: 'conflict'; readonly holder: LockRecord})

export interface AcquireOptions {
  readonly owner: LockOwner
  /** 0: a conflict is told at once. */
  readonly waitMs: number
  /** Ends the wait; the answer is then the conflict. */
  readonly signal?: AbortSignal
}

// Whoever is told to stop undoes what it did first. The longest step that may be interrupted is a copy of a file; its
// program gets two seconds, and putting back is of that order. Who comes with an emergency does not wait longer.
export const preemptionMs = 30_000

// Two that begin together see each other claim, and one of them withdraws: it then knows that there is somebody, but not
// yet that he holds. He needs a few system calls for that, so it asks a few times before it says no. One that was stopped
// in the middle never gets there, and whoever does not want to wait must not wait for him.
const contestMsMax = 500
const contestPauseMsMax = 10

/** Between two tries, from that of the shortest lock (an append to the journal) up to what nobody at a terminal notices. */
const pauseMsMin = 2
const pauseMsMax = 200

/** All of the locks or none. Taken in one order by everybody, so that two runs never wait for each other. */
export async function acquire(
  host: LedgerHost,
  wishes: readonly LockWish[],
  {owner, waitMs, signal}: AcquireOptions
): Promise<Acquired> {
  const {clock, random} = host
  const sorted = wishes.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1))
  const takenOver: LockRecord[] = []
  const preempted: LockRecord[] = []
  let untilMs = clock.elapsed() + waitMs
  let contestUntilMs: number | undefined
  for (let tries = 0; ; tries += 1) {
    const tried = await tryAll(host, sorted, owner)
    takenOver.push(...tried.takenOver)
    if (tried.status === 'held') return {status: 'held', lease: leaseOf(tried.claims), takenOver, preempted}
    const {holder, wish} = tried
    const isNew = preempted.every(({path}) => path !== holder.path)
    if (isNew && mayPreempt(wish, holder) && (await isTold(host, holder))) {
      preempted.push(holder)
      untilMs = Math.max(untilMs, clock.elapsed() + preemptionMs)
    }
    contestUntilMs = holder.state === 'claiming' ? (contestUntilMs ?? clock.elapsed() + contestMsMax) : undefined
    const isContest = contestUntilMs !== undefined && clock.elapsed() < contestUntilMs
    const leftMs = untilMs - clock.elapsed()
    const isOver = (leftMs <= 0 && !isContest) || signal?.aborted === true
    if (isOver) return {status: 'conflict', holder, takenOver, preempted}
    const boundMs = isContest ? contestPauseMsMax : Math.min(pauseMsMin * 2 ** tries, pauseMsMax, leftMs)
    await sleep(clock, 1 + random.below(Math.ceil(boundMs)), signal)
  }
}

/** What was left half made where these locks are taken; it keeps nobody out. */
export async function sweepLocks(host: LedgerHost, wishes: readonly LockWish[]): Promise<void> {
  for (const folder of new Set(wishes.map((wish) => wish.folder))) await removeHalfMade(host, folder)
}

/** For reports and for breaking: every claim on what lies in these folders, those of processes that are gone too. */
export async function listLocks(
  host: LedgerHost & IdentityHost,
  folders: readonly string[]
): Promise<readonly LockRecord[]> {
  const own = await ownIdentity(host)
  const records: LockRecord[] = []
  for (const folder of new Set(folders.map(lockFolderOf))) {
    const names = await namesIn(host.disk, folder)
    const paths = names.filter((name) => resourceIn(name) !== undefined).map((name) => join(folder, name))
    records.push(...(await readLocks(host, paths, own)))
  }
  return records.toSorted((one, other) => one.sinceMs - other.sinceMs)
}

/** Removes this claim, whoever's it is: an operator said so. */
export async function breakLock({disk}: Pick<Host, 'disk'>, {path}: LockRecord): Promise<void> {
  try {
    await disk.remove(path)
  } catch (cause) {
    if (!isAbsent(cause)) refuse(path, cause)
  }
}

export function conflictFault(holder: LockRecord): Fault<'lock-conflict'> {
  const {resource, runId: run, command, sinceMs, isPastLease, identity} = holder
  const {user, pid, host} = identity
  return new Fault('lock-conflict', {resource, run, command, user, pid, host, sinceMs, isPastLease})
}

function orderOf({resource, folder}: LockWish): string {
  return `${resource} ${folder}`
}

type Tried =
  | {readonly status: 'held'; readonly claims: readonly Claim[]; readonly takenOver: readonly LockRecord[]}
  | {
      readonly status: 'conflict'
      readonly holder: LockRecord
      readonly wish: LockWish
      readonly takenOver: readonly LockRecord[]
    }

async function tryAll(host: LedgerHost, wishes: readonly LockWish[], owner: LockOwner): Promise<Tried> {
  const claims: Claim[] = []
  const takenOver: LockRecord[] = []
  for (const wish of wishes) {
    assert(/^[a-z][a-z0-9-]*$/.test(wish.resource) && /^[\w-]+$/.test(owner.runId), 'a lock is named by plain words')
    try {
      const settled = await settle(host, wish, owner)
      takenOver.push(...settled.takenOver)
      if (settled.status === 'held') {
        claims.push(settled.claim)
        continue
      }
      await withdrawAll(claims)
      return {status: 'conflict', holder: settled.holder, wish, takenOver}
    } catch (cause) {
      await withdrawAll(claims).catch(() => undefined)
      refuse(lockFolderOf(wish.folder), cause)
    }
  }
  return {status: 'held', claims, takenOver}
}

/** All of them, whatever happens to one: the first failure is thrown at the end. */
async function withdrawAll(claims: readonly Claim[]): Promise<void> {
  const results = await Promise.allSettled(claims.map((claim) => claim.withdraw()))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function leaseOf(claims: readonly Claim[]): Lease {
  return {
    async release() {
      try {
        await withdrawAll(claims)
      } catch (cause) {
        refuse(claims[0]?.path ?? '', cause)
      }
    }
  }
}

function mayPreempt({preempts = []}: LockWish, {state, life, command}: LockRecord): boolean {
  return state === 'held' && life === 'alive' && preempts.includes(command)
}

/** That very process, and no other one that has its number: who is hidden from us counts as alive, but is told nothing. */
async function isTold({disk, processes}: LedgerHost, {identity}: LockRecord): Promise<boolean> {
  const found = await startOf(disk, identity.pid)
  if (found === undefined || found.isOver || found.startTicks !== identity.startTicks) return false
  try {
    processes.signal(identity.pid, 'SIGTERM')
    return true
  } catch {
    // Gone this moment, or not ours to signal: then it is a conflict like any other.
    return false
  }
}

async function namesIn(disk: Host['disk'], folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder)
  } catch (cause) {
    if (isAbsent(cause)) return []
    throw new Fault('file-unreadable', {path: folder, reason: reasonOf(cause)}, {cause})
  }
}

function refuse(path: string, cause: unknown): never {
  if (cause instanceof Fault) throw cause
  throw new Fault('lock-unwritable', {path, reason: reasonOf(cause)}, {cause})
}

import {basename, dirname, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {sleep} from '../host/clock.ts'
import {isAbsent, type OpenFile} from '../host/disk.ts'
import {randomSuffix} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {heldAt, heldDigit, lockName, readLock, readLocks, resourceIn, writeLock} from './lock-file.ts'
import {makeLockFolder} from './lock-folder.ts'
import type {LedgerHost, LockOwner, LockRecord, LockWish} from './locks.ts'

/**
 * How several processes agree on who holds a resource, with files alone. Each contender puts a claim of its own into the
 * lock folder, and only then looks at those of the others; it holds once a look shows no claim that it conflicts with.
 *
 * Two that conflict never both hold. Say A misses B's claim: then B's was not yet there when A began to look, and A's
 * was there before that; so A's was there before B's, thus before B's look, and B sees it, for as long as A holds.
 *
 * Of two that only claim, the one whose name sorts first stays (names begin with the time of the run: the older one) and
 * the other withdraws, so they cannot wait for each other; and one that holds already is never asked to.
 *
 * Names are never used twice: to remove the claim of a process that is gone can never hit that of a living one, which
 * with one file for a resource, created exclusively, no order of system calls can promise.
 */
export interface Claim {
  readonly path: string
  /** Removes exactly this claim; that it is gone already is fine. */
  withdraw(): Promise<void>
}

export type Settled = {
  /** Held by somebody who is gone, and removed by us and nobody else. */
  readonly takenOver: readonly LockRecord[]
} & ({readonly status: 'held'; readonly claim: Claim} | {readonly status: 'conflict'; readonly holder: LockRecord})

/** One claim, to its end: held, or withdrawn. */
export async function settle(host: LedgerHost, wish: LockWish, owner: LockOwner): Promise<Settled> {
  const placed = await place(host, wish, owner)
  const takenOver: LockRecord[] = []
  try {
    const rival = await lastRival(host, {wish, owner, placed, takenOver})
    if (rival === undefined) await placed.file.write(heldDigit, heldAt)
    await placed.file.close()
    if (rival === undefined) return {status: 'held', claim: placed.claim, takenOver}
    await placed.claim.withdraw()
    return {status: 'conflict', holder: rival, takenOver}
  } catch (cause) {
    await quietly(host.disk.remove(placed.claim.path))
    await quietly(placed.file.close())
    throw cause
  }
}

interface Placed {
  readonly claim: Claim
  /** Kept open: by its path, somebody who may write to the folder could make us write elsewhere. */
  readonly file: OpenFile
}

/** Written beside and renamed, so that nobody ever reads half of it. Not synced: no process outlives a power loss. */
async function place(host: LedgerHost, wish: LockWish, owner: LockOwner): Promise<Placed> {
  const {disk} = host
  const folder = await makeLockFolder(host, wish.folder)
  const name = lockName(wish, owner.runId, randomSuffix(host.random))
  const [path, temporary] = [join(folder, name), join(folder, `.${name}.tmp`)]
  const file = await disk.open(temporary, 'create', lockMode)
  try {
    await openToReaders(file)
    await file.write(writeLock(wish, owner, host.clock.now()), 0)
    await disk.rename(temporary, path)
    return {claim: {path, withdraw: () => remove(disk, path)}, file}
  } catch (cause) {
    await quietly(disk.remove(temporary))
    await quietly(file.close())
    throw cause
  }
}

// Whoever is refused because of it must be able to read whose it is.
const lockMode = 0o644

async function openToReaders(file: OpenFile): Promise<void> {
  const {uid, gid, mode} = await file.stat()
  if (mode !== lockMode) await file.setAttributes({uid, gid, mode: lockMode})
}

interface Contest {
  readonly wish: LockWish
  readonly owner: LockOwner
  readonly placed: Placed
  readonly takenOver: LockRecord[]
}

// One that withdraws for us needs the time of a few system calls for it, or of a slow disk; one that was stopped in the
// middle of it never does.
const withdrawalMsMax = 250
const lookPauseMsMax = 5

/** Who keeps us from holding; undefined when nobody does. */
async function lastRival(host: LedgerHost, contest: Contest): Promise<LockRecord | undefined> {
  const untilMs = host.clock.elapsed() + withdrawalMsMax
  for (;;) {
    const rivals = await rivalsOf(host, contest)
    const firm = rivals.find(({state}) => state === 'held') ?? rivals.find((rival) => isBefore(rival, contest))
    if (firm !== undefined || rivals.length === 0 || host.clock.elapsed() >= untilMs) return firm ?? rivals[0]
    await sleep(host.clock, 1 + host.random.below(lookPauseMsMax))
  }
}

function isBefore(rival: LockRecord, {placed}: Contest): boolean {
  return basename(rival.path) < basename(placed.claim.path)
}

/** Living claims that conflict with ours. Takes those away whose owners are gone, whether they conflict or not. */
async function rivalsOf(host: LedgerHost, {wish, owner, placed, takenOver}: Contest): Promise<readonly LockRecord[]> {
  const folder = dirname(placed.claim.path)
  const names = await host.disk.list(folder)
  // A broken lock, or the whole folder gone: then nobody is kept out by ours.
  if (!names.includes(basename(placed.claim.path))) {
    throw new Fault('lock-unwritable', {path: placed.claim.path, reason: 'ENOENT'})
  }
  await removeLeftovers(host, folder, names)
  const paths = names.filter((name) => resourceIn(name) === wish.resource).map((name) => join(folder, name))
  const others = await readLocks(
    host,
    paths.filter((path) => path !== placed.claim.path),
    owner.identity
  )
  const living: LockRecord[] = []
  for (const record of others) {
    if (!isOver(record)) living.push(record)
    else takenOver.push(...(await takeAway(host, record, owner)))
  }
  return living.filter(({mode}) => mode === 'exclusive' || wish.mode === 'exclusive')
}

/** What we removed, if it was held; of several who find the same claim, one removes it, and only that one tells. */
async function takeAway(host: LedgerHost, record: LockRecord, owner: LockOwner): Promise<readonly LockRecord[]> {
  // It may have come to hold between our reading and its end; now that it is gone, a second reading tells for sure.
  const last = record.state === 'held' ? record : await readLock(host, record.path, owner.identity)
  const isRemoved = last !== undefined && (await isRemovedByUs(host.disk, last.path))
  return isRemoved && last.state === 'held' ? [last] : []
}

/** Of whom nobody knows whether he lives, the lease decides; who lives is told to be past it, and never robbed. */
function isOver({life, isPastLease}: LockRecord): boolean {
  return life === 'gone' || (life === 'unknowable' && isPastLease)
}

async function isRemovedByUs(disk: Host['disk'], path: string): Promise<boolean> {
  try {
    await disk.remove(path)
    return true
  } catch (cause) {
    if (isAbsent(cause)) return false
    throw cause
  }
}

// Between creating and renaming a claim lie microseconds; whoever began an hour ago was killed in between.
const leftoverAgeMs = 3_600_000

async function removeLeftovers({disk, clock}: LedgerHost, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!name.startsWith('.') || !name.endsWith('.lock.tmp')) continue
    const path = join(folder, name)
    const found = await disk.lstat(path)
    if (found !== undefined && found.modifiedMs < clock.now() - leftoverAgeMs) await quietly(disk.remove(path))
  }
}

async function remove(disk: Host['disk'], path: string): Promise<void> {
  await isRemovedByUs(disk, path)
}

/** For what is done on the way out of a failure: that one is to be reported. */
async function quietly(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch {
    // A claim that stays behind is over as soon as we are.
  }
}

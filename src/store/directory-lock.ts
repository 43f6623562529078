import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import {numberIn, parseRecord, textIn} from '../base/raw.ts'
import {sleep} from '../host/clock.ts'
import {isAbsent, type OpenFile} from '../host/disk.ts'
import {makeFolder, randomSuffix, readText} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {lifeOf, ownIdentity, readIdentity, writeIdentity} from '../host/identity.ts'
import type {IdentityHost, ProcessIdentity} from '../host/identity.ts'
import {quietly} from './quietly.ts'

/**
 * One server a data directory. Each that wants it puts a claim of its own there, `server.RANDOM.lock`, and only then
 * looks for those of others; it holds once a look shows none of somebody who lives. So of two that come together at
 * least one sees the other. A name is never used twice: to remove the claim of a process that is gone can never hit
 * that of a living one.
 *
 * A claim is one line of JSON, `{"format":1,"held":0,"beat":"0000000000","since":…,"identity":{…}}`. `held` becomes 1,
 * and `beat` changes for as long as its process runs: after a container was started again, nobody in it can be asked
 * for the processes of the one before, but that its claim stands still can be seen.
 */
export interface DirectoryLock {
  /** Whose claim was taken away because they are gone. */
  readonly takenOver: readonly number[]
  release(): Promise<void>
}

export type LockHost = Pick<Host, 'clock' | 'disk' | 'processes' | 'random'> & IdentityHost

/**
 * Makes the directory where it is missing. A Fault `data-locked` names who holds it. `onLost` is called, once, when our
 * claim is gone though it was not released: we stood still for so long that another took us for dead, and holds it now.
 */
export async function lockDirectory(
  host: LockHost,
  directory: string,
  onLost: () => void = () => undefined
): Promise<DirectoryLock> {
  await makeFolder(host.disk, directory, 0o700)
  try {
    const own = await ownIdentity(host)
    await removeHalfMade(host, directory)
    const claim = await place(host, directory, own)
    const takenOver = await contend({...host, own}, directory, claim)
    return {takenOver, release: heldBy(host, claim, onLost)}
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('file-unwritable', {path: directory, reason: reasonOf(cause)}, {cause})
  }
}

/** Whether somebody who lives holds it; in doubt nobody does. For who only looks and waits for nothing. */
export async function isHeld(host: LockHost, directory: string): Promise<boolean> {
  const own = await ownIdentity(host)
  for (const name of await host.disk.list(directory)) {
    if (!claimName.test(name)) continue
    const identity = identityIn((await readText(host.disk, join(directory, name), claimBytesMax)) ?? '')
    if (identity !== undefined && (await lifeOf(host, identity, own)) !== 'gone') return true
  }
  return false
}

const claimName = /^server\.[^.]+\.lock$/
const opening = '{"format":1,"held":'
const heldAt = opening.length
const beatAt = heldAt + ',"beat":"'.length + 1
const beatDigits = 10
const beatMs = 3000
// A beat that is late because the disk or the machine is busy must not count as death.
const silentMs = 10_000

// Whoever is refused because of it must be able to read whose it is.
const claimMode = 0o644

interface Claim {
  readonly name: string
  readonly path: string
  /** Kept open: another file may not be written in its place. */
  readonly file: OpenFile
}

/** Written beside and renamed, so that nobody ever reads half of it. Not synced: no process outlives a power loss. */
async function place(host: LockHost, directory: string, own: ProcessIdentity): Promise<Claim> {
  const {clock, disk, random} = host
  const name = `server.${randomSuffix(random)}.lock`
  const [path, temporary] = [join(directory, name), join(directory, `.${name}.tmp`)]
  const since = new Date(clock.now()).toISOString()
  const line = `${opening}0,"beat":"${digits(0)}",${JSON.stringify({since, identity: writeIdentity(own)}).slice(1)}\n`
  const file = await disk.open(temporary, 'create', claimMode)
  try {
    await file.write(encoder.encode(line), 0)
    await disk.rename(temporary, path)
    return {name, path, file}
  } catch (cause) {
    await quietly(disk.remove(temporary))
    await quietly(file.close())
    throw cause
  }
}

type Contender = LockHost & {readonly own: ProcessIdentity}

/** Holds it from then on. Returns whose claims were taken away. */
async function contend(host: Contender, directory: string, claim: Claim): Promise<readonly number[]> {
  const takenOver: number[] = []
  try {
    const rival = await lastRival(host, {directory, claim, takenOver})
    if (rival !== undefined) throw lockedFault(directory, rival)
    await claim.file.write(encoder.encode('1'), heldAt)
  } catch (cause) {
    await quietly(host.disk.remove(claim.path))
    await quietly(claim.file.close())
    throw cause
  }
  return takenOver
}

/** Shows that we live, until released. */
function heldBy(host: LockHost, claim: Claim, onLost: () => void): () => Promise<void> {
  const over = new AbortController()
  const beating = keepBeating(host, claim, over.signal).then((how) => {
    if (how === 'lost') onLost()
  })
  return async () => {
    over.abort()
    await beating
    await quietly(claim.file.close())
    // Where the disk refuses, the claim is dead all the same as soon as its process is.
    await quietly(host.disk.remove(claim.path))
  }
}

async function keepBeating({clock, disk}: LockHost, claim: Claim, over: AbortSignal): Promise<'released' | 'lost'> {
  const isOver = (): boolean => over.aborted
  for (let beat = 1; ; beat += 1) {
    await sleep(clock, beatMs, over)
    if (isOver()) return 'released'
    if (await isGone(disk, claim.path)) return isOver() ? 'released' : 'lost'
    // A disk that takes no byte is told of by whoever writes records; the claim stands while the process lives.
    await quietly(claim.file.write(encoder.encode(digits(beat)), beatAt))
  }
}

/** A name is never used twice: a claim that is there is ours. In doubt it is: a disk that fails robs nobody. */
async function isGone(disk: Host['disk'], path: string): Promise<boolean> {
  try {
    return (await disk.lstat(path)) === undefined
  } catch {
    return false
  }
}

// Between creating and renaming a claim lie microseconds; whoever began an hour ago was killed in between.
const leftoverAgeMs = 3_600_000

async function removeHalfMade({clock, disk}: LockHost, directory: string): Promise<void> {
  for (const name of await disk.list(directory)) {
    if (!/^\.server\..*\.lock\.tmp$/.test(name)) continue
    const path = join(directory, name)
    const found = await disk.lstat(path)
    if (found !== undefined && found.modifiedMs < clock.now() - leftoverAgeMs) await quietly(disk.remove(path))
  }
}

interface Contest {
  readonly directory: string
  readonly claim: Claim
  readonly takenOver: number[]
}

interface Rival {
  readonly name: string
  readonly isHeld: boolean
  /** Undefined where the claim cannot be understood. */
  readonly identity: ProcessIdentity | undefined
  readonly sinceMs: number | null
}

// One that withdraws for us needs the time of a few system calls for it, or of a slow disk; one that was stopped in the
// middle of it never does.
const withdrawalMsMax = 500
const lookPauseMsMax = 5

/** Who keeps us from holding; undefined when nobody does. Of two that only claim, the one whose name sorts first stays. */
async function lastRival(host: Contender, contest: Contest): Promise<Rival | undefined> {
  const untilMs = host.clock.elapsed() + withdrawalMsMax
  for (;;) {
    const rivals = await rivalsOf(host, contest)
    const firm = rivals.find(({isHeld, name}) => isHeld || name < contest.claim.name)
    if (firm !== undefined || rivals.length === 0 || host.clock.elapsed() >= untilMs) return firm ?? rivals[0]
    await sleep(host.clock, 1 + host.random.below(lookPauseMsMax))
  }
}

async function rivalsOf(host: Contender, {directory, claim, takenOver}: Contest): Promise<readonly Rival[]> {
  const rivals: Rival[] = []
  for (const name of await host.disk.list(directory)) {
    if (name === claim.name || !claimName.test(name)) continue
    const path = join(directory, name)
    const found = await look(host, path)
    if (found === undefined) continue
    const rival = rivalIn(name, found.text)
    if (found.life !== 'gone') rivals.push(rival)
    else if (await isRemovedByUs(host.disk, path)) takenOver.push(rival.identity?.pid ?? 0)
  }
  return rivals
}

interface Look {
  readonly text: string
  readonly life: 'alive' | 'gone'
}

const claimBytesMax = 1 << 16

/** Undefined when it went away. */
async function look(host: Contender, path: string): Promise<Look | undefined> {
  const text = await readText(host.disk, path, claimBytesMax)
  if (text === undefined) return undefined
  const identity = identityIn(text)
  const life = identity === undefined ? 'unknowable' : await lifeOf(host, identity, host.own)
  if (life !== 'unknowable') return {text, life}
  // A process of another container or machine, or half a line after a power loss: only time tells.
  await sleep(host.clock, silentMs)
  const later = await readText(host.disk, path, claimBytesMax)
  return later === undefined ? undefined : {text: later, life: later === text ? 'gone' : 'alive'}
}

function rivalIn(name: string, text: string): Rival {
  const raw = parseRecord(text) ?? {}
  const sinceMs = Date.parse(textIn(raw, 'since') ?? '')
  return {
    name,
    isHeld: numberIn(raw, 'held') !== 0,
    identity: identityIn(text),
    sinceMs: Number.isNaN(sinceMs) ? null : sinceMs
  }
}

function identityIn(text: string): ProcessIdentity | undefined {
  return readIdentity(parseRecord(text)?.['identity'])
}

function lockedFault(path: string, {identity, sinceMs}: Rival): Fault<'data-locked'> {
  const {pid, user, host} = identity ?? {pid: null, user: null, host: null}
  return new Fault('data-locked', {path, pid, user, host, sinceMs})
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

const encoder = new TextEncoder()

function digits(beat: number): string {
  return String(beat).padStart(beatDigits, '0')
}

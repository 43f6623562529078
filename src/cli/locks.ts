import {Fault} from '../base/fault.ts'
import type {Report} from '../base/report.ts'
import type {Scene} from '../checks/daily.ts'
import type {World} from '../cli.ts'
import {openJournal, whoIs} from '../ledger/journal.ts'
import {ownIdentity} from '../host/identity.ts'
import {breakLock, listLocks, type LockRecord} from '../ledger/locks.ts'
import {estateOf, lockFolders} from '../runbook/locking.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {plain, table} from '../text/columns.ts'
import {writing} from '../text/writing.ts'
import {openWorkplace} from './workplace.ts'
import {openScene, type SceneFlags} from './scene.ts'

/** `locks`: who holds what, and whether he still lives. */
export async function showLocks(world: World, flags: SceneFlags): Promise<Report> {
  const locks = await locksOf(await openScene(flags, world))
  const {zone, language} = world.style.reading
  const {words} = catalogueOf(language)
  const rows = locks.map((lock) => {
    const {resource, mode, runId, command, identity, sinceMs} = lock
    return [
      resource,
      mode,
      words.lives[lifeOf(lock)],
      `${identity.user} ${identity.pid}`,
      writing(zone).time(sinceMs),
      runId,
      command
    ]
  })
  const fields = {locks: locks.map(lockFields)}
  return {
    command: 'locks',
    status: 'nothing',
    changed: [],
    checks: [],
    warnings: [],
    errors: [],
    body: {lines: table(rows), fields}
  }
}

export interface BreakRequest {
  readonly run: string
  readonly reason: string
  readonly yes: boolean
}

function isOfJournal({resource}: LockRecord): boolean {
  return resource === 'journal'
}

/** `locks break`: written down first, since what it allows may be wrong; but for the lock that keeps us from writing. */
export async function breakLocks(world: World, flags: SceneFlags, {run, reason, yes}: BreakRequest): Promise<Report> {
  const place = await openWorkplace(flags, world)
  const {host, stateFolder, secrets} = place
  const found = (await locksOf(place)).filter(({runId}) => runId === run)
  const locks = [...found.filter(isOfJournal), ...found.filter((lock) => !isOfJournal(lock))]
  const [alive] = locks.filter(({life}) => life === 'alive')
  if (locks.length === 0) throw new Fault('lock-unknown', {run})
  if (alive !== undefined && !yes) throw new Fault('lock-alive', {run, pid: alive.identity.pid, command: alive.command})
  const journal = await openJournal(host, {stateFolder, secrets, identity: await ownIdentity(host)})
  for (const lock of locks) {
    if (isOfJournal(lock)) await breakLock(host, lock)
    const {user, pid} = lock.identity
    const of = {run, command: lock.command, user, pid, since: new Date(lock.sinceMs).toISOString()}
    await journal.append({type: 'lock_broken', resource: lock.resource, of, reason, who: whoIs(host.machine)})
    await breakLock(host, lock)
  }
  const changed = locks.map(({path}) => path)
  return {
    command: 'locks break',
    status: 'done',
    changed,
    checks: [],
    warnings: [],
    errors: [],
    body: {lines: changed.map(plain), fields: {}}
  }
}

async function locksOf(scene: Scene): Promise<readonly LockRecord[]> {
  return listLocks(scene.host, await lockFolders(estateOf(scene)))
}

function lifeOf({life, isPastLease}: LockRecord): 'alive' | 'late' | 'gone' | 'unknowable' {
  return life === 'alive' && isPastLease ? 'late' : life
}

function lockFields(lock: LockRecord): Readonly<Record<string, unknown>> {
  const {resource, mode, state, runId, command, identity, sinceMs, leaseUntilMs, life, path} = lock
  return {
    resource,
    mode,
    state,
    life,
    past_lease: lock.isPastLease,
    run_id: runId,
    command,
    user: identity.user,
    pid: identity.pid,
    host: identity.host,
    since: new Date(sinceMs).toISOString(),
    lease_until: leaseUntilMs === null ? null : new Date(leaseUntilMs).toISOString(),
    path
  }
}

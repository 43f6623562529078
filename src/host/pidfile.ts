import {spawn} from 'node:child_process'
import {closeSync, openSync} from 'node:fs'
import {reasonOf} from '../base/fault.ts'
import {deadlineAfter, sleep} from './clock.ts'
import {makeFolder} from './files.ts'
import type {Host} from './host.ts'
import {lifeOf, ownIdentity, type IdentityHost, type Life, type ProcessIdentity} from './identity.ts'
import type {ChangeLimits, ServiceChange, ServiceFacts, ServiceManager, ServiceState} from './services.ts'
import {withoutMark} from './strays.ts'
import {readSupervised, supervisedFiles, unsupervised, type Supervised} from './supervised.ts'
import {fullUnitName, isStopped} from './systemd.ts'

/** The one service that our own supervisor keeps running, and how that is started. */
export interface Supervisable {
  /** Its name, with its type: the supervisor knows no other. */
  readonly unit: string
  /** Where its pid file and its log are. */
  readonly folder: string
  /** Of the supervisor. */
  readonly argv: readonly [string, ...string[]]
  /** What the service has to end by itself, before it is ended. */
  readonly graceMs: number
}

export type PidfileHost = Pick<Host, 'clock' | 'disk' | 'processes'> & IdentityHost

/** A service manager for machines without one: a supervisor in a session of its own, found by its pid file. */
export function pidfile(host: PidfileHost, own: Supervisable): ServiceManager {
  const isOurs = (unit: string): boolean => fullUnitName(unit) === own.unit
  return {
    name: 'pidfile',
    async state(unit) {
      return isOurs(unit) ? stateOf(host, await look(host, own)) : {answer: 'unknown-unit'}
    },
    async change(unit, verb, limits) {
      if (!isOurs(unit)) return {status: 'refused', reason: 'unknown-unit'}
      const limit = deadlineAfter(host.clock, limits.deadlineMs, limits.signal)
      const bounded = {...limits, signal: limit.signal}
      try {
        if (verb !== 'start') await stop(host, own, bounded)
        if (limit.signal.aborted) return {status: limit.signal.reason === 'deadline' ? 'deadline' : 'aborted'}
        return verb === 'stop' ? {status: 'done'} : await start(host, own, bounded)
      } finally {
        limit.cancel()
      }
    }
  }
}

interface Seen {
  readonly record: Supervised | undefined
  readonly supervisor: Life
  readonly service: Life
  readonly own: ProcessIdentity
}

async function look(host: PidfileHost, {folder, unit}: Supervisable): Promise<Seen> {
  const record = await readSupervised(host.disk, supervisedFiles(folder, unit).record)
  const own = await ownIdentity(host)
  const life = async (identity: ProcessIdentity | null | undefined): Promise<Life> => {
    return identity === null || identity === undefined ? 'gone' : lifeOf(host, identity, own)
  }
  return {record, supervisor: await life(record?.supervisor), service: await life(record?.service), own}
}

async function stateOf({disk}: PidfileHost, {record, supervisor, service, own}: Seen): Promise<ServiceState> {
  if (record === undefined) return {...facts(record, own), answer: 'down', active: 'inactive', sub: 'dead'}
  if (supervisor === 'unknowable') return {answer: 'unanswered', reason: `${record.supervisor.host}: pid file`}
  const known = facts(record, own)
  if (service === 'alive') {
    const isFrozen = await isStopped(disk, known.mainPid)
    if (record.phase === 'starting') return {...known, isFrozen, answer: 'changing', active: 'activating', sub: 'start'}
    if (record.phase === 'stopping') return {...known, isFrozen, ...stopping}
    return {...known, isFrozen, answer: 'up', active: 'active', sub: supervisor === 'alive' ? 'running' : unsupervised}
  }
  const idle = {...known, mainPid: 0}
  if (supervisor === 'alive') {
    if (record.phase === 'stopping' || record.phase === 'ended') return {...idle, ...stopping}
    return {...idle, answer: 'changing', active: 'activating', sub: 'auto-restart'}
  }
  // After a reboot nobody has failed: it has not been started again.
  const isOver = record.phase === 'ended' || record.supervisor.bootId !== own.bootId
  return isOver
    ? {...idle, answer: 'down', active: 'inactive', sub: 'dead'}
    : {...idle, result: failureOf(record), answer: 'down', active: 'failed', sub: 'failed'}
}

const stopping = {answer: 'changing', active: 'deactivating', sub: 'stop-sigterm'} as const

/** Somebody killed the supervisor where it says nothing of a failure. */
function failureOf({phase, result}: Supervised): string {
  return phase === 'failed' || phase === 'limited' ? result : 'signal'
}

function facts(record: Supervised | undefined, own: ProcessIdentity): Omit<ServiceFacts, 'active' | 'sub'> {
  return {
    result: record?.result ?? 'success',
    mainPid: record?.service?.pid ?? 0,
    restarts: record?.restarts ?? 0,
    sinceMs: record?.sinceMs ?? null,
    isFrozen: false,
    isStartLimited: record?.phase === 'limited',
    isOurs: record === undefined || record.supervisor.uid === own.uid
  }
}

const lookEveryMs = 50

/**
 * Starts the supervisor, and waits until the service is ready; one that is starting already is waited for. What does
 * not come up is not tried again: whoever asked is told why, and mends that first.
 */
async function start(host: PidfileHost, own: Supervisable, limits: ChangeLimits): Promise<ServiceChange> {
  if (isInTheWay(await look(host, own))) await stop(host, own, limits)
  const before = await look(host, own)
  const pid = before.supervisor === 'gone' ? await launch(host, own) : before.record?.supervisor.pid
  if (typeof pid === 'string') return {status: 'refused', reason: pid}
  const change = await untilReady(host, own, {pid, signal: limits.signal})
  if (change.status === 'refused') await stop(host, own, limits)
  return change
}

/** A service without its supervisor, and a supervisor that is neither starting nor running one, make way. */
function isInTheWay({record, supervisor, service}: Seen): boolean {
  if (supervisor === 'gone') return service === 'alive'
  return record?.phase !== 'starting' && record?.phase !== 'running'
}

interface Awaited {
  readonly pid: number | undefined
  readonly signal: AbortSignal
}

async function untilReady(host: PidfileHost, own: Supervisable, {pid, signal}: Awaited): Promise<ServiceChange> {
  for (;;) {
    const {record, supervisor, service} = await look(host, own)
    // The file still speaks of the supervisor before this one.
    const isNews = record !== undefined && record.supervisor.pid === pid
    if (isNews && record.phase === 'running' && service === 'alive') return {status: 'done'}
    if (isNews && record.reason !== '' && service === 'gone') return {status: 'refused', reason: record.reason}
    const isLost = isNews
      ? supervisor === 'gone' && service === 'gone'
      : pid !== undefined && !host.processes.exists(pid)
    if (isLost) return {status: 'refused', reason: 'the supervisor ended; see its log'}
    if (signal.aborted) return {status: signal.reason === 'deadline' ? 'deadline' : 'aborted'}
    await sleep(host.clock, lookEveryMs, signal)
  }
}

/** The number of the new supervisor, in a session of its own; or why there is none. */
async function launch({disk}: PidfileHost, {folder, unit, argv}: Supervisable): Promise<number | string> {
  await makeFolder(disk, folder, 0o750)
  const log = openSync(supervisedFiles(folder, unit).log, 'a', 0o640)
  try {
    const [program, ...args] = argv
    // With the mark of a run it would be taken for something that the run forgot to end.
    const env = withoutMark(process.env)
    const child = spawn(program, args, {cwd: '/', env, detached: true, stdio: ['ignore', log, log]})
    return await new Promise((resolve) => {
      child.once('error', (error) => {
        resolve(reasonOf(error))
      })
      child.once('spawn', () => {
        child.unref()
        resolve(child.pid ?? reasonOf(new Error('no pid')))
      })
    })
  } finally {
    closeSync(log)
  }
}

// The supervisor itself ends the service after its grace, and then needs a moment.
const afterGraceMs = 2000

/** SIGTERM to the supervisor, which passes it on; to the service itself where its supervisor is gone. */
async function stop(host: PidfileHost, own: Supervisable, {signal}: ChangeLimits): Promise<void> {
  const limit = deadlineAfter(host.clock, own.graceMs + afterGraceMs, signal)
  let told: number | undefined
  for (;;) {
    const {left, isEnding} = await living(host, own)
    const [first] = left
    if (first === undefined || signal.aborted) break
    if (limit.signal.aborted) for (const pid of left.toReversed()) send(host, pid, 'SIGKILL')
    else if (first !== told && !isEnding) send(host, first, 'SIGTERM')
    told = first
    await sleep(host.clock, lookEveryMs, signal)
  }
  limit.cancel()
}

interface Living {
  readonly left: readonly number[]
  /** Told to end by somebody before us: the second word would cost what it still stores. */
  readonly isEnding: boolean
}

/** Supervisor first. Processes are asked for by all that is known of them, so that no stranger is signalled. */
async function living(host: PidfileHost, own: Supervisable): Promise<Living> {
  const {record, supervisor, service} = await look(host, own)
  if (record === undefined) return {left: [], isEnding: false}
  const processes = [
    {pid: record.supervisor.pid, life: supervisor},
    {pid: record.service?.pid ?? 0, life: service}
  ]
  const left = processes.filter(({life}) => life === 'alive').map(({pid}) => pid)
  return {left, isEnding: record.phase === 'stopping'}
}

function send({processes}: PidfileHost, pid: number, name: NodeJS.Signals): void {
  try {
    processes.signal(pid, name)
  } catch {
    // It ended between the look and the signal; whose it is not ours to signal stays, and the deadline tells.
  }
}

import {Fault, reasonOf} from '../base/fault.ts'
import {sleep} from '../host/clock.ts'
import {makeFolder, removeLeftovers} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {ownIdentity, type IdentityHost, type ProcessIdentity} from '../host/identity.ts'
import type {Machine} from '../host/machine.ts'
import {LockedJournal, refuse} from './appender.ts'
import {headPath} from './head.ts'
import {removeHalfMade} from './lock-folder.ts'
import type {LedgerHost, LockMode} from './locks.ts'
import {findRuns} from './runs.ts'
import {refuseUnsafe} from './safety.ts'
import {journalFolder, removeHalfWritten} from './segments.ts'
import {inspect, stampOf} from './verification.ts'

/**
 * The record of what was done: lines that are only ever added, each bound to the one before (`chain.ts`), in segments
 * (`segments.ts`), with a head that says up to where all is durable (`head.ts`). An entry that was appended with a sync
 * survives power loss, and nobody can change, remove or cut it off without `verify` finding out.
 */

export {journalFolder}

/** Fields as they stand in the file; `seq`, `prev` and `at` are added. */
export type JournalEntry = RunStart | RunHolds | StepBegin | StepEnd | RunContinue | RunEnd | LockTaken | LockBroken

export interface RunStart {
  readonly type: 'run_start'
  readonly run: string
  readonly command: string
  readonly runbook: string
  readonly version: string
  readonly who: Who
  readonly argv: readonly string[]
  readonly config_hash: string
  readonly plan_hash: string
  readonly locks: readonly RunLock[]
  /** Folders in which it may put files aside; more of them follow in `run_holds`. */
  readonly holds: readonly string[]
  readonly steps: number
  readonly deadline_ms: number
  readonly identity: ProcessIdentity
  /** Until when a machine that cannot see the process takes it for alive; ISO 8601. */
  readonly lease_until: string
}

/** Folders with a holding area that the run may use as well: no line is long enough for all, and not all are known at first. */
export interface RunHolds {
  readonly type: 'run_holds'
  readonly run: string
  readonly holds: readonly string[]
}

export interface Who {
  readonly uid: number
  readonly user: string
  readonly sudo_user: string | null
  readonly tty: string | null
  readonly ssh: string | null
}

export interface StepBegin {
  readonly type: 'step_begin'
  readonly run: string
  readonly step: string
  readonly number: number
  readonly kind: string
  readonly target: string
}

export interface StepEnd {
  readonly type: 'step_end'
  readonly run: string
  readonly step: string
  readonly number: number
  readonly status: StepEndStatus
  readonly changed: boolean
  readonly duration_ms: number
  readonly before: unknown
  readonly after: unknown
  readonly outputs?: unknown
  readonly fault?: {readonly code: string; readonly values: unknown}
  readonly output_tail?: string
}

export type StepEndStatus = 'done' | 'nothing' | 'failed' | 'skipped' | 'undone' | 'undo_failed'

export interface RunContinue {
  readonly type: 'run_continue'
  readonly run: string
  readonly as: 'resume' | 'undo'
  readonly who: Who
  readonly argv: readonly string[]
  readonly identity: ProcessIdentity
  readonly lease_until: string
}

export interface RunEnd {
  readonly type: 'run_end'
  readonly run: string
  readonly status: RunEndStatus
  readonly exit_code: number
  readonly changed: readonly string[]
  readonly duration_ms: number
  /** Of one that a person has closed: who, and what was done by hand. */
  readonly closed?: {readonly who: Who; readonly reason: string}
}

export type RunEndStatus =
  'done' | 'nothing' | 'partial' | 'failed' | 'stuck' | 'refused' | 'interrupted' | 'undone' | 'deadline' | 'closed'

/** Somebody's lock, as the journal tells of it. */
export interface LockNote {
  readonly run: string
  readonly command: string
  readonly user: string
  readonly pid: number
  /** ISO 8601 */
  readonly since: string
}

/** Of somebody who is gone, whether or not we then got it; or of somebody who lives and was told to stop for us. */
export interface LockTaken {
  readonly type: 'lock_taken' | 'lock_preempted'
  readonly run: string
  readonly resource: string
  readonly from: LockNote
}

export interface LockBroken {
  readonly type: 'lock_broken'
  readonly resource: string
  readonly of: LockNote
  readonly reason: string
  readonly who: Who
}

/** Who is behind a command, also behind `sudo`. */
export function whoIs({uid, user, env, tty}: Machine): Who {
  return {uid, user, sudo_user: env['SUDO_USER'] ?? null, tty, ssh: env['SSH_CONNECTION'] ?? null}
}

export interface Journal {
  /**
   * Resolves when the entry is written; with `sync`, and always for the start, the continuation and the end of a run and
   * for a broken lock, when it survives power loss. What cannot be recorded must not be begun: it throws a Fault.
   */
  append(entry: JournalEntry, options?: AppendOptions): Promise<void>
}

export interface AppendOptions {
  readonly sync?: boolean
}

export interface JournalOptions {
  readonly stateFolder: string
  /** Never written, wherever they stand. */
  readonly secrets: readonly string[]
  readonly identity: ProcessIdentity
}

/** One run, as its lines tell of it. */
export interface RunRecord {
  readonly runId: string
  readonly command: string
  readonly runbook: string
  readonly version: string
  /** `crashed`: begun or continued, not ended, and its process is gone. */
  readonly status: 'running' | 'crashed' | RunEndStatus
  readonly startedMs: number
  readonly endedMs: number | null
  readonly durationMs: number | null
  readonly deadlineMs: number
  readonly user: string
  readonly argv: readonly string[]
  readonly configHash: string
  readonly planHash: string
  readonly locks: readonly RunLock[]
  /** Of the process that began it, or continued it last. */
  readonly identity: ProcessIdentity
  /** Whether, and how, it was continued last. */
  readonly continuedAs: 'resume' | 'undo' | null
  readonly exitCode: number | null
  readonly changed: readonly string[]
  /** Folders in which it may have put files aside. */
  readonly holds: readonly string[]
  /** Only when asked for by id, or with steps. */
  readonly steps: readonly StepRecord[]
}

export interface RunLock {
  readonly resource: string
  readonly mode: LockMode
  readonly folder: string
}

/** What is known of a step: `before`, `after` and outputs of when it was done, also after it was undone. */
export interface StepRecord {
  readonly step: string
  readonly number: number
  readonly kind: string
  readonly target: string
  /** `begun`: nobody knows how far it came. */
  readonly status: 'begun' | StepEndStatus
  readonly changed: boolean
  readonly durationMs: number | null
  readonly before: unknown
  readonly after: unknown
  readonly outputs: unknown
  readonly fault: {readonly code: string; readonly values: unknown} | null
  readonly outputTail: string | null
}

export interface RunQuery {
  /** The newest so many; all that are kept when absent. */
  readonly limit?: number
  readonly id?: string
  /** Of all runs: most lines are those of steps, so it takes a while. */
  readonly withSteps?: boolean
}

/** From good to bad; the worst that was found says how the journal is. */
export type JournalState = 'ok' | 'torn' | 'head-missing' | 'cut' | 'altered' | 'newer'

export interface Verification {
  readonly state: JournalState
  /** In the order of the journal; those beyond the first hundred are only counted. */
  readonly problems: readonly JournalProblem[]
  readonly problemCount: number
  readonly segments: number
  readonly lines: number
  readonly runs: number
}

export interface JournalProblem {
  /**
   * `torn`: a process or the machine stopped while it wrote; nothing that was synced is missing. `altered`: a line is not
   * what it was, or not where. `cut`: something that was there is gone. `head-missing`: nobody can tell what was cut off.
   */
  readonly kind: Exclude<JournalState, 'ok'>
  readonly segment: number | null
  /** In its segment, from 1. */
  readonly line: number | null
  readonly seq: number | null
}

/** No writer of ours takes this long to write a file that it then renames. */
const leftoverAgeMs = 3_600_000

/** Ready to be appended to; nothing is written yet but the folder. */
export async function openJournal(host: LedgerHost, options: JournalOptions): Promise<Journal> {
  const {stateFolder, identity} = options
  const folder = journalFolder(stateFolder)
  try {
    await refuseUnsafe(host, stateFolder, identity.uid)
    await makeFolder(host.disk, folder, 0o750)
    const olderThanMs = host.clock.now() - leftoverAgeMs
    await removeLeftovers(host.disk, headPath(stateFolder), olderThanMs)
    await removeHalfWritten(host.disk, folder, olderThanMs)
    await removeHalfMade(host, folder)
  } catch (cause) {
    refuse(folder, cause)
  }
  return new LockedJournal(host, options)
}

/** Newest first; none where there is no journal. What cannot be read is passed over: `verify` tells of it. */
export async function readRuns(
  host: IdentityHost & Pick<Host, 'clock' | 'processes'>,
  stateFolder: string,
  query: RunQuery = {}
): Promise<readonly RunRecord[]> {
  try {
    return await findRuns(host, {stateFolder, own: await ownIdentity(host), ...query})
  } catch (cause) {
    refuseReading(stateFolder, cause)
  }
}

// While a run writes, a look can come between a line and its head; the next look then sees both.
const looksMax = 5
const lookPauseMs = 50

/** Whether the journal is all that was ever written to it. Needs no lock, so that whoever may read may verify. */
export async function verify(host: Pick<Host, 'clock' | 'disk'>, stateFolder: string): Promise<Verification> {
  try {
    for (let looks = 1; ; looks += 1) {
      const before = await stampOf(host.disk, stateFolder)
      const found = await inspect(host.disk, stateFolder)
      const isSame = before === (await stampOf(host.disk, stateFolder))
      if (found.state === 'ok' || isSame || looks === looksMax) return found
      await sleep(host.clock, lookPauseMs)
    }
  } catch (cause) {
    refuseReading(stateFolder, cause)
  }
}

function refuseReading(stateFolder: string, cause: unknown): never {
  if (cause instanceof Fault) throw cause
  throw new Fault('file-unreadable', {path: journalFolder(stateFolder), reason: reasonOf(cause)}, {cause})
}

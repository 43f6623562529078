import {createHash} from 'node:crypto'
import {exitCodeOf} from '../base/ending.ts'
import {Fault, Faults, reasonOf} from '../base/fault.ts'
import type {Report} from '../base/report.ts'
import {writeAtomic} from '../host/files.ts'
import {ownIdentity} from '../host/identity.ts'
import {
  openJournal,
  whoIs,
  type Journal,
  type LockNote,
  type RunEndStatus,
  type StepEndStatus,
  type Who
} from '../ledger/journal.ts'
import {acquire, conflictFault, sweepLocks, type Acquired, type LockRecord, type LockWish} from '../ledger/locks.ts'
import {estateOf, leaseMs, wishesFor} from './locking.ts'
import {holdsOf, inParts, plannedHolds} from './holds.ts'
import type {Performed, Scribe, StepResult} from './perform.ts'
import {brokenOffRuns} from './past.ts'
import {isFoundAgain, type PlannedStep, type PlanPlace} from './plan.ts'
import {runFolder} from './record.ts'
import {titleOf, type Told} from './report.ts'
import type {Runbook} from './runbook.ts'
import type {Workplace} from './run.ts'
import {needsNothing, type Change} from './step.ts'
import {settingValues} from './template.ts'

interface Opening {
  readonly told: Told
  readonly at: PlanPlace
  readonly waitMs: number
}

/** Opens the journal and takes the locks of a run; throws when another run holds one of them, or nothing can be noted. */
export async function deskFor(place: Workplace, opening: Opening): Promise<Desk> {
  try {
    return await openDesk(place, opening)
  } catch (cause) {
    // Without a code of the system it is a mistake of ours, and must not look like one of the disk.
    if (cause instanceof Fault || !(cause instanceof Error) || !('code' in cause)) throw cause
    throw new Fault('lock-unwritable', {path: place.stateFolder, reason: reasonOf(cause)}, {cause})
  }
}

async function openDesk(place: Workplace, opening: Opening): Promise<Desk> {
  const {host, stateFolder, stop, secrets} = place
  const {told, at, waitMs} = opening
  const identity = await ownIdentity(host)
  const journal = await openJournal(host, {stateFolder, secrets, identity})
  const leaseUntilMs = host.clock.now() + leaseMs(told.plan, waitMs)
  const wishes = await wishesFor(told.plan, estateOf(place))
  const owner = {runId: at.run.id, command: titleOf(told), leaseUntilMs, identity}
  await sweepLocks(host, wishes)
  const acquired = await acquire(host, wishes, {owner, waitMs, signal: stop})
  if (acquired.status === 'held') return new Desk(place, {told, at, journal, acquired, wishes, owner})
  const {holder, takenOver} = acquired
  const noted = await faultOf(noteFound(journal, at.run.id, acquired))
  // What we took away nobody finds again: who does not come to run has to tell of it all the same.
  const crashed = takenOver.length === 0 ? [] : await brokenOffRuns(place, {locks: wishes, takenOver, run: at.run.id})
  throw new Faults([conflictFault(holder), ...crashed, ...(noted === undefined ? [] : [noted])])
}

/** What became of the locks of others, so that we could have them. */
async function noteFound(journal: Journal, run: string, {takenOver, preempted}: Acquired): Promise<void> {
  const found = [
    ...takenOver.map((lock) => ({type: 'lock_taken', lock}) as const),
    ...preempted.map((lock) => ({type: 'lock_preempted', lock}) as const)
  ]
  for (const {type, lock} of found) {
    await journal.append({type, run, resource: lock.resource, from: noteOf(lock)})
  }
}

function noteOf({runId: run, command, identity: {user, pid}, sinceMs}: LockRecord): LockNote {
  return {run, command, user, pid, since: new Date(sinceMs).toISOString()}
}

interface Open extends Omit<Opening, 'waitMs'> {
  readonly journal: Journal
  readonly acquired: Extract<Acquired, {readonly status: 'held'}>
  readonly wishes: readonly LockWish[]
  readonly owner: {readonly identity: LockRecord['identity']; readonly leaseUntilMs: number}
}

/** Where a run is written down, and its locks are held, until it is over. */
export class Desk {
  readonly scribe: Scribe
  readonly #place: Workplace
  readonly #open: Open
  readonly #begunMs: number
  readonly #warnings: Fault[] = []
  /** What each step changed, for the line that tells of its end. */
  readonly #changes = new Map<string, Change>()
  /** The folders that the journal names already as those where the run may put something aside. */
  readonly #holds: Set<string>

  constructor(place: Workplace, open: Open) {
    this.#place = place
    this.#open = open
    this.#holds = new Set(open.told.plan.steps.flatMap(plannedHolds))
    this.#begunMs = place.host.clock.elapsed()
    this.scribe = {
      begin: (step, change) => this.#begin(step, change),
      beginUndo: (step, target) => this.#beginUndo(step, target),
      end: (step, result) => this.#end(step, result)
    }
  }

  /** Troubles that did not keep the run from going on. */
  get warnings(): readonly Fault[] {
    return this.#warnings
  }

  async noteStart(runbook: Runbook): Promise<void> {
    const {told, at, journal, wishes, acquired} = this.#open
    const {plan} = told
    const [holds = [], ...more] = inParts([...this.#holds])
    await this.#tellBrokenOff()
    await journal.append({
      ...this.#claim(),
      type: 'run_start',
      run: at.run.id,
      command: titleOf(told),
      runbook: runbook.name,
      version: this.#place.version,
      config_hash: hashOf(JSON.stringify([...settingValues(at.config)])),
      plan_hash: plan.hash,
      locks: wishes.map(({resource, mode, folder}) => ({resource, mode, folder})),
      holds,
      steps: plan.steps.length,
      deadline_ms: plan.timeoutMs
    })
    for (const part of more) await journal.append({type: 'run_holds', run: at.run.id, holds: part}, {sync: true})
    await noteFound(journal, at.run.id, acquired)
  }

  async noteContinue(as: 'resume' | 'undo'): Promise<void> {
    const {journal, at, acquired} = this.#open
    await this.#tellBrokenOff()
    await journal.append({...this.#claim(), type: 'run_continue', run: at.run.id, as})
    await noteFound(journal, at.run.id, acquired)
  }

  /** Undefined, or why the end could not be written down: the run then looks as if it had been broken off. */
  async noteEnd(report: Report, performed: Performed): Promise<Fault | undefined> {
    const {stop} = this.#place
    return faultOf(
      this.#open.journal.append({
        type: 'run_end',
        run: this.#open.at.run.id,
        status: endStatusOf(report, performed),
        exit_code: exitCodeOf({...report, errors: [...interruptionBy(stop), ...report.errors]}, 'action'),
        changed: report.changed,
        duration_ms: this.#elapsedMs()
      })
    )
  }

  /**
   * Gives the locks back. Undefined, or why it could not be done, tried twice: that is no reason to tell nothing else, as
   * they are over as soon as this process is.
   */
  async close(): Promise<Fault | undefined> {
    const {lease} = this.#open.acquired
    const failed = await faultOf(lease.release())
    return failed === undefined ? undefined : faultOf(lease.release())
  }

  async #begin({draft, outlook}: PlannedStep, change: Change): Promise<void> {
    if (!this.#changes.has(draft.id)) this.#changes.set(draft.id, change)
    // Whoever resumes or undoes the run knows only what was planned, and what is so.
    const sync = !isFoundAgain(outlook) || !isFoundAgain({...change, action: 'change', needs: needsNothing})
    await this.#noteHolds(holdsOf(draft, change.target))
    await this.#noteBegin(draft, change.target, sync)
  }

  /** Known only now, as with a path that an earlier step gives. The line of the step, which is synced then, comes behind it. */
  async #noteHolds(folders: readonly string[]): Promise<void> {
    const {journal, at} = this.#open
    const holds = folders.filter((folder) => !this.#holds.has(folder))
    if (holds.length === 0) return
    await journal.append({type: 'run_holds', run: at.run.id, holds})
    for (const folder of holds) this.#holds.add(folder)
  }

  /** Killed in its undo, a step is neither done nor undone: it counts as begun. */
  #beginUndo({draft}: PlannedStep, target: string | null): Promise<void> {
    return this.#noteBegin(draft, target ?? '', true)
  }

  async #noteBegin({id: step, number, kind}: PlannedStep['draft'], target: string, sync: boolean): Promise<void> {
    const {journal, at} = this.#open
    await journal.append({type: 'step_begin', run: at.run.id, step, number, kind: kind.name, target}, {sync})
  }

  async #end({draft}: PlannedStep, result: StepResult): Promise<void> {
    const {journal, at} = this.#open
    const change = this.#changes.get(draft.id)
    const [fault] = result.faults
    const printed = result.outputs.printed ?? ''
    if (printed !== '') await this.#keep(draft.number, printed)
    await journal.append(
      {
        type: 'step_end',
        run: at.run.id,
        step: draft.id,
        number: draft.number,
        status: endings[result.status],
        changed: result.isTouched,
        duration_ms: Math.round(result.durationMs),
        before: change?.before ?? null,
        after: change?.after ?? null,
        outputs: result.outputs.values,
        ...(fault === undefined ? {} : {fault: {code: fault.code, values: fault.values}}),
        ...(printed === '' ? {} : {output_tail: printed.slice(-tailCharacters)})
      },
      {sync: change?.isObservable === false}
    )
  }

  /** What programs printed is evidence, but not worth failing for. */
  async #keep(number: number, printed: string): Promise<void> {
    const {host, stateFolder} = this.#place
    const path = `${runFolder(stateFolder, this.#open.at.run.id)}/${number}.txt`
    try {
      await writeAtomic(host.disk, path, {bytes: new TextEncoder().encode(printed), mode: 0o600, random: host.random})
    } catch (cause) {
      this.#warnings.push(new Fault('output-lost', {path, reason: reasonOf(cause)}, {cause}))
    }
  }

  async #tellBrokenOff(): Promise<void> {
    const {wishes, acquired, at} = this.#open
    const holding = {locks: wishes, takenOver: acquired.takenOver, run: at.run.id}
    this.#warnings.push(...(await brokenOffRuns(this.#place, holding)))
  }

  #claim(): {who: Who; argv: readonly string[]; identity: LockRecord['identity']; lease_until: string} {
    const {owner} = this.#open
    const {machine} = this.#place.host
    return {
      who: whoIs(machine),
      argv: machine.argv,
      identity: owner.identity,
      lease_until: new Date(owner.leaseUntilMs).toISOString()
    }
  }

  #elapsedMs(): number {
    return Math.round(this.#place.host.clock.elapsed() - this.#begunMs)
  }
}

async function faultOf(work: Promise<void>): Promise<Fault | undefined> {
  try {
    await work
    return undefined
  } catch (cause) {
    if (cause instanceof Fault) return cause as Fault
    throw cause
  }
}

/** What the command adds to its report when it was stopped: the journal tells the same exit code. */
function interruptionBy({reason}: AbortSignal): readonly Fault[] {
  if (typeof reason !== 'string') return []
  return [new Fault(reason === 'SIGINT' ? 'interrupted' : 'terminated', {signal: reason})]
}

// The journal answers what went wrong; all of it is in the run's own folder.
const tailCharacters = 2000

const endings: Readonly<Record<StepResult['status'], StepEndStatus>> = {
  done: 'done',
  nothing: 'nothing',
  failed: 'failed',
  skipped: 'skipped',
  undone: 'undone',
  stuck: 'undo_failed',
  'not-reached': 'skipped'
}

function endStatusOf({status}: Report, {end}: Performed): RunEndStatus {
  if (end === 'interrupted' || end === 'stuck') return end
  if (end === 'late') return 'deadline'
  if (end === 'undone') return end
  // What has no undo still stands.
  if (end === 'reverted') return status === 'partial' ? status : 'undone'
  return status === 'partial' || status === 'nothing' || status === 'done' ? status : 'failed'
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

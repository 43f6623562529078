import {Fault, reasonOf} from '../base/fault.ts'
import type {FaultCode} from '../base/faults.ts'
import {fit} from './fitting.ts'
import {writeIdentity, type ProcessIdentity} from '../host/identity.ts'
import type {AppendOptions, Journal, JournalEntry, JournalOptions} from './journal.ts'
import {acquire, conflictFault} from './locks.ts'
import type {LedgerHost, Lease} from './locks.ts'
import {maskAll} from '../base/masking.ts'
import {journalFolder} from './segments.ts'
import {Tail} from './tail.ts'

const alwaysSynced: readonly JournalEntry['type'][] = ['run_start', 'run_continue', 'run_end', 'lock_broken']

// An append takes milliseconds; somebody who was stopped in the middle of one is not waited for longer than a person is.
const lockWaitMs = 10_000

// After it, another machine on the same disk need not believe any more that the append still goes on.
const lockLeaseMs = 60_000

export class LockedJournal implements Journal {
  readonly #host: LedgerHost
  readonly #options: JournalOptions
  readonly #tail: Tail
  /** Of this process, one after another: the lock is for the others. */
  #queue: Promise<void> = Promise.resolve()
  #lease: Lease | undefined

  constructor(host: LedgerHost, options: JournalOptions) {
    this.#host = host
    this.#options = options
    this.#tail = new Tail(host, options.stateFolder)
  }

  append(entry: JournalEntry, options: AppendOptions = {}): Promise<void> {
    const isSynced = options.sync === true || alwaysSynced.includes(entry.type)
    const appended = this.#queue.then(() => this.#appendNow(entry, isSynced))
    this.#queue = appended.catch(() => undefined)
    return appended
  }

  async #appendNow(entry: JournalEntry, isSynced: boolean): Promise<void> {
    const {stateFolder, secrets} = this.#options
    const {type, ...fields} = entry
    try {
      await this.#lock('run' in entry ? entry.run : 'none')
      try {
        await this.#tail.append(type, written(fields, this.#host.clock.now(), secrets), isSynced)
      } finally {
        await this.#unlock()
      }
    } catch (cause) {
      refuse(journalFolder(stateFolder), cause)
    }
  }

  async #lock(runId: string): Promise<void> {
    // One that could not be released after the last append would keep ourselves out.
    await this.#unlock()
    const {stateFolder, identity} = this.#options
    const owner = {runId, command: 'journal', identity, leaseUntilMs: this.#host.clock.now() + lockLeaseMs}
    const wish = {resource: 'journal', folder: journalFolder(stateFolder), mode: 'exclusive'} as const
    const acquired = await acquire(this.#host, [wish], {owner, waitMs: lockWaitMs})
    if (acquired.status === 'conflict') throw conflictFault(acquired.holder)
    this.#lease = acquired.lease
  }

  async #unlock(): Promise<void> {
    await this.#lease?.release()
    this.#lease = undefined
  }
}

/** Words and numbers of our own making: a secret that happens to be one of them must not make a run unreadable. */
const ours = ['run', 'status', 'as', 'lease_until', 'config_hash', 'plan_hash']

function written(fields: object, nowMs: number, secrets: readonly string[]): object {
  const masked = maskAll(fields, secrets) as Record<string, unknown>
  const kept = Object.entries(fields).filter(([key]) => ours.includes(key))
  const identity = 'identity' in fields ? {identity: writeIdentity(fields.identity as ProcessIdentity)} : {}
  return {at: new Date(nowMs).toISOString(), ...fit({...masked, ...Object.fromEntries(kept), ...identity})}
}

const said: readonly FaultCode[] = ['journal-newer', 'journal-unsafe', 'lock-conflict']

export function refuse(path: string, cause: unknown): never {
  if (cause instanceof Fault && said.includes((cause as Fault).code)) throw cause
  throw new Fault('journal-unwritable', {path, reason: reasonOf(cause)}, {cause})
}

import {lineAfter, origin, type Link} from '../../src/ledger/chain.ts'
import {writeIdentity} from '../../src/host/identity.ts'
import type {Journal, JournalEntry, RunEnd, RunStart, StepBegin, StepEnd, Who} from '../../src/ledger/journal.ts'
import {openJournal} from '../../src/ledger/journal.ts'
import {segmentPath} from '../../src/ledger/segments.ts'
import type {SimHost} from '../sim/host.ts'
import type {Seeded} from '../sim/random.ts'
import {identityOf} from './ground.ts'

export const state = '/state'

const who: Who = {uid: 0, user: 'root', sudo_user: 'kim', tty: '/dev/pts/3', ssh: null}

export function journalOf(host: SimHost, pid = host.machine.pid, secrets: readonly string[] = []): Promise<Journal> {
  return openJournal(host, {stateFolder: state, secrets, identity: identityOf(pid)})
}

export function runStart(run: string, given: Partial<RunStart> = {}): RunStart {
  return {
    type: 'run_start',
    run,
    command: 'runbook run',
    runbook: 'free-space',
    version: '0.1.0',
    who,
    argv: ['runbook', 'run', 'free-space'],
    config_hash: 'c1',
    plan_hash: 'p1',
    locks: [{resource: 'logs', mode: 'exclusive', folder: '/srv/logs'}],
    holds: ['/srv/conf'],
    steps: 2,
    deadline_ms: 600_000,
    identity: identityOf(10),
    lease_until: '2026-11-20T10:15:00.000Z',
    ...given
  }
}

export function stepBegin(run: string, number: number, given: Partial<StepBegin> = {}): StepBegin {
  return {type: 'step_begin', run, step: `step-${number}`, number, kind: 'file.write', target: '/etc/x', ...given}
}

export function stepEnd(run: string, number: number, given: Partial<StepEnd> = {}): StepEnd {
  return {
    type: 'step_end',
    run,
    step: `step-${number}`,
    number,
    status: 'done',
    changed: true,
    duration_ms: 12,
    before: {sha256: null},
    after: {sha256: 'a'},
    ...given
  }
}

export function runEnd(run: string, given: Partial<RunEnd> = {}): RunEnd {
  return {type: 'run_end', run, status: 'done', exit_code: 0, changed: ['/etc/x'], duration_ms: 1234, ...given}
}

export function runContinue(run: string, as: 'resume' | 'undo', pid: number): JournalEntry {
  const lease_until = '2026-11-20T11:15:00.000Z'
  return {type: 'run_continue', run, as, who, argv: ['runs', as, run], identity: identityOf(pid), lease_until}
}

export function lockBroken(): JournalEntry {
  const of = {run: 'run-1', command: 'backup', user: 'kim', pid: 7, since: '2026-11-20T09:00:00.000Z'}
  return {type: 'lock_broken', resource: 'data', of, reason: 'the machine is gone', who}
}

/** Runs as they come, some of them never ended. */
export function randomEntries(random: Seeded, count: number): readonly JournalEntry[] {
  return Array.from({length: count}, (_, at) => {
    const run = `run-${random.below(4)}`
    const long = 'x'.repeat(random.pick([0, 30, 700]))
    return random.pick([
      () => runStart(run, {argv: [long]}),
      () => stepBegin(run, at, {target: long}),
      () => stepBegin(run, at),
      () => stepEnd(run, at, {before: long}),
      () => stepEnd(run, at),
      () => runEnd(run)
    ])()
  })
}

interface Build {
  readonly segments: number
  /** Of the last one; the others have three lines. */
  readonly lastBytes?: number
  readonly stateFolder?: string
  /** The last run has no end. */
  readonly isBrokenOff?: boolean
}

/** A journal as if it had been written over months, one run a segment. */
export function buildJournal(host: Pick<SimHost, 'disk'>, build: Build): void {
  const {segments, lastBytes = 0, stateFolder = state, isBrokenOff = false} = build
  let link: Link = origin
  let afterBytes = 0
  for (let segment = 1; segment <= segments; segment += 1) {
    const parts: Uint8Array[] = []
    const put = (type: string, fields: object): void => {
      const line = lineAfter(link, type, {at: '2026-11-20T09:15:00.000Z', ...fields})
      parts.push(line.bytes)
      link = line.link
    }
    put('segment', {format: 1, after_bytes: afterBytes, torn_bytes: 0})
    const {type, identity, ...fields} = runStart(`run-${segment}`)
    put(type, {...fields, identity: writeIdentity(identity)})
    if (segment < segments || !isBrokenOff) put('run_end', {...runEnd(`run-${segment}`), type: 'run_end'})
    const pad = lastBytes - Buffer.concat(parts).length - 200
    if (segment === segments && pad > 0) put('step_end', {before: 'x'.repeat(pad)})
    const bytes = Buffer.concat(parts)
    afterBytes = bytes.length
    host.disk.put(segmentPath(`${stateFolder}/journal`, segment), bytes)
    const first = {segment: 1, seq: 1, prev: origin.hash}
    const head = {format: 1, segment, bytes: bytes.length, ...link, first}
    host.disk.put(`${stateFolder}/journal-head.json`, JSON.stringify(head))
  }
}

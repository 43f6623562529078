import type {ExitWord} from './exits.ts'
import type {Expectation} from './expectations.ts'

interface FaultKind<Values> {
  readonly exit: ExitWord
  /** Only a type: what a sentence about this fault is made of. */
  readonly values?: Values
}

function kind<Values>(exit: ExitWord): FaultKind<Values> {
  return {exit}
}

/** A place in a file, as people and editors write it. */
interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Why a reference in a runbook stands for nothing. */
type BadReference =
  | 'unclosed'
  | 'unknown'
  | 'unknown-input'
  | 'unknown-setting'
  | 'unknown-fact'
  | 'unknown-step'
  | 'secret'
  | 'not-here'
  | 'no-item'
  | 'later-step'
  | 'many-steps'

/** A fault that says all by its code. */
type NoValues = Readonly<Record<string, never>>

/** Why a step leaves alone what a path names. */
type TargetRefusal =
  | 'ours'
  | 'folder-absent'
  | 'folder-other'
  | 'folder-unreadable'
  | 'link'
  | 'directory'
  | 'other'
  | 'read-only'
  | 'absent'
  | 'taken'
  | 'same-name'
  | 'other-file-system'
  | 'too-big'
  | 'open'
  | 'just-written'

/** Every fault an operator can meet: its code, the values its sentence needs, and how a command ends because of it. */
export const faults = {
  'usage-unknown-command': kind<{command: string; nearest: string | null}>('usage'),
  'usage-unknown-flag': kind<{flag: string; nearest: string | null; command: string}>('usage'),
  'usage-unexpected-argument': kind<{argument: string; command: string}>('usage'),
  'usage-missing-argument': kind<{argument: string; command: string}>('usage'),
  'usage-missing-value': kind<{flag: string; command: string}>('usage'),
  'usage-bad-value': kind<{flag: string; value: string; expected: Expectation}>('usage'),
  'usage-other': kind<{detail: string; command: string}>('usage'),

  'check-unknown-id': kind<{id: string; nearest: string | null}>('usage'),
  'profile-unknown': kind<{profile: string; known: string}>('usage'),

  'config-absent': kind<{path: string}>('invalid'),
  'config-unreadable': kind<{path: string; reason: string}>('invalid'),
  'config-too-big': kind<{path: string; bytesMax: number}>('invalid'),
  'config-unsafe': kind<{path: string; reason: 'owner' | 'mode'; owner: number; mode: string}>('invalid'),
  'config-syntax': kind<Place & {detail: string}>('invalid'),
  'config-duplicate-key': kind<Place & {key: string}>('invalid'),
  'config-alias-bomb': kind<{file: string}>('invalid'),
  'config-unknown-key': kind<Place & {key: string; nearest: string | null}>('invalid'),
  'config-bad-value': kind<Place & {key: string; value: string; expected: Expectation}>('invalid'),
  'config-bad-override': kind<{source: string; key: string; value: string; expected: Expectation}>('invalid'),
  'config-unknown-override': kind<{source: string; key: string; nearest: string | null}>('invalid'),
  'config-secret-inline': kind<Place & {key: string}>('invalid'),
  'config-unquoted-range': kind<Place & {value: string}>('invalid'),
  'config-unknown-check': kind<Place & {key: string; id: string; nearest: string | null}>('invalid'),
  'config-more-problems': kind<{file: string; more: number}>('invalid'),
  'config-exists': kind<{path: string}>('refused'),

  'file-unreadable': kind<{path: string; reason: string}>('failed'),
  'file-unwritable': kind<{path: string; reason: string}>('failed'),
  'state-unwritable': kind<{path: string; reason: string}>('failed'),
  'state-damaged': kind<{path: string; movedTo: string}>('failed'),
  'state-unsafe': kind<{path: string; reason: 'owner' | 'mode'; owner: number; mode: string}>('refused'),
  'state-newer': kind<{path: string; format: number; known: number}>('refused'),
  'ping-failed': kind<{reason: string}>('failed'),

  // What is wrong in the text of a runbook, where it lies, and in what it is given.
  'runbook-unknown-key': kind<Place & {key: string; nearest: string | null}>('invalid'),
  'runbook-unknown-name': kind<
    Place & {thing: 'step' | 'step-kind' | 'fact-kind' | 'runbook'; name: string; nearest: string | null}
  >('invalid'),
  'runbook-duplicate-id': kind<Place & {id: string}>('invalid'),
  'runbook-cycle': kind<Place & {cycle: string}>('invalid'),
  'runbook-not-one-kind': kind<Place & {found: string}>('invalid'),
  'runbook-bad-reference': kind<Place & {reference: string; why: BadReference; nearest: string | null}>('invalid'),
  'runbook-fixed-text': kind<Place & {reference: string}>('invalid'),
  'runbook-unknown': kind<{name: string; nearest: string | null}>('absent'),
  'runbook-name-twice': kind<{name: string; path: string; other: string}>('invalid'),
  'runbook-bad-name': kind<{path: string}>('invalid'),
  'runbook-unreadable': kind<{path: string; reason: string}>('invalid'),
  'runbook-unsafe': kind<{path: string; reason: 'owner' | 'mode'; owner: number; mode: string}>('refused'),
  'runbook-unknown-input': kind<{input: string; nearest: string | null}>('usage'),
  'runbook-bad-input': kind<{input: string; value: string; expected: Expectation}>('usage'),
  'runbook-missing-input': kind<{input: string; expected: Expectation; setting: string | null}>('usage'),
  'runbook-no-value': kind<{reference: string; why: 'missing' | 'not-text' | 'not-flag' | 'template'}>('invalid'),

  // Who may act on what, and the record of who did.
  'lock-conflict': kind<{
    resource: string
    run: string
    command: string
    user: string
    pid: number
    host: string
    sinceMs: number
    isPastLease: boolean
  }>('locked'),
  'lock-unwritable': kind<{path: string; reason: string}>('refused'),
  'journal-unwritable': kind<{path: string; reason: string}>('refused'),
  'journal-unsafe': kind<{path: string; reason: 'owner' | 'mode'; owner: number; mode: string}>('refused'),
  'journal-newer': kind<{path: string; format: number; known: number}>('refused'),

  // Steps that run programs, look at checks, wait, or work on services.
  'program-missing': kind<{program: string}>('unavailable'),
  'program-not-executable': kind<{path: string}>('refused'),
  'program-unsafe': kind<{path: string}>('refused'),
  'step-program-failed': kind<{program: string; how: string; detail: string}>('failed'),
  'step-program-late': kind<{program: string; afterMs: number; detail: string}>('failed'),
  'step-program-stopped': kind<{program: string; detail: string}>('failed'),
  'step-program-not-started': kind<{program: string; reason: string}>('failed'),
  'step-created-nothing': kind<{program: string; path: string}>('failed'),
  'step-not-reversible': kind<NoValues>('failed'),
  'step-late': kind<{target: string; afterMs: number}>('failed'),
  'step-stopped': kind<{target: string}>('failed'),
  'step-check-failed': kind<{check: string; status: string; finding: string}>('failed'),
  'step-check-never-passed': kind<{check: string; status: string; finding: string; afterMs: number}>('failed'),
  'unit-no-manager': kind<{unit: string}>('unavailable'),
  'unit-absent': kind<{unit: string}>('absent'),
  'unit-masked': kind<{unit: string}>('refused'),
  'unit-unanswered': kind<{unit: string; reason: string}>('refused'),
  'unit-changing': kind<{unit: string; active: string; sub: string}>('refused'),
  'unit-frozen': kind<{unit: string}>('refused'),
  'unit-order-refused': kind<{unit: string; verb: string; reason: string}>('failed'),
  'unit-late': kind<{unit: string; verb: string; afterMs: number}>('failed'),
  'unit-not-up': kind<{unit: string; active: string; sub: string; result: string}>('failed'),
  'unit-not-down': kind<{unit: string; active: string; sub: string}>('failed'),

  // Steps that change files.
  'target-refused': kind<{path: string; reason: TargetRefusal}>('refused'),
  'target-unreadable': kind<{path: string; reason: string}>('refused'),
  'target-outside': kind<{path: string; within: string}>('refused'),
  'target-changed': kind<{path: string}>('failed'),
  'target-taken': kind<{path: string}>('failed'),
  'held-foreign': kind<{path: string}>('refused'),
  'held-missing': kind<{path: string; held: string}>('failed'),
  'held-taken': kind<{path: string; held: string}>('failed'),
  'find-too-many': kind<{folder: string; namesMax: number}>('refused'),

  'output-failed': kind<{reason: string}>('failed'),

  'process-protected': kind<{pid: number}>('refused'),

  // A run, and what is told of one of its steps
  'lock-unknown': kind<{run: string}>('absent'),
  'lock-alive': kind<{run: string; pid: number; command: string}>('refused'),
  'run-half-undone': kind<{run: string}>('refused'),
  'step-not-open': kind<{step: string; run: string}>('usage'),
  'run-out-of-time': kind<{steps: string}>('stuck'),
  'files-left-out': kind<{path: string; inUse: number; odd: number}>('failed'),
  'run-needs-root': kind<{steps: string}>('refused'),
  'run-not-confirmed': kind<{steps: string; wasAsked: boolean}>('refused'),
  'run-too-long': kind<{runbook: string; stepsMax: number}>('refused'),
  'run-goal-missed': kind<{check: string}>('failed'),
  'run-deadline': kind<{afterMs: number}>('deadline'),
  'run-stuck': kind<{steps: string}>('stuck'),
  'run-not-reversible': kind<{steps: string}>('partial'),
  'run-plan-lost': kind<{path: string; reason: string}>('failed'),
  'run-crashed': kind<{run: string; command: string; user: string; sinceMs: number}>('failed'),
  'run-unknown': kind<{id: string; nearest: string | null}>('absent'),
  'run-not-open': kind<{run: string; how: 'resume' | 'undo' | 'close'; status: string}>('refused'),
  'step-uncertain': kind<{step: string; run: string}>('refused'),
  'step-unknown-id': kind<{step: string; nearest: string | null}>('usage'),
  'runbook-bad-fact': kind<{runbook: string; fact: string; use: string}>('invalid'),
  'step-bad-value': kind<{step: string; key: string; value: string; expected: Expectation}>('refused'),
  'step-value-option': kind<{step: string; value: string}>('refused'),
  'step-value-missing': kind<{step: string; value: string}>('failed'),
  'step-each-not-list': kind<{step: string}>('invalid'),
  'step-call-late': kind<{step: string}>('invalid'),
  'step-call-cycle': kind<{step: string; chain: string}>('invalid'),
  'step-call-ladder': kind<{step: string; runbook: string}>('invalid'),
  'step-world-moved': kind<{step: string; target: string; planned: string; found: string}>('refused'),
  'step-not-verified': kind<{step: string; target: string}>('failed'),
  'step-hangs': kind<{step: string; afterMs: number}>('failed'),
  'step-broke': kind<{step: string; reason: string}>('failed'),
  'output-lost': kind<{path: string; reason: string}>('failed'),

  // The server
  'server-port-taken': kind<{address: string; holder: string | null; flag: string}>('unavailable'),
  'server-port-unusable': kind<{address: string; reason: string; flag: string}>('unavailable'),
  'server-exposed': kind<{listen: string}>('refused'),
  'server-durability-alone': kind<{durability: string}>('invalid'),
  'server-not-stored': kind<{records: number; afterMs: number}>('partial'),
  'server-no-ports': kind<NoValues>('invalid'),
  'server-ports-same': kind<{port: number}>('invalid'),
  'server-no-address': kind<{listen: string}>('invalid'),
  'server-late': kind<{unit: string; verb: string; afterMs: number; log: string}>('failed'),
  'server-elsewhere': kind<{holder: string; port: number; pid: number}>('partial'),
  'server-not-up': kind<{unit: string; reason: string; log: string}>('failed'),
  'server-unit-hidden': kind<{path: string}>('refused'),
  'server-supervised': kind<{unit: string; pid: number}>('locked'),
  'server-fails': kind<{reason: string; failures: number; log: string}>('failed'),
  'server-control-unusable': kind<{path: string; reason: string}>('unavailable'),

  // Sending lines to a server
  'send-file-absent': kind<{path: string}>('absent'),
  'send-file-changed': kind<{path: string; how: 'shrank' | 'replaced'; lines: number; cursor: string}>('refused'),
  'send-cursor-damaged': kind<{path: string}>('refused'),
  'send-cursor-foreign': kind<{path: string; session: string}>('refused'),
  'send-unreachable': kind<{server: string; reason: string}>('unavailable'),
  'send-not-understood': kind<{server: string; got: string}>('unavailable'),
  'send-level-refused': kind<{server: string; ack: string; detail: string}>('refused'),
  'send-refused': kind<{server: string; code: string; detail: string}>('refused'),
  'send-session-busy': kind<{session: string; server: string}>('locked'),
  'send-session-taken': kind<{session: string; server: string; stored: number}>('refused'),
  'send-forgotten': kind<{session: string; server: string; stored: number; acknowledged: number}>('refused'),
  'send-line-too-long': kind<{bytesMax: number}>('failed'),
  'send-late': kind<{afterMs: number}>('partial'),
  'send-broken': kind<{server: string; reason: string}>('partial'),
  'send-rejected': kind<{lines: number; code: string; detail: string}>('partial'),
  'send-lines-cut': kind<{lines: number; bytesMax: number}>('partial'),
  'send-again': kind<{lines: number; session: string}>('partial'),

  // The write-ahead log, and who holds it
  'data-locked': kind<{
    path: string
    pid: number | null
    user: string | null
    host: string | null
    sinceMs: number | null
  }>('locked'),
  'wal-absent': kind<{path: string}>('absent'),
  'wal-newer': kind<{path: string; format: number; known: number}>('refused'),
  'wal-holes': kind<{path: string; holes: number; records: number}>('partial'),
  'import-nothing': kind<{path: string}>('absent'),
  'import-too-large': kind<{bytes: number; retainBytes: number}>('refused'),
  'import-cut': kind<{path: string; records: number}>('partial'),

  interrupted: kind<{signal: string}>('interrupted'),
  terminated: kind<{signal: string}>('terminated'),
  bug: kind<{detail: string}>('failed')
} as const

export type FaultCode = keyof typeof faults
export type FaultValues<Code extends FaultCode> = NonNullable<(typeof faults)[Code]['values']>

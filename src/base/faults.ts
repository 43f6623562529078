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

  'output-failed': kind<{reason: string}>('failed'),

  'process-protected': kind<{pid: number}>('refused'),

  interrupted: kind<{signal: string}>('interrupted'),
  terminated: kind<{signal: string}>('terminated'),
  bug: kind<{detail: string}>('failed')
} as const

export type FaultCode = keyof typeof faults
export type FaultValues<Code extends FaultCode> = NonNullable<(typeof faults)[Code]['values']>

import type {Estate} from './estate.ts'

/** What can come of a command, whichever it is. */
export type Kind =
  'success' | 'failure' | 'bad flag' | 'unexpected argument' | 'missing value' | 'bad value' | 'refusal'

export interface Case {
  argv(at: Estate): readonly string[]
  readonly code: number
  /** Of the first error, if there is to be one. */
  readonly error?: string
  /** What was done is told beside the error. */
  readonly hasResult?: boolean
  /** Put before the command. */
  readonly under?: readonly string[]
  /** It tells on standard error what happens while it runs, in whatever form its result has. */
  readonly isTelling?: boolean
  /** Processes that outlive it, and that nobody needs any more. */
  readonly leavesProcesses?: boolean
}

export type Cases = Readonly<Record<Kind, Case>>

export function usage(code: number): Pick<Cases, 'bad flag' | 'bad value'> {
  return {
    'bad flag': {argv: () => ['--bogus'], code, error: 'usage-unknown-flag'},
    'bad value': {argv: () => ['--lang', 'tlh'], code, error: 'usage-bad-value'}
  }
}

/** Of a command that only reads the configuration before it looks at something. */
export const reading: Pick<Cases, 'failure' | 'unexpected argument' | 'missing value' | 'refusal'> = {
  failure: {argv: (at) => ['--config', `${at.folder}/absent.yaml`], code: 78, error: 'config-absent'},
  'unexpected argument': {argv: () => ['more'], code: 64, error: 'usage-unexpected-argument'},
  'missing value': {argv: () => ['--set'], code: 64, error: 'usage-missing-value'},
  refusal: {argv: badFile, code: 78, error: 'config-unknown-key'}
}

export function badFile(at: Estate): readonly string[] {
  return ['--config', at.file('bad.yaml', 'chekcs: {}\n')]
}

import type {Fault} from '../base/fault.ts'
import type {Kind, Meaning} from '../config/shape.ts'
import type {Json, StepPlace, Work} from './step.ts'

/** One way to find out something before planning, for `facts:` of a runbook. It changes nothing. */
export interface ReadingKind<Inputs = unknown> {
  /** `files.find` */
  readonly name: string
  readonly about: Meaning
  /** A record: the keys of `with:`. */
  readonly fields: Kind<Inputs>
  read(work: ReadingWork<Inputs>): Promise<Read>
}

export type ReadingWork<Inputs> = Pick<Work<Inputs>, 'inputs' | 'host' | 'check' | 'signal'> & {
  readonly at: Omit<StepPlace, 'number'>
}

/** What `${facts.NAME}` is then, or why nothing can be planned on it. */
export type Read =
  | {readonly value: Json; /** What is not in it, and was to be expected. */ readonly warnings?: readonly Fault[]}
  | {readonly fault: Fault}

import type {Kind, Meaning} from '../config/shape.ts'
import type {Condition} from './condition.ts'
import type {Template} from './template.ts'

/** A runbook as it was read: what is intended, before anything is known of the world. */
export interface Runbook {
  /** The file's name without `.yaml`. */
  readonly name: string
  readonly path: string
  /** Relative programs and scripts are meant from here. */
  readonly folder: string
  /** Of the file's bytes: a run that is resumed says which runbook it was. */
  readonly sha256: string
  readonly about: Meaning
  readonly inputs: readonly InputSpec[]
  readonly facts: readonly ReadingSpec[]
  readonly locks: readonly LockSpec[]
  readonly steps: readonly StepSpec[]
  readonly timeoutMs: number
  readonly onFailure: OnFailure
  /** A ladder: as soon as this check passes, the steps that are left are not needed. */
  readonly until: Goal | null
}

export type OnFailure = 'stop' | 'continue' | 'undo'

export interface Goal {
  readonly check: string
  /** So many times in a row. */
  readonly times: number
  readonly everyMs: number
}

export interface InputSpec {
  readonly name: string
  /** As it was written: `duration`, `size`, `one of: fast, full`. */
  readonly typeName: string
  readonly kind: Kind<unknown>
  readonly about: Meaning
  /** A template, since a default may come from the configuration; undefined: it has to be given. */
  readonly fallback: Raw | undefined
}

/** Something that is read before planning: `${facts.NAME}`. */
export interface ReadingSpec {
  readonly name: string
  readonly use: string
  readonly with: Raw
}

export const resources = ['data', 'logs', 'service', 'sysctl', 'backup-store', 'incident', 'scheduler'] as const
export type Resource = (typeof resources)[number]

export interface LockSpec {
  readonly resource: Resource
  readonly mode: 'shared' | 'exclusive'
  /** Commands that may be told to stop for this one. */
  readonly preempts: readonly string[]
}

export interface StepSpec {
  readonly id: string
  /** The kind: `file.write`, `run`; `runbook` stands for the steps of another one. */
  readonly use: string
  readonly with: Raw
  readonly about: Meaning | null
  readonly when: Condition | null
  readonly needs: readonly string[]
  /** One step for each item of a list, which is `${item}` in it. */
  readonly each: Template | null
  readonly timeoutMs: number | null
  readonly retry: Retry | null
  readonly onFailure: OnFailure | null
  /** Where it stands, for messages. */
  readonly line: number
}

export interface Retry {
  /** Attempts after the first. */
  readonly times: number
  /** Before the second attempt; doubled for each one after it. */
  readonly backoffMs: number
}

/** A value as it was written; texts in it that name values are templates. */
export type Raw = null | boolean | number | string | Template | readonly Raw[] | {readonly [key: string]: Raw}

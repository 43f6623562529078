import type {Condition} from './condition.ts'
import type {OnFailure, Raw, Retry} from './runbook.ts'
import type {StepKind} from './step.ts'

/** A step of a runbook with all values filled in that are known before anything is done. Plain data, but for its kind. */
export interface Draft {
  /** In the plan, from 1. */
  readonly number: number
  /** `move`, `move[3]` of several, `clean/move` of a called runbook. */
  readonly id: string
  readonly kind: StepKind
  /** Of the runbook that the step stands in. */
  readonly folder: string
  /** As they are written; templates in it wait for what earlier steps give. */
  readonly inputs: Raw
  readonly when: 'yes' | 'no' | Condition
  readonly needs: readonly string[]
  readonly timeoutMs: number
  readonly retry: Retry
  readonly onFailure: OnFailure
}

import type {Fault} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import {maskText} from '../base/masking.ts'
import type {PlanItem, Report, StepOutcome} from '../base/report.ts'
import type {Performed, StepResult} from './perform.ts'
import {isEmpty, itemOf, type Plan, type PlannedStep} from './plan.ts'
import {changedLines} from './diff.ts'

/** What is told of a run, whatever came of it. */
export interface Told {
  readonly command: string
  readonly plan: Plan
  readonly warnings: readonly Fault[]
}

/** The command with what it works by: `runbook run free-space`. */
export function titleOf({command, plan}: Pick<Told, 'command' | 'plan'>): string {
  return `${command} ${plan.runbook}`
}

export interface Preview {
  readonly diff: boolean
  readonly isDetailed: boolean
  /** Never shown, whatever file they stand in. */
  readonly secrets: readonly string[]
}

/** `--dry-run`: the plan, and nothing but the plan; all that speaks against it. */
export function previewOf(told: Told, how: Preview = {diff: false, isDetailed: false, secrets: []}): Report {
  const {steps, refusals} = told.plan
  return {
    ...bareReport(told),
    status: refusals.length > 0 ? 'refused' : isEmpty(told.plan) ? 'nothing' : 'planned',
    plan: steps.map((step) => (how.diff ? withDiff(step, how.secrets) : itemOf(step))),
    isDryRun: true,
    // What only looks has nothing pending, though it is done each time.
    isPendingTold: how.isDetailed && steps.some(({outlook}) => ['change', 'unknown'].includes(outlook.action)),
    errors: refusals
  }
}

function withDiff(step: PlannedStep, secrets: readonly string[]): PlanItem {
  const {outlook} = step
  if (outlook.action !== 'change' || outlook.texts === undefined) return itemOf(step)
  const lines = changedLines(outlook.texts.before, outlook.texts.after)
  return {...itemOf(step), diff: lines.map((line) => maskText(line, secrets))}
}

/** `runs undo --dry-run`: what would be put back, the last step first. */
export function retreatPreviewOf(told: Told, results: ReadonlyMap<string, StepResult>): Report {
  const touched = told.plan.steps.filter(({draft}) => results.get(draft.id)?.isTouched === true).toReversed()
  const status = touched.length === 0 ? 'nothing' : 'planned'
  return {...bareReport(told), status, plan: touched.map((step) => retreatItem(step, results)), isDryRun: true}
}

function retreatItem(step: PlannedStep, results: ReadonlyMap<string, StepResult>): PlanItem {
  const item = itemOf(step)
  const target = results.get(step.draft.id)?.target ?? item.target
  const stays = step.outlook.action === 'change' && !step.outlook.isReversible
  if (stays) return {...item, target, action: 'nothing', said: finding('step-stays', {target})}
  return {...item, target, action: 'change', reversible: true, said: finding('step-put-back', {target})}
}

/** Nothing was begun: why not, and what it would have been. */
export function refusalOf(told: Told, errors: readonly Fault[]): Report {
  return {...bareReport(told), status: 'refused', errors}
}

export function nothingOf(told: Told): Report {
  return {...bareReport(told), status: 'nothing'}
}

/** What came of a run. Its exit code follows from this alone. */
export function reportOf(told: Told, run: string, performed: Performed): Report {
  const items = told.plan.steps.map((step) => {
    const result = performed.results.get(step.draft.id)
    const item = itemOf(step)
    return {...item, target: result?.target ?? item.target, outcome: outcomeOf(result)}
  })
  const changed = changedBy(told.plan, performed)
  const status = statusOf(performed, changed.length > 0)
  return {...bareReport(told), status, changed, plan: items, runId: run, errors: performed.faults}
}

function bareReport(told: Told): Report {
  const {command, plan, warnings} = told
  const items = plan.steps.map(itemOf)
  return {
    command,
    title: titleOf(told),
    status: 'nothing',
    changed: [],
    checks: [],
    plan: items,
    warnings,
    errors: []
  }
}

/** The targets of all that stands; of an undo, of all that it put back. */
function changedBy({steps}: Plan, {results, end}: Performed): readonly string[] {
  const changed = steps.filter(({draft}) => {
    const result = results.get(draft.id)
    if (end === 'reverted') return result?.status === 'undone'
    return result?.isTouched === true && (result.status === 'done' || result.status === 'stuck')
  })
  return changed.map((step) => results.get(step.draft.id)?.target ?? itemOf(step).target)
}

function statusOf({end, results}: Performed, hasChanged: boolean): Report['status'] {
  const isLeft = [...results.values()].some(({status, isTouched}) => isTouched && status !== 'not-reached')
  switch (end) {
    case 'finished':
      return hasChanged || [...results.values()].some(({status}) => status === 'done') ? 'done' : 'nothing'
    case 'reverted':
      return isLeft ? 'partial' : hasChanged ? 'done' : 'nothing'
    case 'undone':
    case 'stuck':
    case 'late':
      return 'failed'
    case 'failed':
    case 'interrupted':
      return isLeft ? 'partial' : 'failed'
  }
}

function outcomeOf(result: StepResult | undefined): StepOutcome {
  if (result === undefined) return {status: 'not-reached', said: null, durationMs: 0}
  return {status: result.status, said: result.said ?? result.faults[0] ?? null, durationMs: result.durationMs}
}

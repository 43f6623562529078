import {createHash} from 'node:crypto'
import {Fault} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import type {PlanItem} from '../base/report.ts'
import type {Draft} from './draft.ts'
import type {Facts, Subject} from './facts.ts'
import {parseInputs} from './filling.ts'
import type {Goal, LockSpec} from './runbook.ts'
import {needsNothing, type Json, type Outlook, type StepPlace} from './step.ts'

/** What we will do, worked out from the runbook and from what is so, and nothing else. */
export interface Plan {
  readonly runbook: string
  readonly steps: readonly PlannedStep[]
  /** Why none of it may be done: all reasons, before the first step. */
  readonly refusals: readonly Fault[]
  /** Of everything that decides what is done: two plans with one hash do the same. */
  readonly hash: string
  readonly locks: readonly LockSpec[]
  readonly timeoutMs: number
  readonly until: Goal | null
}

export interface PlannedStep {
  readonly draft: Draft
  readonly outlook: Exclude<Outlook, {readonly action: 'refuse'}> | Later | Skipped
}

/** Cannot be known without doing what comes before it. */
export interface Later {
  readonly action: 'unknown'
  readonly target: string
  readonly reason: 'value' | 'world'
}

export interface Skipped {
  readonly action: 'skip'
}

/** Where all steps of a plan stand; number and folder are each step's own. */
export type PlanPlace = Omit<StepPlace, 'number' | 'folder'>

export interface Intent {
  readonly runbook: string
  readonly drafts: readonly Draft[]
  readonly locks: readonly LockSpec[]
  readonly timeoutMs: number
  readonly until: Goal | null
  /** What was found out on the way, and does not keep anything from being done. */
  readonly warnings: readonly Fault[]
}

export function placeOf(draft: Draft, at: PlanPlace): StepPlace {
  return {...at, number: draft.number, folder: draft.folder}
}

/** What has to be looked at before these steps can be planned. */
export function subjectsOf(drafts: readonly Draft[], at: PlanPlace): readonly Subject[] {
  return drafts.flatMap((draft) => {
    const parsed = draft.when === 'yes' ? parseInputs(draft) : undefined
    return parsed?.state === 'ready' ? draft.kind.subjects(parsed.inputs, placeOf(draft, at)) : []
  })
}

export function plan(intent: Intent, facts: Facts, at: PlanPlace): Plan {
  const steps: PlannedStep[] = []
  const refusals: Fault[] = []
  const world = facts.with([])
  // What a program does to the world is not known: behind one, what looks impossible now may be possible then.
  let isCertain = true
  for (const draft of intent.drafts) {
    const outlook = outlookOf(draft, world, at)
    if (!('action' in outlook)) {
      refusals.push(...outlook)
      continue
    }
    if (outlook.action === 'refuse') {
      const firm = isCertain ? outlook.reasons : outlook.reasons.filter(({code}) => firmCodes.includes(code))
      refusals.push(...firm)
      if (firm.length === 0) steps.push({draft, outlook: {action: 'unknown', target: outlook.target, reason: 'world'}})
      continue
    }
    if (outlook.action === 'change') world.note(outlook.effects)
    isCertain &&= !isOpaque(outlook)
    steps.push({draft, outlook})
  }
  const {runbook, locks, timeoutMs, until} = intent
  const needy = steps.filter(({outlook}) => needsOf(outlook).root).map(({draft}) => draft.id)
  if (at.uid !== 0 && needy.length > 0) refusals.push(new Fault('run-needs-root', {steps: needy.join(', ')}))
  const decisive = {runbook, steps, locks, timeoutMs, until}
  return {...decisive, refusals, hash: hashOf(decisive)}
}

// A program that is not there before the run is hardly brought by it: who means that says so by a runbook of its own.
const firmCodes: readonly string[] = ['program-missing', 'program-not-executable', 'program-unsafe']

/** The outlook of one step, or why it has none. */
function outlookOf(draft: Draft, world: Facts, at: PlanPlace): Outlook | Later | Skipped | readonly Fault[] {
  if (draft.when === 'no') return {action: 'skip'}
  const parsed = parseInputs(draft)
  if (parsed.state === 'bad') return parsed.faults
  const waits = draft.when !== 'yes' || parsed.state === 'waiting'
  if (waits) return {action: 'unknown', target: draft.kind.name, reason: 'value'}
  return draft.kind.plan(parsed.inputs, world, placeOf(draft, at))
}

/** What comes behind it cannot rely on what was looked at before. */
export function isOpaque(outlook: PlannedStep['outlook']): boolean {
  return outlook.action === 'unknown' || (outlook.action === 'change' && outlook.isOpaque === true)
}

/**
 * Whether the world itself tells that it was done, and it can be put back: such a step needs no line in the journal that
 * survives power loss.
 */
export function isFoundAgain(outlook: PlannedStep['outlook']): boolean {
  if (outlook.action !== 'change') return false
  // A program does more than the file that shows that it ran, and its undo must not meet what was never done.
  return outlook.isReversible && outlook.isObservable && outlook.isOpaque !== true && outlook.risk !== 'high'
}

function needsOf(outlook: PlannedStep['outlook']): typeof needsNothing {
  return 'needs' in outlook ? outlook.needs : needsNothing
}

/** Whether nothing is left to be done, not even to be looked at. */
export function isEmpty({steps}: Plan): boolean {
  return steps.every(({outlook}) => outlook.action === 'nothing' || outlook.action === 'skip')
}

export function hashOf({runbook, steps, locks, timeoutMs, until}: Omit<Plan, 'hash' | 'refusals'>): string {
  const decisive = steps.map(({draft, outlook}) => {
    const acts = Object.entries(outlook).filter(([key]) => !undecisive.includes(key))
    return [{...draft, kind: draft.kind.name}, Object.fromEntries(acts)]
  })
  return createHash('sha256')
    .update(JSON.stringify([runbook, locks, timeoutMs, until, decisive]))
    .digest('hex')
}

/** Words for people, and what only planning needs. */
const undecisive = ['said', 'effects', 'texts']

/**
 * Whether what was planned on still holds. A null in what was planned was unknown then, so anything fits it. Of lists,
 * a step that was begun may have done away with some; nothing may have come to them.
 */
export function stillHolds(planned: Json, found: Json, isBegun = false): boolean {
  if (planned === null) return true
  if (Array.isArray(planned)) return Array.isArray(found) && listHolds(planned as Json[], found as Json[], isBegun)
  if (typeof planned !== 'object') return planned === found
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return false
  const here = found as Readonly<Record<string, Json>>
  return Object.entries(planned as Readonly<Record<string, Json>>).every(([key, wanted]) => {
    return Object.hasOwn(here, key) && stillHolds(wanted, here[key] ?? null, isBegun)
  })
}

function listHolds(planned: readonly Json[], found: readonly Json[], isBegun: boolean): boolean {
  if (isBegun) return found.every((one) => planned.some((wanted) => stillHolds(wanted, one, isBegun)))
  return planned.length === found.length && planned.every((wanted, at) => stillHolds(wanted, found[at] ?? null))
}

/** The step as it is printed. */
export function itemOf({draft, outlook}: PlannedStep): PlanItem {
  const common = {id: draft.id, kind: draft.kind.name, timeoutMs: draft.timeoutMs}
  const calm = {before: null, after: null, reversible: true, needs: needsOf(outlook), risk: 'none'} as const
  switch (outlook.action) {
    case 'skip':
      return {...common, ...calm, action: 'skip', target: draft.kind.name, said: finding('step-skipped-when', {})}
    case 'unknown': {
      const said = finding('step-unknown', {reason: outlook.reason})
      return {...common, ...calm, action: 'unknown', target: outlook.target, reversible: false, said}
    }
    case 'nothing':
    case 'look':
      return {...common, ...calm, action: outlook.action, target: outlook.target, said: outlook.said}
    case 'change': {
      const {action, target, said, before, after, isReversible: reversible, needs, risk} = outlook
      return {...common, action, target, said, before, after, reversible, needs, risk}
    }
  }
}

import {Fault} from '../base/fault.ts'
import {excerpt} from '../config/excerpt.ts'
import {inspect} from '../config/inspect.ts'
import {rawOf, writtenFrom} from '../config/written.ts'
import {decide} from './condition.ts'
import type {Draft} from './draft.ts'
import type {Raw} from './runbook.ts'
import type {Json, Outputs} from './step.ts'
import {fill, isTemplate, referencesIn, type Scope} from './template.ts'

/** A value with all put in that is known; templates left in it wait for earlier steps. */
export interface FilledRaw {
  readonly raw: Raw
  readonly faults: readonly Fault[]
}

export function fillRaw(raw: Raw, scope: Scope): FilledRaw {
  if (isTemplate(raw)) {
    const filled = fill(raw, scope)
    if (filled.state === 'bad') return {raw: null, faults: filled.faults}
    return {raw: filled.state === 'ready' ? filled.value : filled.template, faults: []}
  }
  if (Array.isArray(raw)) {
    const filled = raw.map((one: Raw) => fillRaw(one, scope))
    return {raw: filled.map((one) => one.raw), faults: filled.flatMap(({faults}) => faults)}
  }
  if (typeof raw !== 'object' || raw === null) return {raw, faults: []}
  const filled = Object.entries(raw).map(([key, one]) => [key, fillRaw(one, scope)] as const)
  return {
    raw: Object.fromEntries(filled.map(([key, one]) => [key, one.raw])),
    faults: filled.flatMap(([, {faults}]) => faults)
  }
}

/**
 * Values that became options of a program without the runbook saying so: `${inputs.unit}` that is `--force`. What comes
 * after a `--` is none for any program that keeps to the custom.
 */
export function smuggledOptions(step: string, raw: Raw, filled: Raw): readonly Fault[] {
  if (Array.isArray(raw) && Array.isArray(filled)) {
    const end = raw.indexOf('--')
    return raw.flatMap((word: Raw, at) => {
      const value = (filled as readonly Raw[])[at]
      const isGuarded = end !== -1 && at > end
      if (isGuarded || !isTemplate(word) || typeof word.parts[0] === 'string') return []
      // What is still open behind its beginning does not change that it begins like an option.
      const start = isTemplate(value) ? value.parts[0] : value
      return typeof start === 'string' && start.startsWith('-')
        ? [new Fault('step-value-option', {step, value: excerpt(start)})]
        : []
    })
  }
  if (typeof raw !== 'object' || raw === null || isTemplate(raw) || typeof filled !== 'object' || filled === null)
    return []
  return Object.entries(raw).flatMap(([key, one]) => {
    return smuggledOptions(step, one, (filled as Readonly<Record<string, Raw>>)[key] ?? null)
  })
}

/** What was unknown until the steps before were applied, filled in now. */
export function fillLate(
  draft: Draft,
  given: ReadonlyMap<string, Outputs['values']>
): {readonly inputs: Raw; readonly when: 'yes' | 'no'; readonly faults: readonly Fault[]} {
  const nothing = new Map<string, Json>()
  // A called runbook knows its own steps, by the names that they have in it.
  const prefix = draft.id.slice(0, draft.id.lastIndexOf('/') + 1)
  const own = [...given]
    .filter(([id]) => id.startsWith(prefix))
    .map(([id, values]) => [id.slice(prefix.length), values] as const)
  const scope: Scope = {inputs: nothing, config: nothing, facts: nothing, item: undefined, steps: new Map(own)}
  const decided = typeof draft.when === 'string' ? undefined : decide(draft.when, scope)
  const filled = fillRaw(draft.inputs, scope)
  const faults = [...filled.faults, ...smuggledOptions(draft.id, draft.inputs, filled.raw)]
  if (decided?.state === 'bad') return {inputs: filled.raw, when: 'yes', faults: [...faults, ...decided.faults]}
  // A step that was to be asked about and gave nothing leaves the condition open: then it does not hold.
  const isHeld = decided === undefined ? draft.when === 'yes' : decided.state === 'ready' && decided.value
  return {inputs: filled.raw, when: isHeld ? 'yes' : 'no', faults}
}

export type Parsed =
  | {readonly state: 'ready'; readonly inputs: unknown}
  | {readonly state: 'waiting'; readonly reference: string}
  | {readonly state: 'bad'; readonly faults: readonly Fault[]}

/** The inputs of a step as its kind takes them. */
export function parseInputs({id, kind, inputs}: Pick<Draft, 'id' | 'kind' | 'inputs'>): Parsed {
  const reference = waitingFor(inputs)
  if (reference !== undefined) return {state: 'waiting', reference}
  const parsed = kind.fields.parse(inputs)
  if (parsed !== undefined) return {state: 'ready', inputs: parsed}
  const complaints = inspect(kind.fields, writtenFrom(inputs), {key: 'with', knownChecks: []})
  const faults = complaints.flatMap((complaint) => {
    if (complaint.about !== 'value') return []
    const {key, expected, written} = complaint
    return [badValue(id, {key, expected, value: rawOf(written)})]
  })
  // Each may be good by itself, and all of them together not.
  const whole = {key: 'with', expected: kind.fields.expects, value: inputs}
  return {state: 'bad', faults: faults.length > 0 ? faults : [badValue(id, whole)]}
}

interface BadValue extends Pick<Fault<'step-bad-value'>['values'], 'key' | 'expected'> {
  readonly value: unknown
}

function badValue(step: string, {key, expected, value}: BadValue): Fault {
  return new Fault('step-bad-value', {step, key, value: excerpt(JSON.stringify(value)), expected})
}

function waitingFor(raw: Raw): string | undefined {
  if (isTemplate(raw)) return referencesIn(raw)[0]?.text
  if (typeof raw !== 'object' || raw === null) return undefined
  for (const one of Object.values(raw)) {
    const reference = waitingFor(one)
    if (reference !== undefined) return reference
  }
  return undefined
}

import {assert} from '../base/assert.ts'
import type {Fault} from '../base/fault.ts'
import type {Json} from './step.ts'
import {
  fill,
  noValue,
  parseTemplate,
  soleReference,
  type BadTemplate,
  type Filled,
  type Scope,
  type Template
} from './template.ts'

/** `when: ${inputs.force}`, `when: ${inputs.mode} == full`, `when: ${steps.look.code} != 0`. */
export interface Condition {
  readonly left: Template
  /** Null: the left side alone decides, by being true. */
  readonly compare: {readonly how: '==' | '!='; readonly right: Template} | null
}

const operand = String.raw`("[^"]*"|'[^']*'|[^\s"']+)`
const pattern = new RegExp(String.raw`^\s*${operand}(?:\s+(==|!=)\s+${operand})?\s*$`)

/**
 * Blanks end a side that is not in quotes, so that `${inputs.a} == x && ${inputs.b}` is not taken for a comparison with
 * a long text. Undefined: no condition at all.
 */
export function parseCondition(text: string): Condition | BadTemplate | undefined {
  const whole = parseTemplate(text)
  if (typeof whole === 'object' && whole.type === 'bad') return whole
  const [, first, how, second] = pattern.exec(text) ?? []
  // Without any reference the answer would be known already: somebody forgot the `${}`.
  if (first === undefined || typeof whole === 'string') return undefined
  const left = parseSide(first)
  if (second !== undefined) return {left, compare: {how: how === '==' ? '==' : '!=', right: parseSide(second)}}
  return soleReference(left) === undefined ? undefined : {left, compare: null}
}

export type Decision =
  | {readonly state: 'ready'; readonly value: boolean}
  /** Unknown until earlier steps have been applied; what is known is filled in. */
  | {readonly state: 'waiting'; readonly condition: Condition}
  | {readonly state: 'bad'; readonly faults: readonly Fault[]}

/** Both sides are compared as texts: what a program printed has no other type. */
export function decide({left, compare}: Condition, scope: Scope): Decision {
  if (compare === null) return decideAlone(left, scope)
  const [one, other] = [fillText(left, scope), fillText(compare.right, scope)]
  const faults = [one, other].flatMap((side) => (side.state === 'bad' ? side.faults : []))
  if (one.state === 'bad' || other.state === 'bad') return {state: 'bad', faults}
  if (one.state === 'ready' && other.state === 'ready') {
    return {state: 'ready', value: (one.value === other.value) === (compare.how === '==')}
  }
  return {state: 'waiting', condition: {left: asTemplate(one), compare: {how: compare.how, right: asTemplate(other)}}}
}

function parseSide(side: string): Template {
  const parsed = parseTemplate(/^["']/.test(side) ? side.slice(1, -1) : side)
  if (typeof parsed === 'string') return literal(parsed)
  assert(parsed.type === 'template', 'a side is bad where the whole is good')
  return parsed
}

function decideAlone(left: Template, scope: Scope): Decision {
  const filled = fill(left, scope)
  if (filled.state === 'waiting') return {state: 'waiting', condition: {left: filled.template, compare: null}}
  if (filled.state === 'bad') return filled
  const text = textOf(filled.value)
  const reference = soleReference(left)
  assert(reference !== undefined, 'a condition without a comparison is one reference')
  if (text !== 'true' && text !== 'false') return {state: 'bad', faults: [noValue(reference, 'not-flag')]}
  return {state: 'ready', value: text === 'true'}
}

/** Always as a part of a text: a list or a record is none. */
function fillText(side: Template, scope: Scope): Filled {
  return fill({type: 'template', parts: ['', ...side.parts]}, scope)
}

function asTemplate(filled: Exclude<Filled, {readonly state: 'bad'}>): Template {
  return filled.state === 'waiting' ? filled.template : literal(textOf(filled.value))
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function literal(text: string): Template {
  return {type: 'template', parts: [text]}
}

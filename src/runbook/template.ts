import {Fault} from '../base/fault.ts'
import type {FaultValues} from '../base/faults.ts'
import {excerpt} from '../config/excerpt.ts'
import {schema, type Config} from '../config/schema.ts'
import {isRecord} from '../base/record.ts'
import {settings} from '../config/table.ts'
import type {Json} from './step.ts'

/** A text with values in it, `${inputs.age} days`: parsed once, filled when the values are known. */
export interface Template {
  readonly type: 'template'
  readonly parts: readonly (string | Reference)[]
}

/** `${inputs.age}`, `${config.paths.logs}`, `${facts.old}`, `${steps.check.stdout}`, `${item.path}`. */
export interface Reference {
  readonly from: 'inputs' | 'config' | 'facts' | 'steps' | 'item'
  /** What comes after the first dot; for `config` the whole dotted key, for `steps` id and key. Empty for `${item}`. */
  readonly path: readonly string[]
  readonly text: string
}

export interface TemplateProblem {
  /** Offset in the text. */
  readonly at: number
  readonly text: string
  readonly why: 'unclosed' | 'unknown'
}

export interface BadTemplate {
  readonly type: 'bad'
  /** Among them the references that are good. */
  readonly parts: readonly (string | Reference)[]
  readonly problems: readonly TemplateProblem[]
}

/** A text without references is a text: `$${` in it has become `${`. */
export function parseTemplate(text: string): string | Template | BadTemplate {
  const parts: (string | Reference)[] = []
  const problems: TemplateProblem[] = []
  let literal = ''
  let at = 0
  for (let open = text.indexOf('${'); open !== -1; open = text.indexOf('${', at)) {
    const isEscaped = open > at && text[open - 1] === '$'
    literal += text.slice(at, isEscaped ? open - 1 : open)
    if (isEscaped) {
      literal += '${'
      at = open + 2
      continue
    }
    const close = text.indexOf('}', open)
    const end = close === -1 ? text.length : close + 1
    const reference = close === -1 ? undefined : parseReference(text.slice(open, end))
    if (reference === undefined) {
      problems.push({at: open, text: text.slice(open, end), why: close === -1 ? 'unclosed' : 'unknown'})
    } else {
      if (literal !== '') parts.push(literal)
      parts.push(reference)
      literal = ''
    }
    at = end
  }
  literal += text.slice(at)
  if (problems.length > 0) return {type: 'bad', parts, problems}
  if (parts.length === 0) return literal
  if (literal !== '') parts.push(literal)
  return {type: 'template', parts}
}

/** Names of inputs and facts have no dot in them; ids of steps may, so that of a step the last word is the key. */
function parseReference(text: string): Reference | undefined {
  const [from = '', ...path] = text.slice(2, -1).split('.')
  if (!path.every((word) => /^[\w-]+$/.test(word))) return undefined
  switch (from) {
    case 'inputs':
      return path.length === 1 ? {from, path, text} : undefined
    case 'facts':
      return path.length >= 1 ? {from, path, text} : undefined
    case 'item':
      return {from, path, text}
    case 'config':
      return path.length >= 1 ? {from, path: [path.join('.')], text} : undefined
    case 'steps': {
      const [id, key] = [path.slice(0, -1).join('.'), path.at(-1)]
      return key !== undefined && id !== '' ? {from, path: [id, key], text} : undefined
    }
    default:
      return undefined
  }
}

/** The reference that a template is made of alone: filled, it keeps the type of its value. */
export function soleReference(template: Template): Reference | undefined {
  const [only] = template.parts
  return template.parts.length === 1 && typeof only === 'object' ? only : undefined
}

export function referencesIn({parts}: Pick<Template, 'parts'>): readonly Reference[] {
  return parts.filter((part) => typeof part === 'object')
}

export function isTemplate(raw: unknown): raw is Template {
  return isRecord(raw) && raw['type'] === 'template' && Array.isArray(raw['parts'])
}

/** The values that references stand for. */
export interface Scope {
  readonly inputs: ReadonlyMap<string, Json>
  /** By dotted key: see `settingValues`. */
  readonly config: ReadonlyMap<string, Json>
  readonly facts: ReadonlyMap<string, Json>
  /** What each step gave. One that is not in here has not been applied yet. */
  readonly steps: ReadonlyMap<string, Readonly<Record<string, Json>>>
  /** Undefined: not known yet. */
  readonly item: Json | undefined
}

/** Every setting as it would be written in the file. Secrets are not among them: a plan is printed and kept. */
export function settingValues(config: Config): ReadonlyMap<string, Json> {
  const open = settings(schema).filter(({setting}) => !setting.isSecret)
  return new Map(
    open.map(({key, path, setting}) => {
      const value = path.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], config)
      return [key, setting.kind.write(value) as Json]
    })
  )
}

export type Filled =
  | {readonly state: 'ready'; readonly value: Json}
  /** Some of it is unknown until earlier steps have been applied; all else is filled in. */
  | {readonly state: 'waiting'; readonly template: Template}
  | {readonly state: 'bad'; readonly faults: readonly Fault[]}

/**
 * Puts the values in. They are never looked into for references of their own: whatever an input, a file name or the
 * output of a program has in it stays as it is.
 */
export function fill(template: Template, scope: Scope): Filled {
  const sole = soleReference(template)
  if (sole !== undefined) return fillSole(sole, template, scope)
  const parts: (string | Reference)[] = []
  const faults: Fault[] = []
  let literal = ''
  for (const part of template.parts) {
    const text = typeof part === 'string' ? part : textOf(part, scope)
    if (text instanceof Fault) {
      faults.push(text)
    } else if (typeof text === 'string') {
      literal += text
    } else {
      parts.push(literal, text)
      literal = ''
    }
  }
  if (faults.length > 0) return {state: 'bad', faults}
  if (parts.length === 0) return {state: 'ready', value: literal}
  const open = [...parts, literal].filter((part) => part !== '')
  // Alone, the reference would be filled with a value of any type: this one is part of a text, if only of an empty one.
  return {state: 'waiting', template: {type: 'template', parts: open.length === 1 ? [...open, ''] : open}}
}

function fillSole(reference: Reference, template: Template, scope: Scope): Filled {
  const value = valueOf(reference, scope)
  if (value === waiting) return {state: 'waiting', template}
  if (value === null) return {state: 'bad', faults: [noValue(reference, 'missing')]}
  // A plan is filled more than once: data that looks like a template of ours would be filled the second time.
  if (holdsTemplate(value)) return {state: 'bad', faults: [noValue(reference, 'template')]}
  return {state: 'ready', value}
}

/** The value inside a longer text; the reference itself while that is unknown. */
function textOf(reference: Reference, scope: Scope): string | Reference | Fault {
  const value = valueOf(reference, scope)
  if (value === waiting) return reference
  if (value === null) return noValue(reference, 'missing')
  return typeof value === 'object' ? noValue(reference, 'not-text') : String(value)
}

const waiting = Symbol('unknown until applied')

/** Null: it has no value. */
function valueOf({from, path}: Reference, scope: Scope): Json | typeof waiting {
  const [first = '', ...rest] = path
  switch (from) {
    case 'inputs':
    case 'config':
      return scope[from].get(first) ?? null
    case 'facts':
      return partOf(scope.facts.get(first) ?? null, rest)
    case 'steps': {
      const outputs = scope.steps.get(first)
      return outputs === undefined ? waiting : partOf(outputs, rest)
    }
    case 'item':
      return scope.item === undefined ? waiting : partOf(scope.item, path)
  }
}

function partOf(value: Json, path: readonly string[]): Json {
  return path.reduce<Json>(
    (part, key) => (isRecord(part) && Object.hasOwn(part, key) ? part[key] : undefined) ?? null,
    value
  )
}

function holdsTemplate(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isTemplate(value) || Object.values(value).some(holdsTemplate)
}

export function noValue(reference: Reference, why: FaultValues<'runbook-no-value'>['why']): Fault<'runbook-no-value'> {
  return new Fault('runbook-no-value', {reference: excerpt(reference.text), why})
}

import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {excerpt} from '../config/excerpt.ts'
import type {Kind} from '../config/shape.ts'
import {mapOf, rawOf, scalarOf, type Written, type WrittenEntry, type WrittenMap} from '../config/written.ts'
import {name} from './fields.ts'
import type {Mention, Page} from './page.ts'
import type {Raw} from './runbook.ts'

/** What can be used by name, in steps or in facts: the fields of each are the keys of its `with`. */
export type Kinds = ReadonlyMap<string, Used>

export interface Used {
  readonly fields: Kind<unknown>
}

/** `use: run` and its `with`. */
export interface Action {
  readonly use: string
  readonly with: Raw
  readonly mentions: readonly Mention[]
}

export interface Asked {
  readonly key: string
  readonly kinds: Kinds
  readonly thing: 'step-kind' | 'fact-kind'
}

/** The kind that stands for the steps of another runbook. */
export const callKind = 'runbook'

/** `run: [df, -P]` is short for `use: run` and `with: {argv: [df, -P]}`. */
const shortForms: ReadonlyMap<string, string> = new Map([
  ['run', 'argv'],
  ['sh', 'text'],
  ['zx', 'script']
])

/** What a step does: exactly one of `use` and its short forms. */
export function readAction(page: Page, written: WrittenMap, asked: Asked): Action | undefined {
  const named = written.entries.filter(({key}) => key === 'use' || shortForms.has(key))
  const [entry] = named
  if (entry === undefined || named.length > 1) {
    const found = named.map(({key}) => key).join(', ')
    page.add(written.extent.from, (place) => new Fault('runbook-not-one-kind', {...place, found}))
    return undefined
  }
  const given = valueOf(written, 'with')
  const field = shortForms.get(entry.key)
  if (field === undefined) return readUse(page, {use: entry, given}, asked)
  const {keyAt} = entry
  const use = {key: 'use', keyAt, value: scalarOf(entry.key, {from: keyAt, to: keyAt})}
  return readUse(page, {use, given: spelledOut(page, {...entry, key: field}, given)}, asked)
}

export interface WrittenUse {
  readonly use: WrittenEntry
  readonly given: Written | undefined
}

/** A kind and what is given to it, for steps and facts alike. */
export function readUse(page: Page, {use, given}: WrittenUse, {key, kinds, thing}: Asked): Action | undefined {
  const word = name().parse(rawOf(use.value))
  if (word === undefined) return undefined
  const kind = kinds.get(word)
  if (kind === undefined) {
    page.add(use.value.extent.from, (place) => {
      return new Fault('runbook-unknown-name', {
        ...place,
        thing,
        name: excerpt(word),
        nearest: nearest(word, [...kinds.keys()])
      })
    })
    return undefined
  }
  const start = {from: use.keyAt, to: use.keyAt}
  const inputs = given === undefined || isNothing(given) ? mapOf([], start) : given
  const templated = page.template(inputs, fixedParts(word, inputs))
  const values = page.readLater(kind.fields, templated, `${key}.with`)
  return {use: word, with: values ?? {}, mentions: templated.mentions}
}

/** What stands in `with`, and beside it the field that a short form is short for. */
function spelledOut(page: Page, field: WrittenEntry, given: Written | undefined): Written {
  const extent = {from: field.keyAt, to: field.value.extent.to}
  if (given === undefined || isNothing(given)) return mapOf([field], extent)
  if (given.type !== 'map') return given
  for (const {key, keyAt} of given.entries.filter((entry) => entry.key === field.key)) {
    page.add(keyAt, (place) => new Fault('config-duplicate-key', {...place, key}))
  }
  return mapOf([field, ...given.entries.filter((entry) => entry.key !== field.key)], extent)
}

/**
 * What runs has to be seen in the runbook itself: no value becomes part of a shell's text, or decides which program,
 * script or runbook it is.
 */
function fixedParts(use: string, inputs: Written): readonly (Written | undefined)[] {
  if (use === callKind) return [valueOf(inputs, 'name')]
  if (!shortForms.has(use)) return []
  const programs = [valueOf(inputs, 'argv'), valueOf(inputs, 'undo')]
  const first = programs.map((words) => (words?.type === 'list' ? words.items[0] : undefined))
  return [valueOf(inputs, 'text'), valueOf(inputs, 'script'), ...first]
}

export function valueOf(written: Written, key: string): Written | undefined {
  return written.type === 'map' ? written.entries.find((entry) => entry.key === key)?.value : undefined
}

/** Null in YAML: a key with nothing behind it. */
export function isNothing(written: Written): boolean {
  return written.type === 'scalar' && written.raw === null
}

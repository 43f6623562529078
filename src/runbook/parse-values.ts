import type {Expectation} from '../base/expectations.ts'
import {excerpt} from '../config/excerpt.ts'
import {nullable, record} from '../config/shape.ts'
import {scalarOf, rawOf, type Written, type WrittenEntry} from '../config/written.ts'
import {isNothing, readUse, valueOf, type Kinds} from './action.ts'
import {label, name, rawValue} from './fields.ts'
import {inputTypes} from './input-types.ts'
import type {Page} from './page.ts'
import type {ReferenceCheck} from './references.ts'
import type {InputSpec, ReadingSpec} from './runbook.ts'

/** What `inputs` or `facts` declare, good or not: a reference to what is there and wrong is not wrong itself. */
export function namesIn(written: Written | undefined): readonly string[] {
  return entriesIn(written).map(({key}) => key)
}

function entriesIn(written: Written | undefined): readonly WrittenEntry[] {
  return written?.type === 'map' ? written.entries : []
}

export function readInputs(page: Page, written: Written | undefined, references: ReferenceCheck): readonly InputSpec[] {
  return entriesIn(written).flatMap((entry) => readInput(page, entry, references) ?? [])
}

function readInput(page: Page, entry: WrittenEntry, references: ReferenceCheck): InputSpec | undefined {
  const {key, value} = entry
  const where = readLabel(page, entry, 'inputs')
  const typeValue = valueOf(value, 'type')
  if (typeValue === undefined) {
    page.bad(value, where, 'input')
    return undefined
  }
  const type = inputTypes.get(String(rawOf(typeValue)))
  if (type === undefined) {
    page.bad(typeValue, `${where}.type`, typeNames)
    return undefined
  }
  const declared = page.read(type.declaration, value, where)
  if (declared === undefined) return undefined
  const {kind, typeName} = type.kindOf(declared)
  const fallbackValue = valueOf(value, 'default')
  const {about} = declared
  if (fallbackValue === undefined || isNothing(fallbackValue))
    return {name: key, typeName, kind, about, fallback: undefined}
  const templated = page.template(fallbackValue)
  references.check(templated.mentions, {})
  return {name: key, typeName, kind, about, fallback: page.readLater(kind, templated, `${where}.default`)}
}

const typeNames: Expectation = `one-of:${[...inputTypes.keys()].join('|')}`

/** Tells of a name that could not be referred to; gives the key of what it names. */
function readLabel(page: Page, {key, keyAt}: WrittenEntry, above: string): string {
  const where = `${above}.${excerpt(key)}`
  page.read(label(), scalarOf(key, {from: keyAt, to: keyAt + key.length}), where)
  return where
}

const factFields = record({use: name(), with: nullable(rawValue())})

interface Around {
  readonly kinds: Kinds
  readonly references: ReferenceCheck
  readonly inputs: readonly string[]
}

/** Facts are read one after another: each can be asked for with what those before it have told. */
export function readFacts(
  page: Page,
  written: Written | undefined,
  {kinds, references, inputs}: Around
): readonly ReadingSpec[] {
  const before: string[] = []
  return entriesIn(written).flatMap((entry) => {
    const {key, value} = entry
    const where = readLabel(page, entry, 'facts')
    page.read(factFields, value, where)
    const use = entriesIn(value).find((one) => one.key === 'use')
    const given = valueOf(value, 'with')
    const read = use && readUse(page, {use, given}, {key: where, kinds, thing: 'fact-kind'})
    references.check(read?.mentions ?? [], {inputs, facts: [...before]})
    before.push(key)
    return read === undefined ? [] : [{name: key, use: read.use, with: read.with}]
  })
}

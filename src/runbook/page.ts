import type {Expectation} from '../base/expectations.ts'
import {Fault} from '../base/fault.ts'
import type {FaultValues} from '../base/faults.ts'
import {excerpt, shownValue} from '../config/excerpt.ts'
import {inspect, type Complaint} from '../config/inspect.ts'
import type {Place, Problems, SourceFile} from '../config/problems.ts'
import type {Kind} from '../config/shape.ts'
import {listOf, mapOf, rawOf, scalarOf, type Written, type WrittenScalar} from '../config/written.ts'
import type {Raw} from './runbook.ts'
import {isTemplate, parseTemplate, referencesIn, type BadTemplate, type Reference, type Template} from './template.ts'

/** A reference where it stands: what it may name is known only when all has been read. */
export interface Mention {
  readonly reference: Reference
  /** Offset in the file. */
  readonly at: number
}

export type WhyNot = FaultValues<'runbook-bad-reference'>['why']

interface BadMention {
  readonly text: string
  readonly why: WhyNot
  /** Looked for only when it is told. */
  readonly nearest?: () => string | null
}

/** Something that was looked into for references. */
export interface Templated {
  readonly written: Written
  readonly mentions: readonly Mention[]
}

/** The text of a runbook while it is read: holds its parts against what they have to be, and notes what is wrong. */
export class Page {
  readonly #file: SourceFile
  readonly #problems: Problems
  readonly #checks: readonly string[]

  constructor(file: SourceFile, problems: Problems, checks: readonly string[]) {
    this.#file = file
    this.#problems = problems
    this.#checks = checks
  }

  /** `at` is an offset in the file. */
  add(at: number, tell: (place: Place) => Fault): void {
    this.#problems.add(at, tell)
  }

  /** The value of a part in which no references are looked for; undefined when there is something wrong with it. */
  read<Value>(kind: Kind<Value>, written: Written, key: string): Value | undefined {
    const complaints = inspect(kind, written, {key, knownChecks: this.#checks})
    for (const complaint of complaints) this.#complain(complaint)
    return complaints.length === 0 ? kind.parse(rawOf(written)) : undefined
  }

  /** The same of a part that may have references in it: only what has none can be held against the kind now. */
  readLater(kind: Kind<unknown>, {written}: Templated, key: string): Raw | undefined {
    const complaints = inspect(kind, written, {key, knownChecks: this.#checks, isLater: isTemplate})
    const changed = complaints.length === 0 ? this.#changedNumbers(written) : []
    for (const complaint of complaints) this.#complain(complaint)
    for (const one of changed) this.bad(one, key, 'word')
    return complaints.length + changed.length === 0 ? (rawOf(written) as Raw) : undefined
  }

  /** The line of each offset, from 1. They ascend, so that the file is counted once. */
  linesOf(offsets: readonly number[]): readonly number[] {
    let line = 1
    let counted = 0
    return offsets.map((at) => {
      line += offsetsOf('\n', this.#file.text.slice(counted, at)).length
      counted = at
      return line
    })
  }

  bad(written: Written, key: string, expected: Expectation): void {
    this.#complain({about: 'value', key, written, expected})
  }

  /** Looks into every text of a part for references, but for those parts that must have none. */
  template(written: Written, fixed: readonly (Written | undefined)[] = []): Templated {
    const mentions: Mention[] = []
    return {written: this.#template(written, {mentions, fixed}), mentions}
  }

  addBadReference(at: number, {text, why, nearest = () => null}: BadMention): void {
    this.add(at, (place) => {
      return new Fault('runbook-bad-reference', {...place, reference: excerpt(text), why, nearest: nearest()})
    })
  }

  #template(written: Written, into: Into): Written {
    const {extent} = written
    if (written.type === 'scalar') {
      return into.fixed.includes(written) ? this.#refuseReferences(written) : this.#templateScalar(written, into)
    }
    if (written.type === 'list') {
      return listOf(
        written.items.map((item) => this.#template(item, into)),
        extent
      )
    }
    const entries = written.entries.map((entry) => ({...entry, value: this.#template(entry.value, into)}))
    // What looks like a template of ours would be filled like one.
    if (isTemplate(rawOf(written))) this.addBadReference(extent.from, {text: 'type: template', why: 'unknown'})
    return mapOf(entries, extent)
  }

  #templateScalar(scalar: WrittenScalar, {mentions}: Into): WrittenScalar {
    if (typeof scalar.raw !== 'string') return scalar
    const parsed = parseTemplate(scalar.raw)
    if (typeof parsed === 'string') return scalarOf(parsed, scalar.extent)
    for (const mention of this.#mentionsIn(parsed, scalar)) mentions.push(mention)
    if (parsed.type === 'template') return scalarOf(parsed, scalar.extent)
    this.#addBadTemplate(parsed, scalar)
    return scalarOf(unreadable, scalar.extent)
  }

  #mentionsIn(template: Template | BadTemplate, scalar: WrittenScalar): readonly Mention[] {
    const offsetOf = this.#offsetsIn(scalar)
    const raw = String(scalar.raw)
    let from = 0
    return referencesIn(template).map((reference) => {
      let at = raw.indexOf(reference.text, from)
      // After another dollar it is the plain text of one.
      while (raw[at - 1] === '$') at = raw.indexOf(reference.text, at + 1)
      from = at + reference.text.length
      return {reference, at: offsetOf(at)}
    })
  }

  /** Notes what is no reference at all. */
  #addBadTemplate({problems}: BadTemplate, scalar: WrittenScalar): void {
    const offsetOf = this.#offsetsIn(scalar)
    for (const {at, text, why} of problems) this.addBadReference(offsetOf(at), {text, why})
  }

  /** A shell has `${NAME}` of its own: only what would be a reference elsewhere is one here. */
  #refuseReferences(scalar: WrittenScalar): WrittenScalar {
    if (typeof scalar.raw !== 'string') return scalar
    const found = /\$\{(?:(?:inputs|config|facts|steps)\.|item[.}])/.exec(scalar.raw)
    if (found === null) return scalar
    const text = scalar.raw.slice(found.index)
    const reference = excerpt(text.slice(0, text.indexOf('}') + 1) || text)
    this.add(this.#offsetsIn(scalar)(found.index), (place) => new Fault('runbook-fixed-text', {...place, reference}))
    return scalarOf(unreadable, scalar.extent)
  }

  /** YAML reads `0640` as 640 and `1.10` as 1.1: as words of a command they would be others than those written. */
  #changedNumbers(written: Written): readonly Written[] {
    if (written.type === 'list') return written.items.flatMap((item) => this.#changedNumbers(item))
    if (written.type === 'map') return written.entries.flatMap(({value}) => this.#changedNumbers(value))
    const source = this.#file.text.slice(written.extent.from, written.extent.to)
    const isChanged = typeof written.raw === 'number' && !source.startsWith('*') && source !== String(written.raw)
    return isChanged ? [written] : []
  }

  /** Quotes, escapes and folded lines lie between a text and its source, but references look the same in both. */
  #offsetsIn({raw, extent: {from, to}}: WrittenScalar): (at: number) => number {
    const source = offsetsOf('${', this.#file.text.slice(from, to))
    const offsets = new Map(offsetsOf('${', String(raw)).map((at, index) => [at, source[index]]))
    return (at) => from + (offsets.get(at) ?? 0)
  }

  #complain(complaint: Complaint): void {
    const {about, key} = complaint
    if (about === 'key') {
      const {entry, nearest} = complaint
      this.add(entry.keyAt, (place) => new Fault('runbook-unknown-key', {...place, key, nearest: nearest()}))
      return
    }
    const {from, to} = complaint.written.extent
    if (about === 'check') {
      const {id, nearest} = complaint
      this.add(from, (place) => new Fault('config-unknown-check', {...place, key, id, nearest: nearest()}))
      return
    }
    const {expected} = complaint
    this.add(from, (place) => {
      const value = shownValue(key, this.#file.text.slice(from, to))
      return new Fault('config-bad-value', {...place, key: key === '' ? '.' : key, value, expected})
    })
  }
}

interface Into {
  readonly mentions: Mention[]
  readonly fixed: readonly (Written | undefined)[]
}

/** Stands for a text with a bad reference in it, which has been told: nothing more is said of it. */
const unreadable: Template = {type: 'template', parts: []}

function offsetsOf(part: string, text: string): readonly number[] {
  const offsets: number[] = []
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) offsets.push(at)
  return offsets
}

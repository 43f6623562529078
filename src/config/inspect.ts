import type {Expectation} from '../base/expectations.ts'
import {nearest} from '../base/nearest.ts'
import {excerpt} from './excerpt.ts'
import type {Kind} from './shape.ts'
import {rawOf, scalarOf, type Written, type WrittenEntry, type WrittenMap} from './written.ts'

/** What is wrong with a value that was written. Where that is and how it is told depends on where it came from. */
export type Complaint =
  | {readonly about: 'value'; readonly key: string; readonly written: Written; readonly expected: Expectation}
  | {readonly about: 'key'; readonly key: string; readonly entry: WrittenEntry; readonly nearest: Nearest}
  | {
      readonly about: 'check'
      readonly key: string
      readonly written: Written
      readonly id: string
      readonly nearest: Nearest
    }

/** Looked for only when it is told: a file that is no configuration has more unknown keys than are ever shown. */
type Nearest = () => string | null

export interface Subject {
  /** Dotted, and for parts of a value `checks.skip[0].until`; empty at the top of the file. */
  readonly key: string
  readonly knownChecks: readonly string[]
  /** Of a scalar: its value comes later, so nothing is said of it, nor of the whole that it is part of. */
  readonly isLater?: (raw: unknown) => boolean
}

/**
 * Holds what was written against what is expected, down to the single item of a list and field of a record, so that
 * each problem is told at its own place. No complaints: the kind can parse it.
 */
export function inspect(kind: Kind<unknown>, written: Written, subject: Subject): readonly Complaint[] {
  const parts = inspectParts(kind, written, subject)
  return parts.length > 0 || holdsLater(written, subject) ? parts : inspectWhole(kind, written, subject)
}

function inspectParts(
  {items, values, fields}: Kind<unknown>,
  written: Written,
  subject: Subject
): readonly Complaint[] {
  if (written.type === 'list' && items !== undefined) {
    return written.items.flatMap((item, index) => inspect(items, item, {...subject, key: `${subject.key}[${index}]`}))
  }
  if (written.type === 'map' && values !== undefined) {
    return written.entries.flatMap((entry) => inspect(values, entry.value, part(subject, entry.key)))
  }
  return written.type === 'map' && fields !== undefined ? inspectRecord(fields, written, subject) : []
}

function inspectRecord(
  fields: Readonly<Record<string, Kind<unknown>>>,
  written: WrittenMap,
  subject: Subject
): readonly Complaint[] {
  const present = written.entries.flatMap((entry) => {
    const kind = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined
    const below = part(subject, entry.key)
    return kind === undefined
      ? [unknownKey(entry, subject.key, Object.keys(fields))]
      : inspect(kind, entry.value, below)
  })
  const absent = Object.entries(fields)
    .filter(
      ([name, kind]) => kind.parse(undefined) === undefined && !written.entries.some((entry) => entry.key === name)
    )
    .map(([name, kind]): Complaint => {
      const nothing = scalarOf(null, {from: written.extent.from, to: written.extent.from})
      return {about: 'value', key: part(subject, name).key, written: nothing, expected: kind.expects}
    })
  return [...present, ...absent]
}

function inspectWhole(kind: Kind<unknown>, written: Written, {key, knownChecks}: Subject): readonly Complaint[] {
  const value = kind.parse(rawOf(written))
  if (value === undefined) return [{about: 'value', key, written, expected: kind.expects}]
  if (kind.names === undefined || typeof value !== 'string' || isKnown(kind.names, value, knownChecks)) return []
  return [{about: 'check', key, written, id: excerpt(value), nearest: () => suggest(value, knownChecks)}]
}

function holdsLater(written: Written, subject: Subject): boolean {
  const {isLater} = subject
  if (isLater === undefined) return false
  switch (written.type) {
    case 'scalar':
      return isLater(written.raw)
    case 'list':
      return written.items.some((item) => holdsLater(item, subject))
    case 'map':
      return written.entries.some((entry) => holdsLater(entry.value, subject))
  }
}

/** A pattern is `*` or ends in `.*`, and has to fit at least one check: one that fits none is a slip of the hand. */
function isKnown(names: 'check' | 'check-pattern', word: string, knownChecks: readonly string[]): boolean {
  const isPattern = names === 'check-pattern' && (word === '*' || word.endsWith('.*'))
  return isPattern ? knownChecks.some((id) => id.startsWith(word.slice(0, -1))) : knownChecks.includes(word)
}

function part(subject: Subject, name: string): Subject {
  return {...subject, key: prefixOf(subject.key) + excerpt(name)}
}

function prefixOf(above: string): string {
  return above === '' ? '' : `${above}.`
}

/** `above` is the dotted key of what holds the entry, empty at the top of the file. */
export function unknownKey(entry: WrittenEntry, above: string, known: readonly string[]): Complaint {
  const prefix = prefixOf(above)
  const meant = (): string | null => {
    const word = suggest(entry.key, known)
    return word === null ? null : prefix + word
  }
  return {about: 'key', key: prefix + excerpt(entry.key), entry, nearest: meant}
}

/** The word that was meant, also when only its beginning was written: `disk` for `disk.space`. */
function suggest(word: string, known: readonly string[]): string | null {
  return nearest(word, known) ?? known.find((candidate) => candidate.startsWith(`${word}.`)) ?? null
}

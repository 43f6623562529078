import {writeAddress, type Address} from '../base/address.ts'
import type {Expectation} from '../base/expectations.ts'
import {isRecord} from '../base/record.ts'
import {parseDuration, parseSize} from '../base/units.ts'
import {parseNumber, parsePercent, parseRange, type EndParser, type Range} from '../base/range.ts'
import {isDay, writeDuration, writeSize} from './exact.ts'

/**
 * The words that settings are made of. A kind turns what YAML, the environment or a flag gave into a value, or says what
 * it expected; a setting adds the default and its meaning; sections nest. Types of the whole configuration follow from it.
 */
export interface Kind<Value> {
  /** What a good value looks like. */
  readonly expects: Expectation
  /** From YAML: string, number, boolean, null, list or map. Undefined: not acceptable. */
  parse(raw: unknown): Value | undefined
  /** How the value is written in YAML. */
  write(value: Value): unknown
  /** For records: the keys a record may have, so that an unknown one can be told with its place. */
  readonly fields?: Readonly<Record<string, Kind<unknown>>>
  /** For lists: what each item is, so that the one bad item is told, not the whole. */
  readonly items?: Kind<unknown>
  /** For maps: what each value is. */
  readonly values?: Kind<unknown>
  /** The value names a check. Which ones there are is not known here: whoever loads the configuration is told. */
  readonly names?: 'check' | 'check-pattern'
  /** From the one text that a flag or an environment variable is to what `parse` takes. Absent: the text itself. */
  fromText?(text: string): unknown
}

export interface Meaning {
  readonly en: string
  readonly ko: string
}

export interface Setting<Value> {
  readonly type: 'setting'
  readonly kind: Kind<Value>
  readonly fallback: Value
  readonly about: Meaning
  /** Never printed; may not stand in the file itself. */
  readonly isSecret: boolean
}

export interface Section<Fields extends Readonly<Record<string, Node>>> {
  readonly type: 'section'
  readonly about: Meaning
  readonly fields: Fields
}

export type Node = Setting<unknown> | AnySection
export type AnySection = Section<Readonly<Record<string, Node>>>

export type ValueOf<Shape> =
  Shape extends Setting<infer Value>
    ? Value
    : Shape extends Section<infer Fields>
      ? {readonly [Key in keyof Fields]: ValueOf<Fields[Key]>}
      : never

export function section<Fields extends Readonly<Record<string, Node>>>(
  about: Meaning,
  fields: Fields
): Section<Fields> {
  return {type: 'section', about, fields}
}

export function setting<Value>(kind: Kind<Value>, fallback: NoInfer<Value>, about: Meaning): Setting<Value> {
  return {type: 'setting', kind, fallback, about, isSecret: false}
}

/** A setting whose value is never shown and comes from a `*_file`, the environment or a systemd credential. */
export function secret(about: Meaning): Setting<string | null> {
  return {type: 'setting', kind: nullable(text()), fallback: null, about, isSecret: true}
}

export function text(): Kind<string> {
  return {
    expects: 'text',
    parse: (raw) => (typeof raw === 'string' && raw !== '' ? raw : undefined),
    write: (value) => value
  }
}

/** The id of one check, `disk.space`. */
export function checkId(): Kind<string> {
  return {...text(), expects: 'check-id', names: 'check'}
}

/** The id of a check, or several, `disk.*`, or `*` for all. */
export function checkPattern(): Kind<string> {
  return {...text(), expects: 'check-id', names: 'check-pattern'}
}

/** An absolute path: a relative one would depend on where cron, systemd or a person happened to stand. */
export function path(): Kind<string> {
  return {
    expects: 'absolute-path',
    parse: (raw) => (typeof raw === 'string' && raw.startsWith('/') && !raw.includes('\0') ? raw : undefined),
    write: (value) => value
  }
}

export function whole(bounds: {min: number; max: number}): Kind<number> {
  return {
    expects: `whole:${bounds.min}|${bounds.max}`,
    parse: (raw) => {
      const value = typeof raw === 'string' ? parseNumber(raw) : raw
      const isGood = typeof value === 'number' && Number.isInteger(value) && value >= bounds.min && value <= bounds.max
      return isGood ? value : undefined
    },
    write: (value) => value
  }
}

export function choice<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return {
    expects: `one-of:${words.join('|')}`,
    parse: (raw) => words.find((word) => word === raw),
    write: (value) => value
  }
}

/** Milliseconds, written `10s`, `1h30m`. */
export function duration(): Kind<number> {
  return {
    expects: 'duration',
    parse: (raw) => (typeof raw === 'string' || raw === 0 ? parseDuration(String(raw)) : undefined),
    write: (value) => writeDuration(value)
  }
}

/** Bytes, written `64MiB`. */
export function size(): Kind<number> {
  return {
    expects: 'size',
    parse: (raw) => (typeof raw === 'string' || typeof raw === 'number' ? parseSize(String(raw)) : undefined),
    write: (value) => writeSize(value)
  }
}

/** The same, with bounds. */
export function sizeBetween(min: number, max: number): Kind<number> {
  const kind = size()
  return {
    ...kind,
    expects: `size-between:${writeSize(min)}|${writeSize(max)}`,
    parse: (raw) => {
      const bytes = kind.parse(raw)
      return bytes !== undefined && bytes >= min && bytes <= max ? bytes : undefined
    }
  }
}

export function flag(): Kind<boolean> {
  return {
    expects: 'flag',
    parse: (raw) => (typeof raw === 'boolean' ? raw : undefined),
    write: (value) => value,
    fromText: (raw) => (raw === 'true' ? true : raw === 'false' ? false : raw)
  }
}

const rangeEnds = {
  count: parseNumber,
  percent: parsePercent,
  duration: parseDuration
} as const satisfies Readonly<Record<string, EndParser>>

export type RangeUnit = keyof typeof rangeEnds

/** Nagios threshold range over a reading of the unit; null means: never. */
export function range(unit: RangeUnit): Kind<Range | null> {
  return nullable({
    expects: `range-${unit}`,
    parse: (raw) =>
      typeof raw === 'string' || typeof raw === 'number' ? parseRange(String(raw), rangeEnds[unit]) : undefined,
    write: (value) => value.text
  })
}

/** A day, `2026-12-01`. */
export function date(): Kind<string> {
  return {
    expects: 'date',
    parse: (raw) => (typeof raw === 'string' && isDay(raw) ? raw : undefined),
    write: (value) => value
  }
}

/** `logs.example.com:443`, `[::1]:8443`. */
export function endpoint(): Kind<Address> {
  return {
    expects: 'endpoint',
    parse: (raw) => {
      const match = typeof raw === 'string' ? /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})$/.exec(raw) : null
      const port = Number(match?.[3])
      const host = match?.[1] ?? match?.[2]
      return host !== undefined && port >= 1 && port <= 65535 ? {host, port} : undefined
    },
    write: writeAddress
  }
}

export function nullable<Value>(kind: Kind<Value>): Kind<Value | null> {
  return {
    ...kind,
    parse: (raw) => (raw === null || raw === undefined ? null : kind.parse(raw)),
    write: (value) => (value === null ? null : kind.write(value)),
    fromText: (raw) => (raw === '' || raw === 'null' ? null : readText(kind, raw))
  }
}

/** In one text `a, b`, or as JSON where an item is more than a word. */
export function list<Value>(item: Kind<Value>): Kind<readonly Value[]> {
  return {
    expects: 'list',
    items: item,
    parse: (raw) => (Array.isArray(raw) ? allOrNone(raw.map((one) => item.parse(one))) : undefined),
    write: (values) => values.map((value) => item.write(value)),
    fromText: (raw) => (raw === '' ? [] : (readJson(raw) ?? raw.split(',').map((one) => one.trim())))
  }
}

/** Names of the user's own to values; in one text as JSON, `{"night": ["disk.*"]}`. */
export function map<Value>(item: Kind<Value>): Kind<ReadonlyMap<string, Value>> {
  return {
    expects: 'map',
    values: item,
    parse: (raw) => {
      if (!isRecord(raw)) return undefined
      const values = allOrNone(Object.values(raw).map((one) => item.parse(one)))
      return values && new Map(Object.keys(raw).map((key, index) => [key, values[index] as Value]))
    },
    write: (values) => Object.fromEntries([...values].map(([key, value]) => [key, item.write(value)])),
    fromText: (raw) => readJson(raw) ?? raw
  }
}

type RecordOf<Fields> = {readonly [Key in keyof Fields]: Fields[Key] extends Kind<infer Value> ? Value : never}

/** A record with these keys; one whose kind takes null may be left out. */
export function record<Fields extends Readonly<Record<string, Kind<unknown>>>>(fields: Fields): Kind<RecordOf<Fields>> {
  const kinds: Readonly<Record<string, Kind<unknown>>> = fields
  return {
    expects: 'record',
    fields: kinds,
    parse: (raw) => {
      if (!isRecord(raw) || Object.keys(raw).some((key) => !Object.hasOwn(kinds, key))) return undefined
      const values = allOrNone(Object.entries(kinds).map(([key, kind]) => kind.parse(raw[key])))
      return values && (Object.fromEntries(Object.keys(kinds).map((key, at) => [key, values[at]])) as RecordOf<Fields>)
    },
    write: (value) =>
      Object.fromEntries(
        Object.entries(kinds)
          .map(([key, kind]) => [key, kind.write((value as Record<string, unknown>)[key])] as const)
          .filter(([, written]) => written !== null)
      )
  }
}

/** What `parse` of the kind takes, from the one text that a flag or an environment variable is. */
export function readText(kind: Kind<unknown>, text: string): unknown {
  return kind.fromText === undefined ? text : kind.fromText(text)
}

function readJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON after all: the kind then says what it expected.
    return undefined
  }
}

function allOrNone<Value>(values: readonly (Value | undefined)[]): readonly Value[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Value[])
}

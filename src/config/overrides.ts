import type {Expectation} from '../base/expectations.ts'
import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {excerpt, mask, shownValue} from './excerpt.ts'
import {inspect, type Complaint} from './inspect.ts'
import type {Layer} from './layer.ts'
import {readText} from './shape.ts'
import {isReserved, type Entry} from './table.ts'
import {rawOf, writtenFrom} from './written.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What every layer of overrides is read against. */
export interface Known {
  readonly entries: readonly Entry[]
  readonly checks: readonly string[]
}

/** `--set key=value`, as often as it was given; the last one of a key counts. */
export function flagLayer(overrides: readonly string[], known: Known): Layer {
  const values = new Map<string, unknown>()
  const faults = overrides.flatMap((override): readonly Fault[] => {
    const equals = override.indexOf('=')
    const key = equals === -1 ? override : override.slice(0, equals)
    const entry = known.entries.find((one) => one.key === key)
    if (entry === undefined) return [unknownFlag(key, known)]
    if (equals === -1) return [badValue({source: flagSource, key, value: 'null', expected: 'key-value'})]
    // What stands on a command line is seen by everyone on the machine.
    if (entry.setting.isSecret) return [badValue({source: flagSource, key, value: mask, expected: 'secret-file'})]
    const {value, faults} = read({entry, text: override.slice(equals + 1), source: flagSource}, known.checks)
    if (faults.length === 0) values.set(key, value)
    return faults
  })
  return {values, faults}
}

/** The `LOGCASTER_…` variables that are settings. */
export function environmentLayer(environment: Environment, known: Known): Layer {
  const values = new Map<string, unknown>()
  const faults = known.entries.flatMap((entry): readonly Fault[] => {
    const text = environment[entry.environment]
    if (text === undefined) return []
    const {value, faults} = read({entry, text, source: environmentSource(entry.environment)}, known.checks)
    if (faults.length === 0) values.set(entry.key, value)
    return faults
  })
  return {values, faults}
}

/** Variables that look like ours and are not: told, not refused, since another version may have known them. */
export function unknownVariables(environment: Environment, known: Known): readonly Fault[] {
  const names = known.entries.map((entry) => entry.environment)
  return Object.keys(environment)
    .filter((name) => name.startsWith('LOGCASTER_') && !isReserved(name) && !names.includes(name))
    .toSorted()
    .map((name) => {
      const key = excerpt(name)
      return new Fault('config-unknown-override', {
        source: environmentSource(key),
        key,
        nearest: nearest(name, names)
      })
    })
}

const flagSource = '--set'

function environmentSource(name: string): string {
  return `environment ${name}`
}

interface Override {
  readonly entry: Entry
  readonly text: string
  readonly source: string
}

/** One text against the setting that it is for. */
function read(override: Override, knownChecks: readonly string[]): {value: unknown; faults: readonly Fault[]} {
  const {key, setting} = override.entry
  const written = writtenFrom(readText(setting.kind, override.text))
  const complaints = inspect(setting.kind, written, {key, knownChecks})
  const faults = complaints.map((complaint) => faultOf(override.source, complaint))
  return {value: faults.length === 0 ? setting.kind.parse(rawOf(written)) : undefined, faults}
}

function faultOf(source: string, complaint: Complaint): Fault {
  const {about, key} = complaint
  if (about === 'key') return new Fault('config-unknown-override', {source, key, nearest: complaint.nearest()})
  if (about === 'check') return badValue({source, key, value: complaint.id, expected: 'check-id'})
  const raw = rawOf(complaint.written)
  const text = typeof raw === 'string' ? raw : JSON.stringify(raw)
  return badValue({source, key, value: shownValue(key, text), expected: complaint.expected})
}

function badValue(values: {source: string; key: string; value: string; expected: Expectation}): Fault {
  return new Fault('config-bad-override', values)
}

function unknownFlag(key: string, known: Known): Fault {
  const keys = known.entries.map((entry) => entry.key)
  return new Fault('config-unknown-override', {source: flagSource, key: excerpt(key), nearest: nearest(key, keys)})
}

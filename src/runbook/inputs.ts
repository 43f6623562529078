import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {excerpt, mask} from '../config/excerpt.ts'
import {readText} from '../config/shape.ts'
import {fillRaw} from './filling.ts'
import type {InputSpec, Raw} from './runbook.ts'
import type {Json} from './step.ts'
import {isTemplate, referencesIn, type Scope} from './template.ts'

/** Values by name, as they would be written in YAML, `7d` and not so many milliseconds; or all that is wrong. */
export type Resolved = {readonly values: ReadonlyMap<string, Json>} | {readonly faults: readonly Fault[]}

/** `k=v` as typed, of which the last one of a name counts; or what a runbook gives to another one. */
export type Given = readonly string[] | ReadonlyMap<string, Json>

/** The inputs of a run: what is given, held against what the runbook declares, and its defaults for the rest. */
export function resolveInputs(
  specs: readonly InputSpec[],
  given: Given,
  settings: ReadonlyMap<string, Json>
): Resolved {
  const values = new Map<string, Json>()
  const faults: Fault[] = []
  const entries = entriesOf(specs, given)
  for (const name of entries.keys()) {
    if (!specs.some((spec) => spec.name === name)) faults.push(unknownInput(name, specs))
  }
  for (const spec of specs) {
    const raw = entries.get(spec.name) ?? fallbackOf(spec, settings)
    const value = raw instanceof Fault ? undefined : spec.kind.parse(raw)
    if (value !== undefined) values.set(spec.name, spec.kind.write(value) as Json)
    else faults.push(raw instanceof Fault ? (raw as Fault) : badInput(spec, raw))
  }
  return faults.length > 0 ? {faults} : {values}
}

/** By name: the raw value; a Fault where a name stands alone; null for nothing. */
function entriesOf(specs: readonly InputSpec[], given: Given): ReadonlyMap<string, unknown> {
  if (given instanceof Map) return given as ReadonlyMap<string, Json>
  return new Map((given as readonly string[]).map((text) => readEntry(text, specs)))
}

function readEntry(text: string, specs: readonly InputSpec[]): [string, unknown] {
  const equals = text.indexOf('=')
  const name = equals === -1 ? text : text.slice(0, equals)
  const spec = specs.find((one) => one.name === name)
  if (spec === undefined) return [name, null]
  // Even a flag has to say which of the two it is.
  return [name, equals === -1 ? missingInput(spec, null) : readText(spec.kind, text.slice(equals + 1))]
}

/** What the input is where nothing is given. */
function fallbackOf(spec: InputSpec, settings: ReadonlyMap<string, Json>): unknown {
  const {fallback} = spec
  if (fallback === undefined) return missingInput(spec, null)
  const nothing = new Map<string, Json>()
  const scope: Scope = {inputs: nothing, config: settings, facts: nothing, steps: new Map(), item: undefined}
  const {raw, faults} = fillRaw(fallback, scope)
  if (faults.length === 0) return raw
  const unset = settingsIn(fallback).find((key) => settings.get(key) === null)
  return unset === undefined ? faults[0] : missingInput(spec, unset)
}

function settingsIn(raw: Raw): readonly string[] {
  if (isTemplate(raw)) return referencesIn(raw).flatMap(({path}) => path)
  return typeof raw === 'object' && raw !== null ? Object.values(raw).flatMap(settingsIn) : []
}

function unknownInput(name: string, specs: readonly InputSpec[]): Fault {
  const known = specs.map((spec) => spec.name)
  return new Fault('runbook-unknown-input', {input: excerpt(name), nearest: nearest(name, known)})
}

function missingInput({name, kind}: InputSpec, setting: string | null): Fault {
  return new Fault('runbook-missing-input', {input: name, expected: kind.expects, setting})
}

function badInput({name, kind, typeName}: InputSpec, raw: unknown): Fault {
  const text = typeof raw === 'string' ? raw : JSON.stringify(raw)
  // What is wrong there may be the secret itself, pasted in place of the path.
  const value = typeName === 'secret_file' ? mask : text === '' ? '""' : excerpt(text)
  return new Fault('runbook-bad-input', {input: name, value, expected: kind.expects})
}

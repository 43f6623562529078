import {Faults, type Fault} from '../base/fault.ts'
import {fileLayer} from './file-layer.ts'
import type {Layer, Layers, Origin} from './layer.ts'
import {environmentLayer, flagLayer, unknownVariables, type Environment, type Known} from './overrides.ts'
import type {SourceFile} from './problems.ts'
import {schema, type Config} from './schema.ts'
import {readSecrets, type ReadSecret} from './secrets.ts'
import type {AnySection, ValueOf} from './shape.ts'
import {settings, withSecretFiles, type Entry} from './table.ts'

export interface Sources {
  readonly file: SourceFile | undefined
  readonly env: Environment
  /** `key=value`, from `--set`. */
  readonly overrides: readonly string[]
  /** The ids that settings may name: which checks there are is not known in this room. */
  readonly knownChecks: readonly string[]
  /** Only called for settings that are secrets. */
  readonly readSecret?: ReadSecret
}

export interface Loaded<Values = Config> {
  readonly config: Values
  /** Where the value of each setting came from. */
  readonly origins: ReadonlyMap<string, Origin>
  readonly warnings: readonly Fault[]
  /** Whether somebody set it, even to its default; for a section: whether any setting in it is set. */
  readonly isSet: (key: string) => boolean
}

/** The configuration from all its sources, defaults < file < environment < flags; throws `Faults` with all that is wrong. */
export function load(sources: Sources): Promise<Loaded> {
  return loadAs(schema, sources)
}

/** The same for any schema. */
export async function loadAs<Shape extends AnySection>(
  shape: Shape,
  sources: Sources
): Promise<Loaded<ValueOf<Shape>>> {
  const whole = withSecretFiles(shape)
  const known: Known = {entries: settings(whole), checks: sources.knownChecks}
  const layers: Layers = {
    file: sources.file === undefined ? nothing : await fileLayer(sources.file, whole, known.checks),
    environment: environmentLayer(sources.env, known),
    flags: flagLayer(sources.overrides, known)
  }
  const {secrets, faults} = await readSecrets(known.entries, {
    layers,
    credentialsFolder: sources.env['CREDENTIALS_DIRECTORY'],
    readSecret: sources.readSecret ?? (() => Promise.resolve(undefined))
  })
  const problems = [layers.file, layers.environment, layers.flags].flatMap((layer) => layer.faults).concat(faults)
  if (problems.length > 0) throw new Faults(problems)

  const given = new Map(known.entries.map((entry) => [entry.key, secrets.get(entry.key) ?? strongest(entry, layers)]))
  const origins = new Map([...given].map(([key, {origin}]) => [key, origin]))
  return {
    // Each setting of the shape has its value in `given`, parsed by its own kind: the compiler cannot follow that.
    config: assemble(shape, (key) => given.get(key)?.value) as ValueOf<Shape>,
    origins,
    warnings: unknownVariables(sources.env, known),
    isSet: (key) =>
      [...origins].some(([one, origin]) => origin !== 'default' && (one === key || one.startsWith(`${key}.`)))
  }
}

const nothing: Layer = {values: new Map(), faults: []}

interface Given {
  readonly value: unknown
  readonly origin: Origin
}

function strongest({key, setting}: Entry, layers: Layers): Given {
  // A secret counts only by what `readSecrets` found.
  if (setting.isSecret) return {value: setting.fallback, origin: 'default'}
  if (layers.flags.values.has(key)) return {value: layers.flags.values.get(key), origin: 'flag'}
  if (layers.environment.values.has(key)) return {value: layers.environment.values.get(key), origin: 'environment'}
  if (layers.file.values.has(key)) return {value: layers.file.values.get(key), origin: 'file'}
  return {value: setting.fallback, origin: 'default'}
}

function assemble(shape: AnySection, valueOf: (key: string) => unknown, above = ''): Record<string, unknown> {
  const fields = Object.entries(shape.fields).map(([name, node]) => {
    const key = above + name
    return [name, node.type === 'section' ? assemble(node, valueOf, `${key}.`) : valueOf(key)] as const
  })
  return Object.fromEntries(fields)
}

import {Fault, Faults, reasonOf} from '../base/fault.ts'
import {find, type Surroundings} from './find.ts'
import {loadAs, type Loaded} from './load.ts'
import type {SourceFile} from './problems.ts'
import {schema, type Config} from './schema.ts'
import type {AnySection, ValueOf} from './shape.ts'
import {isUnsafe, told, unsafeForRoot, type Looking, type Ownership, type Unsafe} from '../base/safety.ts'
import {unreadable} from './unreadable.ts'

export interface FileFacts extends Ownership {
  readonly size: number
}

/** The machine as far as the configuration needs it: given from outside, since this room touches nothing itself. */
export interface Reading extends Surroundings, Looking {
  /** Follows links; undefined when there is nothing. */
  stat(path: string): Promise<FileFacts | undefined>
  /** The whole file, undefined when there is none; throws for what is bigger or no file: a device never ends. */
  readWhole(path: string, bytesMax: number): Promise<Uint8Array | undefined>
}

export interface Request {
  /** `--config` */
  readonly path: string | undefined
  /** `--set`, as often as given. */
  readonly overrides: readonly string[]
  readonly knownChecks: readonly string[]
}

export interface Opened<Values = Config> extends Loaded<Values> {
  /** The file that was read; undefined when there is none and none was named. */
  readonly path: string | undefined
}

// Many times any configuration that people maintain: a log file named by mistake shall not be parsed.
const fileBytesMax = 1 << 20

// The longest secret is a private key with its chain.
const secretBytesMax = 64 << 10

/** Finds, reads and loads the configuration; throws `Faults` with all that is wrong. */
export function openConfig(request: Request, machine: Reading): Promise<Opened> {
  return openConfigAs(schema, request, machine)
}

/** The same for any schema. */
export async function openConfigAs<Shape extends AnySection>(
  shape: Shape,
  request: Request,
  machine: Reading
): Promise<Opened<ValueOf<Shape>>> {
  const found = await locate(request.path, machine)
  const warnings = found === undefined ? [] : await refuseUnsafe(found, machine)
  const loaded = await loadAs(shape, {
    file: found === undefined ? undefined : await readConfig(found, machine),
    env: machine.env,
    overrides: request.overrides,
    knownChecks: request.knownChecks,
    readSecret: (path) => readSecret(path, machine)
  })
  return {...loaded, path: found?.path, warnings: [...warnings, ...loaded.warnings]}
}

interface Found {
  readonly path: string
  readonly facts: FileFacts
}

async function locate(flag: string | undefined, machine: Reading): Promise<Found | undefined> {
  const {paths, isNamed} = find(flag, machine)
  for (const path of paths) {
    const facts = await statOf(path, machine, {isOptional: !isNamed})
    if (facts !== undefined) return {path, facts}
  }
  if (isNamed) throw new Faults(paths.map((path) => new Fault('config-absent', {path})))
  return undefined
}

async function statOf(
  path: string,
  machine: Reading,
  {isOptional}: {isOptional: boolean}
): Promise<FileFacts | undefined> {
  try {
    return await machine.stat(path)
  } catch (cause) {
    // After `sudo -u somebody` we may stand in a folder that we cannot look into: then nothing of ours is in there.
    if (isOptional && reasonOf(cause) === 'EACCES') return undefined
    throw new Faults([unreadable(path, cause)])
  }
}

/** As root, refuses a file that others can change or replace; anyone else is only warned. */
async function refuseUnsafe({path, facts}: Found, machine: Reading): Promise<readonly Fault[]> {
  const {uid} = machine
  const unsafe = uid === 0 ? await unsafePlaces(path, machine) : told(path, facts, isUnsafe(facts, uid))
  const faults = unsafe.map((one) => new Fault('config-unsafe', one))
  if (uid === 0 && faults.length > 0) throw new Faults(faults)
  return faults
}

async function unsafePlaces(path: string, machine: Reading): Promise<readonly Unsafe[]> {
  try {
    return await unsafeForRoot(path, machine)
  } catch (cause) {
    throw new Faults([unreadable(path, cause)])
  }
}

async function readConfig({path, facts}: Found, machine: Reading): Promise<SourceFile> {
  if (facts.size > fileBytesMax) throw new Faults([new Fault('config-too-big', {path, bytesMax: fileBytesMax})])
  try {
    const bytes = await machine.readWhole(path, fileBytesMax)
    if (bytes !== undefined) return {path, text: decode(bytes)}
  } catch (cause) {
    throw new Faults([unreadable(path, cause)])
  }
  throw new Faults([new Fault('config-absent', {path})])
}

async function readSecret(path: string, machine: Reading): Promise<string | undefined> {
  // Where others can put another secret, they choose where reports go to.
  const [unsafe] = machine.uid === 0 ? await unsafeForRoot(path, machine) : []
  if (unsafe !== undefined) throw new Fault('config-unsafe', unsafe)
  const bytes = await machine.readWhole(path, secretBytesMax)
  return bytes === undefined ? undefined : decode(bytes)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Error('not UTF-8', {cause})
  }
}

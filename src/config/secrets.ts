import {Fault} from '../base/fault.ts'
import type {Layers, Origin} from './layer.ts'
import type {Entry} from './table.ts'
import {unreadable} from './unreadable.ts'

/** Reads a small file of the machine's; undefined when there is none. What it holds is never shown. */
export type ReadSecret = (path: string) => Promise<string | undefined>

export interface Secret {
  readonly value: string
  readonly origin: Origin
}

export interface SecretSources {
  readonly layers: Layers
  /** Where systemd put the credentials of the unit, one file a dotted key. */
  readonly credentialsFolder: string | undefined
  readonly readSecret: ReadSecret
}

/** The secrets that are set, by dotted key. They never stand in the file or on the command line themselves. */
export async function readSecrets(
  entries: readonly Entry[],
  sources: SecretSources
): Promise<{readonly secrets: ReadonlyMap<string, Secret>; readonly faults: readonly Fault[]}> {
  const secrets = new Map<string, Secret>()
  const faults: Fault[] = []
  for (const {key} of entries.filter((entry) => entry.setting.isSecret)) {
    const secret = await findSecret(key, sources)
    if (secret instanceof Fault) faults.push(secret)
    else if (secret !== undefined) secrets.set(key, secret)
  }
  return {secrets, faults}
}

/** The strongest source first: what was said later and nearer to the run counts. */
async function findSecret(key: string, sources: SecretSources): Promise<Secret | Fault | undefined> {
  const {file, environment, flags} = sources.layers
  const flagPath = flags.values.get(`${key}_file`)
  if (typeof flagPath === 'string') return secretIn(flagPath, 'flag', sources)
  const given = environment.values.get(key)
  if (typeof given === 'string') return {value: given, origin: 'environment'}
  const environmentPath = environment.values.get(`${key}_file`)
  if (typeof environmentPath === 'string') return secretIn(environmentPath, 'environment', sources)
  const credential = await credentialFor(key, sources)
  if (credential !== undefined) return credential
  const path = file.values.get(`${key}_file`)
  return typeof path === 'string' ? secretIn(path, 'file', sources) : undefined
}

/** Systemd hands over only the credentials that the unit names: one that is not there is not set. */
async function credentialFor(key: string, sources: SecretSources): Promise<Secret | Fault | undefined> {
  const folder = sources.credentialsFolder
  if (folder?.startsWith('/') !== true) return undefined
  const secret = await secretIn(`${folder}/${key}`, 'environment', sources)
  return secret instanceof Fault && secret.code === 'config-absent' ? undefined : secret
}

async function secretIn(path: string, origin: Origin, {readSecret}: SecretSources): Promise<Secret | Fault> {
  try {
    const text = await readSecret(path)
    if (text === undefined) return new Fault('config-absent', {path})
    // Editors and `echo` end the line; no secret does.
    const value = text.replace(/\r?\n$/, '')
    return value === '' ? new Fault('config-unreadable', {path, reason: 'empty'}) : {value, origin}
  } catch (cause) {
    return cause instanceof Fault && cause.code === 'config-unsafe' ? cause : unreadable(path, cause)
  }
}

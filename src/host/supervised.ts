import {numberIn, parseRecord, textIn} from '../base/raw.ts'
import type {Random} from '../base/random.ts'
import {isRecord} from '../base/record.ts'
import type {Disk} from './disk.ts'
import {readText, writeAtomic} from './files.ts'
import {readIdentity, writeIdentity, type ProcessIdentity} from './identity.ts'

/**
 * What the supervisor says of the service that it keeps running: one file of JSON, replaced as a whole each time
 * something changes. The processes in it are told by more than their numbers: when they started, and since which boot.
 */
export interface Supervised {
  readonly unit: string
  readonly phase: Phase
  readonly supervisor: ProcessIdentity
  /** The service itself, while it runs. */
  readonly service: ProcessIdentity | null
  /** Since when it is in this phase. */
  readonly sinceMs: number
  /** Restarts since the supervisor was started. */
  readonly restarts: number
  /** How the service ended last; `success` as long as it did not. */
  readonly result: Result
  /** Why it ended, in a word for people: `exit code 69`, `SIGSEGV`. */
  readonly reason: string
}

/**
 * `starting` until it has said that it is ready · `waiting` for the next attempt · `stopping` as it was told to ·
 * `ended` because of that, or by itself without an error · `failed` for good · `limited` for good after too many failures.
 */
export type Phase = (typeof phases)[number]
const phases = ['starting', 'running', 'waiting', 'stopping', 'ended', 'failed', 'limited'] as const

/** As systemd has these words. */
export type Result = (typeof results)[number]
const results = ['success', 'exit-code', 'signal', 'timeout'] as const

/** Beside the words of systemd: it runs, and nobody starts it again when it ends, for its supervisor was killed. */
export const unsupervised = 'unsupervised'

export interface SupervisedFiles {
  readonly record: string
  /** Appears when the service is ready; the supervisor takes an old one away before each start. */
  readonly ready: string
  /** What the service prints. */
  readonly log: string
}

export function supervisedFiles(folder: string, unit: string): SupervisedFiles {
  return {record: `${folder}/${unit}.pid`, ready: `${folder}/${unit}.ports`, log: `${folder}/${unit}.log`}
}

// The last thing that a program says before it ends is near the end.
const tailBytes = 8192

/** The last error that stands in the log behind `from`, without the word for it; undefined when there is none. */
export async function lastErrorIn(disk: Disk, log: string, from: number): Promise<string | undefined> {
  const file = await disk.open(log, 'read')
  try {
    const {size} = await file.stat()
    const into = new Uint8Array(tailBytes)
    // One that is shorter than it was has made room, and begins anew.
    const bytes = await file.read(into, Math.max(size - tailBytes, from > size ? 0 : from))
    const lines = new TextDecoder().decode(into.subarray(0, bytes)).split('\n')
    const said = lines.findLast((line) => errorWords.some((word) => line.startsWith(word)))
    return said?.replace(/^\S+ /, '').replace(/\.$/, '')
  } finally {
    await file.close()
  }
}

const errorWords = ['error: ', '오류: ']

const format = 1
const recordBytesMax = 1 << 16
const recordMode = 0o644

export async function writeSupervised(
  {disk, random}: {readonly disk: Disk; readonly random: Random},
  path: string,
  {supervisor, service, ...rest}: Supervised
): Promise<void> {
  const identities = {
    supervisor: writeIdentity(supervisor),
    service: service === null ? null : writeIdentity(service)
  }
  const bytes = new TextEncoder().encode(`${JSON.stringify({format, ...rest, ...identities})}\n`)
  await writeAtomic(disk, path, {bytes, mode: recordMode, random})
}

/** Undefined when there is none; what cannot be understood was not written by this version of us, and counts as none. */
export async function readSupervised(disk: Disk, path: string): Promise<Supervised | undefined> {
  const raw = parseRecord((await readText(disk, path, recordBytesMax)) ?? '')
  if (raw === undefined || numberIn(raw, 'format') !== format) return undefined
  const supervisor = readIdentity(raw['supervisor'])
  const service = isRecord(raw['service']) ? readIdentity(raw['service']) : null
  const phase = phases.find((one) => one === raw['phase'])
  const result = results.find((one) => one === raw['result'])
  const [sinceMs, restarts] = ['sinceMs', 'restarts'].map((key) => numberIn(raw, key))
  const [unit, reason] = ['unit', 'reason'].map((key) => textIn(raw, key))
  if (supervisor === undefined || service === undefined || phase === undefined || result === undefined) return undefined
  if (sinceMs === undefined || restarts === undefined || unit === undefined || reason === undefined) return undefined
  return {unit, phase, supervisor, service, sinceMs, restarts, result, reason}
}

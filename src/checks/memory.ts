import {Fault, reasonOf} from '../base/fault.ts'
import {unsafeForRoot} from '../base/safety.ts'
import {isRecord} from '../base/record.ts'
import {makeFolder, moveAside, readText, removeAside, removeLeftovers, writeAtomic} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Machine} from '../host/machine.ts'
import type {Remembered} from './check.ts'

/**
 * What checks remember between runs: `{"format":1,"checks":{"mem.oom":{"at_ms":…,"values":{…}}}}`. Written whole or not at
 * all; runs side by side each write their own view, and the last one stays. Losing it costs one comparison, so no
 * trouble with it changes a verdict: it is told as a warning.
 */
export type Memory = ReadonlyMap<string, Remembered>

const format = 1
/** Far above what fifteen checks remember; a larger file is not ours. */
const bytesMax = 4 * 1024 * 1024
/** No run takes this long: whoever began a temporary file then is gone. */
const leftoverAgeMs = 3_600_000
/** Of damaged ones, beside the one that is being set aside: enough to see what happened, and no more. */
const damagedKept = 2

export interface Recalled {
  readonly memory: Memory
  readonly warnings: readonly Fault[]
  /** What we cannot read may be worth keeping, a file of a newer version surely is: it is left alone. */
  readonly mayWrite: boolean
}

export interface Place extends Pick<Host, 'disk' | 'random'> {
  readonly machine: Pick<Machine, 'uid'>
}

export async function recall(host: Place, path: string): Promise<Recalled> {
  const read = await readMemory(host, path)
  if (read !== 'damaged') return read
  const warning = await setAside(host, path)
  return {memory: new Map(), warnings: [warning], mayWrite: warning.code === 'state-damaged'}
}

/** For a look that leaves everything as it is, a damaged file too. */
export async function peek(host: Place, path: string): Promise<Memory> {
  const read = await readMemory(host, path)
  return read === 'damaged' ? new Map() : read.memory
}

async function readMemory(host: Place, path: string): Promise<Recalled | 'damaged'> {
  const nothing = new Map<string, Remembered>()
  let text: string | undefined
  try {
    const unsafe = host.machine.uid === 0 ? await unsafeForRoot(path, host.disk) : []
    // Who can write there decides what root compares with; nothing is mended, since that is for the operator to see.
    const warnings = unsafe.map((one) => new Fault('state-unsafe', one))
    if (warnings.length > 0) return {memory: nothing, warnings, mayWrite: false}
    text = await readText(host.disk, path, bytesMax)
  } catch (cause) {
    const warning = new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
    return {memory: nothing, warnings: [warning], mayWrite: false}
  }
  if (text === undefined) return {memory: nothing, warnings: [], mayWrite: true}
  const found = parseMemory(text)
  if (found instanceof Map) return {memory: found, warnings: [], mayWrite: true}
  if (found === 'damaged') return found
  const warning = new Fault('state-newer', {path, format: found, known: format})
  return {memory: nothing, warnings: [warning], mayWrite: false}
}

/** Undefined when it is safe on disk; else why not. */
export async function remember(
  host: Pick<Host, 'disk' | 'random' | 'clock'>,
  path: string,
  memory: Memory
): Promise<Fault | undefined> {
  const checks = Object.fromEntries([...memory].map(([id, {atMs, values}]) => [id, {at_ms: atMs, values}]))
  const bytes = new TextEncoder().encode(JSON.stringify({format, checks}) + '\n')
  try {
    await makeFolder(host.disk, path.slice(0, path.lastIndexOf('/')), 0o750)
    await writeAtomic(host.disk, path, {bytes, mode: 0o640, random: host.random})
  } catch (cause) {
    return new Fault('state-unwritable', {path, reason: reasonOf(cause)}, {cause})
  }
  try {
    await removeLeftovers(host.disk, path, host.clock.now() - leftoverAgeMs)
  } catch {
    // What was to be remembered is safe; what a crash left beside it does no harm until the next run.
  }
  return undefined
}

function parseMemory(text: string): Map<string, Remembered> | 'damaged' | number {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // Torn or foreign: the caller sets it aside and says so.
    return 'damaged'
  }
  if (!isRecord(document) || typeof document['format'] !== 'number') return 'damaged'
  if (document['format'] > format) return document['format']
  const checks = document['checks']
  if (!isRecord(checks)) return 'damaged'
  const memory = new Map<string, Remembered>()
  for (const [id, entry] of Object.entries(checks)) {
    if (!isRecord(entry) || typeof entry['at_ms'] !== 'number' || !isRecord(entry['values'])) return 'damaged'
    memory.set(id, {atMs: entry['at_ms'], values: entry['values']})
  }
  return memory
}

async function setAside({disk}: Pick<Host, 'disk'>, path: string): Promise<Fault> {
  try {
    await removeAside(disk, path, {suffix: 'damaged', keep: damagedKept})
  } catch {
    // Old copies do no harm but by their number.
  }
  try {
    return new Fault('state-damaged', {path, movedTo: await moveAside(disk, path, 'damaged')})
  } catch (cause) {
    return new Fault('state-unwritable', {path, reason: reasonOf(cause)}, {cause})
  }
}

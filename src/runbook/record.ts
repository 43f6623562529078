import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import {makeFolder, readText, writeAtomic} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Draft} from './draft.ts'
import {hashOf, type Plan, type PlannedStep} from './plan.ts'
import type {StepKind} from './step.ts'

/**
 * What a run intends, kept whole in its own folder, `runs/ID/plan.json` below the state folder: whoever resumes or
 * undoes the run acts by this, not by a runbook that somebody may have edited since. The journal holds its hash.
 */
export interface Intended {
  readonly startedMs: number
  readonly plan: Plan
}

const format = 1
const planName = 'plan.json'

// A runbook of a megabyte whose text many steps repeat would be more; such a run is refused at its start.
const bytesMax = 16 << 20

export function runFolder(stateFolder: string, run: string): string {
  return `${stateFolder}/runs/${run}`
}

export async function savePlan(
  host: Pick<Host, 'disk' | 'random'>,
  folder: string,
  {startedMs, plan}: Intended
): Promise<void> {
  const {runbook, hash, locks, timeoutMs, until, steps} = plan
  const kept = {runbook, hash, locks, timeoutMs, until, steps: steps.map(written)}
  const document: Document = {format, started_ms: startedMs, plan: kept}
  const bytes = new TextEncoder().encode(`${JSON.stringify(document)}\n`)
  const path = join(folder, planName)
  if (bytes.length > bytesMax) throw new Fault('file-unwritable', {path, reason: 'too big'})
  await makeFolder(host.disk, folder, 0o700)
  await writeAtomic(host.disk, path, {bytes, mode: 0o600, random: host.random})
}

// As many as the checks look back on. A run a day is in here for years.
const runsKept = 1000

/** Takes away the folders of the oldest runs. Their ids begin with their time, so that their names sort by it. */
export async function pruneRuns(disk: Host['disk'], stateFolder: string): Promise<void> {
  const folder = join(stateFolder, 'runs')
  try {
    const names = (await disk.list(folder)).toSorted()
    for (const name of names.slice(0, Math.max(0, names.length - runsKept))) await removeRun(disk, join(folder, name))
  } catch {
    // There is none yet, or it cannot be read, which the run itself has told.
  }
}

async function removeRun(disk: Host['disk'], folder: string): Promise<void> {
  try {
    for (const file of await disk.list(folder)) await disk.remove(join(folder, file))
    await disk.remove(folder)
  } catch {
    // Somebody has put a folder in it. It does no harm but by its number, and must not keep the others.
  }
}

/** What only planning needs, and what can be large, stays out. */
function written({draft, outlook}: PlannedStep): WrittenStep {
  const kept = Object.entries(outlook).filter(([key]) => !['effects', 'texts'].includes(key))
  return {draft: {...draft, kind: draft.kind.name}, outlook: Object.fromEntries(kept)}
}

/** The plan of a run, exactly as it was agreed to: the hash is that of the journal. */
export async function loadPlan(
  disk: Host['disk'],
  folder: string,
  {hash, kinds}: {readonly hash: string; readonly kinds: readonly StepKind[]}
): Promise<Intended> {
  const path = join(folder, planName)
  const text = await readText(disk, path, bytesMax)
  if (text === undefined) throw new Fault('run-plan-lost', {path, reason: 'ENOENT'})
  let file: Intended
  try {
    file = read(JSON.parse(text) as Document, kinds)
  } catch (cause) {
    throw new Fault('run-plan-lost', {path, reason: reasonOf(cause)}, {cause})
  }
  if (hashOf(file.plan) !== hash) throw new Fault('run-plan-lost', {path, reason: 'hash'})
  return file
}

/** As `savePlan` writes it; the hash of the journal vouches for what decides what is done. */
interface Document {
  readonly format: number
  readonly started_ms: number
  readonly plan: Omit<Plan, 'refusals' | 'steps'> & {readonly steps: readonly WrittenStep[]}
}

interface WrittenStep {
  readonly draft: Omit<Draft, 'kind'> & {readonly kind: string}
  readonly outlook: object
}

function read(document: Document, kinds: readonly StepKind[]): Intended {
  if (document.format !== format) throw new Error(`format ${document.format}`)
  const {started_ms: startedMs, plan} = document
  const steps = plan.steps.map(({draft, outlook}) => {
    const kind = kinds.find(({name}) => name === draft.kind)
    if (kind === undefined) throw new Error(`step kind ${draft.kind}`)
    return {draft: {...draft, kind}, outlook: {effects: [], ...outlook}} as unknown as PlannedStep
  })
  return {startedMs, plan: {...plan, refusals: [], steps}}
}

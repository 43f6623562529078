import {isRecord} from '../base/record.ts'
import type {Disk} from '../host/disk.ts'
import type {Host} from '../host/host.ts'
import {lifeOf, readIdentity, type Life, type ProcessIdentity} from '../host/identity.ts'
import type {RunEndStatus, RunLock, RunQuery, RunRecord, StepEndStatus, StepRecord} from './journal.ts'
import {listIn, numberIn, parseRecord, textIn, timeIn, type Raw} from '../base/raw.ts'
import {headerOf, journalFolder, listSegments, readSegment} from './segments.ts'

/**
 * Runs, put together from the lines of the journal. Read from the newest segment back, and no further than asked for;
 * the lines of steps, which are most of them, are passed over without being parsed.
 */
export type RunsHost = Pick<Host, 'clock' | 'disk' | 'processes'>

export interface FindOptions extends RunQuery {
  readonly stateFolder: string
  readonly own: ProcessIdentity
}

export async function findRuns(host: RunsHost, options: FindOptions): Promise<readonly RunRecord[]> {
  const {limit = Number.POSITIVE_INFINITY, id} = options
  const lines = await linesBack(host.disk, options)
  const drafts = new Map<string, Draft>()
  for (const line of lines) {
    const run = textIn(line, 'run')
    if (run !== undefined && (id === undefined || run === id)) take(drafts, run, line)
  }
  const newest = [...drafts.values()].reverse().slice(0, limit)
  const lives = new Lives(host, options.own)
  const records: RunRecord[] = []
  for (const draft of newest) records.push(await recordOf(draft, lives, host.clock.now()))
  return records
}

/** The lines that are asked for, oldest first. */
async function linesBack(disk: Disk, options: FindOptions): Promise<Raw[]> {
  const {stateFolder, limit = Number.POSITIVE_INFINITY, id} = options
  const folder = journalFolder(stateFolder)
  const parts: Raw[][] = []
  let starts = 0
  let endsAt: number | undefined
  for (const segment of (await listSegments(disk, folder)).toReversed()) {
    if (starts >= (id === undefined ? limit : 1)) break
    const bytes = await readSegment(disk, folder, segment)
    if (bytes === undefined) continue
    // What a crash left behind the chain is not part of what was done.
    const chained = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(endsAt ?? bytes.length, bytes.length))
    endsAt = headerOf(bytes)?.afterBytes
    const part = linesIn(chained, options)
    starts += part.filter(({type}) => type === 'run_start').length
    parts.push(part)
  }
  return parts.reverse().flat()
}

/** A line break inside a text is written as two letters, so that only lines are found where one is searched for. */
function linesIn(bytes: Buffer, {id, withSteps = false}: FindOptions): Raw[] {
  // Every line that names this run, and some more.
  if (id !== undefined) return found(bytes, `"run":${JSON.stringify(id)}`, 0)
  return found(bytes, withSteps ? '\n{"type":"' : '\n{"type":"run_', 1)
}

function found(bytes: Buffer, mark: string, markStart: number): Raw[] {
  const lines: Raw[] = []
  for (let at = bytes.indexOf(mark); at >= 0;) {
    const start = bytes.lastIndexOf(lineBreak, Math.max(0, at + markStart - 1)) + 1
    const end = bytes.indexOf(lineBreak, at + markStart)
    if (end < 0) break
    const raw = parseRecord(bytes.toString('utf8', start, end))
    if (raw !== undefined) lines.push(raw)
    // The break itself may be where the next mark begins.
    at = bytes.indexOf(mark, end)
  }
  return lines
}

const lineBreak = 0x0a

/** A run, line by line. */
interface Draft {
  readonly begun: Begun
  identity: ProcessIdentity
  leaseUntilMs: number
  continuedAs: RunRecord['continuedAs']
  ended: Ended | undefined
  readonly holds: string[]
  readonly steps: Map<string, StepRecord>
}

type Ended = Pick<RunRecord, 'endedMs' | 'durationMs' | 'exitCode' | 'changed'> & {
  readonly status: RunEndStatus
}
type Begun = Omit<RunRecord, keyof Ended | 'identity' | 'continuedAs' | 'holds' | 'steps'>

function take(drafts: Map<string, Draft>, run: string, line: Raw): void {
  const draft = drafts.get(run)
  switch (line['type']) {
    case 'run_start': {
      const begun = begunBy(run, line)
      const holds = foldersIn(line)
      if (begun !== undefined) drafts.set(run, {...begun, holds, continuedAs: null, ended: undefined, steps: new Map()})
      return
    }
    case 'run_holds':
      draft?.holds.push(...foldersIn(line))
      return
    case 'run_continue':
      if (draft !== undefined) resume(draft, line)
      return
    case 'run_end':
      if (draft !== undefined) draft.ended = endedBy(line) ?? draft.ended
      return
    case 'step_begin':
    case 'step_end':
      if (draft !== undefined) takeStep(draft.steps, line)
  }
}

function begunBy(runId: string, line: Raw): Pick<Draft, 'begun' | 'identity' | 'leaseUntilMs'> | undefined {
  const [startedMs, identity] = [timeIn(line, 'at'), readIdentity(line['identity'])]
  if (startedMs === undefined || identity === undefined) return undefined
  const who = line['who']
  const begun = {
    runId,
    command: textIn(line, 'command') ?? '',
    runbook: textIn(line, 'runbook') ?? '',
    version: textIn(line, 'version') ?? '',
    startedMs,
    deadlineMs: numberIn(line, 'deadline_ms') ?? 0,
    user: (isRecord(who) ? textIn(who, 'user') : undefined) ?? identity.user,
    argv: listIn(line, 'argv').map(String),
    configHash: textIn(line, 'config_hash') ?? '',
    planHash: textIn(line, 'plan_hash') ?? '',
    locks: listIn(line, 'locks').flatMap(lockIn)
  }
  return {begun, identity, leaseUntilMs: timeIn(line, 'lease_until') ?? startedMs}
}

function foldersIn(line: Raw): string[] {
  return listIn(line, 'holds').map(String)
}

function lockIn(raw: unknown): RunLock[] {
  if (!isRecord(raw)) return []
  const [resource, mode, folder] = [textIn(raw, 'resource'), textIn(raw, 'mode'), textIn(raw, 'folder')]
  if (resource === undefined || folder === undefined || (mode !== 'shared' && mode !== 'exclusive')) return []
  return [{resource, mode, folder}]
}

/** Somebody else works on it now: whatever it ended with before is over. */
function resume(draft: Draft, line: Raw): void {
  const [identity, as] = [readIdentity(line['identity']), line['as']]
  if (identity === undefined || (as !== 'resume' && as !== 'undo')) return
  draft.identity = identity
  draft.leaseUntilMs = timeIn(line, 'lease_until') ?? draft.leaseUntilMs
  draft.continuedAs = as
  draft.ended = undefined
}

const endStatuses: readonly RunEndStatus[] = [
  ...(['done', 'nothing', 'partial', 'failed', 'stuck'] as const),
  ...(['refused', 'interrupted', 'undone', 'deadline', 'closed'] as const)
]

function endedBy(line: Raw): Ended | undefined {
  const status = endStatuses.find((word) => word === line['status'])
  const endedMs = timeIn(line, 'at')
  if (status === undefined || endedMs === undefined) return undefined
  return {
    status,
    endedMs,
    durationMs: numberIn(line, 'duration_ms') ?? null,
    exitCode: numberIn(line, 'exit_code') ?? null,
    changed: listIn(line, 'changed').map(String)
  }
}

const stepEndStatuses: readonly StepEndStatus[] = ['done', 'nothing', 'failed', 'skipped', 'undone', 'undo_failed']

function takeStep(steps: Map<string, StepRecord>, line: Raw): void {
  const [step, number] = [textIn(line, 'step'), numberIn(line, 'number')]
  if (step === undefined || number === undefined) return
  const known = steps.get(step)
  if (line['type'] === 'step_begin') {
    const [kind, target] = [textIn(line, 'kind') ?? '', textIn(line, 'target') ?? '']
    steps.set(step, {...untouched, ...known, step, number, kind, target, status: 'begun'})
    return
  }
  const status = stepEndStatuses.find((word) => word === line['status'])
  if (status === undefined) return
  const fault = faultIn(line['fault'])
  const before = {...untouched, step, number, ...known}
  // What was undone is still told as it was done: that is what there was to undo.
  if (status === 'undone' || status === 'undo_failed') steps.set(step, {...before, status, fault})
  else steps.set(step, {...before, status, fault, ...resultsIn(line)})
}

const untouched: Omit<StepRecord, 'step' | 'number' | 'status'> = {
  kind: '',
  target: '',
  changed: false,
  durationMs: null,
  before: null,
  after: null,
  outputs: null,
  fault: null,
  outputTail: null
}

function resultsIn(line: Raw): Partial<StepRecord> {
  return {
    changed: line['changed'] === true,
    durationMs: numberIn(line, 'duration_ms') ?? null,
    before: line['before'] ?? null,
    after: line['after'] ?? null,
    outputs: line['outputs'] ?? null,
    outputTail: textIn(line, 'output_tail') ?? null
  }
}

function faultIn(raw: unknown): StepRecord['fault'] {
  if (!isRecord(raw)) return null
  const code = textIn(raw, 'code')
  return code === undefined ? null : {code, values: raw['values']}
}

/** A process may have left many runs behind, and is looked at once. */
class Lives {
  readonly #host: RunsHost
  readonly #own: ProcessIdentity
  readonly #known = new Map<string, Life>()

  constructor(host: RunsHost, own: ProcessIdentity) {
    this.#host = host
    this.#own = own
  }

  async of(identity: ProcessIdentity): Promise<Life> {
    const key = JSON.stringify(identity)
    const life = this.#known.get(key) ?? (await lifeOf(this.#host, identity, this.#own))
    this.#known.set(key, life)
    return life
  }
}

async function recordOf(draft: Draft, lives: Lives, nowMs: number): Promise<RunRecord> {
  const {begun, ended, identity, continuedAs, holds} = draft
  const steps = [...draft.steps.values()]
  if (ended !== undefined) return {...begun, ...ended, identity, continuedAs, holds, steps}
  const life = await lives.of(identity)
  const isOver = life === 'gone' || (life === 'unknowable' && nowMs > draft.leaseUntilMs)
  return {...begun, ...unended, status: isOver ? 'crashed' : 'running', identity, continuedAs, holds, steps}
}

const unended = {endedMs: null, durationMs: null, exitCode: null, changed: []}

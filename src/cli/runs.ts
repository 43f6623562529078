import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import type {Report} from '../base/report.ts'
import type {World} from '../cli.ts'
import {openJournal, readRuns, whoIs, type RunRecord, type StepRecord} from '../ledger/journal.ts'
import {ownIdentity} from '../host/identity.ts'
import {dailyCheck} from '../checks/daily.ts'
import {resumeRun, undoRun, type ResumeRequest, type UndoRequest} from '../runbook/run.ts'
import {plain, table} from '../text/columns.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {writing} from '../text/writing.ts'
import {inert} from './printing.ts'
import {openScene, type SceneFlags} from './scene.ts'
import {openWorkplace} from './workplace.ts'

/** `runs list`; without a limit, all that the journal still has. */
export async function listRuns(world: World, flags: SceneFlags, limit: number | undefined): Promise<Report> {
  const {host, stateFolder} = await openScene(flags, world)
  const runs = await readRuns(host, stateFolder, limit === undefined ? {} : {limit})
  const {zone, language} = world.style.reading
  const write = writing(zone)
  const {words} = catalogueOf(language)
  const rows = runs.map(({runId, startedMs, durationMs, status, user, command}) => {
    const took = durationMs === null ? '-' : write.duration(durationMs)
    return [runId, write.time(startedMs), took, words.runStatus[status], user, command]
  })
  return {...bare('runs list'), body: {lines: table(rows), fields: {runs: runs.map(runFields)}}}
}

export async function showRun(world: World, flags: SceneFlags, id: string): Promise<Report> {
  const {host, stateFolder} = await openScene(flags, world)
  const run = await findRun(host, stateFolder, id)
  const {zone, language, detail} = world.style.reading
  const write = writing(zone)
  const {words} = catalogueOf(language)
  const took = run.durationMs === null ? '' : ` (${write.duration(run.durationMs)})`
  const head = [
    [run.runId, `${run.command}: ${words.runStatus[run.status]}${took}`],
    ['', `${write.time(run.startedMs)}  ${run.user}  ${run.argv.join(' ')}`]
  ]
  const steps = run.steps.map((step) => [
    String(step.number),
    step.step,
    words.stepStatus[step.status],
    step.target,
    why(step)
  ])
  const printed = detail === 'verbose' ? run.steps.flatMap(printedBy) : []
  const lines = [...table(head), ...table(steps).map((line) => `  ${line}`), ...printed]
  return {
    ...bare('runs show'),
    runId: run.runId,
    body: {lines, fields: {run: {...runFields(run), steps: run.steps.map(stepFields)}}}
  }
}

function why({fault}: StepRecord): string {
  return fault === null ? '' : fault.code
}

function printedBy({step, outputTail}: StepRecord): readonly string[] {
  return outputTail === null ? [] : [`--- ${step}`, ...outputTail.split('\n')].map(plain)
}

export async function resume(world: World, flags: SceneFlags, request: ResumeRequest): Promise<Report> {
  return resumeRun(await openWorkplace(flags, world), request)
}

export async function undo(world: World, flags: SceneFlags, request: UndoRequest): Promise<Report> {
  return undoRun(await openWorkplace(flags, world), request)
}

export interface CloseRequest {
  readonly run: string
  readonly reason: string
}

/** `runs close`: a person has set right what the run left, and says so; nothing but that is changed. */
export async function closeRun(world: World, flags: SceneFlags, {run, reason}: CloseRequest): Promise<Report> {
  const {host, stateFolder, secrets} = await openWorkplace(flags, world)
  const {status} = await findRun(host, stateFolder, run)
  if (!unsettled.includes(status)) throw new Fault('run-not-open', {run, how: 'close', status})
  const journal = await openJournal(host, {stateFolder, secrets, identity: await ownIdentity(host)})
  const closed = {who: whoIs(host.machine), reason}
  await journal.append({type: 'run_end', run, status: 'closed', exit_code: 0, changed: [], duration_ms: 0, closed})
  return {...bare('runs close'), status: 'done', changed: [run], runId: run, body: {lines: [run], fields: {}}}
}

const unsettled: readonly RunRecord['status'][] = ['crashed', 'stuck', 'partial', 'failed', 'interrupted', 'deadline']

/** `runs verify`: the verdict of the check that `daily-check` makes, too. */
export async function verifyRuns(world: World, flags: SceneFlags): Promise<Report> {
  const only = {only: ['journal.integrity'], skip: [], profile: undefined, pingUrl: undefined}
  const report = await dailyCheck(await openScene(flags, world), {
    ...only,
    sinceMs: undefined,
    timeoutMs: undefined,
    warningsPass: false
  })
  return {...report, command: 'runs verify'}
}

/** `runs export`: for people who keep records elsewhere; a line is one run, with all its steps. */
export async function exportRuns(world: World, flags: SceneFlags, sinceMs: number | undefined): Promise<Report> {
  const {host, stateFolder} = await openScene(flags, world)
  const fromMs = sinceMs === undefined ? 0 : host.clock.now() - sinceMs
  const runs = (await readRuns(host, stateFolder, {withSteps: true})).filter(({startedMs}) => startedMs >= fromMs)
  const documents = runs.map((run) => ({...runFields(run), steps: run.steps.map(stepFields)}))
  const lines = documents.map((one) => inert(JSON.stringify(one)))
  return {...bare('runs export'), body: {lines, fields: {runs: documents}}}
}

async function findRun(host: World['host'], stateFolder: string, id: string): Promise<RunRecord> {
  const [run] = await readRuns(host, stateFolder, {id})
  if (run !== undefined) return run
  const known = (await readRuns(host, stateFolder, {limit: 100})).map(({runId}) => runId)
  throw new Fault('run-unknown', {id, nearest: nearest(id, known)})
}

function runFields(run: RunRecord): Readonly<Record<string, unknown>> {
  return {
    run_id: run.runId,
    command: run.command,
    runbook: run.runbook,
    status: run.status,
    started_at: iso(run.startedMs),
    ended_at: run.endedMs === null ? null : iso(run.endedMs),
    duration_ms: run.durationMs,
    user: run.user,
    argv: run.argv,
    plan_hash: run.planHash,
    config_hash: run.configHash,
    exit_code: run.exitCode,
    changed: run.changed,
    holds: run.holds,
    locks: run.locks,
    continued_as: run.continuedAs
  }
}

function stepFields(step: StepRecord): Readonly<Record<string, unknown>> {
  return {
    id: step.step,
    number: step.number,
    kind: step.kind,
    target: step.target,
    status: step.status,
    changed: step.changed,
    duration_ms: step.durationMs,
    before: step.before,
    after: step.after,
    outputs: step.outputs,
    fault: step.fault,
    output_tail: step.outputTail
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function bare(command: string): Report {
  return {command, status: 'nothing', changed: [], checks: [], warnings: [], errors: []}
}

import {assert} from '../base/assert.ts'
import {Fault} from '../base/fault.ts'
import {worst, type CheckResult, type Report} from '../base/report.ts'
import type {Loaded} from '../config/load.ts'
import {deadlineAfter, within, type Clock} from '../host/clock.ts'
import type {Host} from '../host/host.ts'
import {silentProgress, type Progress} from '../host/progress.ts'
import {thresholdOf, type Check, type CheckContext, type Limits} from './check.ts'
import {checks, runChecks, type Checked, type Run} from './checks.ts'
import {FileSystems} from './file-systems.ts'
import {peek, recall, remember, type Memory, type Recalled} from './memory.ts'
import {excusedBy, select, type Asked} from './selection.ts'

/** Where a run of checks takes place. */
export interface Scene {
  readonly host: Host
  readonly loaded: Loaded
  /** Where checks remember; see `stateFolder` in `config/`. */
  readonly stateFolder: string
  readonly stop: AbortSignal
  readonly progress: Progress
}

export interface DailyRequest extends Asked {
  readonly sinceMs: number | undefined
  readonly timeoutMs: number | undefined
  readonly warningsPass: boolean
  readonly pingUrl: string | undefined
}

/** Looks at everything that was asked for, judges it, and remembers what the next run compares with. */
export async function dailyCheck(scene: Scene, request: DailyRequest): Promise<Report> {
  const {host, loaded, progress} = scene
  const selected = select(checks, request, loaded.config)
  const path = memoryPath(scene)
  const left = timeLeft(host.clock, request.timeoutMs)
  const partMs = (): number => Math.min(loaded.config.checks.deadline, left())
  // The other half is for the checks: a state folder on a dead mount must not cost the verdict.
  const {memory, warnings, mayWrite} = await recallWithin(scene, path, partMs() / 2)
  const checked = await runChecks(runOf(scene, request, {selected, memory, deadlineMs: partMs()}))
  const results = checked.map(({result}) => result)
  await within(deadlineAfter(host.clock, lastMs), progress.close())
  const next = updated(memory, checked, host.clock.now())
  const saving = {memory: next, withinMs: Math.max(lastMs, partMs())}
  const unsaved = mayWrite && isDue(checked) ? await rememberWithin(host, path, saving) : undefined
  const report: Report = {
    command: 'daily-check',
    status: worst(results),
    changed: [],
    checks: results,
    warnings: [...loaded.warnings, ...warnings, ...(unsaved === undefined ? [] : [unsaved])],
    errors: [],
    warningsPass: request.warningsPass
  }
  return pinged(report, await ping(scene, request, {report, withinMs: Math.max(lastMs, left())}))
}

/** One check by itself. It compares with what the last run remembered, and that stays as it is. */
export async function checkAlone(scene: Omit<Scene, 'progress'>, check: Check): Promise<CheckResult> {
  const {host, loaded, stop} = scene
  const deadlineMs = loaded.config.checks.deadline
  const found = await within(deadlineAfter(host.clock, deadlineMs / 2, stop), peek(host, memoryPath(scene)))
  const memory: Memory = found === 'late' ? new Map() : found
  const quiet = {...scene, progress: silentProgress}
  const [checked] = await runChecks(runOf(quiet, {sinceMs: undefined}, {selected: [check], memory, deadlineMs}))
  assert(checked !== undefined, 'every check that is run has a result')
  return checked.result
}

function memoryPath({stateFolder}: Pick<Scene, 'stateFolder'>): string {
  return `${stateFolder}/daily-check.json`
}

// What comes after the verdict is short, and has this long even where the checks have used up the time of the run.
const lastMs = 1000

/** What is left of the time of the whole run; without a limit there is no end of it. */
function timeLeft(clock: Clock, timeoutMs = Number.POSITIVE_INFINITY): () => number {
  const endMs = clock.elapsed() + timeoutMs
  return () => Math.max(0, Math.round(endMs - clock.elapsed()))
}

async function recallWithin({host, stop}: Scene, path: string, withinMs: number): Promise<Recalled> {
  const recalled = await within(deadlineAfter(host.clock, withinMs, stop), recall(host, path))
  if (recalled !== 'late') return recalled
  const reason = stop.aborted ? 'aborted' : 'ETIMEDOUT'
  return {memory: new Map(), warnings: [new Fault('file-unreadable', {path, reason})], mayWrite: false}
}

interface Saving {
  readonly memory: Memory
  readonly withinMs: number
}

/** Also a run that was stopped remembers what it saw: only time ends the waiting. */
async function rememberWithin(host: Host, path: string, {memory, withinMs}: Saving): Promise<Fault | undefined> {
  const saved = await within(deadlineAfter(host.clock, withinMs), remember(host, path, memory))
  return saved === 'late' ? new Fault('state-unwritable', {path, reason: 'ETIMEDOUT'}) : saved
}

interface Prepared {
  readonly selected: Run['checks']
  readonly memory: Memory
  readonly deadlineMs: number
}

function runOf(
  {host, loaded, stateFolder, progress, stop}: Scene,
  request: Pick<DailyRequest, 'sinceMs'>,
  prepared: Prepared
): Run {
  const {config, isSet} = loaded
  const {selected, memory, deadlineMs} = prepared
  const toMs = host.clock.now()
  const window = {fromMs: toMs - (request.sinceMs ?? config.checks.since), toMs}
  const fileSystems = new FileSystems(host, stop)
  const contextOf = (id: string, signal: AbortSignal): CheckContext => {
    return {host, config, isSet, fileSystems, stateFolder, window, remembered: memory.get(id), signal}
  }
  return {
    clock: host.clock,
    checks: selected,
    excused: excusedBy(config, new Date(toMs).toISOString().slice(0, 10)),
    contextOf,
    deadlineMs,
    stop,
    watch: progress
  }
}

function isDue(checked: readonly Checked[]): boolean {
  return checked.some((one) => one.remember !== undefined)
}

function updated(memory: Memory, checked: readonly Checked[], atMs: number): Memory {
  const next = new Map(memory)
  for (const {result, remember: values} of checked) if (values !== undefined) next.set(result.id, {atMs, values})
  return next
}

interface News {
  readonly report: Report
  readonly withinMs: number
}

/** Dead man's switch: an address that is told of each finished run, and raises the alarm when it hears of none. */
async function ping({host, loaded, stop}: Scene, request: DailyRequest, news: News): Promise<Fault | undefined> {
  const url = request.pingUrl ?? loaded.config.checks.ping_url ?? undefined
  // A run that somebody broke off is not finished: that nothing is heard of it is the right word.
  if (url === undefined || stop.aborted) return undefined
  const {status} = news.report
  const isGood = status === 'ok' || (status === 'warning' && request.warningsPass)
  const limit = deadlineAfter(host.clock, news.withinMs, stop)
  const answer = await host.network.ping(isGood ? url : failUrl(url), limit.signal)
  limit.cancel()
  return answer.status === 'taken' ? undefined : new Fault('ping-failed', {reason: answer.reason})
}

/** The path is what such services look at; a query stays behind it. */
function failUrl(url: string): string {
  return url.replace(/\/*(?=[?#]|$)/, '/fail')
}

function pinged(report: Report, failed: Fault | undefined): Report {
  return failed === undefined ? report : {...report, warnings: [...report.warnings, failed]}
}

/** `daily-check --list`: every id with what it looks at and from when on it is bad. */
export function listChecks({loaded}: Pick<Scene, 'loaded'>, asked: Asked): Report {
  const settings = loaded.config.checks as unknown as Readonly<Record<string, Partial<Limits> | undefined>>
  const list = select(checks, asked, loaded.config).map(({id, parents}) => {
    const own = settings[id]
    const limits: Limits = {warning: own?.warning ?? null, critical: own?.critical ?? null}
    return {id, parents: parents ?? [], threshold: thresholdOf(limits)}
  })
  const width = Math.max(0, ...list.map(({id}) => id.length))
  const lines = list.map(({id, threshold}) => {
    const limits = Object.entries(threshold).filter(([, range]) => range !== null)
    return `${id.padEnd(width)}  ${limits.map(([name, range]) => `${name} ${String(range)}`).join(', ')}`.trimEnd()
  })
  const results: readonly CheckResult[] = []
  return {
    command: 'daily-check',
    status: 'ok',
    changed: [],
    checks: results,
    warnings: loaded.warnings,
    errors: [],
    body: {lines, fields: {list}}
  }
}

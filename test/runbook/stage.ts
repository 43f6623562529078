import {readFileSync} from 'node:fs'
import {exitCodeOf} from '../../src/base/ending.ts'
import {Fault, Faults} from '../../src/base/fault.ts'
import type {PlanItem, Report, StepOutcome} from '../../src/base/report.ts'
import {silentProgress, type Progress} from '../../src/host/progress.ts'
import {readRuns, verify, type RunRecord} from '../../src/ledger/journal.ts'
import {listLocks, type LockRecord} from '../../src/ledger/locks.ts'
import type {Facts} from '../../src/runbook/facts.ts'
import {look} from '../../src/runbook/look.ts'
import {plan, subjectsOf, type Intent, type Plan, type PlanPlace} from '../../src/runbook/plan.ts'
import {prepare} from '../../src/runbook/prepare.ts'
import {undoRun, resumeRun, runRunbook, type RunRequest, type Workplace} from '../../src/runbook/run.ts'
import type {ResumeRequest, UndoRequest} from '../../src/runbook/run.ts'
import {openShelf} from '../../src/runbook/shelf.ts'
import type {Loaded} from '../../src/config/load.ts'
import {loadedWith} from '../checks/context.ts'
import {putProcess} from '../ledger/ground.ts'
import type {SimClock} from '../sim/clock.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost, type SimHost, type SimHostOptions} from '../sim/host.ts'
import {exited, SimProcesses} from '../sim/processes.ts'
import {up} from '../sim/services.ts'
import type {TroubleOptions} from '../sim/trouble.ts'

const runbooks = '/srv/runbooks'
export const state = '/srv/state'
export const logs = '/srv/logs'
export const unit = 'app.service'

/** Programs of the machine. Each takes note of that it was run; a test scripts what else it does. */
const programs = ['announce', 'withdraw', 'look', 'fail', 'hang'] as const
export type Program = (typeof programs)[number]

export function program(name: Program): string {
  return `/usr/bin/${name}`
}

export interface StageOptions extends Partial<SimHostOptions> {
  /** By name: the text of the file. */
  readonly runbooks?: Readonly<Record<string, string>>
  readonly set?: readonly string[]
  /** What the terminal answers. */
  readonly answer?: 'yes' | 'no' | 'nobody'
  readonly progress?: Progress
}

/** A runbook that comes with logcaster, as it is. */
export function shipped(name: string): string {
  return readFileSync(new URL(`../../runbooks/${name}.yaml`, import.meta.url), 'utf8')
}

/** Steps alone, with what every runbook has to have around them. */
export function steps(text: string, head = ''): string {
  const indented = text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
  return `about: for a test\n${head}\nsteps:\n${indented}\n`
}

/** A machine with logs, a unit, programs, runbooks on its disk, and one process that runs them. */
export function stageWith(options: StageOptions = {}): Stage {
  const host = simHost({seed: 7, ...options})
  const {disk} = host
  for (const folder of [state, logs, '/srv/data', '/srv/conf', '/srv/shipped']) disk.putFolder(folder)
  disk.putFolder(state, {mode: 0o700, uid: host.machine.uid})
  for (const [name, text] of Object.entries(options.runbooks ?? {})) disk.put(`${runbooks}/${name}.yaml`, text)
  for (const name of ['/bin/sh', ...programs.map(program)]) disk.put(name, '', {mode: 0o755})
  disk.putProc('/proc/sys/kernel/random/boot_id', 'first-boot\n')
  disk.putProc('/proc/uptime', '10000.50 20000.10\n')
  putProcess(host, host.machine.pid)
  host.services.put(unit, up({sinceMs: host.clock.now() - 3_600_000, mainPid: 4711}))
  const set = [`paths.logs=${logs}`, 'paths.data=/srv/data', `service.unit=${unit}`, ...(options.set ?? [])]
  return new Stage(host, {options, loaded: loadedWith(set), ran: new Map()})
}

export interface Planned {
  readonly intent: Intent
  readonly facts: Facts
  readonly at: PlanPlace
  readonly plan: Plan
}

export type Ask<Request> = Partial<Request>

interface Memory {
  readonly options: StageOptions
  /** Read once: it is the same for every process. */
  readonly loaded: Promise<Loaded>
  /** How often each program was run, by whichever process. */
  readonly ran: Map<string, number>
}

/** One process of ours on the machine. */
export class Stage {
  readonly host: SimHost
  readonly stop = new AbortController()
  /** Fires when the process is killed: nothing of what it was at is waited for any more. */
  readonly death = new AbortController()
  /** What the process sees of its machine; a test puts something in between. */
  seen: Partial<Pick<Workplace['host'], 'disk' | 'processes' | 'services'>> = {}
  readonly #memory: Memory

  constructor(host: SimHost, memory: Memory) {
    this.host = host
    this.#memory = memory
    for (const name of programs) {
      host.processes.script([program(name)], () => {
        this.count(name)
        return exited(name === 'fail' ? 3 : 0, `${name} ran`)
      })
    }
    host.processes.script(['/bin/sh'], exited(0, 'as it is'))
  }

  get disk(): SimDisk {
    return this.host.disk
  }

  get clock(): SimClock {
    return this.host.clock
  }

  count(name: string): void {
    this.#memory.ran.set(name, this.ran(name) + 1)
  }

  ran(name: string): number {
    return this.#memory.ran.get(name) ?? 0
  }

  async place(given: Partial<Workplace> = {}): Promise<Workplace> {
    const {options, loaded} = this.#memory
    const host = {...this.host, ...this.seen}
    return {
      host,
      loaded: await loaded,
      stateFolder: state,
      stop: this.stop.signal,
      progress: options.progress ?? silentProgress,
      shelf: openShelf(host, {shipped: '/srv/shipped', own: [runbooks]}),
      version: '0.0.0',
      secrets: ['hunter22'],
      agree: () => Promise.resolve(options.answer ?? 'nobody'),
      ...given
    }
  }

  async run(runbook: string, ask: Ask<RunRequest> = {}): Promise<Report> {
    const request = {runbook, inputs: [], dryRun: false, diff: false, isDetailed: false, yes: true, waitMs: 0, ...ask}
    return this.#report(runbook, runRunbook(await this.place(), request))
  }

  /** What a run would do, and what it is worked out from. */
  async plan(runbook: string, inputs: readonly string[] = []): Promise<Planned> {
    const place = await this.place()
    const run = {id: '20261120T091500Z-k3v9x2', startedMs: this.clock.now()}
    const at = {run, config: place.loaded.config, uid: this.host.machine.uid}
    const check = (): never => {
      throw new Error('planning looks at no check by itself')
    }
    const intent = await prepare(await place.shelf.read(runbook), inputs, {place, at, check})
    const facts = await look(subjectsOf(intent.drafts, at), this.host, this.stop.signal)
    return {intent, facts, at, plan: plan(intent, facts, at)}
  }

  async resume(run: string, ask: Ask<ResumeRequest> = {}): Promise<Report> {
    const request = {run, done: [], again: [], yes: true, waitMs: 0, ...ask}
    return this.#report('runs resume', resumeRun(await this.place(), request))
  }

  async undo(run: string, ask: Ask<UndoRequest> = {}): Promise<Report> {
    return this.#report('runs undo', undoRun(await this.place(), {run, dryRun: false, yes: true, waitMs: 0, ...ask}))
  }

  /** As the base of all commands does it: a fault that is thrown is a report, too. */
  async #report(command: string, work: Promise<Report>): Promise<Report> {
    try {
      return await passing(this.clock, work, this.death.signal)
    } catch (error) {
      const errors = error instanceof Faults ? error.all : error instanceof Fault ? [error] : undefined
      if (errors === undefined) throw error
      return {command, status: 'failed', changed: [], checks: [], warnings: [], errors}
    }
  }

  runs(): Promise<readonly RunRecord[]> {
    return readRuns(this.host, state)
  }

  /** With its steps. */
  async record(id: string): Promise<RunRecord | undefined> {
    return (await readRuns(this.host, state, {id}))[0]
  }

  verify(): ReturnType<typeof verify> {
    return verify(this.host, state)
  }

  locks(): Promise<readonly LockRecord[]> {
    return listLocks(this.host, [state, logs, '/srv/data', `${state}/journal`])
  }

  /** Another process at the same time, on the same machine. */
  beside(): Stage {
    const {host} = this
    const pid = host.machine.pid + 1
    const own = simHost({seed: host.random.seed + 1, machine: {...host.machine, pid}})
    const processes = new SimProcesses({clock: host.clock, living: [pid, host.machine.pid]})
    const beside: SimHost = {...host, random: own.random, machine: own.machine, processes}
    for (const one of [host, beside]) putProcess(one, pid)
    return new Stage(beside, this.#memory)
  }

  /** Another process after this one is gone: of the same machine, or after a power loss of a machine that came back. */
  next({disk, hasRebooted = false, trouble}: Next = {}): Stage {
    const {clock, services, openFiles, machine} = this.host
    const pid = machine.pid + 1
    const left = disk ?? this.disk.kill(trouble)
    const own = simHost({seed: this.host.random.seed + 1, machine: {...machine, pid}})
    const processes = new SimProcesses({clock, living: [pid]})
    const host: SimHost = {...own, clock, disk: left, processes, services, openFiles}
    clock.step(60_000)
    if (hasRebooted) {
      left.putProc('/proc/sys/kernel/random/boot_id', `boot of ${pid}\n`)
      left.putProc('/proc/uptime', '20.00 40.00\n')
    }
    putProcess(host, pid)
    return new Stage(host, this.#memory)
  }
}

export interface Next {
  readonly disk?: SimDisk
  readonly hasRebooted?: boolean
  readonly trouble?: TroubleOptions
}

// Longer than the longest run of any test: nobody gets there unless something hangs.
const patienceMs = 40 * 3_600_000

/** A process was killed: what it would have come to is of no interest. */
export class Killed extends Error {}

/** Lets time pass until the work is over, or its process is killed. */
async function passing<Result>(clock: SimClock, work: Promise<Result>, death?: AbortSignal): Promise<Result> {
  const over = new AbortController()
  const settle = (): void => {
    over.abort()
  }
  work.then(settle, settle)
  await clock.advance(0)
  for (let ms = 1, passedMs = 0; !over.signal.aborted; passedMs += ms, ms = Math.min(60_000, ms * 2)) {
    if (death?.aborted === true) throw new Killed()
    if (passedMs > patienceMs) throw new Error('nothing comes of it any more')
    await clock.advance(ms)
  }
  return work
}

export function codesOf(faults: readonly Fault[]): string[] {
  return faults.map(({code}) => code)
}

export function exitOf(report: Report): number {
  return exitCodeOf(report, 'action')
}

/** What came of each step, by id. */
export function outcomes(report: Report): Readonly<Record<string, StepOutcome['status']>> {
  return Object.fromEntries((report.plan ?? []).map(({id, outcome}) => [id, outcome?.status ?? 'not-reached']))
}

export function actions(report: Report): Readonly<Record<string, PlanItem['action']>> {
  return Object.fromEntries((report.plan ?? []).map(({id, action}) => [id, action]))
}

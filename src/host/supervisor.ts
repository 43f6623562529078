import {spawn, type ChildProcess} from 'node:child_process'
import {closeSync, copyFileSync, existsSync, openSync, rmSync, statSync, truncateSync} from 'node:fs'
import {reasonOf} from '../base/fault.ts'
import {sleep} from './clock.ts'
import type {Host} from './host.ts'
import {ownIdentity, startOf, type IdentityHost, type ProcessIdentity} from './identity.ts'
import type {Interruption} from './interruption.ts'
import {withoutMark} from './strays.ts'
import {writeSupervised, type Phase, type Result, type Supervised, type SupervisedFiles} from './supervised.ts'

/**
 * Keeps one service running where nothing else does: starts it, starts it again when it fails, later each time, and
 * gives up when it fails again and again. What it does stands in a file that others read, see `supervised.ts`.
 */
export interface Supervision {
  readonly unit: string
  readonly files: SupervisedFiles
  readonly argv: readonly [string, ...string[]]
  readonly limits: SupervisionLimits
}

export interface SupervisionLimits {
  /** Before the first restart; doubled for each one after it. */
  readonly pauseMs: number
  readonly pauseMsMax: number
  /** So many failures within the window, and it is not started any more. */
  readonly failuresMax: number
  readonly windowMs: number
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number
}

/** A fault that passes within some seconds is not felt; one that stays is not tried for ever. */
export const supervisionLimits: Omit<SupervisionLimits, 'graceMs'> = {
  pauseMs: 500,
  pauseMsMax: 30_000,
  failuresMax: 6,
  windowMs: 300_000
}

export type SupervisionEnd = {readonly restarts: number} & HowEnded

type HowEnded =
  /** Told to end, or the service ended by itself and without an error. */
  | {readonly how: 'ended'}
  /** Starting it again could change nothing. */
  | {readonly how: 'failed'; readonly reason: string}
  | {readonly how: 'limited'; readonly reason: string; readonly failures: number}

export type SupervisorHost = Pick<Host, 'clock' | 'disk' | 'random'> & IdentityHost

export async function supervise(
  host: SupervisorHost,
  supervision: Supervision,
  signals: Pick<Interruption, 'stop' | 'onHangUp'>
): Promise<SupervisionEnd> {
  const supervisor = new Supervisor(host, supervision, await ownIdentity(host))
  const release = signals.onHangUp(() => {
    supervisor.passOn('SIGHUP')
  })
  try {
    return await supervisor.run(signals.stop)
  } finally {
    release()
  }
}

interface Ending {
  readonly result: Result
  readonly reason: string
  /** Null when a signal ended it. */
  readonly code: number | null
}

// Refused for safety, a wrong use, a wrong configuration: the next attempt would end in the same way.
const hopelessCodes: readonly (number | null)[] = [5, 64, 78]

// Looking whether a file is there costs next to nothing, and ends with the start.
const readyLookMs = 50

// The service tells little, and nobody but us may make room where a program has the file open.
const logBytesMax = 8 << 20
const logLookMs = 60_000

class Supervisor {
  readonly #host: SupervisorHost
  readonly #supervision: Supervision
  readonly #own: ProcessIdentity
  readonly #failures: number[] = []
  #restarts = 0
  #child: ChildProcess | undefined
  #last: Pick<Supervised, 'result' | 'reason'> = {result: 'success', reason: ''}
  #writing = Promise.resolve()

  constructor(host: SupervisorHost, supervision: Supervision, own: ProcessIdentity) {
    this.#host = host
    this.#supervision = supervision
    this.#own = own
  }

  async run(stop: AbortSignal): Promise<SupervisionEnd> {
    const isTold = (): boolean => stop.aborted
    for (;;) {
      const ending = await this.#runOnce(stop)
      this.#last = {result: ending.result, reason: ending.reason}
      if (isTold() || ending.code === 0) return this.#close('ended', {how: 'ended'})
      if (hopelessCodes.includes(ending.code)) return this.#close('failed', {how: 'failed', reason: ending.reason})
      const failures = this.#countFailure()
      const {failuresMax, pauseMs, pauseMsMax} = this.#supervision.limits
      if (failures >= failuresMax) {
        return this.#close('limited', {how: 'limited', reason: ending.reason, failures})
      }
      await this.#note('waiting', null)
      await sleep(this.#host.clock, Math.min(pauseMs * 2 ** (failures - 1), pauseMsMax), stop)
      if (isTold()) return this.#close('ended', {how: 'ended'})
      this.#restarts += 1
    }
  }

  passOn(name: NodeJS.Signals): void {
    // What has ended meanwhile takes no signal, and says so only by its result.
    this.#child?.kill(name)
  }

  /** Failures that are long past say nothing about those of now. */
  #countFailure(): number {
    const nowMs = this.#host.clock.elapsed()
    this.#failures.push(nowMs)
    while ((this.#failures[0] ?? nowMs) < nowMs - this.#supervision.limits.windowMs) this.#failures.shift()
    return this.#failures.length
  }

  async #runOnce(stop: AbortSignal): Promise<Ending> {
    rmSync(this.#supervision.files.ready, {force: true})
    const child = this.#start()
    const over = new AbortController()
    const ended = endOf(child).finally(() => {
      over.abort()
    })
    const service = await this.#identityOf(child)
    await this.#note(stop.aborted ? 'stopping' : 'starting', service)
    const watching = [this.#awaitReady(service, AbortSignal.any([over.signal, stop])), this.#keepLogShort(over.signal)]
    const ending = await this.#untilEnd(ended, {stop, over: over.signal, service})
    await Promise.all(watching)
    this.#child = undefined
    return ending
  }

  #start(): ChildProcess {
    const {argv, files} = this.#supervision
    cutLog(files.log)
    const log = openSync(files.log, 'a', 0o640)
    try {
      const [program, ...args] = argv
      this.#child = spawn(program, args, {cwd: '/', env: withoutMark(process.env), stdio: ['ignore', log, log]})
      return this.#child
    } finally {
      closeSync(log)
    }
  }

  async #identityOf({pid}: ChildProcess): Promise<ProcessIdentity | null> {
    if (pid === undefined) return null
    const start = await startOf(this.#host.disk, pid)
    return {...this.#own, pid, startTicks: start?.startTicks ?? 0}
  }

  async #awaitReady(service: ProcessIdentity | null, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      if (existsSync(this.#supervision.files.ready)) return this.#note('running', service)
      await sleep(this.#host.clock, readyLookMs, over)
    }
  }

  async #keepLogShort(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await sleep(this.#host.clock, logLookMs, over)
      cutLog(this.#supervision.files.log)
    }
  }

  /** Once we are told to stop, the service has its grace, and is then ended. */
  async #untilEnd(
    ended: Promise<Ending>,
    {stop, over, service}: {stop: AbortSignal; over: AbortSignal; service: ProcessIdentity | null}
  ): Promise<Ending> {
    const told = new Promise<void>((resolve) => {
      const hear = (): void => {
        resolve()
      }
      stop.addEventListener('abort', hear, {once: true})
      if (stop.aborted) hear()
    })
    const first = await Promise.race([ended, told])
    if (first !== undefined) return first
    await this.#note('stopping', service)
    this.passOn('SIGTERM')
    await sleep(this.#host.clock, this.#supervision.limits.graceMs, over)
    if (over.aborted) return ended
    this.passOn('SIGKILL')
    return {...(await ended), result: 'timeout'}
  }

  async #close(phase: Phase, end: HowEnded): Promise<SupervisionEnd> {
    await this.#note(phase, null)
    return {...end, restarts: this.#restarts}
  }

  /** One after another: each replaces the file as a whole, and the last has to stay. */
  #note(phase: Phase, service: ProcessIdentity | null): Promise<void> {
    const {unit, files} = this.#supervision
    const {clock} = this.#host
    const processes = {supervisor: this.#own, service}
    const record = {unit, phase, ...processes, sinceMs: clock.now(), restarts: this.#restarts, ...this.#last}
    this.#writing = this.#writing
      .then(() => writeSupervised(this.#host, files.record, record))
      // A full disk must not end the service: what others read of it is then old, and tells of living processes all the same.
      .catch(() => undefined)
    return this.#writing
  }
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve({result: 'exit-code', reason: reasonOf(error), code: null})
    })
    child.once('exit', (code, signal) => {
      const reason = signal ?? `exit code ${String(code)}`
      resolve({result: signal === null ? (code === 0 ? 'success' : 'exit-code') : 'signal', reason, code})
    })
  })
}

/** What is in a log that grew too long becomes the old one. Whoever has it open goes on at its new end. */
function cutLog(path: string): void {
  try {
    if (statSync(path).size <= logBytesMax) return
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  } catch {
    // There is none yet, or no room to keep the old one: the service matters more than what it told.
  }
}

import type {ChildProcess} from 'node:child_process'
import {existsSync} from 'node:fs'
import type {Readable} from 'node:stream'
import {reasonOf} from '../base/fault.ts'
import type {Random} from '../base/random.ts'
import type {Clock} from './clock.ts'
import {deadlineAfter, sleep} from './clock.ts'
import type {Family} from './strays.ts'
import {endStrays, familyOf, markName, protect, signalGroup} from './strays.ts'

/** Running other programs: argv only, never a shell, always with an end, and nothing of them left running. */
export interface Processes {
  run(argv: readonly [string, ...string[]], options: RunOptions): Promise<Ran>
  /**
   * Refuses anything below 2: a stopped unit's MainPID is 0, and signalling 0 or 1 hits ourselves or the machine.
   * Throws what the kernel says (`ESRCH`, `EPERM`) otherwise.
   */
  signal(pid: number, name: NodeJS.Signals): void
  /** Whether there is a process of this number, whoever's it is; one that has ended but was not waited for counts. */
  exists(pid: number): boolean
  /**
   * For our own end: starts nothing any more, stops what still runs, and resolves when nothing of it is left. That takes
   * no longer than the grace of each, and a little.
   */
  settled(): Promise<void>
  /** For who does not wait for that: SIGKILL, at once, for the groups of all that still runs. */
  kill(): void
}

export interface RunOptions {
  readonly deadlineMs: number
  /** Added to the fixed, minimal environment (`PATH`, `LC_ALL=C`, …). */
  readonly env?: Readonly<Record<string, string>>
  /** `/` when absent: what a program does must not depend on where we were started. */
  readonly cwd?: string
  readonly signal?: AbortSignal
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number
}

export interface Ran {
  readonly end: RunEnd
  readonly stdout: Captured
  readonly stderr: Captured
  readonly durationMs: number
  /** Processes of this run that outlived it and had to be ended one by one. */
  readonly strays: number
}

export type RunEnd =
  | {readonly how: 'exited'; readonly code: number}
  | {readonly how: 'signalled'; readonly signal: string}
  | {readonly how: 'missing'}
  | {readonly how: 'refused'; readonly reason: string}
  | {readonly how: 'deadline'}
  | {readonly how: 'aborted'}

/** Head and tail of what a program printed; the middle that did not fit is counted, not kept, and a line break stands for it. */
export interface Captured {
  readonly text: string
  readonly droppedBytes: number
}

// Long enough for most programs to save what they hold, short enough for somebody who waits at the terminal.
const graceMsDefault = 2000

// After the program's own end its output may still be on the way to us, or a process it left behind may hold the pipe.
const lingerMs = 250

// Beyond the grace: to see the killed ones gone and to find strays. Whoever waits for a dead disk outlasts any wait.
const clearMs = 250

// Of each stream half is kept from its start and half from its end: reasons for a failure stand at either.
const capturedBytesMax = 1 << 20
const capturedHalf = capturedBytesMax / 2

export function realProcesses(clock: Clock, random: Random): Processes {
  const closing = new AbortController()
  const running = new Map<Running, Promise<Outcome>>()
  return {
    async run(argv, options) {
      const startMs = clock.elapsed()
      const parents = options.signal === undefined ? [closing.signal] : [options.signal, closing.signal]
      const limit = deadlineAfter(clock, options.deadlineMs, AbortSignal.any(parents))
      const one: Running = {leader: undefined}
      const over = runUntil(limit.signal, argv, {clock, random, running: one, ...options})
      running.set(one, over)
      try {
        return {...(await over), durationMs: clock.elapsed() - startMs}
      } finally {
        running.delete(one)
        limit.cancel()
      }
    },
    signal(pid, name) {
      process.kill(protect(pid), name)
    },
    exists: isThere,
    async settled() {
      closing.abort()
      await Promise.allSettled(running.values())
    },
    kill() {
      for (const {leader} of running.keys()) if (leader !== undefined) signalGroup(leader, 'SIGKILL')
    }
  }
}

function isThere(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return reasonOf(cause) === 'EPERM'
  }
}

/** One run; its leader is known once it has been started. */
interface Running {
  leader: number | undefined
}

type Setting = RunOptions & {readonly clock: Clock; readonly random: Random; readonly running: Running}
type Outcome = Omit<Ran, 'durationMs'>

async function runUntil(stop: AbortSignal, argv: readonly [string, ...string[]], setting: Setting): Promise<Outcome> {
  // Loaded here: many commands start no program, and each of them would pay for it at its start.
  const {execa} = await import('execa')
  if (stop.aborted) return withoutRun(endBy(stop))
  // The kernel would end the word there; execa throws, as if it were our mistake and not a value from outside.
  if (argv.some((word) => word.includes('\0'))) return withoutRun({how: 'refused', reason: 'EINVAL'})
  const mark = newMark(setting.random)
  const [program, ...args] = argv
  const cwd = setting.cwd ?? '/'
  // After the mark of the run that we ourselves are part of, so that this one is found by both.
  const env = {...fixedEnvironment(), ...setting.env, [markName]: `${process.env[markName] ?? ''}/${mark}`}
  const started = execa(program, args, {cwd, env, ...fixedOptions})
  // Without a pid nothing was started, and execa's own promise tells why. With one it is not waited for: it settles
  // only when the last holder of the pipes is gone, which can be never.
  if (started.pid === undefined) {
    const {code = 'unknown'} = await started
    return withoutRun(code === 'ENOENT' && existsSync(cwd) ? {how: 'missing'} : {how: 'refused', reason: code})
  }
  setting.running.leader = started.pid
  const family = familyOf(started.pid, mark)
  const stdout = new Capture(started.stdout)
  const stderr = new Capture(started.stderr)
  const {clock, graceMs = graceMsDefault} = setting
  const {end, isGroupKilled} = await endOf(started.nodeChildProcess, family, {signal: stop, clock, graceMs})
  const ended = new Set<string>()
  await waitAtMost(clock, clearMs, endStrays(clock, {family, isGroupKilled, ended}))
  // One that cannot be killed, as it waits for a dead disk, must not keep us from ending.
  started.nodeChildProcess.unref()
  return {end, stdout: stdout.close(), stderr: stderr.close(), strays: ended.size}
}

const fixedOptions = {
  extendEnv: false,
  stdin: 'ignore',
  encoding: 'buffer',
  buffer: false,
  reject: false,
  detached: true
} as const

/** Where a program is looked for by its bare name, whatever the PATH is that we were started with. */
export const programPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

function fixedEnvironment(): Record<string, string> {
  return {
    PATH: programPath.join(':'),
    HOME: process.env['HOME'] ?? '/',
    LANG: 'C',
    LC_ALL: 'C',
    TZ: 'UTC'
  }
}

const markLength = 24

/** Long enough that no other program has it in its environment by chance. */
function newMark(random: Random): string {
  return Array.from({length: markLength}, () => random.below(36).toString(36)).join('')
}

interface Stop {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly graceMs: number
}

interface Ending {
  readonly end: RunEnd
  readonly isGroupKilled: boolean
}

/** Waits for the program to end by itself; when told to stop before that, ends it and everyone in its group. */
async function endOf(child: ChildProcess, family: Family, stop: Stop): Promise<Ending> {
  const closed = new Promise<void>((resolve) => child.once('close', resolve))
  const exited = new Promise<RunEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? {how: 'exited', code: Number(code)} : {how: 'signalled', signal})
    })
  })
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      resolve()
    })
  })
  const end = await Promise.race([exited, stopped])
  if (end !== undefined) {
    await waitAtMost(stop.clock, lingerMs, closed)
    return {end, isGroupKilled: false}
  }
  signalGroup(family.leader, 'SIGTERM')
  await waitAtMost(stop.clock, stop.graceMs, closed)
  signalGroup(family.leader, 'SIGKILL')
  return {end: endBy(stop.signal), isGroupKilled: true}
}

function endBy(stop: AbortSignal): RunEnd {
  return {how: stop.reason === 'deadline' ? 'deadline' : 'aborted'}
}

function withoutRun(end: RunEnd): Outcome {
  const nothing = {text: '', droppedBytes: 0}
  return {end, stdout: nothing, stderr: nothing, strays: 0}
}

/** Waits until it happened, but no longer than the bound; what never happens keeps no timer. */
async function waitAtMost(clock: Clock, boundMs: number, happened: Promise<void>): Promise<void> {
  const enough = new AbortController()
  void happened.then(() => {
    enough.abort()
  })
  await sleep(clock, boundMs, enough.signal)
}

/** One stream of a program. The first half of the bytes is filled once; after that the second half goes round. */
class Capture {
  readonly #stream: Readable
  readonly #bytes = Buffer.allocUnsafe(capturedBytesMax)
  #seen = 0

  constructor(stream: Readable) {
    this.#stream = stream
    // A stream that breaks has ended, no more; without a listener it would take us down.
    stream.on('error', () => undefined)
    stream.on('data', (chunk: Buffer) => {
      this.#take(chunk)
    })
  }

  #take(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0;) {
      const start = this.#seen < capturedHalf ? 0 : capturedHalf
      const room = this.#bytes.subarray(start + (this.#seen % capturedHalf), start + capturedHalf)
      const copied = rest.copy(room)
      this.#seen += copied
      rest = rest.subarray(copied)
    }
  }

  /** Also frees the pipe, whoever else still holds its other end. */
  close(): Captured {
    this.#stream.destroy()
    const droppedBytes = Math.max(0, this.#seen - capturedBytesMax)
    if (droppedBytes === 0) return {text: this.#bytes.toString('utf8', 0, this.#seen), droppedBytes}
    const oldest = capturedHalf + (this.#seen % capturedHalf)
    const tail = Buffer.concat([this.#bytes.subarray(oldest), this.#bytes.subarray(capturedHalf, oldest)])
    return {text: `${this.#bytes.toString('utf8', 0, capturedHalf)}\n${tail.toString('utf8')}`, droppedBytes}
  }
}

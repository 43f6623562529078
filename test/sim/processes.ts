import {Fault} from '../../src/base/fault.ts'
import type {Clock} from '../../src/host/clock.ts'
import type {Processes, Ran, RunEnd, RunOptions} from '../../src/host/processes.ts'

export interface Run {
  readonly argv: readonly [string, ...string[]]
  readonly options: RunOptions
}

/** What a program does: end with this, decide by the arguments, or never end by itself. */
export type Script = Ran | ((run: Run) => Ran | Promise<Ran>) | 'hangs'

export interface SimProcessesOptions {
  readonly clock: Clock
  /** The run with this number is refused, counted from 1, as when no more processes may be started. */
  readonly failAt?: number
  /** Processes that are there from the start, beside init. */
  readonly living?: readonly number[]
}

/** No program is there but those a test has scripted. */
export class SimProcesses implements Processes {
  readonly runs: Run[] = []
  readonly signals: {readonly pid: number; readonly name: NodeJS.Signals}[] = []
  /** The numbers of processes that exist; a test changes them. */
  readonly living: Set<number>
  failed = false
  /** Whether `kill` was called. */
  killed = false
  readonly #options: SimProcessesOptions
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<Ran>>()
  readonly #scripts: {readonly prefix: readonly string[]; readonly script: Script}[] = []

  constructor(options: SimProcessesOptions) {
    this.#options = options
    this.living = new Set([1, ...(options.living ?? [])])
  }

  /** For every argv that starts like this; the longest such beginning decides, and of equal ones the last given. */
  script(prefix: readonly string[], script: Script): void {
    this.#scripts.push({prefix, script})
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions): Promise<Ran> {
    const running = this.#end({argv, options})
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  signal(pid: number, name: NodeJS.Signals): void {
    if (!Number.isSafeInteger(pid) || pid < 2) throw new Fault('process-protected', {pid})
    this.signals.push({pid, name})
  }

  exists(pid: number): boolean {
    return this.living.has(pid)
  }

  async settled(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#running)
  }

  kill(): void {
    this.killed = true
  }

  async #end(run: Run): Promise<Ran> {
    const {argv, options} = run
    this.runs.push(run)
    const stops = [this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])]
    if (stops.some(({aborted}) => aborted)) return ended({how: 'aborted'})
    if (this.runs.length === this.#options.failAt) {
      this.failed = true
      return ended({how: 'refused', reason: 'EAGAIN'})
    }
    const script = this.#scriptFor(argv)
    if (script === undefined) return ended({how: 'missing'})
    if (script === 'hangs') return hang(AbortSignal.any(stops), options.deadlineMs, this.#options.clock)
    return typeof script === 'function' ? script(run) : script
  }

  #scriptFor(argv: readonly string[]): Script | undefined {
    const fitting = this.#scripts.filter(({prefix}) => prefix.every((word, index) => argv[index] === word))
    const longest = Math.max(...fitting.map(({prefix}) => prefix.length))
    return fitting.findLast(({prefix}) => prefix.length === longest)?.script
  }
}

/** A program that ended by itself. */
export function exited(code: number, stdout = '', stderr = ''): Ran {
  return {...ended({how: 'exited', code}), stdout: captured(stdout), stderr: captured(stderr)}
}

/** Any other end, without a word from the program. */
export function ended(end: RunEnd, durationMs = 0): Ran {
  return {end, stdout: captured(''), stderr: captured(''), durationMs, strays: 0}
}

function captured(text: string): Ran['stdout'] {
  return {text, droppedBytes: 0}
}

function hang(stop: AbortSignal, deadlineMs: number, clock: Clock): Promise<Ran> {
  const startMs = clock.elapsed()
  return new Promise((resolve) => {
    const settle = (how: 'deadline' | 'aborted'): void => {
      cancel()
      stop.removeEventListener('abort', abort)
      resolve(ended({how}, clock.elapsed() - startMs))
    }
    const abort = (): void => {
      settle('aborted')
    }
    const cancel = clock.after(deadlineMs, () => {
      settle('deadline')
    })
    stop.addEventListener('abort', abort, {once: true})
  })
}

import type {Check, CheckContext, Verdict} from '../../src/checks/check.ts'
import {checks} from '../../src/checks/checks.ts'
import type {Scene} from '../../src/checks/daily.ts'
import {FileSystems} from '../../src/checks/file-systems.ts'
import {load, type Loaded} from '../../src/config/load.ts'
import type {Host} from '../../src/host/host.ts'
import {silentProgress} from '../../src/host/progress.ts'
import type {SimClock} from '../sim/clock.ts'
import type {SimHost} from '../sim/host.ts'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** The configuration as it is loaded when these were given by `--set`; nothing else is set. */
export function loadedWith(set: readonly string[] = []): Promise<Loaded> {
  const knownChecks = checks.map(({id}) => id)
  return load({file: undefined, env: {}, overrides: set, knownChecks})
}

export interface ContextOptions {
  /** `key=value`. */
  readonly set?: readonly string[]
  /** By a run of a day ago. */
  readonly remembered?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
}

export async function contextOf(host: Host, options: ContextOptions = {}): Promise<CheckContext> {
  const loaded = await loadedWith(options.set)
  const signal = options.signal ?? new AbortController().signal
  const toMs = host.clock.now()
  const {remembered} = options
  return {
    host,
    config: loaded.config,
    isSet: (key) => loaded.isSet(key),
    fileSystems: new FileSystems(host, signal),
    stateFolder: '/srv/state',
    window: {fromMs: toMs - loaded.config.checks.since, toMs},
    remembered: remembered === undefined ? undefined : {atMs: toMs - dayMs, values: remembered},
    signal
  }
}

/** What the check says on this host, however long it waits by the host's own clock. */
export async function verdictOf(check: Check, host: SimHost, options: ContextOptions = {}): Promise<Verdict> {
  return inTime(host.clock, check.read(await contextOf(host, options)))
}

/** A run on this host, with its state in /srv/state. */
export async function sceneOf(host: Host, set: readonly string[] = [], stop?: AbortSignal): Promise<Scene> {
  return {
    host,
    loaded: await loadedWith(set),
    stateFolder: '/srv/state',
    stop: stop ?? new AbortController().signal,
    progress: silentProgress
  }
}

// More than the longest deadline there is by default, many times over: nobody gets there unless something hangs.
const stepsMax = 2000
const stepMs = 100

/** Lets time pass until the answer is there. */
export async function inTime<Result>(clock: SimClock, answer: Promise<Result>): Promise<Result> {
  const settled = new AbortController()
  const settle = (): void => {
    settled.abort()
  }
  answer.then(settle, settle)
  await clock.advance(0)
  for (let steps = 0; !settled.signal.aborted; steps += 1) {
    if (steps === stepsMax) throw new Error(`no answer within ${stepsMax * stepMs} ms`)
    await clock.advance(stepMs)
  }
  return answer
}

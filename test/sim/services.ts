import type {Clock} from '../../src/host/clock.ts'
import type {
  ChangeLimits,
  ServiceChange,
  ServiceFacts,
  ServiceManager,
  ServiceState,
  ServiceVerb
} from '../../src/host/services.ts'

export interface Changed {
  readonly unit: string
  readonly verb: ServiceVerb
}

/** What comes of an order, where that is not what was ordered, at once. */
export interface Behaviour {
  /** The manager's reason not to take it. */
  readonly refuses?: string
  /** How long the manager is at it. Infinity: it never gets there. */
  readonly takesMs?: number
  /** The service comes up, and dies this much later. */
  readonly diesAfterMs?: number
}

export interface SimServicesOptions {
  readonly clock: Clock
  readonly name?: ServiceManager['name'] | undefined
}

/** Knows the units that a test has told it, and no others; does with them what it is told, but for what a test says. */
export class SimServices implements ServiceManager {
  readonly name: ServiceManager['name']
  /** Everything it was asked to change, done or not. */
  readonly changes: Changed[] = []
  readonly #clock: Clock
  readonly #states = new Map<string, ServiceState>()
  readonly #behaviours = new Map<string, Behaviour>()
  #pids = 5000

  constructor({clock, name = 'systemd'}: SimServicesOptions) {
    this.#clock = clock
    this.name = name
  }

  put(unit: string, state: ServiceState): void {
    this.#states.set(unit, state)
  }

  /** From now on, whenever the unit is told this. */
  script(unit: string, verb: ServiceVerb, behaviour: Behaviour): void {
    this.#behaviours.set(`${verb} ${unit}`, behaviour)
  }

  state(unit: string, signal: AbortSignal): Promise<ServiceState> {
    return Promise.resolve(this.#answer(unit, signal))
  }

  async change(unit: string, verb: ServiceVerb, limits: ChangeLimits): Promise<ServiceChange> {
    this.changes.push({unit, verb})
    const state = this.#answer(unit, limits.signal)
    if (limits.signal.aborted) return {status: 'aborted'}
    if (state.answer === 'unanswered') return {status: 'refused', reason: state.reason}
    if (!('mainPid' in state)) return {status: 'refused', reason: state.answer}
    const {refuses, takesMs = 0, diesAfterMs} = this.#behaviours.get(`${verb} ${unit}`) ?? {}
    if (refuses !== undefined) return {status: 'refused', reason: refuses}
    // As with the real one, the job goes on when nobody waits for it any more.
    const finish = (): void => {
      this.#finish(unit, verb, diesAfterMs)
    }
    if (takesMs === 0) {
      finish()
      return {status: 'done'}
    }
    this.put(unit, changing(verb, this.#clock.now()))
    return this.#wait(takesMs, limits, finish)
  }

  #wait(takesMs: number, {deadlineMs, signal}: ChangeLimits, finish: () => void): Promise<ServiceChange> {
    return new Promise((resolve) => {
      const settle = (change: ServiceChange): void => {
        cancel()
        signal.removeEventListener('abort', abort)
        resolve(change)
      }
      const abort = (): void => {
        settle({status: 'aborted'})
      }
      signal.addEventListener('abort', abort)
      if (Number.isFinite(takesMs)) {
        this.#clock.after(takesMs, () => {
          finish()
          settle({status: 'done'})
        })
      }
      const cancel = this.#clock.after(deadlineMs, () => {
        settle({status: 'deadline'})
      })
    })
  }

  #finish(unit: string, verb: ServiceVerb, diesAfterMs: number | undefined): void {
    const before = this.#states.get(unit)
    const sinceMs = this.#clock.now()
    if (verb === 'stop') {
      if (before?.answer !== 'down') this.put(unit, down({sinceMs}))
      return
    }
    if (verb === 'start' && before?.answer === 'up') return
    this.#pids += 1
    const started = up({sinceMs, mainPid: this.#pids})
    this.put(unit, started)
    if (diesAfterMs === undefined) return
    this.#clock.after(diesAfterMs, () => {
      // Only this process dies, not another one that was started meanwhile.
      if (this.#states.get(unit) !== started) return
      this.put(unit, down({active: 'failed', sub: 'failed', result: 'exit-code', sinceMs: this.#clock.now()}))
    })
  }

  #answer(unit: string, signal: AbortSignal): ServiceState {
    if (this.name === 'none') return {answer: 'no-manager'}
    if (signal.aborted) return {answer: 'unanswered', reason: 'aborted'}
    return this.#states.get(unit) ?? {answer: 'unknown-unit'}
  }
}

/** A unit that runs as it should, but for what a test says otherwise. */
export function up(facts: Partial<ServiceFacts> = {}): ServiceState {
  return {answer: 'up', ...ordinary, active: 'active', sub: 'running', mainPid: 4711, ...facts}
}

/** A unit that was stopped in good order, but for what a test says otherwise. */
export function down(facts: Partial<ServiceFacts> = {}): ServiceState {
  return {answer: 'down', ...ordinary, active: 'inactive', sub: 'dead', mainPid: 0, ...facts}
}

function changing(verb: ServiceVerb, sinceMs: number): ServiceState {
  const words = verb === 'start' ? {active: 'activating', sub: 'start'} : {active: 'deactivating', sub: 'stop-sigterm'}
  return {answer: 'changing', ...ordinary, ...words, mainPid: 4711, sinceMs}
}

const ordinary = {result: 'success', restarts: 0, sinceMs: null, isFrozen: false, isStartLimited: false} as const

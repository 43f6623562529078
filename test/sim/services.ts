import type {ServiceFacts, ServiceManager, ServiceState} from '../../src/host/services.ts'

/** Knows the units that a test has told it, and no others. */
export class SimServices implements ServiceManager {
  readonly name: ServiceManager['name']
  readonly #states = new Map<string, ServiceState>()

  constructor(name: ServiceManager['name'] = 'systemd') {
    this.name = name
  }

  put(unit: string, state: ServiceState): void {
    this.#states.set(unit, state)
  }

  state(unit: string, signal: AbortSignal): Promise<ServiceState> {
    return Promise.resolve(this.#answer(unit, signal))
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

const ordinary = {result: 'success', restarts: 0, sinceMs: null, isFrozen: false, isStartLimited: false} as const

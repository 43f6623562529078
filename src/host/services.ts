/** One interface over what keeps services running. `down`, `unknown unit` and `no manager` are three answers, never one. */
export interface ServiceManager {
  readonly name: 'systemd' | 'pidfile' | 'none'
  state(unit: string, signal: AbortSignal): Promise<ServiceState>
  /**
   * Says whether the manager took the order and finished with it. How the service then is, only `state` says: one that
   * dies a moment after it was started was `done`, too. A start or restart is not refused for its number.
   */
  change(unit: string, verb: ServiceVerb, limits: ChangeLimits): Promise<ServiceChange>
}

export type ServiceVerb = 'start' | 'stop' | 'restart'

export interface ChangeLimits {
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/**
 * After `deadline` and `aborted` only we have stopped waiting: the manager may have the order, and may still be at it.
 * A reason is `no-manager`, `unknown-unit`, `masked`, or what the manager said.
 */
export type ServiceChange =
  | {readonly status: 'done'}
  | {readonly status: 'refused'; readonly reason: string}
  | {readonly status: 'deadline'}
  | {readonly status: 'aborted'}

export type ServiceState =
  | {readonly answer: 'no-manager'}
  | {readonly answer: 'unknown-unit'}
  | {readonly answer: 'masked'}
  /** The manager did not answer, or not in a form we know. */
  | {readonly answer: 'unanswered'; readonly reason: string}
  | ({readonly answer: 'up' | 'down' | 'changing'} & ServiceFacts)

export interface ServiceFacts {
  /** systemd's own word, as are the next two: `active`, `reloading`, `activating`, `deactivating`, `inactive`, `failed`. */
  readonly active: string
  /** `running`, `exited`, `auto-restart`, `stop-sigterm` (told to stop, not gone yet), … */
  readonly sub: string
  /** `success`, `exit-code`, `signal`, `timeout`, …; of a unit whose file is broken the reason, such as `bad-setting`. */
  readonly result: string
  /** 0 when there is none: never to be signalled, see `Processes.signal`. */
  readonly mainPid: number
  /** Restarts by the manager itself since the last start by hand. */
  readonly restarts: number
  /** Since when it is up, or in the state it is in. Null when it never was in another one. */
  readonly sinceMs: number | null
  /** The process is stopped (SIGSTOP) or the unit is in the freezer, although the manager calls the unit active. */
  readonly isFrozen: boolean
  /** Failed for good, since it was started too often; a plain start may be refused until `reset-failed`. */
  readonly isStartLimited: boolean
  /** Runs as whoever we are, so that nobody else is needed to start and stop it. */
  readonly isOurs?: boolean
}

/** One interface over what keeps services running. `down`, `unknown unit` and `no manager` are three answers, never one. */
export interface ServiceManager {
  readonly name: 'systemd' | 'none'
  state(unit: string, signal: AbortSignal): Promise<ServiceState>
}

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
}

import type {Clock} from './clock.ts'
import type {Machine} from './machine.ts'
import type {Processes} from './processes.ts'

/**
 * Tells systemd how far a service is, as `sd_notify(3)` has it. Node cannot send to a unix datagram socket, so systemd's
 * own `systemd-notify` does; it also waits until the message has been taken, without which systemd could not tell whose
 * it was. That a message does not arrive never stops the service: systemd itself then does what its unit says.
 */
export interface Notifier {
  ready(status: string): Promise<void>
  reloading(): Promise<void>
  stopping(status: string): Promise<void>
  /** As long as it is alive says so, twice in the time after which systemd would end it. The returned function ends that. */
  watch(isAlive: () => boolean): () => void
}

export interface NotifierHost {
  readonly clock: Clock
  readonly processes: Pick<Processes, 'run'>
  readonly machine: Pick<Machine, 'env' | 'pid'>
}

/** Without a manager that wants to know, everything is told to nobody. */
export function notifierOf({clock, processes, machine}: NotifierHost): Notifier {
  const {env} = machine
  const socket = env['NOTIFY_SOCKET'] ?? ''
  if (socket === '') return silent
  const tell = async (...states: readonly string[]): Promise<void> => {
    await processes.run(['systemd-notify', '--', ...states], {deadlineMs: tellMs, env: {NOTIFY_SOCKET: socket}})
  }
  return {
    ready: (status) => tell('READY=1', `STATUS=${oneLine(status)}`),
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: (status) => tell('STOPPING=1', `STATUS=${oneLine(status)}`),
    watch(isAlive) {
      const intervalMs = watchdogMs(machine) / 2
      if (intervalMs === 0) return nothing
      let cancel = nothing
      const again = (): void => {
        cancel = clock.after(intervalMs, again)
        if (isAlive()) void tell('WATCHDOG=1')
      }
      again()
      return () => {
        cancel()
      }
    }
  }
}

// A manager that is reloading its units takes some seconds; whoever waits longer holds up the service for a message.
const tellMs = 5000

const silent: Notifier = {
  ready: () => Promise.resolve(),
  reloading: () => Promise.resolve(),
  stopping: () => Promise.resolve(),
  watch: () => nothing
}

function nothing(): void {
  // There is nothing to end.
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

/** 0 where nobody watches, or watches another process than us: a child must not answer for its parent. */
function watchdogMs({env, pid}: Pick<Machine, 'env' | 'pid'>): number {
  const {WATCHDOG_PID: watched = String(pid), WATCHDOG_USEC: microseconds = ''} = env
  return watched === String(pid) && /^[1-9]\d{0,14}$/.test(microseconds) ? Number(microseconds) / 1000 : 0
}

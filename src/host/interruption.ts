import type {Clock} from './clock.ts'
import type {Processes} from './processes.ts'

const exitCodes = {SIGINT: 130, SIGTERM: 143, SIGHUP: 143} as const

// One event can reach us twice: `npm` and `timeout` pass a signal on that the terminal has already sent to the whole group.
const sameEventMs = 1000

export interface Interruption {
  /** Fires on SIGINT, SIGTERM and SIGHUP, with the name as its reason. */
  readonly stop: AbortSignal
  /**
   * From now on SIGHUP stops nothing, but calls this: to a server, it is the wish that it reads its settings again. The
   * returned function gives the signal its usual meaning back.
   */
  readonly onHangUp: (call: () => void) => () => void
}

/**
 * The signals become one abort signal, so that everything unwinds by the same path and cleans up. A second one, from
 * somebody who does not want to wait for that, ends the process at once, and what it has started.
 */
export function interruption(clock: Clock, processes: Pick<Processes, 'kill'>): Interruption {
  const controller = new AbortController()
  let hungUp: (() => void) | undefined
  let firstMs = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (name === 'SIGHUP' && hungUp !== undefined) {
        hungUp()
        return
      }
      if (!controller.signal.aborted) {
        firstMs = clock.elapsed()
        controller.abort(name)
        return
      }
      if (clock.elapsed() - firstMs < sameEventMs) return
      processes.kill()
      end(exitCodes[name])
    })
  }
  return {
    stop: controller.signal,
    onHangUp(call) {
      hungUp = call
      return () => {
        hungUp = undefined
      }
    }
  }
}

/**
 * Ends the process, when all output has been taken; no open socket or timer keeps it alive. Node itself would wait for
 * the threads in which it reads files, and one of them may be held by a dead mount for ever: another program in place of
 * ours ends them with us.
 */
export function end(exitCode: number): never {
  const isReading = process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq'))
  if (isReading) process.execve?.('/bin/sh', ['sh', '-c', `exit ${exitCode}`], {})
  process.exit(exitCode)
}

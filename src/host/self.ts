import {monitorEventLoopDelay} from 'node:perf_hooks'

/** What this process takes of the machine. */
export interface Self {
  readonly startedMs: number
  cpuSeconds(): number
  residentBytes(): number
  /** The longest that anybody waited for the event loop since this was last asked. */
  loopLagSeconds(): number
  stop(): void
}

/** Often enough to meet whatever takes longer than this, seldom enough to cost nothing. */
const resolutionMs = 100

/** From now on it watches the event loop, without keeping the process. */
export function watchSelf(): Self {
  const delays = monitorEventLoopDelay({resolution: resolutionMs})
  delays.enable()
  return {
    startedMs: performance.timeOrigin,
    cpuSeconds() {
      const {user, system} = process.cpuUsage()
      return (user + system) / 1e6
    },
    residentBytes: () => process.memoryUsage.rss(),
    loopLagSeconds() {
      // Each delay is that between two looks, which are so far apart by themselves.
      const lagSeconds = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e9 - resolutionMs / 1000)
      delays.reset()
      return lagSeconds
    },
    stop() {
      delays.disable()
    }
  }
}

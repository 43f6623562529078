/** Wall time for names and stamps, monotonic time for durations: a clock step must never make a duration negative. */
export interface Clock {
  /** Milliseconds since 1970, by the wall clock. */
  now(): number
  /** Milliseconds since some start, never going back. */
  elapsed(): number
  /** Calls back once after the delay; the returned function cancels it. */
  after(delayMs: number, call: () => void): () => void
}

/** Node's timers take no longer delay, and fire at once when given one. */
const delayMsMax = 2 ** 31 - 1

export function realClock(): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    after(delayMs, call) {
      const timer = setTimeout(call, Math.min(delayMs, delayMsMax))
      return () => {
        clearTimeout(timer)
      }
    }
  }
}

/** Resolves after the delay, or at once when the signal fires. Never rejects: the caller looks at the signal. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const wake = (): void => {
      cancel()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const cancel = clock.after(delayMs, wake)
    signal?.addEventListener('abort', wake, {once: true})
  })
}

/**
 * A signal that fires when the parent does or when the time is up, whichever is first; `cancel` frees the timer.
 * The reason of an abort by time is the string `deadline`.
 */
export interface Deadline {
  readonly signal: AbortSignal
  readonly cancel: () => void
}

export function deadlineAfter(clock: Clock, delayMs: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController()
  const follow = (): void => {
    controller.abort(parent?.reason)
  }
  const cancelTimer = clock.after(delayMs, () => {
    controller.abort('deadline')
  })
  if (parent?.aborted === true) follow()
  else parent?.addEventListener('abort', follow, {once: true})
  return {
    signal: controller.signal,
    cancel() {
      cancelTimer()
      parent?.removeEventListener('abort', follow)
    }
  }
}

/** For work that cannot be broken off: it is left alone when the deadline fires. Frees the deadline, however it goes. */
export async function within<Result>(limit: Deadline, work: Promise<Result>): Promise<Result | 'late'> {
  const late = new Promise<'late'>((resolve) => {
    const leave = (): void => {
      resolve('late')
    }
    limit.signal.addEventListener('abort', leave)
    if (limit.signal.aborted) leave()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    limit.cancel()
  }
}

/** The event loop, which serves all sockets of this process in turns. */
export interface Loop {
  /** Calls back when all that the system had ready in this turn is handled, before it is asked again. */
  afterTurn(call: () => void): void
  /** Holds up the whole process, timers and signals too. What arrives meanwhile waits in the sockets. */
  hold(durationMs: number): void
}

export function realLoop(): Loop {
  // Nobody ever wakes it: the wait ends by its time alone.
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  return {
    afterTurn(call) {
      setImmediate(call)
    },
    hold(durationMs) {
      Atomics.wait(cell, 0, 0, durationMs)
    }
  }
}

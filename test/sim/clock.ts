import type {Clock} from '../../src/host/clock.ts'

interface Timer {
  readonly dueMs: number
  readonly call: () => void
}

// A timer that always sets the next one for the same moment would otherwise never let `advance` end.
const callsMax = 100_000

/** Time stands still until a test moves it. */
export class SimClock implements Clock {
  #nowMs: number
  #elapsedMs = 0
  readonly #timers = new Set<Timer>()

  constructor(nowMs = Date.parse('2026-11-20T09:15:00Z')) {
    this.#nowMs = nowMs
  }

  /** Timers that were neither called nor cancelled. */
  get waiting(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#nowMs
  }

  elapsed(): number {
    return this.#elapsedMs
  }

  after(delayMs: number, call: () => void): () => void {
    const timer = {dueMs: this.#elapsedMs + Math.max(0, delayMs), call}
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /**
   * Lets time pass: calls what falls due, in order, each at its own moment, and after each lets the code that waited
   * for it go on, so that it can set its next timer within the same time.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms
    await settle()
    for (let calls = 0; ; calls += 1) {
      const timer = this.#nextUntil(endMs)
      if (timer === undefined) break
      if (calls === callsMax) throw new Error(`more than ${callsMax} timers fell due within ${ms} ms`)
      this.#timers.delete(timer)
      this.#moveTo(timer.dueMs)
      timer.call()
      await settle()
    }
    this.#moveTo(endMs)
  }

  /** Somebody sets the wall clock, back where negative; durations and timers do not notice. */
  step(ms: number): void {
    this.#nowMs += ms
  }

  #nextUntil(endMs: number): Timer | undefined {
    // Of those due at the same moment the one set first comes first: a set keeps that order, and so does the sort.
    return [...this.#timers].filter(({dueMs}) => dueMs <= endMs).sort((one, other) => one.dueMs - other.dueMs)[0]
  }

  #moveTo(elapsedMs: number): void {
    this.#nowMs += elapsedMs - this.#elapsedMs
    this.#elapsedMs = elapsedMs
  }
}

/** Lets all code go on that waits for nothing but promises. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

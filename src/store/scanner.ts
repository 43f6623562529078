import {reasonOf} from '../base/fault.ts'
import type {Clock} from '../host/clock.ts'
import type {Workers, WorkerThread} from '../host/workers.ts'
import type {Scanned, ScanGiven, ScanOrder} from './scan-order.ts'

/** Searches the ring in a thread of its own, so that no query, however hostile its pattern, holds up what comes in. */
export interface Scanner {
  scan(order: ScanOrder): Promise<ScanAnswer>
  /** Whatever is under way is broken off and answered with `closed`. */
  close(): Promise<void>
}

export type ScanAnswer =
  | Scanned
  /** Too many wait already, or this one has waited too long. */
  | {readonly status: 'busy'; readonly waiting: number}
  /** Broken off. */
  | {readonly status: 'late'; readonly deadlineMs: number}
  | {readonly status: 'broken'; readonly reason: string}
  | {readonly status: 'closed'}

export interface ScannerParts {
  readonly workers: Workers
  readonly clock: Clock
  readonly given: ScanGiven
}

export interface ScannerLimits {
  /** A scan that takes longer is broken off: a search through gigabytes takes a second, a hostile pattern for ever. */
  readonly deadlineMs: number
  /** Behind the one that is under way. */
  readonly waitingMax: number
  readonly waitMsMax: number
}

export const scannerLimits: ScannerLimits = {deadlineMs: 5000, waitingMax: 16, waitMsMax: 10_000}

export function createScanner(parts: ScannerParts, limits: ScannerLimits = scannerLimits): Scanner {
  return new QueuedScanner(parts, limits)
}

interface Job {
  readonly order: ScanOrder
  readonly answer: (answer: ScanAnswer) => void
  readonly stopWaiting: () => void
}

class QueuedScanner implements Scanner {
  readonly #parts: ScannerParts
  readonly #limits: ScannerLimits
  readonly #waiting: Job[] = []
  #thread: WorkerThread | undefined
  #running: Job | undefined
  #cancelDeadline: () => void = () => undefined
  #isClosed = false

  constructor(parts: ScannerParts, limits: ScannerLimits) {
    this.#parts = parts
    this.#limits = limits
  }

  scan(order: ScanOrder): Promise<ScanAnswer> {
    if (this.#isClosed) return Promise.resolve({status: 'closed'})
    if (this.#waiting.length >= this.#limits.waitingMax) return Promise.resolve(this.#busy())
    return new Promise((answer) => {
      const stopWaiting = this.#parts.clock.after(this.#limits.waitMsMax, () => {
        this.#waiting.splice(this.#waiting.indexOf(job), 1)
        answer(this.#busy())
      })
      const job = {order, answer, stopWaiting}
      this.#waiting.push(job)
      this.#startNext()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#waiting.splice(0)) {
      job.stopWaiting()
      job.answer({status: 'closed'})
    }
    this.#finish({status: 'closed'})
    await this.#dropThread()
  }

  #busy(): ScanAnswer {
    return {status: 'busy', waiting: this.#limits.waitingMax}
  }

  #startNext(): void {
    if (this.#running !== undefined) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    job.stopWaiting()
    this.#running = job
    // Its start counts, too: a thread that does not come up must not hold the queue for ever.
    this.#cancelDeadline = this.#parts.clock.after(this.#limits.deadlineMs, () => {
      void this.#dropThread()
      this.#finish({status: 'late', deadlineMs: this.#limits.deadlineMs})
    })
    try {
      this.#thread ??= this.#startThread()
      this.#thread.post(job.order)
    } catch (cause) {
      // Nobody is given a thread beyond the limit of the system.
      this.#finish({status: 'broken', reason: reasonOf(cause)})
    }
  }

  /** Only when somebody asks: a server that is never queried has no second thread. */
  #startThread(): WorkerThread {
    const thread = this.#parts.workers.start({room: 'store', name: 'scan-worker'}, this.#parts.given)
    thread.onMessage((scanned) => {
      if (thread === this.#thread) this.#finish(scanned as Scanned)
    })
    thread.onEnd((reason) => {
      if (thread !== this.#thread) return
      this.#thread = undefined
      this.#finish({status: 'broken', reason})
    })
    return thread
  }

  #finish(answer: ScanAnswer): void {
    const job = this.#running
    this.#running = undefined
    this.#cancelDeadline()
    job?.answer(answer)
    this.#startNext()
  }

  async #dropThread(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
  }
}

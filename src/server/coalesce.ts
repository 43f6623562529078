import type {Clock} from '../host/clock.ts'
import type {Loop} from '../host/loop.ts'

/**
 * Under senders that send each line by itself, most of the work is to be woken for it. When many small reads come in,
 * the loop is held up for a moment after its turn, so that the sockets fill and one read takes what many would: a third
 * of the work for the same lines. Nobody waits longer than `holdMs` for it, and nobody at all when
 *
 * - the server is not busy: a quiet sender's line is there at once;
 * - a connection came in: the loop accepts about one a turn, thousands of new ones would wait for seconds;
 * - the last time brought nothing: these senders wait for an answer before they send on.
 */
export class Coalescer {
  readonly #loop: Loop
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #onHold: () => void
  readonly #endOfTurn = (): void => {
    this.#decide()
  }
  #isAwaitingTurn = false
  #sinceMs: number
  #reads = 0
  #bytes = 0
  #records = 0
  #hasAccepted = false
  #wasHeld = false
  #windowsToSkip = 0

  constructor(parts: {readonly loop: Loop; readonly clock: Pick<Clock, 'elapsed'>; readonly onHold: () => void}) {
    this.#loop = parts.loop
    this.#clock = parts.clock
    this.#onHold = parts.onHold
    this.#sinceMs = parts.clock.elapsed()
  }

  /** A read brought so many bytes, and finished so many records. */
  read(bytes: number, records: number): void {
    this.#reads += 1
    this.#bytes += bytes
    this.#records += records
    if (this.#isAwaitingTurn) return
    this.#isAwaitingTurn = true
    this.#loop.afterTurn(this.#endOfTurn)
  }

  accepted(): void {
    this.#hasAccepted = true
  }

  /** Looks at all turns since the last decision, so that one that is late by chance does not decide. */
  #decide(): void {
    this.#isAwaitingTurn = false
    const nowMs = this.#clock.elapsed()
    const tookMs = nowMs - this.#sinceMs
    if (tookMs < windowMs) return
    const isWorthIt = this.#isWorthIt(tookMs)
    this.#sinceMs = nowMs
    this.#reads = 0
    this.#bytes = 0
    this.#records = 0
    this.#hasAccepted = false
    this.#wasHeld = isWorthIt
    if (!isWorthIt) return
    this.#onHold()
    this.#loop.hold(holdMs)
  }

  #isWorthIt(tookMs: number): boolean {
    if (this.#wasHeld && this.#records < this.#reads * recordsAReadMin) this.#windowsToSkip = windowsSkipped
    if (this.#windowsToSkip > 0) {
      this.#windowsToSkip -= 1
      return false
    }
    const isBusy = this.#records >= tookMs * recordsAMsMin
    return isBusy && !this.#hasAccepted && this.#reads >= readsMin && this.#bytes < this.#reads * smallReadBytes
  }
}

const holdMs = 3
const windowMs = 1

// At 50,000 lines a second, each in a read of its own, reading takes a fifth of a core.
const recordsAMsMin = 50
const readsMin = 16
// Larger reads cost no more by the byte when they are gathered, and a sender may stand still at a full socket.
const smallReadBytes = 4096
const recordsAReadMin = 2
const windowsSkipped = 100

import {finding} from '../base/findings.ts'
import type {Tell} from '../base/notice.ts'
import type {Clock} from '../host/clock.ts'
import type {Refused} from './connection.ts'

/** What the port for lines tells of itself: few words, however often the same thing happens. */
export class IngestNotices {
  readonly #tell: Tell
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>
  readonly #refusedPeers = new Set<string>()
  #toldOfLimitMs = Number.NEGATIVE_INFINITY
  #turnedAway = 0
  #fullSinceMs: number | undefined
  #cancelFull: (() => void) | undefined
  #isFullTold = false

  constructor(tell: Tell, clock: Pick<Clock, 'elapsed' | 'after'>) {
    this.#tell = tell
    this.#clock = clock
  }

  /** Once for each peer. */
  refused(peer: string, protocol: Refused): void {
    if (this.#refusedPeers.has(peer) || this.#refusedPeers.size >= peersMax) return
    this.#refusedPeers.add(peer)
    this.#tell('warn', finding('server-protocol-refused', {peer, protocol}))
  }

  turnedAway(clientsMax: number): void {
    this.#turnedAway += 1
    const nowMs = this.#clock.elapsed()
    if (nowMs - this.#toldOfLimitMs < repeatMs) return
    this.#toldOfLimitMs = nowMs
    this.#tell('warn', finding('server-clients-full', {clientsMax, turnedAway: this.#turnedAway}))
    this.#turnedAway = 0
  }

  /** A queue that is full for a moment is how fast senders are slowed down; one that stays full is trouble. */
  queueFull(queueBytesMax: number): void {
    const sinceMs = this.#clock.elapsed()
    this.#fullSinceMs = sinceMs
    this.#cancelFull = this.#clock.after(patienceMs, () => {
      this.#isFullTold = true
      this.#tell('warn', finding('server-queue-full', {queueBytesMax, forMs: this.#clock.elapsed() - sinceMs}))
    })
  }

  queueFlows(): void {
    this.#cancelFull?.()
    if (this.#isFullTold && this.#fullSinceMs !== undefined) {
      this.#tell('info', finding('server-queue-flows', {afterMs: this.#clock.elapsed() - this.#fullSinceMs}))
    }
    this.#isFullTold = false
    this.#fullSinceMs = undefined
  }

  /** Nothing more is told. */
  close(): void {
    this.#cancelFull?.()
  }
}

// Whoever scans the network with so many addresses needs no notice each.
const peersMax = 1000
const repeatMs = 60_000
const patienceMs = 1000

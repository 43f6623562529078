import type {Socket} from 'node:net'
import type {Clock} from '../host/clock.ts'
import type {IngestCounters} from './counters.ts'
import type {Protocol} from './framing.ts'
import {resumeWord, slowDownWord, tellEveryMs} from './pressure.ts'

/** What is said to one peer. Peers need not listen: what waits for them is bounded, and all of it is counted. */
export class Voice {
  readonly #socket: Socket
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #counters: IngestCounters
  #toldMs = Number.NEGATIVE_INFINITY
  #isTold = false

  constructor(socket: Socket, clock: Pick<Clock, 'elapsed'>, counters: IngestCounters) {
    this.#socket = socket
    this.#clock = clock
    this.#counters = counters
  }

  /** Answers of LOGCASTER/1. Who never reads them is hung up on: leaving one out would break the protocol. */
  answer(text: string): void {
    if (text === '') return
    if (this.#socket.writableLength > answerBacklogBytesMax) {
      this.#counters.deafPeers += 1
      this.#socket.destroy()
    } else this.#socket.write(text, 'latin1')
  }

  /** Last words. Reading goes on until the peer closes, since closing over unread bytes would take them back. */
  leave(text: string): void {
    if (this.#socket.writable) this.#socket.end(text, 'utf8')
  }

  slowDown(protocol: Protocol): void {
    const word = slowDownWord(protocol)
    const nowMs = this.#clock.elapsed()
    if (word === undefined || this.#isTold || nowMs - this.#toldMs < tellEveryMs) return
    if (!this.#tell(word)) return
    this.#toldMs = nowMs
    this.#isTold = true
    this.#counters.slowDowns += 1
  }

  /** Only to who was told to slow down. */
  speedUp(): void {
    if (!this.#isTold) return
    this.#isTold = false
    this.#tell(resumeWord)
  }

  /** Advice that can be left out: who has not read the last one does not need another. */
  #tell(word: string): boolean {
    const isHeard = this.#socket.writable && this.#socket.writableLength === 0
    if (isHeard) this.#socket.write(word, 'latin1')
    else this.#counters.unsaid += 1
    return isHeard
  }
}

// Thousands of ACKs beyond what the system itself keeps for the peer.
const answerBacklogBytesMax = 64 * 1024

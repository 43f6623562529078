import {Fault} from '../base/fault.ts'
import type {Courier} from './courier.ts'
import {LineCount, type Place} from './line-count.ts'

/**
 * Lines as they are, to whatever takes lines over TCP. Nothing is ever acknowledged: what was handed to the network when
 * a connection breaks may have arrived or not, so it is not taken up again. Of our own server, `SLOW_DOWN` is honoured.
 */
export class PlainDelivery implements Courier {
  readonly isResumable = false
  readonly isSettled = false
  readonly cut = undefined
  fault: Fault | undefined
  state: Courier['state'] = 'idle'
  pauseMs = 0
  readonly #count = new LineCount({offset: 0, number: 0})
  readonly #server: string
  #isFinished = false
  #heard = ''

  constructor(server: string) {
    this.#server = server
  }

  /** Handed to the network, no more. */
  get acknowledged(): Place {
    return this.#count.place
  }

  get acknowledgedNumber(): number {
    return this.#count.number
  }

  get number(): number {
    return this.#count.number
  }

  get readAt(): number {
    return this.#count.offset
  }

  get mayTake(): boolean {
    return !this.#isFinished
  }

  /** Only the end of the connection says that the other side has taken all. */
  get isComplete(): boolean {
    return this.#isFinished && this.state === 'over'
  }

  greet(): Buffer {
    this.state = 'open'
    return Buffer.alloc(0)
  }

  hear(bytes: Buffer): void {
    const lines = (this.#heard + bytes.toString('latin1')).split('\n')
    this.#heard = (lines.pop() ?? '').slice(0, wordMax)
    for (const line of lines) {
      if (/^SLOW_DOWN\b/.test(line)) this.pauseMs = pauseMs
      else if (/^RESUME\b/.test(line)) this.pauseMs = 0
    }
  }

  offer(bytes: Buffer): Buffer {
    this.#count.take(bytes, Number.POSITIVE_INFINITY)
    return bytes
  }

  meetEnd(): void {
    // Nothing of it is ever sent again.
  }

  endLine(): Buffer {
    if (!this.#count.isInRecord) return Buffer.alloc(0)
    this.#count.endLine()
    return Buffer.from('\n')
  }

  finish(): void {
    this.#isFinished = true
  }

  hangUp(reason: string | undefined): void {
    this.state = 'over'
    if (reason === undefined && this.#isFinished) return
    this.fault = new Fault('send-broken', {server: this.#server, reason: reason ?? 'closed by the server'})
  }
}

const wordMax = 100

// `RESUME` ends the pause. A server that forgets to say it is not waited for much longer than it takes to free its queue.
const pauseMs = 5000

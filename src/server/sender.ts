import type {Socket} from 'node:net'
import {writeAddress, type Address} from '../base/address.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import {sleep, type Clock} from '../host/clock.ts'
import type {Courier} from './courier.ts'
import {dial, type DialHost} from './dial.ts'
import {keptBytesMax, type Input} from './input.ts'

/** What is to be sent where, and who knows what to say. */
export interface Sending {
  readonly server: Address
  readonly courier: Courier
  readonly input: Input
  /** More may be sent only once `keep` has made safe how far it is. */
  needsKeeping(): boolean
  keep(): Promise<void>
  /** Once a second. */
  tick(): void
  readonly signal: AbortSignal
  /** A server that cannot be reached is tried until the signal fires. */
  readonly isPatient: boolean
}

export interface Delivered {
  readonly how: 'complete' | 'stopped' | Fault
  readonly reconnects: number
  /** Why the server was never reached, when it was not. */
  readonly reason?: string
}

const backoffMs = {first: 100, most: 5000}

// As long as a server takes to be restarted, by hand or by whoever looks after it.
const patienceMs = 30_000

const tickMs = 1000

/** Sends all of the input, over as many connections as it takes. */
export async function deliver(host: DialHost, sending: Sending): Promise<Delivered> {
  const stopTicking = every(host.clock, tickMs, () => {
    sending.tick()
  })
  try {
    return await overConnections(host, sending)
  } finally {
    stopTicking()
  }
}

async function overConnections(host: DialHost, sending: Sending): Promise<Delivered> {
  const {courier, server, signal, isPatient} = sending
  let connections = 0
  let delayMs = backoffMs.first
  let progressMs = host.clock.elapsed()
  let reason = 'ETIMEDOUT'
  for (;;) {
    const before = courier.acknowledgedNumber
    const dialled = await dial(host, server, signal)
    if (typeof dialled === 'string') {
      if (!signal.aborted) reason = dialled
    } else {
      connections += 1
      const ended = await converse(host.clock, dialled, {...sending, isFirst: connections === 1})
      if (ended.how !== 'lost') return {how: ended.how, reconnects: connections - 1}
      reason = ended.reason
    }
    const reconnects = Math.max(0, connections - 1)
    if (signal.aborted) return {how: 'stopped', reconnects, ...(connections === 0 && {reason})}
    const now = host.clock.elapsed()
    if (courier.acknowledgedNumber > before) [delayMs, progressMs] = [backoffMs.first, now]
    const isHopeless = connections === 0 || now - progressMs > patienceMs
    if (isHopeless && !isPatient) {
      const fault = new Fault('send-unreachable', {server: writeAddress(server), reason})
      return {how: fault, reconnects}
    }
    await sleep(host.clock, delayMs, signal)
    delayMs = Math.min(delayMs * 2, backoffMs.most)
  }
}

type Ended = {readonly how: 'complete' | 'stopped' | Fault} | {readonly how: 'lost'; readonly reason: string}

interface Conversing extends Sending {
  readonly isFirst: boolean
}

function converse(clock: Clock, socket: Socket, sending: Conversing): Promise<Ended> {
  return new Promise((resolve, reject) => {
    new Conversation(clock, socket, {...sending, resolve, reject}).begin()
  })
}

interface Settling extends Conversing {
  resolve(ended: Ended): void
  reject(error: unknown): void
}

/** One connection. Something happens only when the server spoke, something was read or written, or time is up. */
class Conversation {
  readonly #clock: Clock
  readonly #socket: Socket
  readonly #sending: Settling
  readonly #courier: Courier
  #isBusy = false
  #isOver = false
  #brokeBy: string | undefined
  #cancelLimit = nothing
  #cancelPause = nothing

  constructor(clock: Clock, socket: Socket, sending: Settling) {
    this.#clock = clock
    this.#socket = socket
    this.#sending = sending
    this.#courier = sending.courier
  }

  begin(): void {
    const {signal, isFirst} = this.#sending
    this.#socket.on('data', this.#hear).on('error', this.#break).on('close', this.#hangUp)
    signal.addEventListener('abort', this.#stop)
    this.#socket.write(this.#courier.greet())
    if (isFirst) this.#cancelLimit = this.#clock.after(greetingMs, this.#missGreeting)
    if (signal.aborted) this.#stop()
    else this.#pump()
  }

  #pump(): void {
    const courier = this.#courier
    if (this.#isOver) return
    if (courier.fault !== undefined) this.#end({how: courier.fault})
    else if (courier.isComplete) this.#end({how: 'complete'})
    else if (courier.state === 'over') this.#end({how: 'lost', reason: this.#brokeBy ?? 'closed by the server'})
    else if (!this.#isBusy && courier.mayTake && courier.pauseMs === 0) this.#step()
  }

  #step(): void {
    const {courier, input} = this.#sending
    if (input.isFullAt(courier.readAt)) {
      // With nothing under way no acknowledgement can make room.
      const isStuck = courier.acknowledgedNumber >= courier.number
      if (isStuck) this.#end({how: new Fault('send-line-too-long', {bytesMax: keptBytesMax})})
      return
    }
    this.#isBusy = true
    this.#act().then(
      () => {
        this.#isBusy = false
        this.#pump()
      },
      (error: unknown) => {
        this.#fail(error)
      }
    )
  }

  /** After each wait the connection may be gone, and the courier already on the next one. */
  async #act(): Promise<void> {
    const {courier, input} = this.#sending
    await this.#keepWhereNeeded()
    if (this.#hasEnded()) return
    const bytes = await input.read(courier.readAt)
    if (this.#hasEnded()) return
    if (bytes.length > 0) await this.#write(courier.offer(bytes))
    else await this.#finish()
  }

  async #finish(): Promise<void> {
    const courier = this.#courier
    courier.meetEnd()
    await this.#keepWhereNeeded()
    if (this.#hasEnded()) return
    await this.#write(courier.endLine())
    if (this.#hasEnded()) return
    courier.finish()
    this.#socket.end()
    if (!courier.isResumable) this.#cancelLimit = this.#clock.after(lingerMs, this.#hangUp)
  }

  async #keepWhereNeeded(): Promise<void> {
    if (this.#sending.needsKeeping()) await this.#sending.keep()
  }

  #hasEnded(): boolean {
    return this.#isOver
  }

  #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      // That it failed is told by the end of the connection.
      this.#socket.write(bytes, () => {
        resolve()
      })
    })
  }

  readonly #hear = (bytes: Buffer): void => {
    const courier = this.#courier
    if (this.#isOver) return
    courier.hear(bytes)
    this.#sending.input.release(courier.acknowledged.offset)
    this.#cancelPause()
    if (courier.pauseMs > 0) this.#cancelPause = this.#clock.after(courier.pauseMs, this.#goOn)
    this.#pump()
  }

  readonly #goOn = (): void => {
    this.#courier.pauseMs = 0
    this.#pump()
  }

  readonly #missGreeting = (): void => {
    if (this.#courier.state !== 'greeting') return
    this.#end({how: new Fault('send-not-understood', {server: writeAddress(this.#sending.server), got: ''})})
  }

  readonly #break = (error: Error): void => {
    this.#brokeBy = reasonOf(error)
  }

  readonly #hangUp = (): void => {
    this.#courier.hangUp(this.#brokeBy)
    this.#pump()
  }

  readonly #stop = (): void => {
    this.#end({how: 'stopped'})
  }

  #fail(error: unknown): void {
    if (error instanceof Fault) {
      this.#end({how: error})
      return
    }
    this.#close(() => {
      this.#sending.reject(error)
    })
  }

  #end(ended: Ended): void {
    this.#close(() => {
      this.#sending.resolve(ended)
    })
  }

  #close(settle: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelLimit()
    this.#cancelPause()
    this.#sending.signal.removeEventListener('abort', this.#stop)
    // No byte of a buffer that is filled anew may still go out.
    this.#socket.destroy()
    settle()
  }
}

// A server greets as soon as what it has of the session is safe: longer than that only on a disk that stands still.
const greetingMs = 15_000

// Who takes lines and never closes its side has had time to read them.
const lingerMs = 5000

const nothing = (): void => undefined

function every(clock: Clock, periodMs: number, call: () => void): () => void {
  let cancel = clock.after(periodMs, again)
  function again(): void {
    cancel = clock.after(periodMs, again)
    call()
  }
  return () => {
    cancel()
  }
}

import {createServer, type Server, type Socket} from 'node:net'
import {writeAddress} from '../base/address.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import type {Tell} from '../base/notice.ts'
import type {Clock} from '../host/clock.ts'
import type {Loop} from '../host/loop.ts'
import {holderOf} from '../host/port-holder.ts'
import type {Store} from '../store/store.ts'
import type {IngestCounters} from './counters.ts'
import {Crowd} from './crowd.ts'
import {IngestNotices} from './ingest-notices.ts'
import type {IntakeWay} from './intake.ts'
import {listenBoth, type Listening} from './listen.ts'
import type {PressureState} from './pressure.ts'
import type {StrayPages} from './request-line.ts'
import {WaitingRoom} from './waiting-room.ts'

/** The port that takes lines. */
export interface Ingest {
  readonly port: number
  /** What waits for the disk, and the unfinished lines of all connections. */
  readonly queueBytes: number
  /** `full`: nobody is read until half of the queue is free. */
  readonly pressure: PressureState
  /** Takes no more. Resolves when all connections are gone, at the latest a little after the deadline. */
  drain(deadlineMs: number): Promise<void>
}

export interface IngestParts {
  readonly store: Store
  readonly clock: Clock
  readonly loop: Loop
  readonly tell: Tell
  readonly counters: IngestCounters
  readonly addresses: readonly string[]
  /** 0 takes any that is free. */
  readonly port: number
  readonly limits: IngestLimits
  readonly stray: StrayPages
  readonly intakeWay?: IntakeWay
}

export interface IngestLimits {
  /** Asked for with each connection: it may change. */
  readonly clientsMax: number
  readonly queueBytesMax: number
}

export async function openIngest(parts: IngestParts): Promise<Ingest> {
  const {store, clock, counters, limits} = parts
  const notices = new IngestNotices(parts.tell, clock)
  const {queueBytesMax} = limits
  const crowd = new Crowd({...parts, notices, queueBytesMax, intakeWay: parts.intakeWay ?? 'in-place'})
  const door = new Door({crowd, clock, counters, notices, limits})
  const listening = await listen(parts, (socket) => {
    door.open(socket)
  })
  return {
    port: listening.port,
    get queueBytes() {
      return store.pendingBytes + crowd.pressure.unfinishedBytes
    },
    get pressure() {
      return crowd.pressure.state
    },
    async drain(deadlineMs) {
      // To stop listening resets those who wait to be let in, with all that they have sent.
      await crowd.quiet(Math.min(quietMs, deadlineMs / 4))
      listening.stop()
      door.close()
      await crowd.drain(deadlineMs)
      notices.close()
    }
  }
}

async function listen(parts: IngestParts, onConnection: (socket: Socket) => void): Promise<Listening> {
  const {addresses, port} = parts
  try {
    return await listenBoth({addresses, port, makeServer: () => makeServer(onConnection)})
  } catch (cause) {
    throw listenFault(cause, '--log-port')
  }
}

/** A connection of which nothing is heard for a minute is asked whether it still is there: a dead peer never tells. */
const keepAliveMs = 60_000

function makeServer(onConnection: (socket: Socket) => void): Server {
  const options = {keepAlive: true, keepAliveInitialDelay: keepAliveMs, noDelay: true}
  return createServer({pauseOnConnect: true, allowHalfOpen: true, ...options}, onConnection)
}

/** Why a port cannot be listened on, with the program that has it already. */
export function listenFault(cause: unknown, flag: string): unknown {
  // Where any free port was asked for, the error names none.
  const {address, port = 0} = cause as {readonly address?: unknown; readonly port?: unknown}
  if (typeof address !== 'string' || typeof port !== 'number') return cause
  const where = writeAddress({host: address, port})
  const reason = reasonOf(cause)
  return reason === 'EADDRINUSE'
    ? new Fault('server-port-taken', {address: where, holder: holderOf(port) ?? null, flag}, {cause})
    : new Fault('server-port-unusable', {address: where, reason, flag}, {cause})
}

interface DoorParts {
  readonly limits: Pick<IngestLimits, 'clientsMax'>
  readonly crowd: Crowd
  readonly clock: Clock
  readonly counters: IngestCounters
  readonly notices: IngestNotices
}

/** Who comes in, and who is turned away. */
class Door {
  readonly #parts: DoorParts
  /** They are told why, and have a moment to read it. */
  readonly #turnedAway: WaitingRoom<Socket>
  #isClosed = false

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.#turnedAway = new WaitingRoom(parts.clock, goodbyeMs, (socket) => {
      socket.destroy()
    })
  }

  open(socket: Socket): void {
    const {crowd, counters, limits} = this.#parts
    counters.connectionsTotal += 1
    if (!this.#isClosed && crowd.size < limits.clientsMax) crowd.welcome(socket)
    else this.#turnAway(socket)
  }

  close(): void {
    this.#isClosed = true
    for (const socket of this.#turnedAway) socket.destroy()
  }

  #turnAway(socket: Socket): void {
    const {counters, notices, limits} = this.#parts
    const {clientsMax} = limits
    counters.rejected += 1
    socket.on('error', () => {
      counters.broken += 1
    })
    if (this.#isClosed || this.#turnedAway.size >= goodbyesMax) {
      socket.destroy()
      return
    }
    notices.turnedAway(clientsMax)
    this.#turnedAway.enter(socket)
    socket.on('close', () => {
      this.#turnedAway.leave(socket)
    })
    // What the peer has sent by then is read and thrown away: to close over it would take our words back.
    socket.on('data', (chunk: Buffer) => {
      counters.discardedBytes += chunk.length
    })
    socket.resume().end(`ERROR: Too many connections (${clientsMax}). Raise --max-clients.\n`)
  }
}

const goodbyeMs = 1000
// For what senders have sent already; some never stop.
const quietMs = 250
// Each takes a descriptor beyond the limit: a storm of connections must not use up those for files.
const goodbyesMax = 64

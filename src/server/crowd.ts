import type {Socket} from 'node:net'
import {sleep, type Clock} from '../host/clock.ts'
import type {Loop} from '../host/loop.ts'
import type {Store} from '../store/store.ts'
import {ackEveryMs} from './acknowledged.ts'
import {Coalescer} from './coalesce.ts'
import {Connection, type Port, type Refused} from './connection.ts'
import type {IngestCounters} from './counters.ts'
import type {IngestNotices} from './ingest-notices.ts'
import {takeIn, type IntakeWay} from './intake.ts'
import {Pressure} from './pressure.ts'
import type {StrayPages} from './request-line.ts'
import {WaitingRoom} from './waiting-room.ts'

export interface CrowdParts {
  readonly store: Store
  readonly clock: Clock
  readonly loop: Loop
  readonly counters: IngestCounters
  readonly notices: IngestNotices
  readonly stray: StrayPages
  readonly queueBytesMax: number
  readonly intakeWay: IntakeWay
}

/**
 * All connections of the port. They share one bound: when what waits for the disk and their unfinished lines fill the
 * queue, nobody is read any more, until half of it is free. Our own memory stays the same by that, however many they are
 * and however fast they send; the rest waits with the system and then with the senders.
 */
export class Crowd implements Port {
  readonly store: Store
  readonly clock: Clock
  readonly counters: IngestCounters
  readonly pressure: Pressure
  readonly stray: StrayPages
  readonly #notices: IngestNotices
  readonly #coalescer: Coalescer
  readonly #alarms: WaitingRoom<Connection>
  readonly #intakeWay: IntakeWay
  readonly #input: Uint8Array
  /** In the order in which they go on after a pause. */
  readonly #connections = new Set<Connection>()
  readonly #readSincePause = new Set<Connection>()
  /** Those with an unfinished line, the oldest line first. */
  readonly #unfinished = new Set<Connection>()
  readonly #awaiting = new Set<Connection>()
  readonly #sessions = new Map<string, Connection>()
  #cancelHold: (() => void) | undefined
  /** Connections that came, and reads. */
  #activity = 0
  #isStopped = false

  constructor(parts: CrowdParts) {
    const {store, clock, loop, counters} = parts
    this.store = store
    this.clock = clock
    this.counters = counters
    this.pressure = new Pressure(parts.queueBytesMax)
    this.stray = parts.stray
    this.#notices = parts.notices
    this.#intakeWay = parts.intakeWay
    const {inputAt, inputBytes} = store.layout
    this.#input = store.memory.subarray(inputAt, inputAt + inputBytes)
    this.#alarms = new WaitingRoom(clock, alarmMs, (connection) => {
      connection.late()
      this.#look()
    })
    this.#coalescer = new Coalescer({
      loop,
      clock,
      onHold() {
        counters.gatheredTurns += 1
      }
    })
    store.onProgress(() => {
      this.#look()
      this.#progress()
    })
  }

  get size(): number {
    return this.#connections.size
  }

  welcome(accepted: Socket): void {
    this.#activity += 1
    this.#coalescer.accepted()
    const onBytes = (bytes: number): boolean => this.#read(connection, bytes)
    const socket = takeIn(accepted, {input: this.#input, way: this.#intakeWay, onBytes})
    const connection = new Connection(this, socket)
    this.#connections.add(connection)
    this.counters.connections = this.#connections.size
    socket.on('end', () => {
      connection.end()
    })
    socket.on('error', () => {
      this.counters.broken += 1
    })
    socket.on('close', () => {
      this.#closed(connection)
    })
    // While the queue is full nobody is read, and who comes meanwhile waits like the others.
    if (!this.#isTaking) connection.flow(false)
  }

  setAlarm(connection: Connection, is: 'on' | 'off'): void {
    if (is === 'on') this.#alarms.enter(connection)
    else this.#alarms.leave(connection)
  }

  setUnfinished(connection: Connection, is: 'begun' | 'none'): void {
    this.#unfinished.delete(connection)
    if (is === 'begun') this.#unfinished.add(connection)
  }

  awaitProgress(connection: Connection): void {
    this.#awaiting.add(connection)
    this.#armHold()
  }

  /** Without it, an `ACK` that is held back would wait for the next line. */
  #armHold(): void {
    this.#cancelHold ??= this.clock.after(ackEveryMs / 2, () => {
      this.#cancelHold = undefined
      this.#progress()
    })
  }

  claim(session: string, connection: Connection): void {
    this.#sessions.get(session)?.takenOver()
    this.#sessions.set(session, connection)
  }

  refuse(peer: string, detected: Refused): void {
    this.#notices.refused(peer, detected)
  }

  /** Resolves when nobody comes or sends for a moment, or nobody may, or when the time is up. */
  async quiet(waitMs: number): Promise<void> {
    const endMs = this.clock.elapsed() + waitMs
    let activity = -1
    while (this.#isTaking && activity !== this.#activity && this.clock.elapsed() < endMs) {
      activity = this.#activity
      await sleep(this.clock, momentMs)
    }
  }

  /** Takes no more lines, and says goodbye. At the latest when the time is up, all are gone, whatever they do. */
  async drain(deadlineMs: number): Promise<void> {
    const endMs = this.clock.elapsed() + deadlineMs
    this.#isStopped = true
    for (const connection of this.#connections) connection.flow(false)
    for (const connection of this.#connections) if (connection.sessionId === undefined) connection.shutDown()
    const {store} = this
    await this.#until(() => store.acknowledgedSeq >= store.endSeq, endMs - Math.min(goodbyeMs, deadlineMs / 4))
    for (const connection of this.#connections) connection.shutDown()
    await this.#until(() => this.size === 0, endMs)
    this.counters.abandoned += this.size
    // The store is closed next: what a socket tells of its end later must find nothing left to be done.
    for (const connection of this.#connections) {
      connection.hangUp()
      this.#closed(connection)
    }
    this.#cancelHold?.()
  }

  #read(connection: Connection, bytes: number): boolean {
    const before = this.store.endSeq
    connection.read(bytes)
    this.#activity += 1
    this.#coalescer.read(bytes, this.store.endSeq - before)
    this.#readSincePause.add(connection)
    if (this.pressure.isCrowded) this.#makeRoom()
    this.#look()
    if (this.pressure.state !== 'open') connection.slowDown()
    return connection.mayRead(this.#isTaking)
  }

  get #isTaking(): boolean {
    return this.pressure.state !== 'full' && !this.#isStopped
  }

  /** Whose line began first gives way: a sender who finishes its lines is never the one. */
  #makeRoom(): void {
    for (const connection of this.#unfinished) {
      if (!this.pressure.isCrowded) return
      connection.giveWay()
    }
  }

  #look(): void {
    if (!this.pressure.look(this.store.pendingBytes)) return
    if (this.pressure.state === 'open') {
      this.#notices.queueFlows()
      this.#goOn()
      return
    }
    for (const connection of this.#connections) connection.slowDown()
    if (this.pressure.state === 'slow') return
    this.counters.stalls += 1
    this.#notices.queueFull(this.pressure.queueBytesMax)
    for (const connection of this.#connections) connection.flow(false)
  }

  /** Who was read before the pause comes last after it: the first ones may well fill the queue again. */
  #goOn(): void {
    for (const connection of this.#readSincePause) {
      this.#connections.delete(connection)
      this.#connections.add(connection)
    }
    this.#readSincePause.clear()
    for (const connection of this.#connections) {
      connection.speedUp()
      connection.flow(this.#isTaking)
    }
  }

  #progress(): void {
    let isHolding = false
    for (const connection of this.#awaiting) {
      const state = connection.progress()
      if (state === 'done') this.#awaiting.delete(connection)
      isHolding ||= state === 'holds'
      connection.flow(this.#isTaking)
    }
    if (isHolding) this.#armHold()
  }

  #closed(connection: Connection): void {
    connection.closed()
    this.#connections.delete(connection)
    this.#readSincePause.delete(connection)
    this.#unfinished.delete(connection)
    this.#awaiting.delete(connection)
    const {sessionId} = connection
    if (sessionId !== undefined && this.#sessions.get(sessionId) === connection) this.#sessions.delete(sessionId)
    this.counters.connections = this.#connections.size
    this.#look()
  }

  async #until(isSo: () => boolean, endMs: number): Promise<void> {
    while (!isSo() && this.clock.elapsed() < endMs) await sleep(this.clock, pollMs)
  }
}

/** To tell what one speaks by its first line, to begin a session with it, or to close after the last answer. */
const alarmMs = 2000

const momentMs = 20
// Of the time to drain, for last words to be read.
const goodbyeMs = 1000
const pollMs = 5

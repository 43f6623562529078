import type {Socket} from 'node:net'
import type {Clock} from '../host/clock.ts'
import type {Store} from '../store/store.ts'
import {beginSession, takeHello, type AcknowledgedSession} from './acknowledged.ts'
import type {IngestCounters} from './counters.ts'
import {detect, framingOf, refusalOf, type Spoken} from './detect.ts'
import type {Framing, FramingOptions} from './framing.ts'
import type {Pressure} from './pressure.ts'
import {RecordSink} from './record-sink.ts'
import type {StrayPages} from './request-line.ts'
import {Rest} from './rest.ts'
import {textOf} from './sign.ts'
import {answerStray, requestLineBytesMax} from './stray-http.ts'
import {Voice} from './voice.ts'

/** What the connections of one port share, and what they ask of it. */
export interface Port {
  readonly store: Store
  readonly clock: Pick<Clock, 'elapsed'>
  readonly counters: IngestCounters
  readonly pressure: Pressure
  readonly stray: StrayPages
  /** Of the same length for all: `late` is called when it is not off before its time. */
  setAlarm(connection: Connection, is: 'on' | 'off'): void
  /** Its last line is unfinished, and is the youngest of all; or none is. */
  setUnfinished(connection: Connection, is: 'begun' | 'none'): void
  /** Records of its session wait for the store: `progress` is to be called until it is done. */
  awaitProgress(connection: Connection): void
  /** The session is this connection's from now on; who had it before is told so. */
  claim(session: string, connection: Connection): void
  /** Somebody speaks what cannot be taken. */
  refuse(peer: string, detected: Refused): void
}

export type Refused = 'tls' | 'binary'

/**
 * `undecided` until the first bytes tell what it speaks, `hello` until the first line of LOGCASTER/1 is whole; then
 * `lines`, or a `session` of acknowledged ones. Who is `leaving` has its last answer on the way, and what it still sends
 * is thrown away and counted.
 */
type Stage = 'undecided' | 'hello' | 'lines' | 'session' | 'leaving' | 'closed'

/** One sender: bytes go from its socket through detection and framing into the store, and answers go back. */
export class Connection {
  readonly #port: Port
  readonly #socket: Socket
  readonly #voice: Voice
  readonly #sink: RecordSink
  readonly #rest = new Rest()
  #stage: Stage = 'undecided'

  constructor(port: Port, socket: Socket) {
    this.#port = port
    this.#socket = socket
    this.#voice = new Voice(socket, port.clock, port.counters)
    this.#sink = new RecordSink(port.store, port.counters)
  }

  /** So many bytes of it lie in the input area. */
  read(bytes: number): void {
    const {memory, layout} = this.#port.store
    const wasUnfinished = this.#rest.bytes > 0
    // A peer that is gone has no address any more, but what it sent still needs one.
    if (this.#stage === 'undecided' && !wasUnfinished) this.#sink.source = this.#port.store.sourceId(this.#peer)
    const from = this.#rest.putBefore(memory, layout.inputAt)
    const to = layout.inputAt + bytes
    const restAt = this.#take(from, to)
    this.#keep(restAt, to)
    if (restAt < to && (!wasUnfinished || restAt > from)) this.#port.setUnfinished(this, 'begun')
    if (restAt === to && wasUnfinished) this.#port.setUnfinished(this, 'none')
    if (restAt < to && !wasUnfinished && this.#isOpening) this.#port.setAlarm(this, 'on')
    if (this.progress() !== 'done') this.#port.awaitProgress(this)
  }

  /** Its first line decides how it goes on, and is not whole. */
  get #isOpening(): boolean {
    return this.#stage === 'undecided' || this.#stage === 'hello'
  }

  /** The peer has closed its side, and everything that it sent was read. */
  end(): void {
    if (this.#stage === 'leaving') return
    const {session} = this.#sink
    if (session === undefined) {
      this.hangUp()
      return
    }
    this.#finish()
    this.#answer(session.end(this.#port.store.acknowledgedSeq, this.#port.clock.elapsed()))
    if (!session.isOver) this.#port.awaitProgress(this)
  }

  /** The socket is gone, whoever closed it. */
  closed(): void {
    this.#finish()
    this.#port.setAlarm(this, 'off')
    this.#stage = 'closed'
  }

  /** Whether it may be read while records are taken, or while none are. Who leaves is read to its end: that takes no room. */
  mayRead(isTaking: boolean): boolean {
    if (this.#stage === 'leaving') return true
    return isTaking && this.#stage !== 'closed' && this.#sink.session?.mayRead !== false
  }

  flow(isTaking: boolean): void {
    if (!this.mayRead(isTaking)) this.#socket.pause()
    else if (!this.#socket.readableEnded) this.#socket.resume()
  }

  get sessionId(): string | undefined {
    return this.#sink.session?.id
  }

  /** The store has acknowledged more, or it is time for an `ACK` that was held back. */
  progress(): 'done' | 'waits' | 'holds' {
    const {session, awaitedSeq} = this.#sink
    if (session === undefined || this.#stage !== 'session') return 'done'
    const {acknowledgedSeq} = this.#port.store
    this.#answer(session.acknowledged(acknowledgedSeq, this.#port.clock.elapsed()))
    if (session.isHolding) return 'holds'
    return acknowledgedSeq < awaitedSeq ? 'waits' : 'done'
  }

  /** What was to come did not: enough to tell what it speaks, the first line of a session, the end of who leaves. */
  late(): void {
    if (this.#stage === 'undecided') this.#retake((from, to) => this.#settle('raw').feed(from, to))
    else if (this.#stage === 'hello') this.#refuseSession('-ERR HELLO the first line did not come in time\n')
    else if (this.#stage === 'leaving') this.hangUp()
  }

  /** Unfinished lines take too much room, and this one is the oldest: afterwards it takes none. */
  giveWay(): void {
    this.#port.counters.crowdedOut += 1
    if (this.#stage === 'hello') this.#refuseSession(crowdedText)
    // A record of a session has no number before it is whole: the client sends it again, and nothing is lost.
    else if (this.#stage === 'session') this.#leave(crowdedText)
    else this.#retake((from, to) => (this.#sink.framing ?? this.#settle('raw')).cut(from, to))
    // Half the end of a blank line, or a length alone: there is nothing to cut, and it holds as much room as a line.
    if (this.#rest.bytes > 0) this.shutDown()
  }

  slowDown(): void {
    const isListening = this.#stage === 'lines' || this.#stage === 'session'
    if (isListening && this.#sink.framing !== undefined) this.#voice.slowDown(this.#sink.framing.protocol)
  }

  speedUp(): void {
    if (this.#stage !== 'leaving') this.#voice.speedUp()
  }

  takenOver(): void {
    const {session} = this.#sink
    if (session !== undefined) this.#leave(session.takenOver(this.#port.store.acknowledgedSeq))
  }

  /** The server stops, or has no room for this one. */
  shutDown(): void {
    if (this.#stage === 'leaving') return
    this.#finish()
    if (this.#sink.session === undefined) this.hangUp()
    else this.#leave(this.#sink.session.shutdown(this.#port.store.acknowledgedSeq))
  }

  hangUp(): void {
    this.#socket.destroy()
  }

  /** Returns where the unfinished rest begins. */
  #take(from: number, to: number): number {
    if (this.#stage === 'undecided') return this.#decide(from, to)
    if (this.#stage === 'hello') return this.#greet(from, to)
    if (this.#stage === 'leaving') return this.#discard(from, to)
    return this.#sink.framing?.feed(from, to) ?? to
  }

  #decide(from: number, to: number): number {
    const bytes = this.#port.store.memory.subarray(from, to)
    const detected = detect(bytes)
    if (detected === 'undecided') return from
    if (detected === 'logcaster') {
      this.#stage = 'hello'
      return this.#greet(from, to)
    }
    if (detected !== 'http' && detected !== 'tls' && detected !== 'binary') return this.#settle(detected).feed(from, to)
    this.#turnDown(detected, bytes)
    return this.#discard(from, to)
  }

  #settle(spoken: Spoken): Framing {
    this.#port.setAlarm(this, 'off')
    this.#stage = 'lines'
    this.#sink.framing = framingOf(spoken, this.#framingOptions())
    return this.#sink.framing
  }

  #turnDown(detected: 'http' | Refused, bytes: Uint8Array): void {
    const {counters, stray} = this.#port
    if (detected === 'http') {
      counters.strayHttp += 1
      this.#leave(answerStray(textOf(bytes.subarray(0, requestLineBytesMax)), stray))
      return
    }
    counters.unsupported += 1
    this.#port.refuse(this.#peer, detected)
    this.#leave(refusalOf(detected, this.#peer))
  }

  /** Takes the first line of LOGCASTER/1 once it is whole, and what follows it. */
  #greet(from: number, to: number): number {
    const {store, clock} = this.#port
    const hello = takeHello(store.memory, from, to)
    if (hello === undefined) return from
    const begun = beginSession(hello.line, {
      store,
      framing: this.#framingOptions(),
      nowMs: clock.elapsed(),
      claim: (session) => {
        this.#port.claim(session, this)
      }
    })
    if (begun.status === 'refused') {
      this.#refuseSession(begun.reply)
      return this.#discard(hello.rest, to)
    }
    this.#port.setAlarm(this, 'off')
    this.#stage = 'session'
    this.#join(begun.session)
    this.#voice.answer(begun.reply)
    return begun.session.framing.feed(hello.rest, to)
  }

  #join(session: AcknowledgedSession): void {
    const {store} = this.#port
    this.#sink.session = session
    this.#sink.framing = session.framing
    this.#sink.source = store.sourceId(session.source ?? this.#peer)
    this.#sink.awaitedSeq = store.endSeq
  }

  #refuseSession(text: string): void {
    this.#port.counters.refusedSessions += 1
    this.#leave(text)
  }

  #answer(text: string): void {
    if (this.#sink.session?.isOver === true) this.#leave(text)
    else this.#voice.answer(text)
  }

  /** Says its last, and reads on until the peer closes: to close over unread bytes would take the answer back. */
  #leave(text: string): void {
    if (this.#stage === 'leaving' || this.#stage === 'closed') return
    this.#finish()
    this.#stage = 'leaving'
    this.#port.setAlarm(this, 'on')
    this.#voice.leave(text)
    this.#socket.resume()
  }

  /** No more comes of an unfinished line. What came of it is kept and marked; of a session it has no number and is sent again. */
  #finish(): void {
    if (this.#rest.bytes === 0) return
    if (this.#stage === 'undecided') this.#settle('raw')
    this.#retake((from, to) => {
      if (this.#stage !== 'lines') return this.#discard(from, to)
      this.#sink.framing?.end(from, to)
      return to
    })
  }

  /** Does something about the unfinished line outside of a read, when nobody needs the input area. */
  #retake(take: (from: number, to: number) => number): void {
    const {memory, layout} = this.#port.store
    const to = layout.inputAt
    const restAt = take(this.#rest.putBefore(memory, to), to)
    this.#keep(restAt, to)
    if (restAt === to) this.#port.setUnfinished(this, 'none')
  }

  #keep(from: number, to: number): void {
    this.#port.pressure.keep(this.#rest.keep(this.#port.store.memory, from, to))
  }

  #discard(from: number, to: number): number {
    this.#port.counters.discardedBytes += to - from
    return to
  }

  #framingOptions(): FramingOptions {
    const {store, counters} = this.#port
    return {memory: store.memory, sink: this.#sink, lineBytesMax: store.layout.lineBytesMax, tally: counters.framing}
  }

  get #peer(): string {
    return this.#socket.remoteAddress ?? 'unknown'
  }
}

const crowdedText = '-ERR CROWDED unfinished lines take all the room for them; connect again and go on with next\n'

import type {Durability} from '../store/store.ts'
import {Checkpoints} from './checkpoints.ts'
import type {Framing, FramingOptions} from './framing.ts'
import {helloBytesMax, parseHello, type Hello} from './hello.ts'
import {LineFraming} from './line-framing.ts'
import {OctetFraming} from './octet-framing.ts'

/**
 * The server's side of LOGCASTER/1. Records of a session are numbered 1, 2, …; `ACK n` says that all up to n are
 * stored at the level that was asked for, and never says it too early:
 *
 *     C: LOGCASTER/1 session=web1-7f3a ack=commit window=2000 format=auto source=web1
 *     S: +OK LOGCASTER/1 session=web1-7f3a next=1 ack=commit window=2000 max_line=65536
 *     C: first line
 *     C: second line
 *     S: ACK 2
 *     C: (half-close)
 *     S: ACK 2
 *     S: +BYE
 *
 * Whoever owns the socket feeds `session.framing`, tells by `took` and `store.note` what came of it, asks
 * `acknowledged` for what to send after each read, after each progress of the store and, while `isHolding`, every
 * `ackEveryMs / 2`; it reads only while `mayRead`, and closes once `isOver`. An unfinished last line is not stored: it
 * has no number yet, so the client sends it again.
 */
export class AcknowledgedSession {
  readonly id: string
  /** The name that the client gives itself; without one, its address is its name. */
  readonly source: string | undefined
  readonly framing: Framing
  readonly #hello: Hello
  readonly #checkpoints = new Checkpoints()
  #greeting: Greeting | undefined
  /** The last record that was taken, the last that is stored, the last that was acknowledged. */
  #number: number
  #stored: number
  #said: number
  #saidMs: number
  #farewell: string | undefined
  #isOver = false

  constructor(hello: Hello, framing: Framing, opening: Opening) {
    this.id = hello.session
    this.source = hello.source
    this.framing = framing
    this.#hello = hello
    this.#greeting = opening.greeting
    this.#number = opening.last
    this.#stored = opening.last
    this.#said = opening.last
    this.#saidMs = opening.nowMs
  }

  /** The number of the last record that was taken, for `store.note`. */
  get number(): number {
    return this.#number
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** False while as many records as the window allows are not acknowledged. */
  get mayRead(): boolean {
    return this.#farewell === undefined && !this.#isOver && this.#number - this.#said < this.#hello.window
  }

  /** An `ACK` is held back so that one says what many would: ask again within `ackEveryMs`. */
  get isHolding(): boolean {
    return !this.#isOver && this.#stored > this.#said
  }

  /** The next `records` records were handed to the store, whose next record would now get `endSeq`. */
  took(records: number, endSeq: number): void {
    this.#number += records
    this.#checkpoints.add({number: this.#number, seq: endSeq})
  }

  /** What to send now that the store has acknowledged everything below `seq`; empty for nothing. */
  acknowledged(seq: number, nowMs: number): string {
    if (this.#isOver) return ''
    this.#advance(seq)
    if (this.#greeting !== undefined && seq < this.#greeting.seq) return ''
    if (this.framing.isBroken) this.#farewell ??= brokenText
    const before = this.#takeGreeting()
    if (this.#farewell !== undefined && this.#stored === this.#number) return before + this.#finish(this.#farewell)
    return this.#isAckDue(nowMs) ? before + this.#takeAck(nowMs) : before
  }

  /** The client has closed its side: `+BYE` follows once everything is stored. */
  end(seq: number, nowMs: number): string {
    this.#farewell ??= '+BYE'
    return this.acknowledged(seq, nowMs)
  }

  /** The last words of a server that stops, after it has committed what it could. */
  shutdown(seq: number): string {
    return this.#break(seq, '-ERR SHUTDOWN the server stops; connect again and go on with next')
  }

  /** The last words to a connection whose session was opened again by a newer one. */
  takenOver(seq: number): string {
    return this.#break(seq, `-ERR TAKEN session=${this.id} was opened by a newer connection`)
  }

  /** Ends without waiting: what is not stored by now is not acknowledged. */
  #break(seq: number, farewell: string): string {
    if (this.#isOver) return ''
    this.#advance(seq)
    // Before its greeting a client has no number that an ACK could go up to.
    const isGreeted = this.#greeting === undefined || seq >= this.#greeting.seq
    if (isGreeted) return this.#takeGreeting() + this.#finish(farewell)
    this.#isOver = true
    return `${farewell}\n`
  }

  #advance(seq: number): void {
    const isParsedEnough = this.#hello.level === 'none'
    this.#stored = this.#checkpoints.passed(isParsedEnough ? Infinity : seq) ?? this.#stored
  }

  #isAckDue(nowMs: number): boolean {
    if (this.#stored === this.#said) return false
    const many = Math.min(ackEveryRecords, Math.ceil(this.#hello.window / 2))
    return this.#stored === this.#number || this.#stored - this.#said >= many || nowMs - this.#saidMs >= ackEveryMs
  }

  #takeAck(nowMs: number): string {
    this.#said = this.#stored
    this.#saidMs = nowMs
    return `ACK ${this.#said}\n`
  }

  #takeGreeting(): string {
    const text = this.#greeting?.text ?? ''
    this.#greeting = undefined
    return text
  }

  #finish(farewell: string): string {
    this.#isOver = true
    return `ACK ${this.#stored}\n${farewell}\n`
  }
}

export const ackEveryMs = 200
const ackEveryRecords = 1000

const brokenText = '-ERR FRAMING with format=octet a record begins with its length in bytes and a blank'

/**
 * `next` promises that all before it is stored, so the client may forget it. What an earlier connection handed over
 * may still wait for the disk: the greeting then waits, too.
 */
interface Greeting {
  readonly text: string
  readonly seq: number
}

interface Opening {
  readonly greeting: Greeting | undefined
  readonly last: number
  readonly nowMs: number
}

export interface SessionContext {
  readonly store: {
    readonly durability: Durability
    readonly endSeq: number
    readonly acknowledgedSeq: number
    lastOf(session: string): number
  }
  readonly framing: FramingOptions
  readonly nowMs: number
  /** Says `takenOver` to the connection that has this session by now, and closes it, before its numbers are looked up. */
  claim(session: string): void
}

/** `reply` is to be sent at once; it may be empty, since `acknowledged` then gives the greeting later. */
export type Begun =
  | {readonly status: 'refused'; readonly reply: string}
  | {readonly status: 'begun'; readonly reply: string; readonly session: AcknowledgedSession}

export function beginSession(helloLine: string, context: SessionContext): Begun {
  const {store, framing, nowMs} = context
  const hello = parseHello(helloLine, store.durability)
  if ('code' in hello) return {status: 'refused', reply: `-ERR ${hello.code} ${hello.why}\n`}
  context.claim(hello.session)
  const last = store.lastOf(hello.session)
  const {session, level, window} = hello
  const text = `+OK LOGCASTER/1 session=${session} next=${last + 1} ack=${level} window=${window} max_line=${framing.lineBytesMax}\n`
  const isPromised = last === 0 || level === 'none' || store.acknowledgedSeq >= store.endSeq
  const greeting = isPromised ? undefined : {text, seq: store.endSeq}
  const opened = new AcknowledgedSession(hello, framingOf(hello, framing), {greeting, last, nowMs})
  return {status: 'begun', reply: isPromised ? text : '', session: opened}
}

function framingOf(hello: Hello, options: FramingOptions): Framing {
  if (hello.format === 'octet') return new OctetFraming('logcaster', options)
  return new LineFraming('logcaster', options)
}

/**
 * The first line of memory[from, to), without its LF, and where the rest begins; undefined while it is unfinished. One
 * that grows too long is given as it stands, and `beginSession` refuses it.
 */
export function takeHello(memory: Uint8Array, from: number, to: number): {line: string; rest: number} | undefined {
  const bytes = memory.subarray(from, Math.min(to, from + helloBytesMax + 2))
  const end = bytes.indexOf(0x0a)
  if (end === -1 && bytes.length <= helloBytesMax + 1) return undefined
  const line = String.fromCharCode(...(end === -1 ? bytes : bytes.subarray(0, end)))
  return {line, rest: from + (end === -1 ? bytes.length : end + 1)}
}

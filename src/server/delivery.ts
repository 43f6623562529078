import {Fault} from '../base/fault.ts'
import type {Courier} from './courier.ts'
import {greetingIn} from './greeting.ts'
import type {AckLevel} from './hello.ts'
import {LineCount, type LongLines, type Place} from './line-count.ts'

/**
 * The client's side of LOGCASTER/1: bytes from the server in, bytes to send and a safe place in the input out. Records
 * are the lines of the input that are not blank, numbered from 1 where the session begins, so that the server's `next`
 * always names a place in the input: whichever side was killed, nothing is sent twice into the store or left out.
 *
 *     greet → (+OK next=…) → skipping what is stored → sending → finished → (ACK, +BYE) → complete
 *
 * Whoever owns the socket calls `greet` for each new connection, `hear` with what comes, and while `mayTake`, `offer`
 * with the input at `readAt`; at its end `meetEnd`, `endLine` and `finish`.
 */
export class Delivery implements Courier {
  readonly isResumable = true
  state: Courier['state'] = 'idle'
  fault: Fault | undefined
  pauseMs = 0
  /** Records that went out more than once, and those that the server refused for good. */
  resentRecords = 0
  rejected: Rejected | undefined
  /** Records that the server had acknowledged and does not know any more. */
  forgottenRecords = 0
  /** Records that the server cuts, since their lines are longer than it takes. */
  long: LongLines = {lineBytesMax: Number.POSITIVE_INFINITY, after: 0, records: 0}
  readonly #options: DeliveryOptions
  #window: number
  #count: LineCount
  #cut: Place | undefined
  /** Behind lines, as far as they are known, from the one up to which all is stored. */
  #places: Place[]
  /** Acknowledged up to this record; stored up to that one when the connection began. */
  #acknowledged: number
  #stored = 0
  /** The highest record that ever went out. */
  #highest = 0
  #isGreeted = false
  #isFinished = false
  #heard = ''

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#window = options.window
    this.#places = options.cut === undefined ? [options.acknowledged] : [options.acknowledged, options.cut]
    this.#cut = options.cut
    this.#acknowledged = options.acknowledged.number
    this.#count = new LineCount(options.acknowledged)
  }

  get acknowledged(): Place {
    return this.#places[0] ?? this.#options.origin
  }

  get acknowledgedNumber(): number {
    return this.#acknowledged
  }

  get number(): number {
    return this.#count.number
  }

  get readAt(): number {
    return this.#count.offset
  }

  get mayTake(): boolean {
    return this.state === 'open' && !this.#isFinished && this.#count.number < this.#takeUpTo
  }

  /** What the server had is passed over: the places that are known are proven to be those of its numbers. */
  get isSettled(): boolean {
    return this.#isGreeted && this.fault === undefined && this.#count.number >= this.#stored
  }

  get isComplete(): boolean {
    return this.#isFinished && this.#acknowledged >= this.#count.number
  }

  /**
   * Where a line without an end is, or may be, a record all the same; until that is acknowledged. Whenever it changes,
   * that has to be safe before more is sent: what counts as a record must not depend on what is forgotten.
   */
  get cut(): Place | undefined {
    return this.#cut
  }

  greet(): Buffer {
    const {session, ack, window, source} = this.#options
    this.state = 'greeting'
    this.pauseMs = 0
    this.#heard = ''
    const named = source === undefined ? '' : ` source=${source}`
    return Buffer.from(`LOGCASTER/1 session=${session} ack=${ack} window=${window}${named}\n`, 'latin1')
  }

  hear(bytes: Buffer): void {
    const lines = (this.#heard + bytes.toString('latin1')).split('\n')
    this.#heard = lines.pop() ?? ''
    for (const line of lines) {
      if (this.fault !== undefined) return
      this.#understand(line.replace(/\r$/, ''))
    }
    if (this.#heard.length > answerBytesMax) this.#notUnderstood(this.#heard)
  }

  offer(bytes: Buffer): Buffer {
    const count = this.#count
    const isStored = count.number < this.#stored
    const before = count.number
    const taken = count.take(bytes, this.#takeUpTo)
    if (isStored) {
      this.#places = [count.place]
      return nothing
    }
    this.#sent(before)
    return bytes.subarray(0, taken)
  }

  meetEnd(): void {
    const {isInRecord, offset, number} = this.#count
    if (isInRecord) this.#cut = {offset, number: number + 1}
  }

  endLine(): Buffer {
    const count = this.#count
    if (!count.isInRecord) return nothing
    const isStored = count.number < this.#stored
    const before = count.number
    count.endLine()
    if (isStored) {
      this.#places = [count.place]
      return nothing
    }
    this.#sent(before)
    return lineEnd
  }

  finish(): void {
    this.#isFinished = true
    if (this.#count.number >= this.#stored) return
    // None of what the server has is of this input.
    this.#acknowledged = this.#options.acknowledged.number
    this.fault ??= this.#taken(this.#stored)
  }

  hangUp(): void {
    this.state = 'over'
  }

  /** Up to where records may be taken: what is stored is passed over, what follows goes out as far as the window allows. */
  get #takeUpTo(): number {
    return this.#count.number < this.#stored ? this.#stored : this.#acknowledged + this.#window
  }

  #sent(before: number): void {
    const {number, place} = this.#count
    this.resentRecords += Math.max(0, Math.min(number, this.#highest) - before)
    this.#highest = Math.max(this.#highest, number)
    const last = this.#places.length - 1
    // Blank lines move a place on; of two places behind the same record, the later one is worth more.
    if (this.#places[last]?.number === number) this.#places[last] = place
    else this.#places.push(place)
    this.#forgetPlaces()
  }

  #understand(line: string): void {
    const [word = '', value = ''] = line.split(' ')
    if (word === 'SLOW_DOWN') this.pauseMs = Math.min(Number.parseInt(value, 10) || pauseMsDefault, pauseMsMax)
    else if (word === 'RESUME') this.pauseMs = 0
    else if (word === '-ERR') this.#refused(value, line.slice('-ERR '.length + value.length).trim())
    else if (this.state === 'greeting') this.#greeted(line)
    else if (word === 'ACK') this.#acknowledge(line, value)
    else if (word === 'NAK') this.#reject(line)
    else if (word === '+BYE') this.state = 'over'
    else this.#notUnderstood(line)
  }

  #greeted(line: string): void {
    const greeting = greetingIn(line)
    const {session, ack, window} = this.#options
    if (greeting?.session !== session || greeting.ack !== ack) {
      this.#notUnderstood(line)
      return
    }
    this.#window = Math.min(window, greeting.window)
    this.long.lineBytesMax = greeting.lineBytesMax
    this.#begin(greeting.next - 1)
  }

  /** The server has all records up to `stored`, and takes what comes now for the one behind it. */
  #begin(stored: number): void {
    const {expects} = this.#options
    if (!this.#isGreeted && expects === 'new' && stored > 0) this.fault = this.#taken(stored)
    else if (stored < this.#acknowledged && !this.#mayGoBack) this.fault = this.#forgotten(stored)
    if (this.fault !== undefined) return
    this.forgottenRecords += Math.max(0, this.#acknowledged - stored)
    this.#highest = Math.max(this.#highest, this.#acknowledged)
    const from = this.#places.findLast(({number}) => number <= stored) ?? this.#options.origin
    this.#places = [from]
    this.#stored = stored
    this.#acknowledged = stored
    // It never became a record, or it is one of those that are passed over.
    this.#cut = undefined
    this.long.after = Math.max(this.#highest, stored)
    this.#count = new LineCount(from, this.long)
    this.#isGreeted = true
    this.#isFinished = false
    this.state = 'open'
  }

  /** Sending again what was acknowledged needs the word of the operator, unless nothing was ever promised. */
  get #mayGoBack(): boolean {
    const {expects, ack, isRewindable} = this.#options
    return isRewindable && (expects === 'anything' || ack === 'none')
  }

  #acknowledge(line: string, value: string): void {
    const {number, isInRecord} = this.#count
    const acknowledged = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    // A line that is too long is a record as soon as the server has what it keeps of it: in front of its end.
    if (!(acknowledged <= Math.max(number + (isInRecord ? 1 : 0), this.#stored))) {
      this.#notUnderstood(line)
      return
    }
    this.#acknowledged = Math.max(this.#acknowledged, acknowledged)
    this.#forgetPlaces()
  }

  /** Keeps the last place that is acknowledged, and those behind it. */
  #forgetPlaces(): void {
    const last = this.#places.findLastIndex(({number}) => number <= this.#acknowledged)
    this.#places.splice(0, Math.max(0, last))
    if (this.#cut !== undefined && this.#cut.number <= this.#acknowledged) this.#cut = undefined
  }

  #reject(line: string): void {
    const [, number, code = '', why = ''] = /^NAK (\d+) (\S+) ?(.*)$/.exec(line) ?? []
    if (number === undefined) this.#notUnderstood(line)
    else this.rejected = {lines: (this.rejected?.lines ?? 0) + 1, code, detail: why.slice(0, shownMax)}
  }

  #refused(code: string, why: string): void {
    this.state = 'over'
    const {session, ack, server} = this.#options
    const detail = why.slice(0, shownMax)
    if (code === 'LEVEL') this.fault = new Fault('send-level-refused', {ack, server, detail})
    else if (code === 'TAKEN') this.fault = new Fault('send-session-busy', {session, server})
    // It comes back, another takes its place, or there is room again: the shell connects again.
    else if (code !== 'SHUTDOWN' && code !== 'CROWDED') this.fault = new Fault('send-refused', {server, code, detail})
  }

  #notUnderstood(got: string): void {
    this.fault = new Fault('send-not-understood', {server: this.#options.server, got: got.slice(0, shownMax)})
  }

  #taken(stored: number): Fault {
    const {session, server} = this.#options
    return new Fault('send-session-taken', {session, server, stored})
  }

  #forgotten(stored: number): Fault {
    const {session, server} = this.#options
    return new Fault('send-forgotten', {session, server, stored, acknowledged: this.#acknowledged})
  }
}

export interface DeliveryOptions {
  readonly session: string
  readonly ack: AckLevel
  /** Most records that are under way; the server may grant fewer. */
  readonly window: number
  readonly source: string | undefined
  /** Its address, for what is told. */
  readonly server: string
  /** Where the session begins: in front of its record 1. */
  readonly origin: Place
  readonly acknowledged: Place
  /** Where a last line without an end may have been sent as a record; it was, if the server has a record of its number. */
  readonly cut: Place | undefined
  /** What the server may know of the session at first: nothing, what the cursor tells of, or any number of records. */
  readonly expects: 'new' | 'cursor' | 'anything'
  /** The input can be read again from its beginning. */
  readonly isRewindable: boolean
}

export interface Rejected {
  readonly lines: number
  /** Of the last one. */
  readonly code: string
  readonly detail: string
}

const nothing = Buffer.alloc(0)
const lineEnd = Buffer.from('\n')

// Every word of the protocol is far shorter: what is longer comes from something else.
const answerBytesMax = 4096
const shownMax = 200
const pauseMsDefault = 1000
// Whoever is asked for longer asks again by reading nothing.
const pauseMsMax = 60_000

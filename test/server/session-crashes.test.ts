import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {beginSession, takeHello, type AcknowledgedSession} from '../../src/server/acknowledged.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {ListSink} from './framed.ts'

const runSeed = seedFromEnvironment()
const lineBytesMax = 16
const session = 's'

/** What is taken is in memory; what is committed survives a crash, and so do the numbers that were noted up to there. */
class Server {
  readonly durability = 'commit'
  readonly memory = new Uint8Array(4096)
  readonly sink = new ListSink(this.memory, lineBytesMax)
  acknowledgedSeq = 1
  #notes: {readonly number: number; readonly seq: number}[] = []
  open: Connection | undefined

  get endSeq(): number {
    return this.sink.records.length + 1
  }

  lastOf(): number {
    return this.#notes.at(-1)?.number ?? 0
  }

  note(number: number): void {
    this.#notes.push({number, seq: this.endSeq})
  }

  /** Some of what was taken gets safe: the disk writes reads whole. */
  commit(random: Seeded): void {
    const ends = this.#notes.map(({seq}) => seq).filter((seq) => seq > this.acknowledgedSeq)
    if (ends.length > 0) this.acknowledgedSeq = random.pick(ends)
  }

  crash(): void {
    this.sink.records.length = this.acknowledgedSeq - 1
    this.#notes = this.#notes.filter(({seq}) => seq <= this.acknowledgedSeq)
    this.open = undefined
  }
}

/** One connection, as whoever owns the socket drives it. */
class Connection {
  readonly #server: Server
  session: AcknowledgedSession | undefined
  #unfinished = new Uint8Array()
  said = ''

  constructor(server: Server) {
    this.#server = server
  }

  read(bytes: string, nowMs: number): void {
    const {memory} = this.#server
    memory.set(this.#unfinished)
    const to = this.#unfinished.length + Buffer.from(memory.buffer).write(bytes, this.#unfinished.length, 'latin1')
    const rest = this.session === undefined ? this.#greet(to, nowMs) : this.#take(0, to)
    this.#unfinished = memory.slice(rest, to)
    this.progress(nowMs)
  }

  progress(nowMs: number): void {
    this.said += this.session?.acknowledged(this.#server.acknowledgedSeq, nowMs) ?? ''
  }

  #greet(to: number, nowMs: number): number {
    const server = this.#server
    const hello = takeHello(server.memory, 0, to)
    if (hello === undefined) return 0
    const tally = {truncatedRecords: 0, skippedBytes: 0, framingErrors: 0}
    const claim = (): void => {
      const older = server.open
      if (older?.session !== undefined) older.said += older.session.takenOver(server.acknowledgedSeq)
      server.open = this
    }
    const framing = {memory: server.memory, sink: server.sink, lineBytesMax, tally}
    const begun = beginSession(hello.line, {store: server, framing, nowMs, claim})
    assert(begun.status === 'begun')
    this.session = begun.session
    this.said += begun.reply
    return this.#take(hello.rest, to)
  }

  #take(from: number, to: number): number {
    const {session: taking} = this
    assert(taking !== undefined)
    const before = this.#server.endSeq
    const rest = taking.framing.feed(from, to)
    const records = this.#server.endSeq - before
    taking.took(records, this.#server.endSeq)
    if (records > 0) this.#server.note(taking.number)
    return rest
  }
}

/** Sends lines until all are acknowledged; forgets for good what it was told is stored. */
class Client {
  readonly #lines: readonly string[]
  #stored = 0
  connection: Connection
  #toSend = ''
  #heard = 0
  #isGreeted = false
  isDone = false

  constructor(lines: readonly string[], server: Server) {
    this.#lines = lines
    this.connection = new Connection(server)
    this.connect(server)
  }

  connect(server: Server): void {
    this.connection = new Connection(server)
    this.#toSend = `LOGCASTER/1 session=${session} ack=commit window=3\n`
    this.#heard = 0
    this.#isGreeted = false
  }

  act(server: Server, random: Seeded, nowMs: number): void {
    const {connection} = this
    if (connection.session?.mayRead !== false && this.#toSend !== '') {
      const bytes = 1 + random.below(20)
      connection.read(this.#toSend.slice(0, bytes), nowMs)
      this.#toSend = this.#toSend.slice(bytes)
    } else if (this.#isGreeted && this.#toSend === '' && connection.session?.isOver === false)
      connection.said += connection.session.end(server.acknowledgedSeq, nowMs)
    this.hear()
  }

  hear(): void {
    const end = this.connection.said.lastIndexOf('\n') + 1
    const heard = this.connection.said.slice(this.#heard, end).split('\n')
    this.#heard = end
    for (const line of heard) {
      if (line.startsWith('+OK ')) this.#greeted(Number(/ next=(\d+) /.exec(line)?.[1]) - 1)
      else if (line.startsWith('ACK ')) this.#hold(Number(line.slice('ACK '.length)))
      else if (line === '+BYE') this.isDone = true
    }
  }

  #greeted(stored: number): void {
    assert(stored >= this.#stored, `next=${stored + 1}, though ${this.#stored} records were promised`)
    this.#stored = stored
    this.#isGreeted = true
    // Blank lines are between, and have no numbers.
    this.#toSend += this.#lines
      .slice(stored)
      .map((line) => `${line}\r\n\n`)
      .join('')
  }

  #hold(number: number): void {
    assert(number >= this.#stored, `ACK ${number} after ${this.#stored}`)
    this.#stored = number
  }
}

describe('a session, whatever crashes', () => {
  it('stores each record once, and keeps each promise it made', () => {
    for (let run = 0; run < times(300); run += 1) exactlyOnce(seeded(runSeed + run))
  })

  function exactlyOnce(random: Seeded): void {
    const lines = Array.from({length: random.below(30)}, (_, index) => `${index} ${'x'.repeat(random.below(20))}`)
    const server = new Server()
    const client = new Client(lines, server)
    let troubles = random.below(6)
    for (let nowMs = 0; !client.isDone; nowMs += random.below(100)) {
      assert(nowMs < 1_000_000, `SEED=${random.seed} stands still`)
      client.act(server, random, nowMs)
      if (random.below(3) === 0) {
        server.commit(random)
        client.connection.progress(nowMs)
        // What was said may be lost on the way.
        if (random.below(2) === 0) client.hear()
      }
      if (troubles > 0 && random.below(20) === 0) {
        troubles -= 1
        if (random.below(2) === 0) server.crash()
        client.connect(server)
      }
    }
    const expected = lines.map((line) => (line.length > lineBytesMax ? `cut ${line.slice(0, lineBytesMax)}` : line))
    assert.deepEqual(server.sink.records, expected, `SEED=${random.seed}`)
  }
})

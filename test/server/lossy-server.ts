import assert from 'node:assert/strict'
import type {AckLevel} from '../../src/server/hello.ts'
import {beginSession, takeHello, type AcknowledgedSession} from '../../src/server/acknowledged.ts'
import type {LineSink} from '../../src/server/framing.ts'
import type {Seeded} from '../sim/random.ts'

const lineFeed = 10
/** Short, so that a test meets longer ones. */
const lineBytesMax = 40

/**
 * The real server side of LOGCASTER/1 over a store that is a list: what is stored but not yet safe is lost, as far as
 * chance has it, when the server crashes.
 */
export class LossyServer {
  /** What a reader of the store would see. */
  records: string[] = []
  /** Of each record, the session that it came in. */
  readonly #sessions: string[] = []
  connections: ServerEnd[] = []
  nowMs = 0
  readonly random: Seeded
  #safe = 0
  readonly #durability: AckLevel

  constructor(random: Seeded, durability: AckLevel = 'commit') {
    this.random = random
    this.#durability = durability
  }

  get durability(): AckLevel {
    return this.#durability
  }

  get endSeq(): number {
    return this.records.length + 1
  }

  get acknowledgedSeq(): number {
    return this.#durability === 'none' ? this.endSeq : this.#safe + 1
  }

  lastOf(session: string): number {
    return this.#sessions.filter((name) => name === session).length
  }

  take(session: string, record: string): void {
    this.records.push(record)
    this.#sessions.push(session)
  }

  accept(): ServerEnd {
    const end = new ServerEnd(this)
    this.connections.push(end)
    return end
  }

  /** The disk has caught up, or a part of the way; and time goes by. */
  commit(upTo = this.records.length): void {
    this.nowMs += 100
    this.#safe = Math.max(this.#safe, Math.min(upTo, this.records.length))
    for (const end of this.connections) end.progress()
  }

  /** Every acknowledged record is still there, and any number of those behind it. */
  crash(): void {
    const kept = this.#durability === 'none' ? 0 : this.#safe
    this.records.length = kept + this.random.below(this.records.length - kept + 1)
    this.#safe = this.records.length
    this.#sessions.length = this.#safe
    for (const end of this.connections) end.isOpen = false
    this.connections = []
  }

  /** Loses even what it has acknowledged, but for so many records. */
  forget(kept: number): void {
    this.records.length = kept
    this.#sessions.length = kept
    this.#safe = kept
  }

  claim(by: ServerEnd, session: string): void {
    for (const end of this.connections) if (end !== by && end.session === session) end.takeOver()
    this.connections = this.connections.filter(({isOpen}) => isOpen)
  }
}

/** One connection, as the server has it. */
export class ServerEnd {
  isOpen = true
  session = ''
  /** For the client. */
  readonly said: Buffer[] = []
  readonly #server: LossyServer
  readonly #memory = new Uint8Array(1 << 18)
  #end = 0
  #rest = 0
  #session: AcknowledgedSession | undefined

  constructor(server: LossyServer) {
    this.#server = server
  }

  hear(bytes: Uint8Array): void {
    if (!this.isOpen) return
    this.#memory.copyWithin(0, this.#rest, this.#end)
    this.#end -= this.#rest
    this.#rest = 0
    this.#memory.set(bytes, this.#end)
    this.#end += bytes.length
    if (this.#session === undefined && !this.#greet()) return
    const before = this.#server.records.length
    this.#rest = this.#session?.framing.feed(this.#rest, this.#end) ?? 0
    this.#session?.took(this.#server.records.length - before, this.#server.endSeq)
    this.progress()
  }

  /** The client has closed its side, on purpose or by dying. */
  close(): void {
    if (!this.isOpen || this.#session === undefined) return
    this.#session.framing.end(this.#rest, this.#end)
    this.#say(this.#session.end(this.#server.acknowledgedSeq, this.#server.nowMs))
  }

  progress(): void {
    if (!this.isOpen || this.#session === undefined) return
    this.#say(this.#session.acknowledged(this.#server.acknowledgedSeq, this.#server.nowMs))
  }

  takeOver(): void {
    if (this.#session !== undefined) this.#say(this.#session.takenOver(this.#server.acknowledgedSeq))
    this.isOpen = false
  }

  #greet(): boolean {
    const hello = takeHello(this.#memory, 0, this.#end)
    if (hello === undefined) return false
    const server = this.#server
    const begun = beginSession(hello.line, {
      store: server,
      framing: {
        memory: this.#memory,
        sink: this.#sink(),
        lineBytesMax,
        tally: {truncatedRecords: 0, skippedBytes: 0, framingErrors: 0}
      },
      nowMs: server.nowMs,
      claim: (session) => {
        this.session = session
        server.claim(this, session)
      }
    })
    this.#say(begun.reply)
    if (begun.status === 'begun') this.#session = begun.session
    else this.isOpen = false
    this.#rest = hello.rest
    return begun.status === 'begun'
  }

  #sink(): LineSink {
    const take = (record: string): void => {
      this.#server.take(this.session, record)
    }
    const textOf = (from: number, to: number): string => Buffer.from(this.#memory.subarray(from, to)).toString('latin1')
    return {
      lines: (from, to) => {
        let at = from
        for (;;) {
          const end = this.#memory.indexOf(lineFeed, at)
          if (end === -1 || end >= to) return at - from
          const line = textOf(at, end).replace(/\r$/, '')
          if (line.length > lineBytesMax) return at - from
          if (line !== '') take(line)
          at = end + 1
        }
      },
      record: (from, to) => {
        take(textOf(from, to))
      }
    }
  }

  #say(text: string): void {
    if (text !== '') this.said.push(Buffer.from(text, 'latin1'))
    if (this.#session?.isOver === true) this.isOpen = false
  }
}

/** The records that a server keeps of these bytes, when they come as one session. */
export function recordsIn(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split('\n')
  return lines.map((line) => line.replace(/\r$/, '').slice(0, lineBytesMax)).filter((line) => line !== '')
}

/** Each byte of the input is stored once and in order, and a record ends where a line does, or where the input once ended. */
export function holdRecords(records: readonly string[], input: string, {ends, told}: Held): void {
  let at = 0
  for (const record of records) {
    while (input[at] === '\n') at += 1
    assert.equal(input.slice(at, at + record.length), record, told)
    at += record.length
    if (input[at] === '\n') at += 1
    else assert.ok(ends.includes(at), `${told}: a record ends at ${at}`)
  }
  assert.equal(input.slice(at).trim(), '', told)
}

interface Held {
  readonly ends: readonly number[]
  readonly told: string
}

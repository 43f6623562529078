import type {Socket} from 'node:net'
import {reasonOf} from '../base/fault.ts'
import {formatSize} from '../base/units.ts'
import type {Query} from '../store/query.ts'
import {
  countAnswer,
  foundHeader,
  helpAnswer,
  queryLineBytesMax,
  scanRefusal,
  statsAnswer,
  tooLongAnswer,
  understand,
  type Request
} from './query-protocol.ts'
import type {QueryLimits, QueryPortParts} from './query-port.ts'
import {answerRequestLine, isRequestLine} from './request-line.ts'

export interface ConnectionParts extends QueryPortParts {
  readonly limits: QueryLimits
  /** Bytes of answers, of all connections, that are not sent yet. */
  readonly held: {bytes: number}
}

/** One question and its answer. What else the peer sends is read and dropped, and whatever it does harms nobody else. */
export class QueryConnection {
  /** When the socket is gone. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #parts: ConnectionParts
  #state: 'reading' | 'answering' | 'ending' = 'reading'
  #received = Buffer.alloc(0)
  #cancelDeadline: () => void
  #cancelSilence: () => void = () => undefined

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket
    this.#parts = parts
    const {clock, limits} = parts
    this.#cancelDeadline = clock.after(limits.commandMsMax, () => {
      this.#end(`ERROR: No command within ${limits.commandMsMax / 1000} s\n`)
    })
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#cancelTimers()
        resolve()
      })
    })
    // It is always followed by `close`. The peer is gone, and nobody else is concerned.
    socket.on('error', () => undefined)
    socket.setTimeout(limits.stallMsMax, () => {
      this.cutOff()
    })
    socket.on('data', (bytes: Buffer) => {
      this.#take(bytes)
    })
    socket.on('end', () => {
      if (this.#state !== 'reading') return
      if (this.#received.length === 0) this.#end('')
      else this.#decide(this.#received)
    })
  }

  /** The server closes: who has not asked yet is not waited for. */
  finish(): void {
    if (this.#state === 'reading') this.#end('')
  }

  cutOff(): void {
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    if (this.#state !== 'reading') return
    // Bounded: a whole line and one more byte is enough to know that it is too long.
    this.#received = Buffer.concat([this.#received, bytes.subarray(0, queryLineBytesMax + 2)])
    const lineEnd = this.#received.indexOf(0x0a)
    this.#cancelSilence()
    if (lineEnd !== -1) this.#decide(this.#received.subarray(0, lineEnd))
    else if (this.#received.length > queryLineBytesMax + 1) this.#end(tooLongAnswer)
    else {
      this.#cancelSilence = this.#parts.clock.after(this.#parts.limits.silenceMs, () => {
        this.#decide(this.#received)
      })
    }
  }

  #decide(bytes: Buffer): void {
    this.#cancelTimers()
    this.#state = 'answering'
    const line = bytes.toString('utf8').replace(/\r$/, '')
    if (Buffer.byteLength(line) > queryLineBytesMax) this.#end(tooLongAnswer)
    else if (isRequestLine(line)) this.#end(answerRequestLine(line, this.#parts.stray))
    else {
      this.#answer(understand(line, this.#parts)).catch((cause: unknown) => {
        this.#end(scanRefusal({status: 'broken', reason: reasonOf(cause)}))
      })
    }
  }

  async #answer(request: Request): Promise<void> {
    const {clock, counters} = this.#parts
    const startMs = clock.elapsed()
    if (request.do === 'query') await this.#search(request.query)
    else this.#end(this.#plainAnswer(request))
    counters.seconds.observe((clock.elapsed() - startMs) / 1000)
  }

  #plainAnswer(request: Exclude<Request, {readonly do: 'query'}>): string {
    const {facts} = this.#parts
    switch (request.do) {
      case 'help':
        return helpAnswer
      case 'refuse':
        return request.answer
      case 'count':
        return countAnswer(facts.store.stats().ring.lines)
      case 'stats': {
        const {taken, evicted, ring} = facts.store.stats()
        return statsAnswer({total: taken, dropped: evicted, current: ring.lines, clients: facts.connections()})
      }
    }
  }

  async #search(query: Query): Promise<void> {
    const {scanner, limits, held, counters} = this.#parts
    const roomBytes = limits.heldBytesMax - held.bytes
    const bytesMax = Math.min(limits.answerBytesMax, roomBytes)
    const scanned = await scanner.scan({query, bytesMax})
    if (scanned.status === 'found') {
      this.#send(foundHeader(scanned.matches), scanned.chunks)
      return
    }
    if (scanned.status === 'late') counters.timeouts += 1
    const isForOthers = scanned.status === 'too-large' && bytesMax < limits.answerBytesMax
    this.#end(isForOthers ? crowded(limits.heldBytesMax) : scanRefusal(scanned))
  }

  /** Header and lines leave together: many a client reads only once. */
  #send(header: string, chunks: readonly Uint8Array[]): void {
    const {held} = this.#parts
    this.#socket.cork()
    this.#socket.write(header)
    for (const chunk of chunks) {
      held.bytes += chunk.byteLength
      // Called when it is sent, and also when it never will be.
      this.#socket.write(chunk, () => {
        held.bytes -= chunk.byteLength
      })
    }
    this.#end('')
    this.#socket.uncork()
  }

  #end(answer: string): void {
    this.#cancelTimers()
    this.#state = 'ending'
    this.#socket.end(answer)
    this.#socket.once('finish', () => {
      const {clock, limits} = this.#parts
      this.#cancelDeadline = clock.after(limits.lingerMs, () => {
        this.cutOff()
      })
    })
  }

  #cancelTimers(): void {
    this.#cancelDeadline()
    this.#cancelSilence()
  }
}

function crowded(bytesMax: number): string {
  return `ERROR: Server busy, ${formatSize(bytesMax)} of answers wait for their readers. Retry in 1 s\n`
}

import type {Socket} from 'node:net'
import {connected} from '../cli/serving.ts'

/** A sender that keeps sending, as much as is taken of it, and hears what it is told. */
export class Flood {
  /** All of them. */
  static readonly line = 'a line of a flood, as long as lines usually are in the logs of a service'
  /** When it was told to slow down. */
  readonly slowDownsMs: number[] = []
  resumes = 0
  readonly #socket: Socket
  readonly #timer: NodeJS.Timeout

  private constructor(socket: Socket) {
    this.#socket = socket
    // Whoever it floods may be killed.
    socket.on('error', () => undefined)
    let rest = ''
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#heard(line)
    })
    this.#timer = setInterval(() => {
      if (socket.writableLength === 0) socket.write(`${Flood.line}\n`.repeat(batchLines))
    }, everyMs)
  }

  static async raw(port: number): Promise<Flood> {
    return new Flood(await connected(port))
  }

  static async acknowledged(port: number, session: string): Promise<Flood> {
    const socket = await connected(port)
    socket.write(`LOGCASTER/1 session=${session} ack=commit window=1000000\n`)
    return new Flood(socket)
  }

  destroy(): void {
    clearInterval(this.#timer)
    this.#socket.destroy()
  }

  #heard(line: string): void {
    if (/^SLOW_DOWN( \d+)?$/.test(line)) this.slowDownsMs.push(Date.now())
    if (line === 'RESUME') this.resumes += 1
  }
}

// Some megabytes a second: less than any disk takes, and much more than a queue has room for in a second.
const everyMs = 20
const batchLines = 1000

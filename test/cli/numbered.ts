import assert from 'node:assert/strict'
import {connect, type Socket} from 'node:net'

/**
 * A sender of acknowledged lines that knows what it was promised: line n of session s is `s n` and a filling made of n,
 * so that what a server has stored can be told to be right, doubled or missing.
 */
export class NumberedSender {
  readonly session: string
  readonly #ack: string
  /** What the server has said is stored. */
  acknowledged = 0
  /** The last line that was ever sent. */
  sent = 0
  /** The last two lines that it was told. */
  lastWords: readonly string[] = []
  #socket: Socket | undefined
  #isClosed: Promise<void> = Promise.resolve()

  constructor(session: string, ack: string) {
    this.session = session
    this.#ack = ack
  }

  /** Resolves when the server has said where to go on; sends without pause from then on. */
  async connect(port: number): Promise<void> {
    const socket = connect({host: '127.0.0.1', port})
    this.#socket = socket
    this.#isClosed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve()
      })
    })
    // The server dies under it: that is the point.
    socket.on('error', () => undefined)
    socket.write(`LOGCASTER/1 session=${this.session} ack=${this.#ack} window=${windowLines}\n`)
    let rest = ''
    await new Promise<void>((resolve, reject) => {
      socket.on('close', () => {
        reject(new Error('closed before the greeting'))
      })
      socket.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString('latin1')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) this.#heard(line, resolve)
        this.#send(socket)
      })
    })
  }

  /** Resolves when the connection is gone. */
  async closed(): Promise<void> {
    await this.#isClosed
  }

  destroy(): void {
    this.#socket?.destroy()
  }

  #heard(line: string, greeted: () => void): void {
    this.lastWords = [...this.lastWords.slice(-1), line]
    const next = /^\+OK LOGCASTER\/1 .*\bnext=(\d+)/.exec(line)?.[1]
    if (next !== undefined) {
      assert.ok(Number(next) > this.acknowledged, `${this.session}: ${this.acknowledged} was acknowledged, now ${line}`)
      assert.ok(Number(next) <= this.sent + 1, `${this.session}: ${this.sent} were sent, now ${line}`)
      this.sent = Number(next) - 1
      // What is before it is stored: that is a promise, too.
      this.acknowledged = this.sent
      greeted()
      return
    }
    const number = /^ACK (\d+)$/.exec(line)?.[1]
    if (number === undefined) return
    assert.ok(Number(number) <= this.sent, `${this.session}: ${this.sent} were sent, now ${line}`)
    this.acknowledged = Number(number)
  }

  #send(socket: Socket): void {
    let text = ''
    while (this.sent - this.acknowledged < windowLines) {
      this.sent += 1
      text += `${numberedLine(this.session, this.sent)}\n`
    }
    if (text !== '') socket.write(text)
  }
}

const windowLines = 500

function numberedLine(session: string, number: number): string {
  return `${session} ${number} ${'.'.repeat(number % 200)}`
}

/** Every session's lines are there from the first on, each once, in order, none changed, and at least as many as were acknowledged. */
export function holdPromises(stored: string, senders: readonly NumberedSender[]): void {
  const last = new Map(senders.map(({session}) => [session, 0]))
  for (const line of stored.split('\n').slice(0, -1)) {
    const [session = ''] = line.split(' ', 1)
    const number = (last.get(session) ?? assert.fail(`a line of nobody: ${line}`)) + 1
    assert.equal(line, numberedLine(session, number))
    last.set(session, number)
  }
  for (const {session, acknowledged} of senders) {
    const kept = last.get(session) ?? 0
    assert.ok(kept >= acknowledged, `${session}: ${acknowledged} acknowledged, ${kept} kept`)
  }
}

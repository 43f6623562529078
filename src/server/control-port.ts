import {connect, createServer, type Server, type Socket} from 'node:net'
import {Fault, reasonOf} from '../base/fault.ts'
import type {Clock} from '../host/clock.ts'
import type {Disk} from '../host/disk.ts'
import {ownSocketFile} from '../host/socket-file.ts'
import {answerControl, type ControlDesk} from './control-protocol.ts'

export interface ControlPortParts {
  /** `<data-dir>/control.sock` */
  readonly path: string
  readonly desk: ControlDesk
  readonly disk: Pick<Disk, 'lstat' | 'remove'>
  readonly clock: Clock
  readonly limits?: ControlLimits
}

export interface ControlLimits {
  /** Of one order; the longest there is takes a tenth of it. */
  readonly lineBytesMax: number
  readonly connectionsMax: number
  readonly idleMsMax: number
}

export const controlLimits: ControlLimits = {lineBytesMax: 4096, connectionsMax: 16, idleMsMax: 60_000}

export interface ControlPort {
  /** No new orders; the one under way is answered. */
  close(deadlineMs: number): Promise<void>
}

/** Orders from the machine itself, over a socket in the data directory that only its owner may call. */
export async function openControlPort(parts: ControlPortParts): Promise<ControlPort> {
  const {path, clock} = parts
  const limits = parts.limits ?? controlLimits
  const callers = new Set<Caller>()
  const server = createServer({allowHalfOpen: true}, (socket) => {
    const caller = new Caller(socket, parts.desk, limits)
    callers.add(caller)
    socket.once('close', () => callers.delete(caller))
  })
  server.maxConnections = limits.connectionsMax
  try {
    await listenAt(server, path, parts.disk)
    await ownSocketFile(path)
  } catch (cause) {
    server.close()
    throw new Fault('server-control-unusable', {path, reason: reasonOf(cause)}, {cause})
  }
  return {
    async close(deadlineMs) {
      // This also removes the file.
      server.close()
      const cancel = clock.after(deadlineMs, () => {
        for (const caller of callers) caller.cutOff()
      })
      await Promise.all([...callers].map((caller) => caller.finish()))
      cancel()
    }
  }
}

/** A file that a server left behind when it was killed is replaced; one behind which somebody answers is not. */
async function listenAt(server: Server, path: string, disk: ControlPortParts['disk']): Promise<void> {
  try {
    await listen(server, path)
  } catch (cause) {
    // A socket is none of the kinds by which a disk calls what it holds.
    const isSocket = (await disk.lstat(path))?.kind === 'other'
    if (reasonOf(cause) !== 'EADDRINUSE' || !isSocket || !(await isLeftBehind(path))) throw cause
    await disk.remove(path)
    await listen(server, path)
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({path}, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function isLeftBehind(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({path})
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (cause) => {
      resolve(reasonOf(cause) === 'ECONNREFUSED')
    })
  })
}

/** Answers orders one after the other, in the order in which they came. */
class Caller {
  readonly #socket: Socket
  readonly #desk: ControlDesk
  readonly #lineBytesMax: number
  readonly #closed: Promise<void>
  #received = ''
  #isBusy = false
  #isLast = false

  constructor(socket: Socket, desk: ControlDesk, {lineBytesMax, idleMsMax}: ControlLimits) {
    this.#socket = socket
    this.#desk = desk
    this.#lineBytesMax = lineBytesMax
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve()
      })
    })
    // Always followed by `close`.
    socket.on('error', () => undefined)
    socket.setTimeout(idleMsMax, () => {
      if (!this.#isBusy) socket.destroy()
    })
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      this.#received += text
      void this.#work()
    })
    socket.on('end', () => {
      this.#isLast = true
      void this.#work()
    })
  }

  async finish(): Promise<void> {
    this.#isLast = true
    void this.#work()
    await this.#closed
  }

  cutOff(): void {
    this.#socket.destroy()
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    // Whoever sends orders faster than they are done waits, instead of filling our memory.
    this.#socket.pause()
    for (let line = this.#takeLine(); line !== undefined; line = this.#takeLine()) {
      this.#socket.write(`${JSON.stringify(await answerControl(line, this.#desk))}\n`)
    }
    this.#socket.resume()
    this.#isBusy = false
    if (this.#received.length > this.#lineBytesMax) this.#refuseLength()
    else if (this.#isLast) this.#socket.end()
  }

  #takeLine(): string | undefined {
    const end = this.#received.indexOf('\n')
    if (end === -1 || end > this.#lineBytesMax) return undefined
    const line = this.#received.slice(0, end)
    this.#received = this.#received.slice(end + 1)
    return line
  }

  #refuseLength(): void {
    this.#received = ''
    this.#socket.removeAllListeners('data').resume()
    const message = `order longer than ${this.#lineBytesMax} bytes`
    this.#socket.end(`${JSON.stringify({ok: false, error: {code: 'too-long', message}})}\n`)
  }
}

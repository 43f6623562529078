import type {Server} from 'node:net'
import {reasonOf} from '../base/fault.ts'

/** One port number on several addresses: clients that call `localhost` may mean either kind of address. */
export interface Listening {
  readonly port: number
  /** Takes no new connections from now on. Those there are stay. */
  stop(): void
}

export interface ListenOptions {
  readonly addresses: readonly string[]
  /** 0 takes any that is free on all addresses. */
  readonly port: number
  /** Called for each address. */
  readonly makeServer: () => Server
}

/** Somebody else may have taken the number on the second address, each time anew. */
const attemptsMax = 20

/** Rejects with the error of the system, which has `code`, `address` and `port`; then nothing listens. */
export async function listenBoth({addresses, port, makeServer}: ListenOptions): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    const opened: Opened[] = []
    try {
      for (const address of addresses) await openAt(address, opened[0]?.port ?? port, {opened, makeServer})
      return listening(opened)
    } catch (cause) {
      for (const {server} of opened) server.close()
      const mayTryAgain = port === 0 && opened.length > 0 && reasonOf(cause) === 'EADDRINUSE'
      if (!mayTryAgain || attempt === attemptsMax) throw cause
    }
  }
}

interface Opened {
  readonly server: Server
  readonly port: number
}

interface Opening {
  readonly opened: Opened[]
  readonly makeServer: () => Server
}

/** An address of a family that this machine does not have is left out, as long as there is another. */
async function openAt(address: string, port: number, {opened, makeServer}: Opening): Promise<void> {
  try {
    opened.push(await listenAt(makeServer(), address, port))
  } catch (cause) {
    if (opened.length === 0 || !['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(reasonOf(cause))) throw cause
  }
}

/** As many as wait in the kernel while one turn of the event loop takes long. */
const backlog = 4096

function listenAt(server: Server, host: string, port: number): Promise<Opened> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({host, port, backlog, ipv6Only: true}, () => {
      server.off('error', reject)
      // Accepting can fail for a moment, with too many open files: the connection waits, and nobody has to be told here.
      server.on('error', () => undefined)
      const bound = server.address()
      resolve({server, port: typeof bound === 'object' && bound !== null ? bound.port : port})
    })
  })
}

function listening(opened: readonly Opened[]): Listening {
  return {
    port: opened[0]?.port ?? 0,
    stop() {
      for (const {server} of opened) server.close()
    }
  }
}

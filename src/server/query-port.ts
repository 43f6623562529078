import {createServer, type Socket} from 'node:net'
import type {Clock} from '../host/clock.ts'
import type {Scanner} from '../store/scanner.ts'
import type {ServerFacts} from './facts.ts'
import type {Histogram} from '../base/histogram.ts'
import {listenFault} from './ingest.ts'
import {listenBoth} from './listen.ts'
import {QueryConnection} from './query-connection.ts'
import type {StrayPages} from './request-line.ts'

export interface QueryPortParts {
  readonly addresses: readonly string[]
  readonly port: number
  readonly isLenient: boolean
  readonly facts: ServerFacts
  readonly scanner: Pick<Scanner, 'scan'>
  readonly stray: StrayPages
  readonly clock: Clock
  readonly counters: QueryCounters
  readonly limits?: QueryLimits
}

/** What the query port counts, for metrics. */
export interface QueryCounters {
  /** Seconds from the whole command to the answer, of every command that was answered. */
  readonly seconds: Histogram
  timeouts: number
  rejected: number
}

/** Seconds: most answers take less than one millisecond, and none may take longer than the deadline of a scan. */
export const querySecondsBounds = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const

export interface QueryLimits {
  /** Each may hold an answer; whoever needs more at once is no person. */
  readonly connectionsMax: number
  /** From the connection to the whole command. Long enough to type one. */
  readonly commandMsMax: number
  /** A command without its newline is taken as whole after so much silence, as the original server took it. */
  readonly silenceMs: number
  /** For a peer that takes nothing of its answer: people read page by page. */
  readonly stallMsMax: number
  /** After the answer, for the peer to close first: if we did while bytes of it are unread, the answer could be lost. */
  readonly lingerMs: number
  readonly answerBytesMax: number
  /** Of all answers that their askers have not taken yet. */
  readonly heldBytesMax: number
}

export const queryLimits: QueryLimits = {
  connectionsMax: 256,
  commandMsMax: 30_000,
  silenceMs: 200,
  stallMsMax: 120_000,
  lingerMs: 2000,
  answerBytesMax: 128 << 20,
  heldBytesMax: 256 << 20
}

export interface Port {
  readonly port: number
  /** No new connections; those that are answered meanwhile end well, what is left at the deadline is cut off. */
  close(deadlineMs: number): Promise<void>
}

export async function openQueryPort(parts: QueryPortParts): Promise<Port> {
  const limits = parts.limits ?? queryLimits
  const connections = new Set<QueryConnection>()
  const held = {bytes: 0}
  const accept = (socket: Socket): void => {
    if (connections.size >= limits.connectionsMax) {
      turnAway(socket, parts.counters, limits)
      return
    }
    const connection = new QueryConnection(socket, {...parts, limits, held})
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  }
  const makeServer = (): ReturnType<typeof createServer> => createServer({allowHalfOpen: true, noDelay: true}, accept)
  const listening = await listenBoth({addresses: parts.addresses, port: parts.port, makeServer}).catch(
    (cause: unknown) => {
      throw listenFault(cause, '--query-port')
    }
  )
  return {
    port: listening.port,
    async close(deadlineMs) {
      listening.stop()
      await closeAll([...connections], parts.clock, deadlineMs)
    }
  }
}

function turnAway(socket: Socket, counters: QueryCounters, {connectionsMax}: QueryLimits): void {
  counters.rejected += 1
  socket.on('error', () => undefined)
  socket.end(`ERROR: Too many query connections (${connectionsMax}). Retry in 1 s\n`, () => {
    socket.destroy()
  })
}

async function closeAll(connections: readonly QueryConnection[], clock: Clock, deadlineMs: number): Promise<void> {
  const gone = Promise.all(connections.map((connection) => connection.closed))
  const cancel = clock.after(deadlineMs, () => {
    for (const connection of connections) connection.cutOff()
  })
  for (const connection of connections) connection.finish()
  await gone
  cancel()
}

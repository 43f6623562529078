import {connect} from 'node:net'
import type {Socket} from 'node:net'
import {StringDecoder} from 'node:string_decoder'
import {reasonOf} from '../base/fault.ts'
import type {TrustIn} from './certificate.ts'
import type {Clock} from './clock.ts'
import {deadlineAfter} from './clock.ts'
import {ping, type Pinged} from './ping.ts'
import type {Processes} from './processes.ts'
import {resolveName, stopWord} from './resolve.ts'

/** Talking to other ends, each time with a deadline and a bound on what is read. Names are resolved so that a dead resolver cannot hold us. */
export interface Network {
  exchange(request: Exchange): Promise<Answer>
  certificate(request: CertificateRequest): Promise<CertificateAnswer>
  /** Calls a web address and wants no more than to know that it was heard. */
  ping(url: string, signal: AbortSignal): Promise<Pinged>
}

export interface Exchange {
  readonly host: string
  readonly port: number
  /** What is sent once connected; nothing when empty. */
  readonly send: string
  /** Reading stops when this is true of what arrived so far (first asked before anything did), when the peer closes, or at the bound. */
  readonly isComplete: (received: string) => boolean
  readonly bytesMax: number
  /** For each address of the host. */
  readonly connectMs: number
  readonly signal: AbortSignal
}

export type Answer =
  | {readonly status: 'answered'; readonly text: string; readonly connectedMs: number; readonly closedByPeer: boolean}
  | {readonly status: 'unresolved'; readonly reason: string}
  | {readonly status: 'unreachable'; readonly reason: string}
  /** Connected, but no complete answer before the signal fired. */
  | {readonly status: 'silent'; readonly text: string}

export interface CertificateRequest {
  readonly host: string
  readonly port: number
  /** The name asked for (SNI) and verified against. */
  readonly name: string
  /** Authorities to trust instead of the usual ones. Fault when the file cannot be read. */
  readonly caFile?: string
  readonly connectMs: number
  readonly signal: AbortSignal
}

export type CertificateAnswer =
  | {
      readonly status: 'answered'
      readonly subject: string
      readonly issuer: string
      readonly validFromMs: number
      readonly validToMs: number
      /** Empty when the chain leads to a trusted root; else OpenSSL's word for why not. */
      readonly chainProblem: string
      /** Empty when the certificate is for the name; else why not. */
      readonly nameProblem: string
    }
  | {readonly status: 'unresolved' | 'unreachable' | 'silent' | 'no-tls'; readonly reason: string}

export function realNetwork(clock: Clock, processes: Processes): Network {
  let trustIn: TrustIn | undefined
  return {
    async exchange(request) {
      const reached = await reach(clock, processes, request)
      return reached.status === 'reached' ? converse(reached, request) : reached
    },
    async certificate(request) {
      // TLS is heavy to load, and few runs ask for certificates.
      const {readCertificate, trustKeeper} = await import('./certificate.ts')
      trustIn ??= trustKeeper()
      const trusted = await trustIn(request.caFile)
      const reached = await reach(clock, processes, request)
      return reached.status === 'reached' ? readCertificate(reached.socket, trusted, request) : reached
    },
    ping: (url, signal) => ping(url, {clock, processes, signal})
  }
}

type Destination = Pick<Exchange, 'host' | 'port' | 'connectMs' | 'signal'>

interface Reached {
  readonly status: 'reached'
  readonly socket: Socket
  readonly connectedMs: number
}

interface NotReached {
  readonly status: 'unresolved' | 'unreachable'
  readonly reason: string
}

/** Tries the addresses of the host one after another; that all of them fail is told with every reason there was. */
async function reach(clock: Clock, processes: Processes, destination: Destination): Promise<Reached | NotReached> {
  const resolved = await resolveName(processes, destination.host, destination.signal)
  if (resolved.status === 'unresolved') return resolved
  const reasons = new Set<string>()
  for (const address of resolved.addresses) {
    const startMs = clock.elapsed()
    const connected = await connectTo(address, clock, destination)
    if (typeof connected !== 'string') {
      return {status: 'reached', socket: connected, connectedMs: clock.elapsed() - startMs}
    }
    reasons.add(connected)
  }
  return {status: 'unreachable', reason: [...reasons].join(', ')}
}

/** The connected socket, or the reason why there is none. */
function connectTo(address: string, clock: Clock, {port, connectMs, signal}: Destination): Promise<Socket | string> {
  const limit = deadlineAfter(clock, connectMs, signal)
  const socket = connect({host: address, port})
  const attempt = new Promise<Socket | string>((resolve) => {
    const giveUp = (): void => {
      socket.destroy()
      resolve(stopWord(limit.signal))
    }
    socket.once('connect', () => {
      resolve(socket)
    })
    // Stays: a connection can break while nobody reads from it, and without a listener that would take us down.
    socket.on('error', (error) => {
      resolve(reasonOf(error))
    })
    limit.signal.addEventListener('abort', giveUp)
    if (limit.signal.aborted) giveUp()
  })
  return attempt.finally(() => {
    limit.cancel()
  })
}

async function converse({socket, connectedMs}: Reached, request: Exchange): Promise<Answer> {
  const {signal} = request
  const stop = (): void => {
    socket.destroy()
  }
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const received = {text: ''}
  try {
    if (request.send !== '') socket.write(request.send)
    const isOver = await readUntilComplete(socket, request, received)
    return {status: 'answered', text: received.text, connectedMs, closedByPeer: !isOver}
  } catch (cause) {
    if (signal.aborted) return {status: 'silent', text: received.text}
    if (cause !== socket.errored) throw cause
    // A proxy without anybody behind it connects and resets at once; others reset after a whole answer.
    if (received.text === '') return {status: 'unreachable', reason: reasonOf(cause)}
    return {status: 'answered', text: received.text, connectedMs, closedByPeer: true}
  } finally {
    signal.removeEventListener('abort', stop)
    socket.destroy()
  }
}

/** False when the peer closed before that. What arrived is in `received` even when the connection breaks. */
async function readUntilComplete(socket: Socket, request: Exchange, received: {text: string}): Promise<boolean> {
  if (request.isComplete('')) return true
  const decoder = new StringDecoder('utf8')
  let bytesLeft = request.bytesMax
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const taken = chunk.subarray(0, bytesLeft)
    bytesLeft -= taken.length
    received.text += decoder.write(taken)
    if (bytesLeft === 0 || request.isComplete(received.text)) return true
  }
  return false
}

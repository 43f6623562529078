import {writeAddress, type Address} from '../base/address.ts'
import {deadlineAfter, type Clock} from '../host/clock.ts'
import type {Answer, Network} from '../host/network.ts'
import type {SendHost, SendRequest, Sent} from './send.ts'

/** The other end of our server's protocols, as far as a check needs them. Each port is spoken to in its own language. */
export interface Call {
  readonly network: Network
  readonly clock: Clock
  readonly connectMs: number
  readonly signal: AbortSignal
}

export interface Health {
  readonly status: string
  readonly connections: number | null
  /** Only our own server says its durability: to no other may health questions be put on the port that takes lines. */
  readonly isOurs: boolean
}

export interface Counters {
  readonly total: number
  readonly dropped: number
  readonly current: number
}

/** A good answer in the expected protocol, or what came instead. */
export type Said<Meaning> =
  | {readonly status: 'understood'; readonly meaning: Meaning; readonly connectedMs: number}
  | {readonly status: 'not-understood'; readonly got: string}
  | Exclude<Answer, {readonly status: 'answered'}>

/** A bound on what a stranger may send us; real answers take a few hundred bytes. */
const answerBytesMax = 64 * 1024

/**
 * For an answer, beyond the time to connect. A check that asks twice has to be told of silence, twice, before its own
 * deadline: after that it could only say that it does not know.
 */
const answerMs = 1000

export async function askHealth(address: Address, call: Call): Promise<Said<Health>> {
  // 1.0, since nobody then answers in chunks, which would have to be put together.
  const send = `GET /health HTTP/1.0\r\nHost: ${writeAddress(address)}\r\nAccept: application/json\r\nConnection: close\r\n\r\n`
  const answer = await exchange(address, call, {send, isComplete: isWholeHttp})
  return understand(answer, parseHealth)
}

export async function askCounters(address: Address, call: Call): Promise<Said<Counters>> {
  const answer = await exchange(address, call, {send: 'STATS\n', isComplete: (text) => statsLine.test(text)})
  return understand(answer, parseCounters)
}

/** Connects and says nothing. Whatever listens there, nothing is left behind in it. */
export async function knock(address: Address, call: Call): Promise<Said<null>> {
  const answer = await exchange(address, call, {send: '', isComplete: () => true})
  return understand(answer, () => null)
}

export type {SendRequest, Sent} from './send.ts'

/** Sends lines, each of them acknowledged where that is asked for. Few commands do, so what it takes is loaded by them alone. */
export async function sendLines(host: SendHost, request: SendRequest): Promise<Sent> {
  const {send} = await import('./send.ts')
  return send(host, request)
}

interface Spoken {
  readonly send: string
  readonly isComplete: (received: string) => boolean
}

async function exchange(address: Address, call: Call, spoken: Spoken): Promise<Answer> {
  const {connectMs} = call
  const {signal, cancel} = deadlineAfter(call.clock, connectMs + answerMs, call.signal)
  try {
    return await call.network.exchange({...address, ...spoken, bytesMax: answerBytesMax, connectMs, signal})
  } finally {
    cancel()
  }
}

function understand<Meaning>(answer: Answer, parse: (text: string) => Meaning | undefined): Said<Meaning> {
  if (answer.status === 'answered') {
    const meaning = parse(answer.text)
    if (meaning !== undefined) return {status: 'understood', meaning, connectedMs: answer.connectedMs}
  } else if (answer.status !== 'silent' || answer.text === '') {
    return answer
  }
  // A server that greets and then waits for us is not silent: what it said shows who it is.
  return {status: 'not-understood', got: answer.text.slice(0, 80)}
}

const statsLine = /^STATS: .*\n/m

export function parseCounters(text: string): Counters | undefined {
  const line = statsLine.exec(text)?.[0]
  const count = (name: string): number => Number(new RegExp(`\\b${name}=(\\d+)`).exec(line ?? '')?.[1])
  const counters = {total: count('Total'), dropped: count('Dropped'), current: count('Current')}
  return Number.isNaN(counters.total + counters.dropped + counters.current) ? undefined : counters
}

export function parseHealth(text: string): Health | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (!/^HTTP\/1\.[01] (?:200|503)[ \r]/.test(text) || end === -1) return undefined
  try {
    const body = JSON.parse(text.slice(end + 4)) as Readonly<Record<string, unknown>> | null
    if (typeof body?.['status'] !== 'string') return undefined
    const connections = typeof body['connections'] === 'number' ? body['connections'] : null
    return {status: body['status'], connections, isOurs: typeof body['durability'] === 'string'}
  } catch {
    // Not JSON: then it is not a health answer, and the caller shows what came.
    return undefined
  }
}

function isWholeHttp(received: string): boolean {
  const end = received.indexOf('\r\n\r\n')
  const length = /^content-length: *(\d+)/im.exec(received.slice(0, Math.max(0, end)))?.[1]
  return end !== -1 && length !== undefined && Buffer.byteLength(received.slice(end + 4)) >= Number(length)
}

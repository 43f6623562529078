import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {text} from 'node:stream/consumers'
import type {TestContext} from 'node:test'
import {realClock} from '../../src/host/clock.ts'
import {realWorkers} from '../../src/host/workers.ts'
import type {ServerFacts} from '../../src/server/facts.ts'
import {healthPage, readyPage} from '../../src/server/health.ts'
import {
  openQueryPort,
  queryLimits,
  querySecondsBounds,
  type Port,
  type QueryCounters,
  type QueryLimits
} from '../../src/server/query-port.ts'
import {Histogram} from '../../src/base/histogram.ts'
import {createScanner, type Scanner} from '../../src/store/scanner.ts'
import {openPort, sender, until, type OpenPort, type PortWish} from './open-port.ts'

export interface QueryWish extends PortWish {
  readonly limits?: Partial<QueryLimits>
  readonly isLenient?: boolean
  readonly scanner?: Pick<Scanner, 'scan'>
  readonly deadlineMs?: number
}

export interface OpenQueryPort extends OpenPort {
  readonly query: Port
  readonly counters: OpenPort['counters']
  readonly queries: QueryCounters
}

/** The ports for lines and for queries, with a real store and a real thread for searching. */
export async function open(t: TestContext, wish: QueryWish = {}): Promise<OpenQueryPort> {
  const lines = await openPort(t, wish)
  const {store, counters} = lines
  const facts: ServerFacts = {
    version: '1.2.3',
    store,
    state: () => 'running',
    uptimeMs: () => 1000,
    connections: () => counters.connections,
    queueBytes: () => lines.ingest.queueBytes,
    queueBytesMax: 1 << 20
  }
  const clock = realClock()
  const given = {memory: store.shared, layout: store.layout}
  const scanLimits = {deadlineMs: wish.deadlineMs ?? 5000, waitingMax: 16, waitMsMax: 10_000}
  const scanner = createScanner({workers: realWorkers(), clock, given}, scanLimits)
  const queries = {seconds: new Histogram(querySecondsBounds), timeouts: 0, rejected: 0}
  const query = await openQueryPort({
    addresses: wish.addresses ?? ['127.0.0.1'],
    port: 0,
    isLenient: wish.isLenient ?? false,
    facts,
    scanner: wish.scanner ?? scanner,
    stray: {health: () => healthPage(facts), ready: () => readyPage(facts), httpAddress: '127.0.0.1:8080'},
    clock,
    counters: queries,
    limits: {...queryLimits, ...wish.limits}
  })
  t.after(async () => {
    await query.close(0)
    await scanner.close()
  })
  return {...lines, query, queries}
}

/** Sends lines and waits until they can be found. */
export async function send(t: TestContext, port: OpenPort, lines: readonly string[]): Promise<void> {
  const before = port.store.endSeq - 1
  const one = await sender(t, port)
  one.socket.end(lines.map((line) => `${line}\n`).join(''))
  await port.holds(before + lines.length)
  await until(() => port.counters.connections === 0)
}

export interface Caller {
  readonly socket: Socket
  /** All that is answered until the server closes. */
  readonly answer: Promise<string>
}

export async function call(t: TestContext, {query}: Pick<OpenQueryPort, 'query'>, host = '127.0.0.1'): Promise<Caller> {
  const socket = connect({port: query.port, host, noDelay: true, allowHalfOpen: true})
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return {socket, answer: text(socket).catch(() => 'reset')}
}

export async function ask(t: TestContext, port: Pick<OpenQueryPort, 'query'>, command: string): Promise<string> {
  const {socket, answer} = await call(t, port)
  socket.write(command)
  const said = await answer
  socket.end()
  return said
}

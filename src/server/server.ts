import {isIP} from 'node:net'
import {join, resolve} from 'node:path'
import {writeAddress} from '../base/address.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {Tell} from '../base/notice.ts'
import type {ServerSettings} from '../config/server-settings.ts'
import {deadlineAfter, within} from '../host/clock.ts'
import {writeAtomic} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Loop} from '../host/loop.ts'
import type {Self} from '../host/self.ts'
import type {Workers} from '../host/workers.ts'
import {Histogram} from '../base/histogram.ts'
import {createScanner, type Scanner} from '../store/scanner.ts'
import {openStore, type Store} from '../store/store.ts'
import {openControlPort} from './control-port.ts'
import {newCounters} from './counters.ts'
import type {ServerFacts} from './facts.ts'
import {healthOf, healthPage, readyPage, type Health} from './health.ts'
import {addressesOf, refuseExposed, refuseUnheard} from './reach.ts'
import {HttpCounters, openHttpPort} from './http-port.ts'
import {openIngest, type Ingest} from './ingest.ts'
import {metricsPage} from './metrics.ts'
import type {Page} from './page.ts'
import {openQueryPort, querySecondsBounds, type Port, type QueryCounters} from './query-port.ts'
import type {StrayPages} from './request-line.ts'
import {queueBytesOf, storeOptionsFor} from './store-options.ts'

/** The log server: a store, and the ports through which records come in and are asked for. */
export interface Server {
  /** The real ones, where any free one was asked for; null for what is off. */
  readonly ports: Ports
  /** Under which the ports are reached from this machine. */
  readonly address: string
  readonly durability: Store['durability']
  /** Where it listens, and what it keeps, for who started it. */
  readonly listens: Finding
  readonly keeps: Finding
  /** False once it is stopped. */
  isAlive(): boolean
  /** Goes by new settings where it can, and tells of all that have changed. */
  reload(settings: ServerSettings): void
  /** Takes no more lines, stores those it has, answers who waits for that, and closes. Never longer than `drain`, and a little. */
  stop(): Promise<Stopped>
}

export interface Ports {
  readonly log: number | null
  readonly query: number | null
  readonly http: number | null
}

export interface Stopped {
  /** Taken since the start. */
  readonly records: number
  /** Taken, and not stored when the time was over; nobody was told that they were. */
  readonly lostRecords: number
  readonly afterMs: number
}

export interface ServerOptions {
  readonly settings: ServerSettings
  readonly portFile: string | undefined
  readonly version: string
}

export type ServerHost = Pick<Host, 'clock' | 'disk' | 'random' | 'machine' | 'processes'> & {
  readonly workers: Workers
  readonly loop: Loop
  readonly self: Self
}

/** Resolves once all ports answer. A Fault says why it cannot run; then nothing of it is left. */
export async function startServer(host: ServerHost, options: ServerOptions, tell: Tell): Promise<Server> {
  const {settings} = options
  const store = await openStore(host, await fitOptions(host.disk, settings), tell)
  const server = new LiveServer(host, {options, store, tell})
  try {
    await server.open()
    return server
  } catch (cause) {
    await server.close(settings.drain)
    throw cause
  }
}

/** A Fault for what no server can run with, whatever this machine does: for who has a running one to lose. */
export async function refuseUnfit({disk}: Pick<Host, 'disk'>, settings: ServerSettings): Promise<void> {
  await fitOptions(disk, settings)
}

function fitOptions(disk: Host['disk'], settings: ServerSettings): ReturnType<typeof storeOptionsFor> {
  refuseUnheard(settings)
  refuseExposed(settings)
  return storeOptionsFor(disk, settings)
}

interface Parts {
  readonly options: ServerOptions
  readonly store: Store
  readonly tell: Tell
}

/** Those that a running server can change. All others are built into what it has opened. */
const liveSettings: readonly string[] = ['max_clients', 'drain']

function named(settings: readonly string[]): {readonly settings: string} {
  return {settings: settings.map((name) => `server.${name}`).join(', ')}
}

// What is left of the time to drain is for the disk, and for answers that are under way.
const senderShare = 0.7

const portMode = 0o644

class LiveServer implements Server {
  readonly #host: ServerHost
  readonly #options: ServerOptions
  readonly #store: Store
  readonly #tell: Tell
  readonly #startedMs: number
  readonly #counters = newCounters()
  readonly #queryCounters: QueryCounters = {seconds: new Histogram(querySecondsBounds), timeouts: 0, rejected: 0}
  readonly #httpCounters = new HttpCounters()
  readonly #facts: ServerFacts
  readonly #addresses: readonly string[]
  readonly #firstRecords: number
  readonly #limits: {clientsMax: number; queueBytesMax: number}
  #settings: ServerSettings
  #state: 'running' | 'closing' | 'closed' = 'running'
  #scanner: Scanner | undefined
  #ingest: Ingest | undefined
  #query: Port | undefined
  #http: Port | undefined
  #control: Pick<Port, 'close'> | undefined

  constructor(host: ServerHost, {options, store, tell}: Parts) {
    this.#host = host
    this.#options = options
    this.#store = store
    this.#tell = tell
    this.#startedMs = host.clock.elapsed()
    const {settings} = options
    this.#settings = settings
    this.#limits = {clientsMax: settings.max_clients, queueBytesMax: queueBytesOf(settings)}
    this.#addresses = addressesOf(settings.listen)
    this.#firstRecords = store.stats().taken
    this.#facts = {
      version: options.version,
      store,
      state: () => (this.#state === 'running' ? 'running' : 'closing'),
      uptimeMs: () => host.clock.elapsed() - this.#startedMs,
      connections: () => this.#counters.connections,
      queueBytes: () => this.#ingest?.queueBytes ?? store.pendingBytes,
      queueBytesMax: queueBytesOf(settings)
    }
  }

  get ports(): Ports {
    return {
      log: this.#ingest?.port ?? null,
      query: this.#query?.port ?? null,
      http: this.#http?.port ?? null
    }
  }

  get address(): string {
    const [address = ''] = this.#addresses
    return address
  }

  get durability(): Store['durability'] {
    return this.#store.durability
  }

  get listens(): Finding {
    const {log, query, http} = this.ports
    const where = (port: number | null): string | null => {
      return port === null ? null : writeAddress({host: this.address, port})
    }
    return finding('server-listens', {log: where(log), query: where(query), http: where(http)})
  }

  get keeps(): Finding {
    const {data_dir: path} = this.#options.settings
    const {durability} = this.#store
    return path === null ? finding('server-keeps-nothing', {}) : finding('server-keeps', {path, durability})
  }

  isAlive(): boolean {
    return this.#state !== 'closed'
  }

  /** The port for lines last: whoever finds it open finds the others, too. */
  async open(): Promise<void> {
    const {settings, portFile} = this.#options
    const {disk, clock, workers} = this.#host
    const {shared: memory, layout} = this.#store
    this.#scanner = createScanner({workers, clock, given: {memory, layout}})
    await this.#openHttp(settings.http_port)
    await this.#openQuery(settings.query_port)
    if (settings.data_dir !== null) {
      const desk = {log: this.#store.persistence, status: (): Health => healthOf(this.#facts)}
      this.#control = await openControlPort({path: join(settings.data_dir, 'control.sock'), desk, disk, clock})
    }
    await this.#openIngest(settings.log_port)
    if (portFile !== undefined) await this.#writePorts(portFile)
  }

  async #openHttp(port: number | null): Promise<void> {
    if (port === null) return
    const pages = new Map<string, () => Page>([
      ['/health', () => healthPage(this.#facts)],
      ['/ready', () => readyPage(this.#facts)],
      ['/metrics', () => this.#metrics()]
    ])
    const {listen} = this.#options.settings
    const names = listen === null || isIP(listen) !== 0 ? [] : [listen]
    const parts = {addresses: this.#addresses, port, pages, names, clock: this.#host.clock}
    this.#http = await openHttpPort({...parts, counters: this.#httpCounters})
  }

  async #openQuery(port: number | null): Promise<void> {
    if (port === null || this.#scanner === undefined) return
    const parts = {addresses: this.#addresses, port, facts: this.#facts, scanner: this.#scanner, stray: this.#stray()}
    const {clock} = this.#host
    const isLenient = this.#options.settings.lenient_query
    this.#query = await openQueryPort({...parts, isLenient, clock, counters: this.#queryCounters})
  }

  async #openIngest(port: number | null): Promise<void> {
    if (port === null) return
    const {clock, loop} = this.#host
    this.#ingest = await openIngest({
      store: this.#store,
      clock,
      loop,
      tell: this.#tell,
      counters: this.#counters,
      addresses: this.#addresses,
      port,
      limits: this.#limits,
      stray: this.#stray()
    })
  }

  #stray(): StrayPages {
    const port = this.#http?.port
    return {
      health: () => healthPage(this.#facts),
      ready: () => readyPage(this.#facts),
      httpAddress: port === undefined ? null : writeAddress({host: this.address, port})
    }
  }

  #metrics(): Page {
    return metricsPage({
      facts: this.#facts,
      ingest: this.#counters,
      query: this.#queryCounters,
      http: this.#httpCounters,
      self: this.#host.self
    })
  }

  /** Whoever waits for the file finds all of it, and every port answering. */
  async #writePorts(file: string): Promise<void> {
    const {disk, random, machine} = this.#host
    const bytes = new TextEncoder().encode(`${JSON.stringify({...this.ports, irc: null})}\n`)
    await writeAtomic(disk, resolve(machine.cwd, file), {bytes, mode: portMode, random})
  }

  reload(settings: ServerSettings): void {
    const running = new Map<string, unknown>(Object.entries(this.#settings))
    const changed = Object.entries(settings).flatMap(([name, value]) => (running.get(name) === value ? [] : [name]))
    const waiting = changed.filter((name) => !liveSettings.includes(name))
    const {max_clients: clientsMax, drain} = settings
    this.#settings = {...this.#settings, max_clients: clientsMax, drain}
    this.#limits.clientsMax = clientsMax
    const taken = changed.filter((name) => liveSettings.includes(name))
    if (taken.length > 0 || waiting.length === 0) this.#tell('info', finding('server-reloaded', named(taken)))
    if (waiting.length > 0) this.#tell('warn', finding('server-restart-needed', named(waiting)))
  }

  async stop(): Promise<Stopped> {
    const {clock} = this.#host
    const beganMs = clock.elapsed()
    await this.close(this.#settings.drain)
    const {endSeq, acknowledgedSeq} = this.#store
    const records = this.#store.stats().taken - this.#firstRecords
    return {records, lostRecords: endSeq - acknowledgedSeq, afterMs: Math.round(clock.elapsed() - beganMs)}
  }

  async close(drainMs: number): Promise<void> {
    this.#state = 'closing'
    const {clock, self} = this.#host
    const endMs = clock.elapsed() + drainMs
    const left = (): number => Math.max(0, endMs - clock.elapsed())
    await this.#ingest?.drain(drainMs * senderShare)
    // Until here they could be asked how far it is.
    const stored = within(deadlineAfter(clock, left()), this.#store.close())
    await Promise.all([this.#control?.close(left()), this.#query?.close(left()), this.#http?.close(left()), stored])
    await this.#scanner?.close()
    self.stop()
    this.#state = 'closed'
  }
}

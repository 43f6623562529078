import {EventEmitter, once} from 'node:events'
import {mkdtempSync, rmSync} from 'node:fs'
import {connect, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import type {Finding} from '../../src/base/findings.ts'
import type {Disk} from '../../src/host/disk.ts'
import {realLoop} from '../../src/host/loop.ts'
import {realHost} from '../../src/host/real.ts'
import {newCounters, type IngestCounters} from '../../src/server/counters.ts'
import {openIngest, type Ingest, type IngestParts} from '../../src/server/ingest.ts'
import {jsonPage} from '../../src/server/page.ts'
import type {PersistenceOptions} from '../../src/store/persistence.ts'
import {RingReader} from '../../src/store/ring.ts'
import {openStore, type Store} from '../../src/store/store.ts'
import type {Durability} from '../../src/store/wal.ts'

/** The port that takes lines, with a real store behind it and real sockets in front of it, for one test. */
export interface OpenPort {
  readonly ingest: Ingest
  readonly store: Store
  readonly counters: IngestCounters
  readonly told: readonly Finding[]
  readonly disk: StallingDisk
  /** What is in the ring, oldest first, one character a byte. */
  records(): readonly Kept[]
  texts(): readonly string[]
  /** Resolves when as many records were taken. */
  holds(records: number): Promise<void>
}

export interface Kept {
  readonly text: string
  readonly flags: number
  readonly source: string
}

export interface PortWish extends Partial<Pick<IngestParts, 'addresses' | 'port' | 'intakeWay' | 'loop' | 'clock'>> {
  readonly clientsMax?: number
  readonly queueBytes?: number
  readonly ringBytes?: number
  readonly ringLines?: number
  readonly lineBytesMax?: number
  /** With one, records go to a disk that can be made to stand still. */
  readonly durability?: Durability
}

export async function openPort(t: TestContext, wish: PortWish = {}): Promise<OpenPort> {
  const host = realHost()
  const disk = stalling(host.disk)
  const told: Finding[] = []
  const tell = (_: unknown, said: Finding): void => {
    told.push(said)
  }
  const queueBytes = wish.queueBytes ?? 8 << 20
  const {ringLines = 100_000, ringBytes = 16 << 20, lineBytesMax = 65_536, durability} = wish
  const persistence = durability === undefined ? {} : {persistence: persistenceIn(t, durability)}
  const store = await openStore(
    {...host, disk: disk.disk},
    {ringLines, ringBytes, lineBytesMax, queueBytes, ...persistence},
    tell
  )
  const counters = newCounters()
  const ingest = await openIngest({
    store,
    tell,
    counters,
    clock: wish.clock ?? host.clock,
    loop: wish.loop ?? realLoop(),
    addresses: wish.addresses ?? ['127.0.0.1'],
    port: wish.port ?? 0,
    limits: {clientsMax: wish.clientsMax ?? 16_384, queueBytesMax: queueBytes},
    stray: {health: () => jsonPage(200, {status: 'healthy'}), ready: () => jsonPage(503, {}), httpAddress: null},
    ...(wish.intakeWay === undefined ? {} : {intakeWay: wish.intakeWay})
  })
  t.after(async () => {
    await ingest.drain(0)
    disk.flow()
    await store.close()
  })
  const records = (): Kept[] => keptIn(store)
  return {
    ingest,
    store,
    counters,
    told,
    disk,
    records,
    texts: () => records().map(({text}) => text),
    holds: (count) => until(() => store.endSeq > count)
  }
}

function persistenceIn(t: TestContext, durability: Durability): PersistenceOptions {
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-ingest-'))
  t.after(() => {
    rmSync(directory, {recursive: true})
  })
  return {directory, durability, retainBytes: 256 << 20, retainAgeMs: 0, minFreeBytes: 0}
}

function keptIn(store: Store): Kept[] {
  const ring = new RingReader(store.shared, store.layout)
  const kept: Kept[] = []
  for (let counter = ring.first; counter !== ring.end; counter = (counter + 1) >>> 0) {
    const bytes = ring.bytes(counter) ?? new Uint8Array()
    const entry = ring.entry(counter)
    const source = store.sourceName(entry?.source ?? 0)
    kept.push({text: Buffer.from(bytes).toString('latin1'), flags: entry?.flags ?? 0, source})
  }
  return kept
}

/** Waits for what has to come; a minute without it is a failure. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries > 6000) throw new Error(`did not come about: ${String(isSo)}`)
    await delay(10)
  }
}

/** One sender. It keeps what it is told. */
export interface Sender {
  readonly socket: Socket
  heard(): string
  /** Resolves when it was told this. */
  hears(text: string): Promise<void>
  /** Resolves when the server has closed its side, in whatever way. */
  readonly isLeft: Promise<unknown>
  readonly isClosed: Promise<unknown>
}

export async function sender(t: TestContext, {ingest}: Pick<OpenPort, 'ingest'>, host = '127.0.0.1'): Promise<Sender> {
  const socket = connect({port: ingest.port, host, allowHalfOpen: true, noDelay: true})
  let heard = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1')
  })
  t.after(() => socket.destroy())
  const isClosed = new Promise((resolve) => socket.once('close', resolve))
  const isLeft = Promise.race([isClosed, new Promise((resolve) => socket.once('end', resolve))])
  await once(socket, 'connect')
  return {socket, heard: () => heard, hears: (text) => until(() => heard.includes(text)), isLeft, isClosed}
}

/** As a disk that hangs: what is written waits, and nothing fails. */
export interface StallingDisk {
  readonly disk: Disk
  stall(): void
  flow(): void
}

function stalling(disk: Disk): StallingDisk {
  const flows = new EventEmitter().setMaxListeners(0)
  let isStalled = false
  const waits = async (): Promise<void> => {
    while (isStalled) await once(flows, 'flow')
  }
  const open: Disk['open'] = async (...given) => {
    const file = await disk.open(...given)
    return {
      ...file,
      write: (bytes, position) => waits().then(() => file.write(bytes, position)),
      writeAll: (parts, position) => waits().then(() => file.writeAll(parts, position)),
      sync: () => waits().then(() => file.sync()),
      syncData: () => waits().then(() => file.syncData())
    }
  }
  return {
    disk: {...disk, open},
    stall() {
      isStalled = true
    },
    flow() {
      isStalled = false
      flows.emit('flow')
    }
  }
}

import {writeAddress, type Address} from '../base/address.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import {runId} from '../base/random.ts'
import {deadlineAfter, within} from '../host/clock.ts'
import {randomSuffix} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {changeOf, readCursor, sessionOf, shortName, type Cursor} from './cursor.ts'
import {CursorKeeper, cursorPathIn, tidyBeside, tidyCursors} from './cursor-keeper.ts'
import type {Courier} from './courier.ts'
import {Delivery, type DeliveryOptions} from './delivery.ts'
import type {AckLevel} from './hello.ts'
import {FileInput, PipedInput, type Input} from './input.ts'
import {PlainDelivery} from './plain-delivery.ts'
import {deliver, type Delivered, type Sending} from './sender.ts'
import {openSource, unreadable, type SourceFile} from './source-file.ts'

export type SendHost = Pick<Host, 'clock' | 'disk' | 'processes' | 'random' | 'machine'>

export interface SendRequest {
  readonly server: Address
  /** The path of a file, or what comes on a pipe. */
  readonly input: string | AsyncIterator<Buffer>
  /** Undefined: plain lines, which nobody acknowledges. */
  readonly acknowledged: AcknowledgedRequest | undefined
  readonly timeoutMs: number | undefined
  readonly stop: AbortSignal
  /** Once a second, as far as it is acknowledged; the size of a pipe is not known. */
  onProgress(bytes: number, size: number | undefined): void
}

export interface AcknowledgedRequest {
  readonly ack: AckLevel
  readonly window: number
  readonly source: string | undefined
  readonly session: string | undefined
  /** Where to begin, if not where the cursor and the server agree. */
  readonly from: 'start' | 'cursor' | 'server' | undefined
  /** A cursor file, or the folder in which each file has its own. */
  readonly cursor: {readonly path: string} | {readonly folder: string}
}

export interface Sent {
  readonly how: Delivered['how']
  /** Null without acknowledgements. */
  readonly session: string | null
  readonly cursorPath: string | null
  /** Of this run: acknowledged, or without acknowledgements handed to the network. */
  readonly lines: number
  readonly bytes: number
  /** The last line of the session that is acknowledged. */
  readonly upTo: number
  readonly resentLines: number
  readonly longLines: number
  readonly reconnects: number
  /** Lines that the server refused for good. */
  readonly rejected: Fault | undefined
  readonly warnings: readonly Fault[]
}

/** Sends a file or a pipe to a server. What an operator has to know is in the answer; a Fault is thrown before anything was sent. */
export async function send(host: SendHost, request: SendRequest): Promise<Sent> {
  const {input} = request
  if (typeof input !== 'string') return sendPipe(host, request, input)
  const source = await openSource(host.disk, input)
  try {
    return await sendFile(host, request, source)
  } finally {
    // A read that a dead mount holds is not waited for.
    source.close().catch(ignore)
  }
}

async function sendFile(host: SendHost, request: SendRequest, source: SourceFile): Promise<Sent> {
  const {acknowledged} = request
  const {size} = source.stat
  const input = new FileInput(source)
  if (acknowledged === undefined) return sendPlain(host, request, input)
  const server = writeAddress(request.server)
  const cursorPath = await cursorPathOf(host, source, {...acknowledged, server})
  const found = await readCursor(host.disk, cursorPath)
  const begun = await beginning(host, source, {acknowledged, found, cursorPath, server})
  const {session, origin, acknowledged: from} = begun
  const courier = new Delivery(begun)
  const isSame = session === found?.session
  const kept = {cursorPath, source, session, server, origin: origin.offset}
  const keeper = new CursorKeeper(host, kept, {courier, found: isSame ? found : undefined})
  const isDone = from.offset >= size && begun.cut === undefined && (size === 0 || isSame)
  if (isDone) return {...nothingSent, how: 'complete', session, cursorPath, upTo: from.number}
  const warnings: Fault[] = []
  const trySaving = async (): Promise<void> => {
    try {
      await keeper.keep()
    } catch (cause) {
      // What is sent is numbered by the server: with an older cursor, the next run only has to look for its place.
      if (warnings.length === 0)
        warnings.push(new Fault('state-unwritable', {path: cursorPath, reason: reasonOf(cause)}, {cause}))
    }
  }
  const sent = await sendOver(host, request, {
    courier,
    input,
    needsKeeping: () => keeper.isNeeded,
    keep: () => keeper.keep(),
    tick: () => void trySaving()
  })
  // Who has taken the session over keeps the cursor from now on.
  if (courier.fault?.code !== 'send-session-busy') await within(deadlineAfter(host.clock, savingMs), trySaving())
  return {
    ...sent,
    ...countsOf(courier, from),
    session,
    cursorPath,
    warnings: [...warnings, ...warningsOf(courier, session)]
  }
}

// To save the cursor, a KiB of the file is read, which takes for ever where its disk has gone.
const savingMs = 5000

async function cursorPathOf(
  host: SendHost,
  {path}: SourceFile,
  {cursor, session, server}: AcknowledgedRequest & {readonly server: string}
): Promise<string> {
  if ('path' in cursor) {
    await tidyBeside(host, cursor.path)
    return cursor.path
  }
  await tidyCursors(host, cursor.folder)
  const cursorPath = cursorPathIn(cursor.folder, await realPathOf(host, path), server, session ?? '')
  await tidyBeside(host, cursorPath)
  return cursorPath
}

async function realPathOf({disk}: SendHost, path: string): Promise<string> {
  try {
    return (await disk.realPath(path)) ?? path
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

interface Known {
  readonly acknowledged: AcknowledgedRequest
  readonly found: Cursor | undefined
  readonly cursorPath: string
  readonly server: string
}

/** Which session goes on or begins, and where. */
async function beginning(host: SendHost, file: SourceFile, known: Known): Promise<DeliveryOptions> {
  const {acknowledged, found, cursorPath, server} = known
  const {from, ack, window, source} = acknowledged
  if (acknowledged.session !== undefined && found !== undefined && found.session !== acknowledged.session) {
    throw new Fault('send-cursor-foreign', {path: cursorPath, session: found.session})
  }
  const common = {ack, window, source, server, isRewindable: true}
  const named = acknowledged.session ?? (await sessionOf(host.machine.hostname, file))
  const anew = acknowledged.session ?? `${named}-${randomSuffix(host.random)}`
  if (found === undefined || from === 'start') {
    const session = from === 'start' ? anew : named
    return {...common, session, ...placesFrom(0), expects: from === 'server' ? 'anything' : 'new'}
  }
  const how = await changeOf(file, found)
  const lines = found.acknowledged.number
  if (how !== undefined) throw new Fault('send-file-changed', {path: file.path, how, lines, cursor: cursorPath})
  if (from === 'cursor') return {...common, session: anew, ...placesFrom(found.acknowledged.offset), expects: 'new'}
  const origin = {offset: found.origin, number: 0}
  const {session, acknowledged: upTo, cut} = found
  return {...common, session, origin, acknowledged: upTo, cut, expects: from === 'server' ? 'anything' : 'cursor'}
}

function placesFrom(offset: number): Pick<DeliveryOptions, 'origin' | 'acknowledged' | 'cut'> {
  const origin = {offset, number: 0}
  return {origin, acknowledged: origin, cut: undefined}
}

async function sendPipe(host: SendHost, request: SendRequest, source: AsyncIterator<Buffer>): Promise<Sent> {
  const {acknowledged, server} = request
  const input = new PipedInput(source)
  if (acknowledged === undefined) return sendPlain(host, request, input)
  const {clock, random, machine} = host
  const {ack, window, from} = acknowledged
  const session = acknowledged.session ?? `${shortName(machine.hostname)}-${runId(clock.now(), random)}`
  const places = placesFrom(0)
  const courier = new Delivery({
    ...places,
    session,
    ack,
    window,
    source: acknowledged.source,
    server: writeAddress(server),
    expects: from === 'server' ? 'anything' : 'new',
    isRewindable: false
  })
  const sent = await sendOver(host, request, {courier, input, ...forgetful})
  return {...sent, ...countsOf(courier, places.acknowledged), session, warnings: warningsOf(courier, session)}
}

async function sendPlain(host: SendHost, request: SendRequest, input: Input): Promise<Sent> {
  const courier = new PlainDelivery(writeAddress(request.server))
  const sent = await sendOver(host, request, {courier, input, ...forgetful})
  const {offset: bytes, number: lines} = courier.acknowledged
  return {...sent, lines, bytes}
}

/** Of what cannot be taken up again by another run. */
const forgetful: Omit<Parts, 'courier' | 'input'> = {
  needsKeeping: () => false,
  keep: () => Promise.resolve(),
  tick: () => undefined
}

const nothingSent = {
  session: null,
  cursorPath: null,
  lines: 0,
  bytes: 0,
  upTo: 0,
  resentLines: 0,
  longLines: 0,
  reconnects: 0,
  rejected: undefined,
  warnings: []
} as const

type Parts = Pick<Sending, 'courier' | 'input' | 'needsKeeping' | 'keep' | 'tick'>

async function sendOver(host: SendHost, request: SendRequest, parts: Parts): Promise<Sent> {
  const {server, timeoutMs, stop} = request
  const limit = timeoutMs === undefined ? undefined : deadlineAfter(host.clock, timeoutMs, stop)
  const delivered = await deliver(host, {
    ...parts,
    server,
    signal: limit?.signal ?? stop,
    isPatient: timeoutMs !== undefined,
    tick() {
      parts.tick()
      request.onProgress(parts.courier.acknowledged.offset, parts.input.size)
    }
  })
  limit?.cancel()
  const {reconnects} = delivered
  return {...nothingSent, how: howOf(delivered, request, stop), reconnects}
}

/** What is stopped by nobody has run out of time. */
function howOf(delivered: Delivered, {server, timeoutMs}: SendRequest, stop: AbortSignal): Delivered['how'] {
  if (delivered.how !== 'stopped' || stop.aborted) return delivered.how
  const {reason} = delivered
  if (reason !== undefined) return new Fault('send-unreachable', {server: writeAddress(server), reason})
  return new Fault('send-late', {afterMs: timeoutMs ?? 0})
}

type Counts = Pick<Sent, 'lines' | 'bytes' | 'upTo' | 'resentLines' | 'longLines' | 'rejected'>

function countsOf(courier: Delivery, from: Courier['acknowledged']): Counts {
  return {
    lines: Math.max(0, courier.acknowledgedNumber - from.number),
    bytes: Math.max(0, courier.acknowledged.offset - from.offset),
    upTo: courier.acknowledgedNumber,
    resentLines: courier.resentRecords,
    longLines: courier.long.records,
    rejected: courier.rejected === undefined ? undefined : new Fault('send-rejected', courier.rejected)
  }
}

function ignore(): void {
  // Nothing was written to the file: that it cannot be closed changes nothing.
}

function warningsOf(courier: Delivery, session: string): readonly Fault[] {
  const {long, forgottenRecords: lines} = courier
  return [
    ...(long.records === 0 ? [] : [new Fault('send-lines-cut', {lines: long.records, bytesMax: long.lineBytesMax})]),
    ...(lines === 0 ? [] : [new Fault('send-again', {lines, session})])
  ]
}

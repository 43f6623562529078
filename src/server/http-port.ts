import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {reasonOf} from '../base/fault.ts'
import {formatSize} from '../base/units.ts'
import {isOurHost} from './host-names.ts'
import {listenFault} from './ingest.ts'
import {listenBoth} from './listen.ts'
import {jsonPage, type Page} from './page.ts'
import type {Port} from './query-port.ts'

export interface HttpPortParts {
  readonly addresses: readonly string[]
  readonly port: number
  /** By path; each is read anew. */
  readonly pages: ReadonlyMap<string, () => Page>
  /** Names under which we may be asked, beside those of the loopback and addresses. */
  readonly names: readonly string[]
  readonly counters: HttpCounters
  readonly limits?: HttpLimits
}

export class HttpCounters {
  readonly #requests = new Map<string, HttpCount>()

  /** Paths that are not ours are one, so that nobody can make us count without end. */
  count(path: string, code: number): void {
    const key = `${path} ${code}`
    this.#requests.set(key, {path, code, requests: (this.#requests.get(key)?.requests ?? 0) + 1})
  }

  read(): readonly HttpCount[] {
    return [...this.#requests.values()]
  }
}

export interface HttpCount {
  readonly path: string
  readonly code: number
  readonly requests: number
}

export interface HttpLimits {
  /** On each address. Scrapers and health checks are few; more than this is a mistake somewhere. */
  readonly connectionsMax: number
  readonly headerBytesMax: number
  readonly headerMsMax: number
  readonly requestMsMax: number
  /** A connection that is kept for the next request. */
  readonly idleMsMax: number
  /** For a peer that does not take its answer. */
  readonly stallMsMax: number
}

export const httpLimits: HttpLimits = {
  connectionsMax: 512,
  headerBytesMax: 16 << 10,
  headerMsMax: 10_000,
  requestMsMax: 15_000,
  idleMsMax: 5000,
  stallMsMax: 30_000
}

export async function openHttpPort(parts: HttpPortParts): Promise<Port> {
  const limits = parts.limits ?? httpLimits
  const servers: Server[] = []
  const makeServer = (): Server => {
    const server = httpServer(limits, (request) => answerTo(request, parts))
    servers.push(server)
    return server
  }
  const {addresses, port} = parts
  const listening = await listenBoth({addresses, port, makeServer}).catch((cause: unknown) => {
    throw listenFault(cause, '--http-port')
  })
  return {
    port: listening.port,
    close() {
      listening.stop()
      // Every answer is small and was given to the system at once: what is left are kept, silent and half-asked connections.
      for (const server of servers) server.closeAllConnections()
      return Promise.resolve()
    }
  }
}

type AnswerTo = (request: IncomingMessage) => Answer

interface Answer extends Page {
  readonly isLast: boolean
}

function httpServer(limits: HttpLimits, answer: AnswerTo): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headerMsMax,
      requestTimeout: limits.requestMsMax,
      keepAliveTimeout: limits.idleMsMax,
      connectionsCheckingInterval: Math.min(1000, limits.headerMsMax)
    },
    (request, response) => {
      send(response, answer(request))
    }
  )
  server.maxConnections = limits.connectionsMax
  server.timeout = limits.stallMsMax
  server.on('clientError', (cause, socket) => {
    if (socket.writable) socket.end(brokenAnswer(cause, limits))
    else socket.destroy()
  })
  return server
}

function send(response: ServerResponse, {status, type, body, isLast}: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 ? {Allow: 'GET, HEAD'} : {}),
    ...(isLast ? {Connection: 'close'} : {})
  })
  response.end(body)
}

function answerTo(request: IncomingMessage, parts: HttpPortParts): Answer {
  const path = (request.url ?? '').replace(/[?#].*/s, '')
  const makePage = parts.pages.get(path)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const page = isOurHost(request.headers.host, parts.names)
    ? pageFor(makePage, isRead, parts)
    : jsonPage(403, {error: 'no such host here: ask for an address, localhost, or a name given to --listen'})
  parts.counters.count(makePage === undefined ? 'other' : path, page.status)
  // The body of what we do not take is not read, so the next request could not be found.
  return {...page, isLast: !isRead}
}

function pageFor(makePage: (() => Page) | undefined, isRead: boolean, {pages}: HttpPortParts): Page {
  if (makePage === undefined) return jsonPage(404, {error: `no such path; there are ${[...pages.keys()].join(', ')}`})
  return isRead ? makePage() : jsonPage(405, {error: 'only GET and HEAD here'})
}

/** For what never became a request. */
function brokenAnswer(cause: Error, {headerBytesMax, headerMsMax}: HttpLimits): string {
  const [status, error] = brokenReason(reasonOf(cause), {headerBytesMax, headerMsMax})
  const body = `${JSON.stringify({error})}\n`
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
}

type BrokenLimits = Pick<HttpLimits, 'headerBytesMax' | 'headerMsMax'>

function brokenReason(reason: string, {headerBytesMax, headerMsMax}: BrokenLimits): readonly [string, string] {
  if (reason === 'HPE_HEADER_OVERFLOW') {
    return ['431 Request Header Fields Too Large', `request header larger than ${formatSize(headerBytesMax)}`]
  }
  if (reason === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', `no request within ${headerMsMax} ms`]
  return ['400 Bad Request', 'this is not HTTP/1.1']
}

import {STATUS_CODES} from 'node:http'
import {jsonPage, type Page} from './page.ts'

/**
 * HTTP on the ports that speak something else: health checks and people ask there, too. They are answered, and nothing
 * of what they say is taken for lines. An access-log line such as `GET /a HTTP/1.1 200 12ms` is no request.
 */
export function isRequestLine(line: string): boolean {
  return /^[A-Z]{3,16} \S+ HTTP\/1\.[0-9]\r?$/.test(line)
}

export interface StrayPages {
  readonly health: () => Page
  readonly ready: () => Page
  /** Where HTTP is spoken: `127.0.0.1:8080`; null when it is off. */
  readonly httpAddress: string | null
}

/** The whole answer; the connection is to be closed behind it. */
export function answerRequestLine(line: string, pages: StrayPages): string {
  const [method = '', target = ''] = line.split(' ')
  const {status, type, body} = pageFor(method, target.replace(/\?.*/, ''), pages)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close'
  ]
  return `${head.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`
}

function pageFor(method: string, path: string, {health, ready, httpAddress}: StrayPages): Page {
  if (method === 'GET' || method === 'HEAD') {
    if (path === '/health') return health()
    if (path === '/ready') return ready()
  }
  const where = httpAddress === null ? '--http-port turns HTTP on' : `HTTP is spoken on ${httpAddress}`
  return jsonPage(421, {error: `this port answers only GET /health and /ready; ${where}`})
}

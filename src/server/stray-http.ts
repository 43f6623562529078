import {answerRequestLine, isRequestLine, type StrayPages} from './request-line.ts'

/**
 * HTTP on the port for lines: health checks that knock on every port, and browsers that a page sends here. It is
 * answered and never stored. Only a first line that is nothing but a request counts: `GET /a HTTP/1.1 200 12ms` is a
 * line of an access log.
 */

/** Beyond it, what begins with a path is a request all the same: no line of a log looks like that, and an attack may. */
export const requestLineBytesMax = 8192

/** Whether a text of one character a byte begins with a request line and its CR LF; `unknown` while it may. */
export function httpRequestLine(text: string): 'yes' | 'no' | 'unknown' {
  const lineFeedAt = text.indexOf('\n')
  if (lineFeedAt !== -1) {
    const line = text.slice(0, lineFeedAt)
    return line.endsWith('\r') && isRequestLine(line) ? 'yes' : 'no'
  }
  if (!isStartOfRequestLine(text)) return 'no'
  if (text.length <= requestLineBytesMax) return 'unknown'
  return /^[A-Z]+ (\/|https?:)/.test(text) ? 'yes' : 'no'
}

function isStartOfRequestLine(text: string): boolean {
  const parts = /^(?:[A-Z]{1,16}|[A-Z]{3,16} (?:\S+(?: ([^\n]*))?)?)?$/.exec(text)
  if (parts === null) return false
  const version = parts[1] ?? ''
  return 'HTTP/1.'.startsWith(version) || /^HTTP\/1\.\d\r?$/.test(version)
}

/**
 * The whole answer to a connection that begins with this text. Whoever sends it ends its side and reads on for a
 * moment: closing over unread bytes would reset the connection, and the answer with it.
 */
export function answerStray(text: string, pages: StrayPages): string {
  return answerRequestLine(text.split('\r\n', 1)[0] ?? '', pages)
}

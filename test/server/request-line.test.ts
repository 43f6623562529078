import assert from 'node:assert/strict'
import {test} from 'node:test'
import {jsonPage} from '../../src/server/page.ts'
import {answerRequestLine, isRequestLine, type StrayPages} from '../../src/server/request-line.ts'

const pages: StrayPages = {
  health: () => jsonPage(503, {status: 'unhealthy', why: '시험'}),
  ready: () => ({status: 200, type: 'text/plain', body: 'ready\n'}),
  httpAddress: '127.0.0.1:8080'
}

test('request line: only a whole request is one, a line of an access log is not', () => {
  for (const line of ['GET /health HTTP/1.1', 'OPTIONS * HTTP/1.0\r', 'POST http://x/ HTTP/1.1']) {
    assert.ok(isRequestLine(line), line)
  }
  for (const line of ['GET /a HTTP/1.1 200 12ms', 'get / HTTP/1.1', 'GET  / HTTP/1.1', 'GET / HTTP/2', 'COUNT', '']) {
    assert.ok(!isRequestLine(line), line)
  }
})

test('request line: health and readiness are answered with their length in bytes, HEAD without the body', () => {
  const body = '{"status":"unhealthy","why":"시험"}\n'
  const head =
    'HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  assert.equal(answerRequestLine('GET /health?full=1 HTTP/1.1', pages), head + body)
  assert.equal(answerRequestLine('HEAD /health HTTP/1.1', pages), head)
  assert.match(answerRequestLine('GET /ready HTTP/1.1', pages), /^HTTP\/1\.1 200 OK\r\n[^]*ready\n$/)
})

test('request line: whoever asks for more is sent to the port for HTTP, or to the flag that opens it', () => {
  for (const line of ['GET / HTTP/1.1', 'POST /health HTTP/1.1', 'GET /healthy HTTP/1.1']) {
    assert.match(answerRequestLine(line, pages), /^HTTP\/1\.1 421 [^]*HTTP is spoken on 127\.0\.0\.1:8080/, line)
  }
  assert.match(answerRequestLine('GET / HTTP/1.1', {...pages, httpAddress: null}), /--http-port turns HTTP on/)
})

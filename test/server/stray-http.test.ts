import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import type {StrayPages} from '../../src/server/request-line.ts'
import {answerStray, httpRequestLine, requestLineBytesMax} from '../../src/server/stray-http.ts'

const pages: StrayPages = {
  health: () => ({status: 200, type: 'application/json', body: '{"status":"healthy"}\n'}),
  ready: () => ({status: 503, type: 'application/json', body: '{"status":"starting"}\n'}),
  httpAddress: '127.0.0.1:8080'
}

describe('recognising a request line', () => {
  for (const line of [
    'GET / HTTP/1.1\r\n',
    'GET /health HTTP/1.0\r\nHost: a\r\n\r\n',
    'HEAD /ready?full=1 HTTP/1.1\r\n',
    'POST http://127.0.0.1:9999/a HTTP/1.1\r\n',
    'CONNECT host:443 HTTP/1.1\r\n',
    'OPTIONS * HTTP/1.1\r\n'
  ]) {
    it(`${JSON.stringify(line)} is one, and it shows with its LF`, () => {
      const end = line.indexOf('\n')
      for (let length = 0; length <= end; length += 1)
        assert.equal(httpRequestLine(line.slice(0, length)), 'unknown', `with ${length} bytes`)
      for (let length = end + 1; length <= line.length; length += 1)
        assert.equal(httpRequestLine(line.slice(0, length)), 'yes')
    })
  }

  for (const line of [
    'GET /a HTTP/1.1 200 12ms\n',
    'GET /a HTTP/1.1 200 12ms\r\n',
    'GET /a HTTP/1.1\n',
    'GET /a HTTP/2.0\r\n',
    'GET /a HTTP/1.12\r\n',
    'GET /a b HTTP/1.1\r\n',
    'GET  /a HTTP/1.1\r\n',
    'GET /a\r\n',
    'get /a HTTP/1.1\r\n',
    'GO /a HTTP/1.1\r\n',
    ' GET /a HTTP/1.1\r\n',
    'ERROR: disk full\n',
    'GET\n',
    'ABCDEFGHIJKLMNOPQ /a HTTP/1.1\r\n'
  ]) {
    it(`${JSON.stringify(line)} is a line of a log`, () => {
      assert.equal(httpRequestLine(line), 'no')
    })
  }

  it('a path without an end is a request, a word without an end is a line', () => {
    const long = 'a'.repeat(requestLineBytesMax)
    assert.equal(httpRequestLine(`POST /${long}`.slice(0, requestLineBytesMax)), 'unknown')
    assert.equal(httpRequestLine(`POST /${long}`), 'yes')
    assert.equal(httpRequestLine(`POST http://a/${long}`), 'yes')
    assert.equal(httpRequestLine(`ERROR ${long}`), 'no')
  })
})

describe('answering HTTP on the port for lines', () => {
  it('answers /health and /ready as the HTTP port does', () => {
    assert.match(
      answerStray('GET /health HTTP/1.1\r\nHost: a\r\n', pages),
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"status":"healthy"\}\n$/
    )
    assert.match(
      answerStray('GET /ready HTTP/1.1\r\n', pages),
      /^HTTP\/1\.1 503 [^]*\r\n\r\n\{"status":"starting"\}\n$/
    )
    assert.match(
      answerStray('HEAD /health?a=b HTTP/1.1\r\n', pages),
      /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 21\r\n[^]*\r\n\r\n$/
    )
  })

  it('sends everything else to the HTTP port', () => {
    for (const text of ['POST /health HTTP/1.1\r\n', 'GET / HTTP/1.1\r\n', `POST /${'a'.repeat(9000)}`])
      assert.match(answerStray(text, pages), /^HTTP\/1\.1 421 Misdirected Request\r\n[^]*127\.0\.0\.1:8080/)
  })
})

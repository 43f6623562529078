import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {copyFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {TestContext} from 'node:test'
import {after, test} from 'node:test'
import type {TlsOptions} from 'node:tls'
import {createServer} from 'node:tls'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import type {CertificateAnswer, CertificateRequest} from '../../src/host/network.ts'
import {realNetwork} from '../../src/host/network.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import type {LeafWish} from '../fixtures/certificates.ts'
import {makeAuthority} from '../fixtures/certificates.ts'
import {closedPort, drip, listen, longMs, never, signalAfter, start} from '../fixtures/network-servers.ts'

const processes = realProcesses(realClock(), realRandom())
const network = realNetwork(realClock(), processes)
const folder = mkdtempSync(join(tmpdir(), 'logcaster-certificate-'))
const authority = makeAuthority(mkdtempSync(join(folder, 'ours-')), 'Our Authority')
const stranger = makeAuthority(mkdtempSync(join(folder, 'theirs-')), 'Their Authority')
const dayMs = 86_400_000
// Certificates know no fractions of a second.
const nowMs = Math.floor(Date.now() / 1000) * 1000
const wish: LeafWish = {
  subject: '/CN=web.test',
  names: ['DNS:web.test'],
  validFromMs: nowMs - 10 * dayMs,
  validToMs: nowMs + 20 * dayMs
}

after(() => {
  rmSync(folder, {recursive: true})
})

async function listenTls(t: TestContext, options: TlsOptions): Promise<number> {
  const server = createServer(options)
  server.on('tlsClientError', () => undefined)
  return start(t, server)
}

function showing(port: number, more: Partial<CertificateRequest> = {}): CertificateRequest {
  return {host: '127.0.0.1', port, name: 'web.test', connectMs: longMs, signal: never(), ...more}
}

test('certificate: a good one is good in all its parts, and is asked for by its name', async (t) => {
  const names: string[] = []
  const SNICallback: TlsOptions['SNICallback'] = (name, give) => {
    names.push(name)
    give(null)
  }
  const port = await listenTls(t, {...authority.issue(wish), SNICallback})
  assert.deepEqual(await network.certificate(showing(port, {caFile: authority.file})), {
    status: 'answered',
    subject: 'web.test',
    issuer: 'Our Authority',
    validFromMs: wish.validFromMs,
    validToMs: wish.validToMs,
    chainProblem: '',
    nameProblem: ''
  })
  assert.deepEqual(names, ['web.test'])
})

test('certificate: an expired one is still read, and its chain says so', async (t) => {
  const expired = {...wish, validToMs: nowMs - dayMs}
  const answer = answered(await show(t, expired))
  assert.equal(answer.validToMs, expired.validToMs)
  assert.equal(answer.chainProblem, 'CERT_HAS_EXPIRED')
  assert.equal(answer.nameProblem, '')
})

test('certificate: one that is not valid yet is told', async (t) => {
  const answer = answered(await show(t, {...wish, validFromMs: nowMs + dayMs}))
  assert.equal(answer.validFromMs, nowMs + dayMs)
  assert.equal(answer.chainProblem, 'CERT_NOT_YET_VALID')
})

test('certificate: a wrong name is a matter of its own, and the chain stays good', async (t) => {
  const answer = answered(await show(t, {...wish, names: ['DNS:mail.test']}))
  assert.equal(answer.chainProblem, '')
  assert.match(answer.nameProblem, /web\.test.*DNS:mail\.test/)
})

test('certificate: an unknown authority is a matter of its own, and the name stays good', async (t) => {
  const port = await listenTls(t, stranger.issue(wish))
  for (const trusting of [{caFile: authority.file}, {}]) {
    const answer = answered(await network.certificate(showing(port, trusting)))
    assert.equal(answer.chainProblem, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    assert.equal(answer.nameProblem, '')
    assert.equal(answer.issuer, 'Their Authority')
  }
})

test('certificate: an address is verified as an address', async (t) => {
  const byAddress = {...wish, names: ['IP:127.0.0.1']}
  const port = await listenTls(t, authority.issue(byAddress))
  const right = answered(await network.certificate(showing(port, {name: '127.0.0.1', caFile: authority.file})))
  assert.equal(right.nameProblem, '')
  const wrong = answered(await network.certificate(showing(port, {name: '127.0.0.2', caFile: authority.file})))
  assert.match(wrong.nameProblem, /127\.0\.0\.2/)
})

test('certificate: without a common name the whole subject is told, with several the last', async (t) => {
  assert.equal(answered(await show(t, {...wish, subject: '/O=Nobody'})).subject, 'O=Nobody')
  assert.equal(answered(await show(t, {...wish, subject: '/CN=general/CN=special'})).subject, 'special')
})

test('certificate: the authorities of this machine are trusted beside those of Node', async (t) => {
  const port = await listenTls(t, authority.issue(wish))
  const once = join(import.meta.dirname, '../fixtures/network-once.ts')
  const ran = await processes.run([process.execPath, once, 'certificate', String(port), '30000'], {
    deadlineMs: longMs,
    env: {SSL_CERT_FILE: authority.file}
  })
  assert.equal(answered(JSON.parse(ran.stdout.text) as CertificateAnswer).chainProblem, '')
})

test('certificate: a peer that speaks no TLS is told from one that cannot be reached', async (t) => {
  const port = await listen(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))
  const answer = await network.certificate(showing(port))
  assert.deepEqual(answer, {status: 'no-tls', reason: 'ERR_SSL_WRONG_VERSION_NUMBER'})
  const closed = await network.certificate(showing(await closedPort(t)))
  assert.deepEqual(closed, {status: 'unreachable', reason: 'ECONNREFUSED'})
  const unknown = await network.certificate(showing(port, {host: '-x'}))
  assert.deepEqual(unknown, {status: 'unresolved', reason: 'not a host name'})
})

test('certificate: a peer that closes or resets instead of shaking hands speaks no TLS', async (t) => {
  const closing = await network.certificate(showing(await listen(t, (socket) => socket.end())))
  assert.deepEqual(closing, {status: 'no-tls', reason: 'ECONNRESET'})
  const resetting = await listen(t, (socket) => socket.once('data', () => socket.resetAndDestroy()))
  assert.deepEqual(await network.certificate(showing(resetting)), {status: 'no-tls', reason: 'ECONNRESET'})
})

test('certificate: a peer that says nothing, or drips, is silent when the time is up', async (t) => {
  const silent = await listen(t, () => undefined)
  const answer = await network.certificate(showing(silent, {signal: signalAfter(100)}))
  assert.deepEqual(answer, {status: 'silent', reason: 'no handshake'})
  // The start of a record of a handshake that never gets complete.
  const dripping = await listen(t, (socket) => drip(socket, `\u0016\u0003\u0003\u0010${'\u0001'.repeat(5000)}`))
  const dripped = await network.certificate(showing(dripping, {signal: signalAfter(400)}))
  assert.equal(dripped.status, 'silent')
})

test('certificate: a FIFO or a huge file in place of authorities is refused at once, and holds nobody', async (t) => {
  const port = await listenTls(t, authority.issue(wish))
  const fifo = join(folder, 'fifo.pem')
  execFileSync('mkfifo', [fifo])
  const huge = join(folder, 'huge.pem')
  writeFileSync(huge, '\n'.repeat(2 << 20))
  for (const [caFile, reason] of [
    [fifo, 'not a file'],
    [huge, 'too big']
  ] as const) {
    await assert.rejects(network.certificate(showing(port, {caFile})), (error) => {
      assert.ok(error instanceof Fault)
      assert.deepEqual([error.code, error.values], ['file-unreadable', {path: caFile, reason}])
      return true
    })
  }
})

test('certificate: authorities are read once for all questions', async (t) => {
  const port = await listenTls(t, authority.issue(wish))
  const caFile = join(folder, 'once.pem')
  copyFileSync(authority.file, caFile)
  const asking = realNetwork(realClock(), processes)
  assert.equal(answered(await asking.certificate(showing(port, {caFile}))).chainProblem, '')
  rmSync(caFile)
  assert.equal(answered(await asking.certificate(showing(port, {caFile}))).chainProblem, '')
  await assert.rejects(realNetwork(realClock(), processes).certificate(showing(port, {caFile})))
})

test('certificate: a file of authorities that is missing or holds none is a fault of the operator', async (t) => {
  const port = await listenTls(t, authority.issue(wish))
  const garbage = join(folder, 'garbage.pem')
  writeFileSync(garbage, 'not a certificate')
  for (const caFile of [garbage, join(folder, 'absent.pem')]) {
    await assert.rejects(
      network.certificate(showing(port, {caFile})),
      (error) =>
        error instanceof Fault && error.code === 'file-unreadable' && JSON.stringify(error.values).includes(caFile)
    )
  }
})

async function show(t: TestContext, leaf: LeafWish): Promise<CertificateAnswer> {
  return network.certificate(showing(await listenTls(t, authority.issue(leaf)), {caFile: authority.file}))
}

function answered(answer: CertificateAnswer): CertificateAnswer & {status: 'answered'} {
  assert.ok(answer.status === 'answered', JSON.stringify(answer))
  return answer
}

import assert from 'node:assert/strict'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {createServer} from 'node:tls'
import {certExpiry, judgeCertificate} from '../../src/checks/cert-expiry.ts'
import type {Verdict} from '../../src/checks/check.ts'
import {realClock} from '../../src/host/clock.ts'
import {realNetwork, type CertificateAnswer} from '../../src/host/network.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {makeAuthority, type Authority} from '../fixtures/certificates.ts'
import {closedPort, listen, start} from '../fixtures/network-servers.ts'
import {simHost} from '../sim/host.ts'
import {contextOf, dayMs, inTime, loadedWith, verdictOf} from './context.ts'

const nowMs = Date.parse('2026-11-20T09:15:00Z')
const at = {host: 'web.test', port: 443}
const endpoint = 'web.test:443'

function certificate(
  days: number,
  flaws: Partial<Extract<CertificateAnswer, {status: 'answered'}>> = {}
): CertificateAnswer {
  return {
    status: 'answered',
    subject: 'web.test',
    issuer: 'An Authority',
    validFromMs: nowMs - dayMs,
    validToMs: nowMs + days * dayMs,
    chainProblem: '',
    nameProblem: '',
    ...flaws
  }
}

type Case = readonly [what: string, answer: CertificateAnswer, status: string, code: string, values: object]

const expiry = (days: number): object => ({subject: 'web.test', leftMs: days * dayMs, expiresMs: nowMs + days * dayMs})

const cases: readonly Case[] = [
  ['with three weeks left', certificate(21), 'ok', 'certificate', expiry(21)],
  ['with less than that', certificate(20), 'warning', 'certificate', expiry(20)],
  ['with less than a week left', certificate(6), 'critical', 'certificate', expiry(6)],
  ['that has just expired', certificate(0), 'critical', 'certificate-expired', {subject: 'web.test', agoMs: 0}],
  [
    'that has expired, which is also not trusted for that',
    certificate(-2, {chainProblem: 'CERT_HAS_EXPIRED', nameProblem: 'x'}),
    'critical',
    'certificate-expired',
    {subject: 'web.test', agoMs: 2 * dayMs}
  ],
  [
    'that is not valid yet',
    certificate(90, {validFromMs: nowMs + 1, chainProblem: 'CERT_NOT_YET_VALID'}),
    'critical',
    'certificate-not-yet-valid',
    {subject: 'web.test', startsMs: nowMs + 1}
  ],
  [
    'that nobody vouches for',
    certificate(90, {chainProblem: 'DEPTH_ZERO_SELF_SIGNED_CERT', nameProblem: 'x'}),
    'critical',
    'certificate-untrusted',
    {subject: 'web.test', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT'}
  ],
  [
    'for another name',
    certificate(90, {nameProblem: 'not in the list'}),
    'critical',
    'certificate-wrong-name',
    {name: 'web.test', reason: 'not in the list'}
  ]
]

for (const [what, answer, status, code, values] of cases) {
  test(`S-14: a certificate ${what} is ${status}`, async () => {
    const limits = (await loadedWith()).config.checks['cert.expiry']
    const reading = judgeCertificate(at, answer, {name: 'web.test', nowMs, limits})
    assert.deepEqual([reading.status, reading.finding], [status, {code, values: {endpoint, ...values}}])
  })
}

test('S-14: an endpoint that shows no certificate, for whatever reason, is critical', async () => {
  const limits = (await loadedWith()).config.checks['cert.expiry']
  for (const status of ['unresolved', 'unreachable', 'silent', 'no-tls'] as const) {
    const judged = judgeCertificate({host: '::1', port: 443}, {status, reason: 'why'}, {name: 'x', nowMs, limits})
    assert.equal(judged.status, 'critical')
    const values = {endpoint: '[::1]:443', reason: 'why'}
    assert.deepEqual(judged.finding, {code: 'certificate-unreachable', values})
  }
})

interface Wish {
  readonly shown: Readonly<Record<string, CertificateAnswer | 'hangs'>>
  readonly set?: readonly string[]
}

async function read({shown, set = []}: Wish): Promise<Verdict> {
  const host = simHost({seed: 1, nowMs})
  for (const [address, script] of Object.entries(shown)) host.network.present(address, script)
  const endpoints = `checks.cert.expiry.endpoints=${Object.keys(shown).join(',')}`
  return verdictOf(certExpiry, host, {set: [endpoints, ...set]})
}

function told(verdict: Verdict): string[] {
  return [verdict.finding, ...(verdict.evidence ?? [])].map((one) => (one.values as {endpoint: string}).endpoint)
}

test('S-14: of several endpoints the one with the most urgent problem speaks, in days', async () => {
  const shown = {
    'a:1': certificate(300),
    'b:2': certificate(5),
    'c:3': certificate(15),
    'd:4': certificate(90, {nameProblem: 'x'}),
    'e:5': certificate(-1),
    'f:6': {status: 'unreachable', reason: 'ECONNREFUSED'}
  } as const
  const verdict = await read({shown})
  assert.deepEqual(told(verdict), ['f:6', 'e:5', 'b:2', 'd:4', 'c:3', 'a:1'])
  assert.deepEqual(
    [verdict.status, verdict.value, verdict.threshold],
    ['critical', undefined, {warning: '21d:', critical: '7d:'}]
  )
  const next = await read({shown: Object.fromEntries(Object.entries(shown).filter(([address]) => address !== 'f:6'))})
  assert.deepEqual([next.value, next.unit, told(next)[0]], [-1, 'days', 'e:5'])
})

test('S-14: an endpoint that never shakes hands is critical, and does not hide what the others show', async () => {
  const host = simHost({seed: 1, nowMs})
  host.network.present('a:1', 'hangs')
  host.network.present('b:2', certificate(1))
  const context = await contextOf(host, {set: ['checks.cert.expiry.endpoints=a:1,b:2']})
  const verdict = await inTime(host.clock, certExpiry.read(context))
  assert.deepEqual([verdict.status, told(verdict)], ['critical', ['a:1', 'b:2']])
  assert.ok(host.clock.elapsed() < context.config.checks.deadline)
  assert.equal(host.clock.waiting, 0)
})

test('S-14: the name that is asked for is the host, but where another is set; so is whom to trust', async () => {
  const host = simHost({seed: 1, nowMs})
  host.network.present('10.0.0.7:443', certificate(90))
  const endpoints = 'checks.cert.expiry.endpoints=10.0.0.7:443'
  await verdictOf(certExpiry, host, {set: [endpoints]})
  const set = [endpoints, 'checks.cert.expiry.name=web.test', 'checks.cert.expiry.ca_file=/etc/own.pem']
  await verdictOf(certExpiry, host, {set})
  assert.deepEqual(
    host.network.certificateRequests.map(({name, caFile}) => [name, caFile]),
    [
      ['10.0.0.7', undefined],
      ['web.test', '/etc/own.pem']
    ]
  )
})

test('S-14: without an endpoint there is nothing to check, and that is said', async () => {
  const verdict = await verdictOf(certExpiry, simHost({seed: 1}))
  assert.deepEqual([verdict.status, verdict.finding.values], ['skipped', {setting: 'checks.cert.expiry.endpoints'}])
})

/** A real TLS server, asked by the real network at the real time: the chain is judged by that, too. */
async function readReal(port: number, set: readonly string[]): Promise<Verdict> {
  const clock = realClock()
  const network = realNetwork(clock, realProcesses(clock, realRandom()))
  const endpoints = `checks.cert.expiry.endpoints=127.0.0.1:${port}`
  return certExpiry.read(await contextOf({...simHost({seed: 1}), clock, network}, {set: [endpoints, ...set]}))
}

function authority(t: TestContext): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-expiry-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  return makeAuthority(folder, 'An Authority')
}

test('S-14: a real server shows its certificate: days left, trusted, for the name that was asked for', async (t) => {
  const by = authority(t)
  const validity = {validFromMs: Date.now() - dayMs, validToMs: Date.now() + 15.5 * dayMs}
  const port = await start(t, createServer(by.issue({subject: '/CN=web.test', names: ['DNS:web.test'], ...validity})))
  const trust = [`checks.cert.expiry.ca_file=${by.file}`]
  const good = await readReal(port, [...trust, 'checks.cert.expiry.name=web.test'])
  assert.deepEqual([good.status, good.value, good.finding.code], ['warning', 15, 'certificate'])
  const wrongName = await readReal(port, [...trust, 'checks.cert.expiry.name=other.test'])
  assert.deepEqual([wrongName.status, wrongName.finding.code], ['critical', 'certificate-wrong-name'])
  const untrusted = await readReal(port, ['checks.cert.expiry.name=web.test'])
  assert.deepEqual([untrusted.status, untrusted.finding.code], ['critical', 'certificate-untrusted'])
})

test('S-14: a real server that is down, or does not speak TLS, is critical', async (t) => {
  const down = await readReal(await closedPort(t), [])
  const plain = await readReal(await listen(t, (socket) => socket.end('220 mail.test\r\n')), [])
  for (const verdict of [down, plain]) {
    assert.deepEqual([verdict.status, verdict.finding.code], ['critical', 'certificate-unreachable'])
  }
})

test('a file of authorities that cannot be read is told by its path, and nothing is judged without it', async (t) => {
  const file = join(tmpdir(), 'logcaster-no-such-authority.pem')
  const verdict = await readReal(await closedPort(t), [`checks.cert.expiry.ca_file=${file}`])
  assert.equal(verdict.status, 'unknown')
  assert.deepEqual(verdict.finding, {code: 'not-readable', values: {path: file, reason: 'ENOENT'}})
})

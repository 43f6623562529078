import {writeAddress, type Address} from '../base/address.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import {deadlineAfter} from '../host/clock.ts'
import type {Host} from '../host/host.ts'
import type {CertificateAnswer, CertificateRequest} from '../host/network.ts'
import {judge, skipped, unknown, type Check, type CheckContext, type Limits} from './check.ts'
import {verdictOfParts, type Part} from './parts.ts'

const connectMs = 5000
/** For all of it: an endpoint that never shakes hands must be told before the deadline of the check hides the others. */
const answerMs = 7000

/** Days left, trust and name of each certificate; the one with the most urgent problem speaks for all. */
export const certExpiry: Check = {
  id: 'cert.expiry',
  async read(context) {
    const settings = context.config.checks['cert.expiry']
    const {ca_file: caFile} = settings
    try {
      const verdict = verdictOfParts(await readAll(context), 'days', settings)
      return verdict ?? skipped(finding('not-configured', {setting: 'checks.cert.expiry.endpoints'}))
    } catch (cause) {
      // Everything else that can go wrong is an answer.
      if (caFile === null || !(cause instanceof Fault)) throw cause
      return unknown(finding('not-readable', {path: caFile, reason: reasonOf(cause)}))
    }
  }
}

function readAll({host, config, signal}: CheckContext): Promise<readonly Part[]> {
  const {endpoints, ca_file: caFile, ...settings} = config.checks['cert.expiry']
  const nowMs = host.clock.now()
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const name = settings.name ?? endpoint.host
      const request = {...endpoint, name, connectMs, signal, ...(caFile === null ? {} : {caFile})}
      return judgeCertificate(endpoint, await ask(host, request), {name, nowMs, limits: settings})
    })
  )
}

async function ask(host: Pick<Host, 'clock' | 'network'>, request: CertificateRequest): Promise<CertificateAnswer> {
  const {signal, cancel} = deadlineAfter(host.clock, answerMs, request.signal)
  try {
    return await host.network.certificate({...request, signal})
  } finally {
    cancel()
  }
}

interface Judging {
  readonly name: string
  readonly nowMs: number
  readonly limits: Limits
}

/** Expiry before trust: an expired certificate is also untrusted, and renewing is what mends both. */
export function judgeCertificate(at: Address, answer: CertificateAnswer, {name, nowMs, limits}: Judging): Part {
  const endpoint = writeAddress(at)
  if (answer.status !== 'answered') {
    const said = finding('certificate-unreachable', {endpoint, reason: answer.reason})
    return {status: 'critical', finding: said, value: null, order: Number.NEGATIVE_INFINITY}
  }
  const {subject, validFromMs, validToMs, chainProblem, nameProblem} = answer
  const leftMs = validToMs - nowMs
  const reading = {value: Math.floor(leftMs / 86_400_000), order: leftMs}
  const critical = (said: Finding): Part => ({status: 'critical', finding: said, ...reading})
  if (leftMs <= 0) return critical(finding('certificate-expired', {endpoint, subject, agoMs: nowMs - validToMs}))
  if (validFromMs > nowMs) {
    return critical(finding('certificate-not-yet-valid', {endpoint, subject, startsMs: validFromMs}))
  }
  if (chainProblem !== '') {
    return critical(finding('certificate-untrusted', {endpoint, subject, reason: chainProblem}))
  }
  if (nameProblem !== '') return critical(finding('certificate-wrong-name', {endpoint, name, reason: nameProblem}))
  const said = finding('certificate', {endpoint, subject, leftMs, expiresMs: validToMs})
  return {status: judge(leftMs, limits), finding: said, ...reading}
}

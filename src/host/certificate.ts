import {X509Certificate} from 'node:crypto'
import {isIP} from 'node:net'
import type {Socket} from 'node:net'
import {checkServerIdentity, connect, createSecureContext, getCACertificates} from 'node:tls'
import type {Certificate, ConnectionOptions, SecureContext, TLSSocket} from 'node:tls'
import {assert} from '../base/assert.ts'
import {Fault, reasonOf} from '../base/fault.ts'
import {realDisk} from './disk.ts'
import {readWhole} from './files.ts'
import type {CertificateAnswer, CertificateRequest} from './network.ts'

/** Shakes hands over a connected socket to see the certificate, whatever is wrong with it, and sends nothing after that. */
export async function readCertificate(
  socket: Socket,
  trusted: SecureContext,
  {name, signal}: Pick<CertificateRequest, 'name' | 'signal'>
): Promise<CertificateAnswer> {
  const options: ConnectionOptions = {
    socket,
    secureContext: trusted,
    rejectUnauthorized: false,
    // Chain and name are judged apart: Node gives one word for both.
    checkServerIdentity: () => undefined
  }
  // An address is no name that can be asked for: the protocol forbids it.
  const secure = connect(isIP(name) === 0 ? {...options, servername: name} : options)
  try {
    const handshake = await shakeHands(secure, signal)
    return handshake === 'done' ? describe(secure, name) : handshake
  } finally {
    secure.destroy()
    socket.destroy()
  }
}

function shakeHands(secure: TLSSocket, signal: AbortSignal): Promise<'done' | CertificateAnswer> {
  return new Promise((resolve) => {
    const giveUp = (): void => {
      resolve({status: 'silent', reason: 'no handshake'})
    }
    secure.once('secureConnect', () => {
      resolve('done')
    })
    // Stays for what may still go wrong after the answer.
    secure.on('error', (error) => {
      resolve({status: 'no-tls', reason: reasonOf(error)})
    })
    secure.once('close', () => {
      signal.removeEventListener('abort', giveUp)
    })
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
  })
}

function describe(secure: TLSSocket, name: string): CertificateAnswer {
  const shown = secure.getPeerX509Certificate()
  assert(shown !== undefined, 'with our ciphers no handshake ends without a certificate')
  const legacy = shown.toLegacyObject()
  return {
    status: 'answered',
    subject: commonName(legacy.subject, shown.subject),
    issuer: commonName(legacy.issuer, shown.issuer),
    validFromMs: shown.validFromDate.getTime(),
    validToMs: shown.validToDate.getTime(),
    chainProblem: secure.authorized ? '' : String(secure.authorizationError),
    nameProblem: checkServerIdentity(name, legacy)?.message ?? ''
  }
}

/** The last common name, which is the most specific one; a certificate without any is told by all that it says. */
function commonName(subject: Partial<Certificate>, whole: string): string {
  return [subject.CN ?? []].flat().at(-1) ?? whole.replaceAll('\n', ', ')
}

/**
 * What certificates are judged by: the authorities in the file, else those of Node and of this machine together. All of
 * these take so long to be read that nothing else goes on meanwhile: each is made once and kept for the next question.
 */
export type TrustIn = (caFile: string | undefined) => Promise<SecureContext>

export function trustKeeper(): TrustIn {
  const kept = new Map<string | undefined, Promise<SecureContext>>()
  return (caFile) => {
    const trusted = kept.get(caFile) ?? trustIn(caFile)
    kept.set(caFile, trusted)
    return trusted
  }
}

async function trustIn(caFile: string | undefined): Promise<SecureContext> {
  if (caFile !== undefined) return createSecureContext({ca: await readAuthorities(caFile)})
  return createSecureContext({ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]})
}

// Several times what all public authorities together take.
const authoritiesBytesMax = 1 << 20

async function readAuthorities(path: string): Promise<string> {
  const bytes = await readWhole(realDisk(), path, authoritiesBytesMax)
  if (bytes === undefined) throw new Fault('file-unreadable', {path, reason: 'ENOENT'})
  const text = Buffer.from(bytes).toString('latin1')
  try {
    // A file without a readable certificate would be taken without a word, and then nobody is trusted.
    new X509Certificate(text)
    return text
  } catch (cause) {
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  }
}

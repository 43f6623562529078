import type {Pinged} from '../../src/host/ping.ts'
import type {Answer, CertificateAnswer, CertificateRequest, Exchange, Network} from '../../src/host/network.ts'

export type ExchangeScript = Answer | ((exchange: Exchange) => Answer | Promise<Answer>) | 'hangs'
export type CertificateScript = CertificateAnswer | ((request: CertificateRequest) => CertificateAnswer) | 'hangs'

/** Nobody listens anywhere but where a test has put an answer. */
export class SimNetwork implements Network {
  readonly exchanges: Exchange[] = []
  readonly certificateRequests: CertificateRequest[] = []
  /** Web addresses that were called, in order. */
  readonly pings: string[] = []
  /** What the next calls of web addresses come to. */
  pinged: Pinged | 'hangs' = {status: 'taken'}
  readonly #answers = new Map<string, ExchangeScript>()
  readonly #certificates = new Map<string, CertificateScript>()

  /** The address is `host:port`. */
  answer(address: string, script: ExchangeScript): void {
    this.#answers.set(address, script)
  }

  present(address: string, script: CertificateScript): void {
    this.#certificates.set(address, script)
  }

  async ping(url: string, signal: AbortSignal): Promise<Pinged> {
    this.pings.push(url)
    if (this.pinged !== 'hangs') return this.pinged
    await aborted(signal)
    return {status: 'refused', reason: 'ETIMEDOUT'}
  }

  async exchange(request: Exchange): Promise<Answer> {
    this.exchanges.push(request)
    const script = this.#answers.get(addressOf(request)) ?? refused
    if (script === 'hangs') {
      await aborted(request.signal)
      return {status: 'silent', text: ''}
    }
    return typeof script === 'function' ? script(request) : script
  }

  async certificate(request: CertificateRequest): Promise<CertificateAnswer> {
    this.certificateRequests.push(request)
    const script = this.#certificates.get(addressOf(request)) ?? refused
    if (script === 'hangs') {
      await aborted(request.signal)
      return {status: 'silent', reason: 'deadline'}
    }
    return typeof script === 'function' ? script(request) : script
  }
}

/** The peer sent this and stays connected. */
export function answered(text: string, connectedMs = 1): Answer {
  return {status: 'answered', text, connectedMs, closedByPeer: false}
}

const refused = {status: 'unreachable', reason: 'ECONNREFUSED'} as const

function addressOf({host, port}: {readonly host: string; readonly port: number}): string {
  return `${host}:${port}`
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      {once: true}
    )
  })
}

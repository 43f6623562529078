import {writeAddress, type Address} from '../base/address.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {Config} from '../config/schema.ts'
import type {Call, Said} from '../server/client.ts'
import {skipped, type CheckContext, type Verdict} from './check.ts'

/** What the checks of the server's ports have in common: where to call, and what an answer means. */
type PortName = 'log_port' | 'query_port' | 'http_port'

interface Peer {
  readonly address: Address
  readonly protocol: string
}

export interface MetPeer extends Peer {
  readonly connectedMs: number
}

export function addressOf(config: Config, name: PortName): Address | undefined {
  const {host} = config.server
  const port = config.server[name]
  return host === null || port === null ? undefined : {host, port}
}

export function notConfigured(context: CheckContext, name: PortName): Verdict {
  const setting = context.config.server.host === null ? 'server.host' : `server.${name}`
  return skipped(finding('not-configured', {setting}))
}

export function callOf({host, config, signal}: CheckContext): Call {
  return {network: host.network, clock: host.clock, connectMs: config.checks.port.connect, signal}
}

export function verdictOf<Meaning>(
  said: Said<Meaning>,
  peer: Peer,
  good: (meaning: Meaning, met: MetPeer) => Verdict
): Verdict {
  if (said.status === 'understood') return good(said.meaning, {...peer, connectedMs: said.connectedMs})
  return {status: 'critical', value: said.status, finding: badFinding(said, peer)}
}

function badFinding(said: Exclude<Said<unknown>, {status: 'understood'}>, peer: Peer): Finding {
  const address = writeAddress(peer.address)
  const {protocol} = peer
  switch (said.status) {
    case 'not-understood':
      return finding('port-wrong-protocol', {address, protocol, got: said.got})
    case 'silent':
      return finding('port-silent', {address, protocol})
    case 'unresolved':
      return finding('port-unresolved', {host: peer.address.host, reason: said.reason})
    case 'unreachable':
      return finding('port-unreachable', {address, reason: said.reason})
  }
}

/** `degraded` still serves; anything else that is not `healthy` does not. */
export function isHealthy(health: {status: string; connections: number | null}, met: MetPeer): Verdict {
  const evidence = health.connections === null ? [] : [finding('server-connections', {connections: health.connections})]
  if (health.status === 'healthy' || health.status === 'ok') return {...answers(met), evidence}
  return {
    status: health.status === 'degraded' ? 'warning' : 'critical',
    value: health.status,
    finding: finding('port-unhealthy', {address: writeAddress(met.address), state: health.status}),
    evidence
  }
}

export function answers({address, protocol, connectedMs}: MetPeer): Verdict {
  const said = finding('port-answers', {address: writeAddress(address), protocol, connectedMs})
  return {status: 'ok', value: 'answers', finding: said}
}

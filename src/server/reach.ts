import {isIP} from 'node:net'
import {Fault} from '../base/fault.ts'
import type {ServerSettings} from '../config/server-settings.ts'

/** Who can reach a server that listens as these settings say. */

export function addressesOf(listen: ServerSettings['listen']): readonly string[] {
  return listen === null || listen === 'localhost' ? ['127.0.0.1', '::1'] : [listen]
}

/** There are no tokens and no TLS yet: whoever reaches the ports can read and write. */
export function refuseExposed({listen, insecure}: Pick<ServerSettings, 'listen' | 'insecure'>): void {
  if (listen === null || insecure || isLoopback(listen)) return
  throw isIP(listen) === 0 ? new Fault('server-no-address', {listen}) : new Fault('server-exposed', {listen})
}

function isLoopback(address: string): boolean {
  if (isIP(address) === 4) return address.startsWith('127.')
  return address === '::1' || address === 'localhost'
}

export function refuseUnheard(ports: Pick<ServerSettings, 'log_port' | 'query_port' | 'http_port'>): void {
  const {log_port: log, query_port: query, http_port: http} = ports
  if (log === null && query === null && http === null) throw new Fault('server-no-ports', {})
  const chosen = [log, query, http].filter((port) => port !== null && port !== 0)
  const [twice] = chosen.filter((port, index) => chosen.indexOf(port) !== index)
  if (typeof twice === 'number') throw new Fault('server-ports-same', {port: twice})
}

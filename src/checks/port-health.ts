import {askHealth} from '../server/client.ts'
import type {Check} from './check.ts'
import {addressOf, callOf, isHealthy, notConfigured, verdictOf} from './ports.ts'

/** What the server says of itself over HTTP. */
export const portHealth: Check = {
  id: 'port.health',
  parents: ['service.state'],
  async read(context) {
    const address = addressOf(context.config, 'http_port')
    if (address === undefined) return notConfigured(context, 'http_port')
    return verdictOf(await askHealth(address, callOf(context)), {address, protocol: 'HTTP /health'}, isHealthy)
  }
}

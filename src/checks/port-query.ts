import {finding} from '../base/findings.ts'
import {askCounters} from '../server/client.ts'
import type {Check} from './check.ts'
import {addressOf, answers, callOf, notConfigured, verdictOf} from './ports.ts'

/** Does the port that answers queries answer one. */
export const portQuery: Check = {
  id: 'port.query',
  parents: ['service.state'],
  async read(context) {
    const address = addressOf(context.config, 'query_port')
    if (address === undefined) return notConfigured(context, 'query_port')
    return verdictOf(await askCounters(address, callOf(context)), {address, protocol: 'STATS'}, (counters, peer) => ({
      ...answers(peer),
      evidence: [finding('server-counters', counters)]
    }))
  }
}

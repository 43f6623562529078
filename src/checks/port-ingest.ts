import {writeAddress} from '../base/address.ts'
import {finding} from '../base/findings.ts'
import {askHealth, knock} from '../server/client.ts'
import type {Check, CheckContext, Verdict} from './check.ts'
import {addressOf, callOf, isHealthy, notConfigured, verdictOf, type MetPeer} from './ports.ts'

/** The port that takes lines: our own server answers for its health there, any other is only connected to. */
export const portIngest: Check = {
  id: 'port.ingest',
  parents: ['service.state'],
  async read(context) {
    const address = addressOf(context.config, 'log_port')
    if (address === undefined) return notConfigured(context, 'log_port')
    const call = callOf(context)
    // Four lines of HTTP in a foreign server would be four records that nobody wrote, so first ask who it is.
    if (!(await isOurServer(context))) return verdictOf(await knock(address, call), {address, protocol: 'TCP'}, isOpen)
    return verdictOf(await askHealth(address, call), {address, protocol: '/health'}, isHealthy)
  }
}

async function isOurServer(context: CheckContext): Promise<boolean> {
  const address = addressOf(context.config, 'http_port')
  if (address === undefined) return false
  const said = await askHealth(address, callOf(context))
  return said.status === 'understood' && said.meaning.isOurs
}

function isOpen(_meaning: null, {address, connectedMs}: MetPeer): Verdict {
  return {status: 'ok', value: 'open', finding: finding('port-open', {address: writeAddress(address), connectedMs})}
}

import type {LookupFunction} from 'node:net'
import {isIP} from 'node:net'
import {reasonOf} from '../base/fault.ts'
import {deadlineAfter, type Clock} from './clock.ts'
import type {Processes} from './processes.ts'
import {resolveName, stopWord} from './resolve.ts'

export type Pinged = {readonly status: 'taken'} | {readonly status: 'refused'; readonly reason: string}

/** Long enough for a slow day of a monitoring service; the verdict is waiting to be printed. */
const pingMs = 5000

/**
 * Calls a web address and wants no more than to know that it was heard. Such addresses are secrets, so no reason ever
 * repeats them, and redirects, which could carry them elsewhere, are not followed.
 */
export async function ping(
  url: string,
  ways: {clock: Clock; processes: Processes; signal: AbortSignal}
): Promise<Pinged> {
  const target = URL.parse(url)
  if (target === null || !['http:', 'https:'].includes(target.protocol)) return refused('not an http or https address')
  const deadline = deadlineAfter(ways.clock, pingMs, ways.signal)
  try {
    const name = target.hostname.replace(/^\[|\]$/g, '')
    const resolved = await resolveName(ways.processes, name, deadline.signal)
    if (resolved.status === 'unresolved') return refused(`name not resolved: ${resolved.reason}`)
    const statusCode = await get(target, resolved.addresses, deadline.signal)
    return statusCode >= 200 && statusCode < 300 ? {status: 'taken'} : refused(`HTTP ${statusCode}`)
  } catch (cause) {
    return refused(deadline.signal.aborted ? stopWord(deadline.signal) : reasonOf(cause))
  } finally {
    deadline.cancel()
  }
}

function refused(reason: string): Pinged {
  return {status: 'refused', reason}
}

async function get(target: URL, addresses: readonly string[], signal: AbortSignal): Promise<number> {
  const {request} = target.protocol === 'https:' ? await import('node:https') : await import('node:http')
  // The addresses are known already: Node's own look-up would hold a thread for as long as a resolver is silent.
  const lookup: LookupFunction = (_name, _options, done) => {
    done(
      null,
      addresses.map((address) => ({address, family: isIP(address)}))
    )
  }
  return new Promise((resolve, reject) => {
    const asking = request(target, {lookup, signal, agent: false, headers: {'user-agent': 'logcaster'}}, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    asking.on('error', reject).end()
  })
}

import {connect, type Socket} from 'node:net'
import type {Address} from '../base/address.ts'
import {reasonOf} from '../base/fault.ts'
import {deadlineAfter} from '../host/clock.ts'
import type {Host} from '../host/host.ts'
import {resolveName, stopWord} from '../host/resolve.ts'

export type DialHost = Pick<Host, 'clock' | 'processes'>

// For each address of the host.
const connectMs = 5000

/** A connection to the first address of the host that takes one, or every reason why there is none. */
export async function dial(host: DialHost, {host: name, port}: Address, signal: AbortSignal): Promise<Socket | string> {
  const resolved = await resolveName(host.processes, name, signal)
  if (resolved.status === 'unresolved') return resolved.reason
  const reasons = new Set<string>()
  for (const address of resolved.addresses) {
    const limit = deadlineAfter(host.clock, connectMs, signal)
    const dialled = await dialAddress({host: address, port}, limit.signal)
    limit.cancel()
    if (typeof dialled !== 'string') return dialled
    reasons.add(dialled)
  }
  return [...reasons].join(', ')
}

function dialAddress(address: Address, signal: AbortSignal): Promise<Socket | string> {
  const socket = connect({...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: quietMs})
  return new Promise((resolve) => {
    const giveUp = (): void => {
      socket.destroy()
      resolve(stopWord(signal))
    }
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp)
      resolve(socket)
    })
    // Stays: a connection can break at any time, and without a listener that would take us down.
    socket.on('error', (error) => {
      resolve(reasonOf(error))
    })
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
  })
}

// A server whose machine is gone says nothing: it is asked after so long a silence.
const quietMs = 15_000

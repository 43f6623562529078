import type {Resolver} from 'node:dns/promises'
import {isIP} from 'node:net'
import {reasonOf} from '../base/fault.ts'
import type {Processes, RunEnd} from './processes.ts'

/** Addresses in the order in which they are to be tried. */
export type Resolved =
  | {readonly status: 'resolved'; readonly addresses: readonly string[]}
  | {readonly status: 'unresolved'; readonly reason: string}

/**
 * From a name to addresses, the way the machine itself does it (`/etc/hosts`, `nsswitch.conf`), but never inside our own
 * process: Node's `lookup` holds one of four threads for as long as a dead resolver is silent, and the process cannot
 * end before that thread comes back. A program that asks can be ended.
 */
export async function resolveName(processes: Processes, name: string, signal: AbortSignal): Promise<Resolved> {
  if (isIP(name) !== 0) return {status: 'resolved', addresses: [name]}
  if (name.toLowerCase() === 'localhost') return {status: 'resolved', addresses: ['127.0.0.1', '::1']}
  if (!isHostName(name)) return {status: 'unresolved', reason: 'not a host name'}
  const ran = await processes.run(['getent', 'ahosts', name], {deadlineMs: answerMs, graceMs: 0, signal})
  if (ran.end.how === 'missing') {
    const {Resolver} = await import('node:dns/promises')
    return askDns(new Resolver({timeout: dnsMs, tries: 1}), name, signal)
  }
  const addresses = addressesIn(ran.stdout.text)
  if (addresses.length > 0) return {status: 'resolved', addresses}
  return {status: 'unresolved', reason: whyNot(ran.end)}
}

// Twice what the C library takes by default to give up one silent server.
const answerMs = 10_000
const dnsMs = 5000

// A name with more addresses than this is served by many machines; we ask about one.
const addressesMax = 8

/** Also keeps a name from being taken for an option of the program that gets it. */
function isHostName(name: string): boolean {
  return name.length <= 253 && /^[A-Za-z0-9._][A-Za-z0-9._-]*$/.test(name)
}

/** Lines of `getent ahosts`, an address first in each; every address comes once for each type of socket. */
export function addressesIn(text: string): string[] {
  const words = [...text.matchAll(/^\S+/gm)].map(([word]) => word)
  return [...new Set(words.filter((word) => isIP(word) !== 0))].slice(0, addressesMax)
}

function whyNot(end: Exclude<RunEnd, {how: 'missing'}>): string {
  switch (end.how) {
    case 'exited':
      // 2 is what getent says for a name without an address, and also for a resolver that refused to answer.
      return end.code === 2 || end.code === 0 ? 'ENOTFOUND' : `getent: exit code ${end.code}`
    case 'deadline':
      return 'ETIMEDOUT'
    case 'refused':
      return `getent: ${end.reason}`
    case 'signalled':
      return `getent: ${end.signal}`
    case 'aborted':
      return 'aborted'
  }
}

/** Where there is no getent: asks the name servers alone, without threads; knows nothing of `/etc/hosts`. */
export async function askDns(resolver: Resolver, name: string, signal: AbortSignal): Promise<Resolved> {
  const cancel = (): void => {
    resolver.cancel()
  }
  const asking = Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  const asked = await asking
  signal.removeEventListener('abort', cancel)
  const addresses: string[] = []
  const reasons = new Set<string>()
  for (const answer of asked) {
    if (answer.status === 'fulfilled') addresses.push(...answer.value)
    else reasons.add(reasonOf(answer.reason))
  }
  if (addresses.length > 0) return {status: 'resolved', addresses: addresses.slice(0, addressesMax)}
  return {status: 'unresolved', reason: signal.aborted ? stopWord(signal) : [...reasons].join(', ')}
}

/** Our own word beside those of the kernel, for an attempt that was given up. */
export function stopWord(signal: AbortSignal): string {
  return signal.reason === 'deadline' ? 'ETIMEDOUT' : 'aborted'
}

import {isIP} from 'node:net'

/**
 * Whether a request means this server by a name that is ours. A web page from elsewhere can make its own name lead to
 * this machine and then read our answers; what it cannot do is make the browser send another name than its own. Only a
 * name can be turned like that: an address always means what it says.
 */
export function isOurHost(header: string | undefined, names: readonly string[]): boolean {
  // HTTP/1.0 has none; every browser sends one.
  if (header === undefined) return true
  const host = header.replace(/:\d{1,5}$/, '').toLowerCase()
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return true
  return host === 'localhost' || host.endsWith('.localhost') || names.some((name) => name.toLowerCase() === host)
}

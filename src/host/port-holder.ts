import {readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {createServer} from 'node:net'
import {basename} from 'node:path'
import {reasonOf} from '../base/fault.ts'

/**
 * Which program holds a TCP port of this machine, as `rsyslogd (4711)`. Undefined when nobody does, or when it belongs
 * to another user: only root sees into all processes. The folder is `/proc`; another one is for tests.
 */
export function holderOf(port: number, folder = '/proc'): string | undefined {
  const inodes = inodesAt(port, folder)
  if (inodes.size === 0) return undefined
  const pid = pidsIn(folder).find((candidate) => holdsOne(`${folder}/${candidate}/fd`, inodes))
  return pid === undefined ? undefined : `${nameOf(pid, folder)} (${pid})`
}

/** Whether a server could listen there now. An address that this machine does not have is nobody's. */
export function isPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (cause) => {
      resolve(reasonOf(cause) !== 'EADDRINUSE')
    })
    probe.listen({port, host: address, ipv6Only: true}, () => {
      probe.close(() => {
        resolve(true)
      })
    })
  })
}

/** Of the sockets that listen there; where none does, of those that have it as their own end of a connection. */
function inodesAt(port: number, folder: string): ReadonlySet<string> {
  const texts = ['tcp', 'tcp6'].map((name) => readOr(() => readFileSync(`${folder}/net/${name}`, 'latin1'), ''))
  const here = texts.flatMap((text) => text.split('\n').flatMap(readSocket)).filter((socket) => socket.port === port)
  const listening = here.filter((socket) => socket.isListening)
  return new Set((listening.length > 0 ? listening : here).map((socket) => socket.inode))
}

interface BoundSocket {
  readonly port: number
  readonly isListening: boolean
  readonly inode: string
}

const listenState = '0A'

/** `   0: 0100007F:270F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 …` */
function readSocket(line: string): BoundSocket[] {
  const [, local = '', , state = '', , , , , , inode = '0'] = line.trim().split(/\s+/)
  const port = /^[0-9A-F]+:([0-9A-F]{4})$/.exec(local)?.[1]
  // Without an inode it is a connection that only the kernel still winds up.
  if (port === undefined || inode === '0') return []
  return [{port: Number.parseInt(port, 16), isListening: state === listenState, inode}]
}

/** The oldest first: a server hands its sockets on to the processes that it starts. */
function pidsIn(folder: string): number[] {
  const names = readOr(() => readdirSync(folder), [])
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((one, other) => one - other)
}

function holdsOne(folder: string, inodes: ReadonlySet<string>): boolean {
  return readOr(() => readdirSync(folder), []).some((name) => {
    const target = readOr(() => readlinkSync(`${folder}/${name}`), '')
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    return inode !== undefined && inodes.has(inode)
  })
}

function nameOf(pid: number, folder: string): string {
  const words = readOr(() => readFileSync(`${folder}/${pid}/cmdline`, 'utf8'), '').split('\0')
  const program = basename(words[0] ?? '')
  // Of what Node runs the script says more than the name of its thread or of Node.
  const script = program === 'node' ? words.slice(1).find((word) => word !== '' && !word.startsWith('-')) : undefined
  const name = script === undefined ? program : basename(script).replace(/\.[cm]?[jt]s$/, '')
  return name || readOr(() => readFileSync(`${folder}/${pid}/comm`, 'utf8'), '').trim() || 'process'
}

/** A process may end while it is looked at, and those of others are closed to us: either way it tells nothing. */
function readOr<Found>(read: () => Found, otherwise: Found): Found {
  try {
    return read()
  } catch {
    return otherwise
  }
}

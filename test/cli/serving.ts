import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {connect, createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {setTimeout as delay} from 'node:timers/promises'
import {times} from '../sim/random.ts'
import type {Given, Place, Ran, Started} from './run.ts'

export interface Ports {
  readonly log: number
  readonly query: number
  readonly http: number
}

/** A server that answers on all its ports. */
export interface Served {
  readonly started: Started
  readonly pid: number
  /** 0 for one that is off. */
  readonly ports: Ports
  /** What it has told so far. */
  notices(): readonly Notice[]
  /** Waits until it has told this, once more than it had when it was last waited for. */
  told(code: string): Promise<Notice>
  end(signal: NodeJS.Signals): Promise<Ran>
}

export interface Notice {
  readonly timestamp: string
  readonly level: string
  readonly service: string
  readonly code: string
  readonly message: string
  readonly values: Readonly<Record<string, unknown>>
}

/** Any free ports, but for those that the flags name in whole. */
export async function serve(at: Place, argv: readonly string[] = [], given: Given = {}): Promise<Served> {
  const file = join(at.folder, `ports-${process.hrtime.bigint()}`)
  const any = ['--log-port', '--query-port', '--http-port'].filter((flag) => !argv.includes(flag))
  const ports = any.flatMap((flag) => [flag, '0'])
  const started = at.start(['server', ...ports, '--port-file', file, ...argv], given)
  let said = ''
  started.child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await until(() => {
    const {exitCode, signalCode} = started.child
    if (exitCode !== null || signalCode !== null) throw new Error(`the server did not start: ${said}`)
    return Promise.resolve(existsSync(file))
  })
  const found = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<keyof Ports | 'irc', number | null>>
  const notices = (): readonly Notice[] => {
    const lines = said.split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as Notice)
  }
  const awaited = new Map<string, number>()
  return {
    started,
    pid: started.child.pid ?? 0,
    ports: {log: found.log ?? 0, query: found.query ?? 0, http: found.http ?? 0},
    notices,
    told: async (code) => {
      const seen = awaited.get(code) ?? 0
      const ofIt = (): readonly Notice[] => notices().filter((notice) => notice.code === code)
      await until(() => Promise.resolve(ofIt().length > seen)).catch((cause: unknown) => {
        throw new Error(`${code} was not told: ${said}`, {cause})
      })
      awaited.set(code, seen + 1)
      return ofIt()[seen] as Notice
    },
    end: async (signal) => {
      started.child.kill(signal)
      return started.ended
    }
  }
}

/** Of a busy machine: each of these takes a fraction of a second. */
const looksMax = times(1500)
const lookMs = 20

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await isSo()); looks += 1) {
    if (looks === looksMax) throw new Error('it never came to it')
    await delay(lookMs)
  }
}

/** A connection may break when its server is killed: that is for the test to see, and not to fall over. */
export async function connected(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({port, host})
  await once(socket, 'connect')
  return socket.on('error', () => undefined)
}

/** Sends it, and waits until the other end has read all of it and closes. */
export async function deliver(port: number, lines: string): Promise<void> {
  await ask(port, lines)
}

/** Says something and ends; what is answered until the other end does so, too. */
export async function ask(port: number, said: string): Promise<string> {
  const socket = await connected(port)
  socket.end(said)
  return text(socket)
}

/** The numbers of STATS by their names. */
export async function statsOf({ports}: Pick<Served, 'ports'>): Promise<Readonly<Record<string, number>>> {
  const answer = await ask(ports.query, 'STATS\n')
  return Object.fromEntries([...answer.matchAll(/(\w+)=(\d+)/g)].map(([, name = '', value]) => [name, Number(value)]))
}

/** Ports that nobody holds just now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({length: count}, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as {readonly port: number}).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

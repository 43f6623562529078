import {spawn} from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {cpuSeconds, freePort, isTaking} from './process.ts'
import type {Rival} from './rivals.ts'

/** A log server that lines are sent to, and how to know that it has them where they are to be. */
export interface Contender {
  readonly name: string
  start(): Promise<Contending>
}

export interface Contending {
  readonly port: number
  readonly pid: number
  /** Seconds since 1970 at which all of it was there. */
  done(sent: Sent): Promise<number>
  end(): Promise<void>
}

/** What the load generator says of itself. */
export interface Sent {
  readonly begun_s: number
  readonly ended_s: number
  readonly connected_s: number
  readonly lines: number
  readonly bytes: number
  readonly p50_ms?: number
  readonly p99_ms?: number
}

export interface Result {
  readonly linesPerSecond: number
  readonly cpuPerMillion: number
  readonly sent: Sent
}

export interface Load {
  readonly program: string
  readonly corpus: string
}

export interface Extent {
  readonly mode: 'blast' | 'line' | 'acked'
  readonly connections: number
  readonly lines: number
}

const doneMsMax = 120_000

/** One server, one load: lines a second from the first byte sent until all of it is where it is to be. */
export async function measure(contender: Contender, load: Load, extent: Extent): Promise<Result> {
  const server = await contender.start()
  try {
    const before = cpuSeconds(server.pid)
    const {mode, connections, lines} = extent
    const sent = (await generate(load, [mode, server.port, connections, lines])) as Sent
    const doneS = await server.done(sent)
    const cpu = cpuSeconds(server.pid) - before
    return {linesPerSecond: lines / (doneS - sent.begun_s), cpuPerMillion: (cpu / lines) * 1e6, sent}
  } finally {
    await server.end()
  }
}

type LoadWords = readonly [mode: string, port: number, connections: number, lines: number, ...rest: (string | number)[]]

export async function generate({program, corpus}: Load, words: LoadWords): Promise<unknown> {
  const [mode, port, ...rest] = words
  const child = spawn(program, [mode, port, corpus, ...rest].map(String), {stdio: ['ignore', 'pipe', 'inherit']})
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`load ${words.join(' ')} ended with ${String(code)}`)
  return JSON.parse(text)
}

/** What is in memory is there when the connections are closed. */
export function sink(program: string): Contender {
  return {
    name: 'C sink',
    async start() {
      const port = await freePort()
      const child = spawn(program, [String(port)], {stdio: 'ignore'})
      await isTaking(port, child)
      return {
        port,
        pid: child.pid ?? 0,
        done: (sent) => Promise.resolve(sent.ended_s),
        end: () => stop(child)
      }
    }
  }
}

/** Our own server; with a data directory, what is sent is there when nothing waits for the disk any more. */
export function ours(logcaster: string, name: string, argv: readonly string[]): Contender {
  return {
    name,
    async start() {
      const server = await startOurs(logcaster, argv)
      return {
        port: server.ports.log,
        pid: server.pid,
        async done(sent) {
          if (!argv.includes('--data-dir')) return sent.ended_s
          const untilMs = Date.now() + doneMsMax
          while ((await queued(server.ports.http)) > 0) {
            if (Date.now() > untilMs) throw new Error(`${name} never committed all of it`)
            await delay(1)
          }
          return Date.now() / 1000
        },
        end: () => server.end()
      }
    }
  }
}

export interface OurServer {
  readonly ports: {readonly log: number; readonly query: number; readonly http: number}
  readonly pid: number
  end(): Promise<void>
}

export async function startOurs(logcaster: string, argv: readonly string[]): Promise<OurServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logcaster-ports-'))
  const portFile = path.join(folder, 'ports.json')
  const any = ['--log-port', '0', '--query-port', '0', '--http-port', '0', '--port-file', portFile]
  const child = spawn(logcaster, ['server', ...any, ...argv], {stdio: 'ignore'})
  const untilMs = Date.now() + doneMsMax
  while (!fs.existsSync(portFile)) {
    if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`server ${argv.join(' ')} did not start`)
    await delay(5)
  }
  const ports = JSON.parse(fs.readFileSync(portFile, 'utf8')) as OurServer['ports']
  fs.rmSync(folder, {recursive: true})
  return {ports, pid: child.pid ?? 0, end: () => stop(child)}
}

async function queued(httpPort: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/health`)
  const {queue} = (await answer.json()) as {queue: {bytes: number}}
  return queue.bytes
}

/** There when its file has as many bytes as were sent. */
export function against(rival: Rival, folder: string): Contender {
  return {
    name: rival.name,
    async start() {
      const port = await freePort()
      const running = await rival.start(folder, port)
      return {
        port,
        pid: running.pid,
        async done(sent) {
          const untilMs = Date.now() + doneMsMax
          while ((fs.statSync(running.file, {throwIfNoEntry: false})?.size ?? 0) < sent.bytes) {
            if (Date.now() > untilMs) throw new Error(`${rival.name} never wrote all of it`)
            await delay(2)
          }
          return Date.now() / 1000
        },
        end: () => running.end()
      }
    }
  }
}

async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve()
    })
  })
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}

import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as delay} from 'node:timers/promises'
import {median, type Goal} from '../measure.ts'
import {generate, startOurs, type OurServer, type Sent} from './contenders.ts'
import {residentBytes} from './process.ts'
import {less, type Bench} from './server.ts'

// More than one process may have open at once on many machines; the benchmark in small takes fewer.
const connectionsMax = 10_000

/** What a connection costs that is there and says little, and how long a crowd waits for its first answer. */
export async function ofConnections({logcaster, load, lines}: Bench): Promise<Goal[]> {
  const count = Math.min(connectionsMax, lines / 100)
  const server = await startOurs(logcaster, ['--ring-lines', String(2 * connectionsMax)])
  try {
    const greeted = (await generate(load, ['greet', server.ports.log, count, count, 0, 'none'])) as Sent
    const before = {bytes: residentBytes(server.pid), taken: await taken(server)}
    const idle = spawn(load.program, ['idle', server.ports.log, load.corpus, count, count].map(String), {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    await once(idle.stdout, 'data')
    while ((await taken(server)) < before.taken + count) await delay(20)
    const bytes = residentBytes(server.pid) - before.bytes
    idle.stdin.end()
    await once(idle, 'close')
    return [
      less(`${count} connections: memory each`, bytes / count / 1024, {unit: 'KiB', must: 10, aim: 7}),
      less(`${count} connections: connect → first answer p99`, (greeted.p99_ms ?? Number.NaN) / 1000, {
        unit: 's',
        must: 0.5,
        aim: 0.2
      })
    ]
  } finally {
    await server.end()
  }
}

async function taken({ports}: OurServer): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${ports.http}/health`)
  return ((await answer.json()) as {logs_processed: number}).logs_processed
}

const ratePerSecond = 10_000

/**
 * From the send of a line to its acknowledgement, at ten thousand lines a second: at `none` it says that the line can be
 * queried, at `commit` that it is on the disk. The way back is part of it, so the figures are upper bounds.
 */
export async function ofLatency({logcaster, folder, load, lines, rounds}: Bench): Promise<Goal[]> {
  const count = Math.min(lines / 10, 5 * ratePerSecond)
  const paced = async (level: 'none' | 'commit', argv: readonly string[]): Promise<Sent[]> => {
    const results: Sent[] = []
    for (let round = 0; round < rounds; round += 1) {
      const server = await startOurs(logcaster, argv)
      results.push((await generate(load, ['paced', server.ports.log, 10, count, ratePerSecond, level])) as Sent)
      await server.end()
    }
    return results
  }
  const memory = await paced('none', [])
  const disk = await paced('commit', ['--data-dir', `${folder}/latency`, '--min-free', '1MiB'])
  const p50 = (sent: readonly Sent[]): number => median(sent.map(({p50_ms}) => p50_ms ?? Number.NaN))
  return [
    less('send → queryable p50', p50(memory), {unit: 'ms', must: 0.2, aim: 0.05}),
    less('send → durable p50', p50(disk), {unit: 'ms', must: 5, aim: 1}),
    less('send → durable p99', median(disk.map(({p99_ms}) => p99_ms ?? Number.NaN)), {unit: 'ms', must: 30, aim: 10})
  ]
}

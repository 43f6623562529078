import {spawn, spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {median, type Goal} from '../measure.ts'
import {generate, startOurs} from './contenders.ts'
import {residentBytes} from './process.ts'
import {less, more, type Bench} from './server.ts'

/** How fast a whole log is read and verified, beyond the start of a command. */
export async function ofRecovery({logcaster, rounds}: Bench, directory: string): Promise<Goal[]> {
  const timed = (argv: readonly string[]): number => {
    const begunMs = performance.now()
    const {status} = spawnSync(logcaster, argv, {stdio: 'ignore'})
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${String(status)}`)
    return performance.now() - begunMs
  }
  const verify = ['server', 'wal', 'verify', '--data-dir', directory]
  const list = ['server', 'wal', 'ls', '--data-dir', directory]
  const beyond = Array.from({length: rounds + 1}, () => timed(verify) - timed(list)).slice(1)
  const folder = path.join(directory, 'wal')
  const bytes = fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0)
  const value = bytes / 1e9 / (median(beyond) / 1000)
  return await Promise.resolve([more('scan of a log, with checksums', value, {unit: 'GB/s', must: 1, aim: 2})])
}

const queueBytes = 32 << 20
const stallMs = 3000

/**
 * A disk that stops answering while senders go on: what waits for it lies in the ring, which had its memory before, so
 * that hardly more is needed. `fsfreeze` stops a real file system, which takes root and a loop device.
 */
export async function ofStall(bench: Bench): Promise<Goal[]> {
  const mount = mountSmall(bench.folder)
  if (mount === undefined) return []
  try {
    const goals: Goal[] = []
    for (const connections of [8, 1000]) {
      const grownBytes = await stalled(bench, {folder: mount, connections})
      const name = `stalled disk, ${connections} connections: memory beyond ring and queue`
      goals.push(less(name, grownBytes / 2 ** 20, {unit: 'MiB', must: 16, aim: 4}))
    }
    return goals
  } finally {
    spawnSync('umount', [mount])
  }
}

interface Stall {
  readonly folder: string
  readonly connections: number
}

/** By how much the server has grown at the end of a stall, against how it was at full speed. */
async function stalled({logcaster, load, lines}: Bench, {folder, connections}: Stall): Promise<number> {
  const directory = path.join(folder, `data-${connections}`)
  const argv = ['--data-dir', directory, '--durability', 'commit', '--retain-bytes', '128MiB', '--min-free', '1MiB']
  const server = await startOurs(logcaster, [...argv, '--queue-bytes', String(queueBytes)])
  try {
    // Every page of the memory that it has for itself has been touched once it has gone around.
    await generate(load, ['blast', server.ports.log, 8, Math.min(lines, 3_000_000)])
    await generate(load, ['blast', server.ports.log, connections, connections * 10])
    const before = residentBytes(server.pid)
    spawnSync('fsfreeze', ['--freeze', folder])
    const senders = spawn(load.program, ['blast', server.ports.log, load.corpus, connections, lines].map(String), {
      stdio: 'ignore'
    })
    const senderEnded = new Promise((resolve) => senders.on('close', resolve))
    await delay(stallMs)
    const after = residentBytes(server.pid)
    spawnSync('fsfreeze', ['--unfreeze', folder])
    await senderEnded
    return after - before
  } finally {
    spawnSync('fsfreeze', ['--unfreeze', folder])
    await server.end()
  }
}

/** Undefined where it cannot be done. */
function mountSmall(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  const image = path.join(folder, 'disk.img')
  const mount = path.join(folder, 'disk')
  fs.mkdirSync(mount)
  fs.writeFileSync(image, '')
  fs.truncateSync(image, 512 << 20)
  const steps = [
    ['mkfs.ext4', '-q', '-F', image],
    ['mount', '-o', 'loop', image, mount]
  ]
  const isMounted = steps.every(([program = '', ...args]) => spawnSync(program, args, {stdio: 'ignore'}).status === 0)
  return isMounted ? mount : undefined
}

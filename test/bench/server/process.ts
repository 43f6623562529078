import type {ChildProcess} from 'node:child_process'
import fs from 'node:fs'
import {connect, createServer} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'

const startMsMax = 20_000

/** Until the port takes connections. */
export async function isTaking(port: number, child: ChildProcess): Promise<void> {
  const untilMs = performance.now() + startMsMax
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`)
    if (performance.now() > untilMs) throw new Error(`${child.spawnfile} takes no connections`)
    await delay(20)
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({host: '127.0.0.1', port})
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => {
      resolve(false)
    })
  })
}

/** One that nobody uses now, for programs that cannot say which one they took. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen({host: '127.0.0.1', port: 0}, () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

/** Seconds of processor time that a process has taken, with all its threads and children that ended. */
export function cpuSeconds(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime and stime, in hundredths.
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Bytes resident now. */
export function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN)
}

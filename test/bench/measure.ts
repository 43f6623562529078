import {spawn, spawnSync} from 'node:child_process'
import fs from 'node:fs'

/** A program that is measured, and how its result is compared. */
export interface Case {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
  /** Codes that count as a good run: a benchmark of a program that fails says nothing. */
  readonly exitCodes: readonly number[]
  /** Beside that of all cases. */
  readonly env?: NodeJS.ProcessEnv
  /** Makes the world in which it has something to do; not measured. */
  readonly prepare?: () => void
}

export interface Extent {
  /** How often each is measured. */
  readonly rounds: number
  /** In the journal that is listed. */
  readonly runs: number
  /** Sent to each log server in a round. */
  readonly lines: number
}

export interface Goal {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly must: number
  readonly aim: number | null
  /** The more, the better; else the less. */
  readonly isMoreBetter?: true
}

export interface Row {
  readonly name: string
  readonly medianMs: number
  readonly ratio: number
}

/** Runs the cases in turn, round by round, so that a slow moment of the machine hits all of them alike. The first is the baseline. */
export function interleaved(cases: readonly Case[], rounds: number, env: NodeJS.ProcessEnv): Row[] {
  const times = cases.map((): number[] => [])
  // One round is not counted: it warms the page cache and fills the cache of compiled code.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [at, one] of cases.entries()) {
      const [program, ...args] = one.argv
      one.prepare?.()
      const begunMs = performance.now()
      const ran = spawnSync(program, args, {env: {...env, ...one.env}, stdio: ['ignore', 'ignore', 'pipe']})
      const tookMs = performance.now() - begunMs
      if (!one.exitCodes.includes(ran.status ?? -1)) {
        throw new Error(`${one.name} ended with ${String(ran.status)}: ${String(ran.stderr)}`)
      }
      if (round > 0) times[at]?.push(tookMs)
    }
  }
  const medians = times.map(median)
  const base = medians[0] ?? Number.NaN
  return cases.map(({name}, at) => {
    const medianMs = medians[at] ?? Number.NaN
    return {name, medianMs, ratio: medianMs / base}
  })
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export interface Footprint {
  readonly wallMs: number
  readonly peakBytes: number
  readonly stdout: string
}

/** Wall time and the largest resident set, which the kernel keeps as a high-water mark until the process ends. */
export function footprint(one: Case, env: NodeJS.ProcessEnv): Promise<Footprint> {
  const [program, ...args] = one.argv
  return new Promise((resolve, reject) => {
    const begunMs = performance.now()
    const child = spawn(program, args, {env, stdio: ['ignore', 'pipe', 'ignore']})
    let peakBytes = 0
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    const look = setInterval(() => {
      peakBytes = Math.max(peakBytes, highWater(child.pid))
    }, 5)
    child.on('close', (code) => {
      clearInterval(look)
      if (one.exitCodes.includes(code ?? -1)) resolve({wallMs: performance.now() - begunMs, peakBytes, stdout})
      else reject(new Error(`${one.name} ended with ${String(code)}`))
    })
    child.on('error', reject)
  })
}

function highWater(pid: number | undefined): number {
  try {
    const status = fs.readFileSync(`/proc/${String(pid)}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    // Ended between two looks: the last reading stays.
    return 0
  }
}

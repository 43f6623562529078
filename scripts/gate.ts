import {spawn} from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** One thing that must be right: a program that ends with 0. */
export interface Gate {
  readonly name: string
  readonly argv: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Looks at what the program said: how much it saw, and whether that was nothing at all. */
  inspect?(output: string): Inspection
}

export interface Inspection {
  readonly isGood: boolean
  readonly says: string
}

/** Runs a gate and prints one line about it; what the program printed only when the gate has failed. */
export async function pass(gate: Gate): Promise<boolean> {
  const startedMs = performance.now()
  const {output, ended} = await run(gate)
  const inspection = gate.inspect?.(output)
  const isGood = ended === success && inspection?.isGood !== false
  const elapsed = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`

  if (!isGood && output !== '') process.stdout.write(`${output.trimEnd()}\n`)
  const verdict = isGood ? 'ok    ' : 'FAILED'
  const words = [
    verdict,
    gate.name.padEnd(8),
    elapsed.padStart(8),
    inspection?.says ?? '',
    ended === success ? '' : `(${ended})`
  ]
  process.stdout.write(`${words.join('  ').trimEnd()}\n`)
  return isGood
}

const success = 'exit code 0'

interface Ended {
  readonly output: string
  readonly ended: string
}

/**
 * The output goes to a file, not through a pipe: a process that a test has left behind would hold a pipe open, and the
 * gate would wait for it for ever.
 */
async function run(gate: Gate): Promise<Ended> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logcaster-gate-'))
  const file = path.join(folder, 'output')
  const descriptor = fs.openSync(file, 'w')
  try {
    const ended = await runInto(descriptor, gate)
    return {output: fs.readFileSync(file, 'utf8'), ended}
  } finally {
    fs.closeSync(descriptor)
    fs.rmSync(folder, {recursive: true})
  }
}

/** After its deadline a program gets this long to say what it was doing; more only delays the answer. */
const graceMs = 5000

function runInto(descriptor: number, gate: Gate): Promise<string> {
  const [program = '', ...args] = gate.argv
  const {promise, resolve} = Promise.withResolvers<string>()
  const child = spawn(program, args, {
    // In a group of its own: the runner of tests starts processes too, and all of them must go at the deadline.
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
    env: {...process.env, ...gate.environment}
  })
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // The group has ended by itself in the meantime.
    }
  }
  const deadline = setTimeout(() => {
    resolve(`stopped after ${gate.timeoutMs / 1000} s`)
    child.kill('SIGTERM')
  }, gate.timeoutMs)
  const lastDeadline = setTimeout(() => {
    signal('SIGKILL')
  }, gate.timeoutMs + graceMs)
  const interrupt = (): void => {
    signal('SIGKILL')
    process.exit(130)
  }
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)

  const exited = Promise.withResolvers<undefined>()
  child.once('error', (error) => {
    resolve(error.message)
    exited.resolve(undefined)
  })
  child.once('exit', (code, signalName) => {
    resolve(signalName ?? `exit code ${code ?? 'unknown'}`)
    exited.resolve(undefined)
  })
  return exited.promise.then(() => {
    clearTimeout(deadline)
    clearTimeout(lastDeadline)
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    return promise
  })
}

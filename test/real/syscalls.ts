import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import type {Place} from '../cli/run.ts'

/** Chosen system calls of a real process fail, or kill it, and all of a kind are listed: by strace. */

/** Why that cannot be done here. */
export function straceObstacle(): string | false {
  const {status} = spawnSync('strace', ['--seccomp-bpf', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', 'true'])
  return status === 0 ? false : 'needs strace, and the right to trace what it starts'
}

/**
 * The place, with everything that is started there traced into a file. Calls are counted by each thread for itself:
 * `fdatasync:error=EIO:when=5` meets the fifth of a thread of the pool. Process and signals stay as they are without it.
 */
export function traced(at: Place, file: string, inject: string): Place {
  const calls = 'trace=openat,close,write,pwrite64,pwritev,fsync,fdatasync'
  // With the filter of the kernel, which is much faster, no signal is ever injected.
  const filter = inject.includes('signal=') ? [] : ['--seccomp-bpf']
  const options = ['-f', '-D', ...filter, '-qq', '-y', '-s', '0', '-e', 'signal=none']
  const under = ['strace', ...options, '-o', file, '-e', calls, '-e', `inject=${inject}`]
  const start: Place['start'] = (argv, given = {}) => at.start(argv, {...given, under})
  return {...at, start, run: (argv, given) => start(argv, given).ended}
}

export interface Call {
  readonly name: string
  readonly descriptor: number
  readonly path: string
  /** Lines of the trace. */
  readonly begun: number
  readonly ended: number
  readonly error: string | undefined
}

/** Of those that have a descriptor, each with its end: what was cut off by the end of the process is left out. */
export function callsIn(file: string): readonly Call[] {
  const open = new Map<string, Pick<Call, 'name' | 'descriptor' | 'path' | 'begun'>>()
  const calls: Call[] = []
  for (const [index, line] of readFileSync(file, 'latin1').split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const [, name, descriptor, path] = /^(\w+)\((\d+)<([^>]*)>/.exec(rest) ?? []
    if (name !== undefined && path !== undefined)
      open.set(thread, {name, descriptor: Number(descriptor), path, begun: index})
    const call = open.get(thread)
    if (call === undefined || rest.endsWith('<unfinished ...>')) continue
    open.delete(thread)
    calls.push({...call, ended: index, error: / = -1 (E\w+) /.exec(rest)?.[1]})
  }
  return calls
}

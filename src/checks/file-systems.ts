import type {Config} from '../config/schema.ts'
import type {Host} from '../host/host.ts'

/** The file system under a path, or why it is not known. */
export type FileSystem =
  | {readonly status: 'known'; readonly path: string; readonly space: Space}
  | {readonly status: 'missing' | 'silent'; readonly path: string}
  | {readonly status: 'no-program'; readonly path: string; readonly program: string}
  | {readonly status: 'failed'; readonly path: string; readonly reason: string}

export interface Space {
  /** Which file system it is: the same for every path on it. */
  readonly id: string
  readonly totalBytes: number
  readonly usedBytes: number
  readonly availableBytes: number
  readonly inodes: number
  readonly inodesFree: number
}

/** A dead network mount is told within this time, well before the deadline of the checks that would stumble on it. */
const probeMs = 3000

/**
 * Asks about file systems in a child process each: a call into a dead mount cannot be cancelled, and one made by
 * ourselves would hold a thread, and with it our own exit, for ever. Each path is asked about once a run.
 */
export class FileSystems {
  readonly #host: Pick<Host, 'processes'>
  readonly #signal: AbortSignal
  readonly #asked = new Map<string, Promise<FileSystem>>()

  constructor(host: Pick<Host, 'processes'>, signal: AbortSignal) {
    this.#host = host
    this.#signal = signal
  }

  of(path: string): Promise<FileSystem> {
    const asked = this.#asked.get(path) ?? this.#ask(path)
    this.#asked.set(path, asked)
    return asked
  }

  /** The nearest folder above that is there: where a file at the path would be written. */
  async nearest(path: string): Promise<FileSystem> {
    const found = await this.of(path)
    if (found.status !== 'missing' || path === '/') return found
    return this.nearest(path.slice(0, Math.max(1, path.lastIndexOf('/'))))
  }

  async #ask(path: string): Promise<FileSystem> {
    const program = 'stat'
    const argv = [program, '-L', '-f', '-c', '%i %S %b %f %a %c %d', '--', path] as const
    const ran = await this.#host.processes.run([...argv], {deadlineMs: probeMs, graceMs: 100, signal: this.#signal})
    if (ran.end.how === 'missing') return {status: 'no-program', path, program}
    if (ran.end.how === 'deadline' || ran.end.how === 'aborted') return {status: 'silent', path}
    if (ran.end.how === 'exited' && ran.end.code === 0) {
      const space = parseSpace(ran.stdout.text)
      if (space !== undefined) return {status: 'known', path, space}
    }
    if (/No such file|Not a directory/.test(ran.stderr.text)) return {status: 'missing', path}
    const said = ran.stderr.text.trim()
    return {status: 'failed', path, reason: said === '' ? `stat: ${ran.end.how}` : said}
  }
}

export {probeMs as fileSystemProbeMs}

function parseSpace(text: string): Space | undefined {
  const [id = '', ...words] = text.trim().split(' ')
  const numbers = words.map(Number)
  const [block, total, free, available, inodes, inodesFree] = numbers
  if (numbers.length !== 6 || numbers.some((value) => !Number.isFinite(value))) return undefined
  if (block === undefined || total === undefined || free === undefined) return undefined
  if (available === undefined || inodes === undefined || inodesFree === undefined) return undefined
  return {
    // Some file systems have no id of their own; then their size has to do.
    id: `${id}:${total}`,
    totalBytes: total * block,
    usedBytes: (total - free) * block,
    availableBytes: available * block,
    inodes,
    inodesFree
  }
}

/** A path that the operator's service depends on, and the setting that names it. */
export interface WatchedPath {
  readonly path: string
  readonly setting: string
  /** The operator named it: then it must be there. */
  readonly isRequired: boolean
  /** The service writes there. A configuration may well be read-only, and so may the root of a container. */
  readonly isWritten: boolean
}

/** Whatever the configuration names, and the root: nothing else is ever looked at. */
export function watchedPaths(config: Config, isSet: (setting: string) => boolean): readonly WatchedPath[] {
  const named = (['data', 'config', 'logs'] as const).map((key) => ({
    path: config.paths[key],
    setting: `paths.${key}`,
    isRequired: isSet(`paths.${key}`),
    isWritten: key !== 'config' && isSet(`paths.${key}`)
  }))
  const extra = config.checks['disk.space'].paths.map((path) => ({
    path,
    setting: 'checks.disk.space.paths',
    isRequired: true,
    isWritten: false
  }))
  return [{path: '/', setting: '/', isRequired: true, isWritten: false}, ...named, ...extra]
}

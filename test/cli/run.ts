import assert from 'node:assert/strict'
import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {times} from '../sim/random.ts'

/**
 * The command as a process of its own, as a shell, a timer or a monitoring agent starts it: from the sources, or with
 * `LOGCASTER_TEST_SHIPPED=1` as it ships. It meets a folder of its own, and no configuration or state of this machine.
 */
export interface Place {
  readonly folder: string
  /** An empty configuration, which every run is given that names no other. */
  readonly config: string
  readonly state: string
  /** Writes a file into the folder, and says where it is. */
  file(name: string, text: string): string
  run(argv: readonly string[], given?: Given): Promise<Ran>
  start(argv: readonly string[], given?: Given): Started
}

/** Whoever is told when the place is needed no more: a test, or a whole file of them. */
export interface Owner {
  after(tidy: () => void): void
}

export interface Given {
  /** Added to a clean environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Put before the command, to run it as or under something. */
  readonly under?: readonly string[]
  /** A terminal of 80 columns is its standard output and error; what it shows comes as `stdout`. */
  readonly tty?: boolean
  /** For a shell, after the command: `2> errors`. */
  readonly redirect?: string
}

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
}

/** The one document of `--json`. */
export interface Document {
  readonly schema: string
  readonly ok: boolean
  readonly exit_code: number
  readonly status: string
  readonly changed: readonly string[]
  readonly checks: readonly CheckFields[]
  readonly warnings: readonly FaultFields[]
  readonly errors: readonly FaultFields[]
  readonly [field: string]: unknown
}

interface CheckFields {
  readonly id: string
  readonly status: string
  readonly code: string
  readonly message: string
  readonly value: number | string | null
}

interface FaultFields {
  readonly code: string
  readonly message: string
  readonly target: string | null
  readonly hint: string | null
}

export const checkout = realpathSync(fileURLToPath(new URL('../..', import.meta.url)))
const isShipped = process.env['LOGCASTER_TEST_SHIPPED'] === '1'
export const isRoot = process.getuid?.() === 0

const sources = [process.execPath, join(checkout, 'src/cli/entry.ts')]
const command: readonly string[] = isShipped ? [join(checkout, 'bin/logcaster')] : sources

/** Far beyond what any run here takes, on a machine whose cores are all taken by other tests. */
const patienceMs = times(45_000)

export function place(t: Owner): Place {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'logcaster-cli-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  // Whoever else a test runs the command as must be able to come in here.
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'home'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, {mode: 0o644})
    return join(folder, name)
  }
  const at = {folder, config: file('empty.yaml', ''), state: join(folder, 'state')}
  const start = (argv: readonly string[], given: Given = {}): Started => launch(at, argv, given)
  return {...at, file, start, run: (argv, given) => start(argv, given).ended}
}

type Folders = Pick<Place, 'folder' | 'config' | 'state'>

function launch(at: Folders, argv: readonly string[], given: Given): Started {
  const [program = '', ...args] = wrapped([...(given.under ?? []), ...command, ...argv], given)
  const child = spawn(program, args, {
    cwd: given.cwd ?? at.folder,
    env: {...cleanEnvironment(at), ...given.env},
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL'
  })
  return {child, ended: endOf(child)}
}

function wrapped(words: readonly string[], given: Given): readonly string[] {
  const line = `exec ${words.map(quoted).join(' ')} ${given.redirect ?? ''}`
  // What asks for its size gets that of the terminal, which `script` cannot know when nobody sits at one.
  if (given.tty === true) return ['script', '-qec', `stty cols 80 rows 24; ${line}`, '/dev/null']
  return given.redirect === undefined ? words : ['/bin/sh', '-c', line]
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function cleanEnvironment({folder, config, state}: Folders): NodeJS.ProcessEnv {
  const home = join(folder, 'home')
  const coverage = process.env['NODE_V8_COVERAGE']
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local/state'),
    // Shared by all runs, so that most of them find the code compiled.
    CACHE_DIRECTORY: join(checkout, 'node_modules/.cache'),
    LOGCASTER_CONFIG: config,
    LOGCASTER_PATHS_STATE: state,
    LC_ALL: 'C',
    TERM: 'xterm',
    TZ: 'UTC',
    // Code from the cache is not counted line by line.
    ...(coverage === undefined ? {} : {NODE_V8_COVERAGE: coverage, NODE_DISABLE_COMPILE_CACHE: '1'})
  }
}

function endOf(child: ChildProcess): Promise<Ran> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({code, signal, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr))})
    })
  })
}

/** The one document on standard output: nothing before it, nothing after it but the end of its line. */
export function documentIn({stdout}: Pick<Ran, 'stdout'>): Document {
  assert.match(stdout, /^\{[^\n]*\}\n$/)
  return JSON.parse(stdout) as Document
}

export function codesOf(faults: readonly {readonly code: string}[]): readonly string[] {
  return faults.map(({code}) => code)
}

/** Why a test cannot be run here, if it cannot: for `{skip}`. */
export function lacking(...programs: readonly string[]): string | false {
  const absent = programs.find((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  return absent === undefined ? false : `needs ${absent}`
}

export function unlessRoot(...programs: readonly string[]): string | false {
  return isRoot ? lacking(...programs) : 'needs root'
}

/** In mounts of its own, which end with it: `script` is for a shell, and `$1`, `$2`, … in it are the given words. */
export function inOwnMounts(script: string, ...words: readonly string[]): readonly string[] {
  return ['unshare', '--mount', '/bin/sh', '-euc', `${script}; shift ${words.length}; exec "$@"`, 'sh', ...words]
}

const nobodyId = 65534
const asNobody = [`--reuid=${nobodyId}`, `--regid=${nobodyId}`, '--clear-groups']

/** To run the command as somebody other than root, or why that cannot be done here. */
export function ordinaryUser(): {readonly id: number; readonly under: readonly string[]} | string {
  if (!isRoot) return {id: process.getuid?.() ?? -1, under: []}
  const missing = lacking('setpriv')
  if (missing !== false) return missing
  const {status} = spawnSync('setpriv', [...asNobody, ...command, '--version'], {env: {PATH: '/usr/bin:/bin'}})
  if (status !== 0) return 'needs a checkout that other users may read'
  return {id: nobodyId, under: ['setpriv', ...asNobody]}
}

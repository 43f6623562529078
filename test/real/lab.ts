import {execFile, spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readFileSync, realpathSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {text} from 'node:stream/consumers'
import type {TestContext} from 'node:test'
import {fileURLToPath} from 'node:url'

/** A real systemd of our own, see `lab.sh`. It sees the checkout read-only, at its usual place, and the node that runs us. */
export interface Lab {
  /** The init of the lab, as seen from out here: whoever signals it stops or ends the whole lab. */
  readonly initPid: number
  /** Its root folder, as seen from out here: files written below it are inside at once. */
  readonly root: string
  /** Runs a program inside, and settles however it ends. */
  exec(argv: readonly [string, ...string[]], options?: ExecOptions): Promise<Executed>
}

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>
}

export interface Executed {
  /** Null when a signal ended it, or our patience did. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const checkout = realpathSync(fileURLToPath(new URL('../..', import.meta.url)))

/**
 * Boots a lab that ends with the test. Undefined, and the test skipped, where there can be none; but once it can be,
 * a lab that does not come up is a failure.
 */
export async function startLab(t: TestContext): Promise<Lab | undefined> {
  const obstacle = labObstacle()
  if (obstacle !== undefined) {
    t.skip(obstacle)
    return undefined
  }
  const directory = mkdtempSync(join(tmpdir(), 'logcaster-lab-'))
  const shared = [checkout, dirname(realpathSync(process.execPath))]
  const keeper = spawn('bash', [fileURLToPath(new URL('lab.sh', import.meta.url)), directory, ...shared], {
    stdio: ['pipe', 'pipe', 'pipe']
  })
  t.after(() => endLab(keeper))
  const complaints = text(keeper.stderr)
  const initPid = Number(/^ready (\d+)$/m.exec(await firstOutput(keeper))?.[1])
  if (!Number.isSafeInteger(initPid)) throw new Error(`the lab did not come up: ${await complaints}`)
  return {initPid, root: `/proc/${initPid}/root`, exec: (argv, options = {}) => execInside(initPid, argv, options)}
}

/** Why there can be no lab here. A missing package is no excuse in CI, where we say ourselves what is installed. */
function labObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for namespaces and mounts'
  if (!existsSync('/lib/systemd/systemd')) {
    if (process.env['CI'] === 'true') throw new Error('systemd is not installed: see test/real/packages.txt')
    return 'needs systemd: see test/real/packages.txt'
  }
  // Where overlay is a module, the list names it only once it is loaded.
  if (!hasOverlay()) spawnSync('modprobe', ['overlay'])
  return hasOverlay() ? undefined : 'needs a kernel with overlay file systems'
}

function hasOverlay(): boolean {
  return /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))
}

/** What the keeper says first; empty when it ends without a word. */
async function firstOutput(keeper: ChildProcess): Promise<string> {
  const ended = new AbortController()
  keeper.once('close', () => {
    ended.abort()
  })
  if (keeper.stdout === null) return ''
  try {
    const [chunk] = (await once(keeper.stdout, 'data', {signal: ended.signal})) as [Buffer]
    return chunk.toString()
  } catch (cause) {
    if (ended.signal.aborted) return ''
    throw cause
  }
}

/** The end of its input tells the keeper to end the lab and to clean up, which takes a moment. */
async function endLab(keeper: ChildProcess): Promise<void> {
  keeper.stdin?.end()
  if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, 'close')
}

const execPatienceMs = 60_000
const outputBytesMax = 16 << 20

function execInside(initPid: number, argv: readonly string[], options: ExecOptions): Promise<Executed> {
  const enter = ['-t', String(initPid), '-m', '-p', '-u', '-i', '-C', '-n', '--', ...argv]
  const env = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...options.env}
  return new Promise((resolve) => {
    const bounds = {timeout: execPatienceMs, maxBuffer: outputBytesMax}
    execFile('nsenter', enter, {...bounds, env, cwd: '/'}, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({code, stdout, stderr})
    })
  })
}

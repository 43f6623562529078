/**
 * The first file that runs. It must be readable by old Node versions, so that they can be told apart from a broken
 * installation, and answer the cheap questions before anything heavy is loaded.
 */
import {existsSync, mkdirSync, readFileSync, statSync} from 'node:fs'
import {enableCompileCache} from 'node:module'
import {dirname, join} from 'node:path'
import packageFile from '../../package.json' with {type: 'json'}
import {asksForHelp, commandWords, hasFlag, languageOf} from '../text/language.ts'

const nodeNeeded = '24.11.0'

async function start(argv: readonly string[]): Promise<void> {
  if (isOlder(process.versions.node, nodeNeeded)) {
    process.stderr.write(
      `error: logcaster needs Node ${nodeNeeded} or newer; this is ${process.versions.node}.\n` +
        '  → Run npm ci in the folder of logcaster: it brings the right one along.\n'
    )
    process.exitCode = 69
    return
  }
  if (argv[0] === '--version' || argv[0] === 'version') {
    print(versionText(hasFlag(argv, '--json')))
    return
  }
  const page = helpPage(argv)
  if (page !== undefined) {
    print(page)
    return
  }
  const cache = cacheFolder()
  if (cache !== undefined) enableCompileCache(cache)
  const {main} = await import('./main.ts')
  await main(argv)
}

function versionText(isJson: boolean): string {
  const {name, version} = packageFile
  const [runtime, platform] = [process.version, `${process.platform}-${process.arch}`]
  if (!isJson) return `${name} ${version} ${platform} node-${runtime}\n`
  return `${JSON.stringify({schema: 'logcaster.version/1', ok: true, exit_code: 0, version, platform, runtime})}\n`
}

/** A reader that went away wants no more; but what a full disk did not take has not been said. */
function print(text: string): void {
  process.stdout
    .on('error', ({code}: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') return
      process.stderr.write(`error: The result could not be written to standard output: ${code ?? 'unknown'}.\n`)
      process.exitCode = 1
    })
    .write(text)
}

/** Help is rendered when the product is built; without a build, and for what it does not know, `main` answers. */
function helpPage(argv: readonly string[]): string | undefined {
  const file = join(import.meta.dirname, `help.${languageOf(argv, process.env)}.json`)
  if (!asksForHelp(argv) || hasFlag(argv, '--json') || !existsSync(file)) return undefined
  const pages = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | undefined>
  const topic = commandWords(argv).join(' ')
  return Object.hasOwn(pages, topic) ? pages[topic] : undefined
}

/**
 * Compiled code is kept in a folder of the user's own: the default place is a predictable name in a shared temporary
 * folder, where others could leave code for root to run. Nor does root use a home: `sudo -E` keeps that of somebody
 * else, who could put another folder in place of ours.
 */
function cacheFolder(): string | undefined {
  const env = process.env
  const users = env['XDG_CACHE_HOME'] ?? (env['HOME'] === undefined ? '' : join(env['HOME'], '.cache'))
  const base = env['CACHE_DIRECTORY'] ?? (process.getuid?.() === 0 ? '/var/cache' : users)
  if (!base.startsWith('/') || base.startsWith('/proc/') || !existsSync(dirname(base))) return undefined
  const folder = join(base, 'logcaster')
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
    const {uid, mode} = statSync(folder)
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? folder : undefined
  } catch {
    // Only start-up time is lost: a read-only home must not stop an operator.
    return undefined
  }
}

function isOlder(found: string, needed: string): boolean {
  const left = found.split('.').map(Number)
  const right = needed.split('.').map(Number)
  const at = right.findIndex((part, index) => part !== left[index])
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0)
}

void start(process.argv.slice(2))

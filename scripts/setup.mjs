// Brings a fresh checkout into a state in which it runs: installs when the lock file has changed, builds when a source has.
// It is the hook before `npm start` and `npm test`, so it must run on whatever Node is there (18 and newer): plain
// JavaScript, no dependency. A second call finds nothing to do and says nothing.
//
//   node scripts/setup.mjs            install and build, each only if needed
//   node scripts/setup.mjs prepare    npm has just installed: only build, if needed
//   node scripts/setup.mjs build      build in any case
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.setup-stamp')
const buildScript = path.join('scripts', 'build.ts')
const installMsMax = 10 * 60_000
const buildMsMax = 5 * 60_000

try {
  setUp(process.argv[2] ?? 'all')
} catch (cause) {
  // Everything thrown below is a sentence for the person at the keyboard; a stack would only bury it.
  process.stderr.write(`setup: ${cause instanceof Error ? cause.message : String(cause)}\n`)
  process.exitCode = 1
}

function setUp(mode) {
  const stamp = readStamp()
  const lock = hashOf(['package-lock.json'])
  const sources = hashOf([
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    buildScript,
    'src',
    'templates',
    'runbooks'
  ])
  // `prepare` also runs before `npm pack`, where nothing was installed.
  const installed = mode === 'prepare' && ['ci', 'install'].includes(process.env.npm_command ?? '')

  if (mode === 'all' && stamp.lock !== lock) install()
  const isBuilt = stamp.sources === sources && fs.existsSync(path.join(root, 'dist'))
  if (mode === 'build' || !isBuilt) build()

  const now = {lock: mode === 'all' || installed ? lock : stamp.lock, sources}
  if (now.lock !== stamp.lock || now.sources !== stamp.sources) writeStamp(now)
}

function install() {
  refuseReadOnly('install the packages')
  say('installing the packages of package-lock.json (npm ci)')
  // Without scripts: none of our packages needs one, and ours (`prepare`) would build a first time.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const isScript = npm !== undefined && /\.[cm]?js$/.test(npm)
  run('npm ci', isScript ? [process.execPath, npm, ...args] : ['npm', ...args], installMsMax)
}

function build() {
  refuseReadOnly('build')
  say('building dist/ from the sources')
  run('the build', [modernNode(), path.join(root, buildScript)], buildMsMax)
}

/** The pinned Node of node_modules, else the one that runs this, if it can run TypeScript. */
function modernNode() {
  const pinned = path.join(modules, '.bin', 'node')
  if (fs.existsSync(pinned)) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 11)) return process.execPath
  throw new Error(
    `Node 24.11 or newer is needed, this is ${process.versions.node}, and node_modules holds none: run \`npm ci\` (without --omit=optional) on Linux x64 or arm64, or install Node 24.`
  )
}

function run(what, [program, ...args], timeoutMs) {
  const result = spawnSync(program, args, {
    cwd: root,
    timeout: timeoutMs,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  if (result.status === 0) return
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  const why = result.error?.message ?? (result.signal ? `signal ${result.signal}` : `exit code ${result.status}`)
  throw new Error(`${what} failed: ${why}`)
}

/** Said before the work, because npm's own message about it is forty lines of stack. */
function refuseReadOnly(toDo) {
  for (const folder of [root, modules, path.join(root, 'dist')]) {
    if (!fs.existsSync(folder)) continue
    try {
      fs.accessSync(folder, fs.constants.W_OK)
    } catch {
      throw new Error(`cannot ${toDo}: ${folder} is not writable for you. Run \`npm ci\` as its owner, or use a copy.`)
    }
  }
}

/** One hash over names and contents, so that a checkout with new times but old contents is not built again. */
function hashOf(names) {
  const hash = createHash('sha256')
  for (const file of names.flatMap((name) => filesIn(path.join(root, name)))) {
    const content = fs.readFileSync(file)
    hash.update(`${path.relative(root, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

function filesIn(name) {
  if (!fs.existsSync(name)) return []
  if (fs.statSync(name).isFile()) return [name]
  const children = fs.readdirSync(name).sort()
  return children.flatMap((child) => filesIn(path.join(name, child)))
}

function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(stampFile, 'utf8'))
  } catch {
    // Absent or cut off: then everything is done again, which is right in both cases.
    return {}
  }
}

function writeStamp(stamp) {
  fs.mkdirSync(modules, {recursive: true})
  fs.writeFileSync(stampFile, `${JSON.stringify(stamp)}\n`)
}

function say(sentence) {
  process.stderr.write(`setup: ${sentence}\n`)
}

import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import type {Project} from './tree.ts'
import {projectWith, root} from './tree.ts'

const lock = {name: 'canary', lockfileVersion: 3, requires: true, packages: {'': {name: 'canary'}}}
const buildScript =
  "import fs from 'node:fs'\n\nfs.mkdirSync('dist', {recursive: true})\nfs.appendFileSync('dist/builds', 'built\\n')\n"

/** A checkout as `git clone` leaves it: without `node_modules`. It has no dependencies, so that the real npm needs no network. */
function checkout(): Project {
  const project = projectWith(
    {
      'package.json': JSON.stringify({name: 'canary', type: 'module'}),
      'package-lock.json': JSON.stringify(lock),
      'src/entry.ts': 'export const a = 1\n',
      'scripts/build.ts': buildScript
    },
    ['scripts/setup.mjs']
  )
  fs.unlinkSync(path.join(project.folder, 'node_modules'))
  return project
}

test('setup: installs and builds a fresh checkout, and then has nothing to do or to say', () => {
  using project = checkout()
  assert.deepEqual(setUp(project), {status: 0, says: [...installing, ...building], builds: 1})
  assert.deepEqual(setUp(project), {status: 0, says: [], builds: 1})
})

test('setup: builds again when a source changes, is added or dist/ is gone, not when only times change', () => {
  using project = checkout()
  setUp(project)
  write(project, 'src/entry.ts', 'export const a = 2\n')
  assert.deepEqual(setUp(project), {status: 0, says: building, builds: 2})
  write(project, 'templates/report.html', '<p>')
  assert.deepEqual(setUp(project), {status: 0, says: building, builds: 3})
  write(project, 'src/entry.ts', 'export const a = 2\n')
  assert.deepEqual(setUp(project), {status: 0, says: [], builds: 3})
  fs.rmSync(path.join(project.folder, 'dist'), {recursive: true})
  assert.deepEqual(setUp(project), {status: 0, says: building, builds: 1})
})

test('setup: installs again when the lock file changes', () => {
  using project = checkout()
  setUp(project)
  write(project, 'package-lock.json', JSON.stringify({...lock, version: '1.0.0'}))
  assert.deepEqual(setUp(project).says, [...installing, ...building])
  assert.deepEqual(setUp(project).says, [])
})

test('setup: after an npm ci of somebody’s own, the hook of npm has built and nothing is left to do', () => {
  using project = checkout()
  const prepared = setUp(project, ['prepare'], {npm_command: 'ci'})
  assert.deepEqual(prepared, {status: 0, says: building, builds: 1})
  assert.deepEqual(setUp(project), {status: 0, says: [], builds: 1})
})

test('setup: a hook before packing does not claim that anything was installed', () => {
  using project = checkout()
  setUp(project, ['prepare'], {npm_command: 'pack'})
  assert.deepEqual(setUp(project), {status: 0, says: installing, builds: 1})
})

test('setup: a build that fails says so, shows why, and is tried again', () => {
  using project = checkout()
  write(project, 'scripts/build.ts', "console.error('a wrong semicolon')\nprocess.exit(1)\n")
  const failed = setUp(project)
  assert.equal(failed.status, 1)
  assert.deepEqual(failed.says.slice(-2), ['a wrong semicolon', 'setup: the build failed: exit code 1'])
  write(project, 'scripts/build.ts', buildScript)
  assert.equal(setUp(project).builds, 1)
})

test('setup: a lock file that npm refuses stops with what npm said', () => {
  using project = checkout()
  write(project, 'package.json', JSON.stringify({name: 'canary', dependencies: {execa: '10.2.1'}}))
  const {status, says} = setUp(project)
  assert.equal(status, 1)
  assert.ok(
    says.some((line) => line.startsWith('npm error')),
    says.join('\n')
  )
  assert.equal(says.at(-1), 'setup: npm ci failed: exit code 1')
})

test('setup: a checkout that is not writable is one clear sentence', (t) => {
  using project = checkout()
  fs.chmodSync(project.folder, 0o555)
  // Root may write everywhere, so the sentence is asked for as somebody else.
  const asNobody = process.getuid?.() === 0 ? {uid: 65_534, gid: 65_534} : {}
  const env = {...process.env, NODE_V8_COVERAGE: undefined}
  const options = {cwd: project.folder, encoding: 'utf8', env, ...asNobody} as const
  const {status, stderr, error} = spawnSync(process.execPath, ['scripts/setup.mjs'], options)
  fs.chmodSync(project.folder, 0o755)
  if (error !== undefined) {
    t.skip('another user may not run this Node')
    return
  }
  assert.equal(status, 1)
  assert.match(stderr, /^setup: cannot install the packages: .* is not writable for you\. .*\n$/)
})

test('a build that fails leaves the last good one as it was, and one that succeeds takes its place', () => {
  using project = projectWith({}, ['package.json', 'scripts/build.ts', 'bin/logcaster'])
  fs.cpSync(path.join(root, 'src'), path.join(project.folder, 'src'), {recursive: true})
  const build = (): number | null => {
    const options = {cwd: project.folder, encoding: 'utf8', env: {...process.env, NODE_V8_COVERAGE: undefined}} as const
    return spawnSync(process.execPath, ['scripts/build.ts'], options).status
  }
  const good = (): string => fs.readFileSync(path.join(project.folder, 'dist/main.cjs'), 'utf8')
  assert.equal(build(), 0)
  const before = good()
  // Only the bundler looks where this leads.
  fs.appendFileSync(
    path.join(project.folder, 'src/cli/printing.ts'),
    "export const lost = () => import('./nonesuch.ts')\n"
  )
  assert.equal(build(), 1)
  assert.equal(good(), before)
  write(project, 'src/cli/printing.ts', fs.readFileSync(path.join(root, 'src/cli/printing.ts'), 'utf8'))
  fs.writeFileSync(path.join(project.folder, 'dist/of-yesterday'), '')
  assert.equal(build(), 0)
  const built = fs.readdirSync(path.join(project.folder, 'dist')).sort()
  assert.deepEqual(built, ['help.en.json', 'help.ko.json', 'logcaster.cjs', 'main.cjs', 'scan-worker.cjs'])
  assert.deepEqual(
    fs.readdirSync(project.folder).filter((name) => name.startsWith('dist')),
    ['dist']
  )
})

const installing = ['setup: installing the packages of package-lock.json (npm ci)']
const building = ['setup: building dist/ from the sources']

interface SetUp {
  readonly status: number | null
  readonly says: readonly string[]
  /** How often `dist/` has been built since it is there. */
  readonly builds: number
}

function setUp(project: Project, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): SetUp {
  const {status, stdout, stderr} = spawnSync(process.execPath, ['scripts/setup.mjs', ...args], {
    cwd: project.folder,
    encoding: 'utf8',
    env: {...process.env, npm_command: undefined, npm_config_loglevel: 'error', ...environment}
  })
  assert.equal(stdout, '')
  const says = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'))
  const builds = path.join(project.folder, 'dist', 'builds')
  const count = fs.existsSync(builds) ? fs.readFileSync(builds, 'utf8').split('\n').length - 1 : 0
  return {status, says, builds: count}
}

function write(project: Project, name: string, text: string): void {
  const file = path.join(project.folder, name)
  fs.mkdirSync(path.dirname(file), {recursive: true})
  fs.writeFileSync(file, text)
}

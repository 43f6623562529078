import assert from 'node:assert/strict'
import {spawnSync, type SpawnSyncReturns} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {checkout} from './run.ts'

const built = join(checkout, 'dist/logcaster.cjs')
const needsBuild = {skip: existsSync(built) ? false : 'needs a build'}
const usualPath = '/usr/bin:/bin'
const versionLine = /^logcaster \d+\.\d+\.\d+ linux-\w+ node-v\d+\.\d+\.\d+\n$/

test('a clone that is not built says how to build it', (t) => {
  const clone = folder(t, 'a clone')
  const {status, stdout, stderr} = launch(copyLauncher(clone), ['daily-check'])
  assert.deepEqual([status, stdout], [69, ''])
  assert.equal(stderr, `error: logcaster is not built yet: run "npm ci" in ${clone}.\n`)
})

test('without any Node it says how to get one', needsBuild, (t) => {
  const clone = folder(t, 'clone')
  const launcher = copyLauncher(clone)
  mkdirSync(join(clone, 'dist'))
  copyFileSync(built, join(clone, 'dist/logcaster.cjs'))
  const tools = join(clone, 'tools')
  mkdirSync(tools)
  for (const name of ['sh', 'readlink', 'uname']) symlinkSync(which(name), join(tools, name))
  const {status, stdout, stderr} = launch(launcher, ['--version'], {path: tools})
  assert.deepEqual([status, stdout], [69, ''])
  assert.equal(stderr, `error: logcaster needs Node 24.11 or newer and found none: run "npm ci" in ${clone}.\n`)
})

test('with no Node of its own it takes the one on the PATH', needsBuild, (t) => {
  const clone = folder(t, 'clone')
  const launcher = copyLauncher(clone)
  symlinkSync(join(checkout, 'dist'), join(clone, 'dist'))
  mkdirSync(join(clone, 'tools'))
  symlinkSync(process.execPath, join(clone, 'tools/node'))
  assert.match(launch(launcher, ['--version'], {path: `${clone}/tools:${usualPath}`}).stdout, versionLine)
})

test('it works through links, from anywhere, and from a folder with blanks in its name', needsBuild, (t) => {
  const place = folder(t, 'a folder  with blanks')
  symlinkSync(checkout, join(place, 'my clone'))
  symlinkSync(join(place, 'my clone/bin/logcaster'), join(place, 'my logcaster'))
  symlinkSync('my logcaster', join(place, 'lc'))
  for (const name of ['my clone/bin/logcaster', 'my logcaster', 'lc']) {
    const {status, stdout, stderr} = launch(join(place, name), ['--version'], {cwd: place})
    assert.equal(status, 0, stderr)
    assert.match(stdout, versionLine)
  }
  assert.match(launch('./lc', ['--version'], {cwd: place}).stdout, versionLine)
  assert.match(launch('lc', ['--version'], {path: `${place}:${usualPath}`}).stdout, versionLine)
})

test('beside a package of its own it finds the Node that npm has put there', needsBuild, (t) => {
  const modules = join(folder(t, 'project'), 'node_modules')
  const launcher = copyLauncher(join(modules, 'logcaster'))
  symlinkSync(join(checkout, 'dist'), join(modules, 'logcaster/dist'))
  const name = `node-linux-${process.arch}`
  mkdirSync(join(modules, name, 'bin'), {recursive: true})
  symlinkSync(process.execPath, join(modules, name, 'bin/node'))
  assert.match(launch(launcher, ['--version']).stdout, versionLine)
})

test('words with blanks, quotes and line ends arrive as they are', needsBuild, (t) => {
  const {status, stderr} = launch(join(checkout, 'bin/logcaster'), ['config', `it's "a b"  c`], {cwd: folder(t, 'x')})
  assert.equal(status, 64)
  assert.match(stderr, /There is no command "config it's "a b" {2}c"\./)
})

const older = olderNode()

test('an older Node is told what is needed, in one sentence', {skip: needsBuild.skip || older.skip}, () => {
  for (const argv of [['--version'], ['daily-check'], ['--help']]) {
    const {status, stdout, stderr} = spawnSync(older.path, [built, ...argv], {encoding: 'utf8'})
    assert.deepEqual([status, stdout], [69, ''])
    assert.match(
      stderr,
      /^error: logcaster needs Node 24\.11\.0 or newer; this is \d+\.\d+\.\d+\.\n {2}→ .*npm ci.*\n$/
    )
  }
})

/** The Node of the machine, where that is too old for us. */
function olderNode(): {readonly path: string; readonly skip: string | false} {
  const path = '/usr/bin/node'
  const version = existsSync(path) ? spawnSync(path, ['--version'], {encoding: 'utf8'}).stdout.trim() : 'none'
  return {path, skip: /^v(?:1\d|2[0-3])\./.test(version) ? false : `needs a Node before 24 in ${path}: ${version}`}
}

function folder(t: TestContext, name: string): string {
  const above = mkdtempSync(join(realpathSync(tmpdir()), 'logcaster-launcher-'))
  t.after(() => {
    rmSync(above, {recursive: true, force: true})
  })
  mkdirSync(join(above, name))
  return join(above, name)
}

function copyLauncher(clone: string): string {
  mkdirSync(join(clone, 'bin'), {recursive: true})
  copyFileSync(join(checkout, 'bin/logcaster'), join(clone, 'bin/logcaster'))
  return join(clone, 'bin/logcaster')
}

function which(name: string): string {
  return spawnSync('sh', ['-c', `command -v ${name}`], {encoding: 'utf8'}).stdout.trim()
}

function launch(
  launcher: string,
  argv: readonly string[],
  {path = usualPath, cwd = '/'}: {path?: string; cwd?: string} = {}
): SpawnSyncReturns<string> {
  return spawnSync(launcher, argv, {encoding: 'utf8', cwd, env: {PATH: path}})
}

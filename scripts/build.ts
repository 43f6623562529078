/**
 * Builds what ships: `dist/logcaster.cjs` (the first file, tiny), `dist/main.cjs` (everything else in one file, modules
 * evaluated when first needed), what threads of ours begin with, and the help of every command in both languages.
 */
import {execFileSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {build, type BuildOptions} from 'esbuild'
import {helpPages} from '../src/cli/help.ts'
import {commands} from '../src/cli/main.ts'
import {languages} from '../src/text/language.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
/** Takes the place of `dist` when all went well: what is there is always one whole build. */
const fresh = join(root, 'dist.new')
const old = join(root, 'dist.old')

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  define: {'import.meta.dirname': '__dirname'},
  logLevel: 'warning',
  legalComments: 'none'
}

/**
 * Parts of oclif that search for plugins, render its own help and draw spinners: nothing of ours calls them, and loading
 * them was a quarter of the start-up of a command. One that is called after all fails loudly, in the tests of the bundle.
 */
const neverCalled = [
  ...['ejs', 'lilconfig', 'minimatch', 'tinyglobby'],
  ...['ansi-escapes', 'ansis', 'indent-string', 'widest-line', 'wrap-ansi'],
  ...['is-wsl', 'supports-color', 'wsl-utils']
]

/**
 * Node's cryptography, loaded by the first hash: the journal is part of every command, since a check verifies it, and yet
 * few commands read it. Loading it beforehand was a twentieth of the start-up of a command.
 */
const hashing = ['createHash', 'hash', 'X509Certificate']
const loadedLater = hashing.map((name) => `get ${name}() { return require('node:crypto').${name} }`).join(', ')

for (const leftover of [fresh, old]) rmSync(leftover, {recursive: true, force: true})
mkdirSync(fresh)
await build({
  ...shared,
  entryPoints: ['src/cli/entry.ts'],
  outfile: join(fresh, 'logcaster.cjs'),
  // Old Node versions must get as far as the sentence that tells them so.
  target: 'node18',
  supported: {'dynamic-import': false},
  plugins: [
    {
      name: 'main-stays-apart',
      setup(run) {
        run.onResolve({filter: /\/main\.ts$/}, () => ({path: './main.cjs', external: true}))
      }
    }
  ]
})
await build({
  ...shared,
  entryPoints: ['src/cli/main.ts'],
  outfile: join(fresh, 'main.cjs'),
  target: 'node24',
  // oclif looks for it only to run TypeScript sources, which we never let it do.
  external: ['typescript'],
  plugins: [
    {
      name: 'never-called',
      setup(run) {
        const filter = new RegExp(`^(${neverCalled.join('|')})$`)
        run.onResolve({filter}, ({path}) => ({path, namespace: 'never-called'}))
        run.onLoad({filter: /.*/, namespace: 'never-called'}, () => ({contents: 'module.exports = {}'}))
      }
    },
    {
      name: 'loaded-later',
      setup(run) {
        run.onResolve({filter: /^node:crypto$/}, ({path, namespace}) => {
          return namespace === 'loaded-later' ? {path, external: true} : {path, namespace: 'loaded-later'}
        })
        run.onLoad({filter: /.*/, namespace: 'loaded-later'}, () => ({contents: `module.exports = {${loadedLater}}`}))
      }
    }
  ]
})
// Found beside us by the name of its source: see src/host/workers.ts.
await build({
  ...shared,
  entryPoints: ['src/store/scan-worker.ts'],
  outdir: fresh,
  outExtension: {'.js': '.cjs'},
  target: 'node24'
})
for (const language of languages) {
  writeFileSync(join(fresh, `help.${language}.json`), JSON.stringify(await helpPages(commands, language)))
}
chmodSync(join(root, 'bin/logcaster'), 0o755)
// The build proves that what it made starts.
execFileSync(process.execPath, [join(fresh, 'logcaster.cjs'), '--version'], {stdio: 'ignore'})
if (existsSync(dist)) renameSync(dist, old)
renameSync(fresh, dist)
rmSync(old, {recursive: true, force: true})

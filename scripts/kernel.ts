/**
 * Compiles src/store/kernel/*.as into src/store/kernel-code.ts; with `--check` it only looks whether that was done since the
 * sources were changed, which needs no compiler. The compiler comes from the network: it is used here alone, so it is no
 * dependency of the project. AssemblyScript only looks like TypeScript: the extension keeps the tools for TypeScript away.
 * Usage: node scripts/kernel.ts [--check]
 */
import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const compiler = 'assemblyscript@0.28.8'
const options = [
  ...['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub', '--lowMemoryLimit'],
  ...['--enable', 'simd', '--enable', 'threads', '--importMemory', '--noExportMemory', '--sharedMemory'],
  // A memory of any size will do.
  ...['--initialMemory', '1', '--maximumMemory', '65536']
]

const store = path.join(import.meta.dirname, '..', 'src', 'store')
const target = path.join(store, 'kernel-code.ts')
const sources = fs.globSync('*.as', {cwd: path.join(store, 'kernel')}).sort()
const hash = hashOf(sources)

if (!process.argv.includes('--check')) {
  fs.writeFileSync(target, moduleOf(compiled()))
} else if (!fs.readFileSync(target, 'utf8').includes(hash)) {
  process.stdout.write('src/store/kernel-code.ts is older than src/store/kernel/*.as: run node scripts/kernel.ts\n')
  process.exitCode = 1
}

/** Of the names, the contents, and how they are compiled. */
function hashOf(names: readonly string[]): string {
  const whole = createHash('sha256').update([compiler, ...options, ''].join('\n'))
  for (const name of names) {
    const content = fs.readFileSync(path.join(store, 'kernel', name))
    whole.update(`${name} ${content.length}\n`).update(content)
  }
  return whole.digest('hex')
}

function compiled(): Buffer {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logcaster-kernel-'))
  try {
    for (const name of sources) {
      // The compiler takes no other extension.
      fs.copyFileSync(path.join(store, 'kernel', name), path.join(folder, name.replace(/\.as$/, '.ts')))
    }
    const argv = ['-y', '-p', compiler, 'asc', 'kernel.ts', '--outFile', 'kernel.wasm', ...options]
    execFileSync('npx', argv, {cwd: folder, stdio: 'inherit'})
    return fs.readFileSync(path.join(folder, 'kernel.wasm'))
  } finally {
    fs.rmSync(folder, {recursive: true})
  }
}

function moduleOf(code: Buffer): string {
  return `/**
 * The kernel in WebAssembly, in base64. Made by scripts/kernel.ts from sources with this SHA-256:
 * ${hash}
 */
export const kernelCode =
  '${code.toString('base64')}'
`
}

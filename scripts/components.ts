import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const list = 'test/real/packages.txt'
const asideFolder = path.resolve('node_modules', '.cache', 'aside')
const aptMsMax = 5 * 60_000

interface Wanted {
  /** Installed with apt-get. */
  readonly install: readonly string[]
  /** Only unpacked into a folder of ours, because installed they would change the machine: the list's `[aside]` part. */
  readonly aside: readonly string[]
}

/**
 * Installs what the tests against real components need and this machine lacks. It changes the machine, so it is only for
 * root on Debian and its kin; anywhere else it says why not, and the tests that need more are skipped and counted.
 */
export function installMissing(): boolean {
  const refusal = whyNotHere()
  if (refusal !== undefined) {
    say(`nothing installed: ${refusal}`)
    return false
  }
  const wanted = readWanted(fs.readFileSync(list, 'utf8'))
  const install = wanted.install.filter((name) => !isInstalled(name))
  const aside = wanted.aside.filter((name) => !fs.existsSync(path.join(asideFolder, name)))
  if (install.length + aside.length === 0) return true

  say(`apt-get update, for ${[...install, ...aside].join(', ')}`)
  const isUpdated = apt(['update', '-qq'], '.')
  const isInstalledNow =
    install.length === 0 || apt(['install', '-y', '-qq', '--no-install-recommends', ...install], '.')
  const isUnpacked = aside.map(unpackAside).every(Boolean)
  if (isInstalledNow && isUnpacked) return true
  say(
    `some components are still missing${isUpdated ? '' : ' (no package list could be fetched)'}: their tests are skipped`
  )
  return false
}

export function readWanted(text: string): Wanted {
  const wanted = {install: [] as string[], aside: [] as string[]}
  let part: keyof Wanted = 'install'
  for (const line of text.split('\n')) {
    const word = line.replace(/#.*/, '').trim()
    if (word === '[aside]') part = 'aside'
    else if (word !== '') wanted[part].push(word)
  }
  return wanted
}

function whyNotHere(): string | undefined {
  if (!fs.existsSync(list)) return `there is no ${list}`
  if (!fs.existsSync('/usr/bin/apt-get')) return 'this is not Debian or one of its kin'
  return process.getuid?.() === 0 ? undefined : 'that needs root'
}

function isInstalled(name: string): boolean {
  const {stdout} = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], {encoding: 'utf8'})
  return stdout === 'installed'
}

function unpackAside(name: string): boolean {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logcaster-aside-'))
  // apt fetches as a user without rights, who must be able to write here.
  fs.chmodSync(folder, 0o777)
  try {
    if (!apt(['download', '-qq', name], folder)) return false
    const target = path.join(asideFolder, name)
    const unpacked = `${target}.new`
    fs.mkdirSync(unpacked, {recursive: true})
    const files = fs.readdirSync(folder).filter((file) => file.endsWith('.deb'))
    if (!files.every((file) => run('dpkg-deb', ['-x', path.join(folder, file), unpacked], folder))) return false
    fs.renameSync(unpacked, target)
    return true
  } finally {
    fs.rmSync(folder, {recursive: true})
  }
}

function apt(args: readonly string[], folder: string): boolean {
  return run('apt-get', ['-o', 'DPkg::Lock::Timeout=200', ...args], folder)
}

function run(program: string, args: readonly string[], folder: string): boolean {
  const result = spawnSync(program, args, {
    cwd: folder,
    timeout: aptMsMax,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'}
  })
  if (result.status === 0) return true
  process.stdout.write(`${result.stdout}${result.stderr}`)
  say(`${program} ${args.join(' ')} failed: ${result.error?.message ?? `exit code ${result.status ?? 'unknown'}`}`)
  return false
}

function say(sentence: string): void {
  process.stdout.write(`components: ${sentence}\n`)
}

if (import.meta.main) process.exitCode = installMissing() ? 0 : 1

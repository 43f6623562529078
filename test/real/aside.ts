import {existsSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {checkout} from '../cli/run.ts'

/** Programs that are installed, or unpacked beside the tests: see `packages.txt`. */

const folder = join(checkout, 'node_modules/.cache/aside')

export interface Aside {
  /** Absent where it is not there at all. */
  readonly program: string | undefined
  /** Where its modules are, if not where it looks for them by itself. */
  readonly modules: string | undefined
  readonly environment: Readonly<Record<string, string>>
}

export function aside(name: string, place: string, modulesPlace: string): Aside {
  const installed = join('/', place)
  if (existsSync(installed)) return {program: installed, modules: undefined, environment: {}}
  const unpacked = join(folder, name, place)
  if (!existsSync(unpacked)) return {program: undefined, modules: undefined, environment: {}}
  const modules = join(folder, name, modulesPlace)
  return {program: unpacked, modules, environment: {LD_LIBRARY_PATH: libraries()}}
}

function libraries(): string {
  const places = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib/syslog-ng']
  const folders = readdirSync(folder).flatMap((name) => places.map((at) => join(folder, name, at)))
  return folders.filter((path) => existsSync(path)).join(':')
}

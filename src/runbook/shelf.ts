import {createHash} from 'node:crypto'
import {basename, dirname, join, resolve} from 'node:path'
import {Fault, Faults, reasonOf} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {checks} from '../checks/checks.ts'
import {excerpt} from '../config/excerpt.ts'
import {isUnsafe, told, unsafeForRoot} from '../base/safety.ts'
import type {Disk} from '../host/disk.ts'
import {readWhole} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {callKind, type Used} from './action.ts'
import {name as nameKind} from './fields.ts'
import {callFields, kinds, readings} from './kinds.ts'
import {readRunbook, type Known} from './parse.ts'
import type {Raw, Runbook} from './runbook.ts'
import type {Json} from './step.ts'
import {isTemplate} from './template.ts'

export interface Folders {
  /** Those that come with logcaster. */
  readonly shipped: string
  readonly own: readonly string[]
}

/** Finds runbooks by their names, or by their paths, and reads them when they are asked for. */
export interface Shelf {
  /** A name, or a path, which has a slash in it. Throws `Faults` with all that is wrong. */
  read(named: string): Promise<Runbook>
  /** All that can be read, by name, and what is wrong with the others. */
  readAll(): Promise<{readonly runbooks: readonly Runbook[]; readonly faults: readonly Fault[]}>
  /** Who else could change what has been read so far; as root such a runbook is refused. */
  warnings(): readonly Fault[]
}

export function openShelf(host: Pick<Host, 'disk' | 'machine'>, folders: Folders): Shelf {
  return new FolderShelf(host, folders)
}

// Many times any runbook that people follow: a file named by mistake shall not be parsed.
const fileBytesMax = 1 << 20

const ending = '.yaml'

interface Listing {
  /** By name; a name with several paths stands for none of them. */
  readonly paths: ReadonlyMap<string, readonly string[]>
  readonly faults: readonly Fault[]
}

/** As it stands in a runbook, with its references. */
export function writtenRaw(raw: Raw): Json {
  if (isTemplate(raw)) return raw.parts.map((part) => (typeof part === 'string' ? escaped(part) : part.text)).join('')
  if (typeof raw === 'string') return escaped(raw)
  if (typeof raw !== 'object' || raw === null) return raw
  if (Array.isArray(raw)) return raw.map(writtenRaw)
  return Object.fromEntries(Object.entries(raw).map(([key, one]) => [key, writtenRaw(one)]))
}

function escaped(text: string): string {
  return text.replaceAll('${', () => '$${')
}

class FolderShelf implements Shelf {
  readonly #host: Pick<Host, 'disk' | 'machine'>
  readonly #folders: Folders
  readonly #warnings = new Map<string, Fault>()
  #listing: Promise<Listing> | undefined

  constructor(host: Pick<Host, 'disk' | 'machine'>, folders: Folders) {
    this.#host = host
    this.#folders = folders
  }

  async read(named: string): Promise<Runbook> {
    const listing = await this.#list()
    const path = named.includes('/') ? resolve(this.#host.machine.cwd, named) : pathOf(named, listing)
    return this.#open(path, listing)
  }

  async readAll(): Promise<{readonly runbooks: readonly Runbook[]; readonly faults: readonly Fault[]}> {
    const listing = await this.#list()
    const runbooks: Runbook[] = []
    const faults = [...listing.faults]
    for (const name of [...listing.paths.keys()].sort()) {
      try {
        runbooks.push(await this.#open(pathOf(name, listing), listing))
      } catch (error) {
        if (!(error instanceof Faults)) throw error
        faults.push(...error.all)
      }
    }
    return {runbooks, faults}
  }

  warnings(): readonly Fault[] {
    return [...this.#warnings.values()]
  }

  #list(): Promise<Listing> {
    this.#listing ??= listFolders(this.#host.disk, [this.#folders.shipped, ...this.#folders.own])
    return this.#listing
  }

  async #open(path: string, {paths}: Listing): Promise<Runbook> {
    const name = nameOf(path)
    if (name === undefined) throw new Faults([new Fault('runbook-bad-name', {path})])
    // Whoever can change those that come with us can change us, too.
    if (dirname(path) !== this.#folders.shipped) await this.#refuseUnsafe(path)
    const bytes = await readBytes(this.#host.disk, path)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return readRunbook({path, text: decode(path, bytes), name, sha256}, {...known(), runbooks: [...paths.keys()]})
  }

  /** As root, refuses what others could have written; anyone else is only warned. */
  async #refuseUnsafe(path: string): Promise<void> {
    const {disk, machine} = this.#host
    const {uid} = machine
    const unsafe = await orUnreadable(path, async () => {
      if (uid === 0) return unsafeForRoot(path, disk)
      const found = await disk.stat(path)
      return found === undefined ? [] : told(path, found, isUnsafe(found, uid))
    })
    const faults = unsafe.map((one) => new Fault('runbook-unsafe', one))
    if (uid === 0 && faults.length > 0) throw new Faults(faults)
    for (const fault of faults) this.#warnings.set(path, fault)
  }
}

async function listFolders(disk: Disk, folders: readonly string[]): Promise<Listing> {
  const paths = new Map<string, string[]>()
  const faults: Fault[] = []
  for (const folder of new Set(folders)) {
    for (const file of await namesIn(disk, folder, faults)) {
      const path = join(folder, file)
      const name = nameOf(path)
      if (name === undefined) faults.push(new Fault('runbook-bad-name', {path}))
      else paths.set(name, [...(paths.get(name) ?? []), path])
    }
  }
  return {paths, faults}
}

/** Hidden files are those of editors, and all that is no YAML belongs to runbooks, as their scripts do. */
async function namesIn(disk: Disk, folder: string, faults: Fault[]): Promise<readonly string[]> {
  try {
    return (await disk.list(folder)).filter((file) => /^[^.].*\.ya?ml$/is.test(file)).sort()
  } catch (cause) {
    faults.push(unreadable(folder, cause))
    return []
  }
}

function nameOf(path: string): string | undefined {
  const file = basename(path)
  return file.endsWith(ending) ? nameKind().parse(file.slice(0, -ending.length)) : undefined
}

function pathOf(name: string, {paths, faults}: Listing): string {
  const [path, other] = paths.get(name) ?? []
  if (path === undefined) {
    const unknown = new Fault('runbook-unknown', {name: excerpt(name), nearest: nearest(name, [...paths.keys()])})
    // It may be in a folder that could not be read.
    throw new Faults([unknown, ...faults])
  }
  if (other !== undefined) throw new Faults([new Fault('runbook-name-twice', {name, path, other})])
  return path
}

function known(): Omit<Known, 'runbooks'> {
  return {
    kinds: new Map<string, Used>([
      ...kinds.map((kind) => [kind.name, kind] as const),
      [callKind, {fields: callFields}]
    ]),
    readings: new Map(readings.map((reading) => [reading.name, reading])),
    checks: checks.map(({id}) => id)
  }
}

async function readBytes(disk: Disk, path: string): Promise<Uint8Array> {
  const bytes = await orUnreadable(path, () => readWhole(disk, path, fileBytesMax))
  if (bytes === undefined) throw new Faults([new Fault('runbook-unknown', {name: excerpt(path), nearest: null})])
  return bytes
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
  } catch {
    throw new Faults([new Fault('runbook-unreadable', {path, reason: 'not UTF-8'})])
  }
}

async function orUnreadable<Found>(path: string, look: () => Promise<Found>): Promise<Found> {
  try {
    return await look()
  } catch (cause) {
    throw new Faults([unreadable(path, cause)])
  }
}

function unreadable(path: string, cause: unknown): Fault {
  return new Fault('runbook-unreadable', {path, reason: reasonOf(cause)}, {cause})
}

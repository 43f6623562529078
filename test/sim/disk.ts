import {posix} from 'node:path'
import type {Clock} from '../../src/host/clock.ts'
import type {Disk, FileStat, OpenFile, OpenHow} from '../../src/host/disk.ts'
import {SimFile, type Attributes} from './file.ts'
import {SimHandle, statOf, type Shelf} from './handle.ts'
import {seeded, type Seeded} from './random.ts'
import {SimFolder, SimTree, type SimNode} from './tree.ts'
import {Trouble, type TroubleOptions} from './trouble.ts'

export interface SimDiskOptions extends TroubleOptions {
  readonly seed: number
  /** Of all files together. The write that goes over it writes what fits and fails with ENOSPC. */
  readonly capacityBytes?: number
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * A disk in memory that fails where it is told to and knows what power loss leaves. Paths are absolute; there are no
 * links, and everybody may do everything.
 */
export class SimDisk implements Disk {
  /** Every path that was opened, listed or asked about, whether something is there or not. */
  readonly touched = new Set<string>()
  readonly #options: SimDiskOptions
  readonly #random: Seeded
  readonly #tree: SimTree
  readonly #trouble: Trouble
  readonly #shelf: Shelf

  constructor(options: SimDiskOptions, tree = new SimTree()) {
    this.#options = options
    this.#random = seeded(options.seed)
    this.#tree = tree
    this.#trouble = new Trouble(options, this.#random)
    this.#shelf = {trouble: this.#trouble, now: () => this.#now(), room: () => this.#room(), open: new Set()}
  }

  /** Whether `failAt` or `failAfter` was reached. */
  get failed(): boolean {
    return this.failedOperation !== undefined
  }

  /** The first operation that was made to fail, and its path. */
  get failedOperation(): string | undefined {
    return this.#trouble.failedOperation
  }

  get operations(): number {
    return this.#trouble.operations
  }

  /** To show that nothing is left open. */
  get openFiles(): number {
    return this.#shelf.open.size
  }

  /** All files as the process sees them, but those of /proc and devices. */
  files(): Map<string, Uint8Array> {
    const files = [...this.#tree.files()].filter(([, file]) => file.attributes.kind === 'file')
    return new Map(files.map(([path, file]) => [path, file.bytes.slice()]))
  }

  text(path: string): string | undefined {
    const bytes = this.files().get(path)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  }

  /** Files that have been there for long: durable, and the folders above them too. */
  seed(contents: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [path, content] of Object.entries(contents)) this.put(path, content)
  }

  put(path: string, content: string | Uint8Array, given: Partial<Attributes> & {modifiedMs?: number} = {}): void {
    const {modifiedMs = this.#now(), ...attributes} = given
    const defaults = {mode: 0o644, uid: 0, gid: 0, kind: 'file'} as const
    const file = new SimFile(this.#tree.newInode(), {...defaults, ...attributes}, modifiedMs)
    file.write(typeof content === 'string' ? new TextEncoder().encode(content) : content, 0)
    file.sync()
    this.putFolder(posix.dirname(path))
    this.#tree.putDurable(path, file)
  }

  putProc(path: string, content: string): void {
    this.put(path, content, {kind: 'proc', mode: 0o444})
  }

  putFolder(path: string): void {
    if (this.#tree.find(path) !== undefined) return
    this.putFolder(posix.dirname(path))
    this.#tree.putDurable(path, new SimFolder(this.#tree.newInode(), 0o755))
  }

  /**
   * Power loss: what the machine finds when it comes back. Trouble is not inherited; give the new disk its own. May be
   * asked more than once, and the answers differ.
   */
  crash(trouble: TroubleOptions = {}): SimDisk {
    return new SimDisk(this.#successor(trouble), this.#tree.afterCrash(this.#random))
  }

  /** Only the process dies: all it wrote is there for the next one, synced or not. This disk then refuses everything. */
  kill(trouble: TroubleOptions = {}): SimDisk {
    this.#trouble.isDead = true
    this.#shelf.open.clear()
    return new SimDisk(this.#successor(trouble), this.#tree)
  }

  open(path: string, how: OpenHow, mode = 0o600): Promise<OpenFile> {
    this.touched.add(path)
    const apply = (): OpenFile => {
      const node = how === 'create' ? this.#create(path, mode) : this.#tree.require(path, 'open')
      return new SimHandle(node, {path, how}, this.#shelf)
    }
    return this.#trouble.run(how === 'create' ? 'create' : 'open', path, {apply})
  }

  stat(path: string): Promise<FileStat | undefined> {
    this.touched.add(path)
    const apply = (): FileStat | undefined => {
      const node = this.#tree.find(path)
      return node === undefined ? undefined : statOf(node)
    }
    return this.#trouble.run('stat', path, {apply})
  }

  realPath(path: string): Promise<string | undefined> {
    this.touched.add(path)
    const apply = (): string | undefined => (this.#tree.find(path) === undefined ? undefined : posix.resolve(path))
    return this.#trouble.run('realPath', path, {apply})
  }

  list(path: string): Promise<string[]> {
    this.touched.add(path)
    const apply = (): string[] => [...this.#tree.folder(path, 'list').names.keys()]
    return this.#trouble.run('list', path, {apply})
  }

  makeDirectory(path: string, mode: number): Promise<void> {
    const apply = (): void => {
      this.#tree.add(path, new SimFolder(this.#tree.newInode(), mode))
    }
    return this.#trouble.run('makeDirectory', path, {apply})
  }

  rename(from: string, to: string): Promise<void> {
    const apply = (): void => {
      this.#tree.rename(from, to)
    }
    return this.#trouble.run('rename', from, {apply})
  }

  remove(path: string): Promise<void> {
    const apply = (): void => {
      this.#tree.remove(path)
    }
    return this.#trouble.run('remove', path, {apply})
  }

  syncDirectory(path: string): Promise<void> {
    const apply = (): void => {
      this.#tree.sync(this.#tree.folder(path, 'syncDirectory'))
    }
    return this.#trouble.run('syncDirectory', path, {apply})
  }

  #create(path: string, mode: number): SimNode {
    const file = new SimFile(this.#tree.newInode(), {mode, uid: 0, gid: 0, kind: 'file'}, this.#now())
    this.#tree.add(path, file)
    return file
  }

  #successor(trouble: TroubleOptions): SimDiskOptions {
    const {capacityBytes, clock} = this.#options
    return {
      ...trouble,
      ...(capacityBytes === undefined ? {} : {capacityBytes}),
      ...(clock === undefined ? {} : {clock}),
      seed: this.#random.below(2 ** 32)
    }
  }

  #room(): number {
    const {capacityBytes = Number.POSITIVE_INFINITY} = this.#options
    const open = [...this.#shelf.open].map(({node}) => node)
    const all = new Set([...open, ...this.#tree.files().values()])
    const used = [...all].reduce((bytes, node) => bytes + statOf(node).size, 0)
    return Math.max(0, capacityBytes - used)
  }

  #now(): number {
    return this.#options.clock?.now() ?? 0
  }
}

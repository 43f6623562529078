import {posix} from 'node:path'
import {reasonOf} from '../../src/base/fault.ts'
import type {Clock} from '../../src/host/clock.ts'
import type {Attributes, Disk, FileStat, OpenFile, OpenHow, Space} from '../../src/host/disk.ts'
import {systemError} from './error.ts'
import {SimFile, type SimFileKind} from './file.ts'
import {SimHandle, type Shelf} from './handle.ts'
import {SimFolder, SimLink, statOf, type SimNode} from './nodes.ts'
import {seeded, type Seeded} from './random.ts'
import {SimTree} from './tree.ts'
import {Trouble, type TroubleOptions} from './trouble.ts'

export interface SimDiskOptions extends TroubleOptions {
  readonly seed: number
  /** Of all files together. The write that goes over it writes what fits and fails with ENOSPC. */
  readonly capacityBytes?: number
  /** No file can have a second name: EPERM, as on FAT. */
  readonly isLinkless?: boolean
  readonly clock?: Pick<Clock, 'now'>
}

/** What a file is put there with, where that is not `-rw-r--r-- root`, now. */
type Given = Partial<Attributes> & {readonly kind?: SimFileKind; readonly modifiedMs?: number}

const owner = {uid: 0, gid: 0} as const

// What is said to be free on a disk without a capacity.
const boundlessBytes = 2 ** 50

/**
 * A disk in memory that fails where it is told to and knows what power loss leaves. Paths are absolute. Modes and owners
 * are kept, but hold nobody off: everybody may do everything that was not forbidden.
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
    this.#shelf = {
      trouble: this.#trouble,
      now: () => this.#now(),
      room: () => this.#room(),
      syncFolder: (folder) => {
        this.#tree.sync(folder)
      },
      open: new Set()
    }
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
    const files = [...this.#tree.files()].filter(([, file]) => file.kind === 'file')
    return new Map(files.map(([path, file]) => [path, file.bytes.slice()]))
  }

  text(path: string): string | undefined {
    const bytes = this.files().get(path)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  }

  /** What is there, without asking the disk: that would be an operation. */
  look(path: string): FileStat {
    return statOf(this.#tree.require(path, 'look'))
  }

  /** Files that have been there for long: durable, and the folders above them too. */
  seed(contents: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [path, content] of Object.entries(contents)) this.put(path, content)
  }

  put(path: string, content: string | Uint8Array, given: Given = {}): void {
    const {modifiedMs = this.#now(), kind = 'file', ...attributes} = given
    const inode = this.#tree.newInode({mode: 0o644, ...owner, ...attributes})
    const file = new SimFile(inode, kind, modifiedMs)
    file.write(typeof content === 'string' ? new TextEncoder().encode(content) : content, 0)
    file.sync()
    this.putFolder(posix.dirname(path))
    this.#tree.putDurable(path, file)
  }

  putProc(path: string, content: string): void {
    this.put(path, content, {kind: 'proc', mode: 0o444})
  }

  /** With those above it that are missing. One that is there is left as it is, but for what is given. */
  putFolder(path: string, given: Partial<Attributes> = {}): void {
    const found = this.#tree.find(path)
    if (found === undefined) {
      this.putFolder(posix.dirname(path))
      this.#tree.putDurable(path, new SimFolder(this.#tree.newInode({mode: 0o755, ...owner, ...given})))
    } else {
      found.inode.set({...found.inode.attributes, ...given})
      found.inode.sync()
    }
  }

  /** A symbolic link; its target need not be there. */
  putLink(path: string, target: string): void {
    this.putFolder(posix.dirname(path))
    this.#tree.putDurable(path, new SimLink(this.#tree.newInode({mode: 0o777, ...owner}), target))
  }

  /** A folder, new or empty, on a device of its own: nothing can be renamed or linked into it or out of it. */
  putMount(path: string): void {
    this.putFolder(path)
    const {inode} = this.#tree.require(path, 'mount')
    inode.device = inode.number + 1
  }

  /** From now on, nobody may write the file, or change the names in the folder; not of the folders in it. */
  forbid(path: string): void {
    this.#tree.require(path, 'forbid').inode.isForbidden = true
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
      const node = how === 'create' ? this.#create(path, mode) : this.#find(path, how)
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

  lstat(path: string): Promise<FileStat | undefined> {
    this.touched.add(path)
    const apply = (): FileStat | undefined => {
      const node = this.#tree.lookAt(path)
      return node === undefined ? undefined : statOf(node)
    }
    return this.#trouble.run('lstat', path, {apply})
  }

  async mayWrite(path: string): Promise<boolean> {
    this.touched.add(path)
    const apply = (): boolean => this.#tree.find(path)?.inode.isForbidden === false
    try {
      return await this.#trouble.run('mayWrite', path, {apply})
    } catch (cause) {
      if (['EACCES', 'EPERM', 'EROFS'].includes(reasonOf(cause))) return false
      throw cause
    }
  }

  realPath(path: string): Promise<string | undefined> {
    this.touched.add(path)
    const apply = (): string | undefined => this.#tree.realPath(path)
    return this.#trouble.run('realPath', path, {apply})
  }

  list(path: string): Promise<string[]> {
    this.touched.add(path)
    const apply = (): string[] => [...this.#tree.folder(path, 'list').names.keys()]
    return this.#trouble.run('list', path, {apply})
  }

  makeDirectory(path: string, mode: number): Promise<void> {
    const apply = (): void => {
      this.#tree.add(path, new SimFolder(this.#tree.newInode({mode, ...owner})))
    }
    return this.#trouble.run('makeDirectory', path, {apply})
  }

  link(from: string, to: string): Promise<void> {
    const apply = (): void => {
      if (this.#options.isLinkless === true) throw systemError('EPERM', 'link', from)
      this.#tree.link(from, to)
    }
    return this.#trouble.run('link', from, {apply})
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

  space(path: string): Promise<Space> {
    this.touched.add(path)
    const apply = (): Space => {
      this.#tree.require(path, 'space')
      return {
        freeBytes: Math.min(this.#room(), boundlessBytes),
        totalBytes: this.#options.capacityBytes ?? boundlessBytes
      }
    }
    return this.#trouble.run('space', path, {apply})
  }

  #create(path: string, mode: number): SimNode {
    const file = new SimFile(this.#tree.newInode({mode, ...owner}), 'file', this.#now())
    this.#tree.add(path, file)
    return file
  }

  #find(path: string, how: Exclude<OpenHow, 'create'>): SimNode {
    if (how === 'read') return this.#tree.require(path, 'open')
    const node = this.#tree.requireUnlinked(path, {isReal: how === 'read-unlinked'})
    if (how === 'read-unlinked') return node
    if (!(node instanceof SimFile)) throw systemError('EISDIR', 'open', path)
    if (node.inode.isForbidden) throw systemError('EACCES', 'open', path)
    if (node.kind === 'other') throw systemError('ENXIO', 'open', path)
    return node
  }

  #successor(trouble: TroubleOptions): SimDiskOptions {
    const {capacityBytes, isLinkless, clock} = this.#options
    return {
      ...trouble,
      ...(capacityBytes === undefined ? {} : {capacityBytes}),
      ...(isLinkless === undefined ? {} : {isLinkless}),
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

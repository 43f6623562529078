import {posix} from 'node:path'
import {systemError} from './error.ts'
import {SimFile} from './file.ts'
import type {Seeded} from './random.ts'

export class SimFolder {
  readonly inode: number
  readonly mode: number
  readonly names = new Map<string, SimNode>()

  constructor(inode: number, mode: number) {
    this.inode = inode
    this.mode = mode
  }
}

export type SimNode = SimFile | SimFolder

/** From now on, the name in the folder means the node, or nothing. */
interface Naming {
  readonly folder: SimFolder
  readonly name: string
  readonly node: SimNode | undefined
  isDurable: boolean
}

/**
 * The names on a disk. `names` of a folder is what the process sees; the list of changes decides what power loss
 * leaves: a change that was synced, and any subset of the others. Of a rename, the new name may come without the old
 * one going, but never the other way round: no file system loses the file itself.
 */
export class SimTree {
  readonly root = new SimFolder(1, 0o755)
  readonly #changes: Naming[][] = []
  #inodes = 1

  newInode(): number {
    this.#inodes += 1
    return this.#inodes
  }

  find(path: string): SimNode | undefined {
    let node: SimNode | undefined = this.root
    for (const name of namesIn(path)) {
      if (!(node instanceof SimFolder)) return undefined
      node = node.names.get(name)
    }
    return node
  }

  require(path: string, operation: string): SimNode {
    let node: SimNode = this.root
    for (const name of namesIn(path)) {
      if (!(node instanceof SimFolder)) throw systemError('ENOTDIR', operation, path)
      const below = node.names.get(name)
      if (below === undefined) throw systemError('ENOENT', operation, path)
      node = below
    }
    return node
  }

  folder(path: string, operation: string): SimFolder {
    const node = this.require(path, operation)
    if (!(node instanceof SimFolder)) throw systemError('ENOTDIR', operation, path)
    return node
  }

  add(path: string, node: SimNode): void {
    const {folder, name} = this.#place(path, 'create')
    if (this.find(path) !== undefined) throw systemError('EEXIST', 'create', path)
    this.#change([{folder, name, node, isDurable: false}])
  }

  /** As if it had always been there. */
  putDurable(path: string, node: SimNode): void {
    this.#change([{...this.#place(path, 'put'), node, isDurable: true}])
  }

  remove(path: string): void {
    const node = this.require(path, 'remove')
    if (node instanceof SimFolder && node.names.size > 0) throw systemError('ENOTEMPTY', 'remove', path)
    this.#change([{...this.#place(path, 'remove'), node: undefined, isDurable: false}])
  }

  rename(from: string, to: string): void {
    const source = this.#place(from, 'rename')
    const target = this.#place(to, 'rename')
    const node = this.require(from, 'rename')
    const replaced = target.folder.names.get(target.name)
    if (to.startsWith(`${from}/`)) throw systemError('EINVAL', 'rename', to)
    if (from.startsWith(`${to}/`)) throw systemError('ENOTEMPTY', 'rename', to)
    if (replaced === node) return
    if (replaced !== undefined) refuseUnlike(node, replaced, to)
    this.#change([
      {...target, node, isDurable: false},
      {...source, node: undefined, isDurable: false}
    ])
  }

  sync(folder: SimFolder): void {
    for (const change of this.#changes) {
      const last = change.findLastIndex((naming) => naming.folder === folder)
      const synced = last >= 0 && isFolderMove(change) ? change.length : last + 1
      for (const naming of change.slice(0, synced)) naming.isDurable = true
    }
  }

  files(): Map<string, SimFile> {
    const files = new Map<string, SimFile>()
    const collect = (folder: SimFolder, path: string): void => {
      for (const [name, node] of folder.names) {
        if (node instanceof SimFile) files.set(`${path}/${name}`, node)
        else collect(node, `${path}/${name}`)
      }
    }
    collect(this.root, '')
    return files
  }

  /** What is found after power loss; all of it is durable then. */
  afterCrash(random: Seeded): SimTree {
    const names = this.#namesAfterCrash(random)
    const tree = new SimTree()
    tree.#inodes = this.#inodes
    // A file found under two names is still one file.
    const found = new Map<SimNode, SimNode>()
    const restore = (from: SimFolder, path: string): void => {
      for (const [name, node] of names.get(from) ?? []) {
        const isFile = node instanceof SimFile
        const copy = found.get(node) ?? (isFile ? node.afterCrash(random) : new SimFolder(node.inode, node.mode))
        found.set(node, copy)
        tree.putDurable(`${path}/${name}`, copy)
        if (!isFile) restore(node, `${path}/${name}`)
      }
    }
    restore(this.root, '')
    return tree
  }

  #namesAfterCrash(random: Seeded): Map<SimFolder, Map<string, SimNode>> {
    const folders = new Map<SimFolder, Map<string, SimNode>>()
    // Chosen once a crash, since fair coins for each change would hardly ever lose, or keep, all of them.
    const luck = random.pick(['none', 'any', 'all'] as const)
    for (const change of this.#changes) {
      const any = isFolderMove(change) ? random.pick([0, 2]) : random.below(change.length + 1)
      const kept = luck === 'any' ? any : luck === 'none' ? 0 : change.length
      for (const {folder, name, node} of change.filter(({isDurable}, index) => isDurable || index < kept)) {
        const names = folders.get(folder) ?? new Map<string, SimNode>()
        folders.set(folder, names)
        if (node === undefined) names.delete(name)
        else names.set(name, node)
      }
    }
    return folders
  }

  #place(path: string, operation: string): {folder: SimFolder; name: string} {
    return {folder: this.folder(posix.dirname(path), operation), name: posix.basename(path)}
  }

  #change(change: Naming[]): void {
    for (const {folder, name, node} of change) {
      if (node === undefined) folder.names.delete(name)
      else folder.names.set(name, node)
    }
    this.#changes.push(change)
  }
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '')
}

/** A folder cannot have two names, so its two halves go together. */
function isFolderMove(change: readonly Naming[]): boolean {
  return change.length === 2 && change[0]?.node instanceof SimFolder
}

function refuseUnlike(node: SimNode, replaced: SimNode, path: string): void {
  if (!(replaced instanceof SimFolder)) {
    if (node instanceof SimFolder) throw systemError('ENOTDIR', 'rename', path)
    return
  }
  if (!(node instanceof SimFolder)) throw systemError('EISDIR', 'rename', path)
  if (replaced.names.size > 0) throw systemError('ENOTEMPTY', 'rename', path)
}

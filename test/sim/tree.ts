import {posix} from 'node:path'
import type {Attributes} from '../../src/host/disk.ts'
import {systemError} from './error.ts'
import {SimFile} from './file.ts'
import {SimInode} from './inode.ts'
import {SimFolder, SimLink, type SimNode} from './nodes.ts'
import type {Seeded} from './random.ts'

interface Entry {
  readonly folder: SimFolder
  readonly name: string
}

/** From now on, the name in the folder means the node, or nothing. */
interface Naming extends Entry {
  readonly node: SimNode | undefined
  isDurable: boolean
}

/** Where a path leads, by its name without links; the root has the name ''. */
interface Place {
  readonly path: string
  readonly node: SimNode
}

type Nowhere = 'ENOENT' | 'ENOTDIR' | 'ELOOP'

// As many as Linux follows.
const linksMax = 40

/**
 * The names on a disk. `names` of a folder is what the process sees; the list of changes decides what power loss
 * leaves: a change that was synced, and any subset of the others. Of a rename, the new name may come without the old
 * one going, but never the other way round: no file system loses the file itself.
 */
export class SimTree {
  readonly root: SimFolder
  readonly #changes: Naming[][] = []
  #inodes = 1

  constructor(root = new SimInode(1, {mode: 0o755, uid: 0, gid: 0})) {
    this.root = new SimFolder(root)
  }

  newInode(attributes: Attributes): SimInode {
    this.#inodes += 1
    return new SimInode(this.#inodes, attributes)
  }

  /** Follows links, but for `lookAt` the last one. Undefined where nothing is. */
  find(path: string): SimNode | undefined {
    return unlessAbsent(this.#walk(path, 'to the end'), path)?.node
  }

  lookAt(path: string): SimNode | undefined {
    return unlessAbsent(this.#walk(path, 'to the last name'), path)?.node
  }

  realPath(path: string): string | undefined {
    const place = unlessAbsent(this.#walk(path, 'to the end'), path)
    return place?.path === '' ? '/' : place?.path
  }

  require(path: string, operation: string): SimNode {
    const place = this.#walk(path, 'to the end')
    if (typeof place === 'string') throw systemError(place, operation, path)
    return place.node
  }

  /** Of the last name itself; of the whole path where it `isReal`. ELOOP where a link is in the way. */
  requireUnlinked(path: string, {isReal}: {isReal: boolean}): SimNode {
    const place = this.#walk(path, 'to the last name')
    if (typeof place === 'string') throw systemError(place, 'open', path)
    if (place.node instanceof SimLink || (isReal && place.path !== path)) throw systemError('ELOOP', 'open', path)
    return place.node
  }

  folder(path: string, operation: string): SimFolder {
    const node = this.require(path, operation)
    if (!(node instanceof SimFolder)) throw systemError('ENOTDIR', operation, path)
    return node
  }

  add(path: string, node: SimNode): void {
    const {folder, name} = this.#place(path, 'create')
    if (folder.names.has(name)) throw systemError('EEXIST', 'create', path)
    refuseForbidden(folder, path)
    node.inode.device = folder.inode.device
    this.#change([{folder, name, node, isDurable: false}])
  }

  /** As if it had always been there. */
  putDurable(path: string, node: SimNode): void {
    const place = this.#place(path, 'put')
    node.inode.device = place.folder.inode.device
    this.#change([{...place, node, isDurable: true}])
  }

  remove(path: string): void {
    const place = this.#place(path, 'remove')
    const node = named(place, path)
    refuseForbidden(place.folder, path)
    if (node instanceof SimFolder && node.names.size > 0) throw systemError('ENOTEMPTY', 'remove', path)
    this.#change([{...place, node: undefined, isDurable: false}])
  }

  link(from: string, to: string): void {
    const node = named(this.#place(from, 'link'), from)
    const {folder, name} = this.#place(to, 'link')
    if (folder.names.has(name)) throw systemError('EEXIST', 'link', to)
    if (node.inode.device !== folder.inode.device) throw systemError('EXDEV', 'link', to)
    refuseForbidden(folder, to)
    if (node instanceof SimFolder) throw systemError('EPERM', 'link', from)
    this.#change([{folder, name, node, isDurable: false}])
  }

  rename(from: string, to: string): void {
    const source = this.#place(from, 'rename')
    const target = this.#place(to, 'rename')
    if (source.folder.inode.device !== target.folder.inode.device) throw systemError('EXDEV', 'rename', to)
    const node = named(source, from)
    const replaced = target.folder.names.get(target.name)
    if (node instanceof SimFolder && node.has(target.folder)) throw systemError('EINVAL', 'rename', to)
    if (replaced instanceof SimFolder && replaced.has(source.folder)) throw systemError('ENOTEMPTY', 'rename', to)
    // Two names of one file stay, both of them.
    if (replaced === node) return
    for (const {folder} of [source, target]) refuseForbidden(folder, from)
    if (replaced !== undefined) refuseUnlike(node, replaced, to)
    this.#change([
      {...target, node, isDurable: false},
      {...source, node: undefined, isDurable: false}
    ])
  }

  sync(folder: SimFolder): void {
    folder.inode.sync()
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
        if (node instanceof SimFolder) collect(node, `${path}/${name}`)
      }
    }
    collect(this.root, '')
    return files
  }

  /** What is found after power loss; all of it is durable then. */
  afterCrash(random: Seeded): SimTree {
    const names = this.#namesAfterCrash(random)
    const tree = new SimTree(this.root.inode.afterCrash(random))
    tree.#inodes = this.#inodes
    // A file found under two names is still one file.
    const found = new Map<SimNode, SimNode>()
    const restore = (from: SimFolder, path: string): void => {
      for (const [name, node] of names.get(from) ?? []) {
        const copy = found.get(node) ?? afterCrash(node, random)
        found.set(node, copy)
        const {device} = copy.inode
        tree.putDurable(`${path}/${name}`, copy)
        copy.inode.device = device
        if (node instanceof SimFolder) restore(node, `${path}/${name}`)
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

  /** Names one after the other, with what a link stands for in its place, from the root or from where the link is. */
  #walk(path: string, how: 'to the end' | 'to the last name'): Place | Nowhere {
    const waiting = namesIn(path)
    const root: Place = {path: '', node: this.root}
    const above: Place[] = []
    let here = root
    let followed = 0
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(here.node instanceof SimFolder)) return 'ENOTDIR'
      const node = here.node.names.get(name)
      if (name === '..') {
        here = above.pop() ?? root
      } else if (node === undefined) {
        return 'ENOENT'
      } else if (node instanceof SimLink && (how === 'to the end' || waiting.length > 0)) {
        followed += 1
        if (followed > linksMax) return 'ELOOP'
        if (node.target.startsWith('/')) here = root
        waiting.unshift(...namesIn(node.target))
      } else {
        above.push(here)
        here = {path: `${here.path}/${name}`, node}
      }
    }
    return here
  }

  #place(path: string, operation: string): Entry {
    return {folder: this.folder(posix.dirname(path), operation), name: posix.basename(path)}
  }

  #change(change: Naming[]): void {
    for (const {folder, name, node} of change) {
      const before = folder.names.get(name)
      if (before !== undefined) before.inode.links -= 1
      if (node === undefined) {
        folder.names.delete(name)
      } else {
        folder.names.set(name, node)
        node.inode.links += 1
      }
    }
    this.#changes.push(change)
  }
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function unlessAbsent(found: Place | Nowhere, path: string): Place | undefined {
  if (found === 'ELOOP') throw systemError(found, 'look', path)
  return typeof found === 'string' ? undefined : found
}

function named({folder, name}: Entry, path: string): SimNode {
  const node = folder.names.get(name)
  if (node === undefined) throw systemError('ENOENT', 'use', path)
  return node
}

function refuseForbidden({inode}: SimFolder, path: string): void {
  if (inode.isForbidden) throw systemError('EACCES', 'change', path)
}

function afterCrash(node: SimNode, random: Seeded): SimNode {
  if (node instanceof SimFile) return node.afterCrash(random)
  const inode = node.inode.afterCrash(random)
  return node instanceof SimLink ? new SimLink(inode, node.target) : new SimFolder(inode)
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

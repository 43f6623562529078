import type {FileStat, OpenFile, OpenHow} from '../../src/host/disk.ts'
import {systemError} from './error.ts'
import {SimFile} from './file.ts'
import type {SimNode} from './tree.ts'
import type {Trouble} from './trouble.ts'

/** What an open file needs of the disk it is on. */
export interface Shelf {
  readonly trouble: Trouble
  now(): number
  /** Bytes by which files may still grow. */
  room(): number
  /** The open files: one in here still holds its space, though its name may be gone. */
  readonly open: Set<SimHandle>
}

export class SimHandle implements OpenFile {
  readonly node: SimNode
  readonly #path: string
  readonly #how: OpenHow
  readonly #shelf: Shelf

  constructor(node: SimNode, opened: {path: string; how: OpenHow}, shelf: Shelf) {
    this.node = node
    this.#path = opened.path
    this.#how = opened.how
    this.#shelf = shelf
    shelf.open.add(this)
  }

  read(into: Uint8Array, position: number): Promise<number> {
    const apply = (): number => {
      const file = this.#file('read')
      const bytes = file.bytes.subarray(position, position + into.length)
      into.set(bytes)
      return bytes.length
    }
    return this.#shelf.trouble.run('read', this.#path, {apply})
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    const apply = (): void => {
      const file = this.#file('create')
      const fitting = Math.max(file.size, position) - position + this.#shelf.room()
      file.write(bytes.subarray(0, Math.max(0, fitting)), position)
      file.modifiedMs = this.#shelf.now()
      if (fitting < bytes.length) throw systemError('ENOSPC', 'write', this.#path)
    }
    const fail = (): void => {
      this.#file('create').write(bytes.subarray(0, this.#shelf.trouble.tear(bytes.length)), position)
    }
    return this.#shelf.trouble.run('write', this.#path, {apply, fail})
  }

  sync(): Promise<void> {
    return this.#shelf.trouble.run('sync', this.#path, {
      apply: () => {
        this.#requireOpen()
        if (this.node instanceof SimFile) this.node.sync()
      },
      fail: () => {
        if (this.node instanceof SimFile) this.node.failSync()
      }
    })
  }

  stat(): Promise<FileStat> {
    const apply = (): FileStat => {
      this.#requireOpen()
      return statOf(this.node)
    }
    return this.#shelf.trouble.run('stat', this.#path, {apply})
  }

  close(): Promise<void> {
    const close = (): void => {
      this.#shelf.open.delete(this)
    }
    return this.#shelf.trouble.run('close', this.#path, {apply: close, fail: close})
  }

  #requireOpen(): void {
    if (!this.#shelf.open.has(this)) throw systemError('EBADF', 'use', this.#path)
  }

  #file(how: 'read' | 'create'): SimFile {
    this.#requireOpen()
    if ((this.#how === 'create') !== (how === 'create')) throw systemError('EBADF', how, this.#path)
    if (!(this.node instanceof SimFile)) throw systemError('EISDIR', how, this.#path)
    return this.node
  }
}

export function statOf(node: SimNode): FileStat {
  const common = {inode: node.inode, device: 1}
  if (!(node instanceof SimFile)) {
    return {...common, kind: 'directory', size: 0, mode: node.mode, uid: 0, gid: 0, modifiedMs: 0}
  }
  const {kind, mode, uid, gid} = node.attributes
  const size = kind === 'file' ? node.size : 0
  return {...common, kind: kind === 'other' ? 'other' : 'file', size, mode, uid, gid, modifiedMs: node.modifiedMs}
}

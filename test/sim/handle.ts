import type {Attributes, FileStat, OpenFile, OpenHow} from '../../src/host/disk.ts'
import {systemError} from './error.ts'
import {SimFile} from './file.ts'
import {SimFolder, statOf, type SimNode} from './nodes.ts'
import type {Trouble} from './trouble.ts'

/** What an open file needs of the disk it is on. */
export interface Shelf {
  readonly trouble: Trouble
  now(): number
  /** Bytes by which files may still grow. */
  room(): number
  /** Makes the names in the folder durable, and what is kept of the folder itself. */
  syncFolder(folder: SimFolder): void
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
    return this.writeAll([bytes], position)
  }

  /** The parts are looked at when the write takes effect: what has changed in them by then is what is written. */
  writeAll(parts: readonly Uint8Array[], position: number): Promise<void> {
    const apply = (): void => {
      const file = this.#file('write')
      const bytes = Buffer.concat(parts)
      const fitting = Math.max(file.size, position) - position + this.#shelf.room()
      file.write(bytes.subarray(0, Math.max(0, fitting)), position)
      file.modifiedMs = this.#shelf.now()
      if (fitting < bytes.length) throw systemError('ENOSPC', 'write', this.#path)
    }
    const fail = (): void => {
      const bytes = Buffer.concat(parts)
      this.#file('write').write(bytes.subarray(0, this.#shelf.trouble.tear(bytes.length)), position)
    }
    return this.#shelf.trouble.run('write', this.#path, {apply, fail})
  }

  sync(): Promise<void> {
    return this.#shelf.trouble.run('sync', this.#path, {
      apply: () => {
        this.#requireOpen()
        if (this.node instanceof SimFile) this.node.sync()
        if (this.node instanceof SimFolder) this.#shelf.syncFolder(this.node)
      },
      fail: () => {
        if (this.node instanceof SimFile) this.node.failSync()
        else this.node.inode.failSync()
      }
    })
  }

  syncData(): Promise<void> {
    return this.#shelf.trouble.run('syncData', this.#path, {
      apply: () => {
        this.#file('write').syncData()
      },
      fail: () => {
        this.#file('write').failSyncData()
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

  setAttributes({uid, gid, mode}: Attributes): Promise<void> {
    const apply = (): void => {
      this.#requireOpen()
      this.node.inode.set({uid, gid, mode})
    }
    // The owner goes first: the failure may come after that.
    const fail = (): void => {
      if (this.#shelf.trouble.tear(1) === 1) this.node.inode.set({...this.node.inode.attributes, uid, gid})
    }
    return this.#shelf.trouble.run('setAttributes', this.#path, {apply, fail})
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

  #file(how: 'read' | 'write'): SimFile {
    this.#requireOpen()
    const isForWriting = this.#how === 'create' || this.#how === 'write'
    if (isForWriting !== (how === 'write')) throw systemError('EBADF', how, this.#path)
    if (!(this.node instanceof SimFile)) throw systemError('EISDIR', how, this.#path)
    return this.node
  }
}

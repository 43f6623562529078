import type {FileStat} from '../../src/host/disk.ts'
import type {SimFile} from './file.ts'
import type {SimInode} from './inode.ts'

export class SimFolder {
  readonly inode: SimInode
  readonly names = new Map<string, SimNode>()

  constructor(inode: SimInode) {
    this.inode = inode
  }

  has(node: SimNode): boolean {
    return node === this || [...this.names.values()].some((below) => below instanceof SimFolder && below.has(node))
  }
}

/** A symbolic link. */
export class SimLink {
  readonly inode: SimInode
  readonly target: string

  constructor(inode: SimInode, target: string) {
    this.inode = inode
    this.target = target
  }
}

export type SimNode = SimFile | SimFolder | SimLink

export function statOf(node: SimNode): FileStat {
  const {number, device, links, attributes} = node.inode
  const common = {inode: number, device, links, ...attributes}
  if (node instanceof SimFolder) return {...common, kind: 'directory', size: 0, modifiedMs: 0}
  if (node instanceof SimLink) return {...common, kind: 'link', size: Buffer.byteLength(node.target), modifiedMs: 0}
  const size = node.kind === 'file' ? node.size : 0
  return {...common, kind: node.kind === 'other' ? 'other' : 'file', size, modifiedMs: node.modifiedMs}
}

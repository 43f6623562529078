import type {SimInode} from './inode.ts'
import type {Seeded} from './random.ts'

// What a drive writes as a whole: a sector is never torn, but each may be of another time.
const sectorBytes = 512

/** `other` stands for a device or a FIFO; a file of /proc has bytes, but its size reads as 0. */
export type SimFileKind = 'file' | 'other' | 'proc'

interface Write {
  readonly bytes: Uint8Array
  readonly position: number
  /** `doubtful`: its sync failed. Linux then takes it for written, so that later syncs skip it. */
  fate: 'unsynced' | 'durable' | 'doubtful'
}

/** The bytes of a file as the process sees them, and how they came about, which decides what power loss leaves. */
export class SimFile {
  readonly inode: SimInode
  readonly kind: SimFileKind
  modifiedMs: number
  #memory: Uint8Array = new Uint8Array(0)
  #size = 0
  readonly #writes: Write[] = []

  constructor(inode: SimInode, kind: SimFileKind, modifiedMs: number) {
    this.inode = inode
    this.kind = kind
    this.modifiedMs = modifiedMs
  }

  get size(): number {
    return this.#size
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#size)
  }

  write(given: Uint8Array, position: number): void {
    if (given.length === 0) return
    const bytes = Uint8Array.from(given)
    const end = position + bytes.length
    if (end > this.#memory.length) {
      const larger = new Uint8Array(end * 2)
      larger.set(this.bytes)
      this.#memory = larger
    }
    this.#memory.set(bytes, position)
    this.#size = Math.max(this.#size, end)
    this.#writes.push({bytes, position, fate: 'unsynced'})
  }

  sync(): void {
    this.inode.sync()
    this.syncData()
  }

  failSync(): void {
    this.inode.failSync()
    this.failSyncData()
  }

  syncData(): void {
    for (const write of this.#writes) if (write.fate === 'unsynced') write.fate = 'durable'
  }

  failSyncData(): void {
    for (const write of this.#writes) if (write.fate === 'unsynced') write.fate = 'doubtful'
  }

  /** The file as it is found after power loss; it is durable then. */
  afterCrash(random: Seeded): SimFile {
    const found = new SimFile(this.inode.afterCrash(random), this.kind, this.modifiedMs)
    const bytes = new Uint8Array(this.#size)
    const sectorLuck = luck(random)
    for (const sector of this.#sectors()) {
      const durable = sector.findLastIndex(({fate}) => fate === 'durable') + 1
      for (const write of sector.slice(0, sectorLuck(durable, sector.length))) bytes.set(write.bytes, write.position)
    }
    // The size is written apart from the bytes: either may be missing, and bytes that are missing read as zeros.
    found.write(bytes.subarray(0, luck(random)(this.#durableSize(), this.#size)), 0)
    found.sync()
    return found
  }

  #durableSize(): number {
    const durable = this.#writes.filter(({fate}) => fate === 'durable')
    return durable.reduce((size, {bytes, position}) => Math.max(size, position + bytes.length), 0)
  }

  /** For each sector that was ever written, its parts of the writes, in their order. */
  #sectors(): Iterable<Write[]> {
    const sectors = new Map<number, Write[]>()
    for (const {bytes, position, fate} of this.#writes) {
      let from = 0
      while (from < bytes.length) {
        const sector = Math.floor((position + from) / sectorBytes)
        const to = Math.min(bytes.length, (sector + 1) * sectorBytes - position)
        const parts = sectors.get(sector) ?? []
        sectors.set(sector, parts)
        parts.push({bytes: bytes.subarray(from, to), position: position + from, fate})
        from = to
      }
    }
    return sectors.values()
  }
}

/** How far a file got, chosen once: fair coins for each sector would hardly ever lose, or keep, all of a large file. */
function luck(random: Seeded): (least: number, most: number) => number {
  return random.pick([
    (least: number): number => least,
    (least: number, most: number): number => least + random.below(most - least + 1),
    (_least: number, most: number): number => most
  ])
}

/**
 * Where everything lies in the one shared memory of the store:
 *
 *     0        the kernel's own constants
 *     1024     control block: Int32 cells, named in `cells`
 *     65536    headroom: the unfinished line of a connection is put here, right in front of what is read next
 *              input: sockets read into it
 *              arena: the bytes of the records, overwritten in turn
 *              index: one entry of 16 bytes a record
 *              scratch: heads of frames, buffers of readers
 *
 * An entry of the index, little-endian: u32 offset in the arena · u32 bytes (21 bits), level (3), flags (8) · u32 low
 * part of the arrival in milliseconds since 1970 · u16 its high part · u16 source.
 */
export interface Layout {
  readonly lineBytesMax: number
  readonly ringLines: number
  readonly headroomAt: number
  readonly inputAt: number
  readonly inputBytes: number
  readonly arenaAt: number
  readonly arenaBytes: number
  readonly indexAt: number
  /** Entries; a power of two above `ringLines`. */
  readonly indexEntries: number
  readonly scratchAt: number
  readonly scratchBytes: number
  readonly pages: number
}

export interface LayoutOptions {
  readonly ringLines: number
  readonly ringBytes: number
  readonly lineBytesMax: number
}

export const controlAt = 1024

/** Cells of the control block, counted in Int32 from `controlAt`. Counters are unsigned and wrap. */
export const cells = {
  /** Offset in the arena where the next bytes go. */
  head: 0,
  /** Counter of the oldest record that is still there. Stored atomically before anything of it is overwritten. */
  first: 1,
  /** Counter of the next record. Stored atomically after its entry is complete. */
  end: 2,
  /** Of the last call: where its bytes begin in the arena, how many records it took, which levels (a bit each), how many it evicted. */
  takenAt: 3,
  takenRecords: 4,
  takenLevels: 5,
  takenEvicted: 6,
  sumLow: 7,
  sumHigh: 8,
  /** Seven cells: records taken so far, by level. */
  levels: 16
} as const

export const flags = {truncated: 1, partial: 2, whole: 8} as const

const pageBytes = 65_536
// Reads of this size are as fast as larger ones, and a run of lines from one read fits one frame of the write-ahead log.
const inputBytes = 512 * 1024
// Kernels load whole vectors: they may look this far behind an area, but never use what they see there.
const guardBytes = 256
const scratchBytes = 4 << 20
export const entryBytes = 16

export function layoutOf({ringLines, ringBytes, lineBytesMax}: LayoutOptions): Layout {
  // The digits of an octet count stand before a line that is not complete yet.
  const headroomBytes = aligned(lineBytesMax + 64)
  const inputAt = pageBytes + headroomBytes
  const arenaAt = aligned(inputAt + inputBytes + guardBytes)
  const arenaBytes = aligned(ringBytes)
  const indexAt = aligned(arenaAt + arenaBytes + guardBytes)
  const indexEntries = 2 ** Math.ceil(Math.log2(ringLines + 1))
  const scratchAt = aligned(indexAt + indexEntries * entryBytes + guardBytes)
  return {
    lineBytesMax,
    ringLines,
    headroomAt: pageBytes,
    inputAt,
    inputBytes,
    arenaAt,
    arenaBytes,
    indexAt,
    indexEntries,
    scratchAt,
    scratchBytes,
    pages: Math.ceil((scratchAt + scratchBytes + guardBytes) / pageBytes)
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes
}

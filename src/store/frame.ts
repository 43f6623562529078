import {checksumOf, type Checksum} from './checksum.ts'

/**
 * A frame: records that were written together. A log is one frame behind the other; each begins where the one before
 * it ends, at a multiple of 16 bytes in its segment. All numbers are little-endian.
 *
 *      0 u32 'LCF1'                  4 u32 bytes of the frame, with the zeros that fill it up to 16
 *      8 u64 checksum of the head behind this field
 *     16 u64 checksum of the body
 *     24 u64 sequence of the first record
 *     32 u64 durable: what is below was known to be synced when this was written
 *     40 u32 records                44 u32 bytes of the body
 *     48 u32 epoch                  52 u16 flags
 *     54 u16 runs                   56 u16 sources        58 u16 sessions
 *     60 u32 bytes of the head, a multiple of 16
 *     64 u8  levels, a bit each     65 zeros
 *     72 runs: u32 bytes · u32 records · u32 arrival, low · u16 its high part · u16 source · u16 flags · u16 zero
 *        sources: u8 length · bytes
 *        sessions: u8 length · bytes · u64 last number
 *        zeros, then the body: the bytes of the runs as they came
 *
 * Both checksums are seeded with the id of the segment and the place in it: what an earlier life of the file has left,
 * or what was copied from elsewhere, is never taken for a frame. A frame may hold no records: a table of sessions, the
 * mark of a clean close, or blank lines alone.
 */
export interface Frame extends FrameHead {
  /** A view, not a copy. */
  readonly body: Uint8Array
}

export interface FrameHead {
  /** All of the frame: the next one begins so many bytes behind the beginning of this one. */
  readonly bytes: number
  readonly headBytes: number
  readonly bodyBytes: number
  readonly bodySum: Checksum
  readonly firstSeq: number
  readonly durableSeq: number
  readonly records: number
  readonly epoch: number
  /** Of `frameFlags`. */
  readonly flags: number
  readonly levels: number
  readonly runs: readonly FrameRun[]
  readonly sessions: readonly FrameSession[]
}

/** Records that came together: of one source, at one moment. */
export interface FrameRun {
  readonly bytes: number
  readonly records: number
  readonly arrivalMs: number
  readonly source: string
  /** Of `flags` in layout.ts. */
  readonly flags: number
}

/** The session has stored everything up to record `number`, with the records of this frame. */
export interface FrameSession {
  readonly id: string
  readonly number: number
}

/** Where a frame stands. */
export interface FramePlace {
  readonly idLow: number
  readonly idHigh: number
  /** In the file of the segment. */
  readonly offset: number
}

export const frameFlags = {
  /** The log was closed behind this frame. */
  cleanClose: 1,
  /** Sessions as they were when the segment began. */
  sessionTable: 2
} as const

/** `LCF1` */
export const frameMagic = 0x3146434c
export const frameAlignBytes = 16
export const headBytesMin = 72
export const frameRunBytes = 20
/** A name or an id has one byte for its length. */
export const nameBytesMax = 255

// Where that begins of which the checksum of the head is.
export const sumFrom = 16

/** `absent`: no head that belongs to this place; `damaged`: a head that does, with a body that is not its own. */
export function decodeFrame(bytes: Uint8Array, place: FramePlace): Frame | 'absent' | 'damaged' {
  const head = decodeHead(bytes, place)
  if (head === undefined) return 'absent'
  const body = bytes.subarray(head.headBytes, head.headBytes + head.bodyBytes)
  const isWhole = bytes.length >= head.bytes && isSame(sumOf(body, place), head.bodySum)
  return isWhole ? {...head, body} : 'damaged'
}

/** The head at the beginning of `bytes`, which may end behind it; undefined where there is none that belongs here. */
export function decodeHead(bytes: Uint8Array, place: FramePlace): FrameHead | undefined {
  const headBytes = headBytesOf(bytes)
  if (headBytes === undefined || headBytes > bytes.length) return undefined
  const view = viewOf(bytes)
  if (!isSame(sumOf(bytes.subarray(sumFrom, headBytes), place), sumAt(view, 8))) return undefined
  const head = {...fixedPart(view), ...tables(bytes.subarray(0, headBytes))}
  // Behind the checksum, and so told twice.
  return view.getUint32(4, true) === head.bytes ? head : undefined
}

/** How much has to be read for `decodeHead`, told by the first 64 bytes; undefined where no frame can begin. */
export function headBytesOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < 64) return undefined
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== frameMagic) return undefined
  const headBytes = view.getUint32(60, true)
  const counted = headBytesMin + view.getUint16(54, true) * frameRunBytes
  return headBytes >= counted && headBytes % frameAlignBytes === 0 ? headBytes : undefined
}

/** As the checksum takes it: no two places of one segment have the same, nor has one place in two segments. */
export function seedOf({idLow, idHigh, offset}: FramePlace): Checksum {
  return {low: (idLow ^ Math.imul(offset, 0xcc9e2d51)) >>> 0, high: (idHigh ^ Math.imul(offset, 0x1b873593)) >>> 0}
}

export function sumOf(bytes: Uint8Array, place: FramePlace): Checksum {
  const {low, high} = seedOf(place)
  return checksumOf(bytes, low, high)
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / frameAlignBytes) * frameAlignBytes
}

function fixedPart(view: DataView): Omit<FrameHead, 'runs' | 'sessions'> {
  const headBytes = view.getUint32(60, true)
  const bodyBytes = view.getUint32(44, true)
  return {
    bytes: aligned(headBytes + bodyBytes),
    headBytes,
    bodyBytes,
    bodySum: sumAt(view, 16),
    firstSeq: numberAt(view, 24),
    durableSeq: numberAt(view, 32),
    records: view.getUint32(40, true),
    epoch: view.getUint32(48, true),
    flags: view.getUint16(52, true),
    levels: view.getUint8(64)
  }
}

/** Of a head whose checksum is right. */
export function tables(head: Uint8Array): Pick<FrameHead, 'runs' | 'sessions'> {
  const view = viewOf(head)
  const runs = view.getUint16(54, true)
  const names = new NameReader(head, headBytesMin + runs * frameRunBytes)
  const sources = Array.from({length: view.getUint16(56, true)}, () => names.name())
  const sessions = Array.from({length: view.getUint16(58, true)}, () => ({id: names.name(), number: names.number()}))
  return {sessions, runs: Array.from({length: runs}, (_, index) => runAt(view, index, sources))}
}

function runAt(view: DataView, index: number, sources: readonly string[]): FrameRun {
  const at = headBytesMin + index * frameRunBytes
  return {
    bytes: view.getUint32(at, true),
    records: view.getUint32(at + 4, true),
    arrivalMs: view.getUint32(at + 8, true) + view.getUint16(at + 12, true) * 2 ** 32,
    source: sources[view.getUint16(at + 14, true)] ?? '',
    flags: view.getUint16(at + 16, true)
  }
}

const decoder = new TextDecoder()

/** Reads what its own checksum vouches for; behind the end of the head it finds nothing, but does not fail. */
class NameReader {
  readonly #head: Uint8Array
  #at: number

  constructor(head: Uint8Array, at: number) {
    this.#head = head
    this.#at = at
  }

  name(): string {
    const from = this.#at + 1
    this.#at = from + (this.#head[this.#at] ?? 0)
    // A copy, since a decoder takes no bytes of shared memory.
    return decoder.decode(this.#head.slice(from, this.#at))
  }

  number(): number {
    this.#at += 8
    return this.#at <= this.#head.length ? numberAt(viewOf(this.#head), this.#at - 8) : 0
  }
}

function isSame(one: Checksum, other: Checksum): boolean {
  return one.low === other.low && one.high === other.high
}

function sumAt(view: DataView, at: number): Checksum {
  return {low: view.getUint32(at, true), high: view.getUint32(at + 4, true)}
}

function numberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

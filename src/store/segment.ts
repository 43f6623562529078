import {checksumOf} from './checksum.ts'

/**
 * A segment: one file of the log, `0000000000000001.lcw` after the sequence of its first record. It begins with a header
 * of 4096 bytes, which takes a page for itself so that writing frames never writes it again; frames follow it.
 *
 *     0 'LCWAL\n' · u16 version, 1 · 16 bytes id of the node
 *    24 u64 id of the segment · u64 sequence of its first record
 *    40 u32 epoch · u32 zero · u64 made, milliseconds since 1970
 *    56 u64 checksum of all before · zeros
 *
 * Files are used again for later segments: the id, drawn anew each time, is what tells their frames from old ones.
 */
export interface SegmentHeader {
  readonly nodeId: Uint8Array
  readonly idLow: number
  readonly idHigh: number
  readonly firstSeq: number
  readonly epoch: number
  readonly createdMs: number
}

export const headerBytes = 4096
/** The file that is made ready to be the next segment. Whatever is in it belongs to nobody. */
export const spareName = 'spare.tmp'

const segmentBytesMin = 1 << 20
export const segmentBytesMax = 64 << 20

const magic = new TextEncoder().encode('LCWAL\n')
const version = 1
const sumAt = 56
const nodeIdBytes = 16

export function segmentName(firstSeq: number): string {
  return `${String(firstSeq).padStart(16, '0')}.lcw`
}

/** The sequence in the name of a segment; undefined for the name of anything else. */
export function firstSeqOf(name: string): number | undefined {
  const digits = /^(\d{16})\.lcw$/.exec(name)?.[1]
  const seq = Number(digits)
  return digits !== undefined && Number.isSafeInteger(seq) && seq > 0 ? seq : undefined
}

/**
 * So large that at least eight fit into what is retained, since that is how finely the oldest records go; but the
 * longest line must fit, together with what was read behind it.
 */
export function segmentBytesFor(retainBytes: number, lineBytesMax = 0): number {
  const fitting = 2 ** Math.floor(Math.log2(retainBytes / 8))
  const least = 2 ** Math.ceil(Math.log2((lineBytesMax + readBytes + headerBytes) / runShare))
  return Math.min(segmentBytesMax, Math.max(segmentBytesMin, least, fitting))
}

/** What came at once is written at once: the rest of a segment is for its header, the sessions, and the head of a frame. */
export function runBytesMaxIn(segmentBytes: number): number {
  return segmentBytes * runShare - headerBytes
}

const runShare = 3 / 4
// One read of half a mebibyte, and what the area in front of it is larger than a line.
const readBytes = 576 * 1024

export function encodeHeader(header: SegmentHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes)
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  view.setUint16(6, version, true)
  bytes.set(header.nodeId.subarray(0, nodeIdBytes), 8)
  view.setUint32(24, header.idLow, true)
  view.setUint32(28, header.idHigh, true)
  view.setBigUint64(32, BigInt(header.firstSeq), true)
  view.setUint32(40, header.epoch, true)
  view.setBigUint64(48, BigInt(header.createdMs), true)
  const {low, high} = checksumOf(bytes.subarray(0, sumAt), 0, 0)
  view.setUint32(sumAt, low, true)
  view.setUint32(sumAt + 4, high, true)
  return bytes
}

/** Undefined where the bytes are no header, or one of another version. */
export function decodeHeader(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < headerBytes || !magic.every((byte, at) => bytes[at] === byte)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const {low, high} = checksumOf(bytes.subarray(0, sumAt), 0, 0)
  const isWhole = view.getUint32(sumAt, true) === low && view.getUint32(sumAt + 4, true) === high
  if (!isWhole || view.getUint16(6, true) !== version) return undefined
  return {
    nodeId: bytes.slice(8, 8 + nodeIdBytes),
    idLow: view.getUint32(24, true),
    idHigh: view.getUint32(28, true),
    firstSeq: Number(view.getBigUint64(32, true)),
    epoch: view.getUint32(40, true),
    createdMs: Number(view.getBigUint64(48, true))
  }
}

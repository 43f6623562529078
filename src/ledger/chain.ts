import {hash} from 'node:crypto'
import {parseRecord} from '../base/raw.ts'

/**
 * Lines of JSON that each carry the SHA-256 of the one before, without its line break:
 *
 *     {"type":"step_end","seq":12,"prev":"<64 hexadecimal digits>",…}
 *
 * Nobody can change, remove, add or move a line without changing every later one, up to the head that is kept elsewhere.
 * `type` comes first, so that a reader can pass over lines without parsing them.
 */

/** The line a chain has come to. */
export interface Link {
  readonly seq: number
  readonly hash: string
}

/** Before the first line of all. */
export const origin: Link = {seq: 0, hash: '0'.repeat(64)}

const lineBreak = 0x0a

export interface Line {
  readonly bytes: Uint8Array
  readonly link: Link
}

export function lineAfter(last: Link, type: string, fields: object): Line {
  const seq = last.seq + 1
  const text = JSON.stringify({type, seq, prev: last.hash, ...fields})
  return {bytes: new TextEncoder().encode(`${text}\n`), link: {seq, hash: hash('sha256', text)}}
}

export interface Followed {
  /** The last line that is good. */
  readonly link: Link
  /** Up to the end of that line. */
  readonly bytes: number
}

/** How far the lines continue the chain; each must be whole JSON, since after a power loss the last one may be half zeros. */
export function follow(bytes: Uint8Array, from: Link): Followed {
  let link = from
  let position = 0
  for (const line of linesIn(bytes)) {
    const next = linkOf(line.bytes)
    if (!line.isWhole || next === undefined || !continues(next, link) || !isLine(line.bytes)) break
    link = {seq: next.seq, hash: hashOf(line.bytes)}
    position = line.endsAt
  }
  return {link, bytes: position}
}

export interface ChainLine {
  /** Without the line break. */
  readonly bytes: Uint8Array
  /** Behind the line break. */
  readonly endsAt: number
  /** Whether there is a line break. */
  readonly isWhole: boolean
}

export function* linesIn(bytes: Uint8Array): Generator<ChainLine> {
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(lineBreak, start)
    const end = found < 0 ? bytes.length : found
    yield {bytes: bytes.subarray(start, end), endsAt: found < 0 ? end : end + 1, isWhole: found >= 0}
    start = end + 1
  }
}

interface Reference {
  readonly type: string
  readonly seq: number
  /** The hash that the line before must have. */
  readonly prev: string
}

// The longest type and sequence number end well before this.
const openingBytes = 160

/** Where a line says it belongs; undefined for what is no line of ours. */
export function linkOf(line: Uint8Array): Reference | undefined {
  const opening = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, openingBytes)).toString('latin1')
  const match = /^\{"type":"([a-z_]+)","seq":(\d{1,15}),"prev":"([0-9a-f]{64})"[,}]/.exec(opening)
  return match === null ? undefined : {type: match[1] ?? '', seq: Number(match[2]), prev: match[3] ?? ''}
}

/** Whether it is one as we write them, to its end. */
export function isLine(line: Uint8Array): boolean {
  return linkOf(line) !== undefined && parseRecord(new TextDecoder().decode(line)) !== undefined
}

export function continues(next: Reference, link: Link): boolean {
  return next.seq === link.seq + 1 && next.prev === link.hash
}

export function hashOf(line: Uint8Array): string {
  return hash('sha256', line)
}

import assert from 'node:assert/strict'
import {
  recordFlags,
  type Framing,
  type FramingOptions,
  type FramingTally,
  type LineSink
} from '../../src/server/framing.ts'

/** A record as a test compares it: its bytes, one a character, and in front of them what is said of it. */
export type Framed = string

/** What a stream of bytes, one a character, became. */
export interface Outcome {
  readonly records: readonly Framed[]
  readonly framing: Framing
  readonly tally: FramingTally
}

export interface Feeding {
  readonly frame: (options: FramingOptions) => Framing
  readonly lineBytesMax?: number
  /** Where the stream is split into reads. */
  readonly splits?: readonly number[]
  /** After this many reads there is no room, and the unfinished line has to end. */
  readonly cutAfterReads?: number
  /** The connection stays open: the framing is not told of an end. */
  readonly staysOpen?: boolean
}

/** The sink whose code is the definition of a line. */
export class ListSink implements LineSink {
  readonly records: Framed[] = []
  readonly #memory: Uint8Array
  readonly #lineBytesMax: number

  constructor(memory: Uint8Array, lineBytesMax: number) {
    this.#memory = memory
    this.#lineBytesMax = lineBytesMax
  }

  lines(from: number, to: number): number {
    let at = from
    for (let next = from; next < to; next += 1) {
      if (this.#memory[next] !== 0x0a) continue
      const line = this.#text(at, next).replace(/\r$/, '')
      if (line.length > this.#lineBytesMax) break
      if (line !== '') this.records.push(line)
      at = next + 1
    }
    return at - from
  }

  record(from: number, to: number, flags: number): void {
    assert(to > from, 'a record has at least one byte')
    assert(to - from <= this.#lineBytesMax, 'no record is longer than the limit')
    const marks: Record<number, string> = {0: '', [recordFlags.truncated]: 'cut ', [recordFlags.partial]: 'partial '}
    this.records.push(`${marks[flags] ?? 'wrong flags '}${this.#text(from, to)}`)
  }

  #text(from: number, to: number): string {
    return Buffer.from(this.#memory.subarray(from, to)).toString('latin1')
  }
}

/** Feeds a stream as a connection does: what is unfinished comes again in front of the next read. */
export function feed(stream: string, feeding: Feeding): Outcome {
  const {frame, lineBytesMax = 64, splits = [], cutAfterReads, staysOpen = false} = feeding
  const headroom = lineBytesMax + 64
  // Behind each read lies what an earlier one left there: ends of lines that are none.
  const memory = new Uint8Array(headroom + stream.length + 8)
  const sink = new ListSink(memory, lineBytesMax)
  const tally = {truncatedRecords: 0, skippedBytes: 0, framingErrors: 0}
  const framing = frame({memory, sink, lineBytesMax, tally})
  let unfinished = new Uint8Array()
  const bounds = [0, ...splits, stream.length]
  for (let read = 1; read < bounds.length; read += 1) {
    memory.fill(read % 2 === 0 ? 0x0a : 0)
    memory.set(Buffer.from(stream.slice(bounds[read - 1], bounds[read]), 'latin1'), headroom)
    const from = headroom - unfinished.length
    memory.set(unfinished, from)
    const to = headroom + (bounds[read] ?? 0) - (bounds[read - 1] ?? 0)
    let rest = framing.feed(from, to)
    if (read === cutAfterReads) rest = framing.cut(rest, to)
    assert(rest >= from && rest <= to, 'the unfinished rest lies in what was fed')
    assert(to - rest <= lineBytesMax + 16, `an unfinished rest of ${to - rest} bytes`)
    unfinished = memory.slice(rest, to)
  }
  memory.fill(0x0a)
  memory.set(unfinished, headroom)
  if (!staysOpen) framing.end(headroom, headroom + unfinished.length)
  return {records: sink.records, framing, tally}
}

export function recordsOf(stream: string, feeding: Feeding): readonly Framed[] {
  return feed(stream, feeding).records
}

/** The stream gives these records in one read, in two reads split anywhere, and byte by byte. */
export function assertRecords(stream: string, feeding: Feeding, expected: readonly Framed[]): void {
  assert.deepEqual(recordsOf(stream, feeding), expected)
  for (let split = 1; split < stream.length; split += 1)
    assert.deepEqual(recordsOf(stream, {...feeding, splits: [split]}), expected, `split at ${split}`)
  const everywhere = Array.from({length: Math.max(0, stream.length - 1)}, (_, index) => index + 1)
  assert.deepEqual(recordsOf(stream, {...feeding, splits: everywhere}), expected, 'byte by byte')
}

/** One character a byte, as streams are written in tests. */
export function utf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

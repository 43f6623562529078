import {recordFlags, type Framing, type FramingOptions, type Protocol} from './framing.ts'
import {LineFraming} from './line-framing.ts'
import {endWithout, takeCut} from './long-line.ts'

/**
 * Each record comes with its length in front, `LEN SP DATA`, as in RFC 6587 §3.4.1; one LF at the end of the data is
 * not part of it. A syslog stream whose count does not lead to the next one goes on as plain lines. A session cannot:
 * lines that are no records would get numbers.
 */
export class OctetFraming implements Framing {
  readonly #start: 'syslog-octet' | 'logcaster'
  readonly #options: FramingOptions
  #lines: LineFraming | undefined
  #isBroken = false
  /** Bytes that are left of a cut record. */
  #skipBytes = 0

  constructor(start: 'syslog-octet' | 'logcaster', options: FramingOptions) {
    this.#start = start
    this.#options = options
  }

  get protocol(): Protocol {
    return this.#lines?.protocol ?? this.#start
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  feed(from: number, to: number): number {
    if (this.#isBroken) return to
    if (this.#lines !== undefined) return this.#lines.feed(from, to)
    let at = this.#skip(from, to)
    for (;;) {
      const count = this.#countAt(at, to)
      if (count === broken) return this.#fallBack(at, to)
      const next = count === unfinished ? undefined : this.#takeFrame({dataAt: at + headBytes(count), to, count})
      if (next === undefined) return at
      at = next
    }
  }

  cut(from: number, to: number): number {
    if (this.#lines !== undefined) return this.#lines.cut(from, to)
    const count = this.#countAt(from, to)
    const dataAt = from + headBytes(count)
    // A count alone takes next to no room, and nothing of a record is there to be kept.
    return count === unfinished || dataAt === to ? from : this.#cutFrame({dataAt, to, count})
  }

  end(from: number, to: number): void {
    if (this.#lines !== undefined) this.#lines.end(from, to)
    else if (from < to && this.#start === 'syslog-octet') this.#endFrame(from, to)
  }

  /** Returns where the next frame begins; nothing when this one is not complete. */
  #takeFrame({dataAt, to, count}: Frame): number | undefined {
    const {sink, lineBytesMax} = this.#options
    // One byte more than a record may have: it could be the LF that does not count.
    if (to - dataAt < Math.min(count, lineBytesMax + 1)) return undefined
    if (count > lineBytesMax + 1) return this.#cutFrame({dataAt, to, count})
    const end = endWithout(this.#options, lineFeed, {from: dataAt, to: dataAt + count})
    if (end - dataAt > lineBytesMax) return this.#cutFrame({dataAt, to, count})
    if (end > dataAt) sink.record(dataAt, end, 0)
    return dataAt + count
  }

  #cutFrame({dataAt, to, count}: Frame): number {
    const end = takeCut(this.#options, {from: dataAt, to: Math.min(to, dataAt + count)})
    this.#skipBytes = dataAt + count - end
    return this.#skip(end, to)
  }

  #endFrame(from: number, to: number): void {
    const count = this.#countAt(from, to)
    const dataAt = from + headBytes(count)
    if (count !== unfinished && dataAt < to) this.#options.sink.record(dataAt, to, recordFlags.partial)
    else this.#options.tally.framingErrors += 1
  }

  #skip(from: number, to: number): number {
    const skipped = Math.min(this.#skipBytes, to - from)
    this.#skipBytes -= skipped
    this.#options.tally.skippedBytes += skipped
    return from + skipped
  }

  #fallBack(from: number, to: number): number {
    this.#options.tally.framingErrors += 1
    this.#isBroken = this.#start === 'logcaster'
    if (this.#isBroken) return to
    this.#lines = new LineFraming('syslog', this.#options)
    return this.#lines.feed(from, to)
  }

  /** The length that stands at `from`, or `unfinished`, or `broken`. */
  #countAt(from: number, to: number): number {
    const {memory} = this.#options
    let count = 0
    for (let at = from; at < to; at += 1) {
      const byte = memory[at]!
      if (byte === space && count > 0) return this.#isRecordAt(at + 1, to) ? count : broken
      const digit = byte - zero
      if (digit < 0 || digit > 9 || (digit === 0 && count === 0) || at - from === digitsMax) return broken
      count = count * 10 + digit
    }
    return unfinished
  }

  /** A syslog record begins with its priority: a wrong count that leads to some number in a text is seen at once. */
  #isRecordAt(at: number, to: number): boolean {
    return this.#start === 'logcaster' || at === to || this.#options.memory[at] === lessThan
  }
}

interface Frame {
  readonly dataAt: number
  readonly to: number
  readonly count: number
}

const unfinished = 0
const broken = -1

/** The digits, which never begin with a zero, and the blank. */
function headBytes(count: number): number {
  return String(count).length + 1
}

// Ten million bytes are beyond any limit for a line: a longer number is no length.
const digitsMax = 7

const lineFeed = 0x0a
const space = 0x20
const zero = 0x30
const lessThan = 0x3c

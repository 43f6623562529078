import {recordFlags, type Framing, type FramingOptions, type Protocol} from './framing.ts'
import {endWithout, indexWithin, takeCut} from './long-line.ts'

/** Records end with LF, or with CR LF. The sink looks for the ends: here nobody touches a byte of a line that is not too long. */
export class LineFraming implements Framing {
  readonly protocol: Protocol
  readonly isBroken = false
  readonly #options: FramingOptions
  #isSkipping = false

  constructor(protocol: Protocol, options: FramingOptions) {
    this.protocol = protocol
    this.#options = options
  }

  feed(from: number, to: number): number {
    let at = this.#skip(from, to)
    while (at < to) {
      at += this.#options.sink.lines(at, to)
      // A CR may be half of the end of the line.
      if (endWithout(this.#options, carriageReturn, {from: at, to}) - at <= this.#options.lineBytesMax) break
      at = this.cut(at, to)
    }
    return at
  }

  cut(from: number, to: number): number {
    // What may become a blank line is none: a session would number it, and its client would not.
    if (endWithout(this.#options, carriageReturn, {from, to}) === from) return from
    const end = takeCut(this.#options, {from, to})
    this.#isSkipping = true
    return this.#skip(end, to)
  }

  end(from: number, to: number): void {
    // The client of a session sends an unfinished line again, under the number that it did not get yet.
    if (this.protocol === 'logcaster') return
    const end = endWithout(this.#options, carriageReturn, {from, to})
    if (end > from) this.#options.sink.record(from, end, recordFlags.partial)
  }

  #skip(from: number, to: number): number {
    if (!this.#isSkipping) return from
    const end = indexWithin(this.#options, lineFeed, {from, to})
    this.#options.tally.skippedBytes += (end === -1 ? to : end) - from
    if (end === -1) return to
    this.#isSkipping = false
    return end + 1
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

import {recordFlags, type Framing, type FramingOptions} from './framing.ts'
import {endWithout, indexWithin, takeCut} from './long-line.ts'

/**
 * Records end with NUL, as those of Python's SysLogHandler and of GELF do, and may hold LF. One LF right before the NUL
 * is not part of the record.
 */
export class NulFraming implements Framing {
  readonly protocol: 'syslog-nul' | 'json'
  readonly isBroken = false
  readonly #options: FramingOptions
  #isSkipping = false

  constructor(protocol: 'syslog-nul' | 'json', options: FramingOptions) {
    this.protocol = protocol
    this.#options = options
  }

  feed(from: number, to: number): number {
    let at = this.#skip(from, to)
    while (at < to) {
      const nulAt = indexWithin(this.#options, nul, {from: at, to})
      const end = endWithout(this.#options, lineFeed, {from: at, to: nulAt === -1 ? to : nulAt})
      if (end - at > this.#options.lineBytesMax) at = this.cut(at, to)
      else if (nulAt === -1) break
      else {
        if (end > at) this.#options.sink.record(at, end, 0)
        at = nulAt + 1
      }
    }
    return at
  }

  cut(from: number, to: number): number {
    if (endWithout(this.#options, lineFeed, {from, to}) === from) return from
    const end = takeCut(this.#options, {from, to})
    this.#isSkipping = true
    return this.#skip(end, to)
  }

  end(from: number, to: number): void {
    const end = endWithout(this.#options, lineFeed, {from, to})
    if (end > from) this.#options.sink.record(from, end, recordFlags.partial)
  }

  #skip(from: number, to: number): number {
    if (!this.#isSkipping) return from
    const end = indexWithin(this.#options, nul, {from, to})
    this.#options.tally.skippedBytes += (end === -1 ? to : end) - from
    if (end === -1) return to
    this.#isSkipping = false
    return end + 1
  }
}

const nul = 0
const lineFeed = 0x0a

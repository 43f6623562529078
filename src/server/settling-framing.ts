import type {Framing, FramingOptions, Protocol} from './framing.ts'
import {LineFraming} from './line-framing.ts'
import {endWithout, indexWithin, takeCut} from './long-line.ts'
import {NulFraming} from './nul-framing.ts'
import {brace, priority, textOf, type Sign} from './sign.ts'

/**
 * Syslog and JSON come with LF or with NUL behind each record, and only the stream shows which. If there is a NUL before
 * the second record begins, it ends the first one, and so it is with all. The first record may hold LF itself: its
 * lines were then taken one by one before its NUL could be seen.
 */
export class SettlingFraming implements Framing {
  readonly isBroken = false
  readonly #start: 'syslog' | 'json'
  readonly #beginsRecord: Sign
  readonly #options: FramingOptions
  #settled: Framing | undefined
  #lines = 0
  #isSkipping = false

  constructor(start: 'syslog' | 'json', options: FramingOptions) {
    this.#start = start
    this.#beginsRecord = start === 'syslog' ? priority : brace
    this.#options = options
  }

  get protocol(): Protocol {
    return this.#settled?.protocol ?? this.#start
  }

  feed(from: number, to: number): number {
    let at = this.#skip(from, to)
    for (;;) {
      if (this.#settled !== undefined) return this.#settled.feed(at, to)
      const next = this.#step(at, to)
      if (next === undefined) return at
      at = next
    }
  }

  cut(from: number, to: number): number {
    if (this.#settled !== undefined) return this.#settled.cut(from, to)
    if (endWithout(this.#options, carriageReturn, {from, to}) === from) return from
    const end = takeCut(this.#options, {from, to})
    this.#isSkipping = true
    return this.#skip(end, to)
  }

  end(from: number, to: number): void {
    this.#settled ??= this.#onLines()
    this.#settled.end(from, to)
  }

  /** Takes one line, or settles. Returns where to go on, nothing when there are too few bytes for either. */
  #step(from: number, to: number): number | undefined {
    if (from === to) return undefined
    if (this.#isDecided(from, to)) {
      this.#settled = this.#onLines()
      return from
    }
    const lineFeedAt = indexWithin(this.#options, lineFeed, {from, to})
    const lineEnd = lineFeedAt === -1 ? to : lineFeedAt
    if (indexWithin(this.#options, nul, {from, to: lineEnd}) !== -1) {
      this.#settled = this.#onNul()
      return from
    }
    const end = endWithout(this.#options, carriageReturn, {from, to: lineEnd})
    if (end - from > this.#options.lineBytesMax) return this.cut(from, to)
    if (lineFeedAt === -1) return undefined
    this.#lines += 1
    return from + this.#options.sink.lines(from, lineFeedAt + 1)
  }

  /** A second record begins behind an LF: what is still too short for one has neither LF nor NUL in it, and is waited for. */
  #isDecided(from: number, to: number): boolean {
    if (this.#lines === 0 || this.#lines >= linesMax) return this.#lines > 0
    return this.#beginsRecord(textOf(this.#options.memory.subarray(from, Math.min(to, from + signBytesMax)))) === 'yes'
  }

  /** Skips what is left of a cut line: to its LF, or to the NUL that settles the matter. */
  #skip(from: number, to: number): number {
    if (!this.#isSkipping) return from
    const lineFeedAt = indexWithin(this.#options, lineFeed, {from, to})
    const nulAt = indexWithin(this.#options, nul, {from, to: lineFeedAt === -1 ? to : lineFeedAt})
    const end = nulAt === -1 ? lineFeedAt : nulAt
    this.#options.tally.skippedBytes += (end === -1 ? to : end) - from
    if (end === -1) return to
    this.#isSkipping = false
    this.#lines += 1
    if (nulAt !== -1) this.#settled = this.#onNul()
    return end + 1
  }

  #onLines(): Framing {
    return new LineFraming(this.#start, this.#options)
  }

  #onNul(): Framing {
    return new NulFraming(this.#start === 'syslog' ? 'syslog-nul' : 'json', this.#options)
  }
}

const nul = 0
const lineFeed = 0x0a
const carriageReturn = 0x0d

// Longer than any first record with a stack trace in it. From then on nobody looks at each line any more.
const linesMax = 1000

// `<191>`
const signBytesMax = 5

/** Behind a line of the input: so many bytes into it, so many records of the session. */
export interface Place {
  readonly offset: number
  readonly number: number
}

/** Counts records behind a number whose line, without its end, is longer than the server keeps. */
export interface LongLines {
  lineBytesMax: number
  after: number
  records: number
}

const lineFeed = 10
const carriageReturn = 13

/**
 * Numbers the records in a stream of bytes as the server does: a line is a record unless it is blank, which is nothing or
 * a carriage return alone. Bytes come in pieces that may end anywhere, and none of them is kept.
 */
export class LineCount {
  /** Records whose line has ended. */
  number: number
  /** Behind the last byte that was taken. */
  offset: number
  readonly #long: LongLines | undefined
  #lineAt: number
  /** The last byte that was taken. */
  #last = lineFeed

  constructor({offset, number}: Place, long?: LongLines) {
    this.offset = offset
    this.number = number
    this.#lineAt = offset
    this.#long = long
  }

  /** Behind the last line that has ended. */
  get place(): Place {
    return {offset: this.#lineAt, number: this.number}
  }

  /** Bytes have been taken of a line that has not ended, and they are more than a blank one has. */
  get isInRecord(): boolean {
    return !isBlank(this.offset - this.#lineAt, this.#last)
  }

  /** Takes the bytes up to the end of that record, or all of them. Returns how many. */
  take(bytes: Buffer, upToNumber: number): number {
    const base = this.offset
    let taken = 0
    while (this.number < upToNumber && taken < bytes.length) {
      const end = bytes.indexOf(lineFeed, taken)
      if (end === -1) {
        taken = bytes.length
        this.#last = bytes[taken - 1]!
        break
      }
      this.#endLine(base + end, end > taken ? bytes[end - 1]! : this.#last)
      this.#lineAt = base + end + 1
      taken = end + 1
    }
    this.offset = base + taken
    return taken
  }

  /** The line that has not ended is a record all the same. */
  endLine(): void {
    this.#endLine(this.offset, this.#last)
    this.#lineAt = this.offset
  }

  #endLine(end: number, last: number): void {
    const length = end - this.#lineAt
    if (isBlank(length, last)) return
    this.number += 1
    const long = this.#long
    if (long === undefined || length <= long.lineBytesMax || this.number <= long.after) return
    if (length - (last === carriageReturn ? 1 : 0) > long.lineBytesMax) long.records += 1
  }
}

function isBlank(length: number, last: number): boolean {
  return length === 0 || (length === 1 && last === carriageReturn)
}

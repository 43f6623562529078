/**
 * Lines as the original server kept them, `[2026-10-10 13:55:36] message` in the time of its machine. A line without
 * that belongs to the one before it, and came with it; at the beginning of a file nothing tells when it came.
 */
export interface LegacyLine {
  readonly message: Uint8Array
  /** Undefined where neither it nor a line before it says so. */
  readonly arrivalMs: number | undefined
}

// More than the longest line that is ever stored as a whole; what comes behind it in one line is not kept here.
const lineBytesKept = 2 << 20

/** Blank lines are left out: they are no records. */
export class LegacyLines {
  #arrivalMs: number | undefined
  #rest: Uint8Array = new Uint8Array(0)

  /** The lines that are complete with these bytes. */
  take(bytes: Uint8Array): readonly LegacyLine[] {
    const joined = this.#rest.length === 0 ? bytes : this.#joined(bytes)
    const lines: LegacyLine[] = []
    let from = 0
    for (let end = joined.indexOf(lineFeed); end >= 0; end = joined.indexOf(lineFeed, from)) {
      lines.push(...this.#line(joined.subarray(from, end)))
      from = end + 1
    }
    this.#rest = joined.slice(from, from + lineBytesKept)
    return lines
  }

  /** What comes behind the last line break. */
  end(): readonly LegacyLine[] {
    return this.#line(this.#rest)
  }

  #joined(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length < lineBytesKept) return Buffer.concat([this.#rest, bytes])
    const end = bytes.indexOf(lineFeed)
    return end < 0 ? this.#rest : Buffer.concat([this.#rest, bytes.subarray(end)])
  }

  #line(bytes: Uint8Array): readonly LegacyLine[] {
    const line = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
    const stampMs = stampIn(line)
    this.#arrivalMs = stampMs ?? this.#arrivalMs
    const message = stampMs === undefined ? line : line.subarray(stampBytes)
    return message.length === 0 ? [] : [{message, arrivalMs: this.#arrivalMs}]
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const stampBytes = '[2026-10-10 13:55:36] '.length

/** In the zone of this machine. */
function stampIn(line: Uint8Array): number | undefined {
  if (line[0] !== 0x5b) return undefined
  const start = Buffer.from(line.subarray(0, stampBytes)).toString('latin1')
  const parts = /^\[(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\] $/.exec(start)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const date = new Date(year, month - 1, day, hour, minute, second)
  // A day that a month does not have is one of another month. An hour that the clock has skipped is a later one.
  const isDay = date.getMonth() === month - 1
  const isTime = hour < 24 && minute < 60 && second <= 60
  return isDay && isTime && date.getTime() >= 0 ? date.getTime() : undefined
}

import type {Layout} from './layout.ts'
import type {Query} from './query.ts'
import {regexFlags} from './regex.ts'
import {RingReader, type RingEntry} from './ring.ts'

export interface Match extends RingEntry {
  readonly counter: number
  /** A copy: the record itself may be overwritten at any moment. */
  readonly content: Uint8Array
}

/**
 * The records that were in the ring when it began and answer the query, oldest first. What is overwritten before it was
 * reached is left out: it is no longer in the ring. Reads the shared memory from any thread.
 */
export function* scan(memory: WebAssembly.Memory, layout: Layout, query: Query): Generator<Match> {
  const reader = new RingReader(memory, layout)
  const first = reader.first
  const {end} = reader
  const isAsked = matcher(Buffer.from(memory.buffer, layout.arenaAt, layout.arenaBytes), query)
  for (let counter = first; ((end - counter) | 0) > 0; counter = (counter + 1) >>> 0) {
    const entry = reader.entry(counter)
    if (entry === undefined || !isAsked(entry)) continue
    const content = reader.bytes(counter)
    if (content !== undefined) yield {...entry, counter, content}
  }
}

function matcher(arena: Buffer, query: Query): (entry: RingEntry) => boolean {
  const {fromMs, toMs} = query
  const seekers = query.keywords.map((keyword) => new Seeker(arena, Buffer.from(keyword)))
  const patterns = query.patterns.map((pattern) => new RegExp(pattern, regexFlags))
  const hasKeywords = ({at, bytes}: RingEntry): boolean => {
    if (seekers.length === 0) return true
    const isIn = (seeker: Seeker): boolean => seeker.occursIn(at, at + bytes)
    return query.operator === 'and' ? seekers.every(isIn) : seekers.some(isIn)
  }
  const hasPatterns = ({at, bytes}: RingEntry): boolean => {
    if (patterns.length === 0) return true
    const text = arena.toString('utf8', at, at + bytes)
    return patterns.every((pattern) => pattern.test(text))
  }
  return (entry) => {
    return entry.arrivalMs >= fromMs && entry.arrivalMs <= toMs && hasKeywords(entry) && hasPatterns(entry)
  }
}

// Node finds nothing behind the first 2 GiB of a buffer, and a keyword that never occurs need not be sought all at once.
const windowBytes = 1 << 24

/**
 * Finds one keyword record by record, but searches the arena through all of them: the records between one occurrence and
 * the next are passed over without looking at each, which is many times faster.
 */
class Seeker {
  readonly #arena: Buffer
  readonly #keyword: Buffer
  /** The keyword does not begin anywhere from `#from` up to here. */
  #clearUntil = 0
  #from = 0
  #isFound = false

  constructor(arena: Buffer, keyword: Buffer) {
    this.#arena = arena
    this.#keyword = keyword
  }

  occursIn(at: number, end: number): boolean {
    const isWrapped = at < this.#from
    if (isWrapped || at > this.#clearUntil) this.#seek(at)
    this.#from = at
    while (!this.#isFound && this.#clearUntil < end) this.#seek(this.#clearUntil)
    return this.#isFound && this.#clearUntil + this.#keyword.length <= end
  }

  #seek(at: number): void {
    const window = this.#arena.subarray(at, at + windowBytes)
    const found = window.indexOf(this.#keyword)
    this.#isFound = found !== -1
    if (this.#isFound) this.#clearUntil = at + found
    else if (window.length < windowBytes) this.#clearUntil = Infinity
    else this.#clearUntil = at + window.length - this.#keyword.length + 1
  }
}

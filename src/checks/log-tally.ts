import {type Level, levelOf} from '../base/level.ts'
import {stampOf} from '../base/stamp.ts'
import {signatureOf} from './signature.ts'

/** Lines of one kind: what they have in common, how many, and the last of them. */
export interface SignatureCount {
  readonly signature: string
  level: 'error' | 'fatal'
  count: number
  lastMs: number
  /** Of the file with the last of them. */
  path: string
}

/** A file of nothing but different errors must not fill the memory; beyond this, errors are only counted. */
const signaturesMax = 10_000

/** What was counted, with the errors by signature. */
export class Tally {
  lines = 0
  errors = 0
  readonly signatures = new Map<string, SignatureCount>()

  add(level: Level, signature: () => string, {atMs, path}: Occurrence): void {
    this.lines += 1
    if (level !== 'error' && level !== 'fatal') return
    this.errors += 1
    this.#note({signature: signature(), level, count: 1, lastMs: atMs, path})
  }

  /** Takes over what was counted without knowing when it was. */
  settle(pending: Tally, atMs: number): void {
    this.lines += pending.lines
    this.errors += pending.errors
    for (const seen of pending.signatures.values()) this.#note({...seen, lastMs: atMs})
  }

  #note(seen: SignatureCount): void {
    const known = this.signatures.get(seen.signature)
    if (known === undefined) {
      if (this.signatures.size < signaturesMax) this.signatures.set(seen.signature, seen)
      return
    }
    known.count += seen.count
    if (seen.level === 'fatal') known.level = 'fatal'
    if (seen.lastMs < known.lastMs) return
    known.lastMs = seen.lastMs
    known.path = seen.path
  }
}

interface Occurrence {
  readonly atMs: number
  readonly path: string
}

export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

// The start of a line in which its time and level stand; a JSON record may have its time farther back.
const headBytes = 256
const jsonHeadBytes = 4096
const openBrace = 0x7b
/** Enough of a line for any signature; only a JSON record has to be whole to be understood. */
const messageBytesMax = 4096

// Clocks are a little apart, and lines are written while we look.
const aheadMsMin = 60_000

/** The lines of one file on their way into a tally: a line without a time of its own has that of the line before it. */
export class FileTally {
  readonly #tally: Tally
  readonly #path: string
  readonly #window: Window
  readonly #pending = new Tally()
  #firstMs: number | undefined
  #aheadLines = 0
  #aheadMs = 0
  #lastMs = Number.NaN

  constructor(tally: Tally, path: string, window: Window) {
    this.#tally = tally
    this.#path = path
    this.#window = window
  }

  /** The time of its first dated line. */
  get firstMs(): number | undefined {
    return this.#firstMs
  }

  /** Lines that are later than a clock may be off, and the most by which they are. */
  get ahead(): {readonly lines: number; readonly byMs: number} {
    return {lines: this.#aheadLines, byMs: this.#aheadMs}
  }

  readonly take = (bytes: Buffer, start: number, end: number): void => {
    const isJson = bytes[start] === openBrace
    const head = bytes.toString('latin1', start, Math.min(end, start + (isJson ? jsonHeadBytes : headBytes)))
    const ownMs = stampOf(head, {nowMs: this.#window.toMs})
    if (ownMs !== undefined) {
      if (this.#firstMs === undefined) this.#begin(ownMs)
      this.#lastMs = ownMs
    }
    const isPending = this.#firstMs === undefined
    if (!isPending && !this.#isInWindow(this.#lastMs)) return
    if (!isPending) this.#noteAhead(this.#lastMs - this.#window.toMs)
    const into = isPending ? this.#pending : this.#tally
    const messageEnd = isJson ? end : Math.min(end, start + messageBytesMax)
    const signature = (): string => signatureOf(bytes.toString('utf8', start, messageEnd))
    into.add(levelOf(head), signature, {atMs: this.#lastMs, path: this.#path})
  }

  /** Lines of a file that never says a time count as of its last change. Returns how many those are. */
  finish(modifiedMs: number): number {
    if (this.#firstMs !== undefined) return 0
    // Written while we look is still now.
    const atMs = Math.min(modifiedMs, this.#window.toMs)
    if (!this.#isInWindow(atMs)) return 0
    this.#tally.settle(this.#pending, atMs)
    return this.#pending.lines
  }

  /** What stands before the first time, such as the rest of a stack trace, is about as old as that time. */
  #begin(ms: number): void {
    this.#firstMs = ms
    if (this.#isInWindow(ms)) this.#tally.settle(this.#pending, ms)
  }

  #noteAhead(byMs: number): void {
    if (byMs <= aheadMsMin) return
    this.#aheadLines += 1
    this.#aheadMs = Math.max(this.#aheadMs, byMs)
  }

  /** A line of the future was written by now all the same, under a clock or a zone that is off. */
  #isInWindow(ms: number): boolean {
    return ms >= this.#window.fromMs
  }
}

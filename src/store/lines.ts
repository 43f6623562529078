import {flags} from './layout.ts'
import type {Match} from './scan.ts'

/** Big enough that sending one costs little, small enough that a slow reader holds up little of what follows. */
const chunkBytes = 256 * 1024
const stampBytes = '[2026-10-10 13:55:36] '.length
const lineFeed = 0x0a
const cutMark = Buffer.from('...')

/**
 * Records as lines for people, `[2026-10-10 13:55:36] message` in the time of this machine, put together in chunks.
 * Control characters are shown (`\x1b`, `\n`), so that no record can forge another line or reach into a terminal;
 * one that was cut on arrival ends in `...`.
 */
export class LineWriter {
  readonly chunks: Uint8Array<ArrayBuffer>[] = []
  #bytes = 0
  #chunk = Buffer.alloc(0)
  #used = 0
  #second = -1
  #stamp = ''

  /** Of all lines so far. */
  get bytes(): number {
    return this.#bytes
  }

  write({arrivalMs, content, flags: recordFlags}: Match): void {
    const isCut = (recordFlags & flags.truncated) !== 0
    const shown = shownControls(isCut ? marked(content) : content)
    const bytes = stampBytes + shown.length + 1
    this.#makeRoom(bytes)
    this.#chunk.write(this.#stampOf(arrivalMs), this.#used, 'latin1')
    this.#chunk.set(shown, this.#used + stampBytes)
    this.#chunk[this.#used + bytes - 1] = lineFeed
    this.#used += bytes
    this.#bytes += bytes
  }

  /** What is left of the last chunk; nothing is written afterwards. */
  finish(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#used > 0) this.chunks.push(this.#chunk.subarray(0, this.#used))
    this.#used = 0
    return this.chunks
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#chunk.length) return
    this.finish()
    // Not out of Node's pool: a chunk is handed over to another thread.
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes))
  }

  /** Thousands of records arrive in the same second, and a date is dear. */
  #stampOf(arrivalMs: number): string {
    const second = Math.floor(arrivalMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#stamp = localStamp(arrivalMs)
    }
    return this.#stamp
  }
}

function localStamp(ms: number): string {
  const date = new Date(ms)
  const two = (amount: number): string => String(amount).padStart(2, '0')
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `[${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}] `
}

/** No longer than what was kept, so that a limit on lines holds for what is shown, too. */
function marked(content: Uint8Array): Uint8Array {
  let end = Math.max(0, content.length - cutMark.length)
  while (end > 0 && isContinuation(content[end]!)) end -= 1
  return Buffer.concat([content.subarray(0, end), cutMark])
}

/** Of a character of several bytes, any but the first. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

function shownControls(content: Uint8Array): Uint8Array {
  let isClean = true
  for (let at = 0; at < content.length; at += 1) {
    if (isControl(content[at]!) || isHighControl(content, at)) {
      isClean = false
      break
    }
  }
  return isClean ? content : Buffer.from(escapedControls(content), 'latin1')
}

function escapedControls(content: Uint8Array): string {
  let shown = ''
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at]!
    if (isHighControl(content, at)) continue
    const isEscaped = isControl(byte) || (at > 0 && isHighControl(content, at - 1))
    shown += isEscaped ? escapeOf(byte) : String.fromCharCode(byte)
  }
  return shown
}

function escapeOf(byte: number): string {
  if (byte === lineFeed) return '\\n'
  if (byte === 0x0d) return '\\r'
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** All below the blank but for the tab, and DEL. */
function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x09) || byte === 0x7f
}

/** U+0080 to U+009F, two bytes in UTF-8: terminals take some of them for an escape. */
function isHighControl(content: Uint8Array, at: number): boolean {
  const next = content[at + 1]
  return content[at] === 0xc2 && next !== undefined && next >= 0x80 && next <= 0x9f
}

import {reasonOf} from '../base/fault.ts'
import type {Disk, OpenFile, OpenHow} from '../host/disk.ts'
import {inflate} from '../host/inflate.ts'
import type {LogFile} from './log-files.ts'

/** The bytes of one line, without its end; valid only during the call, the buffer is used again. */
export type TakeLine = (bytes: Buffer, start: number, end: number) => void

export interface ReadingOptions {
  readonly how: Exclude<OpenHow, 'create'>
  /** Most bytes of one file: its last ones if it is plain, its first decompressed ones otherwise. */
  readonly readBytesMax: number
  readonly signal: AbortSignal
  readonly take: TakeLine
}

export interface Reading {
  readonly readBytes: number
  /** Null when only decompressing all of it could tell. */
  readonly totalBytes: number | null
  readonly isWhole: boolean
  /** Why the rest could not be read; what came before it has been taken. */
  readonly failure: string | null
}

// Larger ones did not read faster, and between two of them a deadline is obeyed.
const chunkBytes = 256 * 1024
/** What goes beyond it in one line is left out: neither its time nor its level stands there. */
export const lineBytesMax = 64 * 1024

/** Hands on the lines of a file as it was when it was opened. Never throws: what fails is said in the answer. */
export async function readLines(disk: Disk, file: LogFile, options: ReadingOptions): Promise<Reading> {
  if (file.form === 'foreign') return failed(`unsupported${/\.\w+$/.exec(file.path)?.[0] ?? ''}`)
  let opened: OpenFile
  try {
    opened = await disk.open(file.path, options.how)
  } catch (cause) {
    return failed(reasonOf(cause))
  }
  try {
    const stat = await opened.stat()
    // The name can have been given to something else since it was found.
    if (stat.kind !== 'file') return failed('not-a-file')
    const source = {file: opened, size: stat.size, signal: options.signal}
    return file.form === 'plain' ? await readPlain(source, options) : await readArchive(source, file.form, options)
  } catch (cause) {
    return failed(reasonOf(cause))
  } finally {
    await opened.close().catch(() => {
      // Nothing was written: that it does not close changes nothing about what was read.
    })
  }
}

function failed(failure: string): Reading {
  return {readBytes: 0, totalBytes: null, isWhole: false, failure}
}

interface Source {
  readonly file: OpenFile
  /** When it was opened; what is written while we read belongs to the next run. */
  readonly size: number
  readonly signal: AbortSignal
}

async function readPlain(source: Source, options: ReadingOptions): Promise<Reading> {
  const start = Math.max(0, source.size - options.readBytesMax)
  const splitter = new LineSplitter(options.take, start > 0 ? 'in-a-line' : 'at-a-line')
  let readBytes = 0
  let failure: string | null = null
  try {
    for await (const chunk of chunksOf(source, start)) {
      readBytes += chunk.length
      splitter.push(chunk)
    }
  } catch (cause) {
    failure = reasonOf(cause)
  }
  splitter.finish()
  const isWhole = start === 0 && failure === null && !source.signal.aborted
  return {readBytes, totalBytes: source.size, isWhole, failure}
}

async function readArchive(source: Source, form: 'gzip' | 'zstd', options: ReadingOptions): Promise<Reading> {
  const splitter = new LineSplitter(options.take, 'at-a-line')
  const progress = {readBytes: 0, isCut: false}
  let failure: string | null = null
  try {
    await inflate(form, chunksOf(source, 0), (bytes) => {
      const rest = options.readBytesMax - progress.readBytes
      progress.isCut = bytes.length > rest
      const taken = progress.isCut ? bytes.subarray(0, rest) : bytes
      progress.readBytes += taken.length
      splitter.push(taken)
      return !progress.isCut && !source.signal.aborted
    })
  } catch (cause) {
    failure = reasonOf(cause)
  }
  splitter.finish()
  const {readBytes} = progress
  const isWhole = !progress.isCut && failure === null && !source.signal.aborted
  return {readBytes, totalBytes: isWhole ? readBytes : null, isWhole, failure}
}

/** Ends quietly where the file has become shorter. The buffer is used again for each chunk. */
async function* chunksOf(source: Source, start: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, source.size)))
  let position = start
  while (position < source.size && !source.signal.aborted) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, source.size - position))
    const count = await source.file.read(wanted, position)
    if (count === 0) return
    position += count
    yield wanted.subarray(0, count)
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Cuts a stream of bytes into lines; where the stream is cut into chunks makes no difference. Empty lines are left out. */
export class LineSplitter {
  readonly #take: TakeLine
  /** The beginning of a line that the next chunk continues. */
  readonly #carried = Buffer.allocUnsafe(lineBytesMax)
  #carriedBytes = 0
  #isSkipping: boolean

  constructor(take: TakeLine, begins: 'at-a-line' | 'in-a-line') {
    this.#take = take
    this.#isSkipping = begins === 'in-a-line'
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      if (this.#isSkipping) this.#isSkipping = false
      else if (this.#carriedBytes > 0) this.#endCarried(chunk, start, end)
      else this.#emit(chunk, start, end)
      start = end + 1
    }
    if (!this.#isSkipping) this.#carry(chunk, start, chunk.length)
  }

  /** The last line may lack its end; it counts as it is. */
  finish(): void {
    this.#endCarried(this.#carried, 0, 0)
  }

  #endCarried(chunk: Buffer, start: number, end: number): void {
    this.#carry(chunk, start, end)
    this.#emit(this.#carried, 0, this.#carriedBytes)
    this.#carriedBytes = 0
  }

  #carry(chunk: Buffer, start: number, end: number): void {
    this.#carriedBytes += chunk.copy(this.#carried, this.#carriedBytes, start, end)
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    const capped = Math.min(end, start + lineBytesMax)
    const last = capped > start && bytes[capped - 1] === carriageReturn ? capped - 1 : capped
    if (last > start) this.#take(bytes, start, last)
  }
}

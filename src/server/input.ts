import {unreadable, type SourceFile} from './source-file.ts'

/** Bytes that are numbered from 0, some of which can be read again. */
export interface Input {
  /** Of a file: all there is to read. */
  readonly size: number | undefined
  /** The bytes from this offset on, as many as are at hand; none at the end. They stay as they are until the next call. */
  read(offset: number): Promise<Buffer>
  /** Nothing before this offset is ever asked for again. */
  release(offset: number): void
  /** Behind this offset nothing is read before something is released. */
  isFullAt(offset: number): boolean
}

// One read of that size costs less than it takes a socket to get rid of the one before; larger ones gain nothing.
const pieceBytes = 256 << 10

/** A file as long as it was when it was opened, in two buffers: one is sent while the other is filled. */
export class FileInput implements Input {
  readonly size: number
  readonly #source: SourceFile
  #current = new Piece()
  #next = new Piece()
  #turn: Promise<unknown> = Promise.resolve()
  #ahead: Promise<unknown> = Promise.resolve()

  constructor(source: SourceFile) {
    this.#source = source
    this.size = source.stat.size
  }

  read(offset: number): Promise<Buffer> {
    // A connection that asked before us may have gone, and its buffer is still being filled.
    const turn = this.#turn.then(() => this.#locate(offset))
    this.#turn = turn.catch(ignore)
    return turn
  }

  release(): void {
    // All of it can be read again.
  }

  isFullAt(): boolean {
    return false
  }

  async #locate(offset: number): Promise<Buffer> {
    await this.#ahead
    if (this.#next.holds(offset)) [this.#current, this.#next] = [this.#next, this.#current]
    if (!this.#current.holds(offset)) await this.#fill(this.#current, offset)
    const {end} = this.#current
    // What fails ahead fails again once it is asked for, and is told then.
    if (!this.#next.holds(end)) this.#ahead = this.#fill(this.#next, end).catch(ignore)
    return this.#current.from(offset)
  }

  async #fill(piece: Piece, offset: number): Promise<void> {
    const room = piece.empty(offset, Math.min(pieceBytes, this.size - offset))
    if (room.length === 0) return
    piece.count = await this.#source.read(room, offset)
    // It was as long as that when it was opened.
    if (piece.count === 0) throw unreadable(this.#source.path, 'cut off while it was read')
  }
}

function ignore(): void {
  // Told to whoever asked.
}

class Piece {
  readonly #buffer = Buffer.allocUnsafe(pieceBytes)
  #offset = 0
  count = 0

  get end(): number {
    return this.#offset + this.count
  }

  holds(offset: number): boolean {
    return offset >= this.#offset && offset < this.end
  }

  from(offset: number): Buffer {
    return this.#buffer.subarray(offset - this.#offset, this.count)
  }

  /** The room for bytes from this offset on. */
  empty(offset: number, bytes: number): Buffer {
    this.#offset = offset
    this.count = 0
    return this.#buffer.subarray(0, bytes)
  }
}

/** What is not acknowledged of a pipe has to be kept; a bound on the memory that takes. */
export const keptBytesMax = 64 << 20

/** What comes once, and is kept until it is released. */
export class PipedInput implements Input {
  readonly size = undefined
  readonly #source: AsyncIterator<Buffer>
  #kept: {readonly offset: number; readonly bytes: Buffer}[] = []
  #keptBytes = 0
  #end = 0
  #coming: Promise<void> | undefined
  #isOver = false

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  isFullAt(offset: number): boolean {
    return offset === this.#end && this.#keptBytes >= keptBytesMax
  }

  async read(offset: number): Promise<Buffer> {
    if (offset === this.#end && !this.#isOver) {
      // A connection that asked before us may have gone: what it waits for is what we wait for.
      this.#coming ??= this.#take()
      await this.#coming
    }
    const piece = this.#kept.findLast((kept) => kept.offset <= offset)
    return piece === undefined ? Buffer.alloc(0) : piece.bytes.subarray(offset - piece.offset)
  }

  release(offset: number): void {
    let passed = 0
    for (const {offset: at, bytes} of this.#kept) {
      if (at + bytes.length > offset) break
      this.#keptBytes -= bytes.length
      passed += 1
    }
    this.#kept.splice(0, passed)
  }

  async #take(): Promise<void> {
    try {
      const next = await this.#source.next()
      if (next.done === true) this.#isOver = true
      else this.#keep(next.value)
    } catch (cause) {
      throw unreadable('-', cause)
    } finally {
      this.#coming = undefined
    }
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#kept.push({offset: this.#end, bytes})
    this.#end += bytes.length
    this.#keptBytes += bytes.length
  }
}

import type {Checksum} from './checksum.ts'
import {aligned, frameAlignBytes, frameMagic, frameRunBytes, headBytesMin, tables} from './frame.ts'
import type {FrameHead, FrameRun, FrameSession} from './frame.ts'

/**
 * The head of a frame where it lies. Logs may have a frame for each record: to pass over one must cost next to nothing,
 * so its tables are read when somebody asks for them, which must be while the bytes are still there.
 */
export class HeadView implements FrameHead {
  readonly headBytes: number
  readonly bodyBytes: number
  readonly bytes: number
  readonly firstSeq: number
  readonly durableSeq: number
  readonly records: number
  readonly epoch: number
  readonly flags: number
  readonly #view: DataView
  readonly #at: number
  #tables: ReturnType<typeof tables> | undefined

  constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
    this.headBytes = view.getUint32(at + 60, true)
    this.bodyBytes = view.getUint32(at + 44, true)
    this.bytes = aligned(this.headBytes + this.bodyBytes)
    this.firstSeq = numberAt(view, at + 24)
    this.durableSeq = numberAt(view, at + 32)
    this.records = view.getUint32(at + 40, true)
    this.epoch = view.getUint32(at + 48, true)
    this.flags = view.getUint16(at + 52, true)
  }

  /** A frame of these sizes may begin here; whether it does, only its checksum tells. */
  get isPlausible(): boolean {
    const view = this.#view
    const tablesFrom = headBytesMin + view.getUint16(this.#at + 54, true) * frameRunBytes
    const isHead = view.getUint32(this.#at, true) === frameMagic && view.getUint32(this.#at + 4, true) === this.bytes
    return isHead && this.headBytes >= tablesFrom && this.headBytes % frameAlignBytes === 0
  }

  isHeadSum(sum: Checksum): boolean {
    return this.#isAt(8, sum)
  }

  isBodySum(sum: Checksum): boolean {
    return this.#isAt(16, sum)
  }

  get bodySum(): Checksum {
    return {low: this.#view.getUint32(this.#at + 16, true), high: this.#view.getUint32(this.#at + 20, true)}
  }

  get levels(): number {
    return this.#view.getUint8(this.#at + 64)
  }

  get runs(): readonly FrameRun[] {
    return this.#read().runs
  }

  get sessions(): readonly FrameSession[] {
    return this.#view.getUint16(this.#at + 58, true) === 0 ? none : this.#read().sessions
  }

  #read(): ReturnType<typeof tables> {
    const {buffer, byteOffset} = this.#view
    this.#tables ??= tables(new Uint8Array(buffer, byteOffset + this.#at, this.headBytes))
    return this.#tables
  }

  #isAt(offset: number, {low, high}: Checksum): boolean {
    const at = this.#at + offset
    return this.#view.getUint32(at, true) === low && this.#view.getUint32(at + 4, true) === high
  }
}

const none: readonly FrameSession[] = []

function numberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

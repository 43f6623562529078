import {Fault, reasonOf} from '../base/fault.ts'
import {isAbsent, type Disk, type FileStat, type OpenFile} from '../host/disk.ts'

/** A file that is read: what cannot be is told with its path. */
export class SourceFile {
  readonly path: string
  readonly stat: FileStat
  readonly #file: OpenFile

  constructor(path: string, file: OpenFile, stat: FileStat) {
    this.path = path
    this.stat = stat
    this.#file = file
  }

  /** How many bytes, 0 only at the end. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    try {
      return await this.#file.read(into, offset)
    } catch (cause) {
      throw unreadable(this.path, cause)
    }
  }

  /** All of these bytes, as far as the file has them. */
  async bytes(from: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(bytes)
    let length = 0
    while (length < bytes) {
      const count = await this.read(buffer.subarray(length), from + length)
      if (count === 0) break
      length += count
    }
    return buffer.subarray(0, length)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

export async function openSource(disk: Disk, path: string): Promise<SourceFile> {
  let file: OpenFile | undefined
  try {
    file = await disk.open(path, 'read')
    const stat = await file.stat()
    if (stat.kind !== 'file') throw new Fault('file-unreadable', {path, reason: 'not a file'})
    return new SourceFile(path, file, stat)
  } catch (cause) {
    await file?.close()
    throw isAbsent(cause) ? new Fault('send-file-absent', {path}, {cause}) : unreadable(path, cause)
  }
}

export function unreadable(path: string, cause: unknown): Fault {
  if (cause instanceof Fault) return cause as Fault
  return new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
}

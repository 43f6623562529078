import {createHash} from 'node:crypto'
import {basename, dirname, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import type {Attributes, Disk, OpenFile} from '../host/disk.ts'

/** Larger files are not looked into: what a runbook writes fits, and so does what it would compare with. */
export const contentBytesMax = 1 << 20

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The bytes as text; null when they are none. */
export function textIn(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
  } catch {
    // Not UTF-8: the hash says all that can be said.
    return null
  }
}

/** Null when it is larger than `contentBytesMax`, or no file. */
export async function readContent(disk: Disk, path: string): Promise<Uint8Array | null> {
  return reading(disk, path, async (file) => {
    const {kind, size} = await file.stat()
    if (kind !== 'file' || size > contentBytesMax) return null
    const bytes = new Uint8Array(size)
    let length = 0
    while (length < size) {
      const count = await file.read(bytes.subarray(length), length)
      // Somebody has cut it in the meantime: what is there now is what it holds.
      if (count === 0) break
      length += count
    }
    return bytes.subarray(0, length)
  })
}

// So much at once that the calls do not count, and so little that many copies fit into memory.
const pieceBytes = 1 << 18

export interface Copying {
  readonly from: string
  /** A name that nothing has. */
  readonly to: string
  readonly attributes: Attributes
}

/** Durable when it returns, but for the name; without the times of the original, which only the system sets. */
export async function copyWhole(disk: Disk, {from, to, attributes}: Copying): Promise<void> {
  const copy = await disk.open(to, 'create')
  try {
    await eachPiece(disk, from, (piece, position) => copy.write(piece, position))
    await copy.setAttributes(attributes)
    await copy.sync()
  } finally {
    await copy.close()
  }
}

export async function haveSameContent(disk: Disk, one: string, other: string): Promise<boolean> {
  const hashes = [one, other].map(async (path) => {
    const hash = createHash('sha256')
    await eachPiece(disk, path, (piece) => void hash.update(piece))
    return hash.digest('hex')
  })
  const [first, second] = await Promise.all(hashes)
  return first === second
}

async function eachPiece(
  disk: Disk,
  path: string,
  take: (piece: Uint8Array, position: number) => void | Promise<void>
): Promise<void> {
  await reading(disk, path, async (file) => {
    if ((await file.stat()).kind !== 'file') throw new Fault('target-changed', {path})
    const piece = new Uint8Array(pieceBytes)
    for (let position = 0, count = 0; ; position += count) {
      count = await file.read(piece, position)
      if (count === 0) return
      await take(piece.subarray(0, count), position)
    }
  })
}

async function reading<Result>(disk: Disk, path: string, use: (file: OpenFile) => Promise<Result>): Promise<Result> {
  // A link may have taken the last name since somebody looked: it is not followed.
  const folder = (await disk.realPath(dirname(path))) ?? dirname(path)
  const file = await disk.open(join(folder, basename(path)), 'read-unlinked')
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

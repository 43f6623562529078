import {join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import {isAbsent, type Disk, type OpenFile} from '../host/disk.ts'
import {checksumOf} from './checksum.ts'
import type {Desk} from './desk.ts'
import {quietly} from './quietly.ts'
import {blockBytes, SegmentReader} from './reader.ts'
import {decodeHeader, firstSeqOf, headerBytes, type SegmentHeader} from './segment.ts'

/** A segment as it lies on the disk. */
export interface SegmentFile extends SegmentHeader {
  readonly name: string
  /** Of the file. */
  readonly bytes: number
  /** The header is damaged; what is said here was made out by the name and by the frames behind it. */
  readonly isSalvaged: boolean
}

/** Has the name of a segment, and cannot be read as one. */
export interface StrangeFile {
  readonly name: string
  readonly firstSeq: number
  readonly bytes: number
  /**
   * `headless`: without a header, no frame in it can be told from garbage. `unnamed`: its header is that of another
   * segment, which it became without getting its name. `copied`: the same, with frames in it: somebody has renamed it.
   */
  readonly why: 'headless' | 'unnamed' | 'copied'
}

export interface SegmentFolder {
  /** By their first sequence. */
  readonly segments: readonly SegmentFile[]
  readonly strange: readonly StrangeFile[]
  /** Files that were being made when somebody was killed. */
  readonly leftovers: readonly string[]
}

/** Reads all headers, and of what has no good one as much as is needed. Other people's files are left alone. */
export async function lookInto(disk: Disk, folder: string, desk: Desk): Promise<SegmentFolder> {
  try {
    const names = (await disk.list(folder)).toSorted()
    const segments: SegmentFile[] = []
    const strange: StrangeFile[] = []
    for (const name of names) {
      const firstSeq = firstSeqOf(name)
      const found = firstSeq === undefined ? undefined : await lookAt(disk, join(folder, name), {name, firstSeq, desk})
      if (found === undefined) continue
      if ('why' in found) strange.push(found)
      else segments.push(found)
    }
    return {segments, strange, leftovers: names.filter((name) => name.endsWith('.tmp'))}
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('file-unreadable', {path: folder, reason: reasonOf(cause)}, {cause})
  }
}

export async function isFolder(disk: Disk, path: string): Promise<boolean> {
  try {
    return (await disk.stat(path))?.kind === 'directory'
  } catch (cause) {
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  }
}

/** The header, where the file still is that segment. */
export async function headerOf(file: OpenFile): Promise<SegmentHeader | undefined> {
  return decodeHeader(await readHeader(file))
}

interface Named {
  readonly name: string
  readonly firstSeq: number
  readonly desk: Desk
}

/** Undefined for what is no file, or went away. */
async function lookAt(disk: Disk, path: string, named: Named): Promise<SegmentFile | StrangeFile | undefined> {
  const file = await openIfThere(disk, path)
  if (file === undefined) return undefined
  try {
    const {kind, size} = await file.stat()
    return kind === 'file' ? await identify(file, {...named, path, bytes: size}) : undefined
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  } finally {
    await quietly(file.close())
  }
}

export async function openIfThere(disk: Disk, path: string): Promise<OpenFile | undefined> {
  try {
    return await disk.open(path, 'read')
  } catch (cause) {
    if (isAbsent(cause)) return undefined
    throw new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  }
}

interface OpenedFile extends Named {
  readonly path: string
  readonly bytes: number
}

async function identify(file: OpenFile, of: OpenedFile): Promise<SegmentFile | StrangeFile> {
  const {name, firstSeq, bytes, path, desk} = of
  const raw = await readHeader(file)
  const header = decodeHeader(raw)
  if (header === undefined) {
    refuseNewer(raw, path)
    const salvaged = await salvage(file, raw, {firstSeq, desk})
    return salvaged === undefined
      ? {name, firstSeq, bytes, why: 'headless'}
      : {...salvaged, name, bytes, isSalvaged: true}
  }
  if (header.firstSeq === firstSeq) return {...header, name, bytes, isSalvaged: false}
  const [first] = await new SegmentReader(file, {id: header, desk}).next()
  return {name, firstSeq: header.firstSeq, bytes, why: first === undefined ? 'unnamed' : 'copied'}
}

const versionAt = 6
const nodeIdAt = 8
const idAt = 24
const sumAt = 56

/** A header that is whole, but says another version, was written by a program that came after this one. */
function refuseNewer(raw: Uint8Array, path: string): void {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const {low, high} = checksumOf(raw.subarray(0, sumAt), 0, 0)
  const isWhole = view.getUint32(sumAt, true) === low && view.getUint32(sumAt + 4, true) === high
  if (isWhole) throw new Fault('wal-newer', {path, format: view.getUint16(versionAt, true), known: 1})
}

/** A header may be damaged where it does not matter: if the frames behind it bear its id, then that is right. */
async function salvage(
  file: OpenFile,
  raw: Uint8Array,
  {firstSeq, desk}: Omit<Named, 'name'>
): Promise<SegmentHeader | undefined> {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const id = {idLow: view.getUint32(idAt, true), idHigh: view.getUint32(idAt + 4, true)}
  const [first] = await new SegmentReader(file, {id, desk}).next()
  if (first?.kind !== 'frame' || first.head.firstSeq !== firstSeq) return undefined
  const {epoch, runs} = first.head
  const nodeId = raw.slice(nodeIdAt, idAt)
  return {...id, nodeId, firstSeq, epoch, createdMs: runs[0]?.arrivalMs ?? 0}
}

/** Zeros where the file ends before, and where the disk cannot give it: frames behind it may still be made out. */
async function readHeader(file: OpenFile): Promise<Uint8Array> {
  try {
    return await readAll(file)
  } catch (cause) {
    if (reasonOf(cause) !== 'EIO') throw cause
  }
  try {
    return await readAll(file)
  } catch (cause) {
    if (reasonOf(cause) !== 'EIO') throw cause
    // A disk that gives nothing at all has not lost a block, but its cable: then nothing is to be put aside.
    await file.read(new Uint8Array(blockBytes), headerBytes)
    return new Uint8Array(headerBytes)
  }
}

async function readAll(file: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(headerBytes)
  let length = 0
  for (let count = -1; count !== 0 && length < headerBytes; length += count) {
    count = await file.read(bytes.subarray(length), length)
  }
  return bytes
}

import {join} from 'node:path'
import type {Disk, OpenFile} from '../host/disk.ts'
import {makeFolder, randomSuffix} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {quietly} from './quietly.ts'

/**
 * Where damaged bytes are put, for somebody to look at: below the folder of the segments. It is a kindness, so nothing
 * here fails for a disk that is full or may not be written; and it has an end.
 */
const quarantineName = 'quarantine'

// More than this of damage, and older pieces are not what anybody looks for.
const piecesMax = 32

type Place = Pick<Host, 'disk' | 'random'>

/** Renames a whole file into it, and says what it is called now; undefined where that was not possible. */
export async function moveWhole({disk, random}: Place, folder: string, name: string): Promise<string | undefined> {
  const target = join(quarantineName, `${name}.${randomSuffix(random)}`)
  try {
    await makeFolder(disk, join(folder, quarantineName), 0o700)
    await disk.rename(join(folder, name), join(folder, target))
    await disk.syncDirectory(folder)
  } catch {
    return undefined
  }
  await quietly(purge(disk, folder, target))
  return target
}

export interface ByteRange {
  readonly segment: {readonly name: string; readonly idLow: number; readonly idHigh: number}
  readonly from: number
  readonly to: number
}

/** Copies a part of a segment into it, unless it is there since an earlier start; undefined where that was not possible. */
export async function copyRange(
  disk: Disk,
  folder: string,
  {segment, from, to}: ByteRange
): Promise<string | undefined> {
  const {name, idLow, idHigh} = segment
  // The same name may come back with other bytes.
  const target = join(quarantineName, `${name}.${hex(idHigh)}${hex(idLow)}.${from}-${to}`)
  const path = join(folder, target)
  try {
    await makeFolder(disk, join(folder, quarantineName), 0o700)
    if ((await disk.stat(path))?.size === to - from) return target
    await quietly(disk.remove(path))
    await copy(disk, join(folder, name), {path, from, to})
  } catch {
    await quietly(disk.remove(path))
    return undefined
  }
  await quietly(purge(disk, folder, target))
  return target
}

interface Copy {
  readonly path: string
  readonly from: number
  readonly to: number
}

const copyBytes = 1 << 20

async function copy(disk: Disk, source: string, {path, from, to}: Copy): Promise<void> {
  const [input, output] = [await disk.open(source, 'read'), await disk.open(path, 'create')]
  try {
    const buffer = new Uint8Array(Math.min(copyBytes, to - from))
    for (let at = from; at < to;) {
      const count = await input.read(buffer.subarray(0, to - at), at)
      if (count === 0) return
      await output.write(buffer.subarray(0, count), at - from)
      at += count
    }
    await output.sync()
  } finally {
    await closeBoth(input, output)
  }
}

async function closeBoth(input: OpenFile, output: OpenFile): Promise<void> {
  await quietly(input.close())
  await output.close()
}

/** The oldest go, but for so many; the newest stays, whatever the clock says. */
async function purge(disk: Disk, folder: string, newest: string): Promise<void> {
  const pieces: {readonly path: string; readonly modifiedMs: number}[] = []
  for (const name of await disk.list(join(folder, quarantineName))) {
    const path = join(folder, quarantineName, name)
    const found = await disk.lstat(path)
    const isNewest = path === join(folder, newest)
    if (found?.kind === 'file' && !isNewest) pieces.push({path, modifiedMs: found.modifiedMs})
  }
  pieces.sort((one, other) => other.modifiedMs - one.modifiedMs)
  for (const {path} of pieces.slice(piecesMax - 1)) await disk.remove(path)
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}

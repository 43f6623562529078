import {Fault} from '../base/fault.ts'
import type {ServerSettings} from '../config/server-settings.ts'
import type {Disk} from '../host/disk.ts'
import {makeFolder} from '../host/files.ts'
import type {StoreOptions} from '../store/store.ts'

/** What the store is opened with; makes the data folder, since the disk that it is on decides what is left free. */
export async function storeOptionsFor(disk: Disk, settings: ServerSettings): Promise<StoreOptions> {
  const {data_dir: directory, durability} = settings
  const options = {
    ringLines: settings.ring_lines,
    ringBytes: settings.ring_bytes,
    lineBytesMax: settings.max_line,
    queueBytes: queueBytesOf(settings)
  }
  if (directory === null) {
    if (durability !== null && durability !== 'none') throw new Fault('server-durability-alone', {durability})
    return options
  }
  await makeFolder(disk, directory, 0o700)
  const persistence = {
    directory,
    durability: durability ?? ('commit' as const),
    retainBytes: settings.retain_bytes,
    retainAgeMs: settings.retain_age,
    minFreeBytes: settings.min_free ?? (await usualMinFree(disk, directory))
  }
  return {...options, persistence}
}

/** Unfinished lines may take a quarter of the queue: two of the longest must fit, or no sender could ever finish one. */
export function queueBytesOf({queue_bytes: asked, max_line: lineBytesMax}: ServerSettings): number {
  return Math.max(asked, 8 * lineBytesMax)
}

const gibi = 2 ** 30

/** A twentieth, at least a gibibyte; but of a disk so small that this would be much of it, no more than a tenth. */
async function usualMinFree(disk: Disk, path: string): Promise<number> {
  try {
    const {totalBytes} = await disk.space(path)
    return Math.round(Math.max(totalBytes / 20, Math.min(gibi, totalBytes / 10)))
  } catch {
    // A file system that does not say how large it is.
    return gibi
  }
}

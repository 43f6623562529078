import type {Disk} from '../../src/host/disk.ts'
import {SimDisk} from './disk.ts'
import {seedFromEnvironment, times} from './random.ts'

const firstSeed = seedFromEnvironment()
// The rarest outcome that is looked for comes in one crash of 36: all of these miss it once in 10^12 runs.
export const seeds = Array.from({length: times(1000)}, (_, index) => firstSeed + index)

export async function write(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.open(path, 'create')
  await file.write(new TextEncoder().encode(text), 0)
  await file.sync()
  await file.close()
}

/** What is found after power loss, over all seeds: each answer once, sorted. */
export async function outcomes(
  prepare: (disk: SimDisk) => Promise<void>,
  look: (found: SimDisk) => string
): Promise<string[]> {
  const seen = new Set<string>()
  for (const seed of seeds) {
    const disk = new SimDisk({seed})
    await prepare(disk)
    seen.add(look(disk.crash()))
  }
  return [...seen].sort()
}

export function shown(found: SimDisk): string {
  return [...found.files().keys()]
    .sort()
    .map((path) => `${path}=${found.text(path)}`)
    .join(' ')
}

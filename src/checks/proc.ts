import type {Host} from '../host/host.ts'
import {readText} from '../host/files.ts'

/** Far more than any of these files holds. */
const procBytesMax = 1 << 20

/** A file of /proc or /sys, or undefined where this kernel or container has none, or does not let us read it. */
export async function readProc(host: Pick<Host, 'disk'>, path: string): Promise<string | undefined> {
  try {
    return await readText(host.disk, path, procBytesMax)
  } catch {
    // Not permitted, or not supported by this kernel: for a reading both mean that there is none.
    return undefined
  }
}

/** `MemAvailable:    1234 kB` and `oom_kill 5` alike: the number after the key at the start of a line. */
export function procNumber(text: string, key: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${key}:`) || one.startsWith(`${key} `))
  const digits = line === undefined ? null : /\d+/.exec(line.slice(key.length))
  return digits === null ? undefined : Number(digits[0])
}

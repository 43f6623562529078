import {finding} from '../base/findings.ts'
import {judge, type Check, type Limits} from './check.ts'
import {diskVerdict, withoutReading} from './disks.ts'
import type {Space} from './file-systems.ts'
import {mountOf, parseMounts} from './mounts.ts'
import {rounded, type Part} from './parts.ts'
import {readProc} from './proc.ts'

/** Free space where the service keeps its things, the emptiest disk first. */
export const diskSpace: Check = {
  id: 'disk.space',
  async read(context) {
    const limits = context.config.checks['disk.space']
    const mounts = parseMounts((await readProc(context.host, '/proc/self/mounts')) ?? '')
    return diskVerdict(context, limits, (path, space, {isWritten}) => {
      const mount = mountOf(path, mounts)
      if (isWritten && mount?.isReadOnly === true) {
        return withoutReading('critical', finding('disk-read-only', {path, mount: mount.point}))
      }
      return spaceReading(path, space, limits)
    })
  }
}

/** Like df: what ordinary users can still write, as a share of that and what is used; blocks kept for root do not count. */
export function freePercentOf({usedBytes, availableBytes}: Space): number {
  const usable = usedBytes + availableBytes
  return usable === 0 ? 0 : (availableBytes / usable) * 100
}

function spaceReading(path: string, space: Space, limits: Limits): Part {
  const freePercent = freePercentOf(space)
  // The share and the sizes have to fit together: blocks kept for root are in neither.
  const {availableBytes: freeBytes, usedBytes} = space
  const totalBytes = usedBytes + freeBytes
  return {
    status: judge(freePercent, limits),
    finding: finding('disk-free', {path, freePercent, freeBytes, totalBytes}),
    value: rounded(freePercent),
    order: freePercent
  }
}

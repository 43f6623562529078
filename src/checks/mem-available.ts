import {finding} from '../base/findings.ts'
import {memoryGroup} from './cgroup.ts'
import {judge, thresholdOf, unknown, type Check} from './check.ts'
import {rounded} from './parts.ts'
import {procNumber, readProc} from './proc.ts'

/**
 * What can still be had: the kernel's own estimate, which knows that file cache is given back, and in a container its
 * limit. The tighter of the two counts.
 */
export const memAvailable: Check = {
  id: 'mem.available',
  async read({host, config}) {
    const info = (await readProc(host, '/proc/meminfo')) ?? ''
    const totalKiB = procNumber(info, 'MemTotal')
    const availableKiB = procNumber(info, 'MemAvailable')
    if (totalKiB === undefined || availableKiB === undefined || totalKiB === 0) {
      return unknown(finding('not-readable', {path: '/proc/meminfo', reason: 'MemAvailable'}))
    }
    const machine = {availableBytes: availableKiB * 1024, totalBytes: totalKiB * 1024, limitedBy: 'machine' as const}
    const group = await memoryGroup(host)
    const inside = group !== undefined && group.limitBytes < machine.totalBytes
    const own = inside
      ? {
          availableBytes: Math.max(0, Math.min(group.limitBytes - group.usedBytes, machine.availableBytes)),
          totalBytes: group.limitBytes,
          limitedBy: 'cgroup' as const
        }
      : machine
    const availablePercent = (own.availableBytes / own.totalBytes) * 100
    const limits = config.checks['mem.available']
    return {
      status: judge(availablePercent, limits),
      finding: finding('memory-available', {availablePercent, ...own}),
      value: rounded(availablePercent),
      unit: '%',
      threshold: thresholdOf(limits)
    }
  }
}

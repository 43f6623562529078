import type {Host} from '../host/host.ts'
import {procNumber, readProc} from './proc.ts'

/** What the control group of this process, or one above it, limits. Inside a container that is the container's limit. */
export interface MemoryGroup {
  readonly limitBytes: number
  /** Used, without the file cache that the kernel would give back. */
  readonly usedBytes: number
  readonly oomKills: number | undefined
}

/** The tightest limit on the way from our own group up to the root; undefined where memory is not limited. */
export async function memoryGroup(host: Pick<Host, 'disk'>): Promise<MemoryGroup | undefined> {
  const own = (await readProc(host, '/proc/self/cgroup')) ?? ''
  const groups: MemoryGroup[] = []
  for (const folder of folders(own)) {
    const group = await (folder.version === 2 ? groupV2(host, folder.path) : groupV1(host, folder.path))
    if (group !== undefined) groups.push(group)
  }
  return groups.toSorted((left, right) => left.limitBytes - left.usedBytes - (right.limitBytes - right.usedBytes))[0]
}

interface Folder {
  readonly version: 1 | 2
  readonly path: string
}

/** Lines are `0::/path` for the unified tree and `4:memory:/path` for the old one; parents of a group limit it, too. */
function folders(own: string): Folder[] {
  const found: Folder[] = []
  for (const line of own.split('\n')) {
    const [id, controllers, path] = line.split(':')
    if (path === undefined) continue
    const isUnified = id === '0' && controllers === ''
    const isMemory = controllers?.split(',').includes('memory') === true
    const root = isUnified ? '/sys/fs/cgroup' : isMemory ? '/sys/fs/cgroup/memory' : undefined
    if (root === undefined) continue
    for (const above of ancestors(path)) found.push({version: isUnified ? 2 : 1, path: root + above})
  }
  return found
}

function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`).concat('')
}

async function groupV2(host: Pick<Host, 'disk'>, path: string): Promise<MemoryGroup | undefined> {
  const limit = await readProc(host, `${path}/memory.max`)
  const used = await readProc(host, `${path}/memory.current`)
  if (limit === undefined || used === undefined || limit.trim() === 'max') return undefined
  const cache = procNumber((await readProc(host, `${path}/memory.stat`)) ?? '', 'inactive_file') ?? 0
  const oomKills = procNumber((await readProc(host, `${path}/memory.events`)) ?? '', 'oom_kill')
  return {limitBytes: Number(limit), usedBytes: Number(used) - cache, oomKills}
}

/** The old tree says "no limit" by a number near 2^63. */
const unlimitedBytes = 2 ** 60

async function groupV1(host: Pick<Host, 'disk'>, path: string): Promise<MemoryGroup | undefined> {
  const limit = await readProc(host, `${path}/memory.limit_in_bytes`)
  const used = await readProc(host, `${path}/memory.usage_in_bytes`)
  if (limit === undefined || used === undefined || Number(limit) > unlimitedBytes) return undefined
  const cache = procNumber((await readProc(host, `${path}/memory.stat`)) ?? '', 'total_inactive_file') ?? 0
  const oomKills = procNumber((await readProc(host, `${path}/memory.oom_control`)) ?? '', 'oom_kill')
  return {limitBytes: Number(limit), usedBytes: Number(used) - cache, oomKills}
}

import {reasonOf} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import type {Host} from '../host/host.ts'
import {judge, unknown, type Check, type CheckContext, type Limits} from './check.ts'
import {rounded, verdictOfParts, type Part} from './parts.ts'
import {readProc} from './proc.ts'

/** Open descriptors of the machine, and of the service's main process where its manager names one. */
export const fdUsage: Check = {
  id: 'fd.usage',
  async read(context) {
    const limits = context.config.checks['fd.usage']
    const parts = [await ofMachine(context.host, limits), await ofService(context, limits)]
    const verdict = verdictOfParts(
      parts.filter((part) => part !== undefined),
      '%',
      limits
    )
    return verdict ?? unknown(finding('not-readable', {path: '/proc/sys/fs/file-nr', reason: 'ENOENT'}))
  }
}

async function ofMachine(host: Pick<Host, 'disk'>, limits: Limits): Promise<Part | undefined> {
  const [used, , limit] = ((await readProc(host, '/proc/sys/fs/file-nr')) ?? '').trim().split(/\s+/)
  return used === undefined || limit === undefined
    ? undefined
    : reading({scope: 'machine', used: Number(used), limit}, limits)
}

async function ofService({host, config, signal}: CheckContext, limits: Limits): Promise<Part | undefined> {
  const {unit} = config.service
  if (unit === null) return undefined
  const state = await host.services.state(unit, signal)
  if (!('mainPid' in state) || state.mainPid < 2) return undefined
  const folder = `/proc/${state.mainPid}`
  try {
    const used = (await host.disk.list(`${folder}/fd`)).length
    const limit = parseLimit((await readProc(host, `${folder}/limits`)) ?? '')
    return limit === undefined
      ? unread(`${folder}/limits`, 'Max open files')
      : reading({scope: unit, used, limit}, limits)
  } catch (cause) {
    return unread(`${folder}/fd`, reasonOf(cause))
  }
}

function unread(path: string, reason: string): Part {
  return {status: 'unknown', value: null, order: 0, finding: finding('not-readable', {path, reason})}
}

/** Kept as text: the kernel's largest limits do not fit a JavaScript number. */
export function parseLimit(limits: string): string | undefined {
  return /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1]
}

interface Count {
  readonly scope: string
  readonly used: number
  readonly limit: string
}

function reading({scope, used, limit}: Count, limits: Limits): Part {
  const usedPercent = limit === 'unlimited' ? 0 : (used / Number(limit)) * 100
  return {
    status: judge(usedPercent, limits),
    value: rounded(usedPercent),
    order: -usedPercent,
    finding: finding('descriptors-used', {scope, usedPercent, used, limit})
  }
}

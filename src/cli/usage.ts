import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'

/**
 * What oclif's parser throws becomes a Fault. Its error classes are not exported, so they are told apart by what they
 * carry; every kind is provoked in `test/cli/`.
 */
export function usageFault(error: unknown, command: string, flags: readonly string[]): Fault | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined
  const carried = error as Error & {flags?: unknown; args?: unknown}
  const flag = first(carried.flags)
  if (typeof flag === 'string') {
    return new Fault('usage-unknown-flag', {flag, nearest: nearestFlag(flag, flags), command}, {cause: error})
  }
  const arg = first(carried.args)
  if (typeof arg === 'string') return new Fault('usage-unexpected-argument', {argument: arg, command}, {cause: error})
  if (isNamed(arg)) return new Fault('usage-missing-argument', {argument: arg.name, command}, {cause: error})
  const alone = /Flag --([\w-]+) expects a value/.exec(error.message)?.[1]
  const missing = alone ?? /Missing required flag ([\w-]+)/.exec(error.message)?.[1]
  if (missing !== undefined) return new Fault('usage-missing-value', {flag: `--${missing}`, command}, {cause: error})
  return new Fault('usage-other', {detail: error.message.split('\n')[0] ?? '', command}, {cause: error})
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? (list as readonly unknown[])[0] : undefined
}

function isNamed(value: unknown): value is {readonly name: string} {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}

function nearestFlag(flag: string, known: readonly string[]): string | null {
  const found = nearest(flag.replace(/^-+/, '').replace(/=.*$/, ''), known)
  return found === null ? null : `--${found}`
}

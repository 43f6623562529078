import {Fault, Faults} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import {nearest} from '../base/nearest.ts'
import type {Config} from '../config/schema.ts'
import {skipped, type Check} from './check.ts'
import type {Excused} from './checks.ts'

export interface Asked {
  readonly only: readonly string[]
  readonly skip: readonly string[]
  readonly profile: string | undefined
}

/** The checks that were asked for, by id or by pattern (`disk.*`). Everything unknown is refused at once. */
export function select(all: readonly Check[], asked: Asked, config: Config): readonly Check[] {
  const ids = all.map(({id}) => id)
  const profile = asked.profile === undefined ? [] : profileOf(asked.profile, config)
  const wanted = [...asked.only, ...(profile instanceof Fault ? [] : profile)]
  const isWhole = asked.profile === undefined && asked.only.length === 0
  const unknown = [...wanted, ...asked.skip]
    .filter((pattern) => !ids.some((id) => matches(id, pattern)))
    .map((id) => new Fault('check-unknown-id', {id, nearest: nearest(id, ids)}))
  const faults: readonly Fault[] = profile instanceof Fault ? [profile, ...unknown] : unknown
  if (faults.length > 0) throw new Faults(faults)
  return all.filter(
    ({id}) =>
      (isWhole || wanted.some((pattern) => matches(id, pattern))) && !asked.skip.some((pattern) => matches(id, pattern))
  )
}

/** `disk.*` stands for every check of that group; anything else for itself. */
export function matches(id: string, pattern: string): boolean {
  return pattern === '*' || (pattern.endsWith('.*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern)
}

function profileOf(profile: string, config: Config): readonly string[] | Fault {
  const {profiles} = config.checks
  return profiles.get(profile) ?? new Fault('profile-unknown', {profile, known: [...profiles.keys()].join(', ')})
}

/** What the configuration leaves out, with its reason; from the day after `until` on it is checked again. */
export function excusedBy(config: Config, today: string): Excused {
  return (id) => {
    const skip = config.checks.skip.find((one) => matches(id, one.id) && (one.until === null || one.until >= today))
    return skip === undefined
      ? undefined
      : skipped(finding('skipped-by-config', {reason: skip.reason, until: skip.until}))
  }
}

import type {Finding} from '../base/findings.ts'
import type {CheckStatus} from '../base/report.ts'
import {thresholdOf, type Limits, type Verdict} from './check.ts'

/** One of several things that a check looks at: a disk, a certificate, a process. */
export interface Part {
  readonly status: CheckStatus
  readonly finding: Finding
  /** Null where there is no reading, only a reason why not. */
  readonly value: number | null
  /** Among parts of the same status, the lowest comes first. */
  readonly order: number
}

const severity: readonly CheckStatus[] = ['critical', 'warning', 'unknown', 'ok']

/** The worst part speaks for all, the others are its evidence. Undefined when there is none. */
export function verdictOfParts(parts: readonly Part[], unit: string, limits: Limits): Verdict | undefined {
  const [worst, ...others] = parts.toSorted(
    (left, right) => severity.indexOf(left.status) - severity.indexOf(right.status) || left.order - right.order
  )
  if (worst === undefined) return undefined
  return {
    status: worst.status,
    finding: worst.finding,
    ...(worst.value === null ? {} : {value: worst.value, unit}),
    threshold: thresholdOf(limits),
    evidence: others.map((part) => part.finding)
  }
}

/** One digit behind the point: more would only be noise in reports. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

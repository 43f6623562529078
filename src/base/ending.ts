import {exits, type ExitWord, type Family} from './exits.ts'
import {faults} from './faults.ts'
import type {Report, ReportStatus} from './report.ts'

const checkCodes: ReadonlyMap<ReportStatus, number> = new Map([
  ['ok', 0],
  ['warning', 1],
  ['critical', 2],
  ['unknown', 3]
])

/** How an action ends that names no error. */
const actionExits: Readonly<Record<ReportStatus, ExitWord>> = {
  ok: 'done',
  done: 'done',
  nothing: 'done',
  planned: 'done',
  partial: 'partial',
  refused: 'refused',
  failed: 'failed',
  warning: 'failed',
  critical: 'failed',
  unknown: 'failed'
}

/** The one place where a report becomes an exit code. */
export function exitCodeOf(report: Report, family: Family): number {
  if (family === 'check') return verdictCode(report)
  const first = report.errors[0]
  if (report.status === 'planned' && report.isPendingTold === true) return exits.pending
  // That a person is needed now outweighs whatever else came of it.
  if (report.errors.some(({code}) => faults[code].exit === 'stuck')) return exits.stuck
  // Whoever stopped a run knows that it is not finished: that it was stopped is what decides.
  if (first !== undefined && (first.code === 'interrupted' || first.code === 'terminated'))
    return exits[faults[first.code].exit]
  // What was left undone has its errors told, and yet the system is not as before, which their own codes would claim.
  if (first === undefined || report.status === 'partial') return exits[actionExits[report.status]]
  return exits[faults[first.code].exit]
}

function verdictCode({status, errors, warningsPass}: Report): number {
  const code = status === 'warning' && warningsPass === true ? 0 : (checkCodes.get(status) ?? 3)
  // A run that tells of an error, such as an interruption, must not look like one that saw everything.
  return code === 0 && errors.length > 0 ? 3 : code
}

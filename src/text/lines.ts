import type {Finding} from '../base/findings.ts'
import type {Fault} from '../base/fault.ts'
import type {CheckResult, CheckStatus, Report} from '../base/report.ts'
import {padEnd, plain, widthOf, wrap} from './columns.ts'
import {catalogueOf} from './catalogue.ts'
import type {Language} from './language.ts'
import {planLines} from './plan-lines.ts'
import {sayFault, sayFinding} from './say.ts'
import {writing} from './writing.ts'

/** How the operator wants to read it. */
export interface Reading {
  readonly language: Language
  readonly zone: 'utc' | 'local'
  readonly columns: number
  readonly colours: boolean
  readonly detail: 'quiet' | 'normal' | 'verbose'
}

const order: readonly CheckResult['status'][] = ['critical', 'warning', 'unknown', 'ok', 'skipped']

const colourOf: Readonly<Record<CheckResult['status'], number>> = {
  ok: 32,
  warning: 33,
  critical: 31,
  unknown: 35,
  skipped: 90
}

/** The result for people: the verdict in one line, then each check with its reading; bad ones first, with what to do. */
export function linesOf(report: Report, durationMs: number, reading: Reading): string[] {
  const body = report.body?.lines ?? []
  if (report.plan !== undefined) return [...planLines(report, durationMs, reading), ...body]
  if (!hasVerdict(report) || (reading.detail === 'quiet' && report.status === 'ok')) return [...body]
  const shown = reading.detail === 'quiet' ? report.checks.filter(isBad) : report.checks
  const sorted = shown.toSorted((left, right) => order.indexOf(left.status) - order.indexOf(right.status))
  return [
    summaryLine(report, durationMs, reading),
    ...sorted.flatMap((check) => checkLines(check, shown, reading)),
    ...body
  ]
}

/** Also of a run that checked nothing: its UNKNOWN must not be silent. What could not begin has its errors told. */
function hasVerdict({checks, status, body, errors}: Report): boolean {
  return checks.length > 0 || (status === 'unknown' && body === undefined && errors.length === 0)
}

function isBad(check: CheckResult): boolean {
  return check.status !== 'ok' && check.status !== 'skipped'
}

function summaryLine(report: Report, durationMs: number, reading: Reading): string {
  const {words} = catalogueOf(reading.language)
  const counts = new Map<string, number>()
  for (const status of order) {
    const count = report.checks.filter((check) => check.status === status).length
    if (count > 0) counts.set(words.status[status], count)
  }
  const took = writing(reading.zone).duration(durationMs)
  const verdict = paint(words.status[report.status as CheckStatus], report.status as CheckStatus, reading)
  return `${report.command}: ${verdict} (${words.summary(Object.fromEntries(counts), took)})`
}

function checkLines(check: CheckResult, all: readonly CheckResult[], reading: Reading): string[] {
  const catalogue = catalogueOf(reading.language)
  const write = writing(reading.zone)
  const statusWidth = Math.max(...all.map(({status}) => widthOf(catalogue.words.status[status])))
  const idWidth = Math.max(...all.map(({id}) => widthOf(id)))
  const indent = 2 + statusWidth + 2 + idWidth + 2
  const room = Math.max(20, reading.columns - indent)
  const {text, hint} = sayFinding(check.finding, catalogue, write)
  const first = `  ${paint(padEnd(catalogue.words.status[check.status], statusWidth), check.status, reading)}  ${padEnd(plain(check.id), idWidth)}  `
  const said = wrap(text + thresholdNote(check), room)
  const more = [
    ...(isBad(check) || reading.detail === 'verbose' ? check.evidence : []).flatMap((one) =>
      evidence(one, reading, room)
    ),
    ...(isBad(check) && hint !== undefined ? wrap(`→ ${hint}`, room) : [])
  ]
  return [...said, ...more].map((line, at) => (at === 0 ? first : ' '.repeat(indent)) + line)
}

/** Which limit was crossed, as it stands in the configuration; where there is no number, none was. */
function thresholdNote({status, value, threshold}: CheckResult): string {
  const isCrossed = typeof value === 'number' && (status === 'critical' || status === 'warning')
  const limit = isCrossed ? threshold?.[status] : undefined
  return limit === null || limit === undefined ? '' : ` [${limit}]`
}

function evidence(finding: Finding, reading: Reading, room: number): string[] {
  const {text} = sayFinding(finding, catalogueOf(reading.language), writing(reading.zone))
  return wrap(`- ${text}`, room)
}

/** A fault on standard error: what is wrong, and below it what to do. */
export function faultLines(fault: Fault, kind: 'error' | 'warning', reading: Reading): string[] {
  const {words} = catalogueOf(reading.language)
  const {text, hint} = sayFault(fault, catalogueOf(reading.language), writing(reading.zone))
  const told = `${paint(words[kind], kind === 'error' ? 'critical' : 'warning', reading)}: ${text}`
  const cause = reading.detail === 'verbose' ? causesOf(fault) : []
  return [told, ...cause, `  → ${hint}`]
}

/** The chain of causes, and where a bug came from. */
function causesOf(fault: Fault): string[] {
  const lines: string[] = []
  let cause: unknown = fault.cause
  // A chain that leads back to itself must not hold us.
  for (let depth = 0; cause instanceof Error && depth < 5; depth += 1) {
    const told = fault.code === 'bug' ? (cause.stack ?? cause.message) : cause.message
    lines.push(...told.split('\n').map((line) => `  ${plain(line)}`))
    cause = cause.cause
  }
  return lines
}

function paint(text: string, status: CheckResult['status'], reading: Reading): string {
  return reading.colours ? `\u001b[${colourOf[status]}m${text}\u001b[39m` : text
}

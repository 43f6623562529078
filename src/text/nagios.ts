import type {CheckResult, Report} from '../base/report.ts'
import {counted} from './counted-en.ts'
import {en} from './en.ts'
import {sayFault, sayFinding} from './say.ts'
import {writing} from './writing.ts'

const write = writing('utc')

/** Monitoring systems cut long answers; the first reasons are the worst. */
const evidenceMax = 3

/**
 * One line of verdict with performance data, then one line a finding that is not good, as monitoring plugins print.
 * `|` separates the two halves of the first line, so it is kept out of the sentences.
 */
export function nagiosOf(report: Report): string {
  // A list that was asked for is no verdict.
  if (report.body !== undefined && report.checks.length === 0)
    return report.body.lines.map((line) => `${line}\n`).join('')
  const bad = report.checks.filter(({status}) => status !== 'ok' && status !== 'skipped')
  const judged = report.checks.filter(({status}) => status !== 'skipped')
  const problem = report.errors[0]
  const summary =
    problem !== undefined
      ? sayFault(problem, en, write).text
      : bad.length === 0
        ? judged.length === 0
          ? 'nothing was checked'
          : `${counted(judged.length, 'check')} ok`
        : bad.map((check) => `${check.id} ${check.status}`).join(', ')
  const data = judged.flatMap(performanceData).join(' ')
  const first = `LOGCASTER ${report.status.toUpperCase()} - ${withoutBar(summary)}${data === '' ? '' : ` | ${data}`}`
  const details = bad.flatMap((check) =>
    [check.finding, ...check.evidence.slice(0, evidenceMax)].map((said) =>
      withoutBar(`${check.id}: ${sayFinding(said, en, write).text}`)
    )
  )
  return [first, ...details].join('\n') + '\n'
}

function performanceData(check: CheckResult): string[] {
  if (typeof check.value !== 'number' || !Number.isFinite(check.value)) return []
  const limits = `${check.threshold?.warning ?? ''};${check.threshold?.critical ?? ''}`
  return [`'${check.id}'=${decimal(check.value)}${nagiosUnit(check.unit)};${bareRange(limits)}`]
}

/** Only digits are a number to a monitoring system: the clock's 1e-7 seconds would be refused. */
function decimal(value: number): string {
  return String(Number(value.toFixed(6)))
}

/** The format knows few units; other values are plain numbers. */
function nagiosUnit(unit: string | null): string {
  return unit === '%' || unit === 's' ? unit : ''
}

/** Thresholds with units other than the value's would be misread as bare numbers, so only bare ones are shown. */
function bareRange(limits: string): string {
  return limits
    .replaceAll('%', '')
    .split(';')
    .map((limit) => (/[a-zA-Z]/.test(limit) ? '' : limit))
    .join(';')
}

function withoutBar(text: string): string {
  return text.replaceAll('|', '/').replaceAll('\n', ' ')
}

import type {Report} from '../base/report.ts'
import type {Terminal} from '../host/terminal.ts'
import {documentOf, type RunFacts} from '../text/document.ts'
import {junitOf} from '../text/junit.ts'
import {faultLines, linesOf} from '../text/lines.ts'
import {nagiosOf} from '../text/nagios.ts'
import type {Style} from '../text/style.ts'
import {Fault} from '../base/fault.ts'

interface Paper {
  readonly terminal: Terminal
  readonly style: Style
}

/** Results to standard output, troubles to standard error. False when the result could not be delivered. */
export async function printReport(report: Report, run: RunFacts, {terminal, style}: Paper): Promise<boolean> {
  const {reading} = style
  // The document has all of them in it; whoever reads another form would miss them.
  if (style.format !== 'json') {
    // What tells of the result's screen says nothing of where the troubles go: `2> FILE` must not get colours.
    const reading = {...style.reading, colours: style.reading.colours && terminal.isWatched}
    const warnings = report.warnings.flatMap((fault) => faultLines(fault, 'warning', reading))
    const errors = report.errors.flatMap((fault) => faultLines(fault, 'error', reading))
    const shown = [...warnings, ...errors]
    if (shown.length > 0) await terminal.tell(`${shown.join('\n')}\n`)
  }
  const result = render(report, run, style)
  const printed = result === '' ? {status: 'written' as const} : await terminal.print(result)
  if (printed.status !== 'failed') return true
  const fault = new Fault('output-failed', {reason: printed.reason})
  await terminal.tell(`${faultLines(fault, 'error', reading).join('\n')}\n`)
  return false
}

function render(report: Report, run: RunFacts, {format, reading}: Style): string {
  switch (format) {
    case 'json':
      return `${inert(JSON.stringify(documentOf(report, run)))}\n`
    case 'nagios':
      return nagiosOf(report)
    case 'junit':
      return junitOf(report, run.durationMs)
    case 'text':
      return linesOf(report, run.durationMs, reading)
        .map((line) => `${line}\n`)
        .join('')
  }
}

/** JSON lets some characters stand that a terminal would act on; escaped they mean the same. */
export function inert(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

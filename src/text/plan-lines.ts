import {Fault} from '../base/fault.ts'
import type {PlanItem, Report, StepOutcome} from '../base/report.ts'
import {catalogueOf} from './catalogue.ts'
import {padEnd, plain, widthOf, wrap} from './columns.ts'
import type {Reading} from './lines.ts'
import {sayFault, sayFinding} from './say.ts'
import {writing} from './writing.ts'

/** What a step is about to do, or what came of it. */
type Mark = PlanItem['action'] | StepOutcome['status']

const colours: Readonly<Partial<Record<Mark, number>>> = {
  change: 33,
  unknown: 35,
  done: 32,
  failed: 31,
  stuck: 31,
  undone: 33
}

/** A plan for people: one line that says what came, or would come, of it, then its steps. */
export function planLines(report: Report, durationMs: number, reading: Reading): string[] {
  const plan = report.plan ?? []
  const shown = reading.detail === 'quiet' ? plan.filter((item) => ['failed', 'stuck'].includes(markOf(item))) : plan
  const {words} = catalogueOf(reading.language)
  const marks = shown.map((item) => words.steps[markOf(item)])
  const widths = {mark: Math.max(0, ...marks.map(widthOf)), id: Math.max(0, ...shown.map(({id}) => widthOf(plain(id))))}
  const lines = shown.flatMap((item) => itemLines(item, widths, reading))
  if (reading.detail === 'quiet' && report.errors.length === 0) return lines
  return [summary(report, durationMs, reading), ...lines, ...runLine(report, reading)]
}

function summary(report: Report, durationMs: number, reading: Reading): string {
  const {words} = catalogueOf(reading.language)
  const {plan = [], status} = report
  const counts = new Map<string, number>()
  for (const item of plan) counts.set(words.steps[markOf(item)], (counts.get(words.steps[markOf(item)]) ?? 0) + 1)
  const title = plain(report.title ?? report.command)
  return `${title}: ${words.outcomes[status]} (${words.stepSummary(Object.fromEntries(counts), writing(reading.zone).duration(durationMs))})`
}

function runLine({runId}: Report, reading: Reading): string[] {
  return runId === undefined ? [] : [catalogueOf(reading.language).words.runKept(runId)]
}

function markOf({action, outcome}: PlanItem): Mark {
  return outcome?.status ?? action
}

function itemLines(item: PlanItem, widths: {readonly mark: number; readonly id: number}, reading: Reading): string[] {
  const {words} = catalogueOf(reading.language)
  const mark = markOf(item)
  const indent = 2 + widths.mark + 2 + widths.id + 2
  const room = Math.max(20, reading.columns - indent)
  const colour = reading.colours ? colours[mark] : undefined
  const padded = padEnd(words.steps[mark], widths.mark)
  const head = colour === undefined ? padded : `\u001b[${colour}m${padded}\u001b[39m`
  const first = `  ${head}  ${padEnd(plain(item.id), widths.id)}  `
  const told = [...wrap(sentence(item, reading), room), ...notes(item, reading).flatMap((note) => wrap(note, room))]
  return [
    ...told.map((line, at) => (at === 0 ? first : ' '.repeat(indent)) + line),
    ...(item.diff ?? []).map((line) => `${' '.repeat(4)}${diffLine(line, reading)}`)
  ]
}

function sentence({said, outcome}: PlanItem, reading: Reading): string {
  const catalogue = catalogueOf(reading.language)
  const write = writing(reading.zone)
  const told = outcome?.said ?? said
  return told instanceof Fault ? sayFault(told, catalogue, write).text : sayFinding(told, catalogue, write).text
}

/** What a person wants to know before saying yes. */
function notes({action, reversible, needs, timeoutMs, outcome}: PlanItem, reading: Reading): string[] {
  const {words} = catalogueOf(reading.language)
  const write = writing(reading.zone)
  if (outcome !== undefined) return reading.detail === 'verbose' ? [`- ${write.duration(outcome.durationMs)}`] : []
  if (action !== 'change') return []
  const demands = [
    ...(reversible ? [] : [words.notReversible]),
    ...(needs.root ? [words.needsRoot] : []),
    ...(reading.detail === 'verbose' ? [words.timeout(write.duration(timeoutMs))] : [])
  ]
  return demands.map((demand) => `- ${demand}`)
}

function diffLine(line: string, {colours: isColoured}: Reading): string {
  const text = plain(line)
  const colour = line.startsWith('+') ? 32 : line.startsWith('-') ? 31 : undefined
  return isColoured && colour !== undefined ? `\u001b[${colour}m${text}\u001b[39m` : text
}

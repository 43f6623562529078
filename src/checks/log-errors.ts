import {finding, type Finding} from '../base/findings.ts'
import {type Check, type CheckContext, judge, thresholdOf, type Verdict} from './check.ts'
import {type LogFile, logFilesOf, type LogFolder, waysOf} from './log-files.ts'
import {readLines} from './log-lines.ts'
import {FileTally, type SignatureCount, Tally} from './log-tally.ts'

/** Lines of level error and above in the window, over all log files, by kind of line; kinds never seen before first. */
export const logErrors: Check = {
  id: 'log.errors',
  async read(context) {
    const found = await logFilesOf(context)
    if ('instead' in found) return found.instead
    return verdictOn(await countAll(found.folder, context), context)
  }
}

interface Survey {
  readonly tally: Tally
  /** What makes the count a lower bound: an answer of "ok" would be a guess. */
  readonly unread: Finding[]
  readonly remarks: Finding[]
}

async function countAll(folder: LogFolder, context: CheckContext): Promise<Survey> {
  const unread = folder.problems.map((problem) => finding('log-file-unreadable', {...problem}))
  const survey: Survey = {tally: new Tally(), unread, remarks: []}
  for (const file of folder.files) {
    if (context.signal.aborted) break
    // Nothing was written to it in the window, so no line of the window is in it.
    if (file.modifiedMs >= context.window.fromMs) await countFile(file, survey, context)
  }
  return survey
}

async function countFile(file: LogFile, {tally, unread, remarks}: Survey, context: CheckContext): Promise<void> {
  const {path} = file
  const fileTally = new FileTally(tally, path, context.window)
  const reading = await readLines(context.host.disk, file, {
    how: waysOf(context).open,
    readBytesMax: context.config.checks['log.errors'].read_max,
    signal: context.signal,
    take: fileTally.take
  })
  const undated = fileTally.finish(file.modifiedMs)
  if (undated > 0) remarks.push(finding('log-lines-undated', {path, lines: undated}))
  const {ahead} = fileTally
  if (ahead.lines > 0) remarks.push(finding('log-lines-ahead', {path, ...ahead}))
  const {failure, isWhole, readBytes, totalBytes} = reading
  if (failure !== null) {
    unread.push(finding('log-file-unreadable', {path, reason: failure}))
  } else if (!isWhole && totalBytes === null) {
    unread.push(finding('log-archive-read-in-part', {path, readBytes}))
  } else if (!isWhole && totalBytes !== null && !reachesBack(fileTally, context)) {
    unread.push(finding('log-file-read-in-part', {path, readBytes, totalBytes}))
  }
}

/** What was left out at the start of a long file does not matter when the window begins later. */
function reachesBack(fileTally: FileTally, context: CheckContext): boolean {
  return fileTally.firstMs !== undefined && fileTally.firstMs < context.window.fromMs
}

function verdictOn({tally, unread, remarks}: Survey, context: CheckContext): Verdict {
  const limits = context.config.checks['log.errors']
  const remembered = rememberedSignatures(context)
  const known = new Set(remembered)
  const seen = [...tally.signatures.values()]
  const judged = judge(tally.errors, limits)
  const windowMs = context.window.toMs - context.window.fromMs
  return {
    status: judged === 'ok' && unread.length > 0 ? 'unknown' : judged,
    finding: finding('log-errors', {
      errors: tally.errors,
      lines: tally.lines,
      errorPercent: tally.lines > 0 ? (tally.errors * 100) / tally.lines : null,
      perHour: windowMs > 0 ? (tally.errors * hourMs) / windowMs : 0,
      signatures: seen.length,
      newSignatures: seen.filter(({signature}) => !known.has(signature)).length,
      windowMs
    }),
    value: tally.errors,
    unit: 'lines',
    threshold: thresholdOf(limits),
    // What was not read comes first: it is why the count may be wrong.
    evidence: [...fileEvidence(unread), ...signatureEvidence(seen, known), ...fileEvidence(remarks)],
    remember: {signatures: toRemember(remembered, seen)}
  }
}

const hourMs = 3_600_000
const evidenceMax = 10

/** New kinds first, then the ones that came last: by time, never by the name of the file. */
function signatureEvidence(seen: readonly SignatureCount[], known: ReadonlySet<string>): Finding[] {
  const ordered = seen
    .map((one) => ({...one, isNew: !known.has(one.signature)}))
    .sort((left, right) => Number(right.isNew) - Number(left.isNew) || right.lastMs - left.lastMs)
  const shown = ordered.slice(0, evidenceMax).map((one) => finding('log-signature', one))
  const more = ordered.length - shown.length
  return more > 0 ? [...shown, finding('log-signatures-more', {more})] : shown
}

function fileEvidence(remarks: readonly Finding[]): Finding[] {
  const shown = remarks.slice(0, evidenceMax)
  const more = remarks.length - shown.length
  return more > 0 ? [...shown, finding('log-files-more', {more})] : shown
}

// Kinds of errors are few on a machine that is cared for; what was forgotten is only called new once more.
const rememberedMax = 500

function rememberedSignatures(context: CheckContext): string[] {
  const signatures = context.remembered?.values['signatures']
  if (!Array.isArray(signatures)) return []
  return signatures.filter((one): one is string => typeof one === 'string')
}

/** Oldest first: those not seen this time, then the others by their last time. */
function toRemember(remembered: readonly string[], seen: readonly SignatureCount[]): string[] {
  const now = seen.toSorted((left, right) => left.lastMs - right.lastMs).map((one) => one.signature)
  const current = new Set(now)
  return [...remembered.filter((one) => !current.has(one)), ...now].slice(-rememberedMax)
}

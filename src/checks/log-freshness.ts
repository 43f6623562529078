import {finding} from '../base/findings.ts'
import {type Check, judge, thresholdOf} from './check.ts'
import {type LogFile, logFilesOf} from './log-files.ts'

/** How long ago a log file was last written: a service that says nothing may be one that does nothing. */
export const logFreshness: Check = {
  id: 'log.freshness',
  async read(context) {
    const found = await logFilesOf(context)
    if ('instead' in found) return found.instead
    const {files, problems} = found.folder
    const evidence = problems.slice(0, evidenceMax).map((problem) => finding('log-file-unreadable', {...problem}))
    const newest = newestWritten(files)
    if (newest === undefined) {
      return {status: 'unknown', finding: finding('log-none', {path: context.config.paths.logs}), evidence}
    }
    const limits = context.config.checks['log.freshness']
    // A file written since the run began, or by a machine whose clock is ahead, is as fresh as can be.
    const ageMs = Math.max(0, context.window.toMs - newest.modifiedMs)
    return {
      status: judge(ageMs, limits),
      finding: finding('log-written', {path: newest.path, ageMs}),
      value: Math.round(ageMs / 1000),
      unit: 's',
      threshold: thresholdOf(limits),
      evidence
    }
  }
}

const evidenceMax = 10

/** Files come newest first. Rotation makes empty files and compresses old ones: neither means that a line was written. */
function newestWritten(files: readonly LogFile[]): LogFile | undefined {
  const written = files.filter((file) => file.size > 0)
  return written.find((file) => file.form === 'plain') ?? written[0]
}

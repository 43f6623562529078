import type {ReporterOptions} from 'knip'

/** Says how many files knip looked at, and fails when there were none: a wrong pattern must not look like a clean tree. */
export default function count({counters}: ReporterOptions): void {
  process.stdout.write(`${counters.processed} files\n`)
  if (counters.processed === 0) process.exitCode = 1
}

import {finding} from '../base/findings.ts'
import {readRuns} from '../ledger/journal.ts'
import {skipped, type Check} from './check.ts'

// A look at a day of a busy machine; one that crashed before that has been told every day since.
const runsMax = 1000

/** Runs that were broken off, and that nobody has resumed or undone since: half done is a state nobody planned. */
export const runsCrashed: Check = {
  id: 'runs.crashed',
  async read({host, stateFolder}) {
    const runs = await readRuns(host, stateFolder, {limit: runsMax})
    if (runs.length === 0) return skipped(finding('runs-none', {}))
    const crashed = runs.filter(({status}) => status === 'crashed' || status === 'stuck')
    const evidence = crashed.map(({runId: run, command, user, startedMs: sinceMs, status}) => {
      return finding('run-left', {run, command, user, sinceMs, status: status === 'stuck' ? 'stuck' : 'crashed'})
    })
    const value = crashed.length
    if (value === 0) return {status: 'ok', value, finding: finding('runs-whole', {runs: runs.length})}
    return {status: 'critical', value, finding: finding('runs-crashed', {count: value}), evidence}
  }
}

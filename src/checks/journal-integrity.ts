import {finding, type Finding} from '../base/findings.ts'
import {verify, type JournalProblem, type JournalState} from '../ledger/journal.ts'
import {skipped, type Check, type Verdict} from './check.ts'

/** Whether the journal of runs is all that was ever written to it: nothing changed, taken out, or cut off its end. */
export const journalIntegrity: Check = {
  id: 'journal.integrity',
  async read({host, stateFolder}) {
    const {state, problems, problemCount, lines, runs} = await verify(host, stateFolder)
    if (state === 'ok' && lines === 0) return skipped(finding('runs-none', {}))
    const evidence = problems.map(problemFinding)
    const common = {value: problemCount, evidence}
    if (state === 'ok') return {...common, status: 'ok', finding: finding('journal-whole', {lines, runs})}
    return {
      ...common,
      status: statuses[state],
      finding: finding('journal-wrong', {state, problems: problemCount, lines})
    }
  }
}

// Torn is what a power loss leaves, and no sign of anybody's hand; what only a newer version can read is not known.
const statuses: Readonly<Record<Exclude<JournalState, 'ok'>, Verdict['status']>> = {
  torn: 'ok',
  'head-missing': 'critical',
  cut: 'critical',
  altered: 'critical',
  newer: 'unknown'
}

function problemFinding({kind, segment, line, seq}: JournalProblem): Finding {
  return finding('journal-problem', {kind, segment, line, seq})
}

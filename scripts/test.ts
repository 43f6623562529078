import {installMissing} from './components.ts'
import {pass} from './gate.ts'
import {sourceTests, staticGates, widerTests} from './gates.ts'
import type {Tally} from './tally.ts'
import {sumOf, summaryOf} from './tally.ts'

/**
 * `npm test`: everything. It goes on after a failed gate, because whoever waits ten minutes wants to know of all that is
 * wrong, and closes with the counts of all tests.
 */
if (process.env['CI'] === 'true') installMissing()

const failedGates: string[] = []
for (const gate of staticGates()) {
  if (!(await pass(gate))) failedGates.push(gate.name)
}

const tallies: Tally[] = failedGates.map(failure)
for (const gate of [sourceTests(), ...widerTests()]) {
  const isGood = await pass(gate)
  const tally = gate.tally()
  tallies.push(tally)
  if (isGood) continue
  failedGates.push(gate.name)
  // Stopped at its deadline, or below a coverage floor: no test failed, and yet the counts must not say that all is well.
  if (tally.failed === 0) tallies.push(failure())
}

if (failedGates.length > 0) process.stdout.write(`\nNot passed: ${failedGates.join(', ')}\n`)
process.stdout.write(`\n${summaryOf(sumOf(tallies))}`)
process.exitCode = failedGates.length === 0 ? 0 : 1

/** A gate that failed counts as one failure. */
function failure(): Tally {
  return {passed: 0, failed: 1, skipped: []}
}

import {pass} from './gate.ts'
import {sourceTests, staticGates} from './gates.ts'

/** `npm run check`: everything that needs nothing but this repository. Stops at the first gate that fails. */
for (const gate of [...staticGates(), sourceTests()]) {
  if (await pass(gate)) continue
  process.exitCode = 1
  break
}

/**
 * `print-states.ts PATIENCE_MS UNIT...` asks as our commands do, on the machine it runs on, and prints one line of JSON:
 * the manager it found, and the state of each unit in the order of asking.
 */
import {nothingSupervised} from '../fixtures/supervisable.ts'
import {realHost} from '../../src/host/real.ts'
import {serviceManager} from '../../src/host/manager.ts'

const [patienceMs, ...units] = process.argv.slice(2)
const manager = await serviceManager('auto', realHost(), nothingSupervised)
const signal = AbortSignal.timeout(Number(patienceMs))
const states = await Promise.all(units.map((unit) => manager.state(unit, signal)))
process.stdout.write(`${JSON.stringify({manager: manager.name, states})}\n`)

/**
 * `act.ts plan|apply|undo KIND INPUTS STARTED_MS DEADLINE_MS` does that with one step, as a run does it, on the machine it
 * runs on, and prints what came of it as one line of JSON.
 */
import {nothingSupervised} from '../fixtures/supervisable.ts'
import {realHost} from '../../src/host/real.ts'
import {serviceManager} from '../../src/host/manager.ts'
import type {StepKind} from '../../src/runbook/step.ts'
import {serviceRestart} from '../../src/runbook/steps/service-restart.ts'
import {serviceStart} from '../../src/runbook/steps/service-start.ts'
import {serviceStop} from '../../src/runbook/steps/service-stop.ts'
import {apply, outlookOf, stageOn, undo} from '../runbook/steps/stage.ts'

const [verb, name, inputs = '', startedMs, deadlineMs] = process.argv.slice(2)
const bare = realHost()
const host = {...bare, services: await serviceManager('auto', bare, nothingSupervised)}
const place = await stageOn(host, {folder: '/', startedMs: Number(startedMs)})
const stage = {...place, deadlineMs: Number(deadlineMs)}
const kinds: readonly StepKind[] = [serviceStart, serviceStop, serviceRestart]
const kind = kinds.find((one) => one.name === name) ?? serviceStart
const raw: unknown = JSON.parse(inputs)
const verbs = {plan: outlookOf, apply, undo}
const came: unknown = await verbs[verb as keyof typeof verbs](stage, kind, raw)
const plainFault = (_key: string, value: unknown): unknown =>
  value instanceof Error ? Object.fromEntries(Object.entries(value)) : value
process.stdout.write(`${JSON.stringify(came, plainFault)}\n`)

/**
 * `change-service.ts VERB UNIT DEADLINE_MS [PATIENCE_MS]` orders as our commands do, on the machine it runs on, and prints
 * one line of JSON: what came of it, and how the unit is right after it. After the patience, it does not want any more.
 */
import {nothingSupervised} from '../fixtures/supervisable.ts'
import {realHost} from '../../src/host/real.ts'
import type {ServiceVerb} from '../../src/host/services.ts'
import {serviceManager} from '../../src/host/manager.ts'

const [verb, unit = '', deadlineMs, patienceMs = '60000'] = process.argv.slice(2)
const manager = await serviceManager('auto', realHost(), nothingSupervised)
const signal = AbortSignal.timeout(Number(patienceMs))
const change = await manager.change(unit, verb as ServiceVerb, {deadlineMs: Number(deadlineMs), signal})
const state = await manager.state(unit, new AbortController().signal)
process.stdout.write(`${JSON.stringify({change, state})}\n`)

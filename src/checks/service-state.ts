import {finding, type Finding} from '../base/findings.ts'
import type {CheckStatus} from '../base/report.ts'
import type {ServiceFacts, ServiceState} from '../host/services.ts'
import {supervisedFiles, unsupervised} from '../host/supervised.ts'
import {skipped, type Check, type Verdict} from './check.ts'

/** Is the service up, by its manager's own word and the state of its process. */
export const serviceState: Check = {
  id: 'service.state',
  async read({host, config, signal, stateFolder}) {
    const {unit, manager} = config.service
    if (unit === null) return skipped(finding('not-configured', {setting: 'service.unit'}))
    if (manager === 'none') return skipped(finding('not-configured', {setting: 'service.manager'}))
    const state = await host.services.state(unit, signal)
    return host.services.name === 'pidfile' ? ownVerdict(unit, state, stateFolder) : stateVerdict(unit, state)
  }
}

/** Our own supervisor is asked and told by our own commands. */
function ownVerdict(unit: string, state: ServiceState, stateFolder: string): Verdict {
  const verdict = stateVerdict(unit, state)
  const {log} = supervisedFiles(`${stateFolder}/service`, unit)
  if (state.answer === 'changing') {
    return {...verdict, finding: finding('server-changing', {unit, active: state.active, sub: state.sub, log})}
  }
  if (state.answer === 'up' && !state.isFrozen && state.sub === unsupervised) {
    return {...verdict, status: 'warning', finding: finding('server-unsupervised', {unit, pid: state.mainPid})}
  }
  if (state.answer !== 'down') return verdict
  if (state.active === 'inactive') return {...verdict, finding: finding('server-off', {unit})}
  return {...verdict, finding: finding('server-down', {unit, result: state.result, log})}
}

/** Each answer of a manager is told apart: "down", "unknown unit" and "no manager" call for different people. */
export function stateVerdict(unit: string, state: ServiceState): Verdict {
  const [status, said] = judgeState(unit, state)
  return {status, finding: said, value: 'active' in state ? state.active : state.answer}
}

function judgeState(unit: string, state: ServiceState): [CheckStatus, Finding] {
  switch (state.answer) {
    case 'no-manager':
      return ['unknown', finding('service-no-manager', {unit})]
    case 'unknown-unit':
      return ['critical', finding('service-unknown-unit', {unit})]
    case 'masked':
      return ['critical', finding('service-masked', {unit})]
    case 'unanswered':
      return ['unknown', finding('service-unanswered', {unit, reason: state.reason})]
    case 'down':
      return ['critical', downFinding(unit, state)]
    case 'changing':
      return changing(unit, state)
    case 'up':
      if (state.isFrozen) return ['critical', finding('service-frozen', {unit, pid: state.mainPid})]
      return ['ok', finding('service-up', {unit, sub: state.sub, sinceMs: state.sinceMs})]
  }
}

function downFinding(unit: string, state: ServiceFacts): Finding {
  if (state.isStartLimited) {
    return finding('service-start-limited', {unit, restarts: state.restarts, result: state.result})
  }
  if (state.active === 'failed') return finding('service-failed', {unit, result: state.result})
  return finding('service-down', {unit, active: state.active, result: state.result})
}

function changing(unit: string, state: ServiceFacts): [CheckStatus, Finding] {
  if (state.sub === 'stop-sigterm') return ['critical', finding('service-ignores-stop', {unit, pid: state.mainPid})]
  const status = state.sub === 'auto-restart' || state.active === 'deactivating' ? 'critical' : 'warning'
  return [status, finding('service-changing', {unit, active: state.active, sub: state.sub})]
}

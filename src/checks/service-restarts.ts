import {finding} from '../base/findings.ts'
import {judge, skipped, thresholdOf, type Check} from './check.ts'

/** Restarts since the last run: a service that comes back each time looks healthy whenever one looks. */
export const serviceRestarts: Check = {
  id: 'service.restarts',
  parents: ['service.state'],
  async read({host, config, remembered, signal}) {
    const {unit, manager} = config.service
    if (unit === null) return skipped(finding('not-configured', {setting: 'service.unit'}))
    if (manager === 'none') return skipped(finding('not-configured', {setting: 'service.manager'}))
    const state = await host.services.state(unit, signal)
    if (!('restarts' in state)) return skipped(finding('skipped-because', {parent: 'service.state'}))
    const remember = {unit, restarts: state.restarts}
    const before = remembered?.values['restarts']
    if (remembered === undefined || typeof before !== 'number' || remembered.values['unit'] !== unit) {
      return {...skipped(finding('no-history', {})), remember}
    }
    // The manager starts to count anew after a manual restart; then all that it counts is new.
    const growth = state.restarts >= before ? state.restarts - before : state.restarts
    const limits = config.checks['service.restarts']
    return {
      status: judge(growth, limits),
      finding: finding('service-restarts', {unit, growth, total: state.restarts, sinceMs: remembered.atMs}),
      value: growth,
      unit: 'restarts',
      threshold: thresholdOf(limits),
      remember
    }
  }
}

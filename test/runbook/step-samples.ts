import assert from 'node:assert/strict'
import type {CheckResult} from '../../src/base/report.ts'
import {finding} from '../../src/base/findings.ts'
import type {Ran} from '../../src/host/processes.ts'
import type {Outlook, StepKind, Work} from '../../src/runbook/step.ts'
import {check} from '../../src/runbook/steps/check.ts'
import {run} from '../../src/runbook/steps/run.ts'
import {serviceRestart} from '../../src/runbook/steps/service-restart.ts'
import {serviceStart} from '../../src/runbook/steps/service-start.ts'
import {serviceStop} from '../../src/runbook/steps/service-stop.ts'
import {sh} from '../../src/runbook/steps/sh.ts'
import {wait} from '../../src/runbook/steps/wait.ts'
import {zx} from '../../src/runbook/steps/zx.ts'
import {inTime} from '../checks/context.ts'
import {SimClock} from '../sim/clock.ts'
import {SimDisk} from '../sim/disk.ts'
import type {SimHost} from '../sim/host.ts'
import {exited, SimProcesses} from '../sim/processes.ts'
import {down, up} from '../sim/services.ts'
import type {Sample} from './kinds.ts'

const image = '/srv/image'
const unit = 'app.service'
const hourMs = 3_600_000

/** Its programs act on the disk that the step itself is given: after a crash that is another one. */
function withPrograms<Inputs>(kind: StepKind<Inputs>): StepKind<Inputs> {
  const manned = <Given extends Work<Inputs>>(work: Given): Given => {
    const {clock, disk} = work.host
    const processes = new SimProcesses({clock})
    for (const program of ['/usr/bin/make', '/bin/sh', process.execPath]) processes.script([program], () => make(disk))
    processes.script(['/usr/bin/remove'], () => remove(disk))
    return {...work, host: {...work.host, processes}}
  }
  return {...kind, apply: (work) => kind.apply(manned(work)), undo: (work) => kind.undo(manned(work))}
}

type Disk = Work<unknown>['host']['disk']

/** What it makes is there at once and whole, also after power loss. */
function make(disk: Disk): Ran {
  assert.ok(disk instanceof SimDisk)
  disk.put(image, 'made')
  return exited(0)
}

async function remove(disk: Disk): Promise<Ran> {
  try {
    if ((await disk.lstat(image)) !== undefined) await disk.remove(image)
    await disk.syncDirectory('/srv')
    return exited(0)
  } catch {
    // The disk failed the program, and it says so by its exit code, as any program would.
    return exited(1)
  }
}

function seedPrograms(host: SimHost): void {
  host.disk.putFolder('/srv')
  for (const path of ['/usr/bin/make', '/usr/bin/remove', '/bin/sh']) host.disk.put(path, '', {mode: 0o755})
  host.disk.put('/etc/logcaster/runbooks/make.mjs', '')
}

const creates = {creates: image, undo: ['remove']}

const programs: readonly Sample[] = [
  program('that creates a file', run, {argv: ['make'], ...creates}),
  program('that creates a file', sh, {text: 'make', ...creates}),
  program('that creates a file', zx, {script: './make.mjs', ...creates}),
  {...program('that only looks', run, {argv: ['remove'], changes: false}), isFinal: true}
]

function program<Inputs>(name: string, kind: StepKind<Inputs>, raw: unknown): Sample {
  return {
    name,
    kind: withPrograms(kind),
    seed(host) {
      seedPrograms(host)
      return kind.fields.parse(raw)
    }
  }
}

/** Time passes while the step waits for something. */
function timed<Inputs>(kind: StepKind<Inputs>): StepKind<Inputs> {
  const clockOf = ({host: {clock}}: Work<Inputs>): SimClock => {
    assert.ok(clock instanceof SimClock)
    return clock
  }
  return {
    ...kind,
    apply: (work) => inTime(clockOf(work), kind.apply(work)),
    undo: (work) => inTime(clockOf(work), kind.undo(work))
  }
}

/** A service that was stopped and started again is up as before, as another run of it. */
function whicheverRun<Inputs>(kind: StepKind<Inputs>): StepKind<Inputs> {
  const plan = (...given: Parameters<StepKind<Inputs>['plan']>): Outlook => {
    const outlook = kind.plan(...given)
    return outlook.action === 'change' ? {...outlook, before: {answer: 'up'}} : outlook
  }
  return {...kind, plan}
}

function lastOrder({services}: SimHost): unknown {
  return services.changes.at(-1)?.verb ?? 'none'
}

const services: readonly Sample[] = [
  {
    name: 'that is down',
    kind: timed(serviceStart),
    seed(host, random) {
      host.services.put(unit, down({active: random.pick(['inactive', 'failed']), sinceMs: host.clock.now() - hourMs}))
      return {unit: random.pick(['app', unit])}
    },
    stateOf: (host) => ['none', 'stop'].includes(String(lastOrder(host)))
  },
  {
    name: 'that is up',
    kind: whicheverRun(timed(serviceStop)),
    seed(host, random) {
      host.services.put(unit, up({sinceMs: host.clock.now() - hourMs}))
      return {unit: random.pick(['app', unit])}
    },
    stateOf: (host) => ['none', 'start'].includes(String(lastOrder(host)))
  },
  {
    name: 'that is up for long, down or frozen',
    kind: timed(serviceRestart),
    isFinal: true,
    seed(host, random) {
      const sinceMs = host.clock.now() - hourMs
      host.services.put(unit, random.pick([up({sinceMs}), down({sinceMs}), up({sinceMs, isFrozen: true})]))
      return {unit, fresh: 60_000}
    },
    stateOf: lastOrder
  }
]

/** The check passes, whichever it is. */
function passing<Inputs>(kind: StepKind<Inputs>): StepKind<Inputs> {
  const said = finding('service-up', {unit, sub: 'running', sinceMs: null})
  const answer = (id: string): Promise<CheckResult> => {
    const nothing = {value: null, unit: null, threshold: null, evidence: [], durationMs: 0}
    return Promise.resolve({id, status: 'ok', finding: said, ...nothing})
  }
  return {...kind, apply: (work) => kind.apply({...work, check: answer})}
}

const looks: readonly Sample[] = [
  {
    name: 'twice in a row',
    kind: timed(passing(check)),
    seed: () => ({id: 'service.state', times: 2, every: 1000, allow: 'ok'})
  },
  {name: 'for a time', kind: timed(wait), seed: () => ({for: 1000, until: null, every: 1000})},
  {
    name: 'until a check passes',
    kind: timed(passing(wait)),
    seed: () => ({for: null, until: 'service.state', every: 1000})
  }
]

/** For each kind that runs programs, looks at checks, waits, or works on services. */
export const stepSamples: readonly Sample[] = [...programs, ...services, ...looks]

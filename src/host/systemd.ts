import type {Disk} from './disk.ts'
import {readText} from './files.ts'
import type {Host} from './host.ts'
import type {Ran} from './processes.ts'
import type {ChangeLimits, ServiceChange, ServiceManager, ServiceState, ServiceVerb} from './services.ts'

export async function isBootedBySystemd(disk: Disk): Promise<boolean> {
  try {
    return (await disk.stat('/run/systemd/system'))?.kind === 'directory'
  } catch {
    // We cannot look, so we ask: systemctl then says itself what is wrong, and `no manager` would be a guess.
    return true
  }
}

// A reload on a machine with many units keeps the manager busy for seconds; a call to it would give up after 25 s by itself.
const answerMs = 10_000

// The monotonic ones are by the clock of the manager, and only compared with each other.
const properties = [
  'LoadState',
  'ActiveState',
  'SubState',
  'FreezerState',
  'Result',
  'MainPID',
  'NRestarts',
  'ActiveEnterTimestamp',
  'StateChangeTimestamp',
  'InactiveExitTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'ExecMainExitTimestampMonotonic'
]

type Systemd = Pick<Host, 'disk' | 'processes'>

export function systemd(host: Systemd): ServiceManager {
  return {
    name: 'systemd',
    async state(unit, signal) {
      const name = fullUnitName(unit)
      return name === undefined ? {answer: 'unknown-unit'} : stateOf(host, name, signal)
    },
    async change(unit, verb, limits) {
      const name = fullUnitName(unit)
      return name === undefined ? refused('unknown-unit') : order(host, {name, verb}, limits)
    }
  }
}

async function stateOf(host: Systemd, name: string, signal: AbortSignal): Promise<ServiceState> {
  // `--timestamp=unix` is younger than the systemd of many machines; the zone of the default form is ours to choose.
  const ran = await host.processes.run(['systemctl', 'show', `--property=${properties.join(',')}`, '--', name], {
    deadlineMs: answerMs,
    env: {TZ: 'UTC'},
    signal
  })
  const reason = whyUnanswered(ran)
  if (reason !== undefined) return {answer: 'unanswered', reason}
  const state = parseState(ran.stdout.text)
  if (!('mainPid' in state) || state.isFrozen) return state
  return {...state, isFrozen: await isStopped(host.disk, state.mainPid)}
}

interface Order {
  readonly name: string
  readonly verb: ServiceVerb
}

/** Asks first how the unit is: the manager's own words for a unit that is unknown or masked differ by verb and version. */
async function order(host: Systemd, {name, verb}: Order, limits: ChangeLimits): Promise<ServiceChange> {
  const {signal} = limits
  const state = await stateOf(host, name, signal)
  if (signal.aborted) return {status: 'aborted'}
  if (state.answer === 'unanswered') return refused(state.reason)
  if (!('mainPid' in state)) return refused(state.answer)
  const tell = (word: string, deadlineMs: number): Promise<Ran> =>
    host.processes.run(['systemctl', '--no-ask-password', word, '--', name], {deadlineMs, signal})
  // A restart over the limit would stop a healthy service and then refuse to start it. What else `reset-failed` clears,
  // a start clears as well. When it fails, so does the order, and that one says why.
  if (verb === 'restart' || (verb === 'start' && state.answer !== 'up')) await tell('reset-failed', answerMs)
  const ran = await tell(verb, limits.deadlineMs)
  if (ran.end.how === 'deadline' || ran.end.how === 'aborted') return {status: ran.end.how}
  const reason = whyUnanswered(ran)
  return reason === undefined ? {status: 'done'} : refused(reason)
}

function refused(reason: string): ServiceChange {
  return {status: 'refused', reason}
}

const unitNameMax = 255
const unitType = /\.(?:service|socket|target|timer|mount|automount|swap|path|slice|scope|device)$/
const unitName = /^(?!-)[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\@-]+)?$/

/**
 * The name with its type, or undefined where systemd has no such name. Without this systemctl would take `*` for a
 * pattern of several units, a leading `-` for an option, and 32 hexadecimal digits for an invocation id.
 */
export function fullUnitName(unit: string): string | undefined {
  const type = unitType.exec(unit)?.[0] ?? '.service'
  const stem = unit.endsWith(type) ? unit.slice(0, -type.length) : unit
  return unitName.test(stem) && stem.length + type.length <= unitNameMax ? stem + type : undefined
}

function whyUnanswered(ran: Ran): string | undefined {
  const {end} = ran
  switch (end.how) {
    case 'exited':
      return end.code === 0 ? undefined : (firstLine(ran.stderr.text) ?? `exit code ${end.code}`)
    case 'signalled':
      return end.signal
    case 'refused':
      return end.reason
    case 'missing':
      return 'systemctl: not found'
    case 'deadline':
      return `systemctl: no answer after ${answerMs} ms`
    case 'aborted':
      return 'systemctl: stopped before it answered'
  }
}

function firstLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')
}

/** What `systemctl show` printed for one unit, as a state; `isFrozen` here knows of the freezer only, not of SIGSTOP. */
export function parseState(output: string): ServiceState {
  const values = parseProperties(output)
  const load = values.get('LoadState') ?? ''
  const active = values.get('ActiveState') ?? ''
  const answer = answers.get(active)
  if (answer === undefined) return {answer: 'unanswered', reason: `systemctl: ActiveState=${active.slice(0, 40)}`}
  // A unit can outlive its file, and one that runs can be masked: what runs is told first.
  if (answer === 'down' && load === 'not-found') return {answer: 'unknown-unit'}
  if (answer === 'down' && load === 'masked') return {answer: 'masked'}
  const result = values.get('Result') ?? ''
  return {
    answer,
    active,
    sub: values.get('SubState') ?? '',
    result: answer === 'up' || load === 'loaded' ? result : load,
    mainPid: parseCount(values.get('MainPID')),
    restarts: parseCount(values.get('NRestarts')),
    sinceMs: parseTimestamp(values.get(answer === 'up' ? 'ActiveEnterTimestamp' : 'StateChangeTimestamp')),
    isFrozen: values.get('FreezerState') === 'frozen',
    isStartLimited: isStartLimited(values)
  }
}

const answers: ReadonlyMap<string, 'up' | 'down' | 'changing'> = new Map([
  ['active', 'up'],
  ['reloading', 'up'],
  ['refreshing', 'up'],
  ['activating', 'changing'],
  ['deactivating', 'changing'],
  ['maintenance', 'changing'],
  ['inactive', 'down'],
  ['failed', 'down']
])

function parseProperties(output: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of output.split('\n')) {
    const equals = line.indexOf('=')
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1))
  }
  return values
}

/**
 * `Result` says `start-limit-hit` only when the last run ended well; after a crash it keeps the word for that crash, and
 * `NRestarts` also counts restarts of last month. But a refused restart leaves a trace: the unit left `inactive` to wait
 * for it, and since then it neither became active nor has its process ended.
 */
function isStartLimited(values: ReadonlyMap<string, string>): boolean {
  if (values.get('ActiveState') !== 'failed') return false
  if (values.get('Result') === 'start-limit-hit') return true
  const leftInactive = parseCount(values.get('InactiveExitTimestampMonotonic'))
  const becameActive = parseCount(values.get('ActiveEnterTimestampMonotonic'))
  const processEnded = parseCount(values.get('ExecMainExitTimestampMonotonic'))
  return parseCount(values.get('NRestarts')) > 0 && leftInactive > Math.max(becameActive, processEnded)
}

/** A whole number, 0 for anything else: units without processes have no such lines. */
function parseCount(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

/** `Fri 2026-11-20 13:35:27 UTC`; empty or `n/a` for what never happened. */
function parseTimestamp(text = ''): number | null {
  const [, date, time] = /^[A-Z][a-z]{2} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(text) ?? []
  const parsed = Date.parse(`${date ?? ''}T${time ?? ''}Z`)
  return Number.isNaN(parsed) ? null : parsed
}

// One line of some fifty numbers.
const processStatBytesMax = 4096

export async function isStopped(disk: Disk, pid: number): Promise<boolean> {
  if (pid < 2) return false
  try {
    return isStoppedStat((await readText(disk, `/proc/${pid}/stat`, processStatBytesMax)) ?? '')
  } catch {
    // The process may end between the two questions, or be hidden from us: then nothing says that it is frozen.
    return false
  }
}

/** `PID (NAME) STATE …`: the name may hold blanks and brackets of its own. `T` is stopped; `t`, under a tracer, is not. */
export function isStoppedStat(text: string): boolean {
  return text.slice(text.lastIndexOf(')') + 1).startsWith(' T')
}

import {Fault} from '../base/fault.ts'
import {finding} from '../base/findings.ts'
import {worst, type CheckResult, type Report} from '../base/report.ts'
import {checks} from '../checks/checks.ts'
import {checkAlone} from '../checks/daily.ts'
import type {World} from '../cli.ts'
import {makeFolder} from '../host/files.ts'
import {serviceManager} from '../host/manager.ts'
import {pidfile} from '../host/pidfile.ts'
import {holderOf} from '../host/port-holder.ts'
import type {ServiceManager, ServiceVerb} from '../host/services.ts'
import {lastErrorIn, supervisedFiles, unsupervised} from '../host/supervised.ts'
import {supervise, supervisionLimits} from '../host/supervisor.ts'
import {runRunbook} from '../runbook/run.ts'
import type {Runbook} from '../runbook/runbook.ts'
import type {Shelf} from '../runbook/shelf.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {sayFinding} from '../text/say.ts'
import {writing} from '../text/writing.ts'
import {openScene, ownServer, readConfig, type OwnScene, type OwnServer, type SceneFlags} from './scene.ts'
import {wanted} from './server-flags.ts'
import {openWorkplace} from './workplace.ts'

export interface ChangeFlags extends SceneFlags {
  readonly 'dry-run': boolean
  readonly wait: number | undefined
}

/**
 * `server start`, `stop`, `restart`: a run of one step, planned, locked and journalled as any other. Whoever types this
 * has said what is to happen, and is not asked again.
 */
export async function changeServer(world: World, flags: ChangeFlags, verb: ServiceVerb): Promise<Report> {
  const place = forOrders(await withOwnManager(await openWorkplace(flags, world)), verb)
  if (verb !== 'stop') await seeFit(place, flags)
  const runbook = runbookFor(verb, place.own.unit)
  const shelf = shelfWith(runbook)
  const consent = {yes: true, waitMs: flags.wait ?? 0}
  const asked = {
    runbook: runbook.name,
    inputs: [],
    dryRun: flags['dry-run'],
    diff: false,
    isDetailed: false,
    ...consent
  }
  const {log} = supervisedFiles(place.own.folder, place.own.unit)
  const from = (await place.host.disk.stat(log))?.size ?? 0
  const command = `server ${verb}`
  const report = {...(await runRunbook({...place, shelf}, asked)), command, title: command}
  if (place.host.services.name !== 'pidfile') return report
  if (verb === 'stop' && report.status === 'nothing')
    return {...report, warnings: [...report.warnings, ...others(place)]}
  return report.errors.length === 0 ? report : notDone(place, report, {log, from})
}

/**
 * Our own supervisor takes orders whatever it is at: one that waits to try again is no server, and can be ended all the
 * same. A server without its supervisor is up, but not as who starts it wants it.
 */
function forOrders<Place extends OwnScene>(place: Place, verb: ServiceVerb): Place {
  const {services} = place.host
  if (services.name !== 'pidfile') return place
  const state: ServiceManager['state'] = async (unit, signal) => {
    const now = await services.state(unit, signal)
    const idle = {mainPid: 0, sinceMs: null}
    if (now.answer === 'changing') return {...now, ...idle, answer: verb === 'stop' ? 'up' : 'down'}
    return now.answer === 'up' && now.sub === unsupervised && verb === 'start' ? {...now, answer: 'down'} : now
  }
  return {...place, host: {...place.host, services: {...services, state}}}
}

/** A server that runs is not given up for one that cannot. */
async function seeFit({loaded, host}: OwnScene, flags: ChangeFlags): Promise<void> {
  const {settings} = wanted(loaded, {}, host.machine)
  // Loaded here: who only asks how the server is needs nothing of it.
  const {refuseUnfit} = await import('../server/server.ts')
  // The data folder is made, which is more than looking.
  if (!flags['dry-run']) await refuseUnfit(host, settings)
}

/** Nothing of ours runs here, but a server does that somebody started in another way. */
function others({loaded}: OwnScene): readonly Fault[] {
  const {log_port: log, query_port: query, http_port: http} = loaded.config.server
  for (const port of [log, query, http]) {
    const [holder = '', pid] = port === null ? [] : (/^logcaster \((\d+)\)$/.exec(holderOf(port) ?? '') ?? [])
    if (port !== null && pid !== undefined) return [new Fault('server-elsewhere', {holder, port, pid: Number(pid)})]
  }
  return []
}

interface Told {
  readonly log: string
  /** What stands behind this was written since the command began. */
  readonly from: number
}

/** What did not come up is not tried again behind the back of who was told that it failed. */
async function notDone({host, own, stop}: OwnScene, report: Report, {log, from}: Told): Promise<Report> {
  const hasFailed = report.errors.some(({code}) => code === 'unit-order-refused' || code === 'unit-not-up')
  if (!hasFailed) return {...report, errors: report.errors.map((fault) => inOwnLog(fault, {own, log}))}
  await host.services.change(own.unit, 'stop', {deadlineMs: own.graceMs * 2, signal: stop})
  const said = await lastErrorIn(host.disk, log, from).catch(() => undefined)
  return {...report, status: 'failed', errors: report.errors.map((fault) => inOwnLog(fault, {own, log, said}))}
}

/** What our own supervisor starts tells why it fails in a file, and not to the journal of systemd. */
function inOwnLog(fault: Fault, {own, log, said}: {own: OwnServer; log: string; said?: string | undefined}): Fault {
  const {unit} = own
  const values = fault.values as {readonly [name: string]: unknown}
  switch (fault.code) {
    case 'unit-order-refused':
    case 'unit-not-up': {
      const how = String(values['reason'] ?? values['result'])
      const reason = said === undefined ? how : `${how}: ${said}`
      return new Fault('server-not-up', {unit, reason, log}, {cause: fault})
    }
    case 'unit-late': {
      const {verb, afterMs} = (fault as Fault<'unit-late'>).values
      return new Fault('server-late', {unit, verb, afterMs, log}, {cause: fault})
    }
    default:
      return fault
  }
}

/** Where nothing else keeps services running, our own supervisor does, from its first use on. */
async function withOwnManager<Place extends OwnScene>(place: Place): Promise<Place> {
  const isOpen = place.loaded.config.service.manager === 'auto' && place.host.services.name === 'none'
  if (!isOpen) return place
  return {...place, host: {...place.host, services: await serviceManager('pidfile', place.host, place.own)}}
}

function shelfWith(runbook: Runbook): Shelf {
  return {
    read: () => Promise.resolve(runbook),
    readAll: () => Promise.resolve({runbooks: [runbook], faults: []}),
    warnings: () => []
  }
}

// A server that stores what it has, and the look at whether it stays up.
const changeMsMax = 300_000

function runbookFor(verb: ServiceVerb, unit: string): Runbook {
  const name = `server-${verb}`
  // Whoever asks for a restart wants one, however fresh the server is.
  const given = verb === 'restart' ? {unit, fresh: '0'} : {unit}
  const step = {
    ...{id: verb, use: `service.${verb}`, with: given, about: null, line: 1},
    ...{when: null, needs: [], each: null, timeoutMs: null, retry: null, onFailure: null}
  }
  return {
    ...{name, path: name, folder: '/', sha256: '', about: {en: name, ko: name}, inputs: [], facts: []},
    locks: [{resource: 'service', mode: 'exclusive', preempts: []}],
    steps: [step],
    timeoutMs: changeMsMax,
    onFailure: 'stop',
    until: null
  }
}

const statusChecks = ['service.state', 'port.ingest', 'port.query', 'port.health']

/** `server status`: is it up, by its manager's word, and do its ports answer. */
export async function serverStatus(world: World, flags: SceneFlags): Promise<Report> {
  const place = await withOwnManager(await openScene(flags, world))
  const {config} = place.loaded
  const service = {...config.service, unit: place.own.unit}
  const {host, listen} = config.server
  const server = {...config.server, host: host ?? reachable(listen)}
  const scene = {...place, loaded: {...place.loaded, config: {...config, service, server}}}
  const asked = checks.filter(({id}) => statusChecks.includes(id))
  const results: readonly CheckResult[] = await Promise.all(asked.map((check) => checkAlone(scene, check)))
  const {warnings} = place.loaded
  return {command: 'server status', status: worst(results), changed: [], checks: results, warnings, errors: []}
}

/** Where a server that listens on all addresses is to be found from here. */
function reachable(listen: string | null): string {
  if (listen === '::') return '::1'
  return listen === null || listen === '0.0.0.0' ? '127.0.0.1' : listen
}

/** `server supervise`: what `server start` leaves running where there is no service manager. */
export async function superviseServer(world: World, flags: SceneFlags): Promise<Report> {
  const {host} = world
  const opened = await readConfig(flags, host)
  const own = ownServer(flags, opened, host)
  const files = supervisedFiles(own.folder, own.unit)
  const state = await pidfile(host, own).state(own.unit, world.stop)
  if (state.answer === 'up' || state.answer === 'changing') {
    throw new Fault('server-supervised', {unit: own.unit, pid: state.mainPid})
  }
  await makeFolder(host.disk, own.folder, 0o750)
  // What it says last is told as the reason by whoever starts it, in documents that are the same in every language.
  const argv = [...own.serverArgv, '--lang', 'en', '--port-file', files.ready] as const
  const limits = {...supervisionLimits, graceMs: own.graceMs}
  const end = await supervise(host, {unit: own.unit, files, argv, limits}, world)
  const failures = end.how === 'limited' ? end.failures : 1
  const errors = end.how === 'ended' ? [] : [new Fault('server-fails', {reason: end.reason, failures, log: files.log})]
  const status = errors.length === 0 ? 'done' : 'failed'
  const {language, zone} = world.style.reading
  const said = finding('server-supervision-ended', {unit: own.unit, restarts: end.restarts})
  const lines = errors.length === 0 ? [sayFinding(said, catalogueOf(language), writing(zone)).text] : []
  const body = {lines, fields: {restarts: end.restarts}}
  return {command: 'server supervise', status, changed: [], checks: [], warnings: opened.warnings, errors, body}
}

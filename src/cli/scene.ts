import {checks} from '../checks/checks.ts'
import type {Scene} from '../checks/daily.ts'
import type {World} from '../cli.ts'
import {stateFolder} from '../config/find.ts'
import {openConfig, type Opened, type Reading} from '../config/read.ts'
import {readWhole} from '../host/files.ts'
import type {BareHost} from '../host/host.ts'
import {liveProgress, plainProgress, silentProgress, type Progress} from '../host/progress.ts'
import {serviceManager} from '../host/manager.ts'
import type {Supervisable} from '../host/pidfile.ts'
import {fullUnitName} from '../host/systemd.ts'

export interface SceneFlags {
  readonly config?: string | undefined
  readonly set?: readonly string[] | undefined
}

export interface OwnServer extends Supervisable {
  /** Of the server itself, without a supervisor. */
  readonly serverArgv: readonly [string, ...string[]]
}

/** With what is known of our own server, for who starts and stops it. */
export interface OwnScene extends Scene {
  readonly loaded: Opened
  readonly own: OwnServer
}

/** Everything that checks need, wired here and nowhere else. */
export async function openScene(flags: SceneFlags, world: World): Promise<OwnScene> {
  const loaded = await readConfig(flags, world.host)
  const own = ownServer(flags, loaded, world.host)
  const services = await serviceManager(loaded.config.service.manager, world.host, own)
  return {
    host: {...world.host, services},
    loaded,
    own,
    stateFolder: stateFolder(loaded.config.paths.state, world.host.machine),
    stop: world.stop,
    progress: progressFor(world)
  }
}

export function readConfig(flags: SceneFlags, host: BareHost): Promise<Opened> {
  const request = {path: flags.config, overrides: flags.set ?? [], knownChecks: checks.map(({id}) => id)}
  const reading: Reading = {
    ...host.machine,
    stat: (path) => host.disk.stat(path),
    realPath: (path) => host.disk.realPath(path),
    readWhole: (path, bytesMax) => readWhole(host.disk, path, bytesMax)
  }
  return openConfig(request, reading)
}

/** Unless the configuration names another. */
const usualUnit = 'logcaster.service'

// Beyond the time that the server itself takes to store what it has.
const graceMs = 5000

/** Our own server, and how to keep it running with the configuration that this command goes by. */
export function ownServer(flags: SceneFlags, opened: Opened, {machine}: BareHost): OwnServer {
  const {paths, service, server} = opened.config
  const program = [machine.execPath, machine.script, 'server'] as const
  // A path that was given from here is meant from here, wherever the server is started.
  const config = opened.path === undefined ? [] : ['--config', opened.path]
  const given = [...config, ...(flags.set ?? []).flatMap((one) => ['--set', one])]
  return {
    unit: fullUnitName(service.unit ?? usualUnit) ?? usualUnit,
    folder: `${stateFolder(paths.state, machine)}/service`,
    argv: [...program, 'supervise', ...given],
    serverArgv: [...program, ...given],
    graceMs: server.drain + graceMs
  }
}

/** Programs read standard output and want nothing beside it; a person watching gets a live list. */
export function progressFor({terminal, style, host}: World): Progress {
  if (style.format !== 'text' || style.reading.detail === 'quiet') return silentProgress
  return terminal.isWatched ? liveProgress(terminal, host.clock) : plainProgress(terminal, host.clock)
}

import {checks} from '../checks/checks.ts'
import type {Scene} from '../checks/daily.ts'
import type {World} from '../cli.ts'
import {stateFolder} from '../config/find.ts'
import {openConfig, type Opened, type Reading} from '../config/read.ts'
import {readWhole} from '../host/files.ts'
import type {BareHost} from '../host/host.ts'
import {liveProgress, plainProgress, silentProgress, type Progress} from '../host/progress.ts'
import {serviceManager} from '../host/systemd.ts'

export interface SceneFlags {
  readonly config?: string | undefined
  readonly set?: readonly string[] | undefined
}

/** Everything that checks need, wired here and nowhere else. */
export async function openScene(flags: SceneFlags, world: World): Promise<Scene> {
  const loaded = await readConfig(flags, world.host)
  const services = await serviceManager(loaded.config.service.manager, world.host)
  return {
    host: {...world.host, services},
    loaded,
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

/** Programs read standard output and want nothing beside it; a person watching gets a live list. */
function progressFor({terminal, style, host}: World): Progress {
  if (style.format !== 'text' || style.reading.detail === 'quiet') return silentProgress
  return terminal.isWatched ? liveProgress(terminal, host.clock) : plainProgress(terminal, host.clock)
}

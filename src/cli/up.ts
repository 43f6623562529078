import {finding} from '../base/findings.ts'
import type {Tell} from '../base/notice.ts'
import type {Report} from '../base/report.ts'
import {dailyCheck} from '../checks/daily.ts'
import type {World} from '../cli.ts'
import type {ServerSettings} from '../config/server-settings.ts'
import {silentProgress} from '../host/progress.ts'
import {holderOf, isPortFree} from '../host/port-holder.ts'
import type {Server} from '../server/server.ts'
import {noticeLines} from '../text/notice.ts'
import {jsonWarnings, plainNotices} from './notices.ts'
import {printReport} from './printing.ts'
import {openScene, type OwnScene} from './scene.ts'
import {serve, type RunFlags} from './server.ts'
import {wanted, type Wanted} from './server-flags.ts'

/** `up`: a server to try things with, right here, and a first look at whether all is well. */
export async function runUp(world: World, flags: RunFlags): Promise<Report> {
  const scene = await openScene(flags, world)
  const tell = world.style.format === 'json' ? jsonWarnings(world) : plainNotices(world)
  const asked = await embedded(wanted(scene.loaded, flags, world.host.machine), {scene, flags, tell})
  let first: Report | undefined
  const {report} = await serve(world, {
    command: 'up',
    isReloaded: false,
    flags,
    configPath: scene.loaded.path ?? null,
    asked,
    tell,
    onReady: async (server) => {
      await welcome(world, server)
      const beganMs = world.host.clock.elapsed()
      first = await firstCheck(scene, {server, settings: asked.settings})
      await tellFirst(world, first, beganMs)
    }
  })
  return {
    ...report,
    // A document has all of it in it; people have read the checks long before.
    checks: world.style.format === 'json' ? (first?.checks ?? []) : [],
    warnings: [...(first?.warnings ?? []), ...report.warnings]
  }
}

interface Given {
  readonly scene: OwnScene
  readonly flags: RunFlags
  readonly tell: Tell
}

/** Ports that nobody has chosen make way, and what is taken is kept beside what logcaster itself remembers. */
async function embedded({settings, notes}: Wanted, {scene, flags, tell}: Given): Promise<Wanted> {
  const {isSet} = scene.loaded
  const taken = new Set<number>()
  const free = async (
    name: 'log_port' | 'query_port' | 'http_port',
    flag: number | null | undefined
  ): Promise<number | null> => {
    const wantedPort = settings[name]
    if (wantedPort === null || flag !== undefined || isSet(`server.${name}`)) return wantedPort
    const port = await nextFree(wantedPort, taken)
    taken.add(port)
    const holder = port === wantedPort ? null : (holderOf(wantedPort) ?? null)
    if (port !== wantedPort) tell('warn', finding('server-port-changed', {taken: wantedPort, holder, port}))
    return port
  }
  const ports = {
    log_port: await free('log_port', flags['log-port']),
    query_port: await free('query_port', flags['query-port']),
    http_port: await free('http_port', flags['http-port'])
  }
  return {settings: {...settings, ...ports, data_dir: settings.data_dir ?? `${scene.stateFolder}/server`}, notes}
}

// Beyond so many neighbours something else is wrong than that a port is taken.
const neighboursMax = 100

async function nextFree(port: number, taken: ReadonlySet<number>): Promise<number> {
  for (let next = port; next < Math.min(port + neighboursMax, 65_536); next += 1) {
    if (!taken.has(next) && (await isPortFree(next, '127.0.0.1')) && (await isPortFree(next, '::1'))) return next
  }
  // The server then tells who holds it.
  return port
}

async function welcome({style, terminal}: World, {listens, keeps}: Server): Promise<void> {
  if (style.format === 'json') return
  const said = [listens, keeps, finding('server-in-front', {})]
  await terminal.print(`${said.flatMap((one) => noticeLines('info', one, style.reading)).join('\n')}\n`)
}

/** The ports are those that were just opened, whatever the configuration says of a server elsewhere. */
async function firstCheck(
  scene: OwnScene,
  {server, settings}: {readonly server: Server; readonly settings: ServerSettings}
): Promise<Report> {
  const {config} = scene.loaded
  const {log, query, http} = server.ports
  const own = {...settings, host: server.address, log_port: log, query_port: query, http_port: http}
  const loaded = {...scene.loaded, config: {...config, server: own}}
  const everything = {only: [], skip: [], profile: undefined, sinceMs: undefined, timeoutMs: undefined}
  // What is told of each check as it ends would stand between the lines of the server.
  return dailyCheck(
    {...scene, loaded, progress: silentProgress},
    {...everything, warningsPass: false, pingUrl: undefined}
  )
}

async function tellFirst(world: World, report: Report, beganMs: number): Promise<void> {
  if (world.style.format === 'json') return
  const {clock, machine} = world.host
  const durationMs = clock.elapsed() - beganMs
  const facts = {runId: '', startedMs: clock.now(), durationMs, host: machine.hostname, user: machine.user, exitCode: 0}
  await printReport({...report, warnings: []}, facts, world)
}

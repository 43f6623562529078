import packageFile from '../../package.json' with {type: 'json'}
import {Faults, Fault} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {Tell} from '../base/notice.ts'
import type {Report} from '../base/report.ts'
import type {World} from '../cli.ts'
import type {Opened} from '../config/read.ts'
import {notifierOf, type Notifier} from '../host/notify.ts'
import {realLoop} from '../host/loop.ts'
import {watchSelf} from '../host/self.ts'
import {realWorkers} from '../host/workers.ts'
import {startServer, type Server, type Stopped} from '../server/server.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {en} from '../text/en.ts'
import {sayFault, sayFinding} from '../text/say.ts'
import {writing} from '../text/writing.ts'
import {jsonNotices} from './notices.ts'
import {readConfig, type SceneFlags} from './scene.ts'
import {wanted, type ServerFlags, type Wanted} from './server-flags.ts'

export type RunFlags = SceneFlags & ServerFlags

/** `server`: in front, until it is told to stop. What it tells goes to standard error, one JSON object a line. */
export async function runServer(world: World, flags: RunFlags): Promise<Report> {
  const opened = await readConfig(flags, world.host)
  const tell = jsonNotices(world)
  const asked = wanted(opened, flags, world.host.machine)
  const onReady = ({listens, keeps}: Server): Promise<void> => {
    for (const said of [listens, keeps]) tell('info', said)
    return Promise.resolve()
  }
  const configPath = opened.path ?? null
  const served = await serve(world, {command: 'server', flags, configPath, asked, tell, isReloaded: true, onReady})
  tell('info', served.said)
  return {...served.report, warnings: [...opened.warnings, ...served.report.warnings]}
}

export interface Service {
  readonly command: string
  readonly flags: RunFlags
  /** Where the settings were read, for who has to mend them. */
  readonly configPath: string | null
  readonly asked: Wanted
  readonly tell: Tell
  /** SIGHUP is the wish that it reads its settings again, and not the end of the terminal that it belongs to. */
  readonly isReloaded: boolean
  /** What is to be done while it runs. */
  readonly onReady: (server: Server) => Promise<void>
}

export interface Served {
  readonly report: Report
  /** How it ended, in one sentence. */
  readonly said: Finding
}

/** The life of a server in front: it runs until we are told to stop, reads its settings again at SIGHUP, and drains. */
export async function serve(world: World, service: Service): Promise<Served> {
  const {asked, flags, tell} = service
  const running: Running = {world, service, notifier: notifierOf(world.host)}
  const hear = (): void => {
    if (running.server === undefined) running.isAskedAgain = true
    else void reload(running, running.server)
  }
  const letGo = service.isReloaded ? world.onHangUp(hear) : undefined
  for (const note of asked.notes) tell('warn', note)
  const given = {settings: asked.settings, portFile: flags['port-file'], version: packageFile.version}
  const parts = {...world.host, workers: realWorkers(), loop: realLoop(), self: watchSelf()}
  const server = await startServer(parts, given, tell)
  running.server = server
  if (running.isAskedAgain === true) void reload(running, server)
  const stopWatching = running.notifier.watch(() => server.isAlive())
  try {
    await running.notifier.ready(inEnglish(server.listens))
    await service.onReady(server)
    await untilTold(world.stop)
  } catch (cause) {
    await server.stop()
    throw cause
  }
  const served = await stopNow(running, server)
  stopWatching()
  letGo?.()
  return served
}

interface Running {
  readonly world: World
  readonly service: Service
  readonly notifier: Notifier
  /** Once it answers. */
  server?: Server
  /** While it was starting: what it was started with may be old by then. */
  isAskedAgain?: boolean
}

async function stopNow({world, service, notifier}: Running, server: Server): Promise<Served> {
  const stopping = finding('server-stopping', {signal: String(world.stop.reason)})
  service.tell('info', stopping)
  const [stopped] = await Promise.all([server.stop(), notifier.stopping(inEnglish(stopping))])
  return endOf(stopped, {world, service, server})
}

/** What is wrong with the new settings changes nothing: the old ones stay in force. */
async function reload({world, service, notifier}: Running, server: Server): Promise<void> {
  const {flags, tell} = service
  await notifier.reloading()
  try {
    const opened: Opened = await readConfig(flags, world.host)
    server.reload(wanted(opened, flags, world.host.machine).settings)
  } catch (cause) {
    const faults = cause instanceof Faults ? cause.all : cause instanceof Fault ? [cause] : []
    const [first] = faults
    if (first === undefined) throw cause
    const said = {problems: faults.length, first: sayFault(first, en, utc).text, path: service.configPath}
    tell('error', finding('server-reload-refused', said))
  }
  await notifier.ready(inEnglish(server.listens))
}

interface Ended {
  readonly world: World
  readonly service: Service
  readonly server: Server
}

function endOf({records, lostRecords, afterMs}: Stopped, {world, service, server}: Ended): Served {
  const isKept = service.asked.settings.data_dir !== null && lostRecords === 0
  const said = finding('server-stopped', {records, isKept})
  const errors = lostRecords === 0 ? [] : [new Fault('server-not-stored', {records: lostRecords, afterMs})]
  const {language, zone} = world.style.reading
  const lines = [sayFinding(said, catalogueOf(language), writing(zone)).text]
  const fields = {ports: server.ports, records, unstored: lostRecords}
  const status = errors.length === 0 ? 'done' : 'partial'
  const {command} = service
  const report = {command, status, changed: [], checks: [], warnings: [], errors, body: {lines, fields}} as const
  return {report, said}
}

function untilTold(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const hear = (): void => {
      resolve()
    }
    stop.addEventListener('abort', hear, {once: true})
    if (stop.aborted) hear()
  })
}

const utc = writing('utc')

/** For who reads it at the service manager, or as a program. */
function inEnglish(said: Finding): string {
  return sayFinding(said, en, utc).text
}

import {mkdtempSync, rmSync, readFileSync, existsSync, readdirSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {pidfile, type Supervisable} from '../../src/host/pidfile.ts'
import {realHost} from '../../src/host/real.ts'
import type {ServiceChange, ServiceManager, ServiceState, ServiceVerb} from '../../src/host/services.ts'
import {supervisedFiles, type SupervisedFiles} from '../../src/host/supervised.ts'
import type {SupervisionLimits} from '../../src/host/supervisor.ts'

const unit = 'logcaster.service'

/** A service as our own supervisor keeps it running; whatever is left of it ends with the test. */
export interface SupervisedPlace {
  readonly folder: string
  readonly files: SupervisedFiles
  readonly own: Supervisable
  readonly manager: ServiceManager
  change(verb: ServiceVerb, deadlineMs?: number): Promise<ServiceChange>
  state(): Promise<ServiceState>
  /** Waits until the state has these values. */
  becomes(wanted: Readonly<Record<string, unknown>>): Promise<ServiceState>
  log(): string
}

const hurried: SupervisionLimits = {pauseMs: 20, pauseMsMax: 100, failuresMax: 4, windowMs: 60_000, graceMs: 500}

/** `script` is for a shell; `$READY` is the file that tells that it is ready. */
export function supervisedPlace(
  t: TestContext,
  script: string,
  limits: Partial<SupervisionLimits> = {}
): SupervisedPlace {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-supervised-'))
  const files = supervisedFiles(folder, unit)
  const program = join(import.meta.dirname, '../fixtures/supervise.ts')
  const all = {...hurried, ...limits}
  const service = ['/bin/sh', '-c', `READY='${files.ready}'; FOLDER='${folder}'; ${script}`]
  const argv = [process.execPath, program, folder, JSON.stringify(all), '--', ...service] as const
  const own = {unit, folder, argv, graceMs: all.graceMs}
  const manager = pidfile(realHost(), own)
  t.after(async () => {
    await endAll(folder)
    rmSync(folder, {recursive: true, force: true})
  })
  const signal = new AbortController().signal
  const state = (): Promise<ServiceState> => manager.state('logcaster', signal)
  return {
    ...{folder, files, own, manager, state},
    change: (verb, deadlineMs = 20_000) => manager.change('logcaster', verb, {deadlineMs, signal}),
    becomes: async (wanted) => {
      for (let looks = 0; ; looks += 1) {
        const now = await state()
        if (Object.entries(wanted).every(([key, value]) => Reflect.get(now, key) === value)) return now
        if (looks > 400) throw new Error(`${JSON.stringify(now)} is not ${JSON.stringify(wanted)}`)
        await delay(25)
      }
    },
    log: () => (existsSync(files.log) ? readFileSync(files.log, 'utf8') : '')
  }
}

/** Processes that name the folder on their command line: supervisor, service, and what that has started. */
export function processesOf(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(folder)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Ends them, and waits until they are gone. */
export async function endAll(folder: string): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const left = processesOf(folder)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Gone already.
      }
    }
    await delay(10)
  }
}

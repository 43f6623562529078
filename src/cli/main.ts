import {Config as OclifConfig} from '@oclif/core/config'
import packageFile from '../../package.json' with {type: 'json'}
import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {failure, type Report} from '../base/report.ts'
import {exitCodeOf} from '../base/ending.ts'
import {exits} from '../base/exits.ts'
import {runId} from '../base/random.ts'
import {bug, failureOf, Operator, type World} from '../cli.ts'
import {helpText, type CommandClass} from './help.ts'
import {realClock} from '../host/clock.ts'
import type {BareHost} from '../host/host.ts'
import {end, interruption} from '../host/interruption.ts'
import type {Machine} from '../host/machine.ts'
import {realRandom} from '../host/random.ts'
import {realHost} from '../host/real.ts'
import {realTerminal} from '../host/terminal.ts'
import {printReport} from './printing.ts'
import {asksForHelp, commandWords, splitCommand} from '../text/language.ts'
import type {RunFacts} from '../text/document.ts'
import {styleOf} from '../text/style.ts'

/** Every command, loaded when it is called. A test holds this list against the files in `commands/`. */
export const commands: Readonly<Record<string, () => Promise<{default: CommandClass}>>> = {
  'daily-check': () => import('../commands/daily-check.ts'),
  'config init': () => import('../commands/config/init.ts'),
  'config check': () => import('../commands/config/check.ts'),
  'config show': () => import('../commands/config/show.ts'),
  'runbook list': () => import('../commands/runbook/list.ts'),
  'runbook show': () => import('../commands/runbook/show.ts'),
  'runbook check': () => import('../commands/runbook/check.ts'),
  'runbook run': () => import('../commands/runbook/run.ts'),
  'runs list': () => import('../commands/runs/list.ts'),
  'runs show': () => import('../commands/runs/show.ts'),
  'runs resume': () => import('../commands/runs/resume.ts'),
  'runs undo': () => import('../commands/runs/undo.ts'),
  'runs close': () => import('../commands/runs/close.ts'),
  'runs verify': () => import('../commands/runs/verify.ts'),
  'runs export': () => import('../commands/runs/export.ts'),
  locks: () => import('../commands/locks.ts'),
  'locks break': () => import('../commands/locks/break.ts'),
  send: () => import('../commands/send.ts'),
  up: () => import('../commands/up.ts'),
  server: () => import('../commands/server.ts'),
  'server start': () => import('../commands/server/start.ts'),
  'server stop': () => import('../commands/server/stop.ts'),
  'server status': () => import('../commands/server/status.ts'),
  'server restart': () => import('../commands/server/restart.ts'),
  'server supervise': () => import('../commands/server/supervise.ts'),
  'server unit': () => import('../commands/server/unit.ts'),
  'server wal ls': () => import('../commands/server/wal/ls.ts'),
  'server wal verify': () => import('../commands/server/wal/verify.ts'),
  'server wal export': () => import('../commands/server/wal/export.ts'),
  'server wal import-persistence': () => import('../commands/server/wal/import-persistence.ts')
}

/** Commands that end with a verdict: how, must be known also when the command could not even be loaded. */
const verdictCommands: readonly string[] = ['daily-check', 'runs verify', 'server status', 'server wal verify']

/** Finds the command, runs it, and ends the process when all it printed has been taken and all it started is gone. */
export async function main(argv: readonly string[]): Promise<never> {
  let world: World | undefined
  try {
    world = openWorld(argv)
    const exitCode = await answer(argv, world)
    await world.host.processes.settled()
    return end(exitCode)
  } catch (error) {
    const exitCode = await tellBug(error, argv, world)
    await world?.host.processes.settled()
    return end(exitCode)
  }
}

function openWorld(argv: readonly string[]): World {
  const host = realHost()
  const {stop, onHangUp} = interruption(host.clock, host.processes)
  const terminal = realTerminal(host.clock, stop)
  return {host, terminal, style: styleOf(argv, host.machine.env, terminal), stop, onHangUp}
}

/** What nobody foresaw, perhaps before there was a world to run in. */
async function tellBug(error: unknown, argv: readonly string[], world: World | undefined): Promise<number> {
  const {id = 'logcaster'} = splitCommand(argv, Object.keys(commands)) ?? {}
  const family = verdictCommands.includes(id) ? 'check' : 'action'
  const report = failureOf(id, family, [bug(error)])
  const exitCode = exitCodeOf(report, family)
  const host = world?.host ?? {clock: realClock(), random: realRandom(), machine: {hostname: '', user: ''}}
  const terminal = world?.terminal ?? realTerminal(host.clock, new AbortController().signal)
  const style = world?.style ?? styleOf(argv, {}, terminal)
  await printReport(report, runFacts(host, exitCode), {terminal, style})
  return exitCode
}

async function answer(argv: readonly string[], world: World): Promise<number> {
  const {id, rest = []} = splitCommand(argv, Object.keys(commands)) ?? {}
  if (asksForHelp(argv) || (id === undefined && hasOnlyCommonFlags(argv))) {
    const text = await helpText(id ?? commandWords(argv).join(' '), commands, world.style.reading.language)
    if (text !== undefined) return printHelp(text, world)
  }
  const load = id === undefined ? undefined : commands[id]
  if (id === undefined || load === undefined) return refuse(argv, world)
  const {default: Class} = await load()
  Class.id = id
  const command: Operator = new Class([...rest], quietConfig(), world)
  return command.launch()
}

/** A topic alone, such as `config`, asks what there is; beside a flag that nobody knows it is a slip of the hand. */
function hasOnlyCommonFlags(argv: readonly string[]): boolean {
  return argv.filter((word) => word.startsWith('-')).every(isCommonFlag)
}

function isCommonFlag(flag: string): boolean {
  return Object.hasOwn(Operator.baseFlags, flag.replace(/^--/, '').replace(/=.*$/, ''))
}

/** Help is for people, whatever form the answers of its command have; but who asks for JSON gets JSON. */
async function printHelp(text: string, world: World): Promise<number> {
  const body = {lines: text.trimEnd().split('\n'), fields: {text}}
  const report: Report = {command: 'help', status: 'nothing', changed: [], checks: [], warnings: [], errors: [], body}
  const format = world.style.format === 'json' ? 'json' : 'text'
  const printed = await printReport(report, runFacts(world.host, 0), {...world, style: {...world.style, format}})
  return printed ? exits.done : exits.failed
}

async function refuse(argv: readonly string[], world: World): Promise<number> {
  const flag = argv.find((word) => word.startsWith('-') && !isCommonFlag(word)) ?? ''
  const command = commandWords(argv).join(' ') || flag.replace(/=.*$/s, '')
  const fault = new Fault('usage-unknown-command', {command, nearest: nearest(command, Object.keys(commands))})
  const report: Report = failure('logcaster', 'failed', [fault])
  const exitCode = exitCodeOf(report, 'action')
  await printReport(report, runFacts(world.host, exitCode), world)
  return exitCode
}

interface Witness extends Pick<BareHost, 'clock' | 'random'> {
  readonly machine: Pick<Machine, 'hostname' | 'user'>
}

function runFacts({clock, random, machine}: Witness, exitCode: number): RunFacts {
  const startedMs = clock.now()
  const {hostname, user} = machine
  return {runId: runId(startedMs, random), startedMs, durationMs: 0, host: hostname, user, exitCode}
}

/** oclif's configuration, never loaded: there are no plugins or hooks to be found, and start-up is felt in every cron job. */
function quietConfig(): OclifConfig {
  const config = new OclifConfig({root: import.meta.dirname})
  config.bin = packageFile.name
  config.name = packageFile.name
  config.version = packageFile.version
  config.pjson = {...packageFile, oclif: {}}
  config.runHook = () => Promise.resolve({failures: [], successes: []})
  return config
}

import {Command} from '@oclif/core/command'
import type {Config as OclifConfig} from '@oclif/core/config'
import {boolean, string} from '@oclif/core/flags'
import {exitCodeOf} from './base/ending.ts'
import {exits, type Family} from './base/exits.ts'
import {Fault, Faults} from './base/fault.ts'
import {runId} from './base/random.ts'
import {failure, type Report} from './base/report.ts'
import {languageFlag} from './cli/flags.ts'
import type {BareHost} from './host/host.ts'
import type {Interruption} from './host/interruption.ts'
import type {Terminal} from './host/terminal.ts'
import {printReport} from './cli/printing.ts'
import {openScene, type SceneFlags} from './cli/scene.ts'
import type {Scene} from './checks/daily.ts'
import type {Style} from './text/style.ts'
import {usageFault} from './cli/usage.ts'

/** What a command is given besides its arguments. */
export interface World {
  readonly host: BareHost
  readonly terminal: Terminal
  readonly style: Style
  /** Fires on SIGINT, SIGTERM and SIGHUP, with the name as its reason. */
  readonly stop: AbortSignal
  /** Takes SIGHUP out of these, for a server that reads its settings again. */
  readonly onHangUp: Interruption['onHangUp']
}

/** The base of all commands: runs one, prints what came of it in the asked form, and chooses the exit code. */
export abstract class Operator extends Command {
  static override readonly baseFlags = {
    config: string({summary: 'Configuration file to use', helpValue: 'FILE'}),
    set: string({
      summary: 'Override one setting, such as checks.since=2h',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true
    }),
    json: boolean({summary: 'Answer with one JSON document'}),
    lang: languageFlag(),
    quiet: boolean({summary: 'Only say what is bad'}),
    verbose: boolean({summary: 'Say more: evidence, causes'}),
    utc: boolean({summary: 'Times in UTC instead of the local zone'})
  }

  /** How this command ends: with a verdict, or with what it did. */
  readonly family: Family = 'action'
  /** Of what runs until it is told to stop: a signal is then no interruption of it, but its end. */
  readonly isEndedBySignal: boolean = false
  readonly world: World

  constructor(argv: string[], config: OclifConfig, world: World) {
    super(argv, config)
    this.world = world
  }

  abstract override run(): Promise<Report>

  /** The whole life of a command. Never throws, never ends the process: output still on its way would be lost. */
  async launch(): Promise<number> {
    const {clock, random} = this.world.host
    const startedMs = clock.now()
    const begunMs = clock.elapsed()
    const report = this.interrupted(await this.attempt())
    const exitCode = exitCodeOf(report, this.family)
    const {hostname: host, user} = this.world.host.machine
    const run = {
      runId: runId(startedMs, random),
      startedMs,
      durationMs: clock.elapsed() - begunMs,
      host,
      user,
      exitCode
    }
    const printed = await printReport(report, run, this.world)
    return printed ? exitCode : this.family === 'check' ? 3 : exits.failed
  }

  /** Reads the configuration, then does what the command is there for. */
  protected async withScene(flags: SceneFlags, act: (scene: Scene) => Report | Promise<Report>): Promise<Report> {
    return act(await openScene(flags, this.world))
  }

  private async attempt(): Promise<Report> {
    try {
      return await this.run()
    } catch (error) {
      return failureOf(this.ctor.id, this.family, this.faultsOf(error))
    }
  }

  private faultsOf(error: unknown): readonly Fault[] {
    if (error instanceof Faults) return error.all
    if (error instanceof Fault) return [error]
    const known = Object.keys({...Operator.baseFlags, ...this.ctor.flags})
    return [usageFault(error, this.ctor.id, known) ?? bug(error)]
  }

  private interrupted(report: Report): Report {
    const signal: unknown = this.world.stop.reason
    if (typeof signal !== 'string' || this.isEndedBySignal) return report
    const fault = new Fault(signal === 'SIGINT' ? 'interrupted' : 'terminated', {signal})
    // A check that was stopped does not end well, however good that was which it had seen.
    const isPassing = this.family === 'check' && exitCodeOf(report, this.family) === 0
    return {...report, status: isPassing ? 'unknown' : report.status, errors: [fault, ...report.errors]}
  }
}

/** A command that could not even begin has seen nothing: a check then knows nothing. */
export function failureOf(command: string, family: Family, faults: readonly Fault[]): Report {
  return failure(command, family === 'check' ? 'unknown' : 'failed', faults)
}

export function bug(error: unknown): Fault {
  return new Fault('bug', {detail: error instanceof Error ? error.message : String(error)}, {cause: error})
}

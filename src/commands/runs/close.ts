import {string as word} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {closeRun} from '../../cli/runs.ts'

export default class RunsClose extends Operator {
  static override readonly summary = 'Say that what a run has left half done was set right by hand'
  static override readonly examples = [
    {
      description: 'From then on no check tells of it',
      command: "logcaster runs close 20261120T091500Z-k3v9x2 --reason 'restored from backup'"
    }
  ]
  static override readonly args = {
    run: word({description: 'Id of the run', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    reason: string({summary: 'What was done, for the journal', helpValue: 'TEXT', required: true})
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunsClose)
    return closeRun(this.world, flags, {run: args.run, reason: flags.reason})
  }
}

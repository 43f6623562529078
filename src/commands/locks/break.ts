import {string as word} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {breakLocks} from '../../cli/locks.ts'

export default class LocksBreak extends Operator {
  static override readonly summary = 'Take away the locks of a run that cannot let go of them itself'
  static override readonly examples = [
    {
      description: 'Of a run on another machine that is gone for good',
      command: "logcaster locks break 20261120T091500Z-k3v9x2 --reason 'host was scrapped'"
    }
  ]
  static override readonly args = {
    run: word({description: 'Id of the run that holds them', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    reason: string({summary: 'Why, for the journal', helpValue: 'TEXT', required: true}),
    yes: boolean({summary: 'Also where the run still lives'})
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(LocksBreak)
    return breakLocks(this.world, flags, {run: args.run, reason: flags.reason, yes: flags.yes})
  }
}

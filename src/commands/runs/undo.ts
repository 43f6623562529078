import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {consentFlags} from '../../cli/flags.ts'
import {undo} from '../../cli/runs.ts'

export default class RunsUndo extends Operator {
  static override readonly summary = 'Put back what a run did, the last step first, as far as it can be put back'
  static override readonly examples = [
    {description: 'See what would be put back', command: 'logcaster runs undo 20261120T091500Z-k3v9x2 --dry-run'},
    {description: 'Put it back', command: 'logcaster runs undo 20261120T091500Z-k3v9x2'}
  ]
  static override readonly args = {
    run: string({description: 'Id of the run', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    'dry-run': boolean({summary: 'Show what would be put back and change nothing'}),
    ...consentFlags()
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunsUndo)
    return undo(this.world, flags, {run: args.run, dryRun: flags['dry-run'], yes: flags.yes, waitMs: flags.wait ?? 0})
  }
}

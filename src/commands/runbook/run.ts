import {string as word} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {consentFlags} from '../../cli/flags.ts'
import {startRunbook} from '../../cli/runbooks.ts'

export default class RunbookRun extends Operator {
  static override readonly summary =
    'Run a runbook: plan it, lock what it works on, do it step by step, and write it down'
  static override readonly examples = [
    {description: 'See what would be done, and do nothing', command: 'logcaster runbook run free-space --dry-run'},
    {description: 'With other inputs', command: 'logcaster runbook run free-space --input older_than=30d'},
    {description: 'From a timer, where nobody can be asked', command: 'logcaster runbook run restart-service --yes'}
  ]
  static override readonly args = {
    name: word({description: 'Name of a runbook, or a path to one', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    input: string({
      summary: 'A value for an input of the runbook',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true
    }),
    'dry-run': boolean({summary: 'Show the plan and change nothing'}),
    diff: boolean({summary: 'With --dry-run: show which lines of files would change'}),
    'detailed-exitcode': boolean({summary: 'With --dry-run: end with 2 when something would change'}),
    ...consentFlags()
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunbookRun)
    return startRunbook(this.world, flags, {
      runbook: args.name,
      inputs: flags.input ?? [],
      dryRun: flags['dry-run'],
      diff: flags.diff,
      isDetailed: flags['detailed-exitcode'],
      yes: flags.yes,
      waitMs: flags.wait ?? 0
    })
  }
}

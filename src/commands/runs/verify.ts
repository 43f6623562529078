import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {verifyRuns} from '../../cli/runs.ts'

export default class RunsVerify extends Operator {
  static override readonly summary = 'Verify that nobody has changed, cut or reordered the journal of runs'
  static override readonly examples = [
    {description: 'For a person', command: 'logcaster runs verify'},
    {description: 'With every place that is wrong', command: 'logcaster runs verify --json'}
  ]

  override readonly family = 'check'

  async run(): Promise<Report> {
    const {flags} = await this.parse(RunsVerify)
    return verifyRuns(this.world, flags)
  }
}

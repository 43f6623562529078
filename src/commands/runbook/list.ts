import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {listRunbooks} from '../../cli/runbooks.ts'

export default class RunbookList extends Operator {
  static override readonly summary = 'List the runbooks that can be run, and what each is for'
  static override readonly examples = [
    {description: 'The shipped ones and your own', command: 'logcaster runbook list'},
    {description: 'For a program', command: 'logcaster runbook list --json'}
  ]

  async run(): Promise<Report> {
    const {flags} = await this.parse(RunbookList)
    return listRunbooks(this.world, flags)
  }
}

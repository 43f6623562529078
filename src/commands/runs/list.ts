import {boolean} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {countFlag} from '../../cli/flags.ts'
import {listRuns} from '../../cli/runs.ts'

export default class RunsList extends Operator {
  static override readonly summary = 'List what was run, by whom, and how it ended; the newest first'
  static override readonly examples = [
    {description: 'The last twenty', command: 'logcaster runs list'},
    {description: 'All that the journal still has', command: 'logcaster runs list --all --json'}
  ]
  static override readonly flags = {
    limit: countFlag('limit', 'So many at most'),
    all: boolean({summary: 'All of them'})
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(RunsList)
    return listRuns(this.world, flags, flags.all ? undefined : (flags.limit ?? 20))
  }
}

import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {durationFlag} from '../../cli/flags.ts'
import {exportRuns} from '../../cli/runs.ts'

export default class RunsExport extends Operator {
  static override readonly summary = 'Write out runs with all their steps, a JSON document a line'
  static override readonly examples = [
    {description: 'Those of the last month', command: 'logcaster runs export --since 30d'},
    {description: 'All of them, as one document', command: 'logcaster runs export --json'}
  ]
  static override readonly flags = {
    since: durationFlag('since', 'How far to go back')
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(RunsExport)
    return exportRuns(this.world, flags, flags.since)
  }
}

import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {serverStatus} from '../../cli/service.ts'

export default class ServerStatus extends Operator {
  static override readonly summary = 'Say whether the log server is up, and whether its ports answer'
  static override readonly examples = [
    {description: 'For a person', command: 'logcaster server status'},
    {description: 'For a script: 0 is well', command: 'logcaster server status --quiet'}
  ]

  override readonly family = 'check'

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerStatus)
    return serverStatus(this.world, flags)
  }
}

import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {superviseServer} from '../../cli/service.ts'

export default class ServerSupervise extends Operator {
  static override readonly summary = 'Keep the log server running where no service manager does'
  static override readonly examples = [
    {description: 'What server start leaves in the background', command: 'logcaster server supervise'}
  ]

  override readonly isEndedBySignal = true

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerSupervise)
    return superviseServer(this.world, flags)
  }
}

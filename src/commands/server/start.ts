import {boolean} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {durationFlag} from '../../cli/flags.ts'
import {changeServer} from '../../cli/service.ts'

export default class ServerStart extends Operator {
  static override readonly summary = 'Start the log server in the background, and see it become ready'
  static override readonly examples = [
    {description: 'By systemd, or where there is none by our own supervisor', command: 'logcaster server start'},
    {description: 'See what would be done', command: 'logcaster server start --dry-run'}
  ]
  static override readonly flags = {
    'dry-run': boolean({summary: 'Show what would be done, and do nothing'}),
    wait: durationFlag('wait', 'Wait so long for a lock that another run holds')
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerStart)
    return changeServer(this.world, flags, 'start')
  }
}

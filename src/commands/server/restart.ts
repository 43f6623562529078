import {boolean} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {durationFlag} from '../../cli/flags.ts'
import {changeServer} from '../../cli/service.ts'

export default class ServerRestart extends Operator {
  static override readonly summary = 'Stop the log server, start it again, and see it become ready'
  static override readonly examples = [
    {description: 'With the settings as they are now', command: 'logcaster server restart'},
    {description: 'See what would be done', command: 'logcaster server restart --dry-run'}
  ]
  static override readonly flags = {
    'dry-run': boolean({summary: 'Show what would be done, and do nothing'}),
    wait: durationFlag('wait', 'Wait so long for a lock that another run holds')
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerRestart)
    return changeServer(this.world, flags, 'restart')
  }
}

import {boolean} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {durationFlag} from '../../cli/flags.ts'
import {changeServer} from '../../cli/service.ts'

export default class ServerStop extends Operator {
  static override readonly summary = 'Stop the log server: it stores what it has taken, and ends'
  static override readonly examples = [
    {description: 'Nothing that was acknowledged is lost', command: 'logcaster server stop'},
    {description: 'See what would be done', command: 'logcaster server stop --dry-run'}
  ]
  static override readonly flags = {
    'dry-run': boolean({summary: 'Show what would be done, and do nothing'}),
    wait: durationFlag('wait', 'Wait so long for a lock that another run holds')
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerStop)
    return changeServer(this.world, flags, 'stop')
  }
}

import type {Report} from '../../../base/report.ts'
import {Operator} from '../../../cli.ts'
import {verifyLog} from '../../../cli/wal.ts'
import {dataDirFlag} from '../../../cli/wal-flags.ts'

export default class ServerWalVerify extends Operator {
  static override readonly summary = 'Read every byte of the log and say what is damaged, and which records are lost'
  static override readonly examples = [
    {description: 'For a person, also while the server runs', command: 'logcaster server wal verify'},
    {description: 'With every place that is damaged', command: 'logcaster server wal verify --data-dir ./data --json'}
  ]
  static override readonly flags = {
    'data-dir': dataDirFlag()
  }

  override readonly family = 'check'

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerWalVerify)
    return verifyLog(this.world, flags)
  }
}

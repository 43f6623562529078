import type {Report} from '../../../base/report.ts'
import {Operator} from '../../../cli.ts'
import {listWal} from '../../../cli/wal.ts'
import {dataDirFlag} from '../../../cli/wal-flags.ts'

export default class ServerWalLs extends Operator {
  static override readonly summary = 'List the files of the log with the records that each one holds'
  static override readonly examples = [
    {description: 'Oldest first, also while the server runs', command: 'logcaster server wal ls'},
    {description: 'Of another data folder, for a program', command: 'logcaster server wal ls --data-dir ./data --json'}
  ]
  static override readonly flags = {
    'data-dir': dataDirFlag()
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerWalLs)
    return listWal(this.world, flags)
  }
}

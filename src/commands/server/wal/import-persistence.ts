import {string as word} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import type {Report} from '../../../base/report.ts'
import {Operator} from '../../../cli.ts'
import {importLog} from '../../../cli/wal.ts'
import {dataDirFlag} from '../../../cli/wal-flags.ts'

export default class ServerWalImportPersistence extends Operator {
  static override readonly summary =
    'Store lines that the original server kept, each with its time; twice stores nothing'
  static override readonly examples = [
    {
      description: 'See how many there are',
      command: 'logcaster server wal import-persistence logs/current.log --dry-run'
    },
    {
      description: 'All of them, the oldest file first, while the server is stopped',
      command: 'logcaster server wal import-persistence logs/*.log --data-dir ./data'
    }
  ]
  static override readonly strict = false
  static override readonly args = {
    file: word({description: 'File as the original server wrote it, or several', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    'data-dir': dataDirFlag(),
    'dry-run': boolean({summary: 'Show what would be stored, and do nothing'})
  }

  async run(): Promise<Report> {
    const {argv, flags} = await this.parse(ServerWalImportPersistence)
    return importLog(this.world, flags, argv.map(String))
  }
}

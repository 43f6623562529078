import type {Config} from '@oclif/core/config'
import type {Report} from '../../../base/report.ts'
import {Operator, type World} from '../../../cli.ts'
import {durationFlag} from '../../../cli/flags.ts'
import {exportingWorld, exportLog} from '../../../cli/wal.ts'
import {dataDirFlag, recordFormatFlag, sequenceFlag} from '../../../cli/wal-flags.ts'

export default class ServerWalExport extends Operator {
  static override readonly summary = 'Print every record of the log, oldest first; with --json only how many there are'
  static override readonly examples = [
    {description: 'As they were sent, also while the server runs', command: 'logcaster server wal export'},
    {
      description: 'With sequence, time, level and source',
      command: 'logcaster server wal export --format json --from 2'
    }
  ]
  static override readonly flags = {
    'data-dir': dataDirFlag(),
    format: recordFormatFlag(),
    from: sequenceFlag('from', 'First record'),
    to: sequenceFlag('to', 'Last record'),
    since: durationFlag('since', 'Only what arrived within this time')
  }

  constructor(argv: string[], config: Config, world: World) {
    super(argv, config, exportingWorld(world))
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ServerWalExport)
    return exportLog(this.world, flags)
  }
}

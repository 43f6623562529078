import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {printUnit} from '../../cli/unit.ts'

export default class ServerUnit extends Operator {
  static override readonly summary = 'Print a systemd unit for the log server as it is installed here'
  static override readonly examples = [
    {description: 'To be kept as /etc/systemd/system/logcaster.service', command: 'logcaster server unit'}
  ]

  async run(): Promise<Report> {
    await this.parse(ServerUnit)
    return printUnit(this.world)
  }
}

import {boolean} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {showConfig} from '../../cli/configuration.ts'

export default class ConfigShow extends Operator {
  static override readonly summary = 'Show the settings in force, and where each comes from'
  static override readonly examples = [
    {description: 'All settings', command: 'logcaster config show'},
    {description: 'Only those that somebody set', command: 'logcaster config show --changed'},
    {description: 'See which source wins', command: 'logcaster config show --set checks.since=2h --changed'}
  ]
  static override readonly flags = {
    changed: boolean({summary: 'Only settings that somebody set'})
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ConfigShow)
    return showConfig(this.world, flags)
  }
}

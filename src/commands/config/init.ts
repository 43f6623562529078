import {boolean, string} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {initConfig} from '../../cli/configuration.ts'

export default class ConfigInit extends Operator {
  static override readonly summary = 'Write a first configuration, with every setting explained'
  static override readonly examples = [
    {description: 'Only look at it', command: 'logcaster config init --print'},
    {description: 'Write it to this file', command: 'logcaster config init --path ./logcaster.yaml'}
  ]
  static override readonly flags = {
    path: string({summary: 'File to write', helpValue: 'FILE'}),
    print: boolean({summary: 'Print it and write nothing'})
  }

  async run(): Promise<Report> {
    const {flags} = await this.parse(ConfigInit)
    return initConfig(this.world, {path: flags.path ?? flags.config, print: flags.print})
  }
}

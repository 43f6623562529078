import {string} from '@oclif/core/args'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {checkConfig} from '../../cli/configuration.ts'

export default class ConfigCheck extends Operator {
  static override readonly summary = 'Read the configuration and name every problem with its place'
  static override readonly examples = [
    {description: 'The configuration that is found', command: 'logcaster config check'},
    {description: 'This file', command: 'logcaster config check ./logcaster.yaml'}
  ]
  static override readonly args = {
    // Without this, oclif would take it from standard input, which may be the list that a loop reads.
    file: string({description: 'File to check; else the one that is found', ignoreStdin: true})
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(ConfigCheck)
    return checkConfig(this.world, {...flags, config: args.file ?? flags.config})
  }
}

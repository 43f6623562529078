import {string} from '@oclif/core/args'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {checkRunbooks} from '../../cli/runbooks.ts'

export default class RunbookCheck extends Operator {
  static override readonly summary = 'Read runbooks and name every problem with its place'
  static override readonly examples = [
    {description: 'All that are found', command: 'logcaster runbook check'},
    {description: 'This file', command: 'logcaster runbook check ./hello.yaml'}
  ]
  static override readonly args = {
    name: string({description: 'Name of a runbook, or a path to one; else all', ignoreStdin: true})
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunbookCheck)
    return checkRunbooks(this.world, flags, args.name)
  }
}

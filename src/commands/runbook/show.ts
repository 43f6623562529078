import {string} from '@oclif/core/args'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {showRunbook} from '../../cli/runbooks.ts'

export default class RunbookShow extends Operator {
  static override readonly summary = 'Show what a runbook is for, what it takes, and its steps'
  static override readonly examples = [
    {description: 'One that is shipped', command: 'logcaster runbook show free-space'},
    {description: 'A file of your own', command: 'logcaster runbook show ./hello.yaml'}
  ]
  static override readonly args = {
    name: string({description: 'Name of a runbook, or a path to one', required: true, ignoreStdin: true})
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunbookShow)
    return showRunbook(this.world, flags, args.name)
  }
}

import {string} from '@oclif/core/args'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {showRun} from '../../cli/runs.ts'

export default class RunsShow extends Operator {
  static override readonly summary = 'Show one run: who, what, each step with what came of it'
  static override readonly examples = [
    {description: 'By its id', command: 'logcaster runs show 20261120T091500Z-k3v9x2'},
    {description: 'With what its programs printed', command: 'logcaster runs show 20261120T091500Z-k3v9x2 --verbose'}
  ]
  static override readonly args = {
    run: string({description: 'Id of the run', required: true, ignoreStdin: true})
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunsShow)
    return showRun(this.world, flags, args.run)
  }
}

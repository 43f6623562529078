import {string as word} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import type {Report} from '../../base/report.ts'
import {Operator} from '../../cli.ts'
import {consentFlags} from '../../cli/flags.ts'
import {resume} from '../../cli/runs.ts'

const list = {multiple: true, multipleNonGreedy: true, helpValue: 'STEP'} as const

export default class RunsResume extends Operator {
  static override readonly summary = 'Finish a run that was broken off, by the plan that it had'
  static override readonly examples = [
    {description: 'Go on where it ended', command: 'logcaster runs resume 20261120T091500Z-k3v9x2'},
    {
      description: 'A step that only you can know of was done',
      command: 'logcaster runs resume 20261120T091500Z-k3v9x2 --done announce'
    }
  ]
  static override readonly args = {
    run: word({description: 'Id of the run', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    done: string({summary: 'This step was done, though nothing shows it', ...list}),
    again: string({summary: 'Do this step again, though it may have been done', ...list}),
    ...consentFlags()
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunsResume)
    const {done = [], again = [], yes, wait = 0} = flags
    return resume(this.world, flags, {run: args.run, done, again, yes, waitMs: wait})
  }
}

import type {Report} from '../base/report.ts'
import {Operator} from '../cli.ts'
import {upFlags} from '../cli/server-flags.ts'
import {runUp} from '../cli/up.ts'

export default class Up extends Operator {
  static override readonly summary = 'Run a log server to try things with, and check this machine with it'
  static override readonly examples = [
    {description: 'Until Ctrl-C; records are kept in the state folder', command: 'logcaster up'},
    {description: 'And then, from elsewhere', command: "printf 'hello\\n' | nc -q 1 127.0.0.1 9999"}
  ]
  static override readonly flags = upFlags

  override readonly isEndedBySignal = true

  async run(): Promise<Report> {
    const {flags} = await this.parse(Up)
    return runUp(this.world, flags)
  }
}

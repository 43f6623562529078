import type {Report} from '../base/report.ts'
import {Operator} from '../cli.ts'
import {showLocks} from '../cli/locks.ts'

export default class Locks extends Operator {
  static override readonly summary = 'List who holds which lock, since when, and whether he still lives'
  static override readonly examples = [
    {description: 'All locks', command: 'logcaster locks'},
    {description: 'For a program', command: 'logcaster locks --json'}
  ]

  async run(): Promise<Report> {
    const {flags} = await this.parse(Locks)
    return showLocks(this.world, flags)
  }
}

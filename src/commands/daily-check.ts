import {boolean, string} from '@oclif/core/flags'
import type {Report} from '../base/report.ts'
import {dailyCheck, listChecks} from '../checks/daily.ts'
import {Operator} from '../cli.ts'
import {durationFlag, formatFlag} from '../cli/flags.ts'

const list = {multiple: true, multipleNonGreedy: true, delimiter: ','} as const

export default class DailyCheck extends Operator {
  static override readonly summary = 'Check the service and its machine, and say what is wrong and what to do'
  static override readonly examples = [
    {description: 'Everything, for a person', command: 'logcaster daily-check'},
    {description: 'Only the disks, as JSON', command: "logcaster daily-check --only 'disk.*' --json"},
    {description: 'As a plugin of Nagios or Icinga', command: 'logcaster daily-check --format nagios --quiet'},
    {description: 'All checks with their thresholds', command: 'logcaster daily-check --list'}
  ]
  static override readonly flags = {
    only: string({summary: 'Only these checks, by id or pattern', helpValue: 'ID,…', ...list}),
    skip: string({summary: 'All but these checks', helpValue: 'ID,…', ...list}),
    profile: string({summary: 'The checks of a profile in the configuration', helpValue: 'NAME'}),
    since: durationFlag('since', 'How far to look back in logs'),
    timeout: durationFlag('timeout', 'Longest time for the whole run'),
    format: formatFlag(),
    'ping-url': string({summary: 'Tell this web address of the finished run', helpValue: 'URL'}),
    'warn-as-ok': boolean({summary: 'End with 0 when nothing is worse than a warning'}),
    list: boolean({summary: 'List all checks with their thresholds, and run none'})
  }

  override readonly family = 'check'

  async run(): Promise<Report> {
    const {flags} = await this.parse(DailyCheck)
    const asked = {only: flags.only ?? [], skip: flags.skip ?? [], profile: flags.profile}
    if (flags.list) return this.withScene(flags, (scene) => listChecks(scene, asked))
    return this.withScene(flags, (scene) =>
      dailyCheck(scene, {
        ...asked,
        sinceMs: flags.since,
        timeoutMs: flags.timeout,
        warningsPass: flags['warn-as-ok'],
        pingUrl: flags['ping-url']
      })
    )
  }
}

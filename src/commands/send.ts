import {string as word} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import type {Report} from '../base/report.ts'
import {Operator} from '../cli.ts'
import {durationFlag} from '../cli/flags.ts'
import {ackFlag, fromFlag, nameFlag, serverFlag, windowFlag} from '../cli/send-flags.ts'
import {sendInput} from '../cli/send.ts'

export default class Send extends Operator {
  static override readonly summary =
    'Send the lines of a file to a log server, each of them once, whatever breaks on the way'
  static override readonly examples = [
    {description: 'A file; the same command goes on where an earlier one stopped', command: 'logcaster send app.log'},
    {description: 'What a program prints', command: 'journalctl -f | logcaster send - --to logs.example.com:9999'},
    {description: 'To any server that takes lines over TCP', command: 'logcaster send app.log --plain --to [::1]:514'}
  ]
  static override readonly args = {
    file: word({description: 'The file, or - for standard input', required: true, ignoreStdin: true})
  }
  static override readonly flags = {
    to: serverFlag(),
    session: nameFlag('session', 'Name under which the server numbers the lines; unset: one for each file'),
    ack: ackFlag(),
    window: windowFlag(),
    source: nameFlag('source', 'Name of the sender, kept with each line; unset: its address'),
    from: fromFlag(),
    cursor: string({
      summary: 'File that remembers how far it is; unset: one for each file in the state folder',
      helpValue: 'FILE'
    }),
    plain: boolean({
      summary: 'Send plain lines, which nobody acknowledges',
      exclusive: ['session', 'ack', 'window', 'source', 'from', 'cursor']
    }),
    timeout: durationFlag('timeout', 'Keep trying so long, then end; unset: 30s without a server that was there')
  }

  async run(): Promise<Report> {
    const {args, flags} = await this.parse(Send)
    return sendInput(this.world, flags, {...flags, input: args.file})
  }
}

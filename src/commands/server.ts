import type {Report} from '../base/report.ts'
import {Operator} from '../cli.ts'
import {runServer} from '../cli/server.ts'
import {serverFlags} from '../cli/server-flags.ts'

export default class Server extends Operator {
  static override readonly summary = 'Run the log server in front: it takes every line, keeps it, and answers queries'
  static override readonly examples = [
    {description: 'In memory only', command: 'logcaster server'},
    {description: 'Every line safe on disk before it is acknowledged', command: 'logcaster server --data-dir ./data'},
    {
      description: 'On any free ports, told in a file',
      command: 'logcaster server --log-port 0 --query-port 0 --http-port 0 --port-file ./ports'
    }
  ]
  static override readonly flags = serverFlags

  override readonly isEndedBySignal = true

  async run(): Promise<Report> {
    const {flags} = await this.parse(Server)
    return runServer(this.world, flags)
  }
}

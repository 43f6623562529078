import {spawn, type ChildProcess} from 'node:child_process'
import {openSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {lacking} from '../cli/run.ts'
import {aside, type Aside} from './aside.ts'

/** A program that sends logs, and how it says where a record ends. */
export interface Sender {
  readonly name: string
  /** Why it cannot be tried here. */
  readonly obstacle: string | false
  readonly framing: 'line' | 'count' | 'nul'
  /** Sends the messages, which are in the file too, one a line. Some run on until they are killed. */
  start(port: number, given: Given): ChildProcess
}

export interface Given {
  readonly folder: string
  readonly file: string
  readonly messages: readonly string[]
}

export function logSenders(): readonly Sender[] {
  return [
    logger('line', ['--rfc5424']),
    logger('line', ['--rfc3164']),
    logger('line', ['--priority', 'local0.err']),
    logger('count', ['--rfc5424', '--octet-count']),
    logger('count', ['--rfc3164', '--octet-count']),
    {
      name: 'SysLogHandler of Python',
      obstacle: lacking('python3'),
      framing: 'nul',
      start: (port, {messages}) => run(['python3', '-c', python, String(port), JSON.stringify(messages)])
    },
    rsyslog('line', 'traditional'),
    rsyslog('count', 'octet-counted'),
    syslogNg('line', 'network', String.raw`template("$MSG\n")`),
    syslogNg('count', 'syslog', '')
  ]
}

function logger(framing: Sender['framing'], flags: readonly string[]): Sender {
  const argv = ['logger', '--server', '127.0.0.1', '--tcp', '--tag', 'app', ...flags]
  return {
    name: `logger ${flags.join(' ')}`,
    obstacle: lacking('logger'),
    framing,
    start: (port, {file}) => run([...argv, '--port', String(port)], {file})
  }
}

// A NUL ends a message, and so it may have several lines, once the first one has told that this is so.
const python = `
import json, logging, logging.handlers, socket, sys
handler = logging.handlers.SysLogHandler(('127.0.0.1', int(sys.argv[1])), socktype=socket.SOCK_STREAM)
for number, message in enumerate(json.loads(sys.argv[2])):
    lines = message + '\\n in a second line' * number
    handler.emit(logging.LogRecord('app', logging.ERROR, '', 0, lines, None, None))
handler.close()
`

function rsyslog(framing: Sender['framing'], word: string): Sender {
  const found = aside('rsyslog', 'usr/sbin/rsyslogd', 'usr/lib/x86_64-linux-gnu/rsyslog')
  return {
    name: `rsyslogd, omfwd ${word}`,
    obstacle: obstacleOf(found, 'rsyslogd'),
    framing,
    start(port, {folder, file}) {
      const config = join(folder, `rsyslog-${word}.conf`)
      writeFileSync(config, rsyslogConfig(folder, {port, file, word}))
      const modules = found.modules === undefined ? [] : ['-M', found.modules]
      const pid = join(folder, `rsyslog-${word}.pid`)
      return run([found.program ?? '', '-n', '-C', ...modules, '-i', pid, '-f', config], found)
    }
  }
}

interface Forwarding {
  readonly port: number
  readonly file: string
  readonly word: string
}

function rsyslogConfig(folder: string, {port, file, word}: Forwarding): string {
  return `global(workDirectory="${folder}")
module(load="imfile")
input(type="imfile" file="${file}" tag="app" addMetadata="off" freshStartTail="off" reopenOnTruncate="on")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" tcp_framing="${word}" template="RSYSLOG_SyslogProtocol23Format")
`
}

function syslogNg(framing: Sender['framing'], word: string, options: string): Sender {
  const found = aside('syslog-ng-core', 'usr/sbin/syslog-ng', 'usr/lib/syslog-ng/3.38')
  return {
    name: `syslog-ng, ${word}()`,
    obstacle: obstacleOf(found, 'syslog-ng'),
    framing,
    start(port, {folder, file}) {
      const own = (name: string): string => join(folder, `syslog-ng-${word}.${name}`)
      writeFileSync(
        own('conf'),
        `@version: 3.38
source lines { file("${file}" flags(no-parse) follow-freq(0.1)); };
destination far { ${word}("127.0.0.1" port(${port}) transport("tcp") ${options}); };
log { source(lines); destination(far); };
`
      )
      const modules = found.modules === undefined ? [] : ['--module-path', found.modules]
      const files = ['-R', own('persist'), '-c', own('control'), '-p', own('pid'), '-f', own('conf')]
      return run([found.program ?? '', '-F', '--no-caps', ...modules, ...files], found)
    }
  }
}

function obstacleOf({program}: Aside, name: string): string | false {
  return program === undefined ? `needs ${name}: see test/real/packages.txt` : false
}

interface RunOptions {
  /** Its standard input. */
  readonly file?: string
  readonly environment?: Readonly<Record<string, string>>
}

function run(argv: readonly string[], {file = '/dev/null', environment}: RunOptions = {}): ChildProcess {
  const [program = '', ...args] = argv
  const env = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...environment}
  return spawn(program, args, {env, stdio: [openSync(file, 'r'), 'ignore', 'inherit']})
}

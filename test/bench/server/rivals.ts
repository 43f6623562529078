import {spawn} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {isTaking} from './process.ts'

/** Another log server, told to write lines as they come into a file: no more than ours does, and no less. */
export interface Rival {
  readonly name: string
  /** Whether it is installed, or unpacked aside. */
  isThere(): boolean
  start(folder: string, port: number): Promise<Running>
}

export interface Running {
  readonly pid: number
  /** The file that lines are written to. */
  readonly file: string
  end(): Promise<void>
}

const aside = path.resolve('node_modules', '.cache', 'aside')

export const rsyslog: Rival = {
  name: 'rsyslog imptcp → omfile',
  isThere: () => find('rsyslog', 'usr/sbin/rsyslogd') !== undefined,
  start(folder, port) {
    const program = find('rsyslog', 'usr/sbin/rsyslogd') ?? ''
    const file = path.join(folder, `rsyslog-${port}.log`)
    const config = path.join(folder, `rsyslog-${port}.conf`)
    fs.writeFileSync(config, rsyslogConfig(folder, port, file))
    const modules = path.join(aside, 'rsyslog', 'usr/lib/x86_64-linux-gnu/rsyslog')
    const from = fs.existsSync(modules) ? ['-M', modules] : []
    return launch(
      [program, '-n', '-C', ...from, '-i', path.join(folder, `rsyslog-${port}.pid`), '-f', config],
      port,
      file
    )
  }
}

export const syslogNg: Rival = {
  name: 'syslog-ng tcp → file',
  isThere: () => find('syslog-ng-core', 'usr/sbin/syslog-ng') !== undefined,
  start(folder, port) {
    const program = find('syslog-ng-core', 'usr/sbin/syslog-ng') ?? ''
    const file = path.join(folder, `syslog-ng-${port}.log`)
    const config = path.join(folder, `syslog-ng-${port}.conf`)
    fs.writeFileSync(config, syslogNgConfig(port, file))
    const modules = path.join(aside, 'syslog-ng-core', 'usr/lib/syslog-ng/3.38')
    const from = fs.existsSync(modules) ? ['--module-path', modules] : []
    const state = (name: string): string => path.join(folder, `syslog-ng-${port}.${name}`)
    const own = ['-R', state('persist'), '-c', state('control'), '-p', state('pid')]
    return launch([program, '-F', '--no-caps', ...from, ...own, '-f', config], port, file)
  }
}

function find(name: string, place: string): string | undefined {
  return [path.join('/', place), path.join(aside, name, place)].find((candidate) => fs.existsSync(candidate))
}

async function launch(argv: readonly string[], port: number, file: string): Promise<Running> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, {env: {...process.env, LD_LIBRARY_PATH: libraries()}, stdio: 'ignore'})
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve()
    })
  })
  await isTaking(port, child)
  // Both open their file and start their threads a moment after their port.
  await delay(500)
  return {
    pid: child.pid ?? 0,
    file,
    async end() {
      child.kill()
      await Promise.race([ended, delay(5000).then(() => child.kill('SIGKILL'))])
      await ended
      fs.rmSync(file, {force: true})
    }
  }
}

function libraries(): string {
  if (!fs.existsSync(aside)) return ''
  const folders = fs.readdirSync(aside).flatMap((name) => {
    return ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib/syslog-ng'].map((at) =>
      path.join(aside, name, at)
    )
  })
  return folders.filter((folder) => fs.existsSync(folder)).join(':')
}

/** Raw lines, large batches, no names looked up: the quickest it can be told to be without losing lines. */
function rsyslogConfig(folder: string, port: number, file: string): string {
  return `global(workDirectory="${folder}" maxMessageSize="64k" net.enableDNS="off")
module(load="imptcp" threads="2")
main_queue(queue.type="LinkedList" queue.size="2000000" queue.dequeueBatchSize="8192" queue.highWatermark="0" queue.discardMark="0" queue.workerThreads="1" queue.timeoutEnqueue="-1")
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imptcp" port="${port}" address="127.0.0.1" ruleset="lines" maxSessions="12000" socketBacklog="4096" supportOctetCountedFraming="off")
ruleset(name="lines" parser=["rsyslog.rfc3164"] queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="8192" queue.discardMark="0" queue.workerThreads="1" queue.timeoutEnqueue="100000") {
  action(type="omfile" file="${file}" template="raw" asyncWriting="off" flushOnTXEnd="on" ioBufferSize="1m")
}
`
}

function syslogNgConfig(port: number, file: string): string {
  return `@version: 3.38
options { threaded(yes); stats-freq(0); use-dns(no); use-fqdn(no); chain-hostnames(no); keep-hostname(yes); flush-lines(1000); log-msg-size(65536); };
source lines { network(transport("tcp") ip("127.0.0.1") port(${port}) flags(no-parse) max-connections(12000) log-iw-size(1200000) log-fetch-limit(1000) so-rcvbuf(4194304) listen-backlog(4096)); };
destination kept { file("${file}" template("$MSG\\n") log-fifo-size(2000000) flush-lines(10000) owner(root) group(root) perm(0644)); };
log { source(lines); destination(kept); flags(flow-control); };
`
}

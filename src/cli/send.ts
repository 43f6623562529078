import {writeAddress, type Address} from '../base/address.ts'
import {Fault} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {Report} from '../base/report.ts'
import type {World} from '../cli.ts'
import {stateFolder} from '../config/find.ts'
import {standardInput} from '../host/standard-input.ts'
import {sendLines, type SendRequest, type Sent} from '../server/client.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {sayFinding} from '../text/say.ts'
import {writing} from '../text/writing.ts'
import {progressFor, readConfig, type SceneFlags} from './scene.ts'

export interface SendWish {
  readonly input: string
  readonly to?: Address | undefined
  readonly plain: boolean
  readonly session?: string | undefined
  readonly ack?: Acknowledged['ack'] | undefined
  readonly window?: number | undefined
  readonly source?: string | undefined
  readonly from?: Acknowledged['from']
  readonly cursor?: string | undefined
  readonly timeout?: number | undefined
}

type Acknowledged = NonNullable<SendRequest['acknowledged']>

// At most so many lines are under way; more gained nothing over a disk that syncs in 5 ms.
const windowDefault = 100_000

/** `send`: hands the lines of a file or of standard input to a server, and ends when it has acknowledged all of them. */
export async function sendInput(world: World, flags: SceneFlags, wish: SendWish): Promise<Report> {
  const {host, stop} = world
  const {config} = await readConfig(flags, host)
  const server = wish.to ?? {host: config.server.host ?? '127.0.0.1', port: config.server.log_port ?? logPort}
  const folder = `${stateFolder(config.paths.state, host.machine)}/send`
  const progress = progressFor(world)
  const begunMs = host.clock.elapsed()
  progress.begin(wish.input)
  try {
    const sent = await sendLines(host, {
      server,
      input: wish.input === '-' ? standardInput() : absolute(wish.input, host.machine.cwd),
      acknowledged: wish.plain ? undefined : acknowledgedBy(wish, host.machine.cwd, folder),
      timeoutMs: wish.timeout,
      stop,
      onProgress: (bytes, size) => {
        if (size !== undefined) progress.begin(wish.input, {position: `${Math.floor((100 * bytes) / size)}%`})
      }
    })
    return reportOf(world, {sent, wish, server, tookMs: host.clock.elapsed() - begunMs})
  } finally {
    await progress.close()
  }
}

const logPort = 9999

function acknowledgedBy(wish: SendWish, cwd: string, folder: string): Acknowledged {
  const {ack = 'commit', window = windowDefault, source, session, from, cursor} = wish
  return {ack, window, source, session, from, cursor: cursor === undefined ? {folder} : {path: absolute(cursor, cwd)}}
}

function absolute(path: string, cwd: string): string {
  return path.startsWith('/') ? path : `${cwd === '/' ? '' : cwd}/${path}`
}

interface Outcome {
  readonly sent: Sent
  readonly wish: SendWish
  readonly server: Address
  readonly tookMs: number
}

function reportOf({style}: World, outcome: Outcome): Report {
  const {sent, wish, server, tookMs} = outcome
  const {language, zone, detail} = style.reading
  const status = statusOf(sent)
  const {text} = sayFinding(resultOf(outcome, status), catalogueOf(language), writing(zone))
  const isTold = status === 'partial' || (status !== 'failed' && detail !== 'quiet')
  const errors = sent.how instanceof Fault ? [sent.how] : []
  return {
    command: 'send',
    status,
    changed: sent.lines > 0 ? [writeAddress(server)] : [],
    checks: [],
    warnings: sent.warnings,
    errors: sent.rejected === undefined ? errors : [...errors, sent.rejected],
    body: {lines: isTold ? [text] : [], fields: fieldsOf(wish, sent, tookMs)}
  }
}

function statusOf({how, lines, rejected}: Sent): 'done' | 'nothing' | 'partial' | 'failed' {
  const isComplete = how === 'complete' && rejected === undefined
  if (isComplete) return lines > 0 ? 'done' : 'nothing'
  return lines > 0 || !(how instanceof Fault) ? 'partial' : 'failed'
}

function resultOf({sent, wish, tookMs}: Outcome, status: ReturnType<typeof statusOf>): Finding {
  const {lines, bytes, upTo, resentLines: resent, reconnects} = sent
  const told = {input: wish.input, lines, bytes, tookMs}
  if (status === 'nothing') return finding('send-nothing', {input: wish.input, lines: upTo})
  if (wish.plain) return finding('send-unacknowledged', told)
  return status === 'done' ? finding('send-done', {...told, resent, reconnects}) : finding('send-part', {...told, upTo})
}

function fieldsOf({input, plain}: SendWish, sent: Sent, tookMs: number): Readonly<Record<string, unknown>> {
  return {
    input,
    session: sent.session,
    cursor: sent.cursorPath,
    lines: sent.lines,
    bytes: sent.bytes,
    seconds: Math.round(tookMs) / 1000,
    acknowledged_up_to: plain ? null : sent.upTo,
    resent: sent.resentLines,
    reconnects: sent.reconnects,
    cut: sent.longLines
  }
}

import {boolean, custom, string} from '@oclif/core/flags'
import type {AlphabetLowercase, AlphabetUppercase, InferredFlags, OptionFlag} from '@oclif/core/interfaces'
import {Fault} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {Opened} from '../config/read.ts'
import {serverSettings, type ServerSettings} from '../config/server-settings.ts'
import {nullable, path, whole, type Kind, type Setting} from '../config/shape.ts'
import type {Machine} from '../host/machine.ts'
import {reader} from './flags.ts'

const {fields} = serverSettings

/** A port that a flag names may also be 0, which takes any that is free. */
const port = nullable(whole({min: 0, max: 65535}))

/** The settings of the server as flags, with the same words and bounds, and what the original server was called with. */
export const serverFlags = {
  'log-port': flagOf('log-port', fields.log_port, {char: 'p', helpValue: 'N', kind: port}),
  'query-port': flagOf('query-port', fields.query_port, {char: 'q', helpValue: 'N', kind: port}),
  'http-port': flagOf('http-port', fields.http_port, {helpValue: 'N', kind: port}),
  listen: flagOf('listen', fields.listen, {helpValue: 'ADDR'}),
  insecure: boolean({summary: fields.insecure.about.en}),
  'data-dir': string({char: 'd', summary: fields.data_dir.about.en, helpValue: 'DIR'}),
  persist: boolean({char: 'P', summary: 'The same with the folder of paths.data'}),
  durability: flagOf('durability', fields.durability, {helpValue: 'none|os|interval|commit'}),
  'ring-lines': flagOf('ring-lines', fields.ring_lines, {helpValue: 'N'}),
  'ring-bytes': flagOf('ring-bytes', fields.ring_bytes, {helpValue: 'SIZE'}),
  'max-line': flagOf('max-line', fields.max_line, {helpValue: 'SIZE'}),
  'retain-bytes': flagOf('retain-bytes', fields.retain_bytes, {helpValue: 'SIZE'}),
  'retain-age': flagOf('retain-age', fields.retain_age, {helpValue: 'TIME'}),
  'file-size': custom<number>({
    char: 's',
    summary: 'Size of one of the ten files that the original server kept; stands for retain-bytes, and for -P',
    helpValue: 'MB',
    parse: reader(whole({min: 1, max: 1_000_000}), 'file-size')
  })(),
  'min-free': flagOf('min-free', fields.min_free, {helpValue: 'SIZE'}),
  'queue-bytes': flagOf('queue-bytes', fields.queue_bytes, {helpValue: 'SIZE'}),
  'max-clients': flagOf('max-clients', fields.max_clients, {char: 'c', helpValue: 'N'}),
  'lenient-query': boolean({summary: fields.lenient_query.about.en}),
  drain: flagOf('drain', fields.drain, {helpValue: 'TIME'}),
  'port-file': string({summary: 'Write the ports into this file once all of them answer', helpValue: 'FILE'}),
  irc: boolean({char: 'i', summary: 'There is no IRC gateway yet: only a warning comes of it'}),
  'irc-port': custom<number>({
    char: 'I',
    summary: 'The same',
    helpValue: 'N',
    parse: reader(whole({min: 0, max: 65535}), 'irc-port')
  })()
}

interface Form<Value> {
  readonly char?: AlphabetLowercase | AlphabetUppercase
  readonly helpValue: string
  /** What the flag takes, where that is more than the setting does. */
  readonly kind?: Kind<Value>
}

function flagOf<Value>(
  name: string,
  setting: Setting<Value>,
  {char, helpValue, kind = setting.kind}: Form<Value>
): OptionFlag<Value | undefined> {
  const summary = setting.about.en
  const parse: (text: string) => Promise<unknown> = reader(kind, name)
  // oclif tells values from lists of them by their type, which it cannot while that is open.
  return custom<unknown>({summary, helpValue, parse, ...(char === undefined ? {} : {char})})() as OptionFlag<
    Value | undefined
  >
}

/** The same for `up`, which keeps what it takes also where nobody says in which folder. */
export const upFlags = {
  ...serverFlags,
  'data-dir': string({
    char: 'd',
    summary: 'Folder that keeps what is taken; unset: server in the state folder',
    helpValue: 'DIR'
  })
}

export type ServerFlags = Partial<InferredFlags<typeof serverFlags>>

export interface Wanted {
  readonly settings: ServerSettings
  /** What was asked for and is not done, or in another way than it was. */
  readonly notes: readonly Finding[]
}

// As many files of one size as the original server kept.
const filesKept = 10
const mebi = 1 << 20

/** What the server is to run with: flags over settings, and what the original server took from elsewhere. */
export function wanted(
  {config, origins}: Opened,
  flags: ServerFlags,
  {env, cwd}: Pick<Machine, 'env' | 'cwd'>
): Wanted {
  const given = Object.keys(fields).flatMap((name): [string, unknown][] => {
    const value = (flags as Readonly<Record<string, unknown>>)[name.replaceAll('_', '-')]
    // A flag that takes no value is false when it is not there.
    return value === undefined || value === false ? [] : [[name, value]]
  })
  const merged = {...config.server, ...(Object.fromEntries(given) as Partial<ServerSettings>)}
  const fileSize = flags['file-size']
  const isKept = flags.persist === true || fileSize !== undefined
  const settings: ServerSettings = {
    ...merged,
    data_dir: folderOf(flags['data-dir'], cwd) ?? merged.data_dir ?? (isKept ? config.paths.data : null),
    ring_lines: flags['ring-lines'] ?? linesFrom(env, origins) ?? merged.ring_lines,
    retain_bytes: flags['retain-bytes'] ?? (fileSize === undefined ? merged.retain_bytes : filesKept * fileSize * mebi)
  }
  return {settings, notes: notesOn(flags, env)}
}

function notesOn(flags: ServerFlags, env: Machine['env']): readonly Finding[] {
  const unused = ['WRITE_BATCH_SIZE', 'THREAD_POOL_SIZE'].filter((name) => (env[name] ?? '') !== '')
  return [
    ...unused.map((name) => finding('server-variable-unused', {name})),
    ...(flags.irc === true || flags['irc-port'] !== undefined ? [finding('server-irc-absent', {})] : []),
    ...(flags['file-size'] === undefined || flags['retain-bytes'] !== undefined
      ? []
      : [finding('server-size-mapped', {megabytes: flags['file-size'], files: filesKept})])
  ]
}

/** People name folders from where they stand. */
export function folderOf(given: string | undefined, cwd: string): string | undefined {
  if (given === undefined) return undefined
  const absolute = path().parse(given.startsWith('/') ? given : `${cwd}/${given.replace(/^(?:\.\/+)+/, '')}`)
  if (absolute !== undefined && given !== '') return absolute
  throw new Fault('usage-bad-value', {flag: '--data-dir', value: given, expected: 'absolute-path'})
}

/** The variable of the original server, where none of ours and no flag says it. */
function linesFrom(env: Machine['env'], origins: Opened['origins']): number | undefined {
  const text = env['BUFFER_SIZE'] ?? ''
  const origin = origins.get('server.ring_lines')
  if (text === '' || origin === 'environment' || origin === 'flag') return undefined
  const {kind} = fields.ring_lines
  const lines = kind.parse(text)
  if (lines !== undefined) return lines
  const key = 'server.ring_lines'
  throw new Fault('config-bad-override', {source: 'environment BUFFER_SIZE', key, value: text, expected: kind.expects})
}

import type {Durability} from '../store/store.ts'

/** The first line of a LOGCASTER/1 connection: `LOGCASTER/1 session=web1-7f3a ack=commit window=2000 format=auto source=web1`. */
export interface Hello {
  readonly session: string
  readonly level: AckLevel
  readonly window: number
  readonly format: 'auto' | 'octet'
  readonly source: string | undefined
}

/** What an `ACK` promises: the record was parsed, survives the end of the process, survives the loss of power. */
export type AckLevel = 'none' | 'os' | 'commit'

/** `-ERR CODE text`, in parts. */
export interface Refusal {
  readonly code: 'VERSION' | 'HELLO' | 'SESSION' | 'SOURCE' | 'LEVEL' | 'WINDOW' | 'FORMAT'
  readonly why: string
}

// A line with every key at its longest takes 230 bytes; the rest is room for keys to come.
export const helloBytesMax = 1024
const windowDefault = 2000
// What waits for the disk is bounded by the queue; this only keeps the figure one that a client can mean.
const windowMax = 1_000_000

const keys = ['session', 'ack', 'window', 'format', 'source']

export function parseHello(line: string, durability: Durability): Hello | Refusal {
  const [version, ...pairs] = line.replace(/\r$/, '').split(' ')
  if (line.length > helloBytesMax) return {code: 'HELLO', why: `the first line is longer than ${helloBytesMax} bytes`}
  if (version !== 'LOGCASTER/1') return {code: 'VERSION', why: 'this server speaks LOGCASTER/1'}
  const values = readPairs(pairs)
  return 'code' in values ? values : readValues(values, durability)
}

interface Pairs {
  readonly given: ReadonlyMap<string, string>
}

function readPairs(pairs: readonly string[]): Pairs | Refusal {
  const given = new Map<string, string>()
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = pair.slice(0, Math.max(equals, 0))
    if (!keys.includes(key)) return {code: 'HELLO', why: `${shown(pair)}: the keys are ${keys.join(', ')}`}
    if (given.has(key)) return {code: 'HELLO', why: `${key} is given twice`}
    given.set(key, pair.slice(equals + 1))
  }
  return {given}
}

function readValues({given}: Pairs, durability: Durability): Hello | Refusal {
  const session = given.get('session') ?? ''
  if (!isName(session)) return {code: 'SESSION', why: `session=${shown(session)}: ${nameRule}`}
  const source = given.get('source')
  if (source !== undefined && !isName(source)) return {code: 'SOURCE', why: `source=${shown(source)}: ${nameRule}`}
  const level = readLevel(given.get('ack'), durability)
  if (typeof level !== 'string') return level
  const window = readWindow(given.get('window'))
  if (typeof window !== 'number') return window
  const format = given.get('format') ?? 'auto'
  if (format !== 'auto' && format !== 'octet') return {code: 'FORMAT', why: `format=${shown(format)}: auto or octet`}
  return {session, source, level, window, format}
}

const nameRule = '1 to 64 of A-Z a-z 0-9 . _ : -'

function isName(text: string): boolean {
  return /^[A-Za-z0-9._:-]{1,64}$/.test(text)
}

/** The highest level first that a server can give at its durability. */
const levelsOf: Readonly<Record<Durability, readonly [AckLevel, ...AckLevel[]]>> = {
  none: ['none'],
  os: ['os', 'none'],
  interval: ['os', 'none'],
  commit: ['commit', 'os', 'none']
}

function readLevel(asked: string | undefined, durability: Durability): AckLevel | Refusal {
  const levels = levelsOf[durability]
  const level = asked === undefined ? levels[0] : levels.find((offered) => offered === asked)
  return level ?? {code: 'LEVEL', why: refusedLevel(asked ?? '', durability)}
}

function refusedLevel(asked: string, durability: Durability): string {
  if (asked === 'cluster') return 'ack=cluster needs --engine'
  if (asked !== 'os' && asked !== 'commit') return `ack=${shown(asked)}: none, os or commit`
  return `ack=${asked} needs --data-dir and --durability ${asked}, this server runs with ${durability}`
}

/** More than the largest window is no fault: the answer says how much is granted. */
function readWindow(asked: string | undefined): number | Refusal {
  if (asked === undefined) return windowDefault
  if (/^0*[1-9]\d*$/.test(asked)) return Math.min(Number(asked), windowMax)
  return {code: 'WINDOW', why: `window=${shown(asked)}: 1 to ${windowMax}`}
}

/** What a stranger sent, short and without bytes that act on a terminal. */
function shown(text: string): string {
  return text.slice(0, 40).replace(/[^!-~]/g, '?')
}

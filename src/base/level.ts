import {afterPriority, afterStamp} from './stamp.ts'

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'unknown'

/**
 * The level of a line, from its first 256 characters alone, as if it ended there. A syslog priority at the start
 * decides by its severity. Otherwise the first tier that knows a level decides; one that knows two different levels
 * makes it `unknown`:
 *
 * 1. a word at the start of the line or after its time, `ERROR: …`, `error …`, and klog's `E0806 …`;
 * 2. words alone in square or angle brackets, `[error]`, `[WARN ]`, `[core:error]`, `<Error>`;
 * 3. values of the level keys, `level=error`, `"severity": "WARN"`, `"level":50`; for a line that begins with `{`
 *    this tier comes first, since such a line says its level in a key and quotes anything in its message;
 * 4. words in capitals between blanks, ` ERROR `; a colon may follow.
 *
 * A word is a whole run of letters, digits, `_`, `-`, `.`, `@`, `%` and anything outside ASCII, so that `errors`,
 * `error_count`, `error-free` and `error.log` are other words; `error=` is a key, not a level.
 */
export function levelOf(line: string): Level {
  const head = line.length > headMax ? line.slice(0, headMax) : line
  const priorityEnd = afterPriority(head)
  if (priorityEnd > 0) return severityLevels[Number(head.slice(1, priorityEnd - 1)) % 8] ?? 'unknown'
  const isJson = head.startsWith('{')
  return (
    (isJson ? levelInKeys(head) : undefined) ??
    levelAtStart(head) ??
    levelInBrackets(head) ??
    levelInKeys(head) ??
    levelBetweenBlanks(head) ??
    'unknown'
  )
}

const headMax = 256

const severityLevels: readonly Level[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug']

const wordLevels: ReadonlyMap<string, Level> = new Map([
  ['trace', 'trace'],
  ['trc', 'trace'],
  ['debug', 'debug'],
  ['dbg', 'debug'],
  ['info', 'info'],
  ['inf', 'info'],
  ['information', 'info'],
  ['notice', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['wrn', 'warn'],
  ['error', 'error'],
  ['err', 'error'],
  ['severe', 'error'],
  ['fatal', 'fatal'],
  ['ftl', 'fatal'],
  ['critical', 'fatal'],
  ['crit', 'fatal'],
  ['alert', 'fatal'],
  ['emerg', 'fatal'],
  ['emergency', 'fatal'],
  ['panic', 'fatal']
])
const wordLengthMin = 3
const wordLengthMax = 11

/** A number under a level key: tens are pino's, up to 7 it is a syslog severity, and the rest up to 24 is OpenTelemetry. */
const numberLevels: readonly (Level | undefined)[] = Array.from({length: 61}, (_, number) => {
  const rising: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
  if (number > 0 && number % 10 === 0) return rising[number / 10 - 1]
  return number < 8 ? severityLevels[number] : number <= 24 ? rising[Math.floor((number - 1) / 4)] : undefined
})

const klogLevels: ReadonlyMap<string, Level> = new Map([
  ['I', 'info'],
  ['W', 'warn'],
  ['E', 'error'],
  ['F', 'fatal']
])

function levelAtStart(line: string): Level | undefined {
  const stampEnd = afterStamp(line)
  let at = stampEnd
  if (stampEnd > 0) while (isSeparator(line.charCodeAt(at))) at += 1
  const end = wordEnd(line, at)
  if (line.charCodeAt(end) === equalsSign) return undefined
  return wordLevel(line, at, end) ?? klogLevel(line.slice(at, Math.min(end, at + 6)))
}

function klogLevel(word: string): Level | undefined {
  return /^[IWEF]\d{4}$/.test(word) ? klogLevels.get(word.charAt(0)) : undefined
}

function levelInBrackets(line: string): Level | undefined {
  return both(levelBetween(line, '[', ']'), levelBetween(line, '<', '>'))
}

function levelBetween(line: string, open: string, close: string): Level | undefined {
  let level: Level | undefined
  for (let at = line.indexOf(open); at !== -1; at = line.indexOf(open, at + 1)) {
    let start = skipBlanks(line, at + 1)
    let end = wordEnd(line, start)
    // Apache names its module before the level.
    if (line.charCodeAt(end) === colon) {
      start = end + 1
      end = wordEnd(line, start)
    }
    if (line.startsWith(close, skipBlanks(line, end))) level = both(level, wordLevel(line, start, end))
  }
  return level
}

const levelKeys = new Set(['level', 'lvl', 'severity', 'severity_text', 'log.level', 'loglevel', 'levelname', '@l'])
const keyLengthMax = 13

function levelInKeys(line: string): Level | undefined {
  if (!line.includes('=') && !line.includes('"')) return undefined
  let level: Level | undefined
  for (let at = 0; at < line.length; at += 1) {
    const end = wordEnd(line, at)
    const valueStart = valueOfKey(line, at, end)
    const isLevelKey = valueStart > 0 && end - at <= keyLengthMax && levelKeys.has(line.slice(at, end).toLowerCase())
    if (isLevelKey) level = both(level, valueLevel(line, valueStart))
    at = end
  }
  return level
}

/** Where the value begins after `key=` or `"key": `, inside its quotes; 0 when the word is no key. */
function valueOfKey(line: string, start: number, end: number): number {
  let at = end + 1
  if (line.charCodeAt(end) === quote && line.charCodeAt(start - 1) === quote) {
    at = skipBlanks(line, at)
    if (line.charCodeAt(at) !== colon) return 0
    at = skipBlanks(line, at + 1)
  } else if (end === start || line.charCodeAt(end) !== equalsSign) return 0
  return line.charCodeAt(at) === quote ? at + 1 : at
}

function valueLevel(line: string, at: number): Level | undefined {
  const end = wordEnd(line, at)
  const value = end - at <= 2 ? line.slice(at, end) : ''
  return /^\d{1,2}$/.test(value) ? numberLevels[Number(value)] : wordLevel(line, at, end)
}

function levelBetweenBlanks(line: string): Level | undefined {
  let level: Level | undefined
  for (let at = 0; at < line.length; at += 1) {
    if (!isCapital(line.charCodeAt(at)) || (at > 0 && !isBlank(line.charCodeAt(at - 1)))) continue
    const end = wordEnd(line, at)
    const next = line.charCodeAt(end) === colon ? end + 1 : end
    const isApart = next >= line.length || isBlank(line.charCodeAt(next))
    if (isApart && isAllCapitals(line, at, end)) level = both(level, wordLevel(line, at, end))
  }
  return level
}

/** What two findings of one tier say together. */
function both(before: Level | undefined, found: Level | undefined): Level | undefined {
  if (before === undefined || found === undefined) return before ?? found
  return before === found ? found : 'unknown'
}

function wordLevel(line: string, start: number, end: number): Level | undefined {
  const length = end - start
  if (length < wordLengthMin || length > wordLengthMax) return undefined
  return wordLevels.get(line.slice(start, end).toLowerCase())
}

function wordEnd(line: string, at: number): number {
  let end = at
  while (end < line.length && isOfWord(line.charCodeAt(end))) end += 1
  return end
}

const colon = 0x3a
const quote = 0x22
const equalsSign = 0x3d

/** 1 for every ASCII character that a word can have. */
const wordTable = Uint8Array.from({length: 128}, (_, code) => (/[\w.@%-]/.test(String.fromCharCode(code)) ? 1 : 0))

function isOfWord(code: number): boolean {
  return code >= 0x80 || wordTable[code] === 1
}

function isAllCapitals(line: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isCapital(line.charCodeAt(at))) return false
  return true
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function skipBlanks(line: string, at: number): number {
  let next = at
  while (isBlank(line.charCodeAt(next))) next += 1
  return next
}

/** What formats put between the time and the level: blanks, `:`, `,`, `;`, `|`, `-`. */
function isSeparator(code: number): boolean {
  return isBlank(code) || code === colon || code === 0x2c || code === 0x3b || code === 0x7c || code === 0x2d
}

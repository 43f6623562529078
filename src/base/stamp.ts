/**
 * The time that stands at the start of a log line:
 *
 *     2026-10-10T13:55:36.123Z   2026-10-10 13:55:36,123   2026/10/10 13:55:36   [2026-10-10 13:55:36 +0200]
 *     <13>1 2026-10-10T13:55:36Z   Oct 10 13:55:36   [Sat Oct 10 13:55:36.123 2026]
 *     127.0.0.1 - - [10/Oct/2026:13:55:36 +0000]   1791640536   1791640536.123   1791640536123 (also µs and ns)
 *     {"time":1791640536123,…}   {"@timestamp":"2026-10-10T13:55:36Z",…}   time="2026-10-10T13:55:36Z" level=…
 *
 * A time without zone is one of this machine. All scanners read fixed places or a bounded start, so no line is slow.
 */
export interface StampContext {
  readonly nowMs: number
}

const dayMs = 86_400_000
// Older or later than this, a number at the start of a line is more likely something else than its time.
const pastMsMax = 400 * dayMs
const futureMsMax = dayMs

/** Milliseconds since 1970, or undefined for a line without a believable time of its own. */
export function stampOf(line: string, context: StampContext): number | undefined {
  const moment = line.charCodeAt(0) === code('{') ? momentInJson(line) : momentAtStart(line)
  if (moment === undefined) return undefined
  const ms =
    moment.epochMs ??
    (moment.year === undefined ? nearestYear(moment, context.nowMs) : millisecondsOf(moment, moment.year))
  return ms >= context.nowMs - pastMsMax && ms <= context.nowMs + futureMsMax ? ms : undefined
}

/** Where the line goes on after its time, with the bracket that closes it; 0 when there is none at the start. */
export function afterStamp(line: string): number {
  const end = momentAtStart(line)?.end ?? 0
  return end > 0 && line.charCodeAt(end) === code(']') ? end + 1 : end
}

/** Where the line goes on after a syslog priority `<0>`…`<191>`; 0 when there is none. */
export function afterPriority(line: string): number {
  if (line.charCodeAt(0) !== code('<')) return 0
  const end = digitsEnd(line, 1, 3)
  const isPriority = end > 1 && line.charCodeAt(end) === code('>') && Number(line.slice(1, end)) <= 191
  return isPriority ? end + 1 : 0
}

interface Moment {
  /** Set when the time was written as one number; the other fields then mean nothing. */
  epochMs: number | undefined
  year: number | undefined
  /** From 0, as in `Date`. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
  millisecond: number
  offsetMinutes: number | undefined
  end: number
}

function momentAtStart(line: string): Moment | undefined {
  const first = line.charCodeAt(0)
  if (first === code(' ') || first === code('\t')) return undefined
  let at = afterPriority(line)
  // RFC 5424 has its version between the priority and the time.
  if (at > 0 && line.charCodeAt(at) === code('1') && line.charCodeAt(at + 1) === code(' ')) at += 2
  if (line.charCodeAt(at) === code('[')) at += 1
  else if (at === 0 && isLetter(first)) at = afterTimeKey(line)
  return isoAt(line, at) ?? epochAt(line, at) ?? syslogAt(line, at) ?? commonLogIn(line)
}

/** `2026-10-10T13:55:36`, with `/` in the date and a blank instead of `T` as well. */
function isoAt(line: string, at: number): Moment | undefined {
  const separator = line.charCodeAt(at + 4)
  if ((separator !== code('-') && separator !== code('/')) || line.charCodeAt(at + 7) !== separator) return undefined
  const between = line.charCodeAt(at + 10) | 0x20
  if (between !== code('t') && between !== code(' ')) return undefined
  const year = digitsAt(line, at, 4)
  const month = digitsAt(line, at + 5, 2) - 1
  const moment = clockAt(line, at + 11, {year, month, day: digitsAt(line, at + 8, 2)})
  return moment !== undefined && year >= 0 ? withZone(line, moment) : undefined
}

/** Seconds, milli-, micro- or nanoseconds since 1970, told apart by the number of digits. */
function epochAt(line: string, at: number): Moment | undefined {
  const end = digitsEnd(line, at, 20)
  const count = end - at
  if (count !== 10 && count !== 13 && count !== 16 && count !== 19) return undefined
  const fraction = line.charCodeAt(end) === code('.') ? fractionAt(line, end) : {millisecond: 0, end}
  const next = line.charCodeAt(fraction.end)
  if (isLetter(next) || isDigit(next) || next === code('-') || next === code('.') || next === code('_'))
    return undefined
  const epochMs =
    count === 10 ? Number(line.slice(at, end)) * 1000 + fraction.millisecond : Number(line.slice(at, at + 13))
  return {...midnight({year: undefined, month: 0, day: 1}), epochMs, end: fraction.end}
}

/** `Oct 10 13:55:36`, and with a weekday before it and the year after it as Apache writes its errors. */
function syslogAt(line: string, at: number): Moment | undefined {
  if (!isLetter(line.charCodeAt(at))) return undefined
  const hasWeekday = weekdays.includes(line.slice(at, at + 3)) && line.charCodeAt(at + 3) === code(' ')
  const start = hasWeekday ? at + 4 : at
  const month = months.indexOf(line.slice(start, start + 3))
  if (month === -1 || line.charCodeAt(start + 3) !== code(' ') || line.charCodeAt(start + 6) !== code(' ')) {
    return undefined
  }
  const isPadded = line.charCodeAt(start + 4) === code(' ')
  const day = isPadded ? digitsAt(line, start + 5, 1) : digitsAt(line, start + 4, 2)
  const moment = clockAt(line, start + 7, {year: undefined, month, day})
  if (moment === undefined || !hasWeekday || line.charCodeAt(moment.end) !== code(' ')) return moment
  const year = digitsAt(line, moment.end + 1, 4)
  return year < 0 ? moment : {...moment, year, end: moment.end + 5}
}

// Three fields of an access log come first; longer ones than this are none we know.
const commonLogPrefixMax = 256

/** `[10/Oct/2026:13:55:36 +0000]` after the host, the identity and the user. */
function commonLogIn(line: string): Moment | undefined {
  const head = line.length > commonLogPrefixMax ? line.slice(0, commonLogPrefixMax) : line
  for (let at = head.indexOf('['); at !== -1; at = head.indexOf('[', at + 1)) {
    const month = line.charCodeAt(at + 3) === code('/') ? months.indexOf(line.slice(at + 4, at + 7)) : -1
    if (month === -1 || line.charCodeAt(at + 7) !== code('/') || line.charCodeAt(at + 12) !== code(':')) continue
    const year = digitsAt(line, at + 8, 4)
    const moment = clockAt(line, at + 13, {year, month, day: digitsAt(line, at + 1, 2)})
    if (moment !== undefined && year >= 0) return withZone(line, moment)
  }
  return undefined
}

const timeKeys = ['@timestamp', 'timestamp', 'time', 'ts', '_time', 'date', 't']
// A JSON record has its time near its start; one that hides it behind this much is dated by the line before it.
const jsonScanMax = 4096

/** The first key that holds a time, in the order of `timeKeys`. */
function momentInJson(line: string): Moment | undefined {
  const head = line.length > jsonScanMax ? line.slice(0, jsonScanMax) : line
  for (const key of timeKeys) {
    const quoted = `"${key}"`
    for (let found = head.indexOf(quoted); found !== -1; found = head.indexOf(quoted, found + quoted.length)) {
      const at = valueAt(head, found + quoted.length)
      const moment = isoAt(head, at) ?? epochAt(head, at)
      if (moment !== undefined) return moment
    }
  }
  return undefined
}

/** Where the value begins behind `"key"`, inside its quotes. A text that only looks like a key has no time there. */
function valueAt(line: string, at: number): number {
  let next = at
  while (line.charCodeAt(next) === code(' ')) next += 1
  if (line.charCodeAt(next) !== code(':')) return line.length
  next += 1
  while (line.charCodeAt(next) === code(' ')) next += 1
  return line.charCodeAt(next) === code('"') ? next + 1 : next
}

/** Behind `time=` or `ts="`, with which lines of `key=value` begin; 0 for any other line. */
function afterTimeKey(line: string): number {
  const key = timeKeys.find(
    (candidate) => line.startsWith(candidate) && line.charCodeAt(candidate.length) === code('=')
  )
  if (key === undefined) return 0
  return line.charCodeAt(key.length + 1) === code('"') ? key.length + 2 : key.length + 1
}

interface Day {
  readonly year: number | undefined
  readonly month: number
  readonly day: number
}

/** `13:55:36`, `13:55:36.123`, `13:55:36,123`. */
function clockAt(line: string, at: number, date: Day): Moment | undefined {
  if (line.charCodeAt(at + 2) !== code(':') || line.charCodeAt(at + 5) !== code(':')) return undefined
  const moment = midnight(date)
  moment.hour = digitsAt(line, at, 2)
  moment.minute = digitsAt(line, at + 3, 2)
  moment.second = digitsAt(line, at + 6, 2)
  const {hour, minute, second} = moment
  const isTime = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60
  if (!isTime || !isDayOf(date.year, date.month, date.day)) return undefined
  const {millisecond, end} = fractionAt(line, at + 8)
  moment.millisecond = millisecond
  moment.end = end
  return moment
}

/** `Z`, `+02:00`, `+0200`, `+02`, also after a blank, and ` UTC`. Without one the time stays local. */
function withZone(line: string, moment: Moment): Moment {
  const isApart = line.charCodeAt(moment.end) === code(' ')
  const at = isApart ? moment.end + 1 : moment.end
  const sign = line.charCodeAt(at)
  if (sign === code('+') || sign === code('-')) {
    const hours = digitsAt(line, at + 1, 2)
    const minutesAt = line.charCodeAt(at + 3) === code(':') ? at + 4 : at + 3
    const minutes = digitsAt(line, minutesAt, 2)
    // Behind a blank only the full form is a zone: ` -12` may be anything.
    if (hours < 0 || hours > 23 || minutes > 59 || (isApart && minutes < 0)) return moment
    moment.offsetMinutes = (sign === code('-') ? -1 : 1) * (hours * 60 + Math.max(0, minutes))
    moment.end = minutes < 0 ? at + 3 : minutesAt + 2
  } else if (!isApart && (sign === code('Z') || sign === code('z'))) {
    moment.offsetMinutes = 0
    moment.end = at + 1
  } else if (
    isApart &&
    (line.startsWith('UTC', at) || line.startsWith('GMT', at)) &&
    !isLetter(line.charCodeAt(at + 3))
  ) {
    moment.offsetMinutes = 0
    moment.end = at + 3
  }
  return moment
}

function millisecondsOf(moment: Moment, year: number): number {
  const {month, day, hour, minute, second, millisecond, offsetMinutes} = moment
  if (offsetMinutes === undefined) return new Date(year, month, day, hour, minute, second, millisecond).getTime()
  return Date.UTC(year, month, day, hour, minute, second, millisecond) - offsetMinutes * 60_000
}

/** Without a year: the one that puts the time nearest to now. */
function nearestYear(moment: Moment, nowMs: number): number {
  const thisYear = new Date(nowMs).getFullYear()
  let best = Number.NaN
  for (const year of [thisYear, thisYear - 1, thisYear + 1]) {
    if (!isDayOf(year, moment.month, moment.day)) continue
    const ms = millisecondsOf(moment, year)
    if (!(Math.abs(best - nowMs) <= Math.abs(ms - nowMs))) best = ms
    // No other year can be nearer than half a year.
    if (Math.abs(best - nowMs) < 182 * dayMs) break
  }
  return best
}

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isDayOf(year: number | undefined, month: number, day: number): boolean {
  if (!(day >= 1 && day <= (daysOfMonth[month] ?? 0))) return false
  const isLeap = year === undefined || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
  return month !== 1 || day < 29 || isLeap
}

function midnight({year, month, day}: Day): Moment {
  return {
    epochMs: undefined,
    year,
    month,
    day,
    hour: 0,
    minute: 0,
    second: 0,
    millisecond: 0,
    offsetMinutes: undefined,
    end: 0
  }
}

/** Milliseconds of `.123456` or `,123`; what is finer is cut off. */
function fractionAt(line: string, at: number): {readonly millisecond: number; readonly end: number} {
  const mark = line.charCodeAt(at)
  const end = mark === code('.') || mark === code(',') ? digitsEnd(line, at + 1, 12) : at
  if (end <= at + 1) return {millisecond: 0, end: at}
  return {millisecond: Number(line.slice(at + 1, Math.min(end, at + 4)).padEnd(3, '0')), end}
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** The number in exactly that many digits, or -1. */
function digitsAt(line: string, at: number, count: number): number {
  let value = 0
  for (let index = at; index < at + count; index += 1) {
    const digit = line.charCodeAt(index) - 48
    // Also false for NaN, past the end of the line.
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value
}

function digitsEnd(line: string, at: number, countMax: number): number {
  let end = at
  while (end < at + countMax && isDigit(line.charCodeAt(end))) end += 1
  return end
}

function isDigit(character: number): boolean {
  return character >= 48 && character <= 57
}

function isLetter(character: number): boolean {
  const lower = character | 0x20
  return lower >= 97 && lower <= 122
}

function code(character: string): number {
  return character.charCodeAt(0)
}

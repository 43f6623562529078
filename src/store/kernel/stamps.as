/** The time at the start of a line: only where it ends, and that it is one. The same as `afterStamp` in base/stamp.ts. */
import {digitsEnd, fourDigits, isBlank, isDigit, isLetter, lowBytes, none, noYear, twoDigits} from './characters'
import {minuteAt} from './places'

const anyLeapYear: u32 = 2000

export function initStamps(): void {
  // Any valid minute will do: 2000-01-01T00:00
  v128.store(minuteAt, i8x16(50, 48, 48, 48, 45, 48, 49, 45, 48, 49, 84, 48, 48, 58, 48, 48))
}

// The most usual one, `2026-10-10T13:55:36.123Z`, in the minute of the one before it.
export function isUsualStamp(at: usize): bool {
  if (v128.any_true(v128.xor(v128.load(at), v128.load(minuteAt)))) return false
  // `:36.123Z`: what is left of the digits is below 10, below 6 for the first one, and the other characters are gone.
  const rest = load<u64>(at, 16) ^ 0x5a3030302e30303a
  return (((rest + 0x0006060600060a00) | rest) & 0xfff0f0f0fff0f0ff) == 0
}

// Where the line goes on after its time, which begins after `[` or `time=`; 0 when there is none.
export function afterStamp(at: usize): usize {
  const first = <u32>load<u8>(at)
  if (!isDigit(first)) return isLetter(first) ? afterMonth(at) : 0
  const end = afterIso(at)
  return end != 0 ? end : afterEpoch(at)
}

// `2026-10-10T13:55:36`, with a fraction and a zone.
// @ts-ignore: decorator
@inline
function afterIso(at: usize): usize {
  // Most lines have the minute of the one before them.
  const minute = v128.load(at)
  if (v128.any_true(v128.xor(minute, v128.load(minuteAt)))) {
    if (!isMinute(at)) return 0
    v128.store(minuteAt, minute)
  }
  if (load<u8>(at + 16) != 58 || twoDigits(at + 17) > 60) return 0
  return afterZone(afterFraction(at + 19))
}

function isMinute(at: usize): bool {
  const separator = <u32>load<u8>(at + 4)
  if ((separator != 45 && separator != 47) || <u32>load<u8>(at + 7) != separator) return false
  const between = (<u32>load<u8>(at + 10)) | 0x20
  if (between != 116 && between != 32) return false
  const year = fourDigits(at)
  return year != noYear && isDay(year, twoDigits(at + 5), twoDigits(at + 8)) && isHourAndMinute(at + 11)
}

function isDay(year: u32, month: u32, day: u32): bool {
  if (month - 1 > 11 || day - 1 > 30) return false
  if (month == 2) return day < 29 || (day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
  // April, June, September, November.
  return day < 31 || ((0xa50 >> month) & 1) == 0
}

function isHourAndMinute(at: usize): bool {
  return twoDigits(at) < 24 && load<u8>(at + 2) == 58 && twoDigits(at + 3) < 60
}

// `13:55:36`, with a fraction.
function afterClock(at: usize): usize {
  if (!isHourAndMinute(at) || load<u8>(at + 5) != 58 || twoDigits(at + 6) > 60) return 0
  return afterFraction(at + 8)
}

function afterFraction(at: usize): usize {
  const mark = <u32>load<u8>(at)
  if (mark != 46 && mark != 44) return at
  const end = digitsEnd(at + 1, 12)
  return end > at + 1 ? end : at
}

// `Z`, `+02:00`, `+0200`, `+02`, the long ones also after a blank, and ` UTC`, ` GMT`.
function afterZone(end: usize): usize {
  let sign = <u32>load<u8>(end)
  if (sign == 90 || sign == 122) return end + 1
  const isApart = sign == 32
  const at = isApart ? end + 1 : end
  if (isApart) sign = <u32>load<u8>(at)
  if (sign == 43 || sign == 45) {
    const minutesAt = load<u8>(at + 3) == 58 ? at + 4 : at + 3
    const minutes = twoDigits(minutesAt)
    if (twoDigits(at + 1) > 23 || (minutes > 59 && (isApart || minutes != none))) return end
    return minutes == none ? at + 3 : minutesAt + 2
  }
  if (!isApart) return end
  const name = load<u32>(at) & 0xffffff
  const isName = name == 0x435455 || name == 0x544d47
  return isName && !isLetter(<u32>load<u8>(at + 3)) ? at + 3 : end
}

// Seconds, milli-, micro- or nanoseconds since 1970.
function afterEpoch(at: usize): usize {
  let end = digitsEnd(at, 20)
  const digits = <u32>(end - at)
  if (digits != 10 && digits != 13 && digits != 16 && digits != 19) return 0
  if (load<u8>(end) == 46) end = afterFraction(end)
  const next = <u32>load<u8>(end)
  return isLetter(next) || isDigit(next) || next == 45 || next == 46 || next == 95 ? 0 : end
}

// `Oct 10 13:55:36`, and with a weekday before it and the year after it.
export function afterMonth(at: usize): usize {
  // Names of months and of weekdays have three letters and a blank.
  if (load<u8>(at + 3) != 32) return 0
  const hasWeekday = isWeekday(load<u32>(at) & 0xffffff)
  const start = hasWeekday ? at + 4 : at
  const month = monthOf(load<u32>(start) & 0xffffff)
  if (month == none || load<u8>(start + 3) != 32 || load<u8>(start + 6) != 32) return 0
  if (!isDay(anyLeapYear, month, dayOf(start + 4))) return 0
  const end = afterClock(start + 7)
  if (end == 0 || !hasWeekday || load<u8>(end) != 32) return end
  return fourDigits(end + 1) == noYear ? end : end + 5
}

function dayOf(at: usize): u32 {
  if (load<u8>(at) != 32) return twoDigits(at)
  const digit = <u32>load<u8>(at + 1)
  return isDigit(digit) ? digit - 48 : none
}

function isWeekday(name: u32): bool {
  return (
    name == 0x6e6f4d || // Mon, Tue, and so on
    name == 0x657554 ||
    name == 0x646557 ||
    name == 0x756854 ||
    name == 0x697246 ||
    name == 0x746153 ||
    name == 0x6e7553
  )
}

function monthOf(name: u32): u32 {
  if (name == 0x6e614a) return 1 // Jan, Feb, and so on
  if (name == 0x626546) return 2
  if (name == 0x72614d) return 3
  if (name == 0x727041) return 4
  if (name == 0x79614d) return 5
  if (name == 0x6e754a) return 6
  if (name == 0x6c754a) return 7
  if (name == 0x677541) return 8
  if (name == 0x706553) return 9
  if (name == 0x74634f) return 10
  if (name == 0x766f4e) return 11
  return name == 0x636544 ? 12 : none
}

// `[10/Oct/2026:13:55:36 +0000]`
export function afterCommonLog(opening: usize): usize {
  if (load<u8>(opening + 3) != 47 || load<u8>(opening + 7) != 47 || load<u8>(opening + 12) != 58) return 0
  const year = fourDigits(opening + 8)
  const month = monthOf(load<u32>(opening + 4) & 0xffffff)
  if (year == noYear || !isDay(year, month, twoDigits(opening + 1))) return 0
  const end = afterClock(opening + 13)
  return end == 0 ? 0 : afterZone(end)
}

// Where the value begins behind `time=` or `ts="` and the like; 0 for any other start.
export function valueOfTimeKey(at: usize): usize {
  const start = load<u64>(at)
  let bytes: u32 = 0
  if ((start & lowBytes(5)) == 0x3d656d6974)
    bytes = 5 // time=
  else if ((start & lowBytes(3)) == 0x3d7374)
    bytes = 3 // ts=
  else if ((start & lowBytes(2)) == 0x3d74)
    bytes = 2 // t=
  else if ((start & lowBytes(5)) == 0x3d65746164)
    bytes = 5 // date=
  else if (start == 0x6d617473656d6974 && (load<u32>(at + 8) & 0xffff) == 0x3d70) bytes = 10 // timestamp=
  if (bytes == 0) return 0
  return load<u8>(at + bytes) == 34 ? at + bytes + 1 : at + bytes
}

// Where what follows the time begins: behind the bracket that closes it, and blanks, `:`, `,`, `;`, `|`, `-`.
export function behindStamp(end: usize): usize {
  let at = end
  if (load<u8>(at) == 93) at += 1
  while (isSeparator(<u32>load<u8>(at))) at += 1
  return at
}

function isSeparator(character: u32): bool {
  return (
    isBlank(character) || character == 58 || character == 44 || character == 59 || character == 124 || character == 45
  )
}

/** The words, numbers and keys that say a level: the tables of base/level.ts. */
import {isDigit, lowBytes, none, shortWordBytes, smallLetters, twoDigits} from './characters'
import {wordLevelsAt, wordsAt} from './places'

export const unknown: u32 = 0
export const trace: u32 = 1
export const debug: u32 = 2
export const info: u32 = 3
export const warn: u32 = 4
export const error: u32 = 5
export const fatal: u32 = 6

// A key is the word in small letters, or its first eight of them.
export function initWords(): void {
  addWord(0x6563617274, 5, trace)
  addWord(0x637274, 3, trace) // trc
  addWord(0x6775626564, 5, debug)
  addWord(0x676264, 3, debug) // dbg
  addWord(0x6f666e69, 4, info)
  addWord(0x666e69, 3, info) // inf
  addWord(0x74616d726f666e69, 11, info) // information
  addWord(0x656369746f6e, 6, info) // notice
  addWord(0x6e726177, 4, warn)
  addWord(0x676e696e726177, 7, warn) // warning
  addWord(0x6e7277, 3, warn) // wrn
  addWord(0x726f727265, 5, error)
  addWord(0x727265, 3, error) // err
  addWord(0x657265766573, 6, error) // severe
  addWord(0x6c61746166, 5, fatal)
  addWord(0x6c7466, 3, fatal) // ftl
  addWord(0x6c61636974697263, 8, fatal) // critical
  addWord(0x74697263, 4, fatal) // crit
  addWord(0x7472656c61, 5, fatal) // alert
  addWord(0x6772656d65, 5, fatal) // emerg
  addWord(0x636e656772656d65, 9, fatal) // emergency
  addWord(0x63696e6170, 5, fatal) // panic
}

function addWord(key: u64, bytes: u32, level: u32): void {
  const slot = slotOf(key)
  store<u64>(wordsAt + (slot << 3), key)
  store<u8>(wordLevelsAt + slot, (bytes << 3) | level)
}

// The factor was searched for: with it every word has a slot of its own.
function slotOf(key: u64): usize {
  return <usize>((key * 0x58bc0d487f35a422) >> 58)
}

// The level of a word of up to seven bytes in small letters.
export function levelOfKey(key: u64): u32 {
  const slot = slotOf(key)
  return load<u64>(wordsAt + (slot << 3)) == key ? (<u32>load<u8>(wordLevelsAt + slot)) & 7 : unknown
}

// @ts-ignore: decorator
@inline
export function levelOfWord(at: usize, bytes: u32): u32 {
  if (bytes < 3 || bytes > 11) return unknown
  const key = (load<u64>(at) | smallLetters) & lowBytes(min(bytes, 8))
  const slot = slotOf(key)
  const found = <u32>load<u8>(wordLevelsAt + slot)
  if (load<u64>(wordsAt + (slot << 3)) != key || found >> 3 != bytes) return unknown
  return bytes <= 8 || hasRestOfLongWord(at + bytes - 8) ? found & 7 : unknown
}

// The last eight characters of `emergency` and `information`.
function hasRestOfLongWord(at: usize): bool {
  const last = load<u64>(at) | smallLetters
  return last == 0x79636e656772656d || last == 0x6e6f6974616d726f
}

export function levelOfSeverity(severity: u32): u32 {
  return ((<u32>0x23345666) >> (severity << 2)) & 7
}

// What stands behind a level key.
export function levelOfValue(at: usize): u32 {
  const bytes = shortWordBytes(at)
  if (bytes > 2) return levelOfWord(at, bytes)
  const first = <u32>load<u8>(at)
  if (bytes == 0 || !isDigit(first)) return unknown
  const number = bytes == 1 ? first - 48 : twoDigits(at)
  if (number == none) return unknown
  // Tens are pino's, up to 7 it is a syslog severity, and the rest up to 24 is OpenTelemetry.
  if (number > 0 && number <= 60 && number % 10 == 0) return number / 10
  if (number < 8) return levelOfSeverity(number)
  return number <= 24 ? (number - 1) / 4 + 1 : unknown
}

// Whether what ends here may be a level key, by its last characters: most keys are none.
export function endsLikeLevelKey(end: usize): bool {
  const last = load<u32>(end - 4) | 0x20202020
  return (
    last == 0x6c657665 || // (log)level, log.level
    last >> 8 == 0x6c766c || // lvl
    last == 0x656d616e || // levelname
    last == 0x79746972 || // severity
    last == 0x74786574 || // severity_text
    last >> 16 == 0x6c60 // @l, with the bit that makes letters small
  )
}

export function isLevelKey(at: usize, bytes: u32): bool {
  const start = load<u64>(at) | smallLetters
  if (bytes == 5) return (start & lowBytes(5)) == 0x6c6576656c // level
  if (bytes == 3) return (start & lowBytes(3)) == 0x6c766c // lvl
  if (bytes == 2) return (start & lowBytes(2)) == 0x6c60 // @l
  if (bytes == 8) return start == 0x7974697265766573 || start == 0x6c6576656c676f6c // severity, loglevel
  // log.level, levelname, severity_text: their first eight characters and their last.
  const last = load<u64>(at + bytes - 8) | smallLetters
  if (bytes == 13) return start == 0x7974697265766573 && last == 0x747865747f797469
  if (bytes != 9) return false
  const isLogLevel = start == 0x6576656c2e676f6c && last == 0x6c6576656c2e676f
  return isLogLevel || (start == 0x6d616e6c6576656c && last == 0x656d616e6c657665)
}

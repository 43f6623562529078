/**
 * The level of a record: the same as `levelOf` in base/level.ts for the same bytes, where the tiers are explained.
 *
 * Records are read in place. Behind the last byte that counts there is always one that is no part of a word, no blank and
 * no part of a time: the CR or LF of the line, or an LF that is put there meanwhile. Every loop and every comparison stops
 * at it. Vectors are loaded across it, but what lies behind it is masked out.
 */
import {
  isBlank,
  isCapital,
  isDigit,
  isLetter,
  lowBits,
  lowBytes,
  none,
  shortWordBytes,
  shortWordBytesBefore,
  skipBlanks,
  smallLetters,
  twoDigits,
  wordEnd
} from './characters'
import {
  aboveBlankAt,
  angleAt,
  belowTopAt,
  blankAt,
  equalsAt,
  keyEndsAt,
  lowerHalfAt,
  quoteAt,
  squareAt,
  toTopAt
} from './places'
import {afterCommonLog, afterMonth, afterStamp, behindStamp, isUsualStamp, valueOfTimeKey} from './stamps'
import {
  endsLikeLevelKey,
  error,
  fatal,
  info,
  isLevelKey,
  levelOfKey,
  levelOfSeverity,
  levelOfValue,
  levelOfWord,
  unknown,
  warn
} from './words'

// A level has to show up in so many bytes.
const headBytesMax: u32 = 256

export function initLevels(): void {
  v128.store(squareAt, i8x16.splat(91))
  v128.store(angleAt, i8x16.splat(60))
  v128.store(equalsAt, i8x16.splat(61))
  v128.store(quoteAt, i8x16.splat(34))
  v128.store(blankAt, i8x16.splat(32))
  v128.store(aboveBlankAt, i8x16.splat(33))
  // The last letters of level keys, each at its own lower half.
  v128.store(keyEndsAt, i8x16(0, 0, 0, 0, 0x74, 0x65, 0, 0, 0, 0x79, 0, 0, 0x6c, 0, 0, 0))
  // Added to capitals, this makes them the greatest of all signed bytes.
  v128.store(toTopAt, i8x16.splat(0x25))
  v128.store(belowTopAt, i8x16.splat(0x65))
}

// Of the most usual line: a time, a blank, and a word of up to seven bytes that is a level, before another blank.
export function usualLevelOf(at: usize): u32 {
  if (!isUsualStamp(at) || load<u8>(at, 24) != 32) return unknown
  const word = load<u64>(at, 25)
  // The top bit of every byte that is a blank, exact up to the first one.
  const others = word ^ smallLetters
  const blank = (others - 0x0101010101010101) & ~others & 0x8080808080808080
  return blank == 0 ? unknown : levelOfKey((word | smallLetters) & ((blank ^ (blank - 1)) >> 8))
}

export function levelOf(at: usize, bytes: u32): u32 {
  if (bytes <= headBytesMax) return levelOfHead(at, bytes)
  const last = at + headBytesMax
  const kept = load<u8>(last)
  store<u8>(last, 10)
  const level = levelOfHead(at, headBytesMax)
  store<u8>(last, kept)
  return level
}

function levelOfHead(at: usize, bytes: u32): u32 {
  const first = <u32>load<u8>(at)
  let stampEnd: usize = 0
  if (isDigit(first)) stampEnd = afterStamp(at)
  else if (first == 91) stampEnd = afterStamp(at + 1)
  else if (isLetter(first)) {
    const value = valueOfTimeKey(at)
    stampEnd = value != 0 ? afterStamp(value) : afterMonth(at)
  } else if (first == 60) {
    const severity = severityOf(at)
    if (severity != none) return levelOfSeverity(severity)
  }
  const level = stampEnd != 0 ? levelOfFirstWord(behindStamp(stampEnd)) : unknown
  return level != unknown ? level : levelInside(at, bytes, stampEnd == 0)
}

// The severity in a syslog priority, `<13>`, or `none`.
function severityOf(at: usize): u32 {
  let priority: u32 = 0
  let digits: u32 = 0
  for (let digit = <u32>load<u8>(at + 1); digits < 3 && isDigit(digit); digit = <u32>load<u8>(at + 1 + digits)) {
    priority = priority * 10 + digit - 48
    digits += 1
  }
  return digits > 0 && load<u8>(at + 1 + digits) == 62 && priority <= 191 ? priority & 7 : none
}

// Looks at all of the head. Tier 1 is part of it unless it came to nothing before.
function levelInside(at: usize, bytes: u32, withStart: bool): u32 {
  const end = at + bytes
  const first = <u32>load<u8>(at)
  const isJson = first == 123
  const firstWord = withStart ? levelOfFirstWord(at) : unknown
  // Only a time in brackets, later in the line, could make this word mean nothing.
  if (firstWord != unknown && !hasSquare(at, end)) return firstWord
  // A line that begins with a blank has no time at its start.
  const mayHaveStamp = withStart && !isBlank(first)
  let stampEnd: usize = 0
  let inBrackets: u32 = 0
  let inKeys: u32 = 0
  let inCapitals: u32 = 0
  for (let block = at; block < end; block += 64) {
    let marks = marksOf(block)
    if (end - block < 64) marks &= lowBits(<u32>(end - block))
    for (; marks != 0; marks &= marks - 1) {
      const mark = block + <usize>ctz<u64>(marks)
      const character = <u32>load<u8>(mark)
      if (character == 91) {
        if (mayHaveStamp && stampEnd == 0) stampEnd = afterCommonLog(mark)
        inBrackets |= bitOf(levelBetween(mark, 93))
      } else if (character == 60) inBrackets |= bitOf(levelBetween(mark, 62))
      else if (character == 61 || character == 34) inKeys |= bitOf(levelAtKey(mark, at))
      else if (mark > at && isBlank(<u32>load<u8>(mark - 1))) inCapitals |= bitOf(levelOfCapitals(mark, end))
    }
  }
  if (isJson && inKeys != 0) return theOnly(inKeys)
  if (stampEnd != 0) {
    const level = levelOfFirstWord(behindStamp(stampEnd))
    if (level != unknown) return level
    // With its time elsewhere, the line may begin with any word.
    if (isCapital(first)) inCapitals |= bitOf(levelOfCapitals(at, end))
  } else if (firstWord != unknown) return firstWord
  if (inBrackets != 0) return theOnly(inBrackets)
  return theOnly(inKeys != 0 ? inKeys : inCapitals)
}

function bitOf(level: u32): u32 {
  return ((<u32>1) << level) & ~1
}

// What all findings of a tier say together.
function theOnly(levels: u32): u32 {
  return popcnt<u32>(levels) == 1 ? ctz<u32>(levels) : unknown
}

function hasSquare(at: usize, end: usize): bool {
  for (let block = at; block < end; block += 16) {
    let squares = i8x16.bitmask(i8x16.eq(v128.load(block), v128.load(squareAt)))
    if (end - block < 16) squares &= <i32>lowBits(<u32>(end - block))
    if (squares != 0) return true
  }
  return false
}

// A bit for each place worth a closer look: opening brackets; `=` and `"` behind a letter that ends a level key; capitals
// behind a blank, or behind some other bytes that are no letters.
// @ts-ignore: decorator
@inline
function marksOf(at: usize): u64 {
  const low = (<u32>marksOf16(at)) | ((<u32>marksOf16(at + 16)) << 16)
  const high = (<u32>marksOf16(at + 32)) | ((<u32>marksOf16(at + 48)) << 16)
  return (<u64>low) | ((<u64>high) << 32)
}

function marksOf16(at: usize): i32 {
  const here = v128.load(at)
  const before = v128.load(at - 1)
  const opening = v128.or(i8x16.eq(here, v128.load(squareAt)), i8x16.eq(here, v128.load(angleAt)))
  const ending = v128.or(i8x16.eq(here, v128.load(equalsAt)), i8x16.eq(here, v128.load(quoteAt)))
  const small = v128.or(before, v128.load(blankAt))
  const ofKey = i8x16.eq(i8x16.swizzle(v128.load(keyEndsAt), v128.and(small, v128.load(lowerHalfAt))), small)
  const capital = i8x16.gt_s(i8x16.add(here, v128.load(toTopAt)), v128.load(belowTopAt))
  const blank = i8x16.gt_s(v128.load(aboveBlankAt), before)
  return i8x16.bitmask(v128.or(opening, v128.or(v128.and(ending, ofKey), v128.and(capital, blank))))
}

// @ts-ignore: decorator
@inline
function levelOfFirstWord(at: usize): u32 {
  const bytes = shortWordBytes(at)
  if (load<u8>(at + bytes) == 61) return unknown
  const level = levelOfWord(at, bytes)
  return level != unknown || bytes != 5 ? level : levelOfKlog(at)
}

// One letter and month and day, `E0806`.
function levelOfKlog(at: usize): u32 {
  if (twoDigits(at + 1) == none || twoDigits(at + 3) == none) return unknown
  const letter = <u32>load<u8>(at)
  if (letter == 73) return info
  if (letter == 87) return warn
  if (letter == 69) return error
  return letter == 70 ? fatal : unknown
}

function levelBetween(opening: usize, closing: u32): u32 {
  let start = skipBlanks(opening + 1)
  let end = wordEnd(start)
  if (load<u8>(end) == 58) {
    start = end + 1
    end = wordEnd(start)
  }
  return load<u8>(skipBlanks(end)) == closing ? levelOfWord(start, <u32>(end - start)) : unknown
}

// The level that stands behind a level key which ends at `mark`, a `=` or a `"`.
function levelAtKey(mark: usize, line: usize): u32 {
  if (!endsLikeLevelKey(mark)) return unknown
  const bytes = min(shortWordBytesBefore(mark), <u32>(mark - line))
  const start = mark - bytes
  if (!isLevelKey(start, bytes)) return unknown
  let value = mark + 1
  if (load<u8>(mark) == 34) {
    if (start == line || load<u8>(start - 1) != 34) return unknown
    value = skipBlanks(value)
    if (load<u8>(value) != 58) return unknown
    value = skipBlanks(value + 1)
  }
  if (load<u8>(value) == 34) value += 1
  return levelOfValue(value)
}

// Of a word in capitals between blanks; the first of the line has none before it, and a colon may follow.
function levelOfCapitals(at: usize, end: usize): u32 {
  const bytes = shortWordBytes(at)
  const level = levelOfWord(at, bytes)
  if (level == unknown || !isAllCapitals(at, bytes)) return unknown
  let next = at + bytes
  if (load<u8>(next) == 58) next += 1
  return next >= end || isBlank(<u32>load<u8>(next)) ? level : unknown
}

function isAllCapitals(at: usize, bytes: u32): bool {
  if (bytes > 8 && (load<u64>(at + bytes - 8) & smallLetters) != 0) return false
  return (load<u64>(at) & smallLetters & lowBytes(min(bytes, 8))) == 0
}

/** Characters, digits and words, one byte each. Whatever is read ends at a byte that is none of them: see level.as. */
import {groupsByLowerAt, groupsByUpperAt, lowerHalfAt} from './places'

// Eight times the bit that makes a letter small.
export const smallLetters: u64 = 0x2020202020202020

// What `twoDigits` returns for anything else; larger than all bounds it is compared with.
export const none: u32 = 255
export const noYear: u32 = 10000

export const oneBit: u64 = 1
const allBits: u64 = 0xffffffffffffffff

export function initCharacters(): void {
  v128.store(lowerHalfAt, i8x16.splat(15))
  v128.store(groupsByLowerAt, i8x16(110, 126, 126, 126, 126, 127, 126, 126, 126, 126, 124, 84, 84, 85, 85, 92))
  v128.store(groupsByUpperAt, i8x16(0, 0, 1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64, 64, 64, 64))
}

// A word has letters, digits, `_`, `-`, `.`, `@`, `%`, and all bytes from 0x80 on. Lanes of all other bytes are set.
// There is a bit for each group of characters with one upper half; the last one has those from 0x80 on.
function outsideOfWords(characters: v128): v128 {
  const lower = v128.and(characters, v128.load(lowerHalfAt))
  const upper = v128.and(i16x8.shr_u(characters, 4), v128.load(lowerHalfAt))
  const byLower = i8x16.swizzle(v128.load(groupsByLowerAt), lower)
  const byUpper = i8x16.swizzle(v128.load(groupsByUpperAt), upper)
  return i8x16.eq(v128.and(byLower, byUpper), i8x16.splat(0))
}

// How long the word is that begins here; 16 for longer ones, too.
export function shortWordBytes(at: usize): u32 {
  return ctz<u32>((<u32>i8x16.bitmask(outsideOfWords(v128.load(at)))) | 0x10000)
}

// How long the word is that ends here; 16 for longer ones, too.
export function shortWordBytesBefore(end: usize): u32 {
  const outside = i8x16.bitmask(outsideOfWords(v128.load(end - 16)))
  return clz<u32>(((<u32>outside) << 16) | 0x8000)
}

export function wordEnd(at: usize): usize {
  let end = at
  let bytes = shortWordBytes(end)
  while (bytes == 16) {
    end += 16
    bytes = shortWordBytes(end)
  }
  return end + bytes
}

export function twoDigits(at: usize): u32 {
  const tens = <u32>load<u8>(at) - 48
  const ones = <u32>load<u8>(at + 1) - 48
  return tens > 9 || ones > 9 ? none : tens * 10 + ones
}

export function fourDigits(at: usize): u32 {
  const high = twoDigits(at)
  const low = twoDigits(at + 2)
  return high == none || low == none ? noYear : high * 100 + low
}

export function digitsEnd(at: usize, countMax: usize): usize {
  let end = at
  while (end < at + countMax && isDigit(<u32>load<u8>(end))) end += 1
  return end
}

export function skipBlanks(at: usize): usize {
  let next = at
  while (isBlank(<u32>load<u8>(next))) next += 1
  return next
}

export function isDigit(character: u32): bool {
  return character - 48 < 10
}

export function isLetter(character: u32): bool {
  return (character | 0x20) - 97 < 26
}

export function isCapital(character: u32): bool {
  return character - 65 < 26
}

export function isBlank(character: u32): bool {
  return character == 32 || character == 9
}

// The bits of the first one to eight bytes of eight.
export function lowBytes(bytes: u32): u64 {
  return allBits >> (64 - (bytes << 3))
}

export function lowBits(bits: u32): u64 {
  return (oneBit << bits) - 1
}

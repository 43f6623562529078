/**
 * The inner loops of the store, in AssemblyScript: scripts/kernel.ts compiles this folder into kernel-code.ts. What they do
 * is said by the interface in kernel.ts, and in plain code by kernel-model.ts; tests compare the whole memory after both.
 */
import {initCharacters, lowBits, oneBit} from './characters'
import {initLevels, levelOf, usualLevelOf} from './levels'
import {
  endCell,
  firstCell,
  headCell,
  levelsCell,
  lineEndsAt,
  lineFeedAt,
  spansAt,
  takenAtCell,
  takenEvictedCell,
  takenLevelsCell,
  takenRecordsCell
} from './places'
import {initStamps} from './stamps'
import {initWords, unknown} from './words'

export {checksum} from './checksum'

// Lines that are looked at together: few enough that they are still in the nearest cache the second time, and, with those
// of a last block of 64 bytes, that they can be counted in one byte for each level.
const batchLines: u32 = 192
const levelCount: u32 = 7

let arenaAt: usize = 0
let arenaBytes: u32 = 0
let indexAt: usize = 0
let indexMask: u32 = 0
let ringLines: u32 = 0
let lineBytesMax: u32 = 0

export function setArena(at: usize, bytes: u32): void {
  arenaAt = at
  arenaBytes = bytes
}

export function setIndex(at: usize, entries: u32): void {
  indexAt = at
  indexMask = entries - 1
}

export function setLimits(lines: u32, lineBytes: u32): void {
  ringLines = lines
  lineBytesMax = lineBytes
}

v128.store(lineFeedAt, i8x16.splat(10))
initCharacters()
initWords()
initStamps()
initLevels()

export function takeLines(from: usize, to: usize, arrivalLow: u32, origin: u32): u32 {
  const end = wholeLinesEnd(from, to)
  const toArena = place(<u32>(end - from)) - <u32>from
  const arrival = (<u64>arrivalLow) | ((<u64>origin) << 32)
  let records: u32 = 0
  let line = from
  let at = from
  while (at < end) {
    const batchAt = at
    let count: u32 = 0
    do {
      let lineFeeds = lineFeedsOf(at)
      if (end - at < 64) lineFeeds &= lowBits(<u32>(end - at))
      const found = <u32>popcnt<u64>(lineFeeds)
      // Two are written whether there are that many or not: a branch would be mispredicted often.
      const ends = lineEndsAt + (count << 2)
      store<u32>(ends, <u32>at + <u32>ctz<u64>(lineFeeds))
      lineFeeds &= lineFeeds - 1
      store<u32>(ends, <u32>at + <u32>ctz<u64>(lineFeeds), 4)
      for (let more: u32 = 2; more < found; more++) {
        lineFeeds &= lineFeeds - 1
        store<u32>(ends + (more << 2), <u32>at + <u32>ctz<u64>(lineFeeds))
      }
      count += found
      at += 64
    } while (at < end && count < batchLines)
    memory.copy(arenaAt + <u32>batchAt + toArena, batchAt, min(at, end) - batchAt)
    const spans = spansOf(<u32>line, count)
    enter(spans, toArena, arrival)
    records += spans
    if (count > 0) line = load<u32>(lineEndsAt + ((count - 1) << 2)) + 1
  }
  store<u32>(takenRecordsCell, records)
  return <u32>(end - from)
}

export function takeRecord(from: usize, bytes: u32, arrivalLow: u32, origin: u32, flags: u32): void {
  const start = place(bytes + 1)
  const at = arenaAt + start
  memory.copy(at, from, bytes)
  store<u8>(at + bytes, 10)
  const counter = load<u32>(endCell)
  evictBefore(counter + 1 - ringLines)
  const level = levelOf(at, bytes)
  const entry = entryOf(counter)
  store<u64>(entry, (<u64>start) | ((<u64>(bytes | (level << 21) | (flags << 24))) << 32))
  store<u64>(entry, (<u64>arrivalLow) | ((<u64>origin) << 32), 8)
  atomic.store<u32>(endCell, counter + 1)
  store<u32>(takenRecordsCell, 1)
  countLevels(oneBit << (level << 3))
}

// Where those whole lines end that may be taken.
function wholeLinesEnd(from: usize, to: usize): usize {
  const end = lastLineFeed(from, to) + 1
  if (end == 1) return from
  let at = from
  while (end - at > lineBytesMax + 1) {
    // The line that begins here may have its LF so far away, or one byte farther behind a CR.
    const last = at + lineBytesMax + 1
    let lineFeed = lastLineFeed(at, min(end, last + 1))
    if (lineFeed == last && load<u8>(last - 1) != 13) lineFeed = lastLineFeed(at, last)
    if (lineFeed == 0) return at
    at = lineFeed + 1
  }
  return end
}

// The address of the last LF, or 0.
function lastLineFeed(from: usize, to: usize): usize {
  let at = to
  while (at - from >= 16) {
    at -= 16
    const lineFeeds = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(10)))
    if (lineFeeds != 0) return at + 31 - clz<i32>(lineFeeds)
  }
  while (at > from) {
    at -= 1
    if (load<u8>(at) == 10) return at
  }
  return 0
}

function lineFeedsOf(at: usize): u64 {
  const low = (<u32>lineFeedsOf16(at)) | ((<u32>lineFeedsOf16(at + 16)) << 16)
  const high = (<u32>lineFeedsOf16(at + 32)) | ((<u32>lineFeedsOf16(at + 48)) << 16)
  return (<u64>low) | ((<u64>high) << 32)
}

function lineFeedsOf16(at: usize): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(lineFeedAt)))
}

// Makes room for a piece of the arena, begins the account of a call, and returns the offset of the piece.
function place(bytes: u32): u32 {
  const firstBefore = load<u32>(firstCell)
  const end = load<u32>(endCell)
  let head = load<u32>(headCell)
  let first = firstBefore
  if (bytes > arenaBytes - head) {
    // What lies behind the head stays unused in this lap.
    first = firstOutside(first, end, head, arenaBytes - head)
    head = 0
  }
  first = firstOutside(first, end, head, bytes)
  store<u32>(takenEvictedCell, first - firstBefore)
  store<u32>(takenRecordsCell, 0)
  store<u32>(takenLevelsCell, 0)
  store<u32>(takenAtCell, head)
  store<u32>(headCell, head + bytes)
  if (first != firstBefore) publishFirst(first)
  return head
}

// The first record that does not begin in arena[from, from + bytes). The oldest records lie right behind the head, in their
// order: those in the way are the first ones, so that they need not be looked at one by one.
function firstOutside(first: u32, end: u32, from: u32, bytes: u32): u32 {
  let outside = first
  let step: u32 = 1
  while (step <= end - outside && beginsIn(outside + step - 1, from, bytes)) {
    outside += step
    step <<= 1
  }
  for (; step > 0; step >>= 1) {
    if (step <= end - outside && beginsIn(outside + step - 1, from, bytes)) outside += step
  }
  return outside
}

function beginsIn(counter: u32, from: u32, bytes: u32): bool {
  return load<u32>(entryOf(counter)) - from < bytes
}

function entryOf(counter: u32): usize {
  return indexAt + ((counter & indexMask) << 4)
}

function evictBefore(counter: u32): void {
  const first = load<u32>(firstCell)
  if (<i32>(counter - first) <= 0) return
  store<u32>(takenEvictedCell, load<u32>(takenEvictedCell) + counter - first)
  publishFirst(counter)
}

// Readers must see this before anything of what was evicted is overwritten.
function publishFirst(first: u32): void {
  atomic.store<u32>(firstCell, first)
  atomic.fence()
}

// From the ends of lines to start and length of those that are not blank. Returns how many there are.
function spansOf(start: u32, count: u32): u32 {
  let spans: u32 = 0
  let line = start
  for (let number: u32 = 0; number < count; number++) {
    const end = load<u32>(lineEndsAt + (number << 2))
    const hasReturn = u32(load<u8>(end - 1) == 13) & u32(end > line)
    const bytes = end - line - hasReturn
    const span = spansAt + (spans << 3)
    store<u32>(span, line)
    store<u32>(span, bytes, 4)
    spans += u32(bytes != 0)
    line = end + 1
  }
  return spans
}

// Enters records into the index.
function enter(spans: u32, toArena: u32, arrival: u64): void {
  let counts: u64 = 0
  let counter = load<u32>(endCell)
  let number: u32 = 0
  while (number < spans) {
    // No more at once than the ring holds, so that `first` never passes the `end` that readers see.
    const stop = number + min(spans - number, ringLines)
    evictBefore(counter + (stop - number) - ringLines)
    for (; number < stop; number++) {
      const span = spansAt + (number << 3)
      const line = load<u32>(span)
      const bytes = load<u32>(span, 4)
      let level = usualLevelOf(line)
      if (level == unknown) level = levelOf(line, bytes)
      const entry = entryOf(counter)
      store<u64>(entry, (<u64>(line + toArena)) | ((<u64>(bytes | (level << 21))) << 32))
      store<u64>(entry, arrival, 8)
      counts += oneBit << (level << 3)
      counter += 1
    }
    atomic.store<u32>(endCell, counter)
  }
  countLevels(counts)
}

// `counts` has one byte for each level.
function countLevels(counts: u64): void {
  let levels = load<u32>(takenLevelsCell)
  for (let level: u32 = 0; level < levelCount; level++) {
    const count = (<u32>(counts >> (level << 3))) & 255
    const cell = levelsCell + (level << 2)
    store<u32>(cell, load<u32>(cell) + count)
    levels |= u32(count != 0) << level
  }
  store<u32>(takenLevelsCell, levels)
}

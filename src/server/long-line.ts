import {recordFlags, type FramingOptions} from './framing.ts'

/** What framings share: looking for the end of a line, and cutting one that is too long. */

/** Where `byte` first is in memory[from, to), or -1. */
export function indexWithin({memory}: Pick<FramingOptions, 'memory'>, byte: number, {from, to}: Range): number {
  // Without its own end the search would run on through the whole memory.
  const index = memory.subarray(from, to).indexOf(byte)
  return index === -1 ? -1 : from + index
}

export interface Range {
  readonly from: number
  readonly to: number
}

/** The end of memory[from, to) without one `byte` at its end. */
export function endWithout({memory}: Pick<FramingOptions, 'memory'>, byte: number, {from, to}: Range): number {
  return to > from && memory[to - 1] === byte ? to - 1 : to
}

/** Hands over what a record may have of memory[from, to), marked as cut. Returns where the record ends. */
export function takeCut({memory, sink, lineBytesMax, tally}: FramingOptions, {from, to}: Range): number {
  const end = characterEnd(memory, from, Math.min(to, from + lineBytesMax))
  sink.record(from, end, recordFlags.truncated)
  tally.truncatedRecords += 1
  return end
}

/** `to`, or in front of a UTF-8 character that `to` would cut in two. Bytes that are no UTF-8 are cut anywhere. */
function characterEnd(memory: Uint8Array, from: number, to: number): number {
  const start = Math.max(from + 1, to - 3)
  for (let at = to - 1; at >= start; at -= 1) {
    const byte = memory[at]!
    if ((byte & 0xc0) === 0x80) continue
    return at + characterBytes(byte) > to ? at : to
  }
  return to
}

function characterBytes(lead: number): number {
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/**
 * The checksum of what the store writes to disk: 64 bits, seeded, made for vector instructions. This is its definition;
 * the kernel computes the same over the shared memory, many times as fast.
 *
 * Sixteen lanes take one word of 32 bits each out of every 64 bytes; the last piece is filled up with zeros, and the length
 * counts, too. Each step can be undone when all but the lane, or all but the word, is known, and so can the steps that fold
 * the lanes into either half: a change within one word is always seen, by both halves. Changes of more words go unseen
 * once in 2^64 times, in 2^32 when all of them lie in one lane. It is no defence against somebody who looks for such ones.
 */
export interface Checksum {
  readonly low: number
  readonly high: number
}

const stripeBytes = 64
const laneCount = 16

const prime1 = 0x9e3779b1
const prime2 = 0x85ebca77
const prime3 = 0xc2b2ae3d
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

export function checksumOf(bytes: Uint8Array, seedLow: number, seedHigh: number): Checksum {
  const lanes = firstLanes(seedLow, seedHigh)
  const wholeBytes = bytes.length - (bytes.length % stripeBytes)
  mixIn(lanes, bytes.subarray(0, wholeBytes))
  if (wholeBytes < bytes.length) {
    const last = new Uint8Array(stripeBytes)
    last.set(bytes.subarray(wholeBytes))
    mixIn(lanes, last)
  }
  return folded(lanes, {low: seedLow ^ bytes.length, high: seedHigh + Math.imul(bytes.length, prime5)})
}

function firstLanes(seedLow: number, seedHigh: number): Int32Array {
  return Int32Array.from(
    {length: laneCount},
    (_, lane) => Math.imul(seedLow ^ Math.imul(lane + 1, prime1), prime2) + seedHigh
  )
}

/** `bytes` are whole stripes. */
function mixIn(lanes: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; at += 4) {
    const lane = (at >>> 2) & (laneCount - 1)
    const word = view.getInt32(at, true)
    lanes[lane] = Math.imul(rotated(lanes[lane]! + Math.imul(word, prime2), 13), prime1)
  }
}

function folded(lanes: Int32Array, start: Checksum): Checksum {
  let {low, high} = start
  for (const lane of lanes) {
    low = Math.imul(rotated(low + Math.imul(lane, prime3), 17), prime4)
    high = Math.imul(rotated(high ^ Math.imul(lane, prime5), 11), prime3)
  }
  low = scattered(low)
  high = scattered(high)
  // Each half gets to know of the other, by steps that can be undone, so that both together lose nothing.
  low += Math.imul(high, prime1)
  high ^= scattered(low)
  return {low: low >>> 0, high: high >>> 0}
}

/** Lets every bit touch every other one. */
function scattered(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), prime2)
  mixed = Math.imul(mixed ^ (mixed >>> 13), prime3)
  return mixed ^ (mixed >>> 16)
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

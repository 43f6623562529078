/** The checksum that checksum.ts defines, four lanes at a time. */
import {lanesAt, lastStripeAt, sumHighCell, sumLowCell} from './places'

const prime1: u32 = 0x9e3779b1
const prime2: u32 = 0x85ebca77
const prime3: u32 = 0xc2b2ae3d
const prime4: u32 = 0x27d4eb2f
const prime5: u32 = 0x165667b1

export function checksum(at: usize, bytes: u32, seedLow: u32, seedHigh: u32): void {
  for (let lane: u32 = 0; lane < 16; lane++) {
    store<u32>(lanesAt + (lane << 2), (seedLow ^ ((lane + 1) * prime1)) * prime2 + seedHigh)
  }
  const stripesEnd = at + (bytes & ~63)
  mixStripes(at, stripesEnd)
  if ((bytes & 63) != 0) {
    memory.fill(lastStripeAt, 0, 64)
    memory.copy(lastStripeAt, stripesEnd, bytes & 63)
    mixStripes(lastStripeAt, lastStripeAt + 64)
  }
  let low = seedLow ^ bytes
  let high = seedHigh + bytes * prime5
  for (let lane: u32 = 0; lane < 16; lane++) {
    const value = load<u32>(lanesAt + (lane << 2))
    low = rotl<u32>(low + value * prime3, 17) * prime4
    high = rotl<u32>(high ^ (value * prime5), 11) * prime3
  }
  low = scattered(low)
  high = scattered(high)
  low += high * prime1
  high ^= scattered(low)
  store<u32>(sumLowCell, low)
  store<u32>(sumHighCell, high)
}

function mixStripes(from: usize, to: usize): void {
  let lanes0 = v128.load(lanesAt)
  let lanes1 = v128.load(lanesAt, 16)
  let lanes2 = v128.load(lanesAt, 32)
  let lanes3 = v128.load(lanesAt, 48)
  for (let stripe = from; stripe < to; stripe += 64) {
    lanes0 = mixed(lanes0, v128.load(stripe))
    lanes1 = mixed(lanes1, v128.load(stripe, 16))
    lanes2 = mixed(lanes2, v128.load(stripe, 32))
    lanes3 = mixed(lanes3, v128.load(stripe, 48))
  }
  v128.store(lanesAt, lanes0)
  v128.store(lanesAt, lanes1, 16)
  v128.store(lanesAt, lanes2, 32)
  v128.store(lanesAt, lanes3, 48)
}

// @ts-ignore: decorator
@inline
function mixed(lanes: v128, words: v128): v128 {
  const sum = i32x4.add(lanes, i32x4.mul(words, i32x4.splat(prime2)))
  return i32x4.mul(v128.or(i32x4.shl(sum, 13), i32x4.shr_u(sum, 19)), i32x4.splat(prime1))
}

function scattered(value: u32): u32 {
  let mixed = (value ^ (value >> 15)) * prime2
  mixed = (mixed ^ (mixed >> 13)) * prime3
  return mixed ^ (mixed >> 16)
}

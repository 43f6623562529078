import {randomInt} from 'node:crypto'
import type {Random} from '../../src/base/random.ts'

/** The same numbers again for the same seed, so that a failure seen once can be seen again. */
export interface Seeded extends Random {
  readonly seed: number
  pick<Item>(from: readonly Item[]): Item
  bytes(length: number): Uint8Array<ArrayBuffer>
}

export function seeded(seed: number): Seeded {
  const next = mulberry32(seed)
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    seed,
    below,
    pick<Item>(from: readonly Item[]): Item {
      if (from.length === 0) throw new Error('nothing to pick from')
      return from[below(from.length)] as Item
    },
    bytes: (length) => Uint8Array.from({length}, () => below(256))
  }
}

const isLong = process.env['LONG'] === '1'

/** How often a random test is repeated: as often as is usual, or many times that in `npm run test:long`. */
export function times(usual: number): number {
  return isLong ? usual * 30 : usual
}

/** The seed of this run: `SEED=7` gives it back, else it is a new one. Printed, so that a red run can be repeated. */
export function seedFromEnvironment(): number {
  const given = process.env['SEED']
  const seed = given === undefined ? randomInt(1_000_000) : Number(given)
  if (!Number.isSafeInteger(seed)) throw new Error(`SEED=${given}: not a whole number`)
  process.stdout.write(`SEED=${seed}\n`)
  return seed
}

/** Tommy Ettinger's mulberry32: small, and even enough for tests. From 0 up to, not including, 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

import {isRecord} from '../base/record.ts'

/**
 * What somebody wrote, still with its places: offsets into the text of the file. Aliases are already followed, so one
 * part can hang in several places; `size` counts it each time.
 */
export type Written = WrittenScalar | WrittenList | WrittenMap

export interface Extent {
  readonly from: number
  readonly to: number
}

export interface WrittenScalar {
  readonly type: 'scalar'
  readonly extent: Extent
  readonly size: number
  readonly raw: unknown
}

export interface WrittenList {
  readonly type: 'list'
  readonly extent: Extent
  readonly size: number
  readonly items: readonly Written[]
}

export interface WrittenMap {
  readonly type: 'map'
  readonly extent: Extent
  readonly size: number
  readonly entries: readonly WrittenEntry[]
}

export interface WrittenEntry {
  readonly key: string
  readonly keyAt: number
  readonly value: Written
}

export function scalarOf(raw: unknown, extent: Extent): WrittenScalar {
  return {type: 'scalar', extent, size: 1, raw}
}

export function listOf(items: readonly Written[], extent: Extent): WrittenList {
  return {type: 'list', extent, size: 1 + sizeOf(items), items}
}

export function mapOf(entries: readonly WrittenEntry[], extent: Extent): WrittenMap {
  return {type: 'map', extent, size: 1 + sizeOf(entries.map((entry) => entry.value)), entries}
}

function sizeOf(parts: readonly Written[]): number {
  return parts.reduce((total, part) => total + part.size, 0)
}

/** The plain value, as the kinds of settings take it. */
export function rawOf(written: Written): unknown {
  switch (written.type) {
    case 'scalar':
      return written.raw
    case 'list':
      return written.items.map(rawOf)
    case 'map':
      // Object.fromEntries makes `__proto__` an ordinary key; an assignment would change the object itself.
      return Object.fromEntries(written.entries.map(({key, value}) => [key, rawOf(value)]))
  }
}

// Deeper than any kind goes: each of them has refused the value before it comes to this.
const depthMax = 32

/** The same for values that stand in no file: those of flags and the environment. */
export function writtenFrom(raw: unknown, depth = 0): Written {
  const nowhere = {from: 0, to: 0}
  if (depth > depthMax) return scalarOf(null, nowhere)
  if (Array.isArray(raw)) {
    return listOf(
      raw.map((item) => writtenFrom(item, depth + 1)),
      nowhere
    )
  }
  if (!isRecord(raw)) return scalarOf(raw, nowhere)
  const entries = Object.entries(raw).map(([key, value]) => ({key, keyAt: 0, value: writtenFrom(value, depth + 1)}))
  return mapOf(entries, nowhere)
}

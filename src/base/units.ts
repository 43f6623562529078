/**
 * Durations and sizes as people write them (`1h30m`, `64MiB`) and the one number each of them stands for.
 * Parsers answer `undefined` for what they do not understand: a wrong unit is expected input, not an exception.
 */

const durationUnitsMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000]
])

const sizeUnits: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['kB', 1000],
  ['KB', 1000],
  ['MB', 1000 ** 2],
  ['GB', 1000 ** 3],
  ['TB', 1000 ** 4],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
  ['TiB', 1024 ** 4]
])

/** `1h30m`, `250ms`, `2d` → milliseconds. A bare number has no unit and is refused, but for `0`. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:\d+(?:\.\d+)?[a-z]+)+$/.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    totalMs += Number(amount) * (durationUnitsMs.get(unit) ?? Number.NaN)
  }
  return Number.isSafeInteger(Math.round(totalMs)) ? Math.round(totalMs) : undefined
}

/** `64MiB`, `10GB`, `512B` → bytes. A bare number counts bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?: ?([kKMGT]i?B|B))?$/.exec(text)
  const factor = sizeUnits.get(match?.[2] ?? 'B')
  if (match === null || factor === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * factor)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The two largest units that say something: `1d 2h`, `3m 20s`, `850ms`. */
export function formatDuration(ms: number): string {
  // Rounded first: 999.7 is a second, not a thousand milliseconds.
  const whole = Math.round(ms)
  if (whole < 0) return `-${formatDuration(-whole)}`
  if (whole < 1000) return `${whole}ms`
  const units: readonly [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000]
  ]
  const largest = units.findIndex(([, size]) => whole >= size)
  const parts: string[] = []
  let rest = whole
  for (const [unit, size] of units.slice(largest, largest + 2)) {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    if (amount > 0) parts.push(`${amount}${unit}`)
  }
  return parts.join(' ')
}

/** Binary units, four digits at most: `512 B`, `1.5 GiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 0) return `-${formatSize(-bytes)}`
  let amount = bytes
  let unit = 'B'
  for (const larger of ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']) {
    if (amount < 1023.5) break
    amount /= 1024
    unit = larger
  }
  const digits = unit !== 'B' && amount < 99.95 ? 1 : 0
  return `${amount.toFixed(digits)} ${unit}`
}

/** True for days that are in the calendar: `Date.parse` takes the 31st of February for the 3rd of March. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

/** Exactly the duration in its largest whole unit: the text must parse back to the same number. */
export function writeDuration(ms: number): string {
  return inLargestUnit(ms, 'ms', [
    ['w', 604_800_000],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000]
  ])
}

/** Exactly the size, decimal or binary, whichever has fewer digits. */
export function writeSize(bytes: number): string {
  const decimal = inLargestUnit(bytes, 'B', [
    ['TB', 1000 ** 4],
    ['GB', 1000 ** 3],
    ['MB', 1000 ** 2],
    ['kB', 1000]
  ])
  const binary = inLargestUnit(bytes, 'B', [
    ['TiB', 1024 ** 4],
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024]
  ])
  return Number.parseInt(decimal, 10) < Number.parseInt(binary, 10) ? decimal : binary
}

function inLargestUnit(amount: number, smallest: string, units: readonly (readonly [string, number])[]): string {
  const [unit, length] = units.find(([, length]) => amount >= length && amount % length === 0) ?? [smallest, 1]
  return `${amount / length}${unit}`
}

/**
 * Threshold ranges in the words of Nagios: `10` alerts outside 0..10, `10:` below 10, `~:10` above 10,
 * `10:20` outside, `@10:20` inside. Ends may carry a unit where the setting has one (`10GB:`, `14d:`, `20%:`).
 */
export interface Range {
  readonly low: number
  readonly high: number
  readonly inside: boolean
  /** As it was written, for reports. */
  readonly text: string
}

export type EndParser = (text: string) => number | undefined

export function parseRange(text: string, parseEnd: EndParser): Range | undefined {
  const inside = text.startsWith('@')
  const body = inside ? text.slice(1) : text
  const colon = body.indexOf(':')
  const lowText = colon === -1 ? '0' : body.slice(0, colon)
  const highText = colon === -1 ? body : body.slice(colon + 1)
  if (colon === -1 && body === '') return undefined
  const low = lowText === '~' ? Number.NEGATIVE_INFINITY : lowText === '' ? 0 : parseEnd(lowText)
  const high = highText === '' ? Number.POSITIVE_INFINITY : parseEnd(highText)
  if (low === undefined || high === undefined || low > high) return undefined
  return {low, high, inside, text}
}

/** True where the value is one to be alerted about. */
export function alerts(range: Range, value: number): boolean {
  const within = value >= range.low && value <= range.high
  return range.inside ? within : !within
}

/** A plain number, `12` or `0.5`; negative where the reading can be. */
export function parseNumber(text: string): number | undefined {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** `20` or `20%`. */
export function parsePercent(text: string): number | undefined {
  return parseNumber(text.endsWith('%') ? text.slice(0, -1) : text)
}

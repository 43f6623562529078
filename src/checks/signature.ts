import {afterPriority, afterStamp} from '../base/stamp.ts'

/**
 * What a line has in common with the other lines that say the same: its message with everything that changes from one
 * time to the next replaced by a placeholder. Escape codes and control characters stay; whoever prints it must mask them.
 */
export function signatureOf(line: string): string {
  const message = messageOf(line).slice(0, messageMax)
  // Cut before and after: the patterns below stay cheap on any input, and a placeholder is never cut from a longer text.
  return message.replace(changing, placeholderOf).trim().slice(0, signatureMax)
}

export const signatureMax = 160
const messageMax = 1024

/** What stands behind `password=`, `"api_key": `, `Authorization: Bearer `, `Bearer `; to the blank, or the closing quote. */
const secretValue = new RegExp(
  String.raw`(?<=(?:passw(?:or)?d|passphrase|pwd|secret|token|cookie|credentials?|(?:api|access|secret|private)[_ -]?key)["']?\s{0,3}[:=]\s{0,3}` +
    String.raw`|authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:basic|bearer|digest|negotiate|token)\s{1,3})?|\bbearer\s{1,3})` +
    String.raw`(?!(?:basic|bearer|digest|negotiate|token)\s)` +
    String.raw`(?:"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|[^\s"'])\S*`
)

/** In the order in which they are tried at each place; all repeats are bounded or end at a character of their own. */
const patterns: readonly (readonly [placeholder: string, pattern: RegExp])[] = [
  ['<secret>', secretValue],
  ['<text>', /"(?:[^"\\]|\\.)*"|(?<!\w)'[^']*'(?!\w)/],
  [
    '<time>',
    /\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?/
  ],
  ['<uuid>', /\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/],
  ['<url>', /\b[a-z][a-z\d+.-]{1,15}:\/\/[^\s"'<>]+/],
  ['<ip>', /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?\b|(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w:])/],
  ['<path>', /(?<![\w/<>])(?:\/[\w.@%+~-]+)+\/?/],
  ['<hex>', /\b0x[\da-f]+|\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{8,}\b/],
  ['<n>', /\d+(?:\.\d+)*/]
]

const changing = new RegExp(patterns.map(([, pattern]) => `(${pattern.source})`).join('|'), 'gi')

function placeholderOf(...groups: readonly unknown[]): string {
  const index = patterns.findIndex((_, at) => groups[at + 1] !== undefined)
  return patterns[index]?.[0] ?? ''
}

const messageKeys = ['message', 'msg', '_msg', 'log', 'short_message', 'body', 'event']

/** The message alone: of a JSON record its message key, of `key=value` pairs the quoted `msg`, else all behind the time. */
function messageOf(line: string): string {
  if (line.startsWith('{')) return messageInJson(line) ?? line
  const quoted = /\b(?:msg|message)="/.exec(line.slice(0, messageMax))
  if (quoted !== null) {
    const start = quoted.index + quoted[0].length
    return line.slice(start, closingQuote(line, start))
  }
  const stampEnd = afterStamp(line)
  return line.slice(stampEnd > 0 ? stampEnd : afterPriority(line))
}

function messageInJson(line: string): string | undefined {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    // Not JSON after all, or cut off at the longest line we take: the line itself is the message.
    return undefined
  }
  if (typeof record !== 'object' || record === null) return undefined
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(record))
  const message = messageKeys.map((key) => values.get(key)).find((value) => typeof value === 'string')
  return typeof message === 'string' ? message : undefined
}

function closingQuote(line: string, start: number): number {
  for (let at = start; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1
    else if (line[at] === '"') return at
  }
  return line.length
}

/** What a server answers to the first line: `+OK LOGCASTER/1 session=web1-7f3a next=1 ack=commit window=2000 max_line=65536`. */
export interface Greeting {
  readonly session: string
  readonly ack: string
  /** The number of the next record: all before it are stored. */
  readonly next: number
  readonly window: number
  /** Without it, no line is known to be too long. */
  readonly lineBytesMax: number
}

export function greetingIn(line: string): Greeting | undefined {
  if (!line.startsWith('+OK LOGCASTER/1 ')) return undefined
  const fields = new Map(line.split(' ').map((word) => splitPair(word)))
  const {session, ack, next, window, max_line: lineBytesMax} = Object.fromEntries(fields)
  const [nextNumber, granted] = [countIn(next), countIn(window)]
  if (session === undefined || ack === undefined || nextNumber === undefined || granted === undefined) return undefined
  return {
    session,
    ack,
    next: nextNumber,
    window: granted,
    lineBytesMax: countIn(lineBytesMax) ?? Number.POSITIVE_INFINITY
  }
}

function splitPair(word: string): [string, string] {
  const equals = word.indexOf('=')
  return [word.slice(0, Math.max(0, equals)), word.slice(equals + 1)]
}

function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

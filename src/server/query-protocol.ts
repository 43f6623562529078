import {formatSize} from '../base/units.ts'
import {parseQuery, type Query, type QueryOptions, type QueryProblem} from '../store/query.ts'
import type {ScanAnswer} from '../store/scanner.ts'

/**
 * What is said on the query port: one command a line, in any case, and one answer. The first line of every answer is the
 * one that clients of the original server know.
 */
export type Request =
  | {readonly do: 'stats' | 'count' | 'help'}
  | {readonly do: 'query'; readonly query: Query}
  | {readonly do: 'refuse'; readonly answer: string}

/** Of one command; what is longer was not typed by anybody. */
export const queryLineBytesMax = 8192

export const tooLongAnswer = `ERROR: Query line longer than ${queryLineBytesMax} bytes\n`

export function understand(line: string, options: QueryOptions): Request {
  const text = line.trim()
  const verb = (/^\S+/.exec(text)?.[0] ?? '').toUpperCase()
  const rest = text.slice(verb.length)
  if (verb === 'QUERY') return understandQuery(rest, options)
  const isAlone = rest === ''
  if (verb === 'STATS' && isAlone) return {do: 'stats'}
  if (verb === 'COUNT' && isAlone) return {do: 'count'}
  if (verb === 'HELP' && isAlone) return {do: 'help'}
  return {do: 'refuse', answer: 'ERROR: Unknown command. Use HELP for usage.\n'}
}

function understandQuery(text: string, options: QueryOptions): Request {
  const parsed = parseQuery(text, options)
  if (parsed.status === 'refused') return {do: 'refuse', answer: refusal(parsed.problem)}
  return {do: 'query', query: parsed.query}
}

export interface StatsFigures {
  readonly total: number
  readonly dropped: number
  readonly current: number
  /** Connections that send lines. */
  readonly clients: number
}

/** `Clients` stays the last one: a client of the original takes what is behind the last `=`. */
export function statsAnswer({total, dropped, current, clients}: StatsFigures): string {
  return `STATS: Total=${total}, Dropped=${dropped}, Current=${current}, Clients=${clients}\n`
}

export function countAnswer(current: number): string {
  return `COUNT: ${current}\n`
}

/** In front of the lines that were found. */
export function foundHeader(matches: number): string {
  return `FOUND: ${matches} matches\n`
}

/** What is said instead of lines. */
export function scanRefusal(answer: Exclude<ScanAnswer, {readonly status: 'found'}>): string {
  switch (answer.status) {
    case 'busy':
      return `ERROR: Server busy, ${answer.waiting} queries waiting. Retry in 1 s\n`
    case 'late':
      return `ERROR: Query timed out after ${answer.deadlineMs} ms; narrow time_from/time_to or add a keyword\n`
    case 'too-large':
      return `ERROR: Answer larger than ${formatSize(answer.bytesMax)}; narrow time_from/time_to or add a keyword\n`
    case 'broken':
      return `ERROR: Search failed\n  ${answer.reason}\n`
    case 'closed':
      return 'ERROR: Server is shutting down\n'
  }
}

const criteria = 'keyword, keywords, operator, regex, time_from and time_to'

function refusal(problem: QueryProblem): string {
  switch (problem.code) {
    case 'no-criteria':
      return `ERROR: No search criteria specified\n  give at least one of keyword, keywords, regex, time_from, time_to\n`
    case 'unknown-key':
      return invalid(problem.key, unknownKey(problem))
    case 'bad-operator':
      return invalid('operator', `${shown(problem.value)} is neither AND nor OR`)
    case 'bad-time':
      return invalid(problem.key, `${shown(problem.value)} is not a whole number of seconds since 1970`)
    case 'bad-regex':
      return invalid('regex', problem.detail)
    case 'long-regex':
      return `ERROR: Regex longer than ${problem.lengthMax} characters\n`
    case 'many-keywords':
      return `ERROR: Too many keywords (${problem.countMax})\n`
  }
}

function invalid(key: string, detail: string): string {
  return `ERROR: Invalid query syntax\n  at '${clipped(key)}=': ${detail}\n`
}

function unknownKey({token, nearest}: Extract<QueryProblem, {readonly code: 'unknown-key'}>): string {
  const suggestion = nearest === null ? '' : `did you mean ${nearest}=? `
  return `no such parameter; ${suggestion}There are ${criteria}. To search for this text, write keyword=${clipped(token)}`
}

function shown(text: string): string {
  return `"${clipped(text)}"`
}

/** What somebody else has written is shown without what would reach into a terminal, and not at any length. */
function clipped(text: string): string {
  const clean = text.replaceAll(/\p{Cc}/gu, '?')
  return clean.length > 64 ? `${clean.slice(0, 64)}…` : clean
}

export const helpAnswer = `LogCaster Query Interface
=========================
Commands:
  STATS            lines taken since the start, dropped from memory, there now; connections that send lines
  COUNT            lines in memory
  QUERY <params>   the lines in memory that match all of the parameters, oldest first
  HELP             this text

Query parameters:
  keyword=<text>        lines that hold the text; case counts; further bare words are further keywords
  keywords=<a>,<b>      several keywords
  operator=AND|OR       all of the keywords (the default), or any of them
  regex=<pattern>       JavaScript syntax with POSIX classes, without look-around and back-references; a match anywhere
  time_from=<seconds>   arrived at or after this second since 1970
  time_to=<seconds>     arrived at or before the end of this second

Examples:
  QUERY keyword=ERROR
  QUERY keywords=timeout,refused operator=OR
  QUERY regex=user_id=[0-9]+ time_from=1791640500
`

import {nearest} from '../base/nearest.ts'
import {translateRegex} from './regex.ts'

/** What a text asks of the records: all of it must be true of one, but for keywords joined by `or`. Plain data, for other threads. */
export interface Query {
  /** Substrings, case-sensitive, byte for byte. */
  readonly keywords: readonly string[]
  readonly operator: 'and' | 'or'
  /** JavaScript patterns, each found somewhere in the record. */
  readonly patterns: readonly string[]
  /** Of the arrival, both inclusive. */
  readonly fromMs: number
  readonly toMs: number
}

export type QueryProblem =
  | {readonly code: 'no-criteria'}
  | {readonly code: 'unknown-key'; readonly key: string; readonly token: string; readonly nearest: string | null}
  | {readonly code: 'bad-operator'; readonly value: string}
  | {readonly code: 'bad-time'; readonly key: string; readonly value: string}
  | {readonly code: 'bad-regex'; readonly detail: string}
  | {readonly code: 'long-regex'; readonly lengthMax: number}
  | {readonly code: 'many-keywords'; readonly countMax: number}

export type ParsedQuery =
  {readonly status: 'understood'; readonly query: Query} | {readonly status: 'refused'; readonly problem: QueryProblem}

export interface QueryOptions {
  /** Keys that we do not know are passed over, as the servers before this one did. */
  readonly isLenient: boolean
}

/** Each costs a pass over the ring. */
const keywordsMax = 64
/** A person wrote it; what is longer was made by a program, and belongs into keywords. */
const regexLengthMax = 512

const keys = ['keyword', 'keywords', 'operator', 'regex', 'time_from', 'time_to'] as const
type Key = (typeof keys)[number]

/**
 * The text behind the word QUERY: `key=value` and bare words, which are keywords, between blanks. A key that is given
 * again narrows further, and a value cannot hold a blank.
 */
export function parseQuery(text: string, {isLenient}: QueryOptions): ParsedQuery {
  const draft: Draft = {keywords: [], operator: 'and', patterns: [], fromMs: -Infinity, toMs: Infinity}
  for (const token of text.split(/[ \t\r]+/)) {
    const problem = takeToken(draft, token, isLenient)
    if (problem !== undefined) return {status: 'refused', problem}
  }
  const isBounded = draft.fromMs > -Infinity || draft.toMs < Infinity
  if (draft.keywords.length + draft.patterns.length === 0 && !isBounded) {
    return {status: 'refused', problem: {code: 'no-criteria'}}
  }
  return {status: 'understood', query: draft}
}

interface Draft extends Query {
  readonly keywords: string[]
  readonly patterns: string[]
  operator: 'and' | 'or'
  fromMs: number
  toMs: number
}

function takeToken(draft: Draft, token: string, isLenient: boolean): QueryProblem | undefined {
  if (token === '') return undefined
  const equals = token.indexOf('=')
  const key = equals === -1 ? 'keyword' : token.slice(0, equals)
  if (isKey(key)) return takers[key](draft, token.slice(equals + 1), key)
  return isLenient ? undefined : {code: 'unknown-key', key, token, nearest: nearest(key, keys)}
}

function isKey(text: string): text is Key {
  return keys.some((key) => key === text)
}

type Taker = (draft: Draft, value: string, key: Key) => QueryProblem | undefined

const takers: Readonly<Record<Key, Taker>> = {
  keyword: takeKeywords,
  keywords: takeKeywords,
  operator: takeOperator,
  regex: takeRegex,
  time_from: takeTime,
  time_to: takeTime
}

function takeKeywords(draft: Draft, value: string): QueryProblem | undefined {
  draft.keywords.push(...value.split(',').filter((keyword) => keyword !== ''))
  return draft.keywords.length > keywordsMax ? {code: 'many-keywords', countMax: keywordsMax} : undefined
}

function takeOperator(draft: Draft, value: string): QueryProblem | undefined {
  const operator = value.toLowerCase()
  if (operator !== 'and' && operator !== 'or') return {code: 'bad-operator', value}
  draft.operator = operator
  return undefined
}

function takeRegex(draft: Draft, value: string): QueryProblem | undefined {
  if (value === '') return undefined
  if (value.length > regexLengthMax) return {code: 'long-regex', lengthMax: regexLengthMax}
  const translated = translateRegex(value)
  if (translated.status === 'refused') return {code: 'bad-regex', detail: translated.detail}
  draft.patterns.push(translated.pattern)
  return undefined
}

/** Whole seconds since 1970, each meant as a whole: a record of 12:00:00.999 arrived at 12:00:00. */
function takeTime(draft: Draft, value: string, key: Key): QueryProblem | undefined {
  if (!/^-?\d{1,12}$/.test(value)) return {code: 'bad-time', key, value}
  const ms = Number(value) * 1000
  if (key === 'time_from') draft.fromMs = Math.max(draft.fromMs, ms)
  else draft.toMs = Math.min(draft.toMs, ms + 999)
  return undefined
}

import {reasonOf} from '../base/fault.ts'

/**
 * Regular expressions as people write them for `grep -E` or JavaScript, made into a JavaScript pattern: POSIX classes
 * (`[[:digit:]]`, `[^[:space:]_]`) are added, look-around and back-references refused, since no engine that is safe
 * against hostile patterns has them. Case counts, and a match anywhere in the record is one.
 */
export type TranslatedRegex =
  {readonly status: 'translated'; readonly pattern: string} | {readonly status: 'refused'; readonly detail: string}

/** Characters, not halves of them: `.` is one character of any language. */
export const regexFlags = 'u'

export function translateRegex(source: string): TranslatedRegex {
  try {
    const pattern = new Reader(source).translate()
    new RegExp(pattern, regexFlags)
    return {status: 'translated', pattern}
  } catch (cause) {
    // The engine repeats the whole pattern, which its asker knows.
    return {status: 'refused', detail: reasonOf(cause).replace(/^Invalid regular expression: .*: /s, '')}
  }
}

class Refusal extends Error {}

const posixClasses: ReadonlyMap<string, string> = new Map([
  ['alpha', 'A-Za-z'],
  ['digit', '0-9'],
  ['alnum', 'A-Za-z0-9'],
  ['upper', 'A-Z'],
  ['lower', 'a-z'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['blank', '\\t '],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['print', ' -~'],
  ['graph', '!-~'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['xdigit', '0-9A-Fa-f']
])

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  translate(): string {
    let pattern = ''
    while (this.#at < this.#source.length) pattern += this.#next()
    return pattern
  }

  #next(): string {
    const character = this.#take()
    if (character === '\\') return this.#escape()
    if (character === '[') return this.#bracket()
    if (character === '(' && /^\?<?[=!]/.test(this.#rest())) throw new Refusal('Look-around is not supported')
    if (character === '{') return this.#brace()
    // Where they close nothing they stand for themselves, as people write them for JSON.
    return character === '}' || character === ']' ? `\\${character}` : character
  }

  /** A count such as `{2,5}`, or else the sign itself. */
  #brace(): string {
    const count = /^\d+(?:,\d*)?\}/.exec(this.#rest())?.[0]
    this.#at += count?.length ?? 0
    return count === undefined ? '\\{' : `{${count}`
  }

  #escape(): string {
    const character = this.#take()
    if (character === '') throw new Refusal('\\ at end of pattern')
    if (/[1-9k]/.test(character)) throw new Refusal('Back-references are not supported')
    const braced = /[pPu]/.test(character) ? (/^\{[^}]*\}/.exec(this.#rest())?.[0] ?? '') : ''
    this.#at += braced.length
    return `${escaped(character, /[$()*+./?[\\\]^{|}]/)}${braced}`
  }

  /** A first `]` stands for itself, as POSIX has it, and so does `[` anywhere. */
  #bracket(): string {
    let content = this.#rest().startsWith('^') ? this.#take() : ''
    for (let isFirst = true; !this.#rest().startsWith(']') || isFirst; isFirst = false) {
      if (this.#rest() === '') throw new Refusal('Unterminated character class')
      content += this.#member()
    }
    this.#take()
    return `[${content}]`
  }

  #member(): string {
    const set = this.#set()
    // Between a set and anything else, `-` is no range.
    if (set !== undefined) return /^-[^\]]/.test(this.#rest()) ? `${set}\\${this.#take()}` : set
    const character = this.#take()
    if (character === '-' && this.#startsSet()) return '\\-'
    if (character === '\\') return escaped(this.#take(), /[-\\\]^]/)
    return character === '[' || character === ']' ? `\\${character}` : character
  }

  /** `\d`, `\w`, `\s`, their opposites, or a POSIX class: more than one character. */
  #set(): string | undefined {
    const written = /^(?:\[:[a-z]+:\]|\\[dwsDWS])/.exec(this.#rest())?.[0]
    if (written === undefined) return undefined
    const members = written.startsWith('[') ? posixClasses.get(written.slice(2, -2)) : written
    if (members === undefined) throw new Refusal(`Unknown character class ${written}`)
    this.#at += written.length
    return members
  }

  #startsSet(): boolean {
    return /^(?:\[:[a-z]+:\]|\\[dwsDWS])/.test(this.#rest())
  }

  /** Patterns are short: looking at the rest of one costs little. */
  #rest(): string {
    return this.#source.slice(this.#at)
  }

  #take(): string {
    const character = this.#source.charAt(this.#at)
    this.#at += 1
    return character
  }
}

/** Signs that need no escape are refused by the engine when they have one, and yet people write `\"`, `\-` or `\:`. */
function escaped(character: string, needsEscape: RegExp): string {
  return /[A-Za-z0-9]/.test(character) || needsEscape.test(character) ? `\\${character}` : character
}

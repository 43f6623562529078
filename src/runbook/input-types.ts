import {choice, duration, flag, list, nullable, record, size, text, whole} from '../config/shape.ts'
import type {Kind, Meaning} from '../config/shape.ts'
import {filled, meaning, name, plainPath, rawValue, secretFile, withDefault, word} from './fields.ts'

/** What a runbook can ask for. There are no patterns: a regular expression of anybody's own can take forever. */
export interface InputType {
  /** The whole declaration: `{type: whole, min: 1, max: 9, default: 3, about: …}`. */
  readonly declaration: Kind<Declared>
  /** What a good declaration takes, and how that is written in a list of inputs. */
  kindOf(declared: Declared): {readonly kind: Kind<unknown>; readonly typeName: string}
}

/** What only some types have, and what all of them have. */
interface Declared {
  readonly about: Meaning
  readonly min?: number
  readonly max?: number
  readonly one_of?: readonly string[]
}

// What a person would type, if the runbook does not say.
const usual = {min: 0, max: 1_000_000_000}

const widest = {min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER}

/** What every declaration has. */
const common = {type: rawValue(), default: nullable(rawValue()), about: meaning()}

export const inputTypes: ReadonlyMap<string, InputType> = new Map([
  simple('text', () => ({...word(), expects: 'text'})),
  simple('path', plainPath),
  simple('duration', duration),
  simple('size', size),
  simple('flag', flag),
  simple('list', () => list(text())),
  // Its path is all that is ever known of it here: what the file holds goes into the environment of a program.
  simple('secret_file', secretFile),
  ['whole', wholeType()],
  ['choice', choiceType()]
])

function simple(typeName: string, kind: () => Kind<unknown>): [string, InputType] {
  return [typeName, {declaration: declaration({}), kindOf: () => ({kind: kind(), typeName})}]
}

function wholeType(): InputType {
  const inner = declaration({
    min: withDefault(whole(widest), usual.min),
    max: withDefault(whole(widest), usual.max)
  })
  return {
    declaration: {
      ...inner,
      parse: (raw) => {
        const declared = inner.parse(raw)
        return Number(declared?.min) <= Number(declared?.max) ? declared : undefined
      }
    },
    kindOf: ({min = usual.min, max = usual.max}) => ({kind: whole({min, max}), typeName: `whole ${min}..${max}`})
  }
}

function choiceType(): InputType {
  return {
    declaration: declaration({one_of: filled(list(name()))}),
    kindOf: ({one_of: words = []}) => ({kind: choice(...words), typeName: `one of: ${words.join(', ')}`})
  }
}

function declaration(own: Readonly<Record<string, Kind<unknown>>>): Kind<Declared> {
  // The keys are those of `Declared`, each with a kind of its own.
  return {...(record({...common, ...own}) as Kind<Declared>), expects: 'input'}
}

import {isRecord} from '../base/record.ts'
import {duration, list, map, record, text, type Kind, type Meaning} from '../config/shape.ts'

/** The words that the fields of steps and the inputs of runbooks are made of, besides those of settings. */

/**
 * An absolute path that says itself where it leads: no `.`, no `..`, nothing empty between slashes, and nothing that a
 * terminal would act on. Never `/` itself.
 */
export function plainPath(): Kind<string> {
  return {
    expects: 'plain-path',
    parse: (raw) => (typeof raw === 'string' && raw.startsWith('/') && isPlain(raw.slice(1)) ? raw : undefined),
    write: (value) => value
  }
}

/** A script: absolute, or `./` beside the runbook. */
export function scriptPath(): Kind<string> {
  return {
    expects: 'script-path',
    parse: (raw) =>
      typeof raw === 'string' && isPlain(raw.replace(/^\.?\//, '')) && /^\.?\//.test(raw) ? raw : undefined,
    write: (value) => value
  }
}

/** A program: absolute, `./` beside the runbook, or a bare name that is looked for on the fixed path. */
export function programName(): Kind<string> {
  return {
    expects: 'program',
    parse: (raw) =>
      typeof raw === 'string' && /^[^-/][^/]*$/.test(raw) && isPlain(raw) ? raw : scriptPath().parse(raw),
    write: (value) => value
  }
}

/** Permissions, `"0640"`. Without the quotes YAML makes another number of it than `chmod` would: only text is taken. */
export function fileMode(): Kind<number> {
  return {
    expects: 'file-mode',
    parse: (raw) => (typeof raw === 'string' && /^0[0-7]{3}$/.test(raw) ? Number.parseInt(raw, 8) : undefined),
    write: (value) => value.toString(8).padStart(4, '0')
  }
}

/**
 * One argument of a program, or any text that a value may be put into: it can be empty, and numbers and flags become
 * texts. A number in the file is taken only where it looks as it was written: `0640` would arrive as `640`.
 */
export function word(): Kind<string> {
  return {expects: 'word', parse: wordOf, write: (value) => value}
}

/** The words of a command: a program, and what it is given. */
export function words(): Kind<readonly string[]> {
  const inner = list(word())
  return {
    ...inner,
    expects: 'words',
    parse: (raw) => {
      const values = inner.parse(raw)
      return values?.[0] === undefined || programName().parse(values[0]) === undefined ? undefined : values
    }
  }
}

/** Stands for what is in the file, which goes into the environment of a program, and into nothing else of ours. */
export interface SecretFile {
  readonly secret_file: string
}

export function secretFile(): Kind<SecretFile> {
  return {
    expects: 'plain-path',
    parse: (raw) => {
      const path = plainPath().parse(isRecord(raw) && Object.keys(raw).length === 1 ? raw['secret_file'] : raw)
      return path === undefined ? undefined : {secret_file: path}
    },
    write: (value) => value
  }
}

/** Variables for a program, by name. A `secret_file` is read when the program is started: nothing else ever shows it. */
export function environment(): Kind<ReadonlyMap<string, string | SecretFile>> {
  const inner = map<string | SecretFile>({
    expects: 'word',
    parse: (raw) => wordOf(raw) ?? (isRecord(raw) ? secretFile().parse(raw) : undefined),
    write: (value) => value
  })
  return {
    ...inner,
    expects: 'environment',
    parse: (raw) => {
      const values = inner.parse(raw)
      return values !== undefined && [...values.keys()].every(isVariable) ? values : undefined
    }
  }
}

/** What runbooks, steps, inputs and facts are called: it stands in file names, references and messages. */
export function name(): Kind<string> {
  return {
    expects: 'name',
    parse: (raw) => (typeof raw === 'string' && /^[a-z0-9][a-z0-9._-]{0,63}$/.test(raw) ? raw : undefined),
    write: (value) => value
  }
}

/** What inputs and facts are called: a dot would end the name where it is referred to. */
export function label(): Kind<string> {
  return {
    expects: 'label',
    parse: (raw) => (typeof raw === 'string' && !raw.includes('.') ? name().parse(raw) : undefined),
    write: (value) => value
  }
}

/** A unit of the service manager, never a word that its program would take for an option. */
export function unitName(): Kind<string> {
  return {
    ...text(),
    expects: 'unit',
    parse: (raw) => (typeof raw === 'string' && /^[\w:.@\\][\w:.@\\-]{0,254}$/.test(raw) ? raw : undefined)
  }
}

/** A list that would be a slip of the hand if it were empty. */
export function filled<Value>(kind: Kind<readonly Value[]>): Kind<readonly Value[]> {
  return {
    ...kind,
    expects: 'filled-list',
    parse: (raw) => {
      const values = kind.parse(raw)
      return values?.length === 0 ? undefined : values
    }
  }
}

/** What something is for: in both languages, or one text for both. */
export function meaning(): Kind<Meaning> {
  const inner = record({en: text(), ko: text()})
  return {
    expects: 'meaning',
    parse: (raw) => (typeof raw === 'string' ? inner.parse({en: raw, ko: raw}) : inner.parse(raw)),
    write: (value) => value
  }
}

/** Longer than nothing, for what has to have time to act. */
export function time(): Kind<number> {
  const inner = duration()
  return {
    ...inner,
    parse: (raw) => {
      const ms = inner.parse(raw)
      return ms === 0 ? undefined : ms
    }
  }
}

/** Whatever YAML can hold: somebody else knows what it has to be. */
export function rawValue(): Kind<unknown> {
  return {expects: 'anything', parse: (raw) => raw, write: (value) => value}
}

/** A field that may be left out, and then is this. */
export function withDefault<Value>(kind: Kind<Value>, fallback: NoInfer<Value>): Kind<Value> {
  return {...kind, parse: (raw) => (raw === null || raw === undefined ? fallback : kind.parse(raw))}
}

function isPlain(path: string): boolean {
  return (
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part))
  )
}

function wordOf(raw: unknown): string | undefined {
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw)
  // The kernel ends a word at its first NUL: the rest would be lost unseen.
  return typeof raw === 'string' && !raw.includes('\0') ? raw : undefined
}

function isVariable(variable: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
}

import {isRecord} from '../base/record.ts'

/** A value as YAML on one line: words as they are, everything that YAML could take for something else in quotes. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([key, one]) => `${flow(key)}: ${flow(one)}`)
    return `{${entries.join(', ')}}`
  }
  return typeof value === 'string' ? flowText(value) : JSON.stringify(value)
}

function flowText(text: string): string {
  if (isPlain(text)) return text
  // JSON's escapes are YAML's, too; control and format characters need them.
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? escaped(text) : `'${text.replaceAll("'", "''")}'`
}

/** Paths, names, durations, sizes and percents, but for the words that mean something to this YAML or an older one. */
function isPlain(text: string): boolean {
  const isWord = /^[a-z/][\w./@=-]*$/i.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return isWord || /^\d+(?:%|ms|[smhdw]|[kKMGT]?i?B)$/.test(text)
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\U${Number(character.codePointAt(0)).toString(16).padStart(8, '0')}`
  )
}

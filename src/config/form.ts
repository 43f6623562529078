import type {Kind} from './shape.ts'

/** What a value looks like, in a notation rather than a language: `duration | null`, `[{id: check-id, reason: text}]`. */
export function formOf(kind: Kind<unknown>): string {
  return kind.parse(null) === null ? `${innerForm(kind)} | null` : innerForm(kind)
}

function innerForm({items, values, fields, expects}: Kind<unknown>): string {
  if (items !== undefined) return `[${formOf(items)}, …]`
  if (values !== undefined) return `{name: ${formOf(values)}, …}`
  if (fields !== undefined) {
    const parts = Object.entries(fields).map(([name, kind]) => `${name}: ${formOf(kind)}`)
    return `{${parts.join(', ')}}`
  }
  const [word = '', detail = ''] = expects.split(':')
  if (word === 'one-of') return detail.replaceAll('|', ' | ')
  if (word === 'whole' || word === 'size-between') return detail.replace('|', '..')
  return word
}

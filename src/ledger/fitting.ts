/**
 * A line of the journal has a bound of 64 KiB, so that one step with a long output cannot push a hundred runs out of it. First long
 * texts and lists are shortened where they stand; if that is not enough, the largest field becomes a text, and shorter.
 */
const fieldsBytesMax = 64_000

// What is left of a text then still shows how it began; the whole output of a step is kept elsewhere.
const textLengthMax = 4096
const itemsMax = 200

export function fit(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (sizeOf(fields) <= fieldsBytesMax) return fields
  let fitted = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, shorten(value)]))
  for (let length = textLengthMax; sizeOf(fitted) > fieldsBytesMax; length = Math.floor(length / 2)) {
    const [key, text] = largestOf(fitted)
    fitted = {...fitted, [key]: cut(text, length)}
  }
  return fitted
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, textLengthMax)
  if (Array.isArray(value)) {
    const kept = value.slice(0, itemsMax).map(shorten)
    return value.length > itemsMax ? [...kept, more(value.length - itemsMax)] : kept
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shorten(inner)]))
}

function largestOf(fields: Readonly<Record<string, unknown>>): [key: string, text: string] {
  const texts = Object.entries(fields).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : textOf(value)
  ])
  return texts.reduce((largest, one) => (sizeOf(one[1]) > sizeOf(largest[1]) ? one : largest), ['', ''])
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text.slice(0, length).toWellFormed()}${more(text.length - length)}`
}

function more(count: number): string {
  return `… (+${count})`
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(textOf(value))
}

function textOf(value: unknown): string {
  return JSON.stringify(value ?? null)
}

const valueCharacters = 60

/**
 * Text from outside as it may stand in a message: one line, short, without characters that move a terminal's cursor,
 * and without the rest of a web address, since the address of a web hook is a secret.
 */
export function excerpt(text: string, charactersMax = valueCharacters): string {
  // Only the beginning can be shown, so only that much is worked on: the text may be a megabyte.
  const start = text.slice(0, charactersMax * 4)
  const safe = start
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S+/gi, '$1…')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (character) => `\\u{${Number(character.codePointAt(0)).toString(16)}}`)
  const characters = Array.from(safe)
  return characters.length > charactersMax || text.length > start.length
    ? `${characters.slice(0, charactersMax).join('')}…`
    : safe
}

/** A bad value for a message. What is wrong in a `*_file` setting may be the secret itself, pasted into the wrong place. */
export function shownValue(key: string, value: string): string {
  if (value === '') return 'null'
  return key.endsWith('_file') ? mask : excerpt(value)
}

export const mask = '********'

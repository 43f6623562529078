/** Text in a terminal's grid: Korean letters are two columns wide, control characters must never act. */

/** Letters of two columns: Korean, Chinese and Japanese ones. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]$/u

/** Pictures, of two columns as well, but for the letters of flags: two of these make one. */
const picture = /^(?!\p{Regional_Indicator})\p{Emoji_Presentation}$/u

/**
 * Takes no column of its own: accents, joiners, and the vowels and finals of a Korean syllable that is written in its
 * parts, as file names of macOS are.
 */
const joined = /^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7fb\u200b-\u200d\u2060\ufeff]$/u

export function widthOf(text: string): number {
  let width = 0
  for (const letter of text) width += letterWidth(letter)
  return width
}

function letterWidth(letter: string): number {
  // Most letters by far are below these, and need no further look.
  if (letter < '\u0300') return 1
  if (joined.test(letter)) return 0
  return wide.test(letter) || picture.test(letter) ? 2 : 1
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Rows of words below each other; the last word of a row may be as long as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(plain))
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))))
  return cells.map((row) =>
    row
      .map((cell, at) => padEnd(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  )
}

/** Words, each with what it means beside it, in lines that fit. */
export function terms(rows: readonly (readonly [term: string, meaning: string])[], columns: number): string[] {
  const width = Math.max(0, ...rows.map(([term]) => widthOf(plain(term))))
  const room = Math.max(20, columns - width - 2)
  return rows.flatMap(([term, meaning]) => {
    const [first = '', ...rest] = wrap(plain(meaning), room)
    return [`${padEnd(plain(term), width)}  ${first}`.trimEnd(), ...rest.map((line) => ' '.repeat(width + 2) + line)]
  })
}

/** Breaks at blanks where possible, inside a word where not; no line is wider than `width`. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((word) => breakWord(word, width))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  // Blanks at the end of a full line are no line of their own.
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

function breakWord(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word]
  const pieces: string[] = []
  let piece = ''
  for (const letter of word) {
    if (widthOf(piece) + letterWidth(letter) > width) {
      pieces.push(piece)
      piece = ''
    }
    piece += letter
  }
  return [...pieces, piece]
}

/**
 * A value from outside (a path, a line of a log, a peer's answer) as one harmless line: control characters, which could
 * move the cursor or forge a line, become visible escapes. Direction marks that reorder what is read are shown, too.
 */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (letter) => {
    const point = letter.charCodeAt(0)
    return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u${point.toString(16).padStart(4, '0')}`
  })
}

// Longer texts are compared from both ends only: what lies between them is told as changed.
const linesMax = 2000

const contextLines = 3

/** The lines of a text that change, as `diff -u` marks them, with a few unchanged ones around. */
export function changedLines(before: string, after: string): readonly string[] {
  const [old, fresh] = [linesIn(before), linesIn(after)]
  const from = commonStart(old, fresh)
  const till = commonEnd(old.slice(from), fresh.slice(from))
  const middle = compare(old.slice(from, old.length - till), fresh.slice(from, fresh.length - till))
  if (middle.length === 0) return []
  const ahead = old.slice(Math.max(0, from - contextLines), from)
  const behind = old.slice(old.length - till, old.length - till + contextLines)
  return [...ahead.map(unchanged), ...middle, ...behind.map(unchanged)]
}

function linesIn(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function unchanged(line: string): string {
  return ` ${line}`
}

function commonStart(old: readonly string[], fresh: readonly string[]): number {
  let length = 0
  while (length < Math.min(old.length, fresh.length) && old[length] === fresh[length]) length += 1
  return length
}

function commonEnd(old: readonly string[], fresh: readonly string[]): number {
  let length = 0
  while (length < Math.min(old.length, fresh.length) && old.at(-1 - length) === fresh.at(-1 - length)) length += 1
  return length
}

/** By the longest common subsequence: short texts are all that a step writes. */
function compare(old: readonly string[], fresh: readonly string[]): readonly string[] {
  if (old.length * fresh.length > linesMax ** 2)
    return [...old.map((line) => `-${line}`), ...fresh.map((line) => `+${line}`)]
  const width = fresh.length + 1
  const common = new Uint32Array((old.length + 1) * width)
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = fresh.length - 1; column >= 0; column -= 1) {
      const here = row * width + column
      common[here] =
        old[row] === fresh[column] ? common[here + width + 1]! + 1 : Math.max(common[here + width]!, common[here + 1]!)
    }
  }
  return trace({old, fresh, common, width})
}

interface Compared {
  readonly old: readonly string[]
  readonly fresh: readonly string[]
  readonly common: Uint32Array
  readonly width: number
}

function trace({old, fresh, common, width}: Compared): readonly string[] {
  const lines: string[] = []
  let [row, column] = [0, 0]
  while (row < old.length || column < fresh.length) {
    const here = row * width + column
    if (row < old.length && column < fresh.length && old[row] === fresh[column]) {
      lines.push(` ${old[row]}`)
      row += 1
      column += 1
    } else if (column === fresh.length || (row < old.length && common[here + width]! >= common[here + 1]!)) {
      lines.push(`-${old[row]}`)
      row += 1
    } else {
      lines.push(`+${fresh[column]}`)
      column += 1
    }
  }
  return lines
}

/** The known word that a mistyped one most likely meant, or null where none is near enough to suggest. */
export function nearest(word: string, known: readonly string[]): string | null {
  // Words from outside can be of any length; nobody mistypes that much of one.
  if (word.length > 64) return null
  const farthest = Math.max(1, Math.floor(word.length / 3))
  let best: string | null = null
  let bestDistance = farthest + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Letters added, left out, replaced, or swapped with their neighbour. */
function editDistance(left: string, right: string): number {
  let before = new Uint32Array(right.length + 1)
  let previous = Uint32Array.from(before, (_, column) => column)
  for (let row = 1; row <= left.length; row += 1) {
    const current = Uint32Array.from(before, () => row)
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      current[column] = Math.min(
        previous[column - 1]! + (isSame ? 0 : 1),
        previous[column]! + 1,
        current[column - 1]! + 1,
        isSwapped ? before[column - 2]! + 1 : Number.POSITIVE_INFINITY
      )
    }
    before = previous
    previous = current
  }
  return previous[right.length]!
}

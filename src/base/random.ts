/** A source of randomness: the machine's own in production, a seeded one in tests that must be repeatable. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number
}

const idAlphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `20261120T091500Z-k3v9x2`: sorts by time, says when, and does not collide in the same second. */
export function runId(nowMs: number, random: Random): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const suffix = Array.from({length: 6}, () => idAlphabet[random.below(idAlphabet.length)]).join('')
  return `${stamp}-${suffix}`
}
